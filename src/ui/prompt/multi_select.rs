//! Any of several.

use dialoguer::MultiSelect;
use tokio_util::sync::CancellationToken;

use super::ask::{answered, ask};
use super::choice::rows;
use super::{Choice, PromptError};
use crate::ui::Output;

/// Asks which of `choices`, of which there must be one, are wanted, and returns their indices; each comes with whether
/// it is ticked at first. `flag` is what answers where there is no terminal.
pub async fn multi_select(
    output: &Output,
    question: &str,
    choices: &[(Choice, bool)],
    flag: &str,
    cancel: &CancellationToken,
) -> Result<Vec<usize>, PromptError> {
    let prompt = question.to_owned();
    let (choices, ticked): (Vec<Choice>, Vec<bool>) = choices.iter().cloned().unzip();
    let rows = rows(&choices, output);
    let answer = ask(output, question, flag, cancel, move |look| {
        MultiSelect::with_theme(look)
            .with_prompt(prompt)
            .items_checked(rows.into_iter().zip(ticked))
            .report(false)
            .interact()
    })
    .await?;
    let names: Vec<&str> = answer
        .iter()
        .map(|&index| choices[index].name.as_str())
        .collect();
    let said = if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    };
    answered(output, question, &said);
    Ok(answer)
}
