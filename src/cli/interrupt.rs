//! Ctrl-C and `SIGTERM`: the first asks to stop, the second leaves at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{CliError, ExitCode};
use crate::diagnostic::Diagnostic;
use crate::ui::restore_terminal;

/// Listens from now on, for the rest of the process.
pub(super) fn listen(cancel: CancellationToken) -> Result<(), CliError> {
    let refused = |error| {
        CliError::failed(Diagnostic::error(format!(
            "signals cannot be listened to: {error}"
        )))
    };
    let mut interrupt = signal(SignalKind::interrupt()).map_err(refused)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(refused)?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if cancel.is_cancelled() {
                restore_terminal();
                std::process::exit(i32::from(ExitCode::INTERRUPTED.0));
            }
            cancel.cancel();
        }
    });
    Ok(())
}
