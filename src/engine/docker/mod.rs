//! Docker Engine through bollard: the only place that knows bollard.

mod client;

pub use client::DockerEngine;
