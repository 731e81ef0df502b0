//! Short forms and how they become long ones, one kind a file.
//!
//! Each function takes a value that may be short or long, and leaves it long; it reports what it cannot read and
//! gives `false` then. What the long form may hold is the tables' business.

mod build;
mod command;
mod dependency;
mod files;
mod list;
mod port;
mod reference;
mod volume;

pub(super) use build::{build, is_remote_context, ssh};
pub(super) use command::{command, health_test};
pub(super) use dependency::{depends_on, names};
pub(super) use files::{env_files, file_reference, mode};
pub(super) use list::{extra_hosts, key_values, one_or_many, scalars};
pub(super) use port::ports;
pub(super) use reference::{
    any_device, device, device_count, device_request, extends, external, gpus, hook, include,
    limits, microseconds, watch,
};
pub(super) use volume::volume;
