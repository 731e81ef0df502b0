//! Files into and out of containers that never ran.

use std::io::Read;

use bytes::Bytes;
use devstack::engine::{Engine, EngineError};
use futures_util::TryStreamExt;

use crate::sandbox::Sandbox;

#[tokio::test]
async fn files_go_into_a_container_and_come_out() {
    let sandbox = Sandbox::new().await;
    let spec = sandbox.spec(&["cat", "/tmp/in/file"]).await;
    let id = sandbox
        .engine
        .create_container(&spec)
        .await
        .expect("created");
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(5);
    header.set_mode(0o640);
    archive
        .append_data(&mut header, "in/file", &b"hello"[..])
        .expect("an archive");
    let archive = Bytes::from(archive.into_inner().expect("an archive"));
    sandbox
        .engine
        .upload(&id, "/tmp", archive)
        .await
        .expect("uploaded");
    let parts: Vec<Bytes> = sandbox
        .engine
        .download(&id, "/tmp/in")
        .await
        .expect("a download")
        .try_collect()
        .await
        .expect("its bytes");
    let bytes = parts.concat();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let entries: Vec<(String, u32)> = archive
        .entries()
        .expect("entries")
        .map(|entry| {
            let entry = entry.expect("an entry");
            let path = entry.path().expect("a path").to_string_lossy().into_owned();
            (path, entry.header().mode().expect("a mode") & 0o777)
        })
        .collect();
    assert_eq!(entries[0].0, "in/");
    assert_eq!(entries[1], ("in/file".to_owned(), 0o640));
    let missing = sandbox.engine.download(&id, "/no/such/path").await;
    assert!(matches!(missing.err(), Some(EngineError::NotFound(_))));
}

#[tokio::test]
async fn an_upload_of_many_megabytes_arrives() {
    const SIZE: usize = 64 << 20;
    let sandbox = Sandbox::new().await;
    let id = sandbox.idle().await;
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(SIZE as u64);
    header.set_mode(0o644);
    archive
        .append_data(&mut header, "big", std::io::repeat(b'x').take(SIZE as u64))
        .expect("an archive");
    let archive = Bytes::from(archive.into_inner().expect("an archive"));
    sandbox
        .engine
        .upload(&id, "/tmp", archive)
        .await
        .expect("uploaded");
    let (out, _, _) = sandbox.shell(&id, "stat -c %s /tmp/big").await;
    assert_eq!(out.trim(), SIZE.to_string());
}
