//! What every request needs before it is sent: the API version, the host header, a path that holds only a name.
//!
//! Nothing is sent here.

use std::fmt::Write as _;

use bollard::BollardRequest;
use hyper::Uri;
use hyper::header::{HOST, HeaderValue};
use hyper::http::uri::PathAndQuery;

use crate::engine::EngineError;

/// A version of the engine's API.
pub(super) type ApiVersion = (u16, u16);

/// Makes a request of bollard's one that an engine understands whatever its age.
///
/// bollard sends no version in the path, so that each engine would answer in its newest dialect.
pub(super) fn prepare(
    mut request: BollardRequest,
    version: Option<ApiVersion>,
    host: &str,
) -> BollardRequest {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", PathAndQuery::as_str);
    let path = match version {
        Some((major, minor)) if !has_version(path) => format!("/v{major}.{minor}{path}"),
        _ => path.to_owned(),
    };
    if let Ok(uri) = path.parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    if let Ok(host) = HeaderValue::from_str(host) {
        request.headers_mut().insert(HOST, host);
    }
    request
}

fn has_version(path: &str) -> bool {
    path.strip_prefix("/v")
        .and_then(|rest| rest.chars().next())
        .is_some_and(|first| first.is_ascii_digit())
}

/// A name as a part of a path; a name that no engine could have is "not found" without asking.
pub(super) fn path_part<'a>(kind: &str, name: &'a str) -> Result<&'a str, EngineError> {
    let name = name.trim_start_matches('/');
    let plain = !name.is_empty()
        && !name.split('/').any(|part| matches!(part, "" | "." | ".."))
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.:@/+-".contains(&b));
    if plain {
        Ok(name)
    } else {
        Err(EngineError::NotFound(format!("no such {kind}: `{name}`")))
    }
}

/// The parameters of a request. Arguments of builds are among them, so it has no debug form.
#[derive(Default, Clone)]
pub(super) struct Query(String);

impl Query {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter; one may be given several times.
    pub(super) fn with(mut self, key: &str, value: impl AsRef<str>) -> Self {
        self.0.push(if self.0.is_empty() { '?' } else { '&' });
        self.0.push_str(key);
        self.0.push('=');
        for byte in value.as_ref().bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                self.0.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(self.0, "%{byte:02X}");
            }
        }
        self
    }

    /// Adds a parameter if there is a value.
    pub(super) fn maybe(self, key: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// With the question mark, or empty.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str) -> BollardRequest {
        BollardRequest::new(bollard::body_full(bytes::Bytes::new())).map_uri(uri)
    }

    trait MapUri {
        fn map_uri(self, uri: &str) -> Self;
    }

    impl MapUri for BollardRequest {
        fn map_uri(mut self, uri: &str) -> Self {
            *self.uri_mut() = uri.parse().expect("a valid uri");
            self
        }
    }

    #[test]
    fn puts_the_agreed_version_into_the_path() {
        let prepared = prepare(
            request("http://localhost/containers/json?all=true"),
            Some((1, 41)),
            "h",
        );
        assert_eq!(
            prepared.uri().to_string(),
            "/v1.41/containers/json?all=true"
        );
        assert_eq!(prepared.headers()[HOST], "h");
    }

    #[test]
    fn leaves_a_versioned_path_and_the_first_ping_alone() {
        let prepared = prepare(request("http://localhost/v1.30/info"), Some((1, 41)), "h");
        assert_eq!(prepared.uri().to_string(), "/v1.30/info");
        let prepared = prepare(request("http://localhost/_ping"), None, "h");
        assert_eq!(prepared.uri().to_string(), "/_ping");
        let prepared = prepare(request("http://localhost/volumes/v1"), Some((1, 41)), "h");
        assert_eq!(prepared.uri().to_string(), "/v1.41/volumes/v1");
    }

    #[test]
    fn refuses_names_that_would_leave_their_place_in_the_path() {
        for bad in [
            "",
            "a?b",
            "a#b",
            "../info",
            "a/../../info",
            "a b",
            "a%2fb",
            "ä",
        ] {
            assert!(
                matches!(path_part("image", bad), Err(EngineError::NotFound(_))),
                "{bad}"
            );
        }
        assert_eq!(path_part("container", "/web-1").ok(), Some("web-1"));
        assert!(path_part("image", "localhost:5000/a/b:1.0@sha256:00").is_ok());
    }

    #[test]
    fn escapes_parameters() {
        let query = Query::new()
            .with("t", "a b&c=ü")
            .maybe("n", None::<&str>)
            .with("t", "d");
        assert_eq!(query.as_str(), "?t=a%20b%26c%3D%C3%BC&t=d");
    }
}
