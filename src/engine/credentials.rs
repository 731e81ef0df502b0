//! Logins of registries.
//!
//! Only the face: where logins are kept (the command line's config, its helpers) is told by who implements it.

use std::fmt;

use async_trait::async_trait;

/// Knows the logins of registries.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The login of a registry: its `host[:port]`, `docker.io` for Docker Hub; `None` to come without one.
    async fn for_registry(&self, registry: &str) -> Option<RegistryAuth>;
}

/// A login. Its debug form shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct RegistryAuth {
    /// The user's name.
    pub username: String,
    /// The password or access token.
    pub password: String,
    /// An identity token, which stands instead of the password.
    pub identity_token: Option<String>,
}

impl fmt::Debug for RegistryAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryAuth")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// No logins at all.
#[derive(Debug, Clone, Copy)]
pub struct Anonymous;

#[async_trait]
impl Credentials for Anonymous {
    async fn for_registry(&self, _registry: &str) -> Option<RegistryAuth> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_no_secret() {
        let auth = RegistryAuth {
            username: "ada".into(),
            password: "hunter2".into(),
            identity_token: Some("tok-3".into()),
        };
        let shown = format!("{auth:?}");
        assert!(shown.contains("ada"));
        assert!(
            !shown.contains("hunter2") && !shown.contains("tok-3"),
            "{shown}"
        );
    }
}
