//! Brings files into a container, and takes out what is gone.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use super::Copying;
use super::archive::{Content, archive};
use super::command::run_in;
use super::home::{Home, find};
use crate::diagnostic::Diagnostic;
use crate::engine::{ContainerState, ContainerSummary, Engine, EngineError, ExecSpec};

/// So many bytes of paths go to one command: the least that systems allow is twice as much.
const PATHS: usize = 64 * 1024;

/// What was done.
#[derive(Debug, Default)]
pub struct Copied {
    /// The files that could not be read.
    pub unread: HashSet<PathBuf>,
    /// The paths that were removed from the container.
    pub removed: Vec<String>,
    /// What did not work.
    pub problems: Vec<Diagnostic>,
}

/// Why files could not be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The engine's reason.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The archive could not be made.
    #[error("the files could not be sent: {0}")]
    Archive(#[from] std::io::Error),
}

/// Removes and puts files, in this order. A container need not run to be given files.
pub async fn copy(
    engine: &dyn Engine,
    container: &ContainerSummary,
    service: &str,
    copying: &Copying,
) -> Result<Copied, CopyError> {
    let mut copied = Copied::default();
    if !copying.remove.is_empty() {
        remove(engine, container, service, copying, &mut copied).await?;
    }
    // Folders of the manifest that are not there yet go to the same one above them.
    let mut homes: BTreeMap<Home, Vec<_>> = BTreeMap::new();
    for (folder, names) in &copying.put {
        let home = find(engine, &container.id, folder).await?;
        let missing = home.missing.clone();
        let files = names
            .iter()
            .map(|(name, (path, kind))| (format!("{missing}{name}"), path.clone(), *kind));
        homes.entry(home).or_default().extend(files);
    }
    for (home, files) in homes {
        let (pieces, written) = archive(Content {
            files,
            owner: home.owner,
        });
        let sent = engine
            .upload_stream(&container.id, &home.folder, pieces)
            .await;
        let written = written.await.map_err(std::io::Error::other)?;
        // The engine's reason says more than that it hung up.
        sent?;
        for (path, error) in written? {
            copied.problems.push(Diagnostic::warning(format!(
                "`{}` was not copied: {error}",
                path.display()
            )));
            copied.unread.insert(path);
        }
    }
    Ok(copied)
}

/// The engine's API cannot remove files, so a command in the container does.
async fn remove(
    engine: &dyn Engine,
    container: &ContainerSummary,
    service: &str,
    copying: &Copying,
    copied: &mut Copied,
) -> Result<(), EngineError> {
    let still_there = |why: String| {
        Diagnostic::warning(format!(
            "what is gone here is still in the container of `{service}`: {why}"
        ))
    };
    if container.state != ContainerState::Running {
        copied
            .problems
            .push(still_there("it does not run".to_owned()).fix(format!("devstack up {service}")));
        return Ok(());
    }
    // What goes with its folder need not be named.
    let mut paths: Vec<&str> = Vec::new();
    for path in &copying.remove {
        let inside = |folder: &&str| {
            path.strip_prefix(*folder)
                .is_some_and(|p| p.starts_with('/'))
        };
        if !paths.iter().rev().any(inside) {
            paths.push(path);
        }
    }
    let mut rest = paths.as_slice();
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take_while(|path| {
            bytes += path.len() + 1;
            bytes <= PATHS
        });
        let (now, later) = rest.split_at(fits.count().max(1));
        rest = later;
        let command = ["rm", "-rf", "--"].iter().chain(now);
        let spec = ExecSpec {
            command: command.map(|&word| word.to_owned()).collect(),
            user: Some("0".to_owned()),
            ..ExecSpec::default()
        };
        let ended = run_in(engine, &container.id, &spec).await?;
        if ended.is_absent() {
            copied.problems.push(
                still_there("it has no `rm`".to_owned())
                    .fix("use `action: rebuild` for folders from which files go"),
            );
            return Ok(());
        }
        if ended.failed() {
            let problem = still_there("`rm` failed".to_owned());
            copied.problems.push(problem.evidence("rm", ended.lines));
            return Ok(());
        }
        copied
            .removed
            .extend(now.iter().map(|&path| path.to_owned()));
    }
    Ok(())
}
