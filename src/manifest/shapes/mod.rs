//! The tables of the language: every key of the Compose Specification and devstack's own.
//!
//! Source: the specification's JSON Schema (compose-spec/compose-go, `schema/compose-spec.json`), and `MANIFEST.md`
//! for devstack's keys. Keys stand in the order of Compose's own types (`types/types.go` there): that is the order in
//! which `config` prints them, and the hashes of `config --hash` depend on it.

mod build;
mod common;
mod deploy;
mod develop;
mod devstack;
mod hooks;
mod inputs;
mod mounts;
mod requires;
mod resources;
mod seed;
mod service;
mod top;

pub(super) use service::SERVICE;
pub use top::TOP;
