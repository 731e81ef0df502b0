//! The way to a container's port from here.
//!
//! An engine on this machine lets us talk to the container's own address, which is the surest. A published port may be
//! answered by the engine's port proxy while nobody listens in the container: such a connection ends at once, and
//! then the container itself is asked which ports it listens on. That is also the way when there is no other.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::engine::{ContainerDetail, ContainerSummary, EngineError, EngineHandle, ExecSpec};
use crate::stack::Protocol;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(1);
/// How long a connection through a published port must stay open to count as answered by the container.
const SETTLE: Duration = Duration::from_millis(100);
/// How long what the engine said of a container is taken for true while nobody answers there.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The name of the network that containers share with the host.
const HOST_NETWORK: &str = "host";
/// The state of a listening socket in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// Finds the way to one port of one container.
pub(crate) struct Reach<'a> {
    engine: &'a EngineHandle,
    container: &'a str,
    port: u16,
    /// What the engine said of the container whose network is used, and when.
    seen: Option<(ContainerDetail, Instant)>,
    /// The container's address does not lead anywhere from here.
    no_direct: bool,
}

/// What came of an attempt to connect.
pub(crate) enum Connection {
    /// Connected with the container itself.
    Direct(TcpStream),
    /// Connected with the published port; what is behind it is not known yet.
    Published(TcpStream),
    /// No way leads there from here.
    NoWay,
    /// Nobody listens, in words.
    Refused(String),
}

impl<'a> Reach<'a> {
    /// The way to this port.
    pub(crate) fn new(engine: &'a EngineHandle, container: &'a str, port: u16) -> Self {
        Self {
            engine,
            container,
            port,
            seen: None,
            no_direct: false,
        }
    }

    /// Connects. A container that is restarted gets another address, so while nobody answers it is looked up again and
    /// again, and what answers at an address that is not fresh counts only if that is still the container's.
    pub(crate) async fn connect(&mut self) -> Result<Connection, EngineError> {
        let local = self.engine.info().await?.local;
        let (detail, fresh) = match self.seen.take() {
            Some((detail, at)) if at.elapsed() < LOOK_AGAIN => {
                self.seen = Some((detail.clone(), at));
                (detail, false)
            }
            _ => match self.look().await? {
                Some(detail) => (detail, true),
                None => return Ok(Connection::Refused("the container is gone".to_owned())),
            },
        };
        let connection = self.connect_to(&detail, local).await;
        if fresh || matches!(connection, Connection::Refused(_) | Connection::NoWay) {
            return Ok(connection);
        }
        let now = self.look().await?;
        let same =
            now.is_some_and(|now| now.networks == detail.networks && now.ports == detail.ports);
        Ok(if same {
            connection
        } else {
            Connection::Refused("the container has another address now".to_owned())
        })
    }

    /// Asks the engine for the container whose network is used.
    async fn look(&mut self) -> Result<Option<ContainerDetail>, EngineError> {
        let detail = self.shown_by(self.container).await?;
        self.seen = detail.clone().map(|detail| (detail, Instant::now()));
        Ok(detail)
    }

    async fn connect_to(&mut self, detail: &ContainerDetail, local: bool) -> Connection {
        let direct = direct_address(detail).filter(|_| local && !self.no_direct);
        if let Some(address) = direct {
            match dial(address, self.port).await {
                Ok(Some(stream)) => return Connection::Direct(stream),
                Ok(None) => {
                    return Connection::Refused(format!("port {}: connection refused", self.port));
                }
                // An engine in a virtual machine (Docker Desktop) is local, but its containers' addresses are not.
                Err(()) => self.no_direct = true,
            }
        }
        let mut refused = None;
        for address in published(detail, self.port, local, self.engine.address()) {
            match timeout(CONNECT, TcpStream::connect(&address)).await {
                Ok(Ok(stream)) => return Connection::Published(stream),
                Ok(Err(error)) => refused = Some(format!("{}:{}: {error}", address.0, address.1)),
                Err(_) => {
                    refused = Some(format!("{}:{}: connection timed out", address.0, address.1));
                }
            }
        }
        refused.map_or(Connection::NoWay, Connection::Refused)
    }

    /// Whether the container answers on the port; why not, if it does not.
    pub(super) async fn answers(&mut self) -> Result<Result<(), String>, EngineError> {
        match self.connect().await? {
            Connection::Direct(_) => Ok(Ok(())),
            Connection::Refused(why) => Ok(Err(why)),
            Connection::Published(stream) => {
                if stays_open(stream).await {
                    Ok(Ok(()))
                } else {
                    self.listens_inside().await
                }
            }
            Connection::NoWay => self.listens_inside().await,
        }
    }

