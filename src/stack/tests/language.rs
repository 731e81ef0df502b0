//! What the keys become.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::stack::testing::{compose, devstack};
use crate::stack::{
    BuildContext, BuildFile, Condition, HealthTest, HostPort, MountKind, NetworkMode, Protocol,
    PullPolicy, RestartPolicy, Ulimit,
};

#[test]
fn short_dependencies_wait_for_readiness_in_devstack_yaml_only() {
    let text = "services:\n  a: { image: x, depends_on: [b] }\n  b: { image: x }\n";
    let condition = |service: crate::stack::Service| service.depends_on[0].condition;
    assert_eq!(condition(compose(text).service("a")), Condition::Started);
    assert_eq!(condition(devstack(text).service("a")), Condition::Ready);
}

#[test]
fn long_dependencies_keep_their_condition() {
    let service = compose(
        "services:\n  a:\n    image: x\n    depends_on:\n      b: { condition: service_completed_successfully, restart: true, required: false }\n  b: { image: x }\n",
    )
    .service("a");
    let dependency = &service.depends_on[0];
    assert_eq!(dependency.condition, Condition::Completed);
    assert!(dependency.restart && !dependency.required);
}

#[test]
fn ports_bind_to_loopback_unless_told_otherwise() {
    let text = "services:\n  a: { image: x, ports: [\"80\", \"8080:80\", \"0.0.0.0:81:81/udp\", \"9000-9001:90-91\"] }\n";
    let ports = compose(text).service("a").ports;
    let seen: Vec<_> = ports
        .iter()
        .map(|port| (port.address.as_str(), port.host, port.target, port.protocol))
        .collect();
    assert_eq!(
        seen,
        [
            ("127.0.0.1", HostPort::Any, 80, Protocol::Tcp),
            ("127.0.0.1", HostPort::Fixed(8080), 80, Protocol::Tcp),
            ("0.0.0.0", HostPort::Fixed(81), 81, Protocol::Udp),
            ("127.0.0.1", HostPort::Fixed(9000), 90, Protocol::Tcp),
            ("127.0.0.1", HostPort::Fixed(9001), 91, Protocol::Tcp),
        ]
    );
    let stable = devstack("services:\n  a: { image: x, ports: [\"80\", 81, { target: 82 }] }\n");
    let ports = stable.service("a").ports;
    assert!(ports.iter().all(|port| port.host == HostPort::Stable));
    let open = devstack("bind: 0.0.0.0\nservices:\n  a: { image: x, ports: [\"80:80\"] }\n");
    assert_eq!(open.service("a").ports[0].address, "0.0.0.0");
}

#[test]
fn mounts_of_every_kind() {
    let folder = compose(
        r"
services:
  a:
    image: x
    volumes:
      - data:/data:nocopy
      - ./src:/src:ro,z
      - ~/x:/home
      - /anon
      - { type: tmpfs, target: /tmp, tmpfs: { size: 1m } }
      - { type: volume, source: data, target: /sub, read_only: true, volume: { subpath: a } }
    tmpfs: /run:size=64m
volumes: { data: }
",
    )
    .file("src/x", "");
    let mounts = folder.service("a").mounts;
    let kinds: Vec<_> = mounts.iter().map(|mount| &mount.kind).collect();
    assert_eq!(
        *kinds[0],
        MountKind::Volume {
            key: "data".into(),
            no_copy: true,
            subpath: None
        }
    );
    let bind = |source: PathBuf, selinux: Option<&str>| MountKind::Bind {
        source,
        create: true,
        propagation: None,
        selinux: selinux.map(str::to_owned),
        recursive: None,
    };
    assert_eq!(*kinds[1], bind(folder.path().join("src"), Some("z")));
    assert!(mounts[1].read_only);
    assert_eq!(*kinds[2], bind("/home/me/x".into(), None));
    assert_eq!(*kinds[3], MountKind::Anonymous);
    assert_eq!(
        *kinds[4],
        MountKind::Tmpfs {
            size: Some(1 << 20),
            mode: None,
            options: None
        }
    );
    assert_eq!(
        *kinds[5],
        MountKind::Volume {
            key: "data".into(),
            no_copy: false,
            subpath: Some("a".into())
        }
    );
    assert_eq!(
        *kinds[6],
        MountKind::Tmpfs {
            size: None,
            mode: None,
            options: Some("size=64m".into())
        }
    );
}

