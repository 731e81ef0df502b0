//! Connects this terminal to a program in a container: its output, our input, the window's size.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::signal::unix::{SignalKind, signal};

use futures_util::StreamExt as _;

use super::CliError;
use crate::diagnostic::Diagnostic;
use crate::engine::{Attached, EngineHandle, OutputStream};
use crate::ui::{Output, RawMode};

/// Whose terminal it is.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// That of a command started with exec.
    Exec(String),
    /// That of a container.
    Container(String),
}

/// What is connected beside the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wires {
    /// Our input goes to the program.
    pub(super) stdin: bool,
    /// The program has a terminal: keys go to it one by one, and it follows the window's size.
    pub(super) tty: bool,
}

/// Passes everything on until the program's output ends.
pub(super) async fn pump(
    engine: &EngineHandle,
    attached: Attached,
    target: Target,
    wires: Wires,
    output: &Output,
) -> Result<(), CliError> {
    let Attached {
        input,
        output: mut stream,
        ..
    } = attached;
    let raw = if wires.tty && output.terminal().stdin {
        Some(RawMode::enter().map_err(|error| {
            CliError::failed(Diagnostic::error(format!(
                "the terminal refuses raw mode: {error}"
            )))
        })?)
    } else {
        None
    };
    let read = async {
        while let Some(piece) = stream.next().await {
            let piece = piece?;
            match piece.stream {
                OutputStream::Stdout => {
                    output.bytes(&piece.bytes)?;
                    output.flush()?;
                }
                OutputStream::Stderr => output.error_bytes(&piece.bytes),
            }
        }
        Ok::<(), CliError>(())
    };
    let side = async {
        tokio::join!(
            async {
                if wires.stdin {
                    forward(input).await;
                }
            },
            async {
                if wires.tty {
                    follow_size(engine, &target, output).await;
                }
            }
        );
        // Input that has ended is no reason to stop listening.
        std::future::pending::<()>().await;
    };
    let answer = tokio::select! {
        answer = read => answer,
        () = side => Ok(()),
    };
    drop(raw);
    answer
}

/// Our input, until it ends or nobody takes it any more.
async fn forward(mut input: Box<dyn tokio::io::AsyncWrite + Send + Unpin>) {
    let mut stdin = tokio::io::stdin();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count) = stdin.read(&mut buffer).await {
        if count == 0 {
            break;
        }
        // A program that has ended takes nothing; its output tells the end.
        if input.write_all(&buffer[..count]).await.is_err() || input.flush().await.is_err() {
            return;
        }
    }
    let _ = input.shutdown().await;
}

/// Tells the program's terminal the window's size, now and whenever it changes.
async fn follow_size(engine: &EngineHandle, target: &Target, output: &Output) {
    let Ok(mut changes) = signal(SignalKind::window_change()) else {
        return;
    };
    loop {
        let (columns, rows) = output.window();
        let columns = u16::try_from(columns).unwrap_or(u16::MAX);
        let rows = u16::try_from(rows).unwrap_or(u16::MAX);
        // A program that ends just now has no terminal any more; that is no failure of ours.
        let _ = match target {
            Target::Exec(id) => engine.resize_exec(id, columns, rows).await,
            Target::Container(id) => engine.resize_container(id, columns, rows).await,
        };
        if changes.recv().await.is_none() {
            return;
        }
    }
}
