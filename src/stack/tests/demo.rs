//! The manifest of `MANIFEST.md`.

use std::time::Duration;

use crate::stack::testing::{devstack, folder};
use crate::stack::{Check, Condition, HostPort, HttpCheck, MountKind};

const SHOP: &str = r#"
name: shop
requires:
  engine: ">=20.10"
services:
  db:
    image: postgres:17
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: dev, POSTGRES_DB: shop }
    ports: ["5432"]
    volumes: ["dbdata:/var/lib/postgresql/data"]
  cache:
    image: redis:7
  api:
    build: ./api
    depends_on: [db, cache]
    ports: ["8000"]
    ready: { http: /healthz, port: 8000, timeout: 60s }
  web:
    image: nginx:1.27
    depends_on: [api]
    ports: ["8080:80"]
    ready: { http: / }
    open: /
volumes: { dbdata: {} }
"#;

#[test]
fn the_shop_loads() {
    let shop = devstack(SHOP);
    folder(&shop.path().join("api"));
    assert_eq!(shop.warnings(), Vec::<String>::new());
    let stack = shop.stack();
    assert_eq!(stack.name, "shop");
    let names: Vec<_> = stack.services.keys().collect();
    assert_eq!(names, ["db", "cache", "api", "web"]);
    assert_eq!(stack.networks["default"].name, "shop_default");
    assert_eq!(stack.volumes["dbdata"].name, "shop_dbdata");

    let db = &stack.services["db"];
    assert_eq!(db.image, "postgres:17");
    assert_eq!(db.ports[0].host, HostPort::Stable);
    assert_eq!(db.ports[0].address, "127.0.0.1");
    assert_eq!(
        db.container.environment["POSTGRES_USER"].as_deref(),
        Some("shop")
    );
    assert!(matches!(&db.mounts[0].kind, MountKind::Volume { key, .. } if key == "dbdata"));

    let api = &stack.services["api"];
    assert_eq!(api.image, "shop-api");
    assert_eq!(api.depends_on[0].condition, Condition::Ready);
    assert_eq!(api.readiness.timeout, Duration::from_mins(1));
    let Check::Http(HttpCheck { path, port, .. }) = &api.readiness.checks[0] else {
        panic!("not HTTP: {:?}", api.readiness);
    };
    assert_eq!((path.as_str(), *port), ("/healthz", Some(8000)));

    let web = &stack.services["web"];
    assert_eq!(web.ports[0].host, HostPort::Fixed(8080));
    assert_eq!(web.open.as_deref(), Some("/"));
}
