//! Containers: the pitfalls of starting, waiting, removing and naming.

use std::time::Duration;

use devstack::engine::{
    ContainerState, EndpointSpec, Engine, EngineError, MountSource, MountSpec, NetworkSpec,
    PortSpec, VolumeSpec,
};
use devstack::stack::{HealthTest, Healthcheck, IpamPool, Protocol, Resources, Ulimit};
use indexmap::IndexMap;

use crate::sandbox::Sandbox;

#[tokio::test]
async fn waits_for_every_exit_code() {
    let sandbox = Sandbox::new().await;
    for code in [0, 3, 137] {
        let id = sandbox.run(&["sh", "-c", &format!("exit {code}")]).await;
        assert_eq!(sandbox.engine.wait_container(&id).await.ok(), Some(code));
        let detail = sandbox
            .engine
            .container(&id)
            .await
            .expect("an answer")
            .expect("a container");
        assert_eq!(detail.exit_code, Some(code));
        assert_eq!(detail.state, ContainerState::Exited);
        assert!(detail.finished.is_some());
    }
}

#[tokio::test]
async fn starting_twice_and_stopping_twice_is_no_error() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    sandbox.engine.start_container(&id).await.expect("running");
    for _ in 0..2 {
        sandbox
            .engine
            .stop_container(&id, Some(Duration::ZERO))
            .await
            .expect("stopped");
    }
    sandbox
        .engine
        .stop_container(&id, None)
        .await
        .expect("own grace");
}

#[tokio::test]
async fn removes_by_force_and_what_is_gone_already() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    let both = tokio::join!(
        sandbox.engine.remove_container(&id, true),
        sandbox.engine.remove_container(&id, true),
    );
    both.0.expect("removed");
    both.1.expect("removed at the same time");
    sandbox
        .engine
        .remove_container(&id, true)
        .await
        .expect("gone");
    assert_eq!(
        sandbox.engine.container(&id).await.expect("an answer"),
        None
    );
    let error = sandbox.engine.start_container(&id).await.expect_err("gone");
    assert!(matches!(error, EngineError::NotFound(_)), "{error:?}");
}

#[tokio::test]
async fn a_short_name_is_never_taken_for_the_beginning_of_an_id() {
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    let short = &id[..3];
    assert_eq!(
        sandbox.engine.container(short).await.expect("an answer"),
        None
    );
    for result in [
        sandbox.engine.kill_container(short, "SIGKILL").await,
        sandbox.engine.stop_container(short, None).await,
        sandbox.engine.rename_container(short, "x").await,
    ] {
        assert!(
            matches!(result, Err(EngineError::NotFound(_))),
            "{result:?}"
        );
    }
    sandbox
        .engine
        .remove_container(short, true)
        .await
        .expect("nothing of that name");
    let detail = sandbox
        .engine
        .container(&id[..12])
        .await
        .expect("an answer");
    assert_eq!(
        detail.map(|detail| detail.state),
        Some(ContainerState::Running)
    );
}

#[tokio::test]
async fn a_name_in_use_is_a_conflict_and_a_missing_image_not_found() {
    let sandbox = Sandbox::new().await;
    let mut spec = sandbox.spec(&["true"]).await;
    sandbox
        .engine
        .create_container(&spec)
        .await
        .expect("the first");
    let error = sandbox
        .engine
        .create_container(&spec)
        .await
        .expect_err("the second");
    assert!(matches!(error, EngineError::Conflict(_)), "{error:?}");
    spec.name = sandbox.name("c");
    spec.image = "devstack.invalid/missing:1".into();
    let error = sandbox
        .engine
        .create_container(&spec)
        .await
        .expect_err("no image");
    assert!(matches!(error, EngineError::NotFound(_)), "{error:?}");
}

#[tokio::test]
async fn a_program_that_does_not_exist_leaves_a_code_and_a_reason() {
    let sandbox = Sandbox::new().await;
    let spec = sandbox.spec(&["no-such-program"]).await;
    let id = sandbox
        .engine
        .create_container(&spec)
        .await
        .expect("created");
    sandbox
        .engine
        .start_container(&id)
        .await
        .expect_err("no program");
    let detail = sandbox
        .engine
        .container(&id)
        .await
        .expect("an answer")
        .expect("a container");
    assert_eq!(detail.exit_code, Some(127));
    assert!(detail.error.contains("no-such-program"), "{}", detail.error);
}

