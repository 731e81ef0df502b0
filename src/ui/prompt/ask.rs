//! What holds of every question: who can be asked, how it ends, and how it stays on the screen.

use std::io;

use tokio_util::sync::CancellationToken;

use super::PromptError;
use super::look::Look;
use crate::ui::restore::{remember, restore_terminal};
use crate::ui::{Line, Output, Role, Symbol};

/// Asks by `interact`, which may block.
pub(super) async fn ask<T: Send + 'static>(
    output: &Output,
    question: &str,
    flag: &str,
    cancel: &CancellationToken,
    interact: impl FnOnce(&Look) -> dialoguer::Result<T> + Send + 'static,
) -> Result<T, PromptError> {
    if !output.terminal().can_ask() {
        return Err(PromptError::NoTerminal {
            question: question.to_owned(),
            flag: flag.to_owned(),
        });
    }
    if cancel.is_cancelled() {
        return Err(PromptError::Interrupted);
    }
    remember();
    let _guard = PromptGuard;
    let look = Look {
        palette: output.stderr_palette(),
        columns: output.window().0,
    };
    let answer = tokio::task::spawn_blocking(move || interact(&look));
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

/// Leaves the question and its answer on the screen.
pub(super) fn answered(output: &Output, question: &str, answer: &str) {
    let mark = output.stderr_palette().symbol(Symbol::Good);
    output.say_line(
        &Line::of(Role::Good, mark)
            .and(Role::Plain, format!(" {question} "))
            .and(Role::Strong, answer),
    );
}

/// dialoguer hides the cursor and leaves it hidden when it is interrupted.
struct PromptGuard;

impl Drop for PromptGuard {
    fn drop(&mut self) {
        restore_terminal();
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::ui::prompt::{Choice, confirm, multi_select, password, select, text};
    use crate::ui::{Terminal, TerminalFacts};

    #[tokio::test]
    async fn every_kind_names_its_flag_where_there_is_no_terminal() {
        let terminal = Terminal::new(TerminalFacts::default(), &IndexMap::new());
        let (output, captured) = Output::captured(terminal);
        let cancel = CancellationToken::new();
        let choice = Choice::new("redis", "");
        let refusals = [
            confirm(&output, "Go?", true, "--a", &cancel).await.err(),
            text(&output, "Name", None, "--b", &cancel, |_| Ok(()))
                .await
                .err(),
            password(&output, "Key", "--c", &cancel, |_| Ok(()))
                .await
                .err(),
            select(
                &output,
                "Which?",
                std::slice::from_ref(&choice),
                0,
                "--d",
                &cancel,
            )
            .await
            .err(),
            multi_select(&output, "Which?", &[(choice, true)], "--e", &cancel)
                .await
                .err(),
        ];
        let fixes: Vec<Option<String>> = refusals
            .into_iter()
            .map(|refusal| refusal.and_then(|refusal| refusal.diagnostic().fix))
            .collect();
        let expected = ["--a", "--b", "--c", "--d", "--e"];
        assert_eq!(
            fixes,
            expected.map(|flag| Some(format!("answer with `{flag}`")))
        );
        assert_eq!(captured.stderr(), "");
    }
}
