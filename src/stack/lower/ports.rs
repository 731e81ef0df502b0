//! `ports`.

use super::Context;
use crate::diagnostic::Diagnostic;
use crate::manifest::canonical::OWN;
use crate::manifest::node::Node;
use crate::stack::{HostPort, Port, Protocol};

/// Lowers them.
pub(super) fn lower(
    node: &Node,
    context: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Port> {
    let items = node.get("ports").map(Node::items).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| port(item, context, problems))
        .collect()
}

fn port(node: &Node, context: &Context<'_>, problems: &mut Vec<Diagnostic>) -> Option<Port> {
    let target = u16::try_from(node.integer("target")?).ok()?;
    let protocol = match node.str("protocol") {
        None | Some("tcp") => Protocol::Tcp,
        Some("udp") => Protocol::Udp,
        Some("sctp") => Protocol::Sctp,
        Some(other) => {
            problems.push(
                node.error(format!("`{other}` is no protocol of a port"), "")
                    .note("it may be tcp, udp or sctp"),
            );
            return None;
        }
    };
    let address = match node.str("host_ip").filter(|address| !address.is_empty()) {
        Some(address) => {
            if address.parse::<std::net::IpAddr>().is_err() {
                problems.push(node.error(
                    format!("`{address}` is not an address to bind a port to"),
                    "",
                ));
                return None;
            }
            address
        }
        None => context.bind,
    };
    let host = match node.str("published").filter(|text| !text.is_empty()) {
        None if node.get(OWN).is_some() => HostPort::Stable,
        None => HostPort::Any,
        Some(text) => published(text).or_else(|| {
            problems.push(
                node.error(format!("`{text}` is not a port of this machine"), "")
                    .note("it may be a number to 65535, or a range such as `8000-8010`"),
            );
            None
        })?,
    };
    Some(Port {
        target,
        protocol,
        host,
        address: address.to_owned(),
        name: node.string("name"),
        app_protocol: node.string("app_protocol"),
        mode: node.string("mode").unwrap_or_else(|| "ingress".to_owned()),
        span: node.span.clone(),
    })
}

fn published(text: &str) -> Option<HostPort> {
    match text.split_once('-') {
        Some((from, to)) => {
            let (from, to) = (from.parse().ok()?, to.parse().ok()?);
            if from == to {
                Some(HostPort::Fixed(from))
            } else {
                (from < to).then_some(HostPort::Range(from, to))
            }
        }
        None => match text.parse().ok()? {
            0 => Some(HostPort::Any),
            port => Some(HostPort::Fixed(port)),
        },
    }
}
