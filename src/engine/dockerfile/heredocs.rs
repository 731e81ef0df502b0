//! Here-documents of `RUN`, written so that every builder understands them.
//!
//! BuildKit gives the text of a here-document to the shell (moby/buildkit, `dockerfile2llb`, `dispatchRun`): a `RUN` that
//! is nothing else runs its lines, one with a command before it gets the whole, for the shell knows here-documents. Both
//! can be said with the list form of `RUN`, which the classic builder has and the BuildKit of older engines, too. What
//! cannot be said so exactly is left as it is: here-documents of `COPY` and `ADD`, and scripts that begin with `#!`.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::base_images::stages;
use super::syntax::{Dockerfile, Heredoc, Instruction, flags};

/// A longer line is none that older builders read.
const LONGEST: usize = 60_000;

/// What runs a command if nothing else is said.
const SHELL: [&str; 2] = ["/bin/sh", "-c"];

/// The Dockerfile with its `RUN <<` in the list form; other lines stay as they are, at their place. `None` if there are
/// none. `shell_of` knows the shell that an image sets, if it sets one.
pub fn without_heredocs(
    dockerfile: &str,
    args: &IndexMap<String, Option<String>>,
    shell_of: &dyn Fn(&str) -> Option<Vec<String>>,
) -> Option<String> {
    let file = Dockerfile::read(dockerfile);
    let stages = stages(&file, args);
    let mut shells: HashMap<String, Vec<String>> = HashMap::new();
    let mut shell: Vec<String> = SHELL.map(str::to_owned).into();
    let mut stage = None;
    let mut written: Vec<(usize, usize, String)> = Vec::new();
    for (index, instruction) in file.instructions.iter().enumerate() {
        match instruction.keyword.as_str() {
            "FROM" => {
                let (image, name) = stages.get(&index)?;
                let inherited = shells.get(&image.to_lowercase()).cloned();
                shell = inherited
                    .or_else(|| shell_of(image))
                    .unwrap_or_else(|| SHELL.map(str::to_owned).into());
                stage.clone_from(name);
            }
            "SHELL" => shell = serde_json::from_str(&instruction.rest).unwrap_or(shell),
            "RUN" if !instruction.heredocs.is_empty() => {
                if let Some(line) = run(instruction, &shell) {
                    written.push((instruction.line, instruction.last_line, line));
                }
            }
            _ => {}
        }
        if let Some(stage) = &stage {
            shells.insert(stage.clone(), shell.clone());
        }
    }
    if written.is_empty() {
        return None;
    }
    let mut lines: Vec<String> = dockerfile.lines().map(str::to_owned).collect();
    for (first, last, line) in written {
        lines[first - 1] = line;
        for emptied in &mut lines[first..last] {
            emptied.clear();
        }
    }
    Some(lines.join("\n") + "\n")
}

/// The list form of a `RUN` with here-documents, if it has one.
fn run(instruction: &Instruction, shell: &[String]) -> Option<String> {
    let mut rest = instruction.rest.as_str();
    let mut line = "RUN ".to_owned();
    for flag in flags(rest) {
        line.push_str(flag);
        line.push(' ');
    }
    while rest.starts_with("--") {
        rest = rest
            .split_once(char::is_whitespace)
            .map_or("", |(_, rest)| rest.trim_start());
    }
    let script = match &instruction.heredocs[..] {
        [alone] if rest == alone.word => {
            let script = alone.content();
            if script.starts_with("#!") {
                return None;
            }
            script
        }
        several => several
            .iter()
            .fold(rest.to_owned(), |script, Heredoc { text, name, .. }| {
                script + "\n" + text + name
            }),
    };
    let words: Vec<&str> = shell
        .iter()
        .map(String::as_str)
        .chain([script.as_str()])
        .collect();
    line.push_str(&serde_json::to_string(&words).ok()?);
    (line.len() < LONGEST).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(dockerfile: &str) -> Option<String> {
        without_heredocs(dockerfile, &IndexMap::new(), &|image| {
            (image == "bash:5").then(|| vec!["/bin/bash".to_owned(), "-ec".to_owned()])
        })
    }

    #[test]
    fn a_run_of_nothing_else_runs_its_lines() {
        assert_eq!(
            rewritten("FROM a\nRUN <<EOF\necho \"$A\"\n  echo b\nEOF\nRUN c\n").as_deref(),
            Some(
                "FROM a\nRUN [\"/bin/sh\",\"-c\",\"echo \\\"$A\\\"\\n  echo b\\n\"]\n\n\n\nRUN c\n"
            )
        );
        assert_eq!(
            rewritten("FROM a\nRUN --mount=type=cache,target=/c <<-'END'\n\techo b\n\tEND\n")
                .as_deref(),
            Some(
                "FROM a\nRUN --mount=type=cache,target=/c [\"/bin/sh\",\"-c\",\"echo b\\n\"]\n\n\n"
            )
        );
    }

    #[test]
    fn a_command_before_it_gets_the_whole() {
        assert_eq!(
            rewritten("FROM a\nRUN cat <<A > /x && cat <<-\"B\" > /y\none\nA\n\ttwo\n\tB\n")
                .as_deref(),
            Some(
                "FROM a\nRUN [\"/bin/sh\",\"-c\",\"cat <<A > /x && cat <<-\\\"B\\\" > /y\\none\\nA\\n\\ttwo\\nB\"]\n\n\n\n\n"
            )
        );
    }

    #[test]
    fn knows_the_shell_of_the_stage() {
        let text = "FROM bash:5 AS one\nRUN <<E\na\nE\nSHELL [\"/bin/zsh\", \"-c\"]\nRUN <<E\nb\nE\nFROM one\nRUN <<E\nc\nE\n";
        let lines = rewritten(text).expect("rewritten");
        let runs: Vec<&str> = lines
            .lines()
            .filter(|line| line.starts_with("RUN"))
            .collect();
        assert_eq!(
            runs,
            [
                r#"RUN ["/bin/bash","-ec","a\n"]"#,
                r#"RUN ["/bin/zsh","-c","b\n"]"#,
                r#"RUN ["/bin/zsh","-c","c\n"]"#
            ]
        );
    }

    #[test]
    fn leaves_what_cannot_be_said_otherwise() {
        for text in [
            "FROM a\nRUN <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF\n",
            "FROM a\nCOPY <<EOF /x\nhi\nEOF\n",
            "FROM a\nRUN echo 'a <<EOF b'\n",
            "FROM a\nRUN cat <<<x\n",
        ] {
            assert_eq!(rewritten(text), None, "{text}");
        }
    }
}
