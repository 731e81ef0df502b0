//! What the engine says happens.

use std::time::Duration;

use devstack::engine::EngineEvent;
use devstack::engine::EngineEventKind::{self, Create, Destroy, Die, Start};
use futures_util::StreamExt as _;

use crate::stage::Stage;

pub(crate) async fn events_tell_a_life_in_order(stage: Stage) {
    // Nothing polls the stream yet: what happens from the call on is told all the same.
    let mut stream = stage.engine.events(&[stage.label()]);
    let name = stage.sleeper("a").await;
    let id = stage.detail(&name).await.id;
    let stopped = stage.engine.stop_container(&name, Some(Duration::ZERO));
    stopped.await.expect("stops");
    let removed = stage.engine.remove_container(&name, true).await;
    removed.expect("is removed");
    let mut events: Vec<EngineEvent> = Vec::new();
    while events.last().is_none_or(|last| last.kind != Destroy) {
        events.push(stream.next().await.expect("goes on").expect("an event"));
    }
    for event in &events {
        assert_eq!((&event.container, &event.name), (&id, &name));
        let (key, value) = stage.label().split_once('=').map_or_else(
            || unreachable!("a label has a value"),
            |(key, value)| (key.to_owned(), value.to_owned()),
        );
        assert_eq!(event.labels.get(&key), Some(&value));
    }
    events.retain(|event| !matches!(event.kind, EngineEventKind::Other(_)));
    let kinds: Vec<_> = events.into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [Create, Start, Die(137), Destroy]);
}

pub(crate) async fn events_are_filtered_by_labels(stage: Stage) {
    let mut stream = stage
        .engine
        .events(&["colour=red".to_owned(), stage.label()]);
    for (of, colour) in [("a", "blue"), ("b", "red")] {
        let mut spec = stage.spec(of, &["sleep", "600"]);
        spec.labels.insert("colour".to_owned(), colour.to_owned());
        stage.engine.create_container(&spec).await.expect("creates");
    }
    let first = stream.next().await.expect("goes on").expect("an event");
    assert_eq!(first.name, stage.name("b"));
}
