//! A host port that somebody else holds.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::PortHolder;
use crate::diagnostic::Diagnostic;
use crate::manifest::project_name::normalise;
use crate::source::Span;
use crate::stack::Protocol;

/// A host port that could not be bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenPort {
    /// The host's address that was asked for.
    pub address: IpAddr,
    /// The host's port.
    pub port: u16,
    /// The transport.
    pub protocol: Protocol,
}

/// How engines say that a port is taken: Docker of its own containers, the kernel on Linux and macOS, on Windows.
const WORDS: [&str; 3] = [
    "port is already allocated",
    "address already in use",
    "Only one usage of each socket address",
];

/// Programs that publish ports for an engine; the kernel cuts names after 15 characters.
const FORWARDERS: [&str; 5] = [
    "docker-proxy",
    "rootlessport",
    "com.docker.back",
    "conmon",
    "pasta",
];

/// The first address and port that an engine names.
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:(\d+\.\d+\.\d+\.\d+)|\[([0-9A-Fa-f:.]*)\]|\b(?:tcp[46]?|udp[46]?) ):(\d{1,5})(?:\b|$)",
    )
    .expect("the pattern is a constant")
});

impl TakenPort {
    /// The port that the engine's words speak of, if they say that one is taken.
    pub fn parse(words: &str) -> Option<Self> {
        if !WORDS.iter().any(|known| words.contains(known)) {
            return None;
        }
        let found = PLACE.captures(words)?;
        let address = found
            .get(1)
            .or_else(|| found.get(2))
            .and_then(|text| text.as_str().parse().ok())
            .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let port = found[3].parse().ok().filter(|&port| port > 0)?;
        let end = found.get(0).map_or(0, |all| all.end());
        let udp = words.contains("listen udp") || words[end..].starts_with("/udp");
        Some(Self {
            address,
            port,
            protocol: if udp { Protocol::Udp } else { Protocol::Tcp },
        })
    }
}

/// What the reader is told: who holds the port, where the manifest asks for it, and what helps.
///
/// `project` is the reader's own; `free` is a port that nobody holds, if one was looked for.
pub fn port_taken(
    taken: TakenPort,
    holder: &PortHolder,
    project: &str,
    place: Option<&Span>,
    free: Option<u16>,
) -> Diagnostic {
    let port = taken.port;
    let by = match holder {
        PortHolder::Container { name, project } => match project {
            Some(project) => format!(", by container `{name}` of project `{project}`"),
            None => format!(", by container `{name}`"),
        },
        PortHolder::Process { name, pid } => format!(", by process `{name}` (pid {pid})"),
        PortHolder::Hidden { user } => format!(", by a process of the user with id {user}"),
        PortHolder::Unknown => String::new(),
    };
    let mut diagnostic =
        Diagnostic::error(format!("port {port} is taken{by}")).maybe_at(place, "is published here");
    if matches!(holder, PortHolder::Hidden { .. }) {
        diagnostic = diagnostic.note("only root may see which process that is");
    }
    if let PortHolder::Process { name, .. } = holder
        && FORWARDERS.contains(&name.as_str())
    {
        diagnostic =
            diagnostic.note("it publishes a port of a container of another engine on this machine");
    }
    let other = match free {
        Some(free) => format!("publish another port, such as {free}"),
        None => "publish another port".to_owned(),
    };
    let fix = match holder {
        PortHolder::Container {
            project: Some(theirs),
            ..
        } if theirs == project => "devstack up --remove-orphans".to_owned(),
        PortHolder::Container {
            project: Some(theirs),
            ..
        } if is_project_name(theirs) => format!("devstack -p {theirs} down   (or {other})"),
        PortHolder::Container { name, .. } => format!("docker stop {name}   (or {other})"),
        PortHolder::Process { name, .. } if FORWARDERS.contains(&name.as_str()) => {
            format!("docker context ls   (then stop that container, or {other})")
        }
        PortHolder::Process { pid, .. } => format!("stop it (`kill {pid}`), or {other}"),
        PortHolder::Hidden { .. } | PortHolder::Unknown => match taken.protocol {
            Protocol::Udp => format!("sudo ss -lunp 'sport = :{port}'   (or {other})"),
            _ => format!("sudo ss -ltnp 'sport = :{port}'   (or {other})"),
        },
    };
    diagnostic.fix(fix)
}

