//! Where an engine is reached.
//!
//! The address is already resolved: how it was found (`DOCKER_HOST`, contexts, ssh tunnels) is not told here.

use std::fmt;
use std::path::PathBuf;

/// The address of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket.
    Unix(PathBuf),
    /// Plain HTTP to `host:port`.
    Tcp(String),
    /// HTTP over TLS.
    Tls {
        /// `host:port`.
        host: String,
        /// The certificate authority's certificate (PEM).
        ca: Option<PathBuf>,
        /// Our certificate (PEM).
        cert: Option<PathBuf>,
        /// Our private key (PEM).
        key: Option<PathBuf>,
        /// Whether the engine's certificate is checked.
        verify: bool,
    },
}

impl Endpoint {
    /// Whether the engine runs on this machine: a Unix socket, or a loopback address.
    ///
    /// An ssh tunnel ends in a local socket too; who made it knows better.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp(address) | Self::Tls { host: address, .. } => {
                let host = address
                    .rsplit_once(':')
                    .map_or(address.as_str(), |(host, _)| host);
                let host = host.trim_start_matches('[').trim_end_matches(']');
                host == "localhost"
                    || host
                        .parse::<std::net::IpAddr>()
                        .is_ok_and(|ip| ip.is_loopback())
            }
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(host) | Self::Tls { host, .. } => write!(f, "tcp://{host}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_docker_host_would() {
        assert_eq!(
            Endpoint::Unix("/run/docker.sock".into()).to_string(),
            "unix:///run/docker.sock"
        );
        assert_eq!(
            Endpoint::Tcp("10.0.0.2:2375".into()).to_string(),
            "tcp://10.0.0.2:2375"
        );
    }

    #[test]
    fn knows_this_machine() {
        assert!(Endpoint::Tcp("127.0.0.1:2375".into()).is_local());
        assert!(Endpoint::Tcp("[::1]:2375".into()).is_local());
        assert!(Endpoint::Tcp("localhost:2375".into()).is_local());
        assert!(!Endpoint::Tcp("build.example.com:2375".into()).is_local());
    }
}
