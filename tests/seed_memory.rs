//! A seed of any size passes through constant memory. This is a test program of its own, so that what it measures is
//! its own memory alone.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use devstack::catalog::{self, Facts, Family};
use devstack::engine::{
    Anonymous, ContainerSpec, DockerEngine, Endpoint, EngineHandle, PullRequest,
};
use devstack::event::EventSink;
use devstack::ready::{self, Crowd, Target};
use devstack::seed::{self, Destination};
use devstack::source::Source;
use devstack::stack::{Check, Compression, Container, Seed, SeedKind};
use futures_util::StreamExt as _;
use indexmap::IndexMap;
use tokio_util::sync::CancellationToken;

/// MiB of SQL.
const SIZE: usize = 256;
/// KiB that the program may have needed at most.
const LIMIT: u64 = 64 << 10;

#[tokio::test]
async fn a_large_compressed_seed_passes_through_little_memory() {
    let endpoint = Endpoint::Unix("/var/run/docker.sock".into());
    let engine = DockerEngine::connect(&endpoint, Arc::new(Anonymous)).await;
    let engine: EngineHandle = Arc::new(engine.expect("a container engine"));
    let name = format!("devstack-seed-memory-{}", std::process::id());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.sql.gz");
    write(&path);
    let worked = tokio::spawn(pass(Arc::clone(&engine), name.clone(), path)).await;
    engine.remove_container(&name, true).await.expect("removed");
    worked.expect("passed");
    let status = std::fs::read_to_string("/proc/self/status").expect("read");
    let peak: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .expect("a figure");
    assert!(peak < LIMIT, "{peak} KiB");
}

/// One MiB of SQL, compressed, again and again: parts one after the other are one gzip file.
fn write(path: &Path) {
    let line = format!(
        "-- {}\n",
        "a line of a dump that is not too long ".repeat(3)
    );
    let mut part = line.repeat((1 << 20) / line.len());
    part.push_str("insert into t values (1);\n");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(part.as_bytes()).expect("packed");
    let part = encoder.finish().expect("packed");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder
        .write_all(b"create table t (a int);\n")
        .expect("packed");
    let mut file = std::fs::File::create(path).expect("created");
    file.write_all(&encoder.finish().expect("packed"))
        .expect("written");
    for _ in 0..SIZE {
        file.write_all(&part).expect("written");
    }
}

async fn pass(engine: EngineHandle, container: String, path: std::path::PathBuf) {
    let mirror =
        std::env::var("DEVSTACK_REGISTRY_MIRROR").unwrap_or_else(|_| "127.0.0.1:5055".to_owned());
    let image = format!("{mirror}/library/postgres:17");
    if engine.image(&image).await.expect("asked").is_none() {
        let mut pull = engine.pull(PullRequest {
            reference: image.clone(),
            platform: None,
        });
        while let Some(progress) = pull.next().await {
            progress.expect("pulled");
        }
    }
    let mut options = Container::default();
    options
        .environment
        .insert("POSTGRES_PASSWORD".to_owned(), Some("dev".to_owned()));
    let environment = options.environment.clone();
    let spec = ContainerSpec {
        name: container.clone(),
        image: image.clone(),
        platform: None,
        labels: std::iter::once(("dev.devstack.test".to_owned(), "data".to_owned())).collect(),
        options,
        mounts: Vec::new(),
        ports: Vec::new(),
        network_mode: "bridge".to_owned(),
        networks: IndexMap::new(),
    };
    engine.create_container(&spec).await.expect("created");
    engine.start_container(&container).await.expect("started");
    let facts = Facts {
        image: &image,
        environment: &environment,
        command: &[],
    };
    let (sink, events) = EventSink::new();
    drop(events);
    let cancel = CancellationToken::new();
    let target = Target {
        container: &container,
        service: "db",
        facts,
        checks: &[Check::Family("postgres")],
        seen: None,
        crowd: &Crowd::default(),
        timeout: std::time::Duration::from_mins(1),
        span: None,
    };
    ready::wait(&engine, &target, &sink, &cancel)
        .await
        .expect("ready");
    let to = Destination {
        container: &container,
        service: "db",
        family: catalog::family("postgres").map(|family| family as &dyn Family),
        facts,
        runs: &[],
    };
    let seed = Seed {
        kind: SeedKind::File {
            path,
            compression: Compression::Gzip,
            table: None,
        },
        label: "large.sql.gz".to_owned(),
        span: Source::new("devstack.yaml", "seed").span(0, 4),
    };
    seed::fingerprint(std::slice::from_ref(&seed)).expect("read");
    seed::apply(&engine, &to, &[seed], &sink, &cancel)
        .await
        .expect("applied");
}
