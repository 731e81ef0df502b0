//! A proxy: its variables for containers and builds, and whether a host is reached through it.

use indexmap::IndexMap;
use serde::Serialize;

use super::Sources;

/// Who says which proxy there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProxyOrigin {
    /// Nobody.
    #[default]
    None,
    /// The user's settings file.
    Settings,
    /// The docker command line's `config.json`.
    DockerConfig,
    /// The environment of the process.
    Environment,
}

/// The way to the internet; empty if it is direct. Addresses may hold a password.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Proxy {
    /// For `http://`.
    pub http: Option<String>,
    /// For `https://`.
    pub https: Option<String>,
    /// For everything.
    pub all: Option<String>,
    /// For `ftp://`.
    pub ftp: Option<String>,
    /// What is reached without it, separated by commas.
    pub no: Option<String>,
    /// Who says so.
    pub origin: ProxyOrigin,
}

/// Names that always mean the machine itself.
const ITSELF: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

impl Proxy {
    /// What the environment says.
    pub(super) fn of_environment(sources: Sources<'_>) -> Self {
        // Upper-case `HTTP_PROXY` is not heeded by all, for a web server's sake; here it is the user's own.
        let either = |name: &str| {
            sources
                .variable(&name.to_ascii_lowercase())
                .or_else(|| sources.variable(name))
                .map(str::to_owned)
        };
        let proxy = Self {
            http: either("HTTP_PROXY"),
            https: either("HTTPS_PROXY"),
            all: either("ALL_PROXY"),
            ftp: either("FTP_PROXY"),
            no: either("NO_PROXY"),
            origin: ProxyOrigin::Environment,
        };
        if proxy.is_empty() {
            Self::default()
        } else {
            proxy
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.addresses().next().is_none()
    }

    /// The addresses, each once a scheme.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        [&self.http, &self.https, &self.all, &self.ftp]
            .into_iter()
            .filter_map(|address| address.as_deref())
    }

    /// The passwords that stand in the addresses.
    pub fn passwords(&self) -> impl Iterator<Item = String> {
        self.addresses().filter_map(|address| {
            let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
            let (login, _) = rest.rsplit_once('@')?;
            Some(login.split_once(':')?.1.to_owned())
        })
    }

    /// The variables that say so in a container or build, in both cases. `besides` are further names that are reached
    /// without a proxy: the services of the stack.
    ///
    /// An address of this machine's loopback that only the environment has is left out: in a container it would be the
    /// container's own.
    pub fn variables<'n>(
        &self,
        besides: impl IntoIterator<Item = &'n str>,
    ) -> IndexMap<String, String> {
        let mut variables = IndexMap::new();
        let mut set = |name: &str, value: &str| {
            variables.insert(name.to_owned(), value.to_owned());
            variables.insert(name.to_ascii_lowercase(), value.to_owned());
        };
        let reachable =
            |address: &&str| self.origin != ProxyOrigin::Environment || !is_loopback(address);
        for (name, address) in [
            ("HTTP_PROXY", &self.http),
            ("HTTPS_PROXY", &self.https),
            ("ALL_PROXY", &self.all),
            ("FTP_PROXY", &self.ftp),
        ] {
            if let Some(address) = address.as_deref().filter(reachable) {
                set(name, address);
            }
        }
        if !variables.is_empty() {
            let mut names: Vec<&str> = self.exceptions().collect();
            for name in ITSELF.into_iter().chain(besides) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            let names = names.join(",");
            variables.insert("NO_PROXY".to_owned(), names.clone());
            variables.insert("no_proxy".to_owned(), names);
        }
        variables
    }

    fn exceptions(&self) -> impl Iterator<Item = &str> {
        let listed = self.no.as_deref().unwrap_or_default().split(',');
        listed.map(str::trim).filter(|name| !name.is_empty())
    }

    /// The proxy through which a host is reached from this machine, if it is not reached directly.
    pub fn for_host(&self, host: &str, port: u16) -> Option<&str> {
        let excepted = self.exceptions().any(|name| {
            let (name, of_port) = match name.rsplit_once(':') {
                Some((name, of_port)) if !name.contains(':') => (name, of_port.parse().ok()),
                _ => (name, None),
            };
            let domain = name.trim_start_matches('*').trim_start_matches('.');
            let below = host
                .strip_suffix(domain)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            (name == "*" || below) && of_port.is_none_or(|of_port: u16| of_port == port)
        });
        if excepted || ITSELF.contains(&host) {
            return None;
        }
        let own = if port == 80 { &self.http } else { &self.https };
        own.as_deref().or(self.all.as_deref())
    }
}

/// Whether an address leads to the machine that it is used on.
fn is_loopback(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(origin: ProxyOrigin) -> Proxy {
        Proxy {
            http: Some("http://proxy:3128".to_owned()),
            https: Some("http://me:pw@127.0.0.1:3128".to_owned()),
            no: Some("corp.example, .local,10.0.0.1:8080".to_owned()),
            origin,
            ..Proxy::default()
        }
    }

    #[test]
    fn services_of_the_stack_are_reached_without_it() {
        let variables = proxy(ProxyOrigin::Settings).variables(["db", "api"]);
        assert_eq!(variables["http_proxy"], "http://proxy:3128");
        assert_eq!(variables["HTTPS_PROXY"], "http://me:pw@127.0.0.1:3128");
        assert_eq!(
            variables["NO_PROXY"],
            "corp.example,.local,10.0.0.1:8080,localhost,127.0.0.1,::1,db,api"
        );
        assert!(Proxy::default().variables(["db"]).is_empty());
    }

    #[test]
    fn what_only_this_machine_reaches_is_not_handed_on() {
        let variables = proxy(ProxyOrigin::Environment).variables([]);
        assert_eq!(variables.get("HTTPS_PROXY"), None);
        assert_eq!(variables["HTTP_PROXY"], "http://proxy:3128");
    }

    #[test]
    fn exceptions_hold_for_a_domain_and_what_is_below() {
        let proxy = proxy(ProxyOrigin::Settings);
        for (host, port, through) in [
            ("github.com", 80, Some("http://proxy:3128")),
            ("git.corp.example", 443, None),
            ("corp.example", 443, None),
            ("notcorp.example", 80, Some("http://proxy:3128")),
            ("printer.local", 80, None),
            ("10.0.0.1", 8080, None),
            ("10.0.0.1", 80, Some("http://proxy:3128")),
            ("localhost", 80, None),
        ] {
            assert_eq!(proxy.for_host(host, port), through, "{host}:{port}");
        }
    }
}
