//! A Dockerfile whose commands trust a bundle of certificates.
//!
//! The variables that programs read are given by `ARG`: it holds while the stage is built and leaves nothing in the image's
//! environment. BuildKit mounts the bundle for each `RUN`, which leaves nothing in the image at all; the classic builder
//! cannot mount, so that each stage begins with a copy of it.

use super::syntax::Dockerfile;

/// The id of the secret that the bundle is for BuildKit.
pub const SECRET: &str = "devstack-ca";

/// For the classic builder: `file` is the bundle's name in the context.
pub fn with_copied_certificates(
    dockerfile: &str,
    file: &str,
    path: &str,
    variables: &[&str],
) -> String {
    let arguments = arguments(path, variables);
    rewritten(dockerfile, |keyword, line| {
        (keyword == "FROM").then(|| (line.to_owned(), format!("COPY {file} {path}\n{arguments}")))
    })
}

/// For BuildKit, which finds the bundle as the secret [`SECRET`].
pub fn with_mounted_certificates(dockerfile: &str, path: &str, variables: &[&str]) -> String {
    let arguments = arguments(path, variables);
    rewritten(dockerfile, |keyword, line| match keyword {
        "FROM" => Some((line.to_owned(), arguments.clone())),
        "RUN" => {
            let start = line.len() - line.trim_start().len();
            let (before, rest) = line.split_at(start + "RUN".len());
            let mount = format!("--mount=type=secret,id={SECRET},target={path},mode=0444");
            Some((format!("{before} {mount}{rest}"), String::new()))
        }
        _ => None,
    })
}

fn arguments(path: &str, variables: &[&str]) -> String {
    let all: Vec<String> = variables
        .iter()
        .map(|name| format!("{name}={path}"))
        .collect();
    format!("ARG {}", all.join(" "))
}

/// Changes the first line of instructions and adds lines behind them. Everything else stays as it is.
fn rewritten(dockerfile: &str, change: impl Fn(&str, &str) -> Option<(String, String)>) -> String {
    let file = Dockerfile::read(dockerfile);
    let dockerfile = dockerfile.strip_prefix('\u{feff}').unwrap_or(dockerfile);
    let mut lines: Vec<String> = dockerfile.lines().map(str::to_owned).collect();
    for instruction in file.instructions.iter().rev() {
        let first = &lines[instruction.line - 1];
        if let Some((line, behind)) = change(&instruction.keyword, first) {
            lines[instruction.line - 1] = line;
            if !behind.is_empty() {
                lines.insert(instruction.last_line, behind);
            }
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# syntax=docker/dockerfile:1
ARG TAG=3
FROM python:${TAG} \\
  AS base
run pip install x && \\
    echo FROM nowhere
FROM base
RUN <<EOF
RUN is text here
EOF
COPY a b
";

    #[test]
    fn the_classic_builder_gets_a_copy_in_every_stage() {
        let text = with_copied_certificates(FILE, ".ca", "/ca.pem", &["A", "B"]);
        let expected = "\
# syntax=docker/dockerfile:1
ARG TAG=3
FROM python:${TAG} \\
  AS base
COPY .ca /ca.pem
ARG A=/ca.pem B=/ca.pem
run pip install x && \\
    echo FROM nowhere
FROM base
COPY .ca /ca.pem
ARG A=/ca.pem B=/ca.pem
RUN <<EOF
RUN is text here
EOF
COPY a b
";
        assert_eq!(text, expected);
    }

    #[test]
    fn buildkit_mounts_it_for_every_command() {
        let text = with_mounted_certificates(FILE, "/ca.pem", &["A"]);
        let mount = "--mount=type=secret,id=devstack-ca,target=/ca.pem,mode=0444";
        assert!(
            text.contains(&format!("run {mount} pip install x && \\\n")),
            "{text}"
        );
        assert!(
            text.contains(&format!("RUN {mount} <<EOF\nRUN is text here\n")),
            "{text}"
        );
        assert_eq!(text.matches("ARG A=/ca.pem\n").count(), 2);
        assert_eq!(text.matches("--mount").count(), 2);
    }
}
