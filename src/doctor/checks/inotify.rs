//! How many files programs may watch: every watcher of every container and editor draws on one account.

use crate::diagnostic::Diagnostic;
use crate::doctor::engine_absent::NO_ENGINE;
use crate::doctor::examination::Examination;
use crate::doctor::look::NoLook;
use crate::doctor::{Finding, Group};

/// With fewer, editors and file watchers of web stacks give up.
const WATCHES: u64 = 65_536;
/// Each container with a watcher takes one or more. Linux comes with 128.
const INSTANCES: u64 = 128;

pub(super) async fn check(examination: &Examination) -> Vec<Finding> {
    let mut found = Vec::new();
    for (key, needed) in [
        ("fs/inotify/max_user_watches", WATCHES),
        ("fs/inotify/max_user_instances", INSTANCES),
    ] {
        match kernel(examination, key).await {
            Ok(value) => found.push((key, value, needed)),
            Err(reason) => return vec![Finding::skipped(Group::Machine, "inotify", reason)],
        }
    }
    let low: Vec<Finding> = found
        .iter()
        .filter(|(_, value, needed)| value < needed)
        .map(|&(key, value, needed)| low(examination, key, value, needed))
        .collect();
    if !low.is_empty() {
        return low;
    }
    let text = format!("{} watches, {} instances", found[0].1, found[1].1);
    vec![Finding::ok(Group::Machine, "inotify", text)]
}

fn low(examination: &Examination, key: &str, value: u64, needed: u64) -> Finding {
    let setting = key.replace('/', ".");
    let problem = Diagnostic::warning(format!(
        "{setting} is {value}: programs that watch files may give up"
    ))
    .note("they say ENOSPC, or that the limit of file watchers is reached")
    .fix(set(examination, &setting, needed.max(value) * 4));
    Finding::problem(Group::Machine, "inotify", problem)
        .found(value.to_string())
        .needed(needed.to_string())
}

/// The command that sets a setting of the kernel now and for the next start.
pub(super) fn set(examination: &Examination, setting: &str, value: u64) -> String {
    let name = setting.replace('.', "-");
    let write = format!(
        "sh -c 'echo {setting}={value} >/etc/sysctl.d/90-{name}.conf && sysctl -w {setting}={value}'"
    );
    examination.machine().as_root(&write)
}

/// A setting of the engine's kernel, as below `/proc/sys`; the error says why it is not known. Where no engine answers,
/// the one of this machine is meant.
pub(super) async fn kernel(examination: &Examination, key: &str) -> Result<u64, String> {
    let answering = examination.engine().await;
    if answering.is_none_or(|answering| answering.info.local)
        && let Some(value) = examination.machine().number(&format!("/proc/sys/{key}"))
    {
        return Ok(value);
    }
    let Some(answering) = answering else {
        return Err(NO_ENGINE.to_owned());
    };
    let look = examination.look(answering).await.map_err(NoLook::reason)?;
    let value = look.kernel.get(key).copied();
    value.ok_or_else(|| {
        let setting = key.replace('/', ".");
        format!("the engine's kernel does not tell {setting}")
    })
}
