//! Published ports.

use std::net::{IpAddr, Ipv4Addr};

use devstack::doctor::TakenPort;
use devstack::engine::{ContainerSpec, ContainerState, PortSpec};
use devstack::stack::Protocol;

use crate::stage::Stage;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A container whose port 80 is published on a port of the host.
fn published(stage: &Stage, of: &str, host: u16) -> ContainerSpec {
    let mut spec = stage.spec(of, &["sleep", "600"]);
    spec.ports.push(PortSpec {
        target: 80,
        protocol: Protocol::Tcp,
        address: LOOPBACK.to_string(),
        host,
        host_end: None,
    });
    spec
}

/// What the diagnosis of a taken port has to read from the engine's words.
fn taken(port: u16) -> TakenPort {
    TakenPort {
        address: LOOPBACK,
        port,
        protocol: Protocol::Tcp,
    }
}

/// The host port of a running container.
async fn host_port(stage: &Stage, name: &str) -> u16 {
    let ports = stage.detail(name).await.ports;
    let binding = ports.iter().find(|port| port.target == 80);
    let (address, port) = binding.expect("is told").host.expect("is published");
    assert_eq!(address, LOOPBACK);
    port
}

pub(crate) async fn the_engine_chooses_a_free_port(stage: Stage) {
    let first = stage.start(&published(&stage, "a", 0)).await;
    let second = stage.start(&published(&stage, "b", 0)).await;
    let port = host_port(&stage, &first).await;
    assert_ne!(port, 0);
    assert_ne!(port, host_port(&stage, &second).await);
    let listed = stage
        .engine
        .containers(&[stage.label()])
        .await
        .expect("lists");
    let listed = listed.iter().find(|c| c.name == first).expect("is listed");
    assert_eq!(listed.ports[0].host, Some((LOOPBACK, port)));
    let killed = stage.engine.kill_container(&first, "SIGKILL").await;
    killed.expect("is killed");
    stage.engine.wait_container(&first).await.expect("ended");
    let ports = stage.detail(&first).await.ports;
    assert!(ports.iter().all(|port| port.host.is_none()), "{ports:?}");
}

pub(crate) async fn a_port_of_another_container_refuses_the_start(stage: Stage) {
    let first = stage.start(&published(&stage, "a", 0)).await;
    let port = host_port(&stage, &first).await;
    let spec = published(&stage, "b", port);
    stage.engine.create_container(&spec).await.expect("creates");
    let error = stage.engine.start_container(&spec.name).await;
    let error = error.expect_err("the port is taken").to_string();
    let words = format!("Bind for 127.0.0.1:{port} failed: port is already allocated");
    assert!(error.contains(&words), "{error}");
    assert_eq!(TakenPort::parse(&error), Some(taken(port)));
    let detail = stage.detail(&spec.name).await;
    assert_eq!(detail.state, ContainerState::Created);
    assert!(detail.error.contains(&words), "{}", detail.error);
    let removed = stage.engine.remove_container(&first, true).await;
    removed.expect("goes");
    let started = stage.engine.start_container(&spec.name).await;
    started.expect("the port is free");
    assert_eq!(stage.detail(&spec.name).await.error, "");
}

pub(crate) async fn a_port_of_another_process_refuses_the_start(stage: Stage) {
    let (port, _listener) = stage.occupied_port();
    let spec = published(&stage, "a", port);
    stage.engine.create_container(&spec).await.expect("creates");
    let error = stage.engine.start_container(&spec.name).await;
    let error = error.expect_err("the port is taken").to_string();
    assert!(error.contains(&port.to_string()), "{error}");
    assert!(error.contains("address already in use"), "{error}");
    assert_eq!(TakenPort::parse(&error), Some(taken(port)));
}

pub(crate) async fn exposed_ports_are_told(stage: Stage) {
    let mut spec = published(&stage, "a", 0);
    spec.options.expose = vec!["9000".to_owned(), "9001/udp".to_owned()];
    let name = stage.start(&spec).await;
    let exposed = stage.detail(&name).await.exposed;
    for port in [
        (80, Protocol::Tcp),
        (9000, Protocol::Tcp),
        (9001, Protocol::Udp),
    ] {
        assert!(exposed.contains(&port), "{exposed:?}");
    }
}
