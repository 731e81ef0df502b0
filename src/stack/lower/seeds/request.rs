//! Seeds that are HTTP requests to the service.

use super::Reader;
use super::files::is_pattern;
use crate::catalog::{self, Facts};
use crate::manifest::file::join;
use crate::manifest::node::Node;
use crate::stack::{Compression, Protocol, RequestBody, SeedKind, SeedRequest};

/// Methods of which the server expects no body.
const BODILESS: [&str; 4] = ["GET", "HEAD", "DELETE", "OPTIONS"];

impl Reader<'_> {
    pub(super) fn http(&mut self, node: &Node) {
        let Some((path, url_port)) = self.target(node) else {
            return;
        };
        let Some(body) = self.body(node) else {
            return;
        };
        let default = match body {
            RequestBody::None => "GET",
            _ => "POST",
        };
        let method = node
            .string("method")
            .unwrap_or_else(|| default.to_owned())
            .to_ascii_uppercase();
        if !method.bytes().all(|byte| byte.is_ascii_uppercase()) || method.is_empty() {
            if let Some(given) = node.get("method") {
                self.problems
                    .push(given.error(format!("`{method}` is not an HTTP method"), ""));
            }
            return;
        }
        if BODILESS.contains(&method.as_str())
            && !matches!(body, RequestBody::None)
            && let Some(given) = node.get("method")
        {
            self.problems.push(
                given
                    .error(format!("a {method} request has no body"), "")
                    .fix("use `method: POST` or `PUT`, or take the body out"),
            );
            return;
        }
        let port = node
            .integer("port")
            .and_then(|port| u16::try_from(port).ok())
            .or(url_port)
            .or_else(|| self.port());
        let Some(port) = port else {
            self.problems.push(
                node.error(
                    format!(
                        "devstack does not know which port `{}` listens on",
                        self.subject.name
                    ),
                    "",
                )
                .fix("write `http: { path: …, port: … }`"),
            );
            return;
        };
        let Some(expect) = self.expect(node) else {
            return;
        };
        let label = format!("{method} {path}");
        let request = SeedRequest {
            method,
            path,
            port,
            headers: node.pairs("headers"),
            body,
            expect,
        };
        self.add(node, SeedKind::Http(request), label);
    }

    /// The path, and the port if it is told with it.
    fn target(&mut self, node: &Node) -> Option<(String, Option<u16>)> {
        let place = node.get("path").or_else(|| node.get("url")).unwrap_or(node);
        let Some(text) = place.as_str() else {
            self.problems.push(
                node.error("`http` needs the path of the request", "")
                    .fix("add `path: /…`"),
            );
            return None;
        };
        let (path, port) = match text.strip_prefix("http://") {
            None => (text, None),
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                let (host, port) = match authority.rsplit_once(':') {
                    Some((host, port)) => (host, port.parse().ok()),
                    None => (authority, Some(80)),
                };
                if host != self.subject.name && !matches!(host, "localhost" | "127.0.0.1") {
                    self.problems.push(
                        place
                            .error(format!("`http` asks the service itself, which is not `{host}`"), "")
                            .fix(format!(
                                "move the seed to the service that answers there, or ask it with `run` and `in: {}`",
                                self.subject.name
                            )),
                    );
                    return None;
                }
                (if path.is_empty() { "/" } else { path }, port)
            }
        };
        if !path.starts_with('/') {
            let problem = place.error(
                format!("the path `{text}` of a request must begin with `/`"),
                "",
            );
            self.problems.push(if text.starts_with("https://") {
                problem
                    .note("only plain HTTP is spoken here; for TLS use `run` or `exec` with `curl`")
            } else {
                problem
            });
            return None;
        }
        Some((path.to_owned(), port))
    }

    fn body(&mut self, node: &Node) -> Option<RequestBody> {
        match (node.get("body"), node.get("file")) {
            (None, None) => Some(RequestBody::None),
            (Some(body), None) => Some(RequestBody::Text(body.as_str()?.to_owned())),
            (Some(_), Some(file)) => {
                self.problems.push(
                    file.error("a request has either `body` or `file`", "")
                        .fix("take one of them out"),
                );
                None
            }
            (None, Some(file)) => {
                let text = file.as_str()?;
                let path = join(self.directory, text);
                if is_pattern(text, &path) || path.is_dir() {
                    self.problems.push(
                        file.error("the body of a request is one file", "")
                            .fix("make it several seeds, one a file"),
                    );
                    return None;
                }
                if !path.is_file() {
                    self.missing(file, &path, "body");
                    return None;
                }
                let compression = Compression::of_name(&path).0;
                Some(RequestBody::File { path, compression })
            }
        }
    }

    fn expect(&mut self, node: &Node) -> Option<Vec<(u16, u16)>> {
        let Some(list) = node.get("expect") else {
            return Some(vec![(200, 299)]);
        };
        let mut ranges = Vec::new();
        for item in list.items() {
            let text = item.as_str().unwrap_or_default();
            let (from, to) = text.split_once('-').unwrap_or((text, text));
            match (from.trim().parse(), to.trim().parse()) {
                (Ok(from), Ok(to)) if (100..=599).contains(&from) && from <= to && to <= 599 => {
                    ranges.push((from, to));
                }
                _ => {
                    self.problems.push(
                        item.error(
                            format!("`{text}` is not a status code or a range of them"),
                            "",
                        )
                        .note("write `200`, `200-299`, or a list of such"),
                    );
                    return None;
                }
            }
        }
        Some(ranges)
    }

    /// The port of the service's software, else the first that the manifest publishes or exposes.
    fn port(&self) -> Option<u16> {
        let published = self
            .subject
            .ports
            .iter()
            .find(|port| port.protocol == Protocol::Tcp)
            .map(|port| port.target);
        let exposed = || {
            let mut ports = self.subject.expose.iter();
            ports.find_map(|port| port.strip_suffix("/tcp").unwrap_or(port).parse().ok())
        };
        published.or_else(exposed).or_else(|| {
            let family = catalog::family(self.subject.family?)?;
            let environment = indexmap::IndexMap::new();
            Some(family.port(Facts {
                image: "",
                environment: &environment,
                command: &[],
            }))
        })
    }
}
