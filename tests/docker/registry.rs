//! Registries of a test's own, on free ports of this machine: the real one with a login, and one that can wait.

use std::collections::HashMap;
use std::net::TcpListener as StdListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Who may come in.
pub(crate) const USER: &str = "ada";
/// Its base64 has a `+` and a `/`, whatever stands before it.
pub(crate) const PASSWORD: &str = "?????>>>>>-secret";
/// The registry wants bcrypt.
const HTPASSWD: &str = "ada:$2y$05$dhJx34wC7Raz8xrPFxNko.53dtbXpHwUBwbkj4FXpuAYu1JFMtsfe\n";

/// Debian's registry, with the stand-in images and a login. It ends with this value.
pub(crate) struct Registry {
    /// `host:port`.
    pub(crate) address: String,
    process: Child,
    folder: TempDir,
}

impl Registry {
    /// Starts it.
    pub(crate) async fn start() -> Self {
        let (program, state) = (script("--program"), script("--state"));
        loop {
            let folder = tempfile::tempdir().expect("a folder");
            let address = free_address();
            let passwords = folder.path().join("htpasswd");
            std::fs::write(&passwords, HTPASSWD).expect("a password file");
            let config = format!(
                "version: 0.1\nlog: {{ level: error }}\n\
                 storage: {{ filesystem: {{ rootdirectory: {state}/storage }} }}\n\
                 http: {{ addr: \"{address}\" }}\n\
                 auth: {{ htpasswd: {{ realm: test, path: {} }} }}\n",
                passwords.display()
            );
            let file = folder.path().join("config.yml");
            std::fs::write(&file, config).expect("a configuration");
            let process = Command::new(&program)
                .arg("serve")
                .arg(&file)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the registry's program");
            let mut registry = Self {
                address,
                process,
                folder,
            };
            if registry.answers().await {
                return registry;
            }
            // Somebody was faster to take the port.
        }
    }

    /// Waits until it answers; false if it has ended instead.
    async fn answers(&mut self) -> bool {
        loop {
            if TcpStream::connect(&self.address).await.is_ok() {
                return self.folder.path().exists();
            }
            if self.process.try_wait().expect("its state").is_some() {
                return false;
            }
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What `scripts/registry` knows of where things are.
fn script(question: &str) -> String {
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/registry"))
        .arg(question)
        .output()
        .expect("scripts/registry");
    assert!(output.status.success(), "scripts/registry {question}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// An address on which nothing listens.
pub(crate) fn free_address() -> String {
    let listener = StdListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// A registry with one image of one layer, of which it sends half and then waits.
pub(crate) struct SlowRegistry {
    /// `host:port`.
    pub(crate) address: String,
    /// The bytes of the layer.
    pub(crate) layer: usize,
    go_on: Arc<Semaphore>,
}

impl SlowRegistry {
    /// Starts it; the image is `x:1`, and its layer's content is this.
    pub(crate) async fn start(content: &[u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (blobs, manifest, layer) = image(content);
        let go_on = Arc::new(Semaphore::new(0));
        let blobs = Arc::new(blobs);
        let waits = Arc::clone(&go_on);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (blobs, manifest, waits) =
                    (Arc::clone(&blobs), manifest.clone(), Arc::clone(&waits));
                tokio::spawn(serve(stream, blobs, manifest, waits));
            }
        });
        Self {
            address,
            layer,
            go_on,
        }
    }

    /// Sends the other half.
    pub(crate) fn go_on(&self) {
        self.go_on.add_permits(Semaphore::MAX_PERMITS / 2);
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold("sha256:".to_owned(), |text, byte| {
            format!("{text}{byte:02x}")
        })
}

/// The blobs of an image, its manifest, and the length of its layer.
fn image(content: &[u8]) -> (HashMap<String, Vec<u8>>, Vec<u8>, usize) {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    archive
        .append_data(&mut header, "content", content)
        .expect("an archive");
    let layer = archive.into_inner().expect("an archive");
    let difference = digest(&layer);
    let mut packed = GzEncoder::new(Vec::new(), Compression::none());
    std::io::Write::write_all(&mut packed, &layer).expect("packed");
    let layer = packed.finish().expect("packed");
    let config = json!({
        "architecture": "amd64", "os": "linux", "config": { "Cmd": ["x"] },
        "rootfs": { "type": "layers", "diff_ids": [difference] },
        "history": [{ "created": "2024-01-01T00:00:00Z", "created_by": "a test" }],
    })
    .to_string()
    .into_bytes();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": config.len(), "digest": digest(&config),
        },
        "layers": [{
            "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "size": layer.len(), "digest": digest(&layer),
        }],
    })
    .to_string()
    .into_bytes();
    let length = layer.len();
    let blobs = HashMap::from([(digest(&config), config), (digest(&layer), layer)]);
    (blobs, manifest, length)
}

async fn serve(
    mut stream: TcpStream,
    blobs: Arc<HashMap<String, Vec<u8>>>,
    manifest: Vec<u8>,
    waits: Arc<Semaphore>,
) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let mut words = request.split_whitespace();
    let (method, path) = (words.next(), words.next().unwrap_or_default());
    let last = path.rsplit('/').next().unwrap_or_default();
    let (kind, body): (&str, &[u8]) = match blobs.get(last) {
        Some(blob) => ("application/octet-stream", blob),
        None if path.contains("/manifests/") => (
            "application/vnd.docker.distribution.manifest.v2+json",
            &manifest,
        ),
        None => ("application/json", b"{}"),
    };
    let digest = if blobs.contains_key(last) {
        last.to_owned()
    } else {
        digest(body)
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nDocker-Distribution-Api-Version: registry/2.0\r\nContent-Type: {kind}\r\n\
         Docker-Content-Digest: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        digest,
        body.len()
    );
    // The engine may hang up at any time; that is its affair.
    let _ = stream.write_all(head.as_bytes()).await;
    if method != Some("HEAD") {
        let half = if body.len() > 1 << 20 {
            body.len() / 2
        } else {
            body.len()
        };
        let _ = stream.write_all(&body[..half]).await;
        if half < body.len() {
            let _permit = waits.acquire().await;
            let _ = stream.write_all(&body[half..]).await;
        }
    }
    let _ = stream.shutdown().await;
}
