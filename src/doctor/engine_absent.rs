//! No engine answers: why, and what helps. `devstack doctor` shows it, and so does every command that needs one.

use std::path::{Path, PathBuf};

use super::machine::Guard;
use super::mend::words;
use super::{Finding, Group, Machine, Mend, distribution};
use crate::diagnostic::Diagnostic;
use crate::engine::connect::ConnectError;
use crate::engine::{EngineError, Unreachable};

/// Where the engine of this machine listens.
const SOCKETS: [&str; 2] = ["/var/run/docker.sock", "/run/docker.sock"];

/// Whom to ask, beyond the error itself.
#[derive(Debug, Clone)]
pub struct EngineHome {
    /// This machine.
    pub machine: Machine,
    /// `XDG_RUNTIME_DIR`, where the user's own engine listens.
    pub runtime_dir: Option<PathBuf>,
    /// The command that starts the engine, if the user has named one (`DEVSTACK_ENGINE_START`).
    pub start: Option<String>,
}

/// What is to be said of an engine that does not answer: first whether it is there, then whether we may use it.
pub fn engine_absent(error: &ConnectError, home: &EngineHome) -> Vec<Finding> {
    let found = |finding| vec![finding, permission_unknown()];
    let ConnectError::Engine { error: cause, .. } = error else {
        return found(Finding::problem(Group::Engine, "found", error.diagnostic()));
    };
    let EngineError::Unreachable { address, reason } = cause else {
        return found(Finding::problem(Group::Engine, "found", error.diagnostic()));
    };
    let socket = address.strip_prefix("unix://").map(Path::new);
    match (reason, socket) {
        (Unreachable::Permission, Some(socket)) => vec![
            Finding::ok(
                Group::Engine,
                "found",
                format!("there is a socket at {address}"),
            ),
            refused(error, socket, &home.machine),
        ],
        (Unreachable::NoSocket | Unreachable::Refused, Some(socket)) => {
            found(stopped(error, socket, home))
        }
        (Unreachable::NoSocket | Unreachable::Refused, None) => {
            let problem = error.diagnostic().note(
                "it is on another machine, or meant to listen there: nothing can be started from here",
            );
            let finding = Finding::problem(
                Group::Engine,
                "found",
                problem
                    .fix("start it there, or unset DOCKER_HOST to use the engine of this machine"),
            );
            found(with_start(finding, home))
        }
        _ => {
            let problem = error.diagnostic();
            let fix = if home.machine.has_systemd() {
                let restart = home.machine.as_root("systemctl restart docker");
                format!("{restart}   (and look into its log: journalctl -u docker -n 50)")
            } else {
                "restart the engine, and look into its log".to_owned()
            };
            let problem = match problem.fix {
                None if socket.is_some() => problem.fix(fix),
                _ => problem,
            };
            found(Finding::problem(Group::Engine, "found", problem))
        }
    }
}

fn permission_unknown() -> Finding {
    Finding::skipped(Group::Engine, "permitted", NO_ENGINE)
}

/// Why most checks are skipped then.
pub(super) const NO_ENGINE: &str = "no engine answers";

/// Nothing listens on a socket of this machine.
fn stopped(error: &ConnectError, socket: &Path, home: &EngineHome) -> Finding {
    let machine = &home.machine;
    let problem = error.diagnostic();
    if home.start.is_some() {
        return with_start(Finding::problem(Group::Engine, "found", problem), home);
    }
    let own = home.runtime_dir.as_ref();
    if own.is_some_and(|folder| socket.starts_with(folder)) {
        let command = "systemctl --user start docker";
        let finding = Finding::problem(Group::Engine, "found", problem.fix(command));
        return finding.mend(Mend::StartEngine {
            command: command.split(' ').map(str::to_owned).collect(),
            as_root: false,
        });
    }
    if !SOCKETS
        .iter()
        .any(|usual| socket == machine.path(usual) || socket == Path::new(usual))
    {
        let problem = problem.note("it is no usual place, so what serves it is not known");
        return Finding::problem(
            Group::Engine,
            "found",
            problem.fix(
                "start the engine that serves this socket, or unset DOCKER_HOST to use the usual one",
            ),
        );
    }
    if machine.has_program("dockerd") {
        let command = distribution::start(machine);
        let typed = words(&command);
        let fix = if typed == "dockerd" {
            let detached = "sh -c 'setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &'";
            machine.as_root(detached)
        } else {
            machine.as_root(&typed)
        };
        let problem = problem.note("it is installed, but does not run");
        return Finding::problem(Group::Engine, "found", problem.fix(fix)).mend(
            Mend::StartEngine {
                command,
                as_root: true,
            },
        );
    }
    if cfg!(target_os = "macos") {
        return Finding::problem(Group::Engine, "found", problem.fix("open -a Docker"));
    }
    let problem = Diagnostic::error("no container engine is installed on this machine")
        .note(format!("nothing listens at {}", socket.display()));
    match distribution::install(machine) {
        Some(commands) => {
            let typed: Vec<String> = commands
                .iter()
                .map(|command| machine.as_root(&words(command)))
                .collect();
            Finding::problem(Group::Engine, "found", problem.fix(typed.join(" && ")))
                .mend(Mend::InstallEngine { commands })
        }
        None => Finding::problem(
            Group::Engine,
            "found",
            problem.fix("install Docker Engine (https://docs.docker.com/engine/install/), or set DOCKER_HOST"),
        ),
    }
}

