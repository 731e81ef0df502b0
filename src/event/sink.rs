//! Where events go in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Event, EventKind, StepId};
use crate::diagnostic::Secrets;

/// Numbers and times events and sends them on. Cheap to clone; every clone counts on.
///
/// Sending never waits and never fails: when nobody listens any more, events are dropped.
#[derive(Debug, Clone)]
pub struct EventSink {
    sender: mpsc::UnboundedSender<Event>,
    next: Arc<AtomicU64>,
    began: Instant,
    step: Option<StepId>,
    service: Option<String>,
    secrets: Secrets,
}

impl EventSink {
    /// A sink whose clock starts now, and the stream that it feeds.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Event>) {
        Self::hiding(Secrets::default())
    }

    /// The same; no event tells any of the secrets.
    pub fn hiding(secrets: Secrets) -> (Self, mpsc::UnboundedReceiver<Event>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let sink = Self {
            sender,
            next: Arc::new(AtomicU64::new(0)),
            began: Instant::now(),
            step: None,
            service: None,
            secrets,
        };
        (sink, receiver)
    }

    /// A sink for the events of one step.
    #[must_use]
    pub fn for_step(&self, step: StepId, service: Option<&str>) -> Self {
        Self {
            step: Some(step),
            service: service.map(str::to_owned),
            ..self.clone()
        }
    }

    /// A sink for the events of one service.
    #[must_use]
    pub fn for_service(&self, service: &str) -> Self {
        Self {
            service: Some(service.to_owned()),
            ..self.clone()
        }
    }

    /// Sends an event.
    pub fn send(&self, mut kind: EventKind) {
        kind.hide(&self.secrets);
        let event = Event {
            seq: self.next.fetch_add(1, Ordering::SeqCst),
            at: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            step: self.step,
            service: self.service.clone(),
            kind,
        };
        // The receiver is gone only when the run's output is over; then nobody wants the event.
        let _ = self.sender.send(event);
    }
}
