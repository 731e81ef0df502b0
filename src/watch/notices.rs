//! What the operating system tells of changed files.

use std::path::{Path, PathBuf};

use notify::{
    Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::diagnostic::Diagnostic;

/// `EMFILE`: no further inotify instance, where that is what is asked for.
const TOO_MANY: i32 = 24;

/// What was told.
#[derive(Debug)]
pub(super) enum Notice {
    /// Something happened to these paths.
    Paths(Vec<PathBuf>),
    /// Something was lost: everything has to be looked at.
    Lost,
}

/// Why files cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// The user's watches are used up.
    #[error("no further folder can be watched: the limit `fs.inotify.max_user_watches` is reached")]
    Watches,
    /// The user's instances are used up.
    #[error("files cannot be watched: the limit `fs.inotify.max_user_instances` is reached")]
    Instances,
    /// Something else.
    #[error("`{}` cannot be watched: {error}", path.display())]
    Other {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: notify::Error,
    },
}

impl NoticeError {
    /// What people can do about it.
    pub fn diagnostic(&self) -> Diagnostic {
        let problem = Diagnostic::error(self.to_string());
        match self {
            Self::Watches => problem
                .note("every folder takes one; editors and containers draw on the same account")
                .note("folders that need not be followed, such as node_modules/, belong into `ignore` or .dockerignore")
                .fix("sudo sysctl -w fs.inotify.max_user_watches=524288"),
            Self::Instances => problem
                .note("every program that watches files takes one, in containers as well")
                .fix("sudo sysctl -w fs.inotify.max_user_instances=1024"),
            Self::Other { .. } => problem,
        }
    }

    fn new(error: notify::Error, path: &Path) -> Self {
        match &error.kind {
            ErrorKind::MaxFilesWatch => Self::Watches,
            ErrorKind::Io(why) if why.raw_os_error() == Some(TOO_MANY) => Self::Instances,
            _ => Self::Other {
                path: path.to_owned(),
                error,
            },
        }
    }
}

/// Tells of folders that it is asked to watch; not of what is in their folders, since much of that is ignored.
pub(super) struct Notices {
    watcher: RecommendedWatcher,
}

impl Notices {
    /// Begins; what happens comes through the receiver.
    pub(super) fn new() -> Result<(Self, UnboundedReceiver<Notice>), NoticeError> {
        let (told, notices) = unbounded_channel();
        let watcher = RecommendedWatcher::new(
            move |event| tell(event, &told),
            Config::default().with_follow_symlinks(false),
        )
        .map_err(|error| NoticeError::new(error, Path::new(".")))?;
        Ok((Self { watcher }, notices))
    }

    /// Watches a folder.
    pub(super) fn watch(&mut self, folder: &Path) -> Result<(), NoticeError> {
        match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => Ok(()),
            Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => Ok(()),
            Err(error) => match &error.kind {
                // Gone since it was listed, or not ours to look into.
                ErrorKind::Io(why)
                    if matches!(
                        why.kind(),
                        std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied
                    ) =>
                {
                    Ok(())
                }
                _ => Err(NoticeError::new(error, folder)),
            },
        }
    }
}

fn tell(event: notify::Result<Event>, told: &UnboundedSender<Notice>) {
    let notice = match event {
        Ok(event) if event.need_rescan() => Notice::Lost,
        // That somebody read a file changes nothing.
        Ok(event) if matches!(event.kind, EventKind::Access(_)) => return,
        Ok(event) => Notice::Paths(event.paths),
        Err(_) => Notice::Lost,
    };
    // Nobody listens any more when the session is over.
    let _ = told.send(notice);
}
