//! The storage driver: slow ones copy whole images for every container.

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::Answering;
use crate::doctor::{Finding, Group};

/// Drivers that cost time or room, and why.
const SLOW: [(&str, &str); 4] = [
    ("vfs", "it copies the whole image for every container"),
    (
        "devicemapper",
        "it is slow, and newer engines do not have it any more",
    ),
    ("aufs", "newer engines do not have it any more"),
    (
        "fuse-overlayfs",
        "it runs outside of the kernel, which is slow",
    ),
];

pub(super) fn check(answering: Answering<'_>) -> Vec<Finding> {
    vec![judge(
        &answering.info.storage_driver,
        &answering.info.storage_status,
    )]
}

fn judge(driver: &str, status: &[(String, String)]) -> Finding {
    let below = status
        .iter()
        .find(|(key, _)| key == "Backing Filesystem")
        .map(|(_, value)| format!(" on {value}"))
        .unwrap_or_default();
    match SLOW.iter().find(|(name, _)| *name == driver) {
        Some((_, why)) => Finding::problem(
            Group::Engine,
            "storage",
            Diagnostic::warning(format!("the engine's storage driver is `{driver}`"))
                .note(*why)
                .fix(
                    "set \"storage-driver\": \"overlay2\" in /etc/docker/daemon.json and restart the engine   \
                     (images and containers have to be made anew)",
                ),
        )
        .found(driver)
        .needed("overlay2"),
        None => Finding::ok(Group::Engine, "storage", format!("{driver}{below}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::FindingState;

    #[test]
    fn slow_drivers_are_told_with_the_reason() {
        assert_eq!(judge("vfs", &[]).state(), FindingState::Warning);
        let status = [("Backing Filesystem".to_owned(), "extfs".to_owned())];
        let fine = judge("overlay2", &status);
        assert_eq!(
            (fine.state(), fine.summary()),
            (FindingState::Ok, "overlay2 on extfs")
        );
    }
}