    /// Asks the container itself.
    async fn listens_inside(&self) -> Result<Result<(), String>, EngineError> {
        let spec = ExecSpec {
            command: ["cat", "/proc/net/tcp", "/proc/net/tcp6"]
                .map(str::to_owned)
                .into(),
            ..ExecSpec::default()
        };
        let mut attached = self.engine.exec(self.container, &spec).await?;
        let mut listing = String::new();
        while let Some(piece) = attached.output.next().await {
            listing.push_str(&String::from_utf8_lossy(&piece?.bytes));
        }
        if !listing.contains("local_address") {
            return Ok(Err(format!(
                "port {} is not published, and the image has no `cat` to look at its sockets with",
                self.port
            )));
        }
        Ok(if is_listening(&listing, self.port) {
            Ok(())
        } else {
            Err(format!("nothing listens on port {}", self.port))
        })
    }

    /// The container whose network is used: itself, or the one of `network_mode: container:…`.
    async fn shown_by(&self, container: &str) -> Result<Option<ContainerDetail>, EngineError> {
        let Some(detail) = self.engine.container(container).await? else {
            return Ok(None);
        };
        match detail.network_mode.strip_prefix("container:") {
            Some(other) => self.engine.container(other).await,
            None => Ok(Some(detail)),
        }
    }
}

/// Connects with a container's own address: `None` if nobody listens there, an error if it does not lead anywhere.
pub(super) async fn dial(address: IpAddr, port: u16) -> Result<Option<TcpStream>, ()> {
    match timeout(CONNECT, TcpStream::connect(SocketAddr::new(address, port))).await {
        Ok(Ok(stream)) => Ok(Some(stream)),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => Ok(None),
        _ => Err(()),
    }
}

/// Whether nobody closes the connection for a moment. What a server says first counts as an answer, too.
async fn stays_open(mut stream: TcpStream) -> bool {
    let mut first = [0];
    match timeout(SETTLE, stream.read(&mut first)).await {
        Ok(Ok(length)) => length > 0,
        Ok(Err(_)) => false,
        Err(_) => true,
    }
}

/// The container's own address, or the loopback address if it shares the host's network.
fn direct_address(detail: &ContainerDetail) -> Option<IpAddr> {
    if detail.network_mode == HOST_NETWORK {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    detail.networks.values().flatten().next().copied()
}

/// The same, as the listing shows it.
pub(super) fn listed_address(seen: &ContainerSummary) -> Option<IpAddr> {
    if seen.networks.contains_key(HOST_NETWORK) {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    seen.networks.values().flatten().next().copied()
}

/// Where a published port is reached from here.
fn published(detail: &ContainerDetail, port: u16, local: bool, engine: &str) -> Vec<(String, u16)> {
    detail
        .ports
        .iter()
        .filter(|binding| binding.target == port && binding.protocol == Protocol::Tcp)
        .filter_map(|binding| binding.host)
        .filter_map(|(address, port)| {
            let host = if !local {
                // What a remote engine binds to its own loopback address is out of reach.
                if address.is_loopback() {
                    return None;
                }
                remote_host(engine)?
            } else if address == IpAddr::V4(Ipv4Addr::UNSPECIFIED) {
                Ipv4Addr::LOCALHOST.to_string()
            } else if address == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
                Ipv6Addr::LOCALHOST.to_string()
            } else {
                address.to_string()
            };
            Some((host, port))
        })
        .collect()
}

/// The host of an engine's address, such as `ssh://user@host:22`.
fn remote_host(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split('/').next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => host.split(':').next()?,
    };
    (!host.is_empty()).then(|| host.to_owned())
}

/// Whether a listing of `/proc/net/tcp` and `tcp6` has a listener on this port that others can reach.
fn is_listening(listing: &str, port: u16) -> bool {
    listing.lines().any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (Some(local), _, Some(state)) = (fields.next(), fields.next(), fields.next()) else {
            return false;
        };
        let Some((address, number)) = local.split_once(':') else {
            return false;
        };
        // The kernel prints addresses word by word in the machine's byte order, little-endian on all that engines
        // run on: 127.x.y.z ends in 7F, ::1 in 01000000.
        let loopback = (address.len() == 8 && address.ends_with("7F"))
            || address == "00000000000000000000000001000000";
        state == LISTEN && !loopback && u16::from_str_radix(number, 16) == Ok(port)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_listeners_that_others_can_reach() {
        let listing = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 1 1
   1: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 1 1
   2: 020011AC:1F90 030011AC:D431 01 00000000:00000000 00:00000000 00000000   999        0 1 1
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000
   1: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 00000000:00000000
";
        let heard = |port| is_listening(listing, port);
        assert_eq!(
            [5432, 6379, 8080, 80, 81].map(heard),
            [true, false, false, true, false]
        );
    }

    #[test]
    fn takes_the_host_from_an_engines_address() {
        for (address, host) in [
            ("tcp://10.0.0.1:2376", Some("10.0.0.1")),
            ("ssh://me@box", Some("box")),
            ("ssh://me@box:22/x", Some("box")),
            ("tcp://[fe80::1]:2375", Some("fe80::1")),
            ("unix:///var/run/docker.sock", None),
        ] {
            assert_eq!(remote_host(address).as_deref(), host, "{address}");
        }
    }
}
