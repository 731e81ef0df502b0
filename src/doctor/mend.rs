//! What devstack can put right by itself, as data: what would be done. Doing it is the command line's business.

use std::path::{Path, PathBuf};

use serde::Serialize;

/// A safe automatic fix. None of them is done without a word of the user's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Mend {
    /// Start the engine of this machine.
    StartEngine {
        /// The command, as words. It may end when the engine has started, or be the engine.
        command: Vec<String>,
        /// Whether it needs root.
        as_root: bool,
    },
    /// Install the distribution's own engine.
    InstallEngine {
        /// The commands, each as words; they need root.
        commands: Vec<Vec<String>>,
    },
    /// Let a user use the engine's socket.
    JoinGroup {
        /// The group that may.
        group: String,
        /// The user.
        user: String,
    },
    /// Remove what devstack left behind of a project and nothing uses.
    Prune {
        /// The project.
        project: String,
    },
    /// Make the missing env file from its example.
    CopyEnvFile {
        /// The example.
        from: PathBuf,
        /// What is missing.
        to: PathBuf,
    },
}

impl Mend {
    /// What would be done, after "can" or "shall I".
    pub fn title(&self) -> String {
        match self {
            Self::StartEngine { command, .. } => format!("start the engine ({})", words(command)),
            Self::InstallEngine { commands } => {
                let commands: Vec<String> = commands.iter().map(|command| words(command)).collect();
                format!("install a container engine ({})", commands.join(" && "))
            }
            Self::JoinGroup { group, user } => {
                format!("add {user} to the group `{group}`, whose members are as good as root")
            }
            Self::Prune { project } => {
                format!("remove what runs of `{project}` left behind and nothing uses")
            }
            Self::CopyEnvFile { from, to } => {
                let name = |path: &Path| path.file_name().unwrap_or_default().display().to_string();
                format!("make {} from {}", name(to), name(from))
            }
        }
    }
}

/// A command as it is typed.
pub(super) fn words(command: &[String]) -> String {
    shell_words::join(command)
}
