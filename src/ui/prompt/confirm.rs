//! Yes or no.

use dialoguer::Confirm;
use tokio_util::sync::CancellationToken;

use super::PromptError;
use super::ask::{answered, ask};
use crate::ui::Output;

/// Asks yes or no. `flag` is what answers where there is no terminal.
pub async fn confirm(
    output: &Output,
    question: &str,
    default: bool,
    flag: &str,
    cancel: &CancellationToken,
) -> Result<bool, PromptError> {
    let prompt = question.to_owned();
    let answer = ask(output, question, flag, cancel, move |look| {
        Confirm::with_theme(look)
            .with_prompt(prompt)
            .default(default)
            .report(false)
            .interact()
    })
    .await?;
    answered(output, question, if answer { "yes" } else { "no" });
    Ok(answer)
}
