//! What was asked of the engine, in order.

use std::fmt;
use std::time::Duration;

/// One call of the [`Engine`](crate::engine::Engine) trait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which method.
    pub kind: CallKind,
    /// What it was about: a name, a reference, a command; empty for listings.
    pub subject: String,
    /// When it began, since the engine was made.
    pub began: Duration,
    /// When it was over or given up; `None` while it runs.
    pub ended: Option<Duration>,
}

/// `kind subject`, as tests compare it.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.subject)
    }
}

/// A method of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named after the method it stands for")]
pub enum CallKind {
    Info,
    Image,
    Images,
    AskRegistry,
    Pull,
    TagImage,
    RemoveImage,
    Build,
    Containers,
    Container,
    CreateContainer,
    StartContainer,
    StopContainer,
    KillContainer,
    RemoveContainer,
    RenameContainer,
    WaitContainer,
    Upload,
    Download,
    Logs,
    Exec,
    ExecExitCode,
    ResizeExec,
    Attach,
    ResizeContainer,
    Networks,
    Network,
    CreateNetwork,
    RemoveNetwork,
    ConnectNetwork,
    Volumes,
    Volume,
    CreateVolume,
    RemoveVolume,
    Events,
}

impl CallKind {
    /// The method's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Image => "image",
            Self::Images => "images",
            Self::AskRegistry => "ask_registry",
            Self::Pull => "pull",
            Self::TagImage => "tag_image",
            Self::RemoveImage => "remove_image",
            Self::Build => "build",
            Self::Containers => "containers",
            Self::Container => "container",
            Self::CreateContainer => "create_container",
            Self::StartContainer => "start_container",
            Self::StopContainer => "stop_container",
            Self::KillContainer => "kill_container",
            Self::RemoveContainer => "remove_container",
            Self::RenameContainer => "rename_container",
            Self::WaitContainer => "wait_container",
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Logs => "logs",
            Self::Exec => "exec",
            Self::ExecExitCode => "exec_exit_code",
            Self::ResizeExec => "resize_exec",
            Self::Attach => "attach",
            Self::ResizeContainer => "resize_container",
            Self::Networks => "networks",
            Self::Network => "network",
            Self::CreateNetwork => "create_network",
            Self::RemoveNetwork => "remove_network",
            Self::ConnectNetwork => "connect_network",
            Self::Volumes => "volumes",
            Self::Volume => "volume",
            Self::CreateVolume => "create_volume",
            Self::RemoveVolume => "remove_volume",
            Self::Events => "events",
        }
    }

    /// Whether it changes something.
    pub fn changes(self) -> bool {
        !matches!(
            self,
            Self::Info
                | Self::Image
                | Self::Containers
                | Self::Container
                | Self::WaitContainer
                | Self::Download
                | Self::Logs
                | Self::ExecExitCode
                | Self::Attach
                | Self::Networks
                | Self::Network
                | Self::Volumes
                | Self::Volume
                | Self::Events
        )
    }
}

impl fmt::Display for CallKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The greatest number of these calls that ran at one time. A call that ends at the moment another begins does not
/// overlap it.
pub(super) fn peak<'a>(calls: impl Iterator<Item = &'a Call>) -> usize {
    let mut edges: Vec<(Duration, i32)> = Vec::new();
    for call in calls {
        edges.push((call.began, 1));
        if let Some(ended) = call.ended {
            edges.push((ended.max(call.began), -1));
        }
    }
    edges.sort_unstable();
    let (mut running, mut peak) = (0_i32, 0_i32);
    for (_, edge) in edges {
        running += edge;
        peak = peak.max(running);
    }
    usize::try_from(peak).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(began: u64, ended: u64) -> Call {
        Call {
            kind: CallKind::Pull,
            subject: String::new(),
            began: Duration::from_secs(began),
            ended: Some(Duration::from_secs(ended)),
        }
    }

    #[test]
    fn the_peak_counts_overlaps_only() {
        let calls = [call(0, 2), call(1, 3), call(2, 4), call(9, 10)];
        assert_eq!(peak(calls.iter()), 2);
    }
}
