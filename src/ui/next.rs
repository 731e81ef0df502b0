//! What people do when a stack is up for the first time.

use super::{Line, Palette, Role, harmless, width};
use crate::event::ServiceSummary;

/// The commands, in lines of at most so many columns.
pub fn whats_next(services: &[ServiceSummary], columns: usize, palette: Palette) -> Vec<Line> {
    let is_page = |service: &&ServiceSummary| {
        let url = service.url.as_deref().unwrap_or_default();
        url.starts_with("http") && service.console.is_none()
    };
    let page = services.iter().find(is_page);
    let console = services.iter().find_map(|service| service.console.clone());
    let reached = services.iter().any(|service| service.url.is_some());
    let commands = [
        page.map(|service| format!("devstack open {}", service.service)),
        console,
        reached.then(|| "devstack env".to_owned()),
        Some("devstack logs -f".to_owned()),
    ];
    let between = if palette.unicode { " · " } else { " | " };
    let mut lines = vec![Line::of(Role::Dim, "  next: ")];
    let mut room = columns.saturating_sub(8);
    for command in commands.into_iter().flatten() {
        let command = harmless(&command);
        let needed = width(&command) + width(between);
        if room < needed && room != columns.saturating_sub(8) {
            lines.push(Line::of(Role::Plain, " ".repeat(8)));
            room = columns.saturating_sub(8);
        }
        let line = lines.last_mut().expect("there is a first line");
        if room != columns.saturating_sub(8) {
            line.push(Role::Dim, between);
        }
        line.push(Role::Plain, command);
        room = room.saturating_sub(needed);
    }
    lines
        .into_iter()
        .map(|line| line.cut(columns, palette))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(columns: usize) -> Vec<String> {
        let palette = Palette {
            colour: false,
            unicode: true,
        };
        let services = [
            ServiceSummary {
                service: "db".to_owned(),
                url: Some("postgres://shop@localhost:5432/shop".to_owned()),
                console: Some("devstack console db".to_owned()),
                ..ServiceSummary::default()
            },
            ServiceSummary {
                service: "web".to_owned(),
                url: Some("http://localhost:8080/".to_owned()),
                ..ServiceSummary::default()
            },
        ];
        let lines = whats_next(&services, columns, palette);
        lines.iter().map(|line| line.paint(palette)).collect()
    }

    #[test]
    fn names_what_this_stack_has() {
        assert_eq!(
            said(100),
            ["  next: devstack open web · devstack console db · devstack env · devstack logs -f"]
        );
    }

    #[test]
    fn keeps_to_the_window() {
        assert_eq!(
            said(50),
            [
                "  next: devstack open web · devstack console db",
                "        devstack env · devstack logs -f",
            ]
        );
        assert!(said(20).iter().all(|line| width(line) <= 20));
    }
}
