//! The connection: address, API version, requests.

use std::sync::Arc;

use crate::engine::{Credentials, Endpoint, Result};

/// Docker Engine, or anything that speaks its API.
pub struct DockerEngine {}

impl DockerEngine {
    /// Connects, agrees on an API version, and makes sure that somebody answers.
    pub async fn connect(_endpoint: &Endpoint, _credentials: Arc<dyn Credentials>) -> Result<Self> {
        Ok(Self {})
    }
}
