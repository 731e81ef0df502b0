//! devstack brings a development stack from nothing to ready: containers, data and checks, from one manifest.
//!
//! The modules form layers; each uses only those listed before it in `ARCHITECTURE.md`, and a test enforces it.

pub mod catalog;
pub mod cli;
pub mod company;
pub mod diagnostic;
pub mod doctor;
pub mod engine;
pub mod event;
pub mod execute;
pub mod init;
pub mod layers;
pub mod manifest;
pub mod plan;
pub mod ready;
pub mod seed;
pub mod settings;
pub mod source;
pub mod stack;
pub mod templates;
pub mod ui;
pub mod watch;
