//! Networks: several for one container, names that are taken, what is in use.

use devstack::engine::{EndpointSpec, Engine, EngineError, NetworkSpec};
use devstack::stack::IpamPool;
use indexmap::IndexMap;

use crate::sandbox::Sandbox;

/// A private range that the tests' second networks take.
const SUBNET: &str = "10.213.77.0/24";
const ADDRESS: &str = "10.213.77.9";

fn network(sandbox: &Sandbox, name: &str, subnet: Option<&str>) -> NetworkSpec {
    NetworkSpec {
        name: name.to_owned(),
        driver: None,
        driver_opts: IndexMap::new(),
        labels: [sandbox.label()].into(),
        internal: false,
        attachable: false,
        enable_ipv4: None,
        enable_ipv6: None,
        ipam_driver: None,
        ipam_options: IndexMap::new(),
        ipam: subnet
            .map(|subnet| IpamPool {
                subnet: Some(subnet.to_owned()),
                ..IpamPool::default()
            })
            .into_iter()
            .collect(),
    }
}

async fn created(sandbox: &Sandbox, subnet: Option<&str>) -> String {
    let name = sandbox.name("net");
    sandbox
        .engine
        .create_network(&network(sandbox, &name, subnet))
        .await
        .expect("a network");
    name
}

fn endpoint(alias: &str, address: Option<&str>) -> EndpointSpec {
    EndpointSpec {
        aliases: vec![alias.to_owned()],
        ipv4_address: address.map(str::to_owned),
        ..EndpointSpec::default()
    }
}

#[tokio::test]
async fn a_container_is_on_all_its_networks_before_it_starts() {
    let sandbox = Sandbox::new().await;
    let front = created(&sandbox, None).await;
    let back = created(&sandbox, Some(SUBNET)).await;
    let mut spec = sandbox.spec(&["sleep", "600"]).await;
    spec.network_mode.clone_from(&front);
    spec.networks = IndexMap::from([
        (front.clone(), endpoint("front", None)),
        (back.clone(), endpoint("back", Some(ADDRESS))),
    ]);
    let id = sandbox.run_spec(&spec).await;
    let (out, _, code) = sandbox
        .shell(&id, "nslookup front >/dev/null && nslookup back >/dev/null")
        .await;
    assert_eq!(code, 0, "{out}");
    let listed = sandbox
        .engine
        .containers(&[sandbox.filter()])
        .await
        .expect("a list");
    assert_eq!(listed[0].networks.len(), 2);
    let address = listed[0].networks[&back].map(|ip| ip.to_string());
    assert_eq!(address.as_deref(), Some(ADDRESS));
    let error = sandbox
        .engine
        .remove_network(&front)
        .await
        .expect_err("in use");
    assert!(matches!(error, EngineError::Conflict(_)), "{error:?}");

    // Fixed addresses need a network with a subnet of the user's; the second one here has none.
    let mut broken = spec.clone();
    broken.name = sandbox.name("c");
    broken.network_mode.clone_from(&back);
    broken.networks = IndexMap::from([
        (back, endpoint("back", Some("10.213.77.10"))),
        (front, endpoint("front", Some("10.213.78.10"))),
    ]);
    sandbox
        .engine
        .create_container(&broken)
        .await
        .expect_err("no such address");
    let left = sandbox
        .engine
        .container(&broken.name)
        .await
        .expect("an answer");
    assert_eq!(left, None, "a half-made container is left");
}

#[tokio::test]
async fn a_network_name_is_taken_once() {
    let sandbox = Sandbox::new().await;
    let name = created(&sandbox, None).await;
    let again = network(&sandbox, &name, None);
    let both = tokio::join!(
        sandbox.engine.create_network(&again),
        sandbox.engine.create_network(&again),
    );
    for result in [both.0, both.1] {
        assert!(
            matches!(result, Err(EngineError::Conflict(_))),
            "{result:?}"
        );
    }
    let found = sandbox.engine.network(&name).await.expect("an answer");
    let id = found.expect("a network").id;
    assert_eq!(
        sandbox.engine.network(&id[..3]).await.expect("an answer"),
        None
    );
    sandbox
        .engine
        .remove_network(&id[..3])
        .await
        .expect("nothing of that name");
    assert!(
        sandbox
            .engine
            .network(&id)
            .await
            .expect("an answer")
            .is_some()
    );
    sandbox.engine.remove_network(&name).await.expect("removed");
    sandbox.engine.remove_network(&name).await.expect("gone");
}
