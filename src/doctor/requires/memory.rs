//! The engine's memory.

use super::amount::amount;
use super::{met, unmet};
use crate::doctor::Finding;
use crate::engine::EngineInfo;
use crate::stack::Required;

/// Of the memory that a machine is sold with, its firmware and kernel keep a part: this share of what is needed will do,
/// in hundredths.
const SHARE: u64 = 90;

pub(super) fn check(required: &Required<u64>, info: &EngineInfo) -> Finding {
    let (found, needed) = (amount(info.memory), amount(required.what));
    if info.memory >= required.what / 100 * SHARE {
        return met("memory", found, needed);
    }
    let fix = if info.local {
        "use a machine with more memory"
    } else {
        "give the engine's machine more memory (in Docker Desktop: Settings, Resources)"
    };
    unmet(
        "memory",
        format!("the engine has only {found} of memory"),
        &required.span,
        required.get.as_deref(),
        fix,
    )
    .found(found)
    .needed(needed)
}
