//! The commands, one file each: its arguments, and the function that carries it out.

pub(super) mod add;
pub(super) mod build;
pub(super) mod completions;
pub(super) mod config;
pub(super) mod console;
pub(super) mod doctor;
pub(super) mod down;
pub(super) mod env;
pub(super) mod exec;
pub(super) mod init;
pub(super) mod inputs;
pub(super) mod instances;
pub(super) mod logs;
pub(super) mod open;
pub(super) mod plan;
pub(super) mod prune;
pub(super) mod pull;
pub(super) mod reset;
pub(super) mod restart;
pub(super) mod run;
pub(super) mod schema;
pub(super) mod seed;
mod selection;
pub(super) mod shell;
pub(super) mod snapshot;
pub(super) mod start;
pub(super) mod status;
pub(super) mod stop;
pub(super) mod templates;
pub(super) mod up;
pub(super) mod validate;
pub(super) mod watch;

pub(super) use exec::exit_code;
