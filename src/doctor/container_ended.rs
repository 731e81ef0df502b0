//! What the end of a container, or its failure to start, means.

use std::collections::HashSet;
use std::sync::LazyLock;

use indexmap::IndexMap;
use regex::Regex;

use crate::diagnostic::Diagnostic;

/// A container that ended when it should not have.
#[derive(Debug, Clone, Copy)]
pub struct EndedContainer<'a> {
    /// The service.
    pub service: &'a str,
    /// The exit code, if the engine knows.
    pub code: Option<i64>,
    /// Whether the kernel killed it for lack of memory.
    pub out_of_memory: bool,
    /// The last lines of its output.
    pub log: &'a [String],
    /// The environment that the manifest gives it.
    pub environment: &'a IndexMap<String, Option<String>>,
}

/// Words in a log that say that a variable is wanted.
const WANTED: [&str; 6] = [
    "not set",
    "not specified",
    "required",
    "must be",
    "missing",
    "empty",
];

/// Names that look like environment variables; one word alone would be any word in capitals.
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b").expect("the pattern is a constant")
});

/// Adds to a diagnostic what the exit code and the log mean. A fix that is there already is kept.
pub fn explain_end(mut diagnostic: Diagnostic, ended: EndedContainer<'_>) -> Diagnostic {
    let mut fixes = diagnostic.fix.take().into_iter().collect::<Vec<_>>();
    for (name, state) in wanted_variables(ended) {
        diagnostic = diagnostic.note(format!("`{name}` is {state}"));
        fixes.push(format!(
            "give `{name}` a value under `environment` of `{}`, or in .env where the manifest takes it from there",
            ended.service
        ));
    }
    if let Some((meaning, fix)) = meaning(ended) {
        diagnostic = diagnostic.note(meaning);
        fixes.extend(fix);
    }
    if let Some(words) = ended.log.iter().find_map(|line| known_words(line)) {
        diagnostic = diagnostic.note(words.0);
        fixes.push(words.1.to_owned());
    }
    diagnostic.fix = fixes.into_iter().next();
    diagnostic
}

/// What an engine's refusal to start a container means, with what helps; `None` if it means nothing special.
pub fn explain_start(service: &str, words: &str) -> Option<Diagnostic> {
    let program = words
        .split_once("exec: \"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("its program", |(program, _)| program);
    let (message, fix) = if words.contains("executable file not found") {
        (
            format!("`{service}` cannot start: its image has no program `{program}`"),
            format!("check `command` and `entrypoint` of `{service}`"),
        )
    } else if words.contains("exec format error") {
        (
            format!("`{service}` cannot start: `{program}` is not for this machine's processor"),
            format!("set `platform` of `{service}`, or use an image for this processor"),
        )
    } else if words.contains("Are you trying to mount a directory onto a file") {
        (
            format!(
                "`{service}` cannot start: a folder is mounted onto a file, or a file onto a folder"
            ),
            format!(
                "check `volumes` of `{service}`: a missing file on the host was made as a folder"
            ),
        )
    } else if words.contains("exec: \"") && words.contains("permission denied") {
        (
            format!("`{service}` cannot start: `{program}` may not be executed"),
            format!("chmod +x {program}   (in the image or the mounted folder)"),
        )
    } else if words.contains("bind source path does not exist") {
        (
            format!("`{service}` cannot be created: {}", words.trim()),
            "make the folder, or correct the path".to_owned(),
        )
    } else {
        return None;
    };
    Some(
        Diagnostic::error(message)
            .evidence("engine", vec![words.trim().to_owned()])
            .fix(fix),
    )
}

/// What an exit code means where it tells something, and what helps.
fn meaning(ended: EndedContainer<'_>) -> Option<(&'static str, Option<String>)> {
    let service = ended.service;
    if ended.out_of_memory {
        return Some((
            "the kernel killed it: it wanted more memory than it may have",
            Some(format!(
                "raise `mem_limit` of `{service}`, or give the engine more memory"
            )),
        ));
    }
    Some(match ended.code? {
        125 => ("exit code 125: the program that started it failed", None),
        126 => (
            "exit code 126: the program is there but may not be executed",
            Some(format!(
                "make it executable (`chmod +x`), or check `command` and `entrypoint` of `{service}`"
            )),
        ),
        127 => (
            "exit code 127: a program was not found",
            Some(format!(
                "check `command` and `entrypoint` of `{service}`, and what they call"
            )),
        ),
        132 => (
            "exit code 132: illegal instruction; the image may be for another processor",
            Some(format!("set `platform` of `{service}`")),
        ),
        134 => ("exit code 134: it aborted itself", None),
        137 => (
            "exit code 137: somebody killed it, not for the memory limit of the container",
            Some("if nobody did, look whether the engine's machine ran out of memory: sudo dmesg | grep -i oom".to_owned()),
        ),
        139 => (
            "exit code 139: it crashed with a segmentation fault; that is a fault of the program or of the image's processor type",
            None,
        ),
        143 => ("exit code 143: it was told to stop", None),
        _ => return None,
    })
}

/// Variables that the log asks for and that the manifest does not give, each with what is wrong.
fn wanted_variables(ended: EndedContainer<'_>) -> Vec<(String, &'static str)> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for line in ended.log {
        let lower = line.to_lowercase();
        if !WANTED.iter().any(|words| lower.contains(words)) {
            continue;
        }
        for name in VARIABLE.find_iter(line).map(|name| name.as_str()) {
            let state = match ended.environment.get(name) {
                None | Some(None) => "not set",
                Some(Some(value)) if value.is_empty() => "empty",
                Some(Some(_)) => continue,
            };
            if seen.insert(name) {
                found.push((name.to_owned(), state));
            }
        }
    }
    found
}

