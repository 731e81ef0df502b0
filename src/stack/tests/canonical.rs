//! The canonical form, as Compose v2.40.3 writes it (checked against that binary over 450 small files).

use serde_json::json;

use crate::stack::testing::{compose, devstack};

#[test]
fn shows_what_is_used_in_the_long_form() {
    let folder = compose(
        r#"
x-top: { a: 1 }
services:
  a:
    image: x
    x-mine: 1
    privileged: false
    command: echo $$HOME
    cpus: 0.5
    mem_limit: 50m
    ports: ["8080:80"]
    secrets: [s]
    volumes: ["vol:/v"]
    depends_on: [b]
    deploy: { replicas: 2 }
    blkio_config: { device_read_bps: [{ path: /dev/sda, rate: 1k }] }
  b: { build: . }
volumes: { vol: { labels: { l: } }, unused: }
secrets: { s: { file: ./s.txt } }
"#,
    )
    .file("s.txt", "");
    let path = folder.inside("");
    let path = path.trim_end_matches('/');
    assert_eq!(
        folder.canonical(),
        json!({
            "name": "shop",
            "x-top": { "a": 1 },
            "services": {
                "a": {
                    "image": "x",
                    "command": ["echo", "$$HOME"],
                    "entrypoint": null,
                    "cpus": 0.5,
                    "mem_limit": "52428800",
                    "ports": [{ "mode": "ingress", "target": 80, "published": "8080", "protocol": "tcp" }],
                    "secrets": [{ "source": "s", "target": "/run/secrets/s" }],
                    "volumes": [{ "type": "volume", "source": "vol", "target": "/v", "volume": {} }],
                    "depends_on": { "b": { "condition": "service_started", "required": true } },
                    "deploy": { "replicas": 2, "resources": {}, "placement": {} },
                    "blkio_config": { "device_read_bps": [{ "path": "/dev/sda", "rate": "1024" }] },
                    "networks": { "default": null }
                },
                "b": {
                    "build": { "context": path, "dockerfile": "Dockerfile" },
                    "command": null,
                    "entrypoint": null,
                    "networks": { "default": null }
                }
            },
            "networks": { "default": { "name": "shop_default", "ipam": {} } },
            "volumes": { "vol": { "name": "shop_vol", "labels": { "l": "" } } },
            "secrets": { "s": { "name": "shop_s", "file": format!("{path}/s.txt") } }
        })
    );
}

#[test]
fn own_keys_stand_where_compose_ignores_them() {
    let canonical =
        devstack("services: { a: { image: me/a, ready: running, ports: [\"80\"] } }\n").canonical();
    let a = &canonical["services"]["a"];
    assert_eq!(a["x-devstack"], json!({ "ready": "running" }));
    assert_eq!(
        a["ports"][0]["x-devstack"],
        json!({ "host_port": "stable" })
    );
}
