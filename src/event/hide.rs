//! Events without values that are told nobody: programs print what they were given, and their words become events.

use super::{EventKind, Progress};
use crate::diagnostic::Secrets;

impl EventKind {
    /// Takes secrets out of everything that is told.
    pub(super) fn hide(&mut self, secrets: &Secrets) {
        match self {
            Self::RunStarted { steps, .. } => {
                for step in steps {
                    secrets.hide_in(&mut step.title);
                    secrets.hide_in(&mut step.reason);
                }
            }
            Self::StepProgress { progress } => match progress {
                Progress::Bytes { what, .. }
                | Progress::Part { what, .. }
                | Progress::Waiting { what } => secrets.hide_in(what),
            },
            Self::StepRetrying { error, .. } => secrets.hide_in(error),
            Self::StepFailed { diagnostic } | Self::Warning { diagnostic } => {
                secrets.hide_in_diagnostic(diagnostic);
            }
            Self::StepSkipped { cause, .. } => secrets.hide_in(cause),
            Self::Output { line } => secrets.hide_in(line),
            Self::RunFinished { services, .. } => {
                for service in services {
                    let texts = service.addresses.iter_mut().chain(&mut service.url);
                    texts
                        .chain(&mut service.notes)
                        .for_each(|text| secrets.hide_in(text));
                }
            }
            Self::LockWaiting { .. }
            | Self::StepStarted
            | Self::StepFinished { .. }
            | Self::ServiceReady { .. }
            | Self::Cancelling => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::event::{EventSink, Outcome, ServiceSummary};

    #[tokio::test]
    async fn no_event_tells_a_secret() {
        let secrets = std::iter::once("hunter2!".to_owned()).collect();
        let (sink, mut events) = EventSink::hiding(secrets);
        sink.send(EventKind::Output {
            line: "key is hunter2!".to_owned(),
        });
        sink.send(EventKind::StepFailed {
            diagnostic: Box::new(
                Diagnostic::error("no").evidence("log", vec!["hunter2!".to_owned()]),
            ),
        });
        sink.send(EventKind::RunFinished {
            outcome: Outcome::Done,
            took_ms: 1,
            services: vec![ServiceSummary {
                url: Some("postgres://shop:hunter2%21@localhost".to_owned()),
                ..ServiceSummary::default()
            }],
        });
        drop(sink);
        let mut told = String::new();
        while let Some(event) = events.recv().await {
            told += &serde_json::to_string(&event).expect("plain data");
        }
        assert_eq!(told.matches("[hidden]").count(), 3, "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}
