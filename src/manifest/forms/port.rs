//! Ports in their short form, `[[address:]host:]container[/protocol]`, with ranges.

use super::super::Flavour;
use super::super::canonical::{OWN, Walk};
use super::super::node::{Mapping, Node, ScalarKind, Value};

/// Brings every port into the long form; a range becomes one entry a port.
///
/// A port of a devstack.yaml without a host part is marked: it is to get the same host port at every run.
pub(crate) fn ports(node: &mut Node, walk: &mut Walk<'_>, name: &str) -> bool {
    let Value::Sequence(items) = &mut node.value else {
        walk.unexpected(node, name, "a list");
        return false;
    };
    let mut long = Vec::new();
    for mut item in std::mem::take(items) {
        let scalar = item
            .as_scalar()
            .filter(|scalar| matches!(scalar.kind, ScalarKind::Text | ScalarKind::Integer));
        let Some(scalar) = scalar else {
            if item.as_mapping().is_some() {
                complete(&mut item, walk);
            } else {
                walk.unexpected(&item, name, "a port such as `8080:80`");
                continue;
            }
            long.push(item);
            continue;
        };
        let parsed = parse(&scalar.text).and_then(|spec| {
            let count = spec.count();
            match walk.ports_left.checked_sub(count) {
                Some(left) => {
                    walk.ports_left = left;
                    Ok(spec)
                }
                None => Err("ranges make more ports than devstack can handle".to_owned()),
            }
        });
        match parsed {
            Ok(spec) => long.extend(spec.nodes(&item, walk.flavour)),
            Err(why) => walk.problems.push(
                item.error(format!("`{}` is not a port: {why}", scalar.text), "")
                    .note("the short form is `[[address:]host:]container[/protocol]`, such as `8080:80`"),
            ),
        }
    }
    node.value = Value::Sequence(long);
    true
}

fn complete(item: &mut Node, walk: &mut Walk<'_>) {
    if item.get("target").is_none() {
        walk.problems
            .push(item.error("a port must have a `target`", ""));
    }
    let (mode, protocol) = (item.derive_text("ingress"), item.derive_text("tcp"));
    let stable = mark(item, walk.flavour);
    let published = item.get("published").is_some();
    if let Some(mapping) = item.as_mapping_mut() {
        let (mode, protocol) = (mode.entry(mode.clone()), protocol.entry(protocol.clone()));
        mapping.entry("mode".to_owned()).or_insert(mode);
        mapping.entry("protocol".to_owned()).or_insert(protocol);
        if !published && let Some(stable) = stable {
            let entry = stable.entry(stable.clone());
            mapping.insert(OWN.to_owned(), entry);
        }
    }
}

/// What tells a port of devstack.yaml without a host part from one of a Compose file.
fn mark(item: &Node, flavour: Flavour) -> Option<Node> {
    (flavour == Flavour::Devstack)
        .then(|| item.derive_mapping([("host_port", item.derive_text("stable"))]))
}

#[derive(Debug, PartialEq, Eq)]
struct Spec<'t> {
    address: Option<&'t str>,
    host: Option<(u16, u16)>,
    container: (u16, u16),
    protocol: String,
}

impl Spec<'_> {
    fn count(&self) -> usize {
        usize::from(self.container.1 - self.container.0) + 1
    }

    fn nodes(&self, item: &Node, flavour: Flavour) -> Vec<Node> {
        let (first, last) = self.container;
        (first..=last)
            .map(|target| {
                let mut long = Mapping::new();
                let mut put = |key: &str, value: Node| {
                    long.insert(key.to_owned(), item.entry(value));
                };
                put("mode", item.derive_text("ingress"));
                if let Some(address) = self.address {
                    put("host_ip", item.derive_text(address));
                }
                put("target", item.derive_integer(target));
                if let Some((from, to)) = self.host {
                    let published = if first != last {
                        (from + (target - first)).to_string()
                    } else if from == to {
                        from.to_string()
                    } else {
                        format!("{from}-{to}")
                    };
                    put("published", item.derive_text(published));
                } else if let Some(mark) = mark(item, flavour) {
                    put(OWN, mark);
                }
                put("protocol", item.derive_text(self.protocol.as_str()));
                item.derive(Value::Mapping(long))
            })
            .collect()
    }
}

