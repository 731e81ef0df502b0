//! A line of text.

use dialoguer::Input;
use tokio_util::sync::CancellationToken;

use super::PromptError;
use super::ask::{answered, ask};
use crate::ui::Output;

/// Asks for a line of text until `check` accepts one; its error is shown. An empty line is `default` if there is one,
/// else it goes to `check` like any other. `flag` is what answers where there is no terminal.
pub async fn text(
    output: &Output,
    question: &str,
    default: Option<&str>,
    flag: &str,
    cancel: &CancellationToken,
    check: impl Fn(&str) -> Result<(), String> + Send + 'static,
) -> Result<String, PromptError> {
    let prompt = question.to_owned();
    let default = default.map(str::to_owned);
    let answer = ask(output, question, flag, cancel, move |look| {
        let mut input = Input::<String>::with_theme(look)
            .with_prompt(prompt)
            .allow_empty(true)
            .report(false)
            .validate_with(move |text: &String| check(text));
        if let Some(default) = default {
            input = input.default(default);
        }
        input.interact_text()
    })
    .await?;
    answered(output, question, &answer);
    Ok(answer)
}
