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

/// Flags that the BuildKit of engine 20.10 does not know.
const NEWER_FLAGS: [&str; 8] = [
    "--link",
    "--parents",
    "--exclude",
    "--checksum",
    "--keep-git-dir",
    "--unpack",
    "--device",
    "<<",
];

/// The first thing that the BuildKit of engine 20.10 does not know either; none if the Dockerfile names a newer grammar
/// with `# syntax=`.
pub fn needs_newer_buildkit(dockerfile: &str) -> Option<BuildKitOnly> {
    let file = Dockerfile::read(dockerfile);
    if file.syntax.is_some() {
        return None;
    }
    features(&file).find(|found| {
        let flag = found.feature.split(' ').next_back();
        flag.is_some_and(|flag| NEWER_FLAGS.contains(&flag))
    })
}

/// The first thing that only BuildKit understands; `# syntax=` counts if there is nothing else.
pub fn needs_buildkit(dockerfile: &str) -> Option<BuildKitOnly> {
    let file = Dockerfile::read(dockerfile);
    let found = features(&file).next();
    found.or_else(|| {
        file.syntax.map(|line| BuildKitOnly {
            line,
            feature: "# syntax=".to_owned(),
        })
    })
}

fn features(file: &Dockerfile) -> impl Iterator<Item = BuildKitOnly> {
    file.instructions.iter().flat_map(|instruction| {
        let known = BUILDKIT_FLAGS
            .iter()
            .find(|(keyword, _)| *keyword == instruction.keyword)
            .map_or(&[][..], |(_, known)| *known);
        let heredoc = (!instruction.heredocs.is_empty()).then_some("<<");
        let flags = flags(&instruction.rest)
            .map(|flag| flag.split('=').next().unwrap_or(flag))
            .filter(|flag| known.contains(flag));
        heredoc
            .into_iter()
            .chain(flags)
            .map(|feature| BuildKitOnly {
                line: instruction.line,
                feature: format!("{} {feature}", instruction.keyword),
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
        let newer =
            |file: &str| needs_newer_buildkit(file).map(|found| (found.line, found.feature));
        let both = "FROM a\nRUN --mount=type=cache,target=/c x\nCOPY <<E /x\nE\n";
        assert_eq!(newer(both), Some((3, "COPY <<".into())));
        assert_eq!(
            newer(&format!("# syntax=docker/dockerfile:1\n{both}")),
            None
        );
        assert_eq!(
            newer("FROM a\nCOPY --chmod=1 --link a b"),
            Some((2, "COPY --link".into()))
        );
        assert_eq!(first("#syntax = x\nFROM a"), Some((1, "# syntax=".into())));
        assert_eq!(
            first("FROM a\nCOPY --from=b --chown=1 a b\nRUN a --mount <b <<<c"),
            None
        );
    }
}
