//! Files that go into containers and come out.

use std::io::Read as _;

use bytes::Bytes;
use devstack::engine::{EngineError, MountSource, MountSpec};
use futures_util::TryStreamExt as _;

use crate::stage::Stage;

/// An archive of one file.
fn archive(name: &str, content: &[u8]) -> Bytes {
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o640);
    header.set_uid(7);
    header.set_gid(8);
    let mut builder = tar::Builder::new(Vec::new());
    builder
        .append_data(&mut header, name, content)
        .expect("an entry");
    builder.into_inner().expect("an archive").into()
}

/// The entries of a container's path: name, mode, owner, content.
async fn download(stage: &Stage, container: &str, path: &str) -> Vec<(String, u32, u64, String)> {
    let stream = stage
        .engine
        .download(container, path)
        .await
        .expect("starts");
    let bytes: Vec<Bytes> = stream.try_collect().await.expect("arrives");
    let bytes = bytes.concat();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut found = Vec::new();
    for entry in archive.entries().expect("an archive") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a name").to_string_lossy().into_owned();
        let header = entry.header();
        let mode = header.mode().expect("a mode") & 0o777;
        let owner = header.uid().expect("an owner");
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("a text");
        found.push((name, mode, owner, text));
    }
    found
}

pub(crate) async fn what_is_uploaded_can_be_downloaded(stage: Stage) {
    let spec = stage.spec("a", &["sleep", "600"]);
    let id = stage.engine.create_container(&spec).await.expect("creates");
    let uploaded = stage.engine.upload(&id, "/tmp", archive("note", b"hello"));
    uploaded.await.expect("takes it");
    let found = download(&stage, &id, "/tmp/note").await;
    assert_eq!(found, [("note".to_owned(), 0o640, 7, "hello".to_owned())]);
}

pub(crate) async fn a_volume_keeps_files_for_the_next_container(stage: Stage) {
    let volume = stage.volume("data");
    stage.engine.create_volume(&volume).await.expect("makes");
    for (of, target) in [("a", "/one"), ("b", "/two")] {
        let mut spec = stage.spec(of, &["sleep", "600"]);
        spec.mounts.push(MountSpec {
            target: target.to_owned(),
            source: MountSource::Volume {
                name: volume.name.clone(),
                no_copy: false,
                subpath: None,
            },
            read_only: false,
            consistency: None,
        });
        stage.engine.create_container(&spec).await.expect("creates");
    }
    let first = stage.name("a");
    let uploaded = stage
        .engine
        .upload(&first, "/one", archive("note", b"hello"));
    uploaded.await.expect("takes it");
    let found = download(&stage, &stage.name("b"), "/two").await;
    let names: Vec<_> = found
        .iter()
        .map(|entry| entry.0.trim_end_matches('/'))
        .collect();
    assert_eq!(names, ["two", "two/note"]);
    assert_eq!(found[1].3, "hello");
}

pub(crate) async fn a_path_that_is_not_there_is_not_found(stage: Stage) {
    let spec = stage.spec("a", &["sleep", "600"]);
    let id = stage.engine.create_container(&spec).await.expect("creates");
    let error = stage.engine.download(&id, "/no/such/path").await.err();
    assert!(matches!(error, Some(EngineError::NotFound(_))), "{error:?}");
}
