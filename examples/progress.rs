//! Plays a made-up run, for looking at the views: `cargo run --example progress -- live|plain|json|quiet [shop|broken|crowd]`.

use std::process::ExitCode;
use std::time::Duration;

use devstack::ui::{Output, Terminal, TerminalFacts, View, render};
// The recording is compiled here too, and finds these where the library has them.
use devstack::{diagnostic, event, source};

#[path = "../src/ui/render/recording.rs"]
mod recording;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |index: usize| arguments.get(index).map_or("", String::as_str);
    let terminal = Terminal::new(TerminalFacts::of_process(), &std::env::vars().collect());
    let view = match argument(0) {
        "plain" => View::Plain,
        "json" => View::Json,
        "quiet" => View::Quiet,
        _ => View::fitting(&terminal),
    };
    let events = match argument(1) {
        "broken" => recording::broken_shop(),
        "crowd" => recording::crowd(200),
        _ => recording::shop(),
    };
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut now = 0;
        for event in events {
            tokio::time::sleep(Duration::from_millis(event.at - now)).await;
            now = event.at;
            if sender.send(event).is_err() {
                break;
            }
        }
    });
    let output = Output::of_process(terminal);
    let board = render(view, receiver, &output).await;
    if board.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
