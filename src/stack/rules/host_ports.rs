//! A port of this machine can be given once.

use std::collections::HashMap;

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::stack::{HostPort, Port, Protocol};

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    let mut taken: HashMap<(u16, Protocol), Vec<(&str, &Port)>> = HashMap::new();
    for (name, service) in &subject.stack.services {
        for port in &service.ports {
            let HostPort::Fixed(number) = port.host else {
                continue;
            };
            if service.replicas > 1 {
                problems.push(
                    Diagnostic::warning(format!(
                        "{} containers of `{name}` cannot all have port {number} of this machine",
                        service.replicas
                    ))
                    .at(&port.span, "")
                    .fix(format!(
                        "let devstack choose: `\"{}\"`, or give a range",
                        port.target
                    )),
                );
            }
            let others = taken.entry((number, port.protocol)).or_default();
            if let Some((other, first)) = others.iter().find(|(_, other)| overlap(other, port)) {
                let what = if other == name {
                    format!("`{name}` publishes port {number} of this machine twice")
                } else {
                    format!("`{other}` and `{name}` both publish port {number} of this machine")
                };
                problems.push(
                    Diagnostic::warning(what)
                        .at(&port.span, "again here")
                        .related(&first.span, "first here")
                        .note("only one of them can start")
                        .fix("give one of them another host port"),
                );
            }
            others.push((name, port));
        }
    }
}

fn overlap(one: &Port, other: &Port) -> bool {
    let every = |address: &str| matches!(address, "0.0.0.0" | "::");
    one.address == other.address || every(&one.address) || every(&other.address)
}
