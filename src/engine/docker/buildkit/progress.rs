//! BuildKit's plain progress, told apart.
//!
//! Each line begins with `#` and the number of what it is about: first its name (`#5 [stage 2/3] RUN make`), then
//! output with the seconds since its start (`#5 0.31 text`), and how it ended (`#5 DONE 0.4s`).

use std::collections::{HashSet, VecDeque};

use crate::engine::BuildProgress;

/// As many of the last words without a number are kept for an error.
const KEPT: usize = 20;

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Plain {
    named: HashSet<u64>,
    words: VecDeque<String>,
}

impl Plain {
    /// What a line means to someone who watches.
    pub(super) fn line(&mut self, line: &str) -> Option<BuildProgress> {
        let line = line.trim_end();
        let numbered = line
            .strip_prefix('#')
            .and_then(|rest| rest.split_once(' '))
            .and_then(|(number, rest)| Some((number.parse::<u64>().ok()?, rest)));
        let Some((number, rest)) = numbered else {
            if !line.trim().is_empty() {
                if self.words.len() == KEPT {
                    self.words.pop_front();
                }
                self.words.push_back(line.to_owned());
            }
            return None;
        };
        if let Some(step) = step(rest) {
            return self.named.insert(number).then_some(step);
        }
        let (seconds, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let is_output = seconds.contains('.') && seconds.parse::<f64>().is_ok();
        (is_output && !text.trim().is_empty()).then(|| BuildProgress::Line(text.to_owned()))
    }

    /// Why the build failed: the builder's last words.
    pub(super) fn cause(&self) -> String {
        let words = self
            .words
            .iter()
            .rev()
            .find(|line| !line.starts_with('-') && !line.starts_with("View build details"))
            .map_or("the builder ended without a word", |line| line.trim());
        let words = words.strip_prefix("ERROR: ").unwrap_or(words);
        words
            .strip_prefix("failed to build: ")
            .unwrap_or(words)
            .to_owned()
    }
}

/// `[stage-0 2/3] RUN make`; what the builder does for itself is `[internal] …` and no step.
fn step(text: &str) -> Option<BuildProgress> {
    let (stage, text) = text.strip_prefix('[')?.split_once("] ")?;
    let (number, of) = stage.split_whitespace().last()?.split_once('/')?;
    Some(BuildProgress::Step {
        number: number.parse().ok()?,
        of: of.parse().ok()?,
        text: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_steps_from_output_and_bookkeeping() {
        let mut plain = Plain::default();
        let said: Vec<_> = [
            "#1 [internal] load build definition from Dockerfile",
            "#1 transferring dockerfile: 136B done",
            "#1 DONE 0.0s",
            "",
            "#5 [stage-0 2/3] RUN make",
            "#5 0.312 compiling",
            "#5 sha256:aaaa",
            "#5 [stage-0 2/3] RUN make",
            "#5 1.2 # [half] done",
            "#5 CACHED",
        ]
        .iter()
        .filter_map(|line| plain.line(line))
        .collect();
        assert_eq!(
            said,
            [
                BuildProgress::Step {
                    number: 2,
                    of: 3,
                    text: "RUN make".into()
                },
                BuildProgress::Line("compiling".into()),
                BuildProgress::Line("# [half] done".into()),
            ]
        );
    }

    #[test]
    fn the_last_words_are_the_cause() {
        let mut plain = Plain::default();
        assert_eq!(plain.cause(), "the builder ended without a word");
        for line in [
            "#5 ERROR: exit code: 3",
            "------",
            " > [2/2] RUN exit 3:",
            "------",
            "ERROR: failed to build: failed to solve: process \"x\" did not complete successfully: exit code: 3",
        ] {
            assert_eq!(plain.line(line), None);
        }
        assert_eq!(
            plain.cause(),
            "failed to solve: process \"x\" did not complete successfully: exit code: 3"
        );
    }
}
