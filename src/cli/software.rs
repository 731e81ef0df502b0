//! What runs in a container, as the engine tells: which software of the catalogue, with which environment.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use indexmap::IndexMap;

use crate::catalog::{Facts, Family, identify};
use crate::engine::{ContainerDetail, EngineHandle, ExecSpec, OutputStream};
use crate::plan::Labels;
use crate::stack::Stack;

/// Parts of names of variables that are of use for a login.
const LOGIN: &[&str] = &["PASS", "USER", "DB", "DATABASE", "VHOST", "KEY"];
/// A file with a secret is not longer than this.
const LONGEST: usize = 4096;

/// The software of a container.
pub(super) struct Software {
    /// What the catalogue knows of it.
    pub(super) family: Option<&'static dyn Family>,
    image: String,
    environment: IndexMap<String, Option<String>>,
    command: Vec<String>,
}

impl Software {
    /// That of a container.
    pub(super) fn of(detail: &ContainerDetail) -> Self {
        let environment: IndexMap<String, Option<String>> = detail
            .environment
            .iter()
            .filter_map(|variable| variable.split_once('='))
            .map(|(name, value)| (name.to_owned(), Some(value.to_owned())))
            .collect();
        let name = detail.labels.get(Labels::FAMILY).map(String::as_str);
        Self {
            family: identify(name, &detail.image, &environment),
            image: detail.image.clone(),
            environment,
            command: detail.command.clone(),
        }
    }

    /// The family, if it runs as a server: people use a database's image for jobs as well (`command: psql …`).
    pub(super) fn server(&self) -> Option<&'static dyn Family> {
        let family = self.family?;
        let names = family.servers();
        let serves = self.command.first().is_none_or(|first| {
            let program = first.rsplit('/').next().unwrap_or_default();
            first.starts_with('-') || names.is_empty() || names.contains(&program)
        });
        serves.then_some(family)
    }

    /// What its family is told of it.
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            image: &self.image,
            environment: &self.environment,
            command: &self.command,
        }
    }

    /// Looks into the files of the container that variables such as `POSTGRES_PASSWORD_FILE` name, as the image itself
    /// does. A file that cannot be read leaves its variable unset.
    pub(super) async fn read_files(&mut self, engine: &EngineHandle, container: &str) {
        if self.family.is_none() {
            return;
        }
        let files: Vec<(String, String)> = self
            .environment
            .iter()
            .filter_map(|(name, path)| Some((name.strip_suffix("_FILE")?, path.as_deref()?)))
            .filter(|(name, path)| {
                path.starts_with('/') && LOGIN.iter().any(|part| name.contains(part))
            })
            .filter(|(name, _)| self.facts().variable(name).is_none())
            .map(|(name, path)| (name.to_owned(), path.to_owned()))
            .collect();
        let read = files.into_iter().map(async |(name, path)| {
            let content = content(engine, container, &path).await?;
            Some((name, Some(content)))
        });
        let read = join_all(read).await;
        self.environment.extend(read.into_iter().flatten());
    }
}

/// What is to be opened of a service: what the manifest says now, else what it said when the container was made.
pub(super) fn open_of<'a>(
    stack: Option<&'a Stack>,
    service: &str,
    labels: &'a BTreeMap<String, String>,
) -> Option<&'a str> {
    let described = stack.and_then(|stack| stack.services.get(service));
    match described {
        Some(service) => service.open.as_deref(),
        None => labels.get(Labels::OPEN).map(String::as_str),
    }
}

/// The text of a small file in a container, without the line breaks at its end.
async fn content(engine: &EngineHandle, container: &str, path: &str) -> Option<String> {
    let spec = ExecSpec {
        command: ["cat", "--", path].map(str::to_owned).to_vec(),
        ..ExecSpec::default()
    };
    let mut attached = engine.exec(container, &spec).await.ok()?;
    let mut bytes = Vec::new();
    while let Some(piece) = attached.output.next().await {
        let piece = piece.ok()?;
        if piece.stream == OutputStream::Stdout {
            bytes.extend_from_slice(&piece.bytes);
        }
        if bytes.len() > LONGEST {
            return None;
        }
    }
    if super::commands::exit_code(engine, &attached.id)
        .await
        .ok()?
        != super::ExitCode::DONE
    {
        return None;
    }
    let text = String::from_utf8(bytes).ok()?;
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}
