//! Image references, taken apart.
//!
//! The grammar is that of the distribution project's reference package: `[registry/]path[:tag][@digest]`, where the
//! first part is a registry only if it has a dot or a port or is `localhost`.

/// The host name under which the engine knows Docker Hub.
const HUB: &str = "docker.io";

/// An image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageName {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

impl ImageName {
    /// Takes a reference apart; `None` if it is not one.
    pub fn parse(reference: &str) -> Option<Self> {
        let (rest, digest) = match reference.split_once('@') {
            Some((rest, digest)) if digest.contains(':') => (rest, Some(digest.to_owned())),
            Some(_) => return None,
            None => (reference, None),
        };
        let (registry, path) = match rest.split_once('/') {
            Some((first, path)) if first.contains(['.', ':']) || first == "localhost" => {
                (first, path)
            }
            _ => (HUB, rest),
        };
        let (path, tag) = match path.rsplit_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (path, None),
        };
        if !path.split('/').all(is_path_part) || tag.is_some_and(|tag| !is_tag(tag)) {
            return None;
        }
        let hub = matches!(registry, HUB | "index.docker.io");
        let repository = if hub && !path.contains('/') {
            format!("library/{path}")
        } else {
            path.to_owned()
        };
        Some(Self {
            registry: if hub {
                HUB.to_owned()
            } else {
                registry.to_owned()
            },
            repository,
            tag: tag.map(str::to_owned),
            digest,
        })
    }

    /// The registry's host, `docker.io` for Docker Hub.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The path in the registry, such as `library/postgres`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag; `latest` if neither tag nor digest is given.
    pub fn tag(&self) -> Option<&str> {
        match (&self.tag, &self.digest) {
            (None, None) => Some("latest"),
            (tag, _) => tag.as_deref(),
        }
    }

    /// The digest, such as `sha256:…`.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Whether it comes from Docker Hub.
    pub fn is_hub(&self) -> bool {
        self.registry == HUB
    }

    /// Where a mirror (`host[:port][/prefix]`) of Docker Hub has it; `None` for images of other registries.
    pub fn on_mirror(&self, mirror: &str) -> Option<String> {
        if !self.is_hub() {
            return None;
        }
        let mut reference = format!("{}/{}", mirror.trim_end_matches('/'), self.repository);
        if let Some(tag) = self.tag() {
            reference.push(':');
            reference.push_str(tag);
        }
        if let Some(digest) = self.digest() {
            reference.push('@');
            reference.push_str(digest);
        }
        Some(reference)
    }
}

fn is_path_part(part: &str) -> bool {
    !part.is_empty()
        && part
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
}

fn is_tag(tag: &str) -> bool {
    !tag.is_empty()
        && tag.len() <= 128
        && tag
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && !tag.starts_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(reference: &str) -> (String, String, Option<String>) {
        let name = ImageName::parse(reference).expect("a valid reference");
        (
            name.registry().to_owned(),
            name.repository().to_owned(),
            name.tag().map(str::to_owned),
        )
    }

    #[test]
    fn fills_in_what_docker_hub_implies() {
        assert_eq!(
            parts("postgres:17"),
            (
                "docker.io".into(),
                "library/postgres".into(),
                Some("17".into())
            )
        );
        assert_eq!(
            parts("bitnami/redis"),
            (
                "docker.io".into(),
                "bitnami/redis".into(),
                Some("latest".into())
            )
        );
        assert_eq!(parts("docker.io/postgres").1, "library/postgres");
    }

    #[test]
    fn knows_a_registry_by_dot_port_or_localhost() {
        assert_eq!(
            parts("localhost/a/b:1"),
            ("localhost".into(), "a/b".into(), Some("1".into()))
        );
        assert_eq!(
            parts("127.0.0.1:5000/a"),
            ("127.0.0.1:5000".into(), "a".into(), Some("latest".into()))
        );
        assert_eq!(parts("ghcr.io/a/b@sha256:00").2, None);
    }

    #[test]
    fn refuses_what_is_no_reference() {
        for bad in ["", "A", "a:", "a::b", "a@x", "a//b", "postgres:${TAG}"] {
            assert_eq!(ImageName::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn mirrors_docker_hub_only() {
        let hub = ImageName::parse("postgres:17").expect("valid");
        assert_eq!(
            hub.on_mirror("127.0.0.1:5000/").as_deref(),
            Some("127.0.0.1:5000/library/postgres:17")
        );
        let other = ImageName::parse("ghcr.io/a/b").expect("valid");
        assert_eq!(other.on_mirror("127.0.0.1:5000"), None);
    }
}