/// Log lines with a well-known cause, and what helps.
fn known_words(line: &str) -> Option<(&'static str, &'static str)> {
    let lower = line.to_lowercase();
    let says = |words: &str| lower.contains(words);
    if says("exec format error") {
        Some((
            "the program is for another processor, or a script without `#!` in its first line",
            "set `platform`, or give the script a first line such as `#!/bin/sh`",
        ))
    } else if says("bad interpreter") || says("/bin/sh\r") || says("/bin/bash\r") {
        Some((
            "a script's first line names an interpreter that is not there; Windows line ends do that too",
            "check the script's first line and its line ends (LF, not CRLF)",
        ))
    } else if says("database files are incompatible with server")
        || says("initialized by postgresql version")
    {
        Some((
            "the data was made by another major version of the database",
            "use the image of the version that made it, or remove the data: devstack down --data",
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(
        code: i64,
        out_of_memory: bool,
        log: &[&str],
        environment: &[(&str, &str)],
    ) -> Diagnostic {
        let log: Vec<String> = log.iter().map(ToString::to_string).collect();
        let environment = environment
            .iter()
            .map(|(key, value)| (key.to_string(), Some(value.to_string())))
            .collect();
        explain_end(
            Diagnostic::error("`db` stopped"),
            EndedContainer {
                service: "db",
                code: Some(code),
                out_of_memory,
                log: &log,
                environment: &environment,
            },
        )
    }

    #[test]
    fn says_what_an_exit_code_means() {
        let notes = |code| explained(code, false, &[], &[]).notes.join(" ");
        assert!(notes(126).contains("may not be executed"));
        assert!(notes(127).contains("was not found"));
        assert!(notes(137).contains("killed"));
        assert!(notes(139).contains("segmentation fault"));
        assert_eq!(notes(1), "");
        let memory = explained(137, true, &[], &[]);
        assert!(memory.fix.expect("a fix").contains("`mem_limit` of `db`"));
    }

    #[test]
    fn finds_the_variable_that_the_log_asks_for() {
        let log = [
            "Error: Database is uninitialized and superuser password is not specified.",
            "You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.",
        ];
        let told = explained(1, false, &log, &[("POSTGRES_PASSWORD", "")]);
        assert_eq!(told.notes, ["`POSTGRES_PASSWORD` is empty"]);
        let fix = told.fix.expect("a fix");
        assert!(fix.contains("`POSTGRES_PASSWORD` a value"), "{fix}");
        let unset = explained(1, false, &log, &[]);
        assert_eq!(unset.notes, ["`POSTGRES_PASSWORD` is not set"]);
        let given = explained(1, false, &log, &[("POSTGRES_PASSWORD", "x")]);
        assert!(given.notes.is_empty());
    }

    #[test]
    fn a_fix_that_is_there_is_kept() {
        let log = Vec::new();
        let environment = IndexMap::new();
        let ended = EndedContainer {
            service: "db",
            code: Some(127),
            out_of_memory: false,
            log: &log,
            environment: &environment,
        };
        let told = explain_end(Diagnostic::error("x").fix("first"), ended);
        assert_eq!(told.fix.as_deref(), Some("first"));
    }

    #[test]
    fn explains_why_a_container_cannot_start() {
        let words = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"nope\": executable file not found in $PATH: unknown";
        let told = explain_start("api", words).expect("is known");
        assert_eq!(
            told.message,
            "`api` cannot start: its image has no program `nope`"
        );
        assert_eq!(told.evidence[0].lines, [words]);
        assert_eq!(explain_start("api", "network x not found"), None);
    }
}
