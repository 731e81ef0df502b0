//! Which tags a registry has of a repository.
//!
//! Only registries that speak plain HTTP are asked, as mirrors on loopback and in offices do; one that wants TLS or a
//! login is not, since the engine has said enough then.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::Request;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::catalog::ImageName;

/// How long the registry may take: a person waits.
const LIMIT: Duration = Duration::from_secs(1);
/// No list of tags is longer.
const LONGEST: usize = 1 << 20;

#[derive(Deserialize)]
struct Tags {
    tags: Option<Vec<String>>,
}

/// The tags of an image's repository, as `GET /v2/<name>/tags/list` tells them: empty if there is no such repository,
/// `None` if the registry cannot be asked.
pub async fn tags(image: &ImageName) -> Option<Vec<String>> {
    // Docker Hub, and a registry without a port, speak TLS.
    if image.is_hub() || !image.registry().contains(':') {
        return None;
    }
    timeout(LIMIT, ask(image)).await.ok().flatten()
}

async fn ask(image: &ImageName) -> Option<Vec<String>> {
    let stream = TcpStream::connect(image.registry()).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .ok()?;
    let request = Request::get(format!("/v2/{}/tags/list", image.repository()))
        .header(HOST, image.registry())
        .body(Empty::<Bytes>::new())
        .ok()?;
    let exchange = async {
        let response = sender.send_request(request).await.ok()?;
        match response.status().as_u16() {
            200 => {
                let body = Limited::new(response.into_body(), LONGEST);
                let bytes = body.collect().await.ok()?.to_bytes();
                let listed: Tags = serde_json::from_slice(&bytes).ok()?;
                Some(listed.tags.unwrap_or_default())
            }
            404 => Some(Vec::new()),
            _ => None,
        }
    };
    // The connection is driven only as long as the answer is wanted.
    tokio::select! {
        answer = exchange => answer,
        () = async { if connection.await.is_ok() { std::future::pending().await } } => None,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Asks a server that answers one request with this status and body; the request line too.
    async fn asked(status: &str, body: &str) -> (Option<Vec<String>>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut request = vec![0; 4096];
            let count = stream.read(&mut request).await.expect("a request");
            stream.write_all(answer.as_bytes()).await.expect("answers");
            String::from_utf8_lossy(&request[..count]).into_owned()
        });
        let image = ImageName::parse(&format!("127.0.0.1:{port}/library/postgres:99"));
        let found = tags(&image.expect("a reference")).await;
        (found, server.await.expect("ends"))
    }

    #[tokio::test]
    async fn lists_what_the_registry_has() {
        let body = r#"{"name":"library/postgres","tags":["16","17"]}"#;
        let (found, request) = asked("200 OK", body).await;
        assert_eq!(found, Some(vec!["16".to_owned(), "17".to_owned()]));
        assert!(request.starts_with("GET /v2/library/postgres/tags/list HTTP/1.1\r\n"));
    }

    #[tokio::test]
    async fn tells_no_repository_from_no_answer() {
        assert_eq!(asked("404 Not Found", "{}").await.0, Some(Vec::new()));
        assert_eq!(asked("401 Unauthorized", "{}").await.0, None);
        assert_eq!(asked("200 OK", "oops").await.0, None);
        let hub = ImageName::parse("postgres:99").expect("a reference");
        assert_eq!(tags(&hub).await, None);
    }
}