#[test]
fn container_options() {
    let service = compose(
        r#"
services:
  a:
    image: x
    command: sh -c "echo 'a b'"
    entrypoint: []
    restart: on-failure:3
    stop_grace_period: 1m30s
    healthcheck: { test: "exit 0", interval: 5s, retries: 2 }
    ulimits: { nofile: 1024, nproc: { soft: 1, hard: 2 } }
    mem_limit: 512m
    deploy: { replicas: 2, resources: { limits: { cpus: "0.5", pids: 9 }, reservations: { devices: [{ capabilities: [gpu], count: 1 }] } } }
    extra_hosts: { host: 1.2.3.4 }
    cap_add: [A, A]
    expose: [80, "90-91/udp"]
    links: ["b:alias"]
    external_links: [c]
    volumes_from: ["b:ro", "container:d"]
    pid: service:b
    logging: { driver: json-file, options: { max-size: 5 } }
    sysctls: [a.b=1]
    blkio_config: { weight: 300, device_read_bps: [{ path: /dev/sda, rate: 1m }] }
    gpus: all
    network_mode: service:b
  b: { image: x }
"#,
    )
    .service("a");
    let container = &service.container;
    assert_eq!(
        container.command.as_deref(),
        Some(["sh", "-c", "echo 'a b'"].map(str::to_owned).as_slice())
    );
    assert_eq!(container.entrypoint, Some(Vec::new()));
    assert_eq!(container.restart, RestartPolicy::OnFailure(Some(3)));
    assert_eq!(container.stop_timeout, Some(90));
    let health = container.healthcheck.as_ref().expect("a health check");
    assert_eq!(health.test, HealthTest::Shell("exit 0".into()));
    assert_eq!(health.interval, Some(Duration::from_secs(5)));
    assert_eq!(
        container.ulimits["nofile"],
        Ulimit {
            soft: 1024,
            hard: 1024
        }
    );
    assert_eq!(container.ulimits["nproc"], Ulimit { soft: 1, hard: 2 });
    assert_eq!(container.resources.memory, Some(512 << 20));
    assert_eq!(container.resources.nano_cpus, Some(500_000_000));
    assert_eq!(container.resources.pids_limit, Some(9));
    assert_eq!(service.replicas, 2);
    assert_eq!(container.extra_hosts, ["host:1.2.3.4"]);
    assert_eq!(container.cap_add, ["A"]);
    assert_eq!(container.expose, ["80/tcp", "90/udp", "91/udp"]);
    assert_eq!(
        container.links,
        ["shop-b-1:alias", "shop-b-1:b-1", "shop-b-1:shop-b-1", "c:c"]
    );
    assert_eq!(container.volumes_from, ["b:ro", "container:d"]);
    assert_eq!(container.pid.as_deref(), Some("container:shop-b-1"));
    assert_eq!(container.sysctls["a.b"], "1");
    assert_eq!(
        container.resources.blkio,
        Some(
            json!({ "BlkioWeight": 300, "BlkioDeviceReadBps": [{ "Path": "/dev/sda", "Rate": 1_048_576 }] })
        )
    );
    assert_eq!(
        container.device_requests,
        [
            json!({ "Driver": "", "Count": -1, "DeviceIDs": [], "Capabilities": [["gpu"]], "Options": {} }),
            json!({ "Driver": "", "Count": 1, "DeviceIDs": [], "Capabilities": [["gpu"]], "Options": {} }),
        ]
    );
    assert_eq!(service.network_mode, NetworkMode::Service("b".into()));
    assert!(service.networks.is_empty());
    let depends: Vec<_> = service
        .depends_on
        .iter()
        .map(|on| on.service.as_str())
        .collect();
    assert_eq!(depends, ["b"]);
}

