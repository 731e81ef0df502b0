//! One run at a time for a project, and none beside one that removes what all projects share.
//!
//! The lock is a file that the operating system lets go when its holder ends, however that happens. It is the only
//! thing that devstack keeps outside the engine, and it holds no state.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::Diagnostic;
use crate::event::{EventKind, EventSink};

/// How often a waiting run looks again.
const POLL: Duration = Duration::from_millis(50);

/// The lock of a project on an engine, held until it is dropped.
#[derive(Debug)]
pub struct ProjectLock {
    _files: [File; 2],
}

/// What a run may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What is the project's own. It may stand on what projects share.
    Project,
    /// What projects share as well: seeded states that any other run may be about to stand on.
    Shared,
}

/// A project's run.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    /// The address of the engine.
    pub engine: &'a str,
    /// The project.
    pub project: &'a str,
    /// What the run is called for whoever has to wait for it.
    pub command: &'a str,
    /// What it may touch.
    pub scope: Scope,
}

/// Why the lock could not be had.
#[derive(Debug, Error)]
pub enum LockError {
    /// The file cannot be made or locked.
    #[error("cannot lock the project with {}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Waiting for it was interrupted.
    #[error("interrupted while waiting for {holder}")]
    Interrupted {
        /// Who holds it.
        holder: String,
    },
}

impl LockError {
    /// This error as the reader is told of it.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.to_string());
        match self {
            Self::File { path, .. } => diagnostic.fix(format!(
                "make {} writable, or set XDG_RUNTIME_DIR to a folder of your own",
                path.parent().unwrap_or(path).display()
            )),
            Self::Interrupted { .. } => diagnostic,
        }
    }
}

impl ProjectLock {
    /// Takes the lock. While another run has it, an event says who, and this waits.
    pub async fn acquire(
        folder: &Path,
        wanted: Holder<'_>,
        sink: &EventSink,
        cancel: &CancellationToken,
    ) -> Result<Self, LockError> {
        let waiting = Waiting {
            folder,
            sink,
            cancel,
        };
        let name = file_name(wanted.engine, wanted.project);
        let mut own = waiting.lock(&name, File::try_lock, holder).await?;
        let text = format!("devstack {} (pid {})", wanted.command, std::process::id());
        own.set_len(0)
            .and_then(|()| own.rewind())
            .and_then(|()| own.write_all(text.as_bytes()))
            .map_err(|source| LockError::File {
                path: folder.join(&name),
                source,
            })?;
        // No project has a name with a dot.
        let name = file_name(wanted.engine, ".engine");
        let how = match wanted.scope {
            Scope::Project => File::try_lock_shared,
            Scope::Shared => File::try_lock,
        };
        let others = |_: &mut File| "a run of another project".to_owned();
        let shared = waiting.lock(&name, how, others).await?;
        Ok(Self {
            _files: [own, shared],
        })
    }
}

/// Whoever waits for locks.
struct Waiting<'a> {
    folder: &'a Path,
    sink: &'a EventSink,
    cancel: &'a CancellationToken,
}