fn parse(text: &str) -> Result<Spec<'_>, String> {
    let (rest, protocol) = match text.split_once('/') {
        Some((rest, protocol)) => (rest, protocol.to_ascii_lowercase()),
        None => (text, "tcp".to_owned()),
    };
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("`{protocol}` is no protocol: tcp, udp or sctp"));
    }
    let (rest, container) = match rest.rsplit_once(':') {
        Some((rest, container)) => (Some(rest), container),
        None => (None, rest),
    };
    let (address, host) = match rest {
        None => (None, ""),
        Some(rest) => match rest.rsplit_once(':') {
            Some((address, host)) => (Some(address), host),
            None => (None, rest),
        },
    };
    let container = range(container, "container")?;
    let host = match host {
        "" => None,
        host => Some(range(host, "host")?),
    };
    let address = match address {
        Some("") | None => None,
        Some(address) => {
            let bare = address
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
                .unwrap_or(address);
            if bare.parse::<std::net::IpAddr>().is_err() {
                return Err(format!("`{address}` is not an address"));
            }
            Some(bare)
        }
    };
    if let Some((from, to)) = host
        && container.0 != container.1
        && to - from != container.1 - container.0
    {
        return Err("the two ranges differ in length".to_owned());
    }
    Ok(Spec {
        address,
        host,
        container,
        protocol,
    })
}

fn range(text: &str, side: &str) -> Result<(u16, u16), String> {
    let port = |text: &str| match text.parse::<u32>() {
        Ok(number @ 0..=65535) => Ok(u16::try_from(number).unwrap_or_default()),
        Ok(_) => Err(format!("the {side} port {text} is over 65535")),
        Err(_) if text.is_empty() => Err(format!("the {side} port is missing")),
        Err(_) => Err(format!("the {side} port `{text}` is not a number")),
    };
    match text.split_once('-') {
        None => port(text).map(|port| (port, port)),
        Some((from, to)) => {
            let (from, to) = (port(from)?, port(to)?);
            if from > to {
                return Err(format!("the {side} range {text} runs backwards"));
            }
            Ok((from, to))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match parse(text) {
            Ok(spec) => format!(
                "{:?} {:?} {:?} {}",
                spec.address, spec.host, spec.container, spec.protocol
            ),
            Err(why) => why,
        }
    }

    #[test]
    fn reads_short_forms() {
        for (text, expected) in [
            ("80", "None None (80, 80) tcp"),
            ("8080:80", "None Some((8080, 8080)) (80, 80) tcp"),
            (
                "127.0.0.1:81:80/udp",
                "Some(\"127.0.0.1\") Some((81, 81)) (80, 80) udp",
            ),
            ("127.0.0.1::80", "Some(\"127.0.0.1\") None (80, 80) tcp"),
            ("[::1]:81:80", "Some(\"::1\") Some((81, 81)) (80, 80) tcp"),
            ("9000-9010:90", "None Some((9000, 9010)) (90, 90) tcp"),
            ("30-31:40-41", "None Some((30, 31)) (40, 41) tcp"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, expected) in [
            ("80/xyz", "`xyz` is no protocol: tcp, udp or sctp"),
            ("x:80", "the host port `x` is not a number"),
            ("80:", "the container port is missing"),
            ("70000:80", "the host port 70000 is over 65535"),
            ("nohost:80:80", "`nohost` is not an address"),
            ("5-4", "the container range 5-4 runs backwards"),
            ("1-3:1-2", "the two ranges differ in length"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
