//! `build`.

use std::path::PathBuf;

use indexmap::IndexMap;

use super::Context;
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::LoadOptions;
use crate::manifest::file::shown;
use crate::manifest::node::Node;
use crate::stack::{Build, BuildContext, BuildFile};

/// Lowers the section, if there is one.
pub(super) fn lower(
    service: &Node,
    context: &Context<'_>,
    options: &LoadOptions,
    problems: &mut Vec<Diagnostic>,
) -> Option<Build> {
    let node = service.get("build")?;
    let folder = node.str("context").unwrap_or_default();
    let dockerfile = match node.string("dockerfile_inline") {
        Some(text) => {
            if let Some(both) = node.get("dockerfile") {
                problems.push(
                    both.error(
                        "`dockerfile` and `dockerfile_inline` exclude each other",
                        "",
                    )
                    .fix("keep one of the two"),
                );
            }
            BuildFile::Inline(text)
        }
        None => BuildFile::Path(PathBuf::from(
            node.str("dockerfile").unwrap_or("Dockerfile"),
        )),
    };
    let place = if folder.starts_with('/') {
        let path = PathBuf::from(folder);
        if !path.is_dir() {
            let at = node.get("context").unwrap_or(node);
            let name = shown(&path, &options.directory);
            problems.push(
                at.warning(format!("the build context `{name}` is not a folder"), "")
                    .fix("create it, or correct the path"),
            );
        }
        BuildContext::Folder(path)
    } else {
        BuildContext::Remote(folder.to_owned())
    };
    Some(Build {
        context: place,
        dockerfile,
        args: node.optional_pairs("args"),
        target: node.string("target"),
        tags: node.texts("tags"),
        labels: node.pairs("labels"),
        cache_from: node.texts("cache_from"),
        network: node.string("network"),
        extra_hosts: hosts(node),
        shm_size: node.size("shm_size"),
        platform: platform(service, node, problems),
        pull: node.bool("pull").unwrap_or(false),
        no_cache: node.bool("no_cache").unwrap_or(false),
        additional_contexts: further_contexts(node, context),
        secrets: secrets(node, context, problems),
        ssh: node
            .optional_pairs("ssh")
            .into_iter()
            .map(|(id, path)| path.map_or(id.clone(), |path| format!("{id}={path}")))
            .collect(),
        span: node.span.clone(),
    })
}

/// Further contexts; one that is another service becomes that service's image.
fn further_contexts(node: &Node, context: &Context<'_>) -> IndexMap<String, String> {
    let mut contexts = node.pairs("additional_contexts");
    for value in contexts.values_mut() {
        let Some(name) = value.strip_prefix("service:") else {
            continue;
        };
        // One that there is not is a rule's to report.
        if let Some(service) = context.service(name) {
            let image = service.string("image").filter(|image| !image.is_empty());
            let image = image.unwrap_or_else(|| format!("{}-{name}", context.project));
            *value = format!("docker-image://{image}");
        }
    }
    contexts
}

/// `name=address` as the engine wants it, `name:address`.
pub(super) fn hosts(node: &Node) -> Vec<String> {
    node.texts("extra_hosts")
        .into_iter()
        .map(|host| host.replacen('=', ":", 1))
        .collect()
}

fn platform(service: &Node, node: &Node, problems: &mut Vec<Diagnostic>) -> Option<String> {
    let platforms = node.texts("platforms");
    let Some(wanted) = service.string("platform") else {
        return platforms.into_iter().next();
    };
    if !platforms.is_empty() && !platforms.contains(&wanted) {
        let at = service.get("platform").unwrap_or(service);
        problems.push(
            at.error(
                format!("`platforms` of the build lacks `{wanted}`, which the service runs on"),
                "",
            )
            .related(&node.span, "the build"),
        );
    }
    Some(wanted)
}

fn secrets(
    node: &Node,
    context: &Context<'_>,
    problems: &mut Vec<Diagnostic>,
) -> IndexMap<String, PathBuf> {
    let declared = context.root.get("secrets");
    let mut files = IndexMap::new();
    for item in node.get("secrets").map(Node::items).unwrap_or_default() {
        let Some(source) = item.str("source") else {
            continue;
        };
        let Some(secret) = declared.and_then(|declared| declared.get(source)) else {
            let problem = item.error(format!("there is no secret `{source}`"), "");
            let names = declared
                .into_iter()
                .flat_map(Node::entries)
                .map(|(name, _)| name);
            problems.push(match nearest(source, names) {
                Some(right) => problem.fix(format!("did you mean `{right}`?")),
                None => problem.fix(format!("declare it under `secrets:` as `{source}: …`")),
            });
            continue;
        };
        if let Some(file) = secret.str("file") {
            let id = item.str("target").unwrap_or(source);
            let id = id.rsplit('/').next().unwrap_or(id);
            files.insert(id.to_owned(), PathBuf::from(file));
        }
    }
    files
}
