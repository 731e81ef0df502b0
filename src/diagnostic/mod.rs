//! What went wrong or looks wrong, told so that the reader can act on it.
//!
//! Every error that a person can cause ends as a [`Diagnostic`]: cause, place, evidence, fix. It is data only; how
//! it looks on a terminal is `ui`'s business, and it serialises as it is for `--format json` and `--progress json`.

mod amount;
mod circle;
mod nearest;
mod secrets;

pub use amount::{age, duration, elapsed, size};
pub use circle::{CircleLink, circle};
pub use nearest::nearest;
pub use secrets::Secrets;

use serde::Serialize;

use crate::source::Span;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; what was asked for is done all the same.
    Warning,
    /// What was asked for was not done.
    Error,
}

/// A place with what is to be said of it; the text may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is to be said of it.
    pub text: String,
}

/// Lines that somebody else wrote and that show the cause: a container's log, a probe's answer, a build's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What the lines are, such as `log` or `last probe`.
    pub title: String,
    /// The lines, oldest first, without control characters.
    pub lines: Vec<String>,
}

/// One problem: cause, place, evidence, fix.
///
/// The message is lower case, has no full stop, and names things in backticks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The cause in one line.
    pub message: String,
    /// Where it is, if it has a place.
    pub place: Option<Label>,
    /// Other places that had a part in it.
    pub related: Vec<Label>,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// Further facts, one a line.
    pub notes: Vec<String>,
    /// What the reader can do about it: a command, or the right spelling.
    pub fix: Option<String>,
}

impl Diagnostic {
    fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            place: None,
            related: Vec::new(),
            evidence: Vec::new(),
            notes: Vec::new(),
            fix: None,
        }
    }

    /// An error.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    /// A warning.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    /// Sets the place; `text` stands beside the marked part and may be empty.
    pub fn at(mut self, span: &Span, text: impl Into<String>) -> Self {
        self.place = Some(Label {
            span: span.clone(),
            text: text.into(),
        });
        self
    }

    /// Sets the place if there is one.
    pub fn maybe_at(self, span: Option<&Span>, text: impl Into<String>) -> Self {
        match span {
            Some(span) => self.at(span, text),
            None => self,
        }
    }

    /// Adds a related place.
    pub fn related(mut self, span: &Span, text: impl Into<String>) -> Self {
        self.related.push(Label {
            span: span.clone(),
            text: text.into(),
        });
        self
    }

    /// Adds evidence; nothing is added when there are no lines.
    pub fn evidence(mut self, title: impl Into<String>, lines: Vec<String>) -> Self {
        if !lines.is_empty() {
            self.evidence.push(Evidence {
                title: title.into(),
                lines,
            });
        }
        self
    }

    /// Adds a further fact.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Sets what the reader can do.
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Whether this is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
