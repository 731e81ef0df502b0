//! Contexts of the Docker command line, as it keeps them below its config folder.
//!
//! `contexts/meta/<sha256 of the name>/meta.json` names the host; certificates lie in
//! `contexts/tls/<the same>/docker/`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::ConnectError;
use crate::diagnostic::nearest;

/// A context's `meta.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Meta {
    name: String,
    #[serde(default)]
    endpoints: Endpoints,
}

#[derive(Deserialize, Default)]
struct Endpoints {
    docker: Option<DockerEndpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DockerEndpoint {
    host: Option<String>,
    #[serde(default, rename = "SkipTLSVerify")]
    skip_tls_verify: bool,
}

/// What a context says of its engine.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) host: String,
    pub(super) verify: bool,
    /// The certificates, if it has any.
    pub(super) tls: Option<Certificates>,
}

/// Certificate files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Certificates {
    pub(super) ca: Option<PathBuf>,
    pub(super) cert: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

impl Certificates {
    /// The certificates in a folder, `None` if it has none.
    pub(super) async fn find(folder: &Path) -> Option<Self> {
        let file = async |name: &str| {
            let path = folder.join(name);
            tokio::fs::try_exists(&path)
                .await
                .unwrap_or(false)
                .then_some(path)
        };
        let found = Self {
            ca: file("ca.pem").await,
            cert: file("cert.pem").await,
            key: file("key.pem").await,
        };
        (found != Self::default()).then_some(found)
    }
}

/// Reads a context by its name; `origin` says who named it.
pub(super) async fn read(folder: &Path, name: &str, origin: &str) -> Result<Context, ConnectError> {
    let store = folder.join("contexts");
    let id = id(name);
    let path = store.join("meta").join(&id).join("meta.json");
    let broken = |reason: String| ConnectError::BrokenContext {
        name: name.to_owned(),
        path: path.clone(),
        reason,
    };
    let text = match tokio::fs::read(&path).await {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let known = names(&store.join("meta")).await;
            return Err(ConnectError::UnknownContext {
                name: name.to_owned(),
                origin: origin.to_owned(),
                nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
                known,
            });
        }
        Err(error) => return Err(broken(error.to_string())),
    };
    let meta: Meta = serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))?;
    let docker = meta
        .endpoints
        .docker
        .ok_or_else(|| broken("it names no Docker endpoint".to_owned()))?;
    let host = docker
        .host
        .filter(|host| !host.is_empty())
        .ok_or_else(|| broken("it names no host".to_owned()))?;
    Ok(Context {
        host,
        verify: !docker.skip_tls_verify,
        tls: Certificates::find(&store.join("tls").join(&id).join("docker")).await,
    })
}

/// The names of all contexts, sorted; what cannot be read is left out.
async fn names(meta: &Path) -> Vec<String> {
    // This one always exists and is kept in no file.
    let mut names = vec!["default".to_owned()];
    let Ok(mut entries) = tokio::fs::read_dir(meta).await else {
        return Vec::new();
    };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let text = tokio::fs::read(entry.path().join("meta.json")).await;
        let meta = text
            .ok()
            .and_then(|text| serde_json::from_slice::<Meta>(&text).ok());
        names.extend(meta.map(|meta| meta.name));
    }
    names.sort();
    names
}

/// The folder's name of a context.
pub(super) fn id(name: &str) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(name.as_bytes()) {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `docker context create` of version 28.2 wrote it.
    const META: &str = r#"{"Name":"remote","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://10.0.0.2:2376","SkipTLSVerify":false}}}"#;
    const ID: &str = "b71199ebd070b36beab7317920c2c2f1d777df8d05e5527d8458fda57cb17a7a";

    fn store(meta: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("contexts/meta").join(ID);
        std::fs::create_dir_all(&path).expect("a folder");
        std::fs::write(path.join("meta.json"), meta).expect("a file");
        folder
    }

    #[tokio::test]
    async fn reads_a_context_that_docker_wrote() {
        let folder = store(META);
        let context = read(folder.path(), "remote", "`--context`")
            .await
            .expect("is there");
        assert_eq!(context.host, "tcp://10.0.0.2:2376");
        assert!(context.verify);
        assert_eq!(context.tls, None);
    }

    #[tokio::test]
    async fn finds_its_certificates() {
        let folder = store(META);
        let tls = folder.path().join("contexts/tls").join(ID).join("docker");
        std::fs::create_dir_all(&tls).expect("a folder");
        std::fs::write(tls.join("ca.pem"), "x").expect("a file");
        let context = read(folder.path(), "remote", "`--context`")
            .await
            .expect("is there");
        assert_eq!(
            context.tls.expect("certificates").ca,
            Some(tls.join("ca.pem"))
        );
    }

    #[tokio::test]
    async fn an_unknown_context_is_told_with_the_nearest() {
        let folder = store(META);
        let error = read(folder.path(), "remot", "DOCKER_CONTEXT")
            .await
            .expect_err("is not there");
        let told = error.diagnostic();
        assert_eq!(
            told.message,
            "there is no context `remot` (named by DOCKER_CONTEXT)"
        );
        assert_eq!(told.fix.as_deref(), Some("did you mean `remote`?"));
        assert_eq!(told.notes, ["contexts: default, remote"]);
    }

    #[tokio::test]
    async fn a_broken_context_names_its_file() {
        for text in [
            "{",
            "{}",
            r#"{"Name":"remote","Endpoints":{"docker":{}}}"#,
            "[]",
        ] {
            let folder = store(text);
            let error = read(folder.path(), "remote", "x").await.expect_err(text);
            assert!(
                matches!(&error, ConnectError::BrokenContext { path, .. } if path.ends_with("meta.json")),
                "{error}"
            );
        }
    }
}