impl Waiting<'_> {
    /// Locks a file, once nobody has it any more; `holder` tells who has.
    async fn lock(
        &self,
        name: &str,
        how: fn(&File) -> Result<(), TryLockError>,
        holder: fn(&mut File) -> String,
    ) -> Result<File, LockError> {
        let path = self.folder.join(name);
        let failed = |source| LockError::File {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(self.folder).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        let mut told = None;
        loop {
            match how(&file) {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
                Err(TryLockError::WouldBlock) => {
                    let holder = holder(&mut file);
                    if told.as_ref() != Some(&holder) {
                        self.sink.send(EventKind::LockWaiting {
                            holder: holder.clone(),
                        });
                        told = Some(holder.clone());
                    }
                    tokio::select! {
                        () = tokio::time::sleep(POLL) => {}
                        () = self.cancel.cancelled() => return Err(LockError::Interrupted { holder }),
                    }
                }
            }
        }
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    if read.is_ok() && !text.is_empty() {
        text
    } else {
        "another run".to_owned()
    }
}

/// The engine's address is part of the name: the same project on another engine is another project.
fn file_name(engine: &str, project: &str) -> String {
    let digest = Sha256::digest(engine.as_bytes());
    format!("{project}-{}.lock", hex::encode(&digest[..6]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(engine: &'a str, project: &'a str, command: &'a str) -> Holder<'a> {
        Holder {
            engine,
            project,
            command,
            scope: Scope::Project,
        }
    }

    #[tokio::test]
    async fn whoever_removes_what_is_shared_waits_for_all_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let (sink, mut events) = EventSink::new();
        let cancel = CancellationToken::new();
        let shop =
            ProjectLock::acquire(folder.path(), of("unix://a", "shop", "up"), &sink, &cancel)
                .await
                .expect("free");
        let prune = Holder {
            scope: Scope::Shared,
            ..of("unix://a", "blog", "prune")
        };
        let prune = ProjectLock::acquire(folder.path(), prune, &sink, &cancel);
        tokio::pin!(prune);
        tokio::select! {
            _ = &mut prune => panic!("it does not wait"),
            event = events.recv() => match event.expect("an event").kind {
                EventKind::LockWaiting { holder } => assert_eq!(holder, "a run of another project"),
                other => panic!("unexpected {other:?}"),
            },
        }
        drop(shop);
        let alone = prune.await.expect("free");
        let other = of("unix://a", "shop", "up");
        let other = ProjectLock::acquire(folder.path(), other, &sink, &cancel);
        tokio::pin!(other);
        tokio::select! {
            _ = &mut other => panic!("it does not wait"),
            _ = events.recv() => {},
        }
        drop(alone);
        other.await.expect("free again");
    }

    #[tokio::test]
    async fn a_second_run_says_who_holds_the_lock_and_waits() {
        let folder = tempfile::tempdir().expect("a folder");
        let (sink, mut events) = EventSink::new();
        let cancel = CancellationToken::new();
        let first =
            ProjectLock::acquire(folder.path(), of("unix://a", "shop", "up"), &sink, &cancel)
                .await
                .expect("free");
        let second = ProjectLock::acquire(
            folder.path(),
            of("unix://a", "shop", "down"),
            &sink,
            &cancel,
        );
        tokio::pin!(second);
        tokio::select! {
            _ = &mut second => panic!("two runs hold the lock"),
            event = events.recv() => match event.expect("an event").kind {
                EventKind::LockWaiting { holder } => assert!(holder.starts_with("devstack up (pid "), "{holder}"),
                other => panic!("unexpected {other:?}"),
            },
        }
        drop(first);
        second.await.expect("free again");
    }

    #[tokio::test]
    async fn projects_and_engines_do_not_wait_for_each_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let (sink, _events) = EventSink::new();
        let cancel = CancellationToken::new();
        let _shop =
            ProjectLock::acquire(folder.path(), of("unix://a", "shop", "up"), &sink, &cancel)
                .await
                .expect("free");
        let _blog =
            ProjectLock::acquire(folder.path(), of("unix://a", "blog", "up"), &sink, &cancel)
                .await
                .expect("free");
        let _far = ProjectLock::acquire(folder.path(), of("tcp://b", "shop", "up"), &sink, &cancel)
            .await
            .expect("free");
    }

    #[tokio::test]
    async fn waiting_can_be_interrupted() {
        let folder = tempfile::tempdir().expect("a folder");
        let (sink, _events) = EventSink::new();
        let cancel = CancellationToken::new();
        let _held =
            ProjectLock::acquire(folder.path(), of("unix://a", "shop", "up"), &sink, &cancel)
                .await
                .expect("free");
        cancel.cancel();
        let second =
            ProjectLock::acquire(folder.path(), of("unix://a", "shop", "up"), &sink, &cancel).await;
        assert!(matches!(second, Err(LockError::Interrupted { .. })));
    }
}
