//! Processors: images for another one than the engine's run only where it is emulated, and slowly.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::doctor::examination::{Answering, Examination};
use crate::doctor::{Finding, Group, Machine};
use crate::stack::Service;

/// Where the kernel lists what it runs through an interpreter.
const BINFMT: &str = "/proc/sys/fs/binfmt_misc";
/// Architectures as images name them, and as qemu does.
const QEMU: [(&str, &str); 8] = [
    ("amd64", "x86_64"),
    ("arm64", "aarch64"),
    ("arm", "arm"),
    ("386", "i386"),
    ("ppc64le", "ppc64le"),
    ("s390x", "s390x"),
    ("riscv64", "riscv64"),
    ("mips64le", "mips64el"),
];

pub(super) async fn check(examination: &Examination, answering: Answering<'_>) -> Vec<Finding> {
    let own = &answering.info.architecture;
    let mut foreign: BTreeMap<String, Vec<&Service>> = BTreeMap::new();
    for service in examination
        .stack()
        .into_iter()
        .flat_map(|stack| stack.services.values())
    {
        let platform = match &service.platform {
            Some(platform) => Some(platform.clone()),
            None => match answering.engine.image(&service.image).await {
                Ok(Some(image)) => Some(image.platform),
                _ => None,
            },
        };
        let architecture = platform
            .as_deref()
            .and_then(|platform| platform.split('/').nth(1));
        if let Some(architecture) = architecture.filter(|other| !runs_natively(other, own)) {
            foreign
                .entry(architecture.to_owned())
                .or_default()
                .push(service);
        }
    }
    if foreign.is_empty() {
        let text = format!("{own}, and nothing of the stack needs another");
        return vec![Finding::ok(Group::Machine, "processor", text)];
    }
    foreign
        .iter()
        .map(|(architecture, services)| {
            let emulated = emulated(architecture, answering.info.local, examination.machine());
            judge(architecture, own, services, emulated)
        })
        .collect()
}

/// Whether programs for one processor run on another as they are.
fn runs_natively(wanted: &str, own: &str) -> bool {
    wanted == own || matches!((wanted, own), ("386", "amd64"))
}

/// Whether the engine's kernel emulates a processor; `None` if that cannot be seen from here.
fn emulated(architecture: &str, local: bool, machine: &Machine) -> Option<bool> {
    if !local || !machine.path("/proc/sys/fs").is_dir() {
        return None;
    }
    let qemu = QEMU
        .iter()
        .find(|(name, _)| *name == architecture)
        .map_or(architecture, |(_, qemu)| qemu);
    let entry = machine.text(&format!("{BINFMT}/qemu-{qemu}"));
    Some(entry.lines().next() == Some("enabled"))
}

fn judge(architecture: &str, own: &str, services: &[&Service], emulated: Option<bool>) -> Finding {
    let names: Vec<String> = services
        .iter()
        .map(|service| format!("`{}`", service.name))
        .collect();
    let wants = format!(
        "{} for {architecture}, and the engine's processor is {own}",
        is_or_are(&names)
    );
    let problem = match emulated {
        Some(false) => Diagnostic::error(format!("{wants}, which emulates none")).fix(format!(
            "use an image for {own}, or let the kernel emulate: sudo apt-get install qemu-user-static binfmt-support"
        )),
        Some(true) => Diagnostic::warning(format!("{wants}: emulated, so several times slower"))
            .fix(format!("use an image for {own} if there is one")),
        None => Diagnostic::warning(format!("{wants}: it runs only if that is emulated there"))
            .fix(format!("use an image for {own} if there is one")),
    };
    let place = services
        .first()
        .map(|service| service.image_span.as_ref().unwrap_or(&service.span));
    Finding::problem(Group::Machine, "processor", problem.maybe_at(place, ""))
        .found(architecture)
        .needed(own)
}

fn is_or_are(names: &[String]) -> String {
    match names {
        [one] => format!("{one} is"),
        many => format!("{} are", many.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn reads_what_the_kernel_emulates() {
        let folder = tempfile::tempdir().expect("a folder");
        let machine = Machine {
            root: folder.path().to_owned(),
            search_path: None,
            uid: 0,
            groups: BTreeSet::new(),
        };
        assert_eq!(emulated("arm64", true, &machine), None);
        let binfmt = machine.path(BINFMT);
        fs::create_dir_all(&binfmt).expect("a folder");
        assert_eq!(emulated("arm64", true, &machine), Some(false));
        fs::write(
            binfmt.join("qemu-aarch64"),
            "enabled\ninterpreter /usr/bin/qemu\n",
        )
        .expect("a file");
        assert_eq!(emulated("arm64", true, &machine), Some(true));
        assert_eq!(emulated("arm64", false, &machine), None);
        assert!(runs_natively("386", "amd64") && !runs_natively("amd64", "arm64"));
    }
}
