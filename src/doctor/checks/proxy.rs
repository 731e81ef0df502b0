//! Proxies: ours make sense and answer, and the engine has its own.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::company::ProxyOrigin;
use crate::diagnostic::Diagnostic;
use crate::doctor::examination::Examination;
use crate::doctor::{Finding, Group};

/// How long a proxy may take to let us in.
const LIMIT: Duration = Duration::from_secs(2);
/// The variables that name one. Upper case wins nowhere: programs read either.
const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];

pub(super) async fn check(examination: &Examination) -> Vec<Finding> {
    let company = &examination.subject.company;
    let settings = company.settings.as_ref();
    let of_file = match company.proxy.origin {
        ProxyOrigin::Settings => settings.map(|file| format!("`proxy` in {}", file.display())),
        ProxyOrigin::DockerConfig => Some("`proxies` in docker's config.json".to_owned()),
        ProxyOrigin::Environment | ProxyOrigin::None => None,
    };
    let named: Vec<(Namer, &str)> = match of_file {
        // What a file says is what counts; the variables of this terminal are for others.
        Some(file) => {
            let addresses = company.proxy.addresses();
            addresses
                .map(|address| (Namer::File(file.clone()), address))
                .collect()
        }
        None => VARIABLES
            .iter()
            .filter_map(|name| Some((Namer::Variable(name), examination.variable(name)?)))
            .collect(),
    };
    let mut seen: Vec<&str> = Vec::new();
    let mut findings = Vec::new();
    for (namer, value) in named {
        if !seen.contains(&value) {
            seen.push(value);
            findings.push(proxy(&namer, value).await);
        }
    }
    if let Some(answering) = examination.engine().await {
        let proxies = &answering.info.proxies;
        let own = [&proxies.https, &proxies.http];
        let own = own.into_iter().find(|proxy| !proxy.is_empty());
        match own.and_then(|own| Address::parse(own)) {
            Some(address) => findings.push(of_engine(&address, answering.info.local).await),
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
        .note("the engine reads neither your shell's variables nor your settings")
        .fix(
            "add \"proxies\": { \"http-proxy\": …, \"https-proxy\": …, \"no-proxy\": … } to /etc/docker/daemon.json \
             (before 23.0: Environment= in a systemd drop-in of docker.service), and restart the engine",
        );
    Finding::problem(Group::Network, "proxy", problem)
}

/// The engine's own, which can be asked only from its machine.
async fn of_engine(address: &Address, local: bool) -> Finding {
    if local && let Err(words) = reach(address).await {
        let problem = Diagnostic::error(format!("the engine's proxy {address} does not answer"))
            .note(words)
            .fix(
                "correct \"proxies\" in /etc/docker/daemon.json, or HTTPS_PROXY where the engine is started \
                 (systemctl edit docker), and restart the engine",
            );
        return Finding::problem(Group::Network, "proxy", problem);
    }
    let text = format!("the engine asks registries through {address}");
    Finding::ok(Group::Network, "proxy", text)
}

async fn proxy(namer: &Namer, value: &str) -> Finding {
    let Some(address) = Address::parse(value) else {
        let problem = Diagnostic::error(format!("the value of {namer} is not a proxy's address"))
            .fix(match namer {
                Namer::Variable(name) => format!("export {name}=http://proxy.example:3128"),
                Namer::File(_) => "write it as http://proxy.example:3128".to_owned(),
            });
        return Finding::problem(Group::Network, "proxy", problem);
    };
    match reach(&address).await {
        Ok(()) => Finding::ok(
            Group::Network,
            "proxy",
            format!("{address} answers ({namer})"),
        ),
        Err(words) => silent(namer, &address, &words),
    }
}

/// Whether something listens there; the error says what is wrong.
async fn reach(address: &Address) -> Result<(), String> {
    let connected = TcpStream::connect((address.host.as_str(), address.port));
    match timeout(LIMIT, connected).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", LIMIT.as_secs())),
    }
}

fn silent(namer: &Namer, address: &Address, words: &str) -> Finding {
    let problem = Diagnostic::error(format!("the proxy {address} does not answer"))
        .note(format!("{namer} names it: {words}"))
        .fix(match namer {
            Namer::Variable(name) => format!("unset {name}   (or correct it)"),
            Namer::File(_) => "correct it there".to_owned(),
        });
    Finding::problem(Group::Network, "proxy", problem)
}

/// Who names a proxy.
enum Namer {
    Variable(&'static str),
    File(String),
}

impl std::fmt::Display for Namer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::File(file) => f.write_str(file),
        }
    }
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