#[test]
fn a_build_is_lowered() {
    let folder = compose(
        "services:\n  a: { build: { context: ./app, args: [A=1, HOME2], target: dev, secrets: [s] } }\n  b: { build: https://example.com/x.git, image: me/b }\nsecrets: { s: { file: ./s.txt } }\n",
    )
    .file("app/Dockerfile", "")
    .file("s.txt", "");
    let service = folder.service("a");
    let build = service.build.expect("a build");
    assert!(
        matches!(&build.context, BuildContext::Folder(path) if *path == folder.path().join("app"))
    );
    assert!(matches!(&build.dockerfile, BuildFile::Path(path) if path.as_os_str() == "Dockerfile"));
    assert_eq!(build.args.len(), 1);
    assert_eq!(build.secrets["s"], folder.path().join("s.txt"));
    assert_eq!(service.pull_policy, PullPolicy::Missing);
    let remote = folder.service("b").build.expect("a build");
    assert!(matches!(remote.context, BuildContext::Remote(_)));
}

#[test]
fn networks_and_volumes_get_the_names_that_compose_gives() {
    let stack = compose(
        r#"
services:
  a:
    image: x
    networks: { front: { aliases: [web], ipv4_address: 10.9.0.5, priority: 5 }, ext: }
    volumes: ["one:/v", "two:/w"]
networks:
  front: { driver: bridge, internal: true, ipam: { config: [{ subnet: 10.9.0.0/24 }] } }
  ext: { external: true }
  unused: {}
volumes:
  one: { name: fixed }
  two: { external: { name: old } }
"#,
    )
    .stack();
    let names: Vec<_> = stack
        .networks
        .values()
        .map(|network| network.name.as_str())
        .collect();
    assert_eq!(names, ["shop_front", "ext"]);
    assert!(stack.networks["ext"].external && stack.networks["front"].internal);
    assert_eq!(
        stack.networks["front"].ipam[0].subnet.as_deref(),
        Some("10.9.0.0/24")
    );
    let attachment = &stack.services["a"].networks["front"];
    assert_eq!(attachment.aliases, ["web"]);
    assert_eq!(attachment.ipv4_address.as_deref(), Some("10.9.0.5"));
    assert_eq!(attachment.priority, 5);
    assert_eq!(stack.volumes["one"].name, "fixed");
    assert_eq!(stack.volumes["two"].name, "old");
    assert!(stack.volumes["two"].external);
}

#[test]
fn secrets_and_configs_become_files() {
    let folder = compose(
        r#"
services:
  a:
    image: x
    secrets: [one, { source: two, target: other, mode: 0400, uid: "1000" }]
    configs: [conf]
secrets:
  one: { file: ./one.txt }
  two: { environment: TWO }
configs:
  conf: { content: "hello" }
"#,
    )
    .file("one.txt", "1")
    .variable("TWO", "geheim");
    let files = folder.service("a").files;
    let targets: Vec<_> = files.iter().map(|file| file.target.as_str()).collect();
    assert_eq!(targets, ["/run/secrets/one", "/run/secrets/other", "/conf"]);
    assert_eq!(files[0].digest, folder.inside("one.txt"));
    assert_eq!(files[1].mode, Some(0o400));
    assert_eq!(files[1].uid.as_deref(), Some("1000"));
    let shown = format!(
        "{:?} {}",
        files[1],
        serde_json::to_string(&files[1]).expect("JSON")
    );
    assert!(!shown.contains("geheim"), "a secret is shown: {shown}");
}
