//! The table of services: after a run, and for `status`.

use super::{Line, Palette, Role, Table, age, duration, harmless};
use crate::event::{ServiceSummary, Stretch};

/// What the end of a run waited for, first to last.
pub fn waited_for(path: &[Stretch]) -> Table {
    let mut table = Table::new(&["service", "for", "took", "step"]);
    for part in path {
        table.row(vec![
            Line::of(
                Role::Strong,
                harmless(part.service.as_deref().unwrap_or_default()),
            ),
            Line::of(Role::Plain, harmless(&part.what)),
            Line::of(Role::Plain, duration(part.ms)),
            Line::of(Role::Dim, harmless(&part.step)),
        ]);
    }
    table
}

/// What there is of each service, and how it is reached.
pub fn summary(services: &[ServiceSummary], palette: Palette) -> Table {
    let headings = [
        "service",
        "state",
        "address",
        "ready after",
        "started",
        "notes",
    ];
    let mut table = Table::new(&headings).whole(2);
    for service in services {
        let state = if service.ok { Role::Good } else { Role::Bad };
        let ready = service.ready_after_ms.map(duration).unwrap_or_default();
        let started = service.uptime_s.map(age).unwrap_or_default();
        table.cells(vec![
            vec![Line::of(Role::Strong, harmless(&service.service))],
            vec![Line::of(state, harmless(&service.state))],
            addresses(service, palette),
            vec![Line::of(Role::Dim, ready)],
            vec![Line::of(Role::Dim, started)],
            vec![Line::of(Role::Odd, harmless(&service.notes.join(", ")))],
        ]);
    }
    table
}

/// The URL, the ports that it does not tell of, and the command that opens the console.
fn addresses(service: &ServiceSummary, palette: Palette) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(url) = &service.url {
        let url = if service.protected {
            masked(url)
        } else {
            url.clone()
        };
        lines.push(Line::of(Role::Link, harmless(&url)));
    }
    let url = service.url.as_deref().unwrap_or_default();
    for address in &service.addresses {
        if !tells(url, address) {
            let mut address = harmless(address);
            if !palette.unicode {
                address = address.replace('→', "->");
            }
            lines.push(Line::of(Role::Plain, address));
        }
    }
    if let Some(console) = &service.console {
        lines.push(Line::of(Role::Dim, harmless(console)));
    }
    lines
}

/// Whether a URL says all that there is to say of an address such as `127.0.0.1:8080 → 80`: a port that is open to others
/// than this machine is worth a line of its own.
fn tells(url: &str, address: &str) -> bool {
    let Some((socket, _)) = address.split_once(" → ") else {
        return false;
    };
    let Ok(socket) = socket.parse::<std::net::SocketAddr>() else {
        return false;
    };
    let port = format!(":{}", socket.port());
    let told = url.match_indices(&port).any(|(at, _)| {
        let behind = url[at + port.len()..].bytes().next();
        behind.is_none_or(|byte| !byte.is_ascii_digit())
    });
    told && socket.ip().is_loopback()
}

/// A URL with stars where its password belongs.
fn masked(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority = rest.find(['/', '?']).unwrap_or(rest.len());
    match rest[..authority].rfind('@') {
        Some(at) => format!("{scheme}://{}:***{}", &rest[..at], &rest[at..]),
        None => format!("{scheme}://:***@{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PALETTE: Palette = Palette {
        colour: false,
        unicode: true,
    };

    fn lines(service: &ServiceSummary) -> Vec<String> {
        let lines = addresses(service, PALETTE).into_iter();
        lines.map(|line| line.paint(PALETTE)).collect()
    }

    #[test]
    fn a_password_is_stars() {
        let mut service = ServiceSummary {
            url: Some("postgres://shop@localhost:5432/shop".to_owned()),
            protected: true,
            addresses: vec!["127.0.0.1:5432 → 5432".to_owned()],
            console: Some("devstack console db".to_owned()),
            ..ServiceSummary::default()
        };
        assert_eq!(
            lines(&service),
            [
                "postgres://shop:***@localhost:5432/shop",
                "devstack console db"
            ]
        );
        service.url = Some("redis://localhost:6379".to_owned());
        assert_eq!(
            lines(&service),
            [
                "redis://:***@localhost:6379",
                "127.0.0.1:5432 → 5432",
                "devstack console db"
            ]
        );
    }

    #[test]
    fn a_port_that_the_url_does_not_tell_of_has_its_own_line() {
        let service = ServiceSummary {
            url: Some("http://localhost:80/".to_owned()),
            addresses: [
                "127.0.0.1:80 → 80",
                "127.0.0.1:8080 → 81",
                "0.0.0.0:80 → 82",
            ]
            .map(str::to_owned)
            .to_vec(),
            ..ServiceSummary::default()
        };
        assert_eq!(
            lines(&service),
            [
                "http://localhost:80/",
                "127.0.0.1:8080 → 81",
                "0.0.0.0:80 → 82"
            ]
        );
    }
}
