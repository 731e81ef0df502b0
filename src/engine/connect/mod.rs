//! From what a person set to a connected engine.
//!
//! [`connect`] follows the Docker command line: flags before `DOCKER_HOST` before `DOCKER_CONTEXT` before the current
//! context of its config, then the sockets where engines usually listen. It reads no environment: all of it comes in as
//! [`ConnectOptions`]. The logins of registries ([`CliCredentials`]) are here too, since they lie in the same config.
//! Beyond making sure that the engine answers it does not speak to it.

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
use crate::engine::{DockerEngine, Endpoint, EngineHandle};
use choice::{Choice, Route};
use tunnel::Tunnel;

/// A connected engine, with what keeps the connection up: it has to be kept as long as the engine is used.
pub struct Connection {
    /// The engine.
    pub engine: EngineHandle,
    /// Where it is, as a person would write it; for an ssh tunnel the far end.
    pub address: String,
    /// What is odd about the settings but did not keep us from connecting.
    pub warnings: Vec<Diagnostic>,
    /// The logins that it uses, which know what went wrong with them.
    pub credentials: Arc<CliCredentials>,
    /// Ends the ssh tunnel, if there is one, when it is dropped.
    _tunnel: Option<Tunnel>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({})", self.address)
    }
}

/// Finds the engine that the options mean, and connects to it.
pub async fn connect(options: &ConnectOptions) -> Result<Connection, ConnectError> {
    locate(options).await?.connect(options).await
}

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

    /// Connects to it.
    pub async fn connect(self, options: &ConnectOptions) -> Result<Connection, ConnectError> {
        let credentials = credentials(options);
        let logins = Arc::clone(&credentials) as _;
        let engine = if self.is_tunnelled() {
            DockerEngine::connect_tunnel(&self.endpoint, self.address.clone(), logins).await
        } else {
            DockerEngine::connect(&self.endpoint, logins).await
        };
        let engine = engine.map_err(|error| ConnectError::Engine {
            error,
            address: self.address.clone(),
        })?;
        Ok(Connection {
            engine: Arc::new(engine),
            address: self.address,
            warnings: self.warnings,
            credentials,
            _tunnel: self.tunnel,
        })
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
