//! An image that cannot be had.

use crate::catalog::{FAMILIES, ImageName};
use crate::diagnostic::{Diagnostic, nearest};
use crate::source::Span;

/// So many other tags are named at most.
const NAMED: usize = 5;

/// An image that could not be pulled, with what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct MissingImage<'a> {
    /// The reference that the manifest has.
    pub reference: &'a str,
    /// The mirror that was asked for it, `host[:port]`, if the answer is a mirror's.
    pub mirror: Option<&'a str>,
    /// What the registry said, through the engine.
    pub words: &'a str,
    /// The tags that its repository has there: `None` if it could not be asked, empty if it has no such repository.
    pub tags: Option<&'a [String]>,
    /// Where the manifest names it.
    pub place: Option<&'a Span>,
}

/// What the reader is told of an image that could not be pulled; `None` if the registry's words mean nothing special.
pub fn image_missing(missing: MissingImage<'_>) -> Option<Diagnostic> {
    let words = missing.words.to_lowercase();
    let says = |known: &[&str]| known.iter().any(|known| words.contains(known));
    let name = ImageName::parse(missing.reference)?;
    let host = missing.mirror.unwrap_or(name.registry());
    let registry = match (missing.mirror, host) {
        (Some(mirror), _) => format!("the mirror `{mirror}`"),
        (None, "docker.io") => "Docker Hub".to_owned(),
        (None, other) => format!("`{other}`"),
    };
    let hub = missing.mirror.is_none() && name.is_hub();
    let reference = missing.reference;
    let (message, fix) = if says(&["toomanyrequests", "rate limit"]) {
        (
            format!("{registry} refuses `{reference}`: too many pulls from here"),
            format!(
                "{}   (or set a mirror: DEVSTACK_REGISTRY_MIRROR)",
                login(host)
            ),
        )
    } else if says(&[
        "no matching manifest",
        "does not match the specified platform",
    ]) {
        (
            format!("{registry} has `{reference}`, but not for this processor"),
            "set `platform` of the service to one that the image has, such as linux/amd64"
                .to_owned(),
        )
    } else if says(&["server gave http response to https client"]) {
        (
            format!("{registry} speaks plain HTTP, which the engine does not trust"),
            format!(
                "add \"{host}\" to \"insecure-registries\" in /etc/docker/daemon.json, and restart the engine"
            ),
        )
    } else if says(&["x509", "certificate"]) {
        (
            format!("the certificate of {registry} is not trusted by the engine"),
            format!("put its authority's certificate into /etc/docker/certs.d/{host}/ca.crt"),
        )
    } else if says(&[
        "manifest unknown",
        "name unknown",
        "not found",
        "does not exist",
    ]) {
        return Some(absent(&missing, &name, &registry, host));
    } else if says(&["denied", "unauthorized", "authentication required"]) {
        (
            format!("{registry} does not give `{reference}` to everybody"),
            login(host),
        )
    } else if says(&[
        "no such host",
        "server misbehaving",
        "connection refused",
        "timeout",
        "network is unreachable",
        "eof",
    ]) {
        (
            format!("{registry} cannot be reached for `{reference}`"),
            if hub {
                "check the network, or set a mirror: DEVSTACK_REGISTRY_MIRROR=host:port".to_owned()
            } else {
                format!("check that `{host}` is up and its name is right")
            },
        )
    } else {
        return None;
    };
    Some(told(&missing, message).fix(fix))
}

/// There is no such image: the tag is wrong, or its name, or it is hidden.
fn absent(missing: &MissingImage<'_>, name: &ImageName, registry: &str, host: &str) -> Diagnostic {
    let repository = name
        .repository()
        .strip_prefix("library/")
        .filter(|_| name.is_hub())
        .unwrap_or(name.repository());
    match missing.tags {
        Some(tags) if !tags.is_empty() => {
            let tag = name.tag().or(name.digest()).unwrap_or_default();
            let others = alternatives(tag, tags);
            let diagnostic = told(
                missing,
                format!("{registry} has no tag `{tag}` of `{repository}`"),
            )
            .note(format!("it has: {}", others.join(", ")));
            match others.first() {
                Some(other) => diagnostic.fix(format!("did you mean `{repository}:{other}`?")),
                None => diagnostic,
            }
        }
        _ => {
            let diagnostic = told(
                missing,
                format!(
                    "{registry} has no image `{}`, or hides it",
                    missing.reference
                ),
            );
            let known = FAMILIES.iter().map(|family| family.name());
            match nearest(repository, known).filter(|known| *known != repository) {
                Some(known) => diagnostic.fix(format!("did you mean `{known}`?")),
                None => diagnostic.fix(format!(
                    "check its name and tag; if it is private: {}",
                    login(host)
                )),
            }
        }
    }
}

