//! No space left where the engine keeps its data.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// How engines, kernels and databases say it.
const WORDS: [&str; 3] = [
    "no space left on device",
    "disk quota exceeded",
    "not enough space on the disk",
];

/// A disk that is full, if that is what any of the texts says; `attempted` is what failed for it.
///
/// The texts are the engine's error and the last lines of logs and builds: whoever says it, the cure is the same.
pub fn disk_full<'a>(
    attempted: &str,
    texts: impl IntoIterator<Item = &'a str>,
    place: Option<&Span>,
) -> Option<Diagnostic> {
    let line = texts
        .into_iter()
        .flat_map(str::lines)
        .find(|line| {
            let line = line.to_lowercase();
            WORDS.iter().any(|words| line.contains(words))
        })?
        .trim();
    let inodes = line.to_lowercase().contains("inode");
    let diagnostic = Diagnostic::error(format!(
        "the engine's disk is full: {attempted} could not be done"
    ))
    .maybe_at(place, "")
    .evidence("said", vec![line.to_owned()]);
    let diagnostic = if inodes {
        diagnostic.note("there is room, but no inodes are left")
    } else {
        diagnostic.note("if `df -h` shows room, look at `df -i`: inodes can run out too")
    };
    Some(cure(diagnostic))
}

/// A full disk with what helps.
pub(super) fn cure(diagnostic: Diagnostic) -> Diagnostic {
    diagnostic
        .note("volumes hold data: look at `docker system df -v` before you remove any")
        .fix("docker system df, then docker image prune and docker builder prune")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_known_by_whoever_says_it() {
        for words in [
            "failed to register layer: write /usr/lib/x: no space left on device",
            "ok\nFATAL:  could not write to file \"pg_wal/1\": No space left on device\nbye",
        ] {
            let told = disk_full("the pull of `postgres:17`", [words], None).expect(words);
            assert_eq!(
                told.message,
                "the engine's disk is full: the pull of `postgres:17` could not be done"
            );
            assert_eq!(told.evidence[0].lines.len(), 1);
            assert!(told.fix.is_some());
        }
        assert_eq!(disk_full("x", ["permission denied"], None), None);
    }
}