/// Anybody can put anything into a label; what is to be typed must not hold it.
fn is_project_name(name: &str) -> bool {
    !name.is_empty() && normalise(name) == name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn parsed(words: &str) -> (String, u16, Protocol) {
        let taken = TakenPort::parse(words).expect(words);
        (taken.address.to_string(), taken.port, taken.protocol)
    }

    #[test]
    fn reads_what_engines_say() {
        let id = "70f4e0c794f4176013d7417ec90791dbbe34f03fcecd487fb999e8f18acd914b";
        for (words, address, port, protocol) in [
            (
                format!("driver failed programming external connectivity on endpoint shop-db-1 ({id}): Bind for 127.0.0.1:28080 failed: port is already allocated"),
                "127.0.0.1",
                28080,
                Protocol::Tcp,
            ),
            (
                format!("driver failed programming external connectivity on endpoint x ({id}): Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use"),
                "0.0.0.0",
                80,
                Protocol::Tcp,
            ),
            (
                "Error starting userland proxy: listen udp4 127.0.0.1:53: bind: address already in use".to_owned(),
                "127.0.0.1",
                53,
                Protocol::Udp,
            ),
            (
                "failed to bind host port for 127.0.0.1:8080:172.17.0.2:80/tcp: address already in use".to_owned(),
                "127.0.0.1",
                8080,
                Protocol::Tcp,
            ),
            (
                "failed to bind host port 0.0.0.0:53/udp: address already in use".to_owned(),
                "0.0.0.0",
                53,
                Protocol::Udp,
            ),
            (
                "listen tcp6 [::1]:443: bind: address already in use".to_owned(),
                "::1",
                443,
                Protocol::Tcp,
            ),
            (
                "listen tcp :8080: bind: address already in use".to_owned(),
                "0.0.0.0",
                8080,
                Protocol::Tcp,
            ),
            (
                "Ports are not available: exposing port TCP 0.0.0.0:5432 -> 127.0.0.1:0: listen tcp 0.0.0.0:5432: bind: Only one usage of each socket address (protocol/network address/port) is normally permitted.".to_owned(),
                "0.0.0.0",
                5432,
                Protocol::Tcp,
            ),
        ] {
            assert_eq!(parsed(&words), (address.to_owned(), port, protocol), "{words}");
        }
        assert_eq!(TakenPort::parse("network x not found"), None);
        assert_eq!(TakenPort::parse("port is already allocated"), None);
        assert_eq!(
            TakenPort::parse("0.0.0.0:99999: address already in use"),
            None
        );
    }

    #[test]
    fn tells_who_where_and_what_helps() {
        let source = Source::new("devstack.yaml", "ports: [\"8080:80\"]\n");
        let span = source.span(8, 17);
        let taken = TakenPort {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 8080,
            protocol: Protocol::Tcp,
        };
        let told = |holder| port_taken(taken, &holder, "shop", Some(&span), Some(8081));
        let process = told(PortHolder::Process {
            name: "nginx".to_owned(),
            pid: 4711,
        });
        assert_eq!(
            process.message,
            "port 8080 is taken, by process `nginx` (pid 4711)"
        );
        assert_eq!(
            process.fix.as_deref(),
            Some("stop it (`kill 4711`), or publish another port, such as 8081")
        );
        assert_eq!(process.place.expect("a place").span.text(), "\"8080:80\"");
        let proxy = told(PortHolder::Process {
            name: "docker-proxy".to_owned(),
            pid: 12,
        });
        assert!(proxy.notes[0].contains("another engine"));
        let container = |project: Option<&str>| {
            told(PortHolder::Container {
                name: "blog-web-1".to_owned(),
                project: project.map(str::to_owned),
            })
        };
        let other = container(Some("blog"));
        assert_eq!(
            other.message,
            "port 8080 is taken, by container `blog-web-1` of project `blog`"
        );
        assert!(
            other
                .fix
                .expect("a fix")
                .starts_with("devstack -p blog down ")
        );
        assert_eq!(
            container(Some("shop")).fix.as_deref(),
            Some("devstack up --remove-orphans")
        );
        let hostile = container(Some("x; rm -rf ~")).fix.expect("a fix");
        assert!(hostile.starts_with("docker stop blog-web-1 "), "{hostile}");
        let plain = container(None).fix.expect("a fix");
        assert!(plain.starts_with("docker stop blog-web-1 "));
        let unknown = told(PortHolder::Unknown);
        assert_eq!(unknown.message, "port 8080 is taken");
        assert!(unknown.fix.expect("a fix").contains("ss -ltnp"));
    }
}
