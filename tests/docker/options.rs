//! What is asked for is what a container gets.

use std::path::Path;
use std::time::Duration;

use devstack::engine::{ContainerSpec, Engine, MountSource, MountSpec, PortSpec, VolumeSpec};
use devstack::stack::{HealthTest, Healthcheck, Protocol, Resources, Ulimit};
use indexmap::IndexMap;

use crate::sandbox::Sandbox;

fn mount(target: &str, source: MountSource, read_only: bool) -> MountSpec {
    MountSpec {
        target: target.into(),
        source,
        read_only,
        consistency: None,
    }
}

fn bind(source: &Path, create: bool) -> MountSource {
    MountSource::Bind {
        source: source.to_string_lossy().into_owned(),
        create,
        propagation: None,
        selinux: None,
        recursive: None,
    }
}

#[tokio::test]
async fn mounts_show_what_they_should() {
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
    let mut spec = sandbox.spec(&["sleep", "600"]).await;
    let named = MountSource::Volume {
        name: volume.clone(),
        no_copy: false,
        subpath: None,
    };
    let memory = MountSource::Tmpfs {
        size: Some(1 << 20),
        mode: Some(0o1770),
        options: Some("noexec".into()),
    };
    spec.mounts = vec![
        mount("/data", named, false),
        mount("/anonymous", MountSource::Anonymous, false),
        mount("/host", bind(folder.path(), false), true),
        mount("/made", bind(&folder.path().join("made"), true), false),
        mount("/memory", memory, false),
    ];
    let id = sandbox.run_spec(&spec).await;
    let (out, err, _) = sandbox
        .shell(
            &id,
            "cat /host/file; echo; touch /host/x 2>/dev/null || echo read-only; \
             grep -c ' /memory .*noexec' /proc/mounts; stat -c %a /memory; ls -d /made /data /anonymous",
        )
        .await;
    assert_eq!(
        out.lines().collect::<Vec<_>>(),
        [
            "from the host",
            "read-only",
            "1",
            "1770",
            "/anonymous",
            "/data",
            "/made"
        ],
        "{err}"
    );
    let listed = sandbox
        .engine
        .containers(&[sandbox.filter()])
        .await
        .expect("a list");
    let mounts = &listed[0].mounts;
    assert_eq!(
        mounts.iter().filter(|mount| mount.name.is_some()).count(),
        2
    );
    assert!(
        mounts
            .iter()
            .any(|mount| mount.name.as_deref() == Some(&volume))
    );

    let mut missing = spec.clone();
    missing.name = sandbox.name("c");
    missing.mounts = vec![mount(
        "/x",
        bind(&folder.path().join("missing"), false),
        false,
    )];
    let error = sandbox
        .engine
        .create_container(&missing)
        .await
        .expect_err("the folder must exist");
    assert!(error.to_string().contains("missing"), "{error}");
    assert!(!folder.path().join("missing").exists());
}

fn set_options(spec: &mut ContainerSpec) {
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
}

#[tokio::test]
async fn options_reach_the_container_and_come_back() {
    let sandbox = Sandbox::new().await;
    let mut spec = sandbox.spec(&["sleep", "600"]).await;
    spec.network_mode = "bridge".into();
    spec.ports = vec![PortSpec {
        target: 80,
        protocol: Protocol::Tcp,
        address: "127.0.0.1".into(),
        host: 0,
        host_end: None,
    }];
    set_options(&mut spec);
    let id = sandbox.run_spec(&spec).await;
    let (out, err, _) = sandbox
        .shell(
            &id,
            "echo $GREETING; hostname; pwd; id -u; ulimit -n; grep elsewhere /etc/hosts | cut -f1",
        )
        .await;
    assert_eq!(
        out.lines().collect::<Vec<_>>(),
        ["a=b c", "inside", "/tmp", "1000", "99", "10.1.2.3"],
        "{err}"
    );
    let detail = sandbox
        .engine
        .container(&spec.name)
        .await
        .expect("an answer")
        .expect("a container");
    assert_eq!(detail.healthcheck, spec.options.healthcheck);
    let health = detail.health.map(|health| health.status);
    assert_eq!(health.as_deref(), Some("starting"));
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
        .expect("a list");
    assert!(
        listed[0]
            .ports
            .iter()
            .any(|port| port.host == Some(published))
    );
    assert_eq!(listed[0].image_id, detail.image_id);
}
