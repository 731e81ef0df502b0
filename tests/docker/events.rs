//! Events: none is lost between the call and the connection, others' are left out.

use devstack::engine::{Engine, EngineEventKind};
use futures_util::StreamExt;

use crate::sandbox::Sandbox;

#[tokio::test]
async fn tells_what_happened_from_the_call_on_even_before_it_is_polled() {
    let sandbox = Sandbox::new().await;
    let before = sandbox.run(&["true"]).await;
    sandbox
        .engine
        .wait_container(&before)
        .await
        .expect("an end");
    let other = Sandbox::new().await;
    let mut events = sandbox.engine.events(&[sandbox.filter()]);
    other.run(&["true"]).await;
    let id = sandbox.run(&["sh", "-c", "exit 9"]).await;
    sandbox.engine.wait_container(&id).await.expect("an end");
    sandbox
        .engine
        .remove_container(&id, true)
        .await
        .expect("removed");
    let mut seen = Vec::new();
    while seen.last() != Some(&EngineEventKind::Destroy) {
        let event = events.next().await.expect("an event").expect("events");
        assert_eq!(event.container, id);
        let (key, value) = sandbox.label();
        assert_eq!(event.labels.get(&key), Some(&value));
        seen.push(event.kind);
    }
    assert_eq!(
        seen,
        [
            EngineEventKind::Create,
            EngineEventKind::Start,
            EngineEventKind::Die(9),
            EngineEventKind::Destroy,
        ]
    );
}
