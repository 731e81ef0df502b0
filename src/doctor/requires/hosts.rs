//! Servers that must be reachable from this machine, through its proxy if there is one.

use std::io::ErrorKind;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::{LIMIT, met, unmet};
use crate::company::Proxy;
use crate::doctor::{Finding, Group};
use crate::stack::{Host, Required};

/// How long the first line of a proxy's answer may be.
const ANSWER: usize = 256;

/// What is wrong, and what may help.
type Problem = (String, &'static str);

pub(super) async fn check(required: &Required<Host>, proxy: &Proxy) -> Finding {
    let Host { name, port } = &required.what;
    let shown = format!("{name}:{port}");
    let proxy = proxy.for_host(name, *port);
    if proxy.is_some_and(|proxy| proxy.starts_with("https://") || proxy.starts_with("socks")) {
        let why = "it is reached through a kind of proxy that is not checked";
        return Finding::skipped(Group::Requirements, shown, why);
    }
    let way = async {
        match proxy {
            Some(proxy) => through(proxy, &shown).await,
            None => reach(name, *port).await.map(drop),
        }
    };
    let (problem, fix) = match timeout(LIMIT, way).await {
        Ok(Ok(())) => return met(&shown, "reached", "to be reached"),
        Ok(Err(problem)) => problem,
        Err(_) => (
            format!("does not answer within {} seconds", LIMIT.as_secs()),
            "is a VPN or proxy needed?",
        ),
    };
    unmet(
        &shown,
        format!("`{shown}` {problem}"),
        &required.span,
        required.get.as_deref(),
        fix,
    )
    .found("no answer")
    .needed("to be reached")
}

async fn reach(name: &str, port: u16) -> Result<TcpStream, Problem> {
    let addresses: Vec<_> = match lookup_host((name, port)).await {
        Ok(addresses) => addresses.collect(),
        Err(_) => {
            return Err((
                "has no address that is known here".to_owned(),
                "check the name and this machine's DNS; is a VPN needed?",
            ));
        }
    };
    TcpStream::connect(addresses.as_slice())
        .await
        .map_err(|error| match error.kind() {
            ErrorKind::ConnectionRefused => (
                "refuses connections".to_owned(),
                "is it running, and is the port right?",
            ),
            _ => (
                format!("cannot be reached: {error}"),
                "is a VPN or proxy needed?",
            ),
        })
}

/// Asks a proxy for the way to a host.
async fn through(proxy: &str, host: &str) -> Result<(), Problem> {
    const FIX: &str = "check the proxy: `devstack doctor` shows who sets it";
    let rest = proxy.strip_prefix("http://").unwrap_or(proxy);
    let rest = rest.split('/').next().unwrap_or_default();
    let (login, address) = match rest.rsplit_once('@') {
        Some((login, address)) => (Some(login), address),
        None => (None, rest),
    };
    let (name, port) = match address.rsplit_once(':') {
        Some((name, port)) => (name, port.parse().unwrap_or(80)),
        None => (address, 80),
    };
    let mut stream = reach(name.trim_matches(['[', ']']), port)
        .await
        .map_err(|(problem, _)| (format!("needs the proxy `{address}`, which {problem}"), FIX))?;
    let login = login.map_or_else(String::new, |login| {
        format!("Proxy-Authorization: Basic {}\r\n", STANDARD.encode(login))
    });
    let request = format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n{login}\r\n");
    let mut answer = Vec::new();
    let asked = async {
        stream.write_all(request.as_bytes()).await?;
        // Only as much as the first line needs: the way stays open for more.
        while !answer.contains(&b'\n') && answer.len() < ANSWER {
            let mut byte = [0];
            if stream.read(&mut byte).await? == 0 {
                break;
            }
            answer.extend(byte);
        }
        Ok::<_, std::io::Error>(())
    };
    let asked = asked.await;
    let line = String::from_utf8_lossy(&answer).trim().to_owned();
    match (asked, line.split(' ').nth(1)) {
        (Ok(()), Some("200")) => Ok(()),
        (Ok(()), Some("407")) => Err((
            format!("needs the proxy `{address}`, which asks for a login"),
            "put the login into the proxy's address: `http://NAME:PASSWORD@HOST:PORT`",
        )),
        (Ok(()), Some(_)) => Err((
            format!("is not reached by the proxy `{address}`: it answers `{line}`"),
            FIX,
        )),
        _ => Err((
            format!("needs the proxy `{address}`, which does not answer as one"),
            FIX,
        )),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    use tokio::net::TcpListener;

    use super::*;
    use crate::doctor::FindingState;
    use crate::source::Source;

    /// What is found of a host through a proxy that answers with this line; and what the proxy was asked.
    async fn asked(answer: &'static str) -> (Finding, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("somebody");
            let mut stream = BufReader::new(stream);
            let mut request = String::new();
            while !request.ends_with("\r\n\r\n") {
                stream.read_line(&mut request).await.expect("a line");
            }
            let answer = format!("HTTP/1.1 {answer}\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.expect("sent");
            request
        });
        let proxy = Proxy {
            https: Some(format!("http://me:pw@{address}")),
            ..Proxy::default()
        };
        let host = Required {
            what: Host {
                name: "github.example".to_owned(),
                port: 443,
            },
            get: None,
            span: Source::new("devstack.yaml", "x").span(0, 1),
        };
        let finding = check(&host, &proxy).await;
        (finding, serving.await.expect("it served"))
    }

    #[tokio::test]
    async fn a_host_behind_a_proxy_is_asked_for_there() {
        let (finding, request) = asked("200 Connection established").await;
        assert_eq!(finding.state(), FindingState::Ok, "{finding:?}");
        assert_eq!(
            request,
            "CONNECT github.example:443 HTTP/1.1\r\nHost: github.example:443\r\n\
             Proxy-Authorization: Basic bWU6cHc=\r\n\r\n"
        );
        let (finding, _) = asked("407 Proxy Authentication Required").await;
        assert!(
            finding.summary().ends_with("which asks for a login"),
            "{finding:?}"
        );
        let (finding, _) = asked("502 Bad Gateway").await;
        assert!(finding.summary().contains("502 Bad Gateway"), "{finding:?}");
        assert!(!finding.summary().contains("pw@"), "{finding:?}");
    }
}
