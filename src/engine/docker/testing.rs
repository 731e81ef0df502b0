//! An engine that says what a test wants, word by word.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::engine::Endpoint;

async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    while !text.windows(4).any(|window| window == b"\r\n\r\n") {
        let read = stream.read(&mut buffer).await.expect("a request");
        if read == 0 {
            break;
        }
        text.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// A server that gives each request the next of these answers, then takes requests without a word. The
/// requests come out of the receiver.
pub(super) async fn server(answers: Vec<String>) -> (Endpoint, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = Endpoint::Tcp(listener.local_addr().expect("an address").to_string());
    let (sender, requests) = unbounded_channel();
    tokio::spawn(async move {
        let mut answers = answers.into_iter();
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let request = read_request(&mut stream).await;
            if sender.send(request).is_err() {
                break;
            }
            match answers.next() {
                Some(answer) => {
                    stream
                        .write_all(answer.as_bytes())
                        .await
                        .expect("an answer");
                }
                None => held.push(stream),
            }
        }
    });
    (endpoint, requests)
}

/// The answer to a ping.
pub(super) fn pong(version: &str) -> String {
    let version = if version.is_empty() {
        String::new()
    } else {
        format!("Api-Version: {version}\r\n")
    };
    format!("HTTP/1.1 200 OK\r\n{version}Content-Length: 2\r\n\r\nOK")
}
