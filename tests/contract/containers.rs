//! Containers: names, listings, what inspection tells.

use devstack::engine::{ContainerSpec, ContainerState, EngineError, ExecSpec, LogOptions};
use futures_util::StreamExt as _;

use crate::stage::Stage;

pub(crate) async fn names_are_unique_and_can_be_given_up(stage: Stage) {
    let spec = stage.spec("a", &["sleep", "600"]);
    let id = stage.engine.create_container(&spec).await.expect("creates");
    let error = stage.engine.create_container(&spec).await;
    let error = error.expect_err("the name is taken");
    assert!(matches!(error, EngineError::Conflict(_)), "{error:?}");
    let words = error.to_string();
    assert!(words.contains(&spec.name) && words.contains(&id), "{words}");
    let other = stage.name("b");
    let renamed = stage.engine.rename_container(&spec.name, &other).await;
    renamed.expect("is renamed");
    assert_eq!(stage.detail(&other).await.id, id);
    stage.engine.create_container(&spec).await.expect("is free");
    let error = stage.engine.rename_container(&other, &spec.name).await;
    assert!(matches!(error, Err(EngineError::Conflict(_))), "{error:?}");
}

pub(crate) async fn listings_are_filtered_by_labels(stage: Stage) {
    for (of, colour) in [("a", "red"), ("b", "blue")] {
        let mut spec = stage.spec(of, &["sleep", "600"]);
        spec.labels.insert("colour".to_owned(), colour.to_owned());
        stage.engine.create_container(&spec).await.expect("creates");
    }
    stage.sleeper("c").await;
    let listed = async |labels: &[&str]| {
        let mut labels: Vec<_> = labels.iter().map(ToString::to_string).collect();
        labels.push(stage.label());
        let listed = stage.engine.containers(&labels).await.expect("lists");
        let mut names: Vec<_> = listed.into_iter().map(|c| c.name).collect();
        names.sort();
        names
    };
    let name = |of| stage.name(of);
    assert_eq!(listed(&[]).await, [name("a"), name("b"), name("c")]);
    assert_eq!(listed(&["colour"]).await, [name("a"), name("b")]);
    assert_eq!(listed(&["colour=blue"]).await, [name("b")]);
    assert!(listed(&["colour=green"]).await.is_empty());
    let listed = stage.engine.containers(&[stage.label()]).await;
    let listed = listed.expect("lists");
    let running = listed.iter().find(|c| c.name == name("c"));
    let running = running.expect("is listed");
    assert_eq!(running.state, ContainerState::Running);
    assert!(running.status.starts_with("Up "), "{}", running.status);
    assert_eq!(running.image, stage.image);
    assert!(running.networks["bridge"].is_some());
}

pub(crate) async fn inspection_tells_what_was_asked_for(stage: Stage) {
    let mut spec = stage.spec("a", &["600"]);
    spec.options.entrypoint = Some(vec!["sleep".to_owned()]);
    let variables = &mut spec.options.environment;
    variables.insert("COLOUR".to_owned(), Some("a=b c".to_owned()));
    variables.insert("EMPTY".to_owned(), Some(String::new()));
    spec.options.tty = true;
    spec.labels.insert("colour".to_owned(), "red".to_owned());
    let name = stage.start(&spec).await;
    let detail = stage.detail(&name).await;
    assert_eq!(detail.name, spec.name);
    assert_eq!(detail.image, stage.image);
    let image = stage.engine.image(&stage.image).await.expect("answers");
    assert_eq!(detail.image_id, image.expect("is there").id);
    for (key, value) in &spec.labels {
        assert_eq!(detail.labels.get(key), Some(value));
    }
    assert_eq!(detail.entrypoint, ["sleep"]);
    assert_eq!(detail.command, ["600"]);
    for variable in ["COLOUR=a=b c", "EMPTY="] {
        assert!(detail.environment.iter().any(|v| v == variable));
    }
    assert!(detail.tty);
    assert_eq!(detail.network_mode, "bridge");
    assert!(detail.networks["bridge"].is_some());
    assert_eq!(detail.health, None);
    assert_eq!(detail.restarts, 0);
}

pub(crate) async fn a_container_that_is_not_there_is_not_found(stage: Stage) {
    let name = stage.name("nothing");
    let engine = &stage.engine;
    assert_eq!(engine.container(&name).await.expect("answers"), None);
    let exec = ExecSpec {
        command: vec!["true".to_owned()],
        ..ExecSpec::default()
    };
    let errors = [
        engine.start_container(&name).await.err(),
        engine.stop_container(&name, None).await.err(),
        engine.kill_container(&name, "SIGKILL").await.err(),
        engine.wait_container(&name).await.err(),
        engine.exec(&name, &exec).await.err(),
        engine.attach(&name).await.err(),
        engine.download(&name, "/etc").await.err(),
        engine.rename_container(&name, "x").await.err(),
        engine
            .logs(&name, LogOptions::default())
            .next()
            .await
            .and_then(Result::err),
    ];
    for (at, error) in errors.into_iter().enumerate() {
        assert!(
            matches!(error, Some(EngineError::NotFound(_))),
            "{at}: {error:?}"
        );
    }
}

pub(crate) async fn a_container_needs_an_image(stage: Stage) {
    let spec = ContainerSpec::new(stage.name("a"), stage.name("no-image"));
    let error = stage.engine.create_container(&spec).await;
    assert!(matches!(error, Err(EngineError::NotFound(_))), "{error:?}");
}
