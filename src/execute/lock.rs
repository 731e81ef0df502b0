//! One run at a time for a project.
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
    _file: File,
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
    /// Takes the lock of `project` on the engine at `engine`. While another run has it, an event says who, and this
    /// waits. `command` is what this run is called for whoever has to wait for it.
    pub async fn acquire(
        folder: &Path,
        engine: &str,
        project: &str,
        command: &str,
        sink: &EventSink,
        cancel: &CancellationToken,
    ) -> Result<Self, LockError> {
        let path = folder.join(file_name(engine, project));
        let failed = |source| LockError::File {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        let mut told = None;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(source)) => return Err(failed(source)),
                Err(TryLockError::WouldBlock) => {
                    let holder = holder(&mut file);
                    if told.as_ref() != Some(&holder) {
                        sink.send(EventKind::LockWaiting {
                            holder: holder.clone(),
                        });
                        told = Some(holder.clone());
                    }
                    tokio::select! {
                        () = tokio::time::sleep(POLL) => {}
                        () = cancel.cancelled() => return Err(LockError::Interrupted { holder }),
                    }
                }
            }
        }
        let text = format!("devstack {command} (pid {})", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(failed)?;
        Ok(Self { _file: file })
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

    #[tokio::test]
    async fn a_second_run_says_who_holds_the_lock_and_waits() {
        let folder = tempfile::tempdir().expect("a folder");
        let (sink, mut events) = EventSink::new();
        let cancel = CancellationToken::new();
        let first = ProjectLock::acquire(folder.path(), "unix://a", "shop", "up", &sink, &cancel)
            .await
            .expect("free");
        let second =
            ProjectLock::acquire(folder.path(), "unix://a", "shop", "down", &sink, &cancel);
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
        let _shop = ProjectLock::acquire(folder.path(), "unix://a", "shop", "up", &sink, &cancel)
            .await
            .expect("free");
        let _blog = ProjectLock::acquire(folder.path(), "unix://a", "blog", "up", &sink, &cancel)
            .await
            .expect("free");
        let _far = ProjectLock::acquire(folder.path(), "tcp://b", "shop", "up", &sink, &cancel)
            .await
            .expect("free");
    }

    #[tokio::test]
    async fn waiting_can_be_interrupted() {
        let folder = tempfile::tempdir().expect("a folder");
        let (sink, _events) = EventSink::new();
        let cancel = CancellationToken::new();
        let _held = ProjectLock::acquire(folder.path(), "unix://a", "shop", "up", &sink, &cancel)
            .await
            .expect("free");
        cancel.cancel();
        let second =
            ProjectLock::acquire(folder.path(), "unix://a", "shop", "up", &sink, &cancel).await;
        assert!(matches!(second, Err(LockError::Interrupted { .. })));
    }
}
