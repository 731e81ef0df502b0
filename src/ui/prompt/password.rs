//! A secret.

use dialoguer::Password;
use tokio_util::sync::CancellationToken;

use super::PromptError;
use super::ask::{answered, ask};
use crate::ui::Output;

/// Asks for a line that is not shown, until `check` accepts one; its error is shown and must not tell the secret.
/// `flag` is what answers where there is no terminal.
pub async fn password(
    output: &Output,
    question: &str,
    flag: &str,
    cancel: &CancellationToken,
    check: impl Fn(&str) -> Result<(), String> + Send + 'static,
) -> Result<String, PromptError> {
    let prompt = question.to_owned();
    let answer = ask(output, question, flag, cancel, move |look| {
        Password::with_theme(look)
            .with_prompt(prompt)
            .allow_empty_password(true)
            .report(false)
            .validate_with(move |secret: &String| check(secret))
            .interact()
    })
    .await?;
    let said = if answer.is_empty() {
        "(empty)"
    } else {
        "(hidden)"
    };
    answered(output, question, said);
    Ok(answer)
}