/// The tags that were probably meant, the likeliest first: a near spelling, then those of the same beginning (the
/// same major version), then the others.
fn alternatives<'a>(wanted: &str, tags: &'a [String]) -> Vec<&'a str> {
    let near = nearest(wanted, tags.iter().map(String::as_str));
    let major = |tag: &str| tag.split(['.', '-']).next().unwrap_or_default().to_owned();
    let mut others: Vec<&str> = tags.iter().map(String::as_str).collect();
    others.sort_by_key(|tag| {
        (
            Some(*tag) != near,
            major(tag) != major(wanted),
            tag.len(),
            *tag,
        )
    });
    others.truncate(NAMED);
    others
}

fn told(missing: &MissingImage<'_>, message: String) -> Diagnostic {
    Diagnostic::error(message)
        .maybe_at(missing.place, "is wanted here")
        .evidence("registry", vec![missing.words.trim().to_owned()])
}

fn login(host: &str) -> String {
    match host {
        "docker.io" => "docker login".to_owned(),
        host => format!("docker login {host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnosed(reference: &str, words: &str, tags: Option<&[&str]>) -> Diagnostic {
        let tags: Option<Vec<String>> =
            tags.map(|tags| tags.iter().map(ToString::to_string).collect());
        image_missing(MissingImage {
            reference,
            mirror: None,
            words,
            tags: tags.as_deref(),
            place: None,
        })
        .expect("is known")
    }

    #[test]
    fn names_the_tags_that_there_are() {
        let words = "manifest for 127.0.0.1:5055/library/postgres:171 not found: manifest unknown";
        let tags = ["16", "17", "latest"];
        let told = diagnosed("127.0.0.1:5055/library/postgres:171", words, Some(&tags));
        assert_eq!(
            told.message,
            "`127.0.0.1:5055` has no tag `171` of `library/postgres`"
        );
        assert_eq!(
            told.fix.as_deref(),
            Some("did you mean `library/postgres:17`?")
        );
        assert_eq!(told.notes, ["it has: 17, 16, latest"]);
    }

    #[test]
    fn speaks_of_the_image_as_the_manifest_does_when_a_mirror_answered() {
        let tags = ["17".to_owned()];
        let told = image_missing(MissingImage {
            reference: "postgres:18",
            mirror: Some("127.0.0.1:5055"),
            words: "manifest unknown",
            tags: Some(&tags),
            place: None,
        });
        let told = told.expect("is known");
        assert_eq!(
            told.message,
            "the mirror `127.0.0.1:5055` has no tag `18` of `postgres`"
        );
        assert_eq!(told.fix.as_deref(), Some("did you mean `postgres:17`?"));
    }

    #[test]
    fn guesses_a_misspelt_name() {
        let words = "pull access denied for postgress, repository does not exist or may require 'docker login': denied: requested access to the resource is denied";
        let told = diagnosed("postgress:17", words, None);
        assert_eq!(
            told.message,
            "Docker Hub has no image `postgress:17`, or hides it"
        );
        assert_eq!(told.fix.as_deref(), Some("did you mean `postgres`?"));
        let private = diagnosed("ghcr.io/acme/api:1", "name unknown", Some(&[]));
        let fix = private.fix.expect("a fix");
        assert!(fix.ends_with("docker login ghcr.io"), "{fix}");
    }

    #[test]
    fn tells_other_refusals_apart() {
        for (words, part) in [
            (
                "toomanyrequests: You have reached your pull rate limit",
                "too many pulls",
            ),
            (
                "no matching manifest for linux/arm64/v8 in the manifest list entries",
                "not for this processor",
            ),
            (
                "http: server gave HTTP response to HTTPS client",
                "plain HTTP",
            ),
            (
                "x509: certificate signed by unknown authority",
                "not trusted",
            ),
            ("unauthorized: authentication required", "not give"),
            (
                "dial tcp: lookup registry-1.docker.io: no such host",
                "cannot be reached",
            ),
        ] {
            let told = diagnosed("postgres:17", words, None);
            assert!(told.message.contains(part), "{}", told.message);
            assert!(told.fix.is_some());
        }
    }
}
