//! The engine's architecture.

use super::{met, unmet};
use crate::doctor::Finding;
use crate::engine::EngineInfo;
use crate::stack::Required;

pub(super) fn check(required: &Required<Vec<String>>, info: &EngineInfo) -> Finding {
    let found = &info.architecture;
    let needed = required.what.join(" or ");
    if required.what.contains(found) {
        return met("arch", found, needed);
    }
    unmet(
        "arch",
        format!("the engine runs on {found}, not on {needed}"),
        &required.span,
        required.get.as_deref(),
        format!("use an engine on {needed}: `--context NAME`, or `--host ADDRESS`"),
    )
    .found(found)
    .needed(needed)
}
