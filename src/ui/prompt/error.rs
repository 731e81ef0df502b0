//! A question that got no answer.

use std::io;

use thiserror::Error;

use crate::diagnostic::Diagnostic;

/// A question that got no answer.
#[derive(Debug, Error)]
pub enum PromptError {
    /// There is nobody to ask.
    #[error("there is no terminal to ask on: {question}")]
    NoTerminal {
        /// What would have been asked.
        question: String,
        /// The flag that answers.
        flag: String,
    },
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// The terminal failed.
    #[error("the terminal cannot be read: {0}")]
    Terminal(io::Error),
}

impl PromptError {
    /// This error as the reader is told of it.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.to_string());
        match self {
            Self::NoTerminal { flag, .. } => diagnostic.fix(format!("answer with `{flag}`")),
            Self::Interrupted | Self::Terminal(_) => diagnostic,
        }
    }
}
