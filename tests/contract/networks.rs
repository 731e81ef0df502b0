//! Networks.

use devstack::engine::{EndpointSpec, EngineError, ExecSpec};
use futures_util::StreamExt as _;

use crate::stage::Stage;

pub(crate) async fn a_network_is_made_once_and_removed(stage: Stage) {
    let spec = stage.network("net");
    stage.engine.create_network(&spec).await.expect("makes");
    let again = stage.engine.create_network(&spec).await;
    assert!(matches!(again, Err(EngineError::Conflict(_))), "{again:?}");
    let network = stage.engine.network(&spec.name).await.expect("answers");
    let network = network.expect("is there");
    assert_eq!(
        (network.name.as_str(), network.driver.as_str()),
        (spec.name.as_str(), "bridge")
    );
    assert_eq!(network.labels, spec.labels);
    let by_id = stage.engine.network(&network.id).await.expect("answers");
    assert_eq!(by_id, Some(network.clone()));
    let listed = stage
        .engine
        .networks(&[stage.label()])
        .await
        .expect("lists");
    assert_eq!(listed, [network]);
    for _ in 0..2 {
        let removed = stage.engine.remove_network(&spec.name).await;
        removed.expect("is gone");
    }
    assert_eq!(
        stage.engine.network(&spec.name).await.expect("answers"),
        None
    );
}

pub(crate) async fn a_network_in_use_stays(stage: Stage) {
    let network = stage.network("net");
    stage.engine.create_network(&network).await.expect("makes");
    let mut spec = stage.spec("a", &["sleep", "600"]);
    spec.network_mode.clone_from(&network.name);
    spec.networks
        .insert(network.name.clone(), EndpointSpec::default());
    let name = stage.start(&spec).await;
    let error = stage.engine.remove_network(&network.name).await;
    let error = error.expect_err("is in use");
    assert!(matches!(error, EngineError::Conflict(_)), "{error:?}");
    assert!(error.to_string().contains("active endpoints"), "{error}");
    let removed = stage.engine.remove_container(&name, true).await;
    removed.expect("goes");
    let removed = stage.engine.remove_network(&network.name).await;
    removed.expect("goes");
}

pub(crate) async fn containers_find_each_other_by_alias(stage: Stage) {
    let network = stage.network("net");
    stage.engine.create_network(&network).await.expect("makes");
    let mut names = Vec::new();
    for (of, alias) in [("a", "neighbour"), ("b", "asker")] {
        let mut spec = stage.spec(of, &["sleep", "600"]);
        spec.network_mode.clone_from(&network.name);
        let endpoint = EndpointSpec {
            aliases: vec![alias.to_owned()],
            ..EndpointSpec::default()
        };
        spec.networks.insert(network.name.clone(), endpoint);
        names.push(stage.start(&spec).await);
    }
    let exec = ExecSpec {
        command: ["ping", "-c", "1", "-W", "5", "neighbour"]
            .map(str::to_owned)
            .to_vec(),
        ..ExecSpec::default()
    };
    let attached = stage.engine.exec(&names[1], &exec).await.expect("starts");
    let output: Vec<_> = attached.output.collect().await;
    let code = stage.engine.exec_exit_code(&attached.id).await;
    assert_eq!(code.expect("known"), Some(0), "{output:?}");
    let detail = stage.detail(&names[0]).await;
    assert_eq!(detail.networks.len(), 1);
    assert!(detail.networks[&network.name].is_some());
}

pub(crate) async fn a_container_joins_a_further_network(stage: Stage) {
    let network = stage.network("net");
    stage.engine.create_network(&network).await.expect("makes");
    let name = stage.sleeper("a").await;
    let endpoint = EndpointSpec::default();
    let connect = || {
        stage
            .engine
            .connect_network(&network.name, &name, &endpoint)
    };
    connect().await.expect("joins");
    let detail = stage.detail(&name).await;
    assert!(detail.networks["bridge"].is_some());
    assert!(detail.networks[&network.name].is_some());
    let again = connect().await;
    assert!(matches!(again, Err(EngineError::Conflict(_))), "{again:?}");
    let unknown = stage.name("no-net");
    let unknown = stage.engine.connect_network(&unknown, &name, &endpoint);
    let unknown = unknown.await;
    assert!(
        matches!(unknown, Err(EngineError::NotFound(_))),
        "{unknown:?}"
    );
    let killed = stage.engine.kill_container(&name, "SIGKILL").await;
    killed.expect("is killed");
    stage.engine.wait_container(&name).await.expect("ended");
    // It stays a member, without an address.
    assert_eq!(stage.detail(&name).await.networks[&network.name], None);
}

pub(crate) async fn a_container_on_an_unknown_network_cannot_start(stage: Stage) {
    let mut spec = stage.spec("a", &["sleep", "600"]);
    spec.network_mode = stage.name("no-net");
    spec.networks
        .insert(spec.network_mode.clone(), EndpointSpec::default());
    // Newer engines refuse at once, older ones at the start.
    let error = match stage.engine.create_container(&spec).await {
        Ok(id) => stage.engine.start_container(&id).await,
        Err(error) => Err(error),
    };
    let error = error.expect_err("there is no network");
    assert!(matches!(error, EngineError::NotFound(_)), "{error:?}");
    assert!(error.to_string().contains(&spec.network_mode), "{error}");
}
