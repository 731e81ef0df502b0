//! What devstack can put right by itself, as data: what would be done. Doing it is the command line's business.

use std::path::PathBuf;

use serde::Serialize;

/// A safe automatic fix. None of them is done without a word of the user's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Mend {
    /// Start the engine of this machine.
    StartEngine,
    /// Install the distribution's own engine.
    InstallEngine,
    /// Let this user use the engine's socket.
    JoinGroup {
        /// The group that may.
        group: String,
    },
    /// Remove what devstack left behind and nothing uses.
    Prune,
    /// Make the missing env file from its example.
    CopyEnvFile {
        /// The example.
        from: PathBuf,
        /// What is missing.
        to: PathBuf,
    },
}

impl Mend {
    /// What is asked before it is done.
    pub fn question(&self) -> String {
        match self {
            Self::StartEngine => "start the engine?".to_owned(),
            Self::InstallEngine => "install the distribution's container engine?".to_owned(),
            Self::JoinGroup { group } => format!("add you to the group `{group}`?"),
            Self::Prune => "remove what nothing uses?".to_owned(),
            Self::CopyEnvFile { from, to } => {
                format!("make {} from {}?", to.display(), from.display())
            }
        }
    }
}
