//! Engine addresses, as `DOCKER_HOST` has them.

use std::path::PathBuf;

/// The engine's port without TLS.
const PLAIN_PORT: u16 = 2375;
/// The engine's port with TLS.
const TLS_PORT: u16 = 2376;
/// Where an engine listens on its own machine.
pub(super) const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// An engine's address, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// A host and its port, if given.
    Tcp { host: String, port: Option<u16> },
    /// A host that is reached by ssh.
    Ssh(SshAddress),
}

/// A host that is reached by ssh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SshAddress {
    pub(super) user: Option<String>,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    /// The engine's socket on that host.
    pub(super) socket: String,
}

impl Address {
    /// Takes an address apart; the error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("an address has no spaces".to_owned());
        }
        match text.split_once("://") {
            Some(("unix", path)) => unix(path),
            Some(("tcp", rest)) => tcp(rest),
            Some(("ssh", rest)) => ssh(rest),
            Some(("npipe", _)) => {
                Err("named pipes exist on Windows only, where devstack does not run".to_owned())
            }
            Some(("http" | "https", rest)) => Err(format!(
                "write `tcp://{}`; with TLS, set DOCKER_TLS_VERIFY=1 too",
                rest.trim_end_matches('/')
            )),
            Some((scheme, _)) => Err(format!("the scheme `{scheme}` is not known")),
            None if text.starts_with('/') => Err(format!("write `unix://{text}`")),
            None => tcp(text),
        }
    }

    /// `host:port`, with the usual port where none is given.
    pub(super) fn host_and_port(host: &str, port: Option<u16>, tls: bool) -> String {
        let usual = if tls { TLS_PORT } else { PLAIN_PORT };
        let port = port.unwrap_or(usual);
        if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        }
    }
}

fn unix(path: &str) -> Result<Address, String> {
    match path {
        "" => Ok(Address::Unix(DEFAULT_SOCKET.into())),
        path if path.starts_with('/') => Ok(Address::Unix(path.into())),
        path => Err(format!(
            "a socket's path begins with `/`: write `unix:///{path}`"
        )),
    }
}

fn tcp(rest: &str) -> Result<Address, String> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains(['/', '?', '#', '@']) {
        return Err("a TCP address is a host and a port only".to_owned());
    }
    let (host, port) = split_port(rest)?;
    let host = if host.is_empty() { "localhost" } else { host };
    Ok(Address::Tcp {
        host: host.to_owned(),
        port,
    })
}

fn ssh(rest: &str) -> Result<Address, String> {
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (user, rest) = match authority.rsplit_once('@') {
        Some((user, rest)) => (Some(user), rest),
        None => (None, authority),
    };
    if user.is_some_and(|user| user.contains(':')) {
        return Err("a password cannot be given here: use a key".to_owned());
    }
    let (host, port) = split_port(rest)?;
    if host.is_empty() {
        return Err("the host is missing".to_owned());
    }
    // What begins with a dash would be an option of ssh.
    if host.starts_with('-') || user.is_some_and(|user| user.is_empty() || user.starts_with('-')) {
        return Err("neither host nor user may be empty or begin with `-`".to_owned());
    }
    let socket = match path {
        "" | "/" => DEFAULT_SOCKET,
        path => path,
    };
    Ok(Address::Ssh(SshAddress {
        user: user.map(str::to_owned),
        host: host.to_owned(),
        port,
        socket: socket.to_owned(),
    }))
}

/// Host and port; an IPv6 address stands in brackets.
fn split_port(text: &str) -> Result<(&str, Option<u16>), String> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest
            .split_once(']')
            .ok_or_else(|| "the closing bracket is missing".to_owned())?;
        if host.parse::<std::net::Ipv6Addr>().is_err() {
            return Err(format!("`{host}` is no IPv6 address"));
        }
        match rest.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if rest.is_empty() => (host, None),
            None => return Err(format!("`{rest}` after the bracket makes no sense")),
        }
    } else {
        match text.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err(format!(
                    "an IPv6 address stands in brackets, such as `[{text}]:{PLAIN_PORT}`"
                ));
            }
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let port = port
        .map(|port| match port.parse() {
            Ok(0) | Err(_) => Err(format!("`{port}` is no port")),
            Ok(number) => Ok(number),
        })
        .transpose()?;
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tcp(host: &str, port: Option<u16>) -> Address {
        let host = host.to_owned();
        Address::Tcp { host, port }
    }

    #[test]
    fn reads_what_the_docker_command_line_reads() {
        let socket = Address::Unix("/run/x.sock".into());
        assert_eq!(Address::parse("unix:///run/x.sock"), Ok(socket));
        let default = Address::Unix(DEFAULT_SOCKET.into());
        assert_eq!(Address::parse("unix://"), Ok(default));
        assert_eq!(
            Address::parse("tcp://10.0.0.2:2376"),
            Ok(tcp("10.0.0.2", Some(2376)))
        );
        assert_eq!(Address::parse("tcp://"), Ok(tcp("localhost", None)));
        assert_eq!(Address::parse("build:2375"), Ok(tcp("build", Some(2375))));
        assert_eq!(Address::parse(":2375"), Ok(tcp("localhost", Some(2375))));
        assert_eq!(Address::parse("tcp://[::1]:1"), Ok(tcp("::1", Some(1))));
    }

    #[test]
    fn reads_ssh_addresses() {
        let address = Address::parse("ssh://ada@build.example.com:2222/run/d.sock");
        assert_eq!(
            address,
            Ok(Address::Ssh(SshAddress {
                user: Some("ada".into()),
                host: "build.example.com".into(),
                port: Some(2222),
                socket: "/run/d.sock".into(),
            }))
        );
        assert!(matches!(
            Address::parse("ssh://build"),
            Ok(Address::Ssh(SshAddress { user: None, port: None, socket, .. })) if socket == DEFAULT_SOCKET
        ));
    }

    #[test]
    fn says_what_is_wrong_with_others() {
        let wrong = |text: &str| Address::parse(text).expect_err(text);
        assert_eq!(
            wrong("/var/run/docker.sock"),
            "write `unix:///var/run/docker.sock`"
        );
        assert_eq!(
            wrong("unix://run/x"),
            "a socket's path begins with `/`: write `unix:///run/x`"
        );
        assert_eq!(wrong("tcp://a:99999"), "`99999` is no port");
        assert_eq!(wrong("tcp://a:0"), "`0` is no port");
        assert_eq!(wrong("fd://"), "the scheme `fd` is not known");
        assert!(wrong("https://a:1/").starts_with("write `tcp://a:1`"));
        assert!(wrong("npipe:////./pipe/docker_engine").contains("Windows"));
        assert!(wrong("tcp://::1:2375").contains("brackets"));
        assert!(wrong("ssh://-oProxyCommand=x").contains("begin with `-`"));
        assert!(wrong("ssh://ada:secret@x").contains("use a key"));
        assert!(wrong("tcp://a b").contains("no spaces"));
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,40}", scheme in "(unix|tcp|ssh|npipe|https|)(://)?") {
            let _ = Address::parse(&format!("{scheme}{text}"));
        }
    }
}
