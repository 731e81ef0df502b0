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

/// What there is of each service.
pub fn summary(services: &[ServiceSummary], palette: Palette) -> Table {
    let mut table = Table::new(&[
        "service",
        "state",
        "address",
        "how to reach",
        "ready after",
        "started",
        "notes",
    ]);
    for service in services {
        let state = if service.ok { Role::Good } else { Role::Bad };
        let ready = service.ready_after_ms.map(duration).unwrap_or_default();
        let started = service.uptime_s.map(age).unwrap_or_default();
        let mut addresses = harmless(&service.addresses.join(", "));
        if !palette.unicode {
            addresses = addresses.replace('→', "->");
        }
        table.row(vec![
            Line::of(Role::Strong, harmless(&service.service)),
            Line::of(state, harmless(&service.state)),
            Line::of(Role::Plain, addresses),
            Line::of(
                Role::Link,
                service.url.as_deref().map(harmless).unwrap_or_default(),
            ),
            Line::of(Role::Dim, ready),
            Line::of(Role::Dim, started),
            Line::of(Role::Odd, harmless(&service.notes.join(", "))),
        ]);
    }
    table
}