#[tokio::test]
async fn joins_every_network_before_the_start() {
    let sandbox = Sandbox::new().await;
    let mut networks = IndexMap::new();
    for (place, alias) in ["front", "back"].into_iter().enumerate() {
        let name = sandbox.name("net");
        let subnet = (place == 1).then(|| "10.213.77.0/24".to_owned());
        sandbox
            .engine
            .create_network(&NetworkSpec {
                name: name.clone(),
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
                    .iter()
                    .map(|subnet| IpamPool {
                        subnet: Some(subnet.clone()),
                        ..IpamPool::default()
                    })
                    .collect(),
            })
            .await
            .expect("a network");
        networks.insert(
            name,
            EndpointSpec {
                aliases: vec![alias.to_owned()],
                ipv4_address: subnet.map(|_| "10.213.77.9".to_owned()),
                ..EndpointSpec::default()
            },
        );
    }
    let names: Vec<String> = networks.keys().cloned().collect();
    let mut spec = sandbox.spec(&["sleep", "600"]).await;
    spec.network_mode.clone_from(&names[0]);
    spec.networks = networks;
    let id = sandbox.run_spec(&spec).await;
    let (out, _, code) = sandbox
        .shell(
            &id,
            "hostname -i; nslookup front >/dev/null && nslookup back >/dev/null",
        )
        .await;
    assert_eq!(code, 0, "{out}");
    let listed = sandbox
        .engine
        .containers(&[sandbox.filter()])
        .await
        .expect("a list");
    assert_eq!(listed[0].networks.len(), 2);
    assert_eq!(
        listed[0].networks[&names[1]]
            .map(|ip| ip.to_string())
            .as_deref(),
        Some("10.213.77.9")
    );
    let error = sandbox
        .engine
        .create_network(&NetworkSpec {
            name: names[0].clone(),
            driver: None,
            driver_opts: IndexMap::new(),
            labels: [sandbox.label()].into(),
            internal: false,
            attachable: false,
            enable_ipv4: None,
            enable_ipv6: None,
            ipam_driver: None,
            ipam_options: IndexMap::new(),
            ipam: Vec::new(),
        })
        .await
        .expect_err("the name is taken");
    assert!(matches!(error, EngineError::Conflict(_)), "{error:?}");
    let error = sandbox
        .engine
        .remove_network(&names[0])
        .await
        .expect_err("in use");
    assert!(matches!(error, EngineError::Conflict(_)), "{error:?}");

    // Fixed addresses need a network with a subnet of the user's; the second one here has none.
    let mut broken = spec.clone();
    broken.name = sandbox.name("c");
    broken.network_mode.clone_from(&names[1]);
    broken.networks.reverse();
    broken.networks[0].ipv4_address = Some("10.213.77.10".into());
    broken.networks[1].ipv4_address = Some("10.213.78.10".into());
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
async fn what_is_asked_for_is_what_the_container_gets() {
    let sandbox = Sandbox::new().await;
    let volume = sandbox.name("v");
    sandbox
        .engine
        .create_volume(&VolumeSpec {
            name: volume.clone(),
            labels: [sandbox.label()].into(),
            ..VolumeSpec::default()
        })
        .await
        .expect("a volume");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("file"), "from the host").expect("a file");
    let mount = |target: &str, source, read_only| MountSpec {
        target: target.into(),
        source,
        read_only,
        consistency: None,
    };
    let bind = |source: std::path::PathBuf, create| MountSource::Bind {
        source: source.to_string_lossy().into_owned(),
        create,
        propagation: None,
        selinux: None,
        recursive: None,
    };
    let mut spec = sandbox.spec(&["sleep", "600"]).await;
    spec.mounts = vec![
        mount(
            "/data",
            MountSource::Volume {
                name: volume.clone(),
                no_copy: false,
                subpath: None,
            },
            false,
        ),
        mount("/anonymous", MountSource::Anonymous, false),
        mount("/host", bind(folder.path().to_owned(), false), true),
        mount("/made", bind(folder.path().join("made"), true), false),
        mount(
            "/memory",
            MountSource::Tmpfs {
                size: Some(1 << 20),
                mode: Some(0o1770),
                options: Some("noexec".into()),
            },
            false,
        ),
    ];
    spec.ports = vec![PortSpec {
        target: 80,
        protocol: Protocol::Tcp,
        address: "127.0.0.1".into(),
        host: 0,
        host_end: None,
    }];
    spec.network_mode = "bridge".into();
    let options = &mut spec.options;
    options.environment = IndexMap::from([
        ("GREETING".into(), Some("a=b c".into())),
        ("PATH".into(), Some("/bin".into())),
    ]);
    options.hostname = Some("inside".into());
    options.working_dir = Some("/tmp".into());
    options.user = Some("1000:1000".into());
    options.expose = vec!["9000-9001/udp".into()];
    options
        .ulimits
        .insert("nofile".into(), Ulimit { soft: 99, hard: 99 });
    options.resources = Resources {
        memory: Some(64 << 20),
        ..Resources::default()
    };
    options.extra_hosts = vec!["elsewhere:10.1.2.3".into()];
    options.healthcheck = Some(Healthcheck {
        test: HealthTest::Shell("exit 0".into()),
        interval: Some(Duration::from_secs(90)),
        timeout: Some(Duration::from_secs(5)),
        retries: Some(4),
        start_period: None,
        start_interval: None,
    });
    let id = sandbox.run_spec(&spec).await;
    let (out, err, code) = sandbox
        .shell(
            &id,
            "echo $GREETING; hostname; pwd; id -u; ulimit -n; cat /host/file; echo; \
             touch /host/x 2>/dev/null || echo read-only; grep -c ' /memory .*noexec' /proc/mounts; \
             stat -c %a /memory; grep elsewhere /etc/hosts | cut -f1; ls -d /made /data /anonymous",
        )
        .await;
    assert_eq!(
        out.lines().collect::<Vec<_>>(),
        [
            "a=b c",
            "inside",
            "/tmp",
            "1000",
            "99",
            "from the host",
            "read-only",
            "1",
            "1770",
            "10.1.2.3",
            "/anonymous",
            "/data",
            "/made",
        ],
        "{err}"
    );
    assert_eq!(code, 0);
    let detail = sandbox
        .engine
        .container(&spec.name)
        .await
        .expect("an answer")
        .expect("a container");
    assert_eq!(detail.healthcheck, spec.options.healthcheck);
    assert_eq!(
        detail.health.map(|health| health.status).as_deref(),
        Some("starting")
    );
    assert_eq!(detail.mounts.iter().filter(|m| m.name.is_some()).count(), 2);
    let exposed: Vec<u16> = detail.exposed.iter().map(|(port, _)| *port).collect();
    assert_eq!(exposed, [80, 9000, 9001]);
    let published = detail
        .ports
        .iter()
        .find_map(|port| port.host)
        .expect("a published port");
    assert!(published.0.is_loopback() && published.1 > 0);
    let listed = sandbox
        .engine
        .containers(&[sandbox.filter()])
        .await
        .expect("a list")
        .remove(0);
    assert!(listed.ports.iter().any(|port| port.host == Some(published)));
    assert_eq!(listed.mounts.len(), detail.mounts.len());
    assert_eq!(listed.image_id, detail.image_id);
    assert!(
        listed
            .mounts
            .iter()
            .any(|m| m.name.as_deref() == Some(&volume))
    );
}

#[tokio::test]
async fn an_empty_command_is_none_at_all() {
    let sandbox = Sandbox::new().await;
    let mut spec = sandbox.spec(&[]).await;
    spec.options.entrypoint = Some(vec!["echo".into(), "only".into()]);
    let id = sandbox.run_spec(&spec).await;
    sandbox.engine.wait_container(&id).await.expect("an end");
    let detail = sandbox
        .engine
        .container(&id)
        .await
        .expect("an answer")
        .expect("a container");
    assert!(detail.command.is_empty(), "{:?}", detail.command);
}
