//! The engine's version.

use super::{met, unmet};
use crate::doctor::Finding;
use crate::engine::EngineInfo;
use crate::stack::{Required, Version, VersionRequirement};

pub(super) fn check(required: &Required<VersionRequirement>, info: &EngineInfo) -> Finding {
    let needed = &required.what;
    let fits = Version::find(&info.version).is_some_and(|found| needed.accepts(&found));
    if fits {
        return met("engine", &info.version, needed.to_string());
    }
    unmet(
        "engine",
        format!("the engine has version {}, not {needed}", info.version),
        &required.span,
        required.get.as_deref(),
        format!("install an engine of version {needed}: https://docs.docker.com/engine/install/"),
    )
    .found(&info.version)
    .needed(needed.to_string())
}
