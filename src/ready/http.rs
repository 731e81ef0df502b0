//! An HTTP request is answered as expected.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::header::{HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use regex::Regex;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::answer::{Answers, plain};
use super::pace::Pace;
use super::reach::{Connection, Reach};
use crate::engine::{EngineError, EngineHandle};
use crate::stack::HttpCheck;

/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(10);
/// So much of a body is looked at.
const BODY: usize = 1 << 20;

/// What is asked, and which answer is right.
struct Exchange<'a> {
    request: Request<Empty<Bytes>>,
    check: &'a HttpCheck,
    body: Option<Regex>,
}

/// Asks until the answer is right; an error is a check that can never hold.
pub(super) async fn hold(
    engine: &EngineHandle,
    container: &str,
    port: u16,
    check: &HttpCheck,
    answers: &Answers,
) -> Result<(), super::wait::Hopeless> {
    let exchange = Exchange::new(check, port)?;
    let pace = Pace::new();
    let mut reach = Reach::new(engine, container, port);
    loop {
        match reach.connect().await {
            Ok(Connection::Direct(stream) | Connection::Published(stream)) => {
                let answer = timeout(REQUEST, exchange.run(stream)).await;
                match answer.unwrap_or_else(|_| {
                    Err(format!("no answer within {} s", REQUEST.as_secs()))
                }) {
                    Ok(()) => return Ok(()),
                    Err(why) => answers.send(why),
                }
            }
            Ok(Connection::Refused(why)) => answers.send(why),
            Ok(Connection::NoWay) => answers.send(format!(
                "port {port} cannot be reached from here: it is not published, and the container's address leads nowhere"
            )),
            Err(error @ EngineError::Unreachable { .. }) => return Err(error.into()),
            Err(error) => answers.send(error.to_string()),
        }
        pace.pause().await;
    }
}

/// Asks once over a connection; whether the answer is right.
pub(super) async fn once(stream: TcpStream, port: u16, check: &HttpCheck) -> bool {
    let Ok(exchange) = Exchange::new(check, port) else {
        return false;
    };
    matches!(timeout(REQUEST, exchange.run(stream)).await, Ok(Ok(())))
}

impl<'a> Exchange<'a> {
    fn new(check: &'a HttpCheck, port: u16) -> Result<Self, super::wait::Hopeless> {
        let wrong = |what: &str, text: &str| {
            super::wait::Hopeless::Impossible(format!("`{}` is not {what}", plain(text)))
        };
        let method = Method::from_bytes(check.method.as_bytes())
            .map_err(|_| wrong("an HTTP method", &check.method))?;
        let mut request = Request::builder()
            .method(method)
            .uri(&check.path)
            .body(Empty::new())
            .map_err(|_| wrong("a path", &check.path))?;
        let headers = request.headers_mut();
        headers.insert(
            HOST,
            HeaderValue::from_str(&format!("localhost:{port}"))
                .map_err(|_| wrong("a port", &port.to_string()))?,
        );
        headers.insert(USER_AGENT, HeaderValue::from_static("devstack"));
        for (name, value) in &check.headers {
            headers.insert(
                HeaderName::from_bytes(name.as_bytes())
                    .map_err(|_| wrong("the name of a header", name))?,
                HeaderValue::from_str(value).map_err(|_| wrong("the value of a header", value))?,
            );
        }
        let body = match &check.body {
            Some(pattern) => {
                Some(Regex::new(pattern).map_err(|_| wrong("a regular expression", pattern))?)
            }
            None => None,
        };
        Ok(Self {
            request,
            check,
            body,
        })
    }

    /// One request; why the answer is not right, if it is not. A redirect is an answer, too: it is not followed.
    async fn run(&self, stream: TcpStream) -> Result<(), String> {
        let words = |error: hyper::Error| format!("not answered as HTTP: {error}");
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(words)?;
        let request = async {
            let response = sender
                .send_request(self.request.clone())
                .await
                .map_err(words)?;
            self.judge(response.status())?;
            let Some(pattern) = &self.body else {
                return Ok(());
            };
            let body = Limited::new(response.into_body(), BODY)
                .collect()
                .await
                .map_err(|error| format!("the body broke off: {error}"))?
                .to_bytes();
            if pattern.is_match(&String::from_utf8_lossy(&body)) {
                Ok(())
            } else {
                Err(format!("the body does not match `{pattern}`"))
            }
        };
        tokio::pin!(request);
        tokio::select! {
            answer = &mut request => answer,
            // The connection may end with the answer already read.
            _ = connection => request.await,
        }
    }

    fn judge(&self, status: StatusCode) -> Result<(), String> {
        let code = status.as_u16();
        let accepted = &self.check.status;
        let right = if accepted.is_empty() {
            (200..400).contains(&code)
        } else {
            accepted
                .iter()
                .any(|&(first, last)| (first..=last).contains(&code))
        };
        if right {
            Ok(())
        } else {
            Err(format!(
                "{} {} answered with {status}",
                self.check.method, self.check.path
            ))
        }
    }
}
