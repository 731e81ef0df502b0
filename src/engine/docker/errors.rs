//! bollard's errors and the engine's statuses as ours.

use std::error::Error as _;

use bollard::errors::Error;

use super::transport::ConnectFailure;
use crate::engine::EngineError;

/// An error of bollard's.
pub(super) fn from_bollard(error: Error, address: &str) -> EngineError {
    match error {
        Error::DockerResponseServerError {
            status_code,
            message,
        } => from_status(status_code, message),
        Error::IOError { err } => {
            match err
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<ConnectFailure>())
            {
                Some(ConnectFailure(reason)) => EngineError::Unreachable {
                    address: address.to_owned(),
                    reason: reason.clone(),
                },
                None => EngineError::Connection(format!(
                    "the connection to the container engine broke: {err}"
                )),
            }
        }
        Error::HyperResponseError { err } => from_hyper(&err),
        Error::DockerStreamError { error } => EngineError::Stream(error),
        Error::JsonDataError { message, .. } => nonsense(&message),
        Error::JsonSerdeError { err } => nonsense(&err.to_string()),
        other => EngineError::Connection(other.to_string()),
    }
}

/// A connection that broke.
pub(super) fn from_hyper(error: &hyper::Error) -> EngineError {
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return EngineError::Connection(
            "the container engine closed the connection before it had answered".to_owned(),
        );
    }
    // hyper tells only what it was doing; the cause says why that failed.
    let cause = error
        .source()
        .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
    EngineError::Connection(format!(
        "the connection to the container engine broke: {cause}"
    ))
}

/// An answer that is not what the API promises.
pub(super) fn nonsense(detail: &str) -> EngineError {
    EngineError::Connection(format!(
        "the container engine's answer could not be understood: {detail}"
    ))
}

/// An answer with an error's status, in the engine's words.
///
/// The engine says 403 where something is in the way (a network in use, an address range taken); who comes without
/// leave is told 401, or 403 by an authorisation plugin.
pub(super) fn from_status(status: u16, message: String) -> EngineError {
    let message = if message.is_empty() {
        format!("the container engine answered with status {status}")
    } else {
        message
    };
    match status {
        404 => EngineError::NotFound(message),
        401 => EngineError::Denied(message),
        403 if message.contains("authorization denied") => EngineError::Denied(message),
        403 | 409 => EngineError::Conflict(message),
        _ => EngineError::Api { status, message },
    }
}

/// What a registry's refusal means, told by the engine's words: they come with many statuses, and inside streams.
pub(super) fn from_registry(error: EngineError) -> EngineError {
    let (EngineError::Api { message, .. }
    | EngineError::NotFound(message)
    | EngineError::Denied(message)
    | EngineError::Stream(message)) = &error
    else {
        return error;
    };
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&[
        "denied",
        "unauthorized",
        "authentication required",
        "no basic auth credentials",
        "incorrect username or password",
    ]) {
        EngineError::Denied(message.clone())
    } else if says(&[
        "manifest unknown",
        "name unknown",
        "name invalid",
        "not found",
        "no such image",
        "no matching manifest",
        "does not match the specified platform",
    ]) {
        EngineError::NotFound(message.clone())
    } else {
        error
    }
}

/// `None` for what is not there.
pub(super) fn optional<T>(result: Result<T, EngineError>) -> Result<Option<T>, EngineError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(EngineError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Success also for what was gone already.
pub(super) fn gone_is_fine(result: Result<(), EngineError>) -> Result<(), EngineError> {
    match result {
        Err(EngineError::NotFound(_)) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_statuses_apart() {
        assert!(matches!(
            from_status(404, "x".into()),
            EngineError::NotFound(_)
        ));
        assert!(matches!(
            from_status(409, "x".into()),
            EngineError::Conflict(_)
        ));
        assert!(matches!(
            from_status(403, "network x has active endpoints".into()),
            EngineError::Conflict(_)
        ));
        assert!(matches!(
            from_status(403, "authorization denied by plugin p".into()),
            EngineError::Denied(_)
        ));
        assert!(
            matches!(from_status(500, String::new()), EngineError::Api { status: 500, message } if message.contains("500"))
        );
    }

    #[test]
    fn tells_what_a_registry_means() {
        let stream = |words: &str| from_registry(EngineError::Stream(words.to_owned()));
        assert!(matches!(
            stream("manifest for 127.0.0.1:5055/x:1 not found: manifest unknown: manifest unknown"),
            EngineError::NotFound(_)
        ));
        assert!(matches!(
            from_registry(from_status(
                500,
                "Get \"http://h/v2/x/manifests/1\": unauthorized: authentication required".into()
            )),
            EngineError::Denied(_)
        ));
        let refused = stream("dial tcp 127.0.0.1:5999: connect: connection refused");
        assert!(
            matches!(refused, EngineError::Stream(_)) && refused.is_transient(),
            "{refused:?}"
        );
    }
}
