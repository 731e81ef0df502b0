//! The engine's version. One that is too old is not even connected to: `found` tells of it.

use crate::doctor::examination::Answering;
use crate::doctor::{Finding, Group};

pub(super) fn check(answering: Answering<'_>) -> Vec<Finding> {
    let (major, minor) = answering.info.api;
    let summary = format!("{}, API {major}.{minor}", answering.info.version);
    vec![Finding::ok(Group::Engine, "version", summary).needed("API 1.41")]
}
