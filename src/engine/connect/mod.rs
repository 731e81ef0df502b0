//! From what a person set to a connected engine.
//!
//! [`connect`] follows the Docker command line: flags before `DOCKER_HOST` before `DOCKER_CONTEXT` before the current
//! context of its config, then the sockets where engines usually listen. It reads no environment: all of it comes in as
//! [`ConnectOptions`]. The logins of registries ([`CliCredentials`]) are here too, since they lie in the same config.
//! It does not speak to the engine beyond the first answer.

mod address;
mod choice;
mod config_file;
mod context;
mod credential_helper;
mod credentials;
mod error;
mod options;
mod socket;
mod tunnel;

use std::fmt;
use std::sync::Arc;

pub use credentials::{CliCredentials, CredentialsError};
pub use error::ConnectError;
pub use options::ConnectOptions;

use crate::diagnostic::Diagnostic;
use crate::engine::Endpoint;
use choice::{Choice, Route};
use tunnel::Tunnel;

/// An engine that was found, not yet spoken to.
pub struct Located {
    /// The way to it.
    pub endpoint: Endpoint,
    /// Where it is, as a person would write it; for an ssh tunnel the far end.
    pub address: String,
    /// What is odd about the settings but did not keep us from finding it.
    pub warnings: Vec<Diagnostic>,
    /// The ssh tunnel that leads to it, if one does.
    tunnel: Option<Tunnel>,
}

impl Located {
    /// Whether an ssh tunnel leads to it, so that it is on another machine although its socket is here.
    pub fn is_tunnelled(&self) -> bool {
        self.tunnel.is_some()
    }
}

impl fmt::Debug for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Located({})", self.address)
    }
}

/// Finds the engine that the options mean, and opens the way to it.
pub async fn locate(options: &ConnectOptions) -> Result<Located, ConnectError> {
    let Choice {
        route,
        address,
        warnings,
    } = choice::choose(options).await?;
    let (endpoint, tunnel) = match route {
        Route::Direct(endpoint) => (endpoint, None),
        Route::Ssh(ssh) => {
            let tunnel = Tunnel::open(&ssh, options).await?;
            (Endpoint::Unix(tunnel.socket().to_owned()), Some(tunnel))
        }
    };
    Ok(Located {
        endpoint,
        address,
        warnings,
        tunnel,
    })
}

/// The logins that go with the options.
pub fn credentials(options: &ConnectOptions) -> Arc<CliCredentials> {
    Arc::new(CliCredentials::new(
        options.config_file(),
        options.search_path.clone(),
    ))
}
