//! What only BuildKit understands.

use super::syntax::{Dockerfile, flags};

/// Something in a Dockerfile that only BuildKit understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildKitOnly {
    /// The line, from 1.
    pub line: usize,
    /// What it is, such as `RUN --mount`.
    pub feature: String,
}

/// Flags that the classic builder does not know.
const BUILDKIT_FLAGS: [(&str, &[&str]); 3] = [
    ("RUN", &["--mount", "--network", "--security", "--device"]),
    ("COPY", &["--link", "--chmod", "--parents", "--exclude"]),
    (
        "ADD",
        &[
            "--link",
            "--chmod",
            "--checksum",
            "--keep-git-dir",
            "--exclude",
            "--unpack",
        ],
    ),
];

/// The first thing that only BuildKit understands; `# syntax=` counts if there is nothing else.
pub fn needs_buildkit(dockerfile: &str) -> Option<BuildKitOnly> {
    let file = Dockerfile::read(dockerfile);
    let found = file.instructions.iter().find_map(|instruction| {
        let feature = if instruction.heredoc {
            format!("{} <<", instruction.keyword)
        } else {
            let (_, known) = BUILDKIT_FLAGS
                .iter()
                .find(|(keyword, _)| *keyword == instruction.keyword)?;
            let flag = flags(&instruction.rest)
                .map(|flag| flag.split('=').next().unwrap_or(flag))
                .find(|flag| known.contains(flag))?;
            format!("{} {flag}", instruction.keyword)
        };
        Some(BuildKitOnly {
            line: instruction.line,
            feature,
        })
    });
    found.or_else(|| {
        file.syntax.map(|line| BuildKitOnly {
            line,
            feature: "# syntax=".to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_only_buildkit_understands() {
        let first = |file: &str| needs_buildkit(file).map(|found| (found.line, found.feature));
        assert_eq!(
            first("# syntax=docker/dockerfile:1\nFROM a\nRUN --mount=type=cache,target=/c x"),
            Some((3, "RUN --mount".into()))
        );
        assert_eq!(
            first("FROM a\nCOPY <<EOF /x\nhi\nEOF"),
            Some((2, "COPY <<".into()))
        );
        assert_eq!(
            first("FROM a\nCOPY --link a b"),
            Some((2, "COPY --link".into()))
        );
        assert_eq!(first("#syntax = x\nFROM a"), Some((1, "# syntax=".into())));
        assert_eq!(
            first("FROM a\nCOPY --from=b --chown=1 a b\nRUN a --mount <b <<<c"),
            None
        );
    }
}
