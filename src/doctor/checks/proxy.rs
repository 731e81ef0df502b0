//! Proxies: ours make sense and answer, and the engine has its own.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::Examination;
use crate::doctor::{Finding, Group};

/// How long a proxy may take to let us in.
const LIMIT: Duration = Duration::from_secs(2);
/// The variables that name one. Upper case wins nowhere: programs read either.
const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];

pub(super) async fn check(examination: &Examination) -> Vec<Finding> {
    let mut seen: Vec<&str> = Vec::new();
    let mut findings = Vec::new();
    for variable in VARIABLES {
        let Some(value) = examination
            .variable(variable)
            .filter(|value| !seen.contains(value))
        else {
            continue;
        };
        seen.push(value);
        findings.push(proxy(variable, value).await);
    }
    if let Some(answering) = examination.engine().await {
        let proxies = &answering.info.proxies;
        let own = [&proxies.https, &proxies.http];
        let own = own.into_iter().find(|proxy| !proxy.is_empty());
        match own.and_then(|own| Address::parse(own)) {
            Some(address) => {
                let text = format!("the engine asks registries through {address}");
                findings.push(Finding::ok(Group::Network, "proxy", text));
            }
            None if !seen.is_empty() => findings.push(none_for_engine()),
            None => {}
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(Group::Network, "proxy", "none is set"));
    }
    findings
}

fn none_for_engine() -> Finding {
    let problem = Diagnostic::warning("a proxy is set here, but the engine asks registries without one")
        .note("the engine does not read your shell's variables")
        .fix(
            "add \"proxies\": { \"http-proxy\": …, \"https-proxy\": …, \"no-proxy\": … } to /etc/docker/daemon.json \
             (before 23.0: Environment= in a systemd drop-in of docker.service), and restart the engine",
        );
    Finding::problem(Group::Network, "proxy", problem)
}

async fn proxy(variable: &str, value: &str) -> Finding {
    let Some(address) = Address::parse(value) else {
        let problem =
            Diagnostic::error(format!("the value of {variable} is not a proxy's address"))
                .fix(format!("export {variable}=http://proxy.example:3128"));
        return Finding::problem(Group::Network, "proxy", problem);
    };
    let connected = TcpStream::connect((address.host.as_str(), address.port));
    match timeout(LIMIT, connected).await {
        Ok(Ok(_)) => Finding::ok(
            Group::Network,
            "proxy",
            format!("{address} answers ({variable})"),
        ),
        Ok(Err(error)) => silent(variable, &address, &error.to_string()),
        Err(_) => silent(
            variable,
            &address,
            &format!("no answer within {} s", LIMIT.as_secs()),
        ),
    }
}

fn silent(variable: &str, address: &Address, words: &str) -> Finding {
    let problem = Diagnostic::error(format!("the proxy {address} does not answer"))
        .note(format!("{variable} names it: {words}"))
        .fix(format!("unset {variable}   (or correct it)"));
    Finding::problem(Group::Network, "proxy", problem)
}

/// Where a proxy is, without the login that its address may hold.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    scheme: String,
    host: String,
    port: u16,
}

impl Address {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text
            .trim()
            .split_once("://")
            .unwrap_or(("http", text.trim()));
        let usual = match scheme {
            "http" => 80,
            "https" => 443,
            "socks5" | "socks5h" => 1080,
            _ => return None,
        };
        let authority = rest.split(['/', '?', '#']).next()?;
        let place = authority
            .rsplit_once('@')
            .map_or(authority, |(_, place)| place);
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                (host, port.strip_prefix(':'))
            }
            None => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().ok().filter(|&port| port > 0)?,
            None => usual,
        };
        let plain =
            !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control());
        plain.then(|| Self {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            port,
        })
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(f, "{}://[{}]:{}", self.scheme, self.host, self.port)
        } else {
            write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_no_login() {
        let shown = |text| Address::parse(text).map(|address| address.to_string());
        let told = shown("http://ada:s3cret@proxy.example:3128/").expect("is one");
        assert_eq!(told, "http://proxy.example:3128");
        assert_eq!(shown("proxy:8080").as_deref(), Some("http://proxy:8080"));
        assert_eq!(shown("https://[::1]").as_deref(), Some("https://[::1]:443"));
        assert_eq!(shown("ftp://proxy:1"), None);
        assert_eq!(shown("http://:3128"), None);
        assert_eq!(shown("http://proxy:port"), None);
    }
}
