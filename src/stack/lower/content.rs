//! Secrets and configs, as files in a container.

use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::Context;
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::file::near_sibling;
use crate::manifest::node::Node;
use crate::stack::{ContentFile, FileContent};

/// Lowers both; a reference to what is not declared is reported.
pub(super) fn lower(
    node: &Node,
    context: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<ContentFile> {
    let mut files = Vec::new();
    for (section, one, folder) in [
        ("secrets", "secret", "/run/secrets/"),
        ("configs", "config", "/"),
    ] {
        let declared = context.root.get(section);
        for item in node.get(section).map(Node::items).unwrap_or_default() {
            let Some(source) = item.str("source") else {
                continue;
            };
            if let Some(definition) = declared.and_then(|declared| declared.get(source)) {
                files.extend(file(
                    item, source, definition, one, folder, context, problems,
                ));
            } else {
                let problem = item.error(format!("there is no {one} `{source}`"), "");
                let names = declared
                    .into_iter()
                    .flat_map(Node::entries)
                    .map(|(name, _)| name);
                problems.push(match nearest(source, names) {
                    Some(right) => problem.fix(format!("did you mean `{right}`?")),
                    None => problem.fix(format!(
                        "declare it under `{section}:` as `{source}: {{ file: … }}`"
                    )),
                });
            }
        }
    }
    files
}

fn file(
    item: &Node,
    source: &str,
    definition: &Node,
    one: &str,
    folder: &str,
    context: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<ContentFile> {
    let content = content(item, source, definition, one, context, problems)?;
    let digest = match &content {
        FileContent::HostFile(path) => path.display().to_string(),
        FileContent::Bytes(bytes) => hex(&Sha256::digest(bytes)),
    };
    let target = match item.str("target") {
        Some(target) if target.starts_with('/') => target.to_owned(),
        Some(target) => format!("{folder}{target}"),
        None => format!("{folder}{source}"),
    };
    Some(ContentFile {
        target,
        content,
        digest,
        uid: item.string("uid"),
        gid: item.string("gid"),
        mode: item
            .str("mode")
            .and_then(|mode| u32::from_str_radix(mode, 8).ok()),
        span: item.span.clone(),
    })
}

fn content(
    item: &Node,
    source: &str,
    definition: &Node,
    one: &str,
    context: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<FileContent> {
    if let Some(text) = definition.str("content") {
        return Some(FileContent::Bytes(text.as_bytes().to_vec()));
    }
    if let Some(file) = definition.get("file") {
        let path = PathBuf::from(file.as_str()?);
        if !path.exists() {
            let problem = file
                .warning(format!("the file of {one} `{source}` does not exist"), "")
                .related(&item.span, "used here");
            problems.push(match near_sibling(&path) {
                Some(near) => problem.fix(format!("did you mean `{near}`?")),
                None => problem.fix("create it"),
            });
        }
        return Some(FileContent::HostFile(path));
    }
    if let Some(variable) = definition.get("environment") {
        let name = variable.as_str()?;
        let value = (context.variable)(name);
        if value.is_none() {
            problems.push(
                variable
                    .warning(
                        format!("`{name}`, which holds {one} `{source}`, is not set"),
                        "",
                    )
                    .fix(format!("set `{name}` in the environment or in .env")),
            );
        }
        return Some(FileContent::Bytes(value.unwrap_or_default().into_bytes()));
    }
    if definition.bool("external") == Some(true) {
        problems.push(
            item.warning(
                format!("{one} `{source}` is external, and only a swarm keeps those"),
                "it will be missing",
            )
            .fix(format!(
                "give `{source}` a `file`, or an `environment` variable"
            )),
        );
    }
    None
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
