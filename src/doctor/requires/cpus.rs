//! The engine's processors.

use super::{met, unmet};
use crate::doctor::Finding;
use crate::engine::EngineInfo;
use crate::stack::Required;

#[expect(clippy::cast_precision_loss, reason = "no machine has 2^53 processors")]
pub(super) fn check(required: &Required<f64>, info: &EngineInfo) -> Finding {
    let (found, needed) = (info.cpus.to_string(), required.what.to_string());
    if info.cpus as f64 >= required.what {
        return met("cpus", found, needed);
    }
    let processors = if info.cpus == 1 {
        "processor"
    } else {
        "processors"
    };
    unmet(
        "cpus",
        format!("the engine has only {found} {processors}"),
        &required.span,
        required.get.as_deref(),
        "use a machine with more, or give the engine's virtual machine more",
    )
    .found(found)
    .needed(needed)
}