/// The command that the user has named starts it, wherever it is.
fn with_start(finding: Finding, home: &EngineHome) -> Finding {
    let Some(start) = &home.start else {
        return finding;
    };
    let Some(problem) = finding.diagnostic().cloned() else {
        return finding;
    };
    match shell_words::split(start) {
        Ok(command) if !command.is_empty() => {
            Finding::problem(Group::Engine, "found", problem.fix(start)).mend(Mend::StartEngine {
                command,
                as_root: false,
            })
        }
        _ => Finding::problem(
            Group::Engine,
            "found",
            problem
                .note("DEVSTACK_ENGINE_START is no command: its quotes do not match")
                .fix("correct DEVSTACK_ENGINE_START"),
        ),
    }
}

/// A socket that this user may not use.
fn refused(error: &ConnectError, socket: &Path, machine: &Machine) -> Finding {
    let user = machine.user();
    let problem = match &user {
        Some(user) => Diagnostic::error(format!(
            "user `{user}` may not use the engine's socket {}",
            socket.display()
        )),
        None => error.diagnostic(),
    };
    let finding = |problem| Finding::problem(Group::Engine, "permitted", problem);
    match (machine.guard(socket), user) {
        (Guard::Group { name, listed: true }, _) => finding(
            problem
                .note(format!(
                    "this user is in the group `{name}`, but this session is older than that"
                ))
                .fix(format!("newgrp {name}   (or log in again)")),
        ),
        (Guard::Group { name, .. }, Some(user)) => finding(
            problem
                .note(format!(
                    "the group `{name}` may; its members are as good as root"
                ))
                .fix(format!(
                    "sudo usermod -aG {name} {user}   (then log in again, or: newgrp {name})"
                )),
        )
        .mend(Mend::JoinGroup { group: name, user }),
        (Guard::Folder, _) => finding(
            problem
                .note("a folder above it is closed to this user")
                .fix(format!(
                    "namei -l {}   (shows which one)",
                    shell_words::quote(&socket.display().to_string())
                )),
        ),
        (Guard::Group { .. } | Guard::Owner, _) => finding(
            problem
                .note("only its owner may: no group is given its use")
                .fix("run devstack with sudo"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::doctor::FindingState;

    fn home(folder: &Path) -> EngineHome {
        fs::create_dir_all(folder.join("etc")).expect("a folder");
        fs::write(folder.join("etc/os-release"), "ID=debian\n").expect("a file");
        EngineHome {
            machine: Machine {
                root: folder.to_owned(),
                search_path: None,
                uid: 1000,
                groups: BTreeSet::new(),
            },
            runtime_dir: None,
            start: None,
        }
    }

    fn error(address: &str, reason: Unreachable) -> ConnectError {
        ConnectError::Engine {
            error: EngineError::Unreachable {
                address: address.to_owned(),
                reason,
            },
            address: address.to_owned(),
        }
    }

    fn found(error: &ConnectError, home: &EngineHome) -> Finding {
        engine_absent(error, home).swap_remove(0)
    }

    #[test]
    fn tells_a_stopped_engine_from_one_that_is_not_installed() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = home(folder.path());
        let gone = error("unix:///var/run/docker.sock", Unreachable::NoSocket);
        let missing = found(&gone, &home);
        assert_eq!(
            missing.summary(),
            "no container engine is installed on this machine"
        );
        assert!(matches!(missing.mend, Some(Mend::InstallEngine { .. })));
        let program = folder.path().join("usr/sbin/dockerd");
        fs::create_dir_all(program.parent().expect("a folder")).expect("a folder");
        fs::write(&program, "").expect("a file");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("allowed");
        fs::create_dir_all(folder.path().join("run/systemd/system")).expect("a folder");
        let stopped = found(&gone, &home);
        assert!(matches!(
            stopped.mend,
            Some(Mend::StartEngine { as_root: true, .. })
        ));
        let told = stopped.into_diagnostic().expect("a problem");
        assert_eq!(told.fix.as_deref(), Some("sudo systemctl start docker"));
    }

    #[test]
    fn starts_nothing_that_it_does_not_know() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut home = home(folder.path());
        for address in ["unix:///tmp/mine.sock", "tcp://10.0.0.2:2375"] {
            let finding = found(&error(address, Unreachable::Refused), &home);
            assert_eq!(
                (finding.state(), &finding.mend),
                (FindingState::Error, &None),
                "{address}"
            );
        }
        home.start = Some("colima start --cpu 2".to_owned());
        for address in ["unix:///tmp/mine.sock", "tcp://10.0.0.2:2375"] {
            let finding = found(&error(address, Unreachable::Refused), &home);
            let Some(Mend::StartEngine { command, as_root }) = finding.mend else {
                panic!("{address}");
            };
            assert_eq!((command.len(), as_root), (4, false));
        }
        home.start = Some("oh'".to_owned());
        let finding = found(&error("unix:///tmp/mine.sock", Unreachable::Refused), &home);
        assert_eq!(finding.mend, None);
    }

    #[test]
    fn the_users_own_engine_is_started_as_the_user() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut home = home(folder.path());
        home.runtime_dir = Some("/run/user/1000".into());
        let finding = found(
            &error("unix:///run/user/1000/docker.sock", Unreachable::Refused),
            &home,
        );
        assert!(matches!(
            finding.mend,
            Some(Mend::StartEngine { as_root: false, .. })
        ));
    }
}
