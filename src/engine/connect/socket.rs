//! Where engines usually listen.

use std::path::PathBuf;

use tokio::net::UnixStream;

use super::ConnectOptions;
use super::address::DEFAULT_SOCKET;

/// The sockets where an engine may listen when nobody says, the usual one first: Docker, rootless Docker, Docker
/// Desktop (macOS, then Linux), rootless Podman, Podman.
fn candidates(options: &ConnectOptions) -> Vec<PathBuf> {
    let runtime = |name: &str| options.runtime_dir.as_ref().map(|folder| folder.join(name));
    let home = |name: &str| options.home.as_ref().map(|folder| folder.join(name));
    [
        Some(PathBuf::from(DEFAULT_SOCKET)),
        runtime("docker.sock"),
        home(".docker/run/docker.sock"),
        home(".docker/desktop/docker.sock"),
        runtime("podman/podman.sock"),
        Some(PathBuf::from("/run/podman/podman.sock")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The first usual socket that somebody answers; else the first that is there, whose error will be told; else the
/// usual one.
pub(super) async fn find(options: &ConnectOptions) -> PathBuf {
    pick(candidates(options)).await
}

async fn pick(candidates: Vec<PathBuf>) -> PathBuf {
    let mut there = None;
    for path in candidates {
        match UnixStream::connect(&path).await {
            Ok(_) => return path,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(_) => {
                there.get_or_insert(path);
            }
        }
    }
    there.unwrap_or_else(|| DEFAULT_SOCKET.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn takes_the_first_that_answers() {
        let folder = tempfile::tempdir().expect("a folder");
        let (absent, stale, alive) = (
            folder.path().join("absent"),
            folder.path().join("stale"),
            folder.path().join("alive"),
        );
        drop(std::os::unix::net::UnixListener::bind(&stale).expect("a socket"));
        let _listener = std::os::unix::net::UnixListener::bind(&alive).expect("a socket");
        let all = vec![absent.clone(), stale.clone(), alive.clone()];
        assert_eq!(pick(all).await, alive);
        assert_eq!(pick(vec![absent.clone(), stale.clone()]).await, stale);
        assert_eq!(pick(vec![absent]).await, PathBuf::from(DEFAULT_SOCKET));
    }

    #[test]
    fn looks_for_rootless_desktop_and_podman() {
        let options = ConnectOptions {
            home: Some("/home/ada".into()),
            runtime_dir: Some("/run/user/7".into()),
            ..ConnectOptions::default()
        };
        let paths = candidates(&options);
        for path in [
            "/run/user/7/docker.sock",
            "/home/ada/.docker/run/docker.sock",
            "/run/user/7/podman/podman.sock",
        ] {
            assert!(paths.contains(&PathBuf::from(path)), "{path}");
        }
        assert_eq!(paths[0], PathBuf::from(DEFAULT_SOCKET));
    }
}
