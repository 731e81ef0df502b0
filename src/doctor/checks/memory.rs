//! Memory of the engine's machine, beside what the stack is promised.

use crate::diagnostic::{Diagnostic, size};
use crate::doctor::examination::{Answering, Examination};
use crate::doctor::{Finding, Group, Machine};
use crate::engine::EngineInfo;
use crate::stack::Stack;

/// With less than this, a database and an application hardly fit.
const LITTLE: u64 = 1_900_000_000;
/// With less than this to be had, the kernel begins to kill.
const NONE_LEFT: u64 = 256_000_000;

pub(super) async fn check(examination: &Examination, answering: Answering<'_>) -> Vec<Finding> {
    let mut available = available_here(answering.info, examination.machine());
    if available.is_none() {
        let look = examination.look(answering).await;
        available = look.ok().and_then(|look| look.memory_available);
    }
    let reserved = examination.stack().map_or(0, reserved);
    vec![judge(answering.info.memory, available, reserved)]
}

fn available_here(info: &EngineInfo, machine: &Machine) -> Option<u64> {
    let text = info.local.then(|| machine.text("/proc/meminfo"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim()
        .strip_suffix("kB")?
        .trim()
        .parse::<u64>()
        .ok()?
        .checked_mul(1024)
}

/// What the services of a stack are to have for themselves, in bytes.
fn reserved(stack: &Stack) -> u64 {
    let wanted = stack.services.values().map(|service| {
        let bytes = service
            .container
            .resources
            .memory_reservation
            .unwrap_or_default();
        u64::try_from(bytes)
            .unwrap_or_default()
            .saturating_mul(service.replicas.into())
    });
    wanted.fold(0, u64::saturating_add)
}

fn judge(total: u64, available: Option<u64>, reserved: u64) -> Finding {
    let more = "give it more: in Docker Desktop under Settings, Resources; else to its machine";
    let problem = if reserved > total {
        Diagnostic::error(format!(
            "the stack reserves more memory than the engine has: {} of {}",
            size(reserved),
            size(total)
        ))
        .fix(format!("lower `mem_reservation` of services, or {more}"))
    } else if let Some(left) = available.filter(|&left| left < NONE_LEFT) {
        Diagnostic::warning(format!(
            "the engine's machine has {} of memory left",
            size(left)
        ))
        .note("the kernel kills programs when there is none")
        .fix("stop what is not needed: devstack stop, docker stats --no-stream")
    } else if total < LITTLE {
        Diagnostic::warning(format!("the engine has only {} of memory", size(total))).fix(more)
    } else {
        let left = available.map_or_else(String::new, |left| {
            format!(", {} to be had now", size(left))
        });
        return Finding::ok(Group::Engine, "memory", format!("{}{left}", size(total)));
    };
    Finding::problem(Group::Engine, "memory", problem)
        .found(size(total))
        .needed(size(reserved.max(LITTLE)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::FindingState;

    #[test]
    fn too_little_is_told_in_each_way() {
        let state = |total, available, reserved| judge(total, available, reserved).state();
        assert_eq!(state(8 << 30, Some(4 << 30), 1 << 30), FindingState::Ok);
        assert_eq!(state(8 << 30, None, 0), FindingState::Ok);
        assert_eq!(state(8 << 30, Some(1 << 20), 0), FindingState::Warning);
        assert_eq!(state(1 << 30, Some(1 << 29), 0), FindingState::Warning);
        assert_eq!(state(4 << 30, None, 5 << 30), FindingState::Error);
    }
}
