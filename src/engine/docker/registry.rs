//! Registries, as the engine reaches them.
//!
//! The engine's own question at a login is asked, since it takes the engine's way to the registry: its proxies, its
//! certificates, its insecure registries. Nothing is kept there.

use hyper::http::request::Builder;
use serde_json::json;

use super::client::DockerEngine;
use super::errors::from_registry;
use super::pull::login_address;
use super::request::Query;
use crate::engine::{EngineError, RegistryAuth, Result};

/// What the engine says of a registry that wants a login, and of one that refuses it.
const REFUSALS: [&str; 3] = ["401 Unauthorized", "403 Forbidden", "unauthorized"];

impl DockerEngine {
    pub(super) async fn log_in(&self, registry: &str) -> Result<Option<String>> {
        let login = self.inner.credentials.for_registry(registry).await;
        let body = question(registry, login.as_ref());
        let transport = &self.inner.transport;
        let query = Query::new();
        let asked = transport.post(Builder::new(), "/auth", &query, &body);
        match self.begin(asked).await {
            Ok(_) => Ok(login.map(|login| match login.identity_token {
                Some(_) => "a token".to_owned(),
                None => login.username,
            })),
            Err(error) => Err(refusal(from_registry(error))),
        }
    }
}

fn question(registry: &str, login: Option<&RegistryAuth>) -> serde_json::Value {
    let address = login_address(registry);
    match login {
        None => json!({ "serveraddress": address }),
        Some(RegistryAuth {
            identity_token: Some(token),
            ..
        }) => json!({ "serveraddress": address, "identitytoken": token }),
        Some(login) => json!({
            "serveraddress": address, "username": login.username, "password": login.password,
        }),
    }
}

/// The engine tells of every failure with the same status.
fn refusal(error: EngineError) -> EngineError {
    match error {
        EngineError::Api { message, .. }
            if REFUSALS.iter().any(|words| message.contains(words)) =>
        {
            EngineError::Denied(message)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_stands_instead_of_the_password() {
        let login = RegistryAuth {
            username: String::new(),
            password: String::new(),
            identity_token: Some("t".to_owned()),
        };
        let asked = question("docker.io", Some(&login));
        assert_eq!(
            asked,
            json!({ "serveraddress": "https://index.docker.io/v1/", "identitytoken": "t" })
        );
    }

    #[test]
    fn a_refused_login_is_told_apart() {
        let words =
            "login attempt to http://127.0.0.1:5056/v2/ failed with status: 401 Unauthorized";
        let refused = refusal(EngineError::Api {
            status: 500,
            message: words.to_owned(),
        });
        assert!(matches!(refused, EngineError::Denied(said) if said == words));
        let gone = EngineError::Api {
            status: 500,
            message: "dial tcp 127.0.0.1:5056: connect: connection refused".to_owned(),
        };
        assert!(matches!(refusal(gone), EngineError::Api { .. }));
    }
}
