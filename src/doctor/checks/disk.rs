//! Room where the engine keeps its data.
//!
//! The API does not tell. Where the engine's folder is on this machine it is asked for directly, else what a container
//! sees under its root counts: that is the same disk.

use rustix::fs::statvfs;

use crate::diagnostic::{Diagnostic, size};
use crate::doctor::disk_full::cure;
use crate::doctor::examination::{Answering, Examination};
use crate::doctor::{DiskSpace, Finding, Group, Machine, Mend};
use crate::engine::EngineInfo;
use crate::plan::Inventory;

/// With less than this, pulls and databases fail.
const TOO_LITTLE: u64 = 512_000_000;
/// With less than this, the next few images may be too many.
const LITTLE: u64 = 4_000_000_000;
/// One file in so many has to be left.
const FEW_FILES: u64 = 100;

pub(super) async fn check(examination: &Examination, answering: Answering<'_>) -> Vec<Finding> {
    let root = &answering.info.root;
    let space = match measure(answering.info, examination.machine()).await {
        Some(space) => space,
        None => match examination.look(answering).await {
            Ok(look) => match look.disk {
                Some(space) => space,
                None => {
                    return vec![unknown(&format!(
                        "`{}` has no `df` to look with",
                        look.image
                    ))];
                }
            },
            Err(reason) => return vec![unknown(&reason.reason())],
        },
    };
    let finding = judge(space, root);
    let garbage = garbage(examination, answering).await;
    vec![match garbage {
        Some(project) if finding.diagnostic().is_some() => finding.mend(Mend::Prune { project }),
        _ => finding,
    }]
}

fn unknown(reason: &str) -> Finding {
    Finding::skipped(Group::Engine, "disk", reason)
}

/// The project, if runs of it have left something that can go.
async fn garbage(examination: &Examination, answering: Answering<'_>) -> Option<String> {
    let project = examination.project()?;
    let volumes = examination.volumes(answering).await.ok()?;
    let garbage = Inventory::of(volumes).garbage(project);
    (!garbage.is_empty()).then(|| project.to_owned())
}

/// The room in the engine's folder, if that is on this machine and can be seen from here.
pub(in crate::doctor) async fn measure(info: &EngineInfo, machine: &Machine) -> Option<DiskSpace> {
    if !info.local || machine.is_container() || info.root.is_empty() {
        return None;
    }
    let root = machine.path(&info.root);
    // A disk that hangs must not hang us.
    let found = tokio::task::spawn_blocking(move || statvfs(&root).ok()).await;
    let found = found.ok().flatten()?;
    Some(DiskSpace {
        free: found.f_bavail.saturating_mul(found.f_frsize),
        total: found.f_blocks.saturating_mul(found.f_frsize),
        files_free: (found.f_files > 0).then_some(found.f_favail),
        files_total: (found.f_files > 0).then_some(found.f_files),
    })
}

/// What is to be said of a full or nearly full disk; `None` if there is room.
pub(in crate::doctor) fn full(space: DiskSpace, root: &str) -> Option<Diagnostic> {
    let (free, total) = (size(space.free), size(space.total));
    let place = if root.is_empty() {
        "the engine's disk".to_owned()
    } else {
        format!("{root} on the engine's machine")
    };
    let problem = if space.free < TOO_LITTLE {
        Diagnostic::error(format!(
            "the engine's disk is full: {free} of {total} are free"
        ))
    } else if let (Some(files), Some(all)) = (space.files_free, space.files_total)
        && files < all / FEW_FILES
    {
        Diagnostic::error(format!(
            "the engine's disk has room, but no inodes: {files} of {all} are free"
        ))
    } else if space.free < LITTLE {
        Diagnostic::warning(format!(
            "the engine's disk is nearly full: {free} of {total} are free"
        ))
    } else {
        return None;
    };
    Some(cure(problem.note(format!("it is the disk of {place}"))))
}

fn judge(space: DiskSpace, root: &str) -> Finding {
    match full(space, root) {
        Some(problem) => Finding::problem(Group::Engine, "disk", problem)
            .found(size(space.free))
            .needed(size(LITTLE)),
        None => Finding::ok(
            Group::Engine,
            "disk",
            format!("{} of {} are free", size(space.free), size(space.total)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::FindingState;

    fn state(free: u64, files_free: Option<u64>) -> FindingState {
        let space = DiskSpace {
            free,
            total: 100_000_000_000,
            files_free,
            files_total: files_free.map(|_| 1_000_000),
        };
        judge(space, "/var/lib/docker").state()
    }

    #[test]
    fn room_and_inodes_count() {
        assert_eq!(state(50_000_000_000, None), FindingState::Ok);
        assert_eq!(state(50_000_000_000, Some(500_000)), FindingState::Ok);
        assert_eq!(state(50_000_000_000, Some(9)), FindingState::Error);
        assert_eq!(state(3_000_000_000, None), FindingState::Warning);
        assert_eq!(state(0, None), FindingState::Error);
    }
}
