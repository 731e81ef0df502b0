//! One of several.

use dialoguer::Select;
use tokio_util::sync::CancellationToken;

use super::ask::{answered, ask};
use super::choice::rows;
use super::{Choice, PromptError};
use crate::ui::Output;

/// Asks for one of `choices`, of which there must be one, and returns its index; `default` is the one that enter takes.
/// `flag` is what answers where there is no terminal.
pub async fn select(
    output: &Output,
    question: &str,
    choices: &[Choice],
    default: usize,
    flag: &str,
    cancel: &CancellationToken,
) -> Result<usize, PromptError> {
    let prompt = question.to_owned();
    let rows = rows(choices, output);
    let answer = ask(output, question, flag, cancel, move |look| {
        Select::with_theme(look)
            .with_prompt(prompt)
            .items(rows)
            .default(default)
            .report(false)
            .interact()
    })
    .await?;
    answered(output, question, &choices[answer].name);
    Ok(answer)
}
