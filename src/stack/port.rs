//! Published ports.

use serde::Serialize;

use crate::source::Span;

/// One container port published on the host. Ranges of the manifest are one entry a port.
#[derive(Debug, Clone, Serialize)]
pub struct Port {
    /// The port in the container.
    pub target: u16,
    /// The transport.
    pub protocol: Protocol,
    /// The port on the host.
    pub host: HostPort,
    /// The host's address; already the manifest's `bind` or loopback where the port names none.
    pub address: String,
    /// `name` of the long form.
    pub name: Option<String>,
    /// `app_protocol` of the long form.
    pub app_protocol: Option<String>,
    /// `mode` of the long form; `ingress` if not said.
    pub mode: String,
    /// Where the manifest says so.
    pub span: Span,
}

/// Which port of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HostPort {
    /// This one.
    Fixed(u16),
    /// One of these, both included: the first that is free.
    Range(u16, u16),
    /// The container port's number where it is free, else the next free one; the same at every run (a
    /// `devstack.yaml` port without a host part).
    Stable,
    /// This one where it is free, else the next free one; the same at every run (an instance's port).
    From(u16),
    /// Any: the engine chooses (a Compose file's port without a host part).
    Any,
}

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// As the engine spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
}
