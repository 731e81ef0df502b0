//! Free disk where the engine keeps images and data.
//!
//! The engine's API tells the folder but not how much is free there: on another machine only a container can see it, as
//! `devstack doctor` does.

use super::amount::amount;
use super::{met, unmet};
use crate::diagnostic::Diagnostic;
use crate::doctor::{DiskSpace, Finding, Group};
use crate::engine::EngineInfo;
use crate::stack::Required;

pub(super) fn check(
    required: &Required<u64>,
    info: &EngineInfo,
    space: Option<DiskSpace>,
) -> Finding {
    let needed = amount(required.what);
    let folder = &info.root;
    let Some(DiskSpace { free, .. }) = space else {
        let why = if info.local {
            format!("how much is free in `{folder}` cannot be seen")
        } else {
            "how much is free on the engine's machine cannot be seen from here".to_owned()
        };
        let problem = Diagnostic::warning(format!("{why}, and {needed} are needed"))
            .at(&required.span, "is required here")
            .fix("devstack doctor   (looks from inside of a container)");
        return Finding::problem(Group::Requirements, "disk", problem).needed(needed);
    };
    let found = amount(free);
    if free >= required.what {
        return met("disk", format!("{found} free"), needed);
    }
    unmet(
        "disk",
        format!("only {found} are free where the engine keeps its data (`{folder}`)"),
        &required.span,
        required.get.as_deref(),
        "make room: `devstack prune`, `docker system df` shows what takes it",
    )
    .found(found)
    .needed(needed)
}
