//! What the engine says happens to containers.

use bollard::models::EventMessage;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use serde_json::json;

use super::client::DockerEngine;
use super::json_lines::json_lines;
use super::request::Query;
use super::times::parameter;
use crate::engine::{EngineEvent, EngineEventKind, LabelFilter, Result};

/// What is listened for. Commands in containers are left out: every probe would be three events.
const ACTIONS: [&str; 13] = [
    "create",
    "start",
    "restart",
    "stop",
    "kill",
    "die",
    "oom",
    "health_status",
    "pause",
    "unpause",
    "rename",
    "update",
    "destroy",
];

/// Attributes of an event that the engine adds to the container's labels.
const NOT_LABELS: [&str; 6] = [
    "exitCode",
    "image",
    "name",
    "oldName",
    "signal",
    "execDuration",
];

impl DockerEngine {
    /// The connection is made when the stream is first polled; what happened between is told then, by the
    /// engine's clock.
    pub(super) fn watch(&self, labels: &LabelFilter) -> BoxStream<'static, Result<EngineEvent>> {
        let since = Timestamp::now()
            .checked_add(self.inner.clock_lead)
            .unwrap_or(Timestamp::UNIX_EPOCH);
        let filters = json!({ "type": ["container"], "event": ACTIONS, "label": labels });
        let query = Query::new()
            .with("since", parameter(since))
            .with("filters", filters.to_string());
        let engine = self.clone();
        stream::once(async move {
            let response = engine
                .begin(engine.inner.transport.get("/events", &query))
                .await?;
            Ok(json_lines::<EventMessage>(response.into_body()))
        })
        .try_flatten()
        .try_filter_map(|message| std::future::ready(Ok(event(message))))
        .boxed()
    }
}

fn event(message: EventMessage) -> Option<EngineEvent> {
    let action = message.action?;
    let actor = message.actor?;
    let mut attributes = actor.attributes.unwrap_or_default();
    let name = attributes.get("name").cloned().unwrap_or_default();
    let kind = match action.as_str() {
        "create" => EngineEventKind::Create,
        "start" => EngineEventKind::Start,
        "die" => EngineEventKind::Die(
            attributes
                .get("exitCode")
                .and_then(|code| code.parse().ok())
                .unwrap_or(-1),
        ),
        "oom" => EngineEventKind::OutOfMemory,
        "destroy" => EngineEventKind::Destroy,
        other => match other.strip_prefix("health_status:") {
            Some(status) => EngineEventKind::Health(status.trim().to_owned()),
            None => EngineEventKind::Other(action),
        },
    };
    attributes.retain(|key, _| !NOT_LABELS.contains(&key.as_str()));
    Some(EngineEvent {
        container: actor.id?,
        name,
        labels: attributes.into_iter().collect(),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(action: &str) -> EngineEvent {
        let message = json!({
            "Type": "container",
            "Action": action,
            "Actor": { "ID": "abc", "Attributes": {
                "exitCode": "137", "image": "busybox:1", "name": "web-1", "team": "blue",
            } },
            "time": 1_700_000_000,
        });
        event(serde_json::from_value(message).expect("a message")).expect("an event")
    }

    #[test]
    fn classifies_what_happened() {
        assert_eq!(read("die").kind, EngineEventKind::Die(137));
        assert_eq!(read("oom").kind, EngineEventKind::OutOfMemory);
        assert_eq!(
            read("health_status: unhealthy").kind,
            EngineEventKind::Health("unhealthy".into())
        );
        assert_eq!(read("pause").kind, EngineEventKind::Other("pause".into()));
    }

    #[test]
    fn tells_labels_from_what_the_engine_adds() {
        let event = read("start");
        assert_eq!(event.name, "web-1");
        assert_eq!(
            event.labels.into_iter().collect::<Vec<_>>(),
            [("team".to_owned(), "blue".to_owned())]
        );
    }
}
