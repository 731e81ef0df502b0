//! Questions.

use std::io;

use dialoguer::Confirm;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use super::Output;
use super::restore::{remember, restore_terminal};
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

/// Asks yes or no. `flag` is what answers where there is no terminal.
pub async fn confirm(
    output: &Output,
    question: &str,
    default: bool,
    flag: &str,
    cancel: &CancellationToken,
) -> Result<bool, PromptError> {
    if !output.terminal().can_ask() {
        return Err(PromptError::NoTerminal {
            question: question.to_owned(),
            flag: flag.to_owned(),
        });
    }
    remember();
    let _guard = PromptGuard;
    let colour = output.stderr_palette().colour;
    let question = question.to_owned();
    let answer = tokio::task::spawn_blocking(move || {
        let colourful = ColorfulTheme::default();
        let theme: &dyn Theme = if colour { &colourful } else { &SimpleTheme };
        Confirm::with_theme(theme)
            .with_prompt(question)
            .default(default)
            .interact()
    });
    tokio::select! {
        answer = answer => match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(dialoguer::Error::IO(error))) if error.kind() == io::ErrorKind::Interrupted => {
                Err(PromptError::Interrupted)
            }
            Ok(Err(dialoguer::Error::IO(error))) => Err(PromptError::Terminal(error)),
            Err(_) => Err(PromptError::Terminal(io::Error::other("the prompt broke off"))),
        },
        // The thread that reads the keyboard stays behind; it ends with the process.
        () = cancel.cancelled() => Err(PromptError::Interrupted),
    }
}

/// dialoguer hides the cursor and leaves it hidden when it is interrupted.
struct PromptGuard;

impl Drop for PromptGuard {
    fn drop(&mut self) {
        restore_terminal();
    }
}
