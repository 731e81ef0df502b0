//! One service as a whole.

use std::time::Duration;

use super::{
    Context, build, container, content, dependencies, mounts, networks, ports, readiness, seeds,
    watches,
};
use crate::catalog;
use crate::diagnostic::{Diagnostic, nearest};
use crate::manifest::canonical::OWN;
use crate::manifest::node::{Entry, Node};
use crate::manifest::{LoadOptions, quantity};
use crate::stack::{Hook, PullPolicy, Service};

/// Lowers a service.
pub(super) fn lower(
    name: &str,
    entry: &Entry,
    context: &Context<'_>,
    options: &LoadOptions,
    problems: &mut Vec<Diagnostic>,
) -> Service {
    let node = &entry.node;
    let own = node.get(OWN);
    let built = build::lower(node, context, options, problems);
    let image = node
        .string("image")
        .filter(|image| !(image.is_empty() && built.is_some()));
    if image.is_none() && built.is_none() && !has_start(node) {
        problems.push(
            Diagnostic::error(format!("`{name}` has neither an image nor a build"))
                .at(&entry.key, "")
                .fix("add `image: …` or `build: …`"),
        );
    }
    let family = readiness::named_family(own).or_else(|| {
        image
            .as_deref()
            .and_then(catalog::recognise)
            .map(catalog::Family::name)
    });
    let container = container::lower(node, context, problems);
    let ports = ports::lower(node, context, problems);
    let readiness = readiness::lower(
        &readiness::Subject {
            name,
            node,
            own,
            family,
            healthcheck: container.healthcheck.as_ref(),
            ports: &ports,
            expose: &container.expose,
        },
        context,
        problems,
    );
    let seeds = seeds::lower(
        seeds::Subject {
            name,
            family,
            ports: &ports,
            expose: &container.expose,
        },
        own,
        context,
        options,
        problems,
    );
    Service {
        name: name.to_owned(),
        span: entry.key.clone(),
        image: image.unwrap_or_else(|| format!("{}-{name}", context.project)),
        image_span: node.get("image").map(|image| image.span.clone()),
        pull_policy: pull_policy(node, problems),
        build: built,
        platform: node.string("platform"),
        container_name: node.string("container_name"),
        replicas: replicas(node),
        container,
        mounts: mounts::lower(node),
        files: content::lower(node, context, problems),
        ports,
        network_mode: networks::mode(node),
        networks: networks::attachments(node),
        depends_on: dependencies::lower(node),
        readiness,
        seeds,
        post_start: hooks(node, "post_start"),
        pre_stop: hooks(node, "pre_stop"),
        watches: watches::lower(node),
        stop_grace_period: node.duration("stop_grace_period"),
        open: own.and_then(|own| own.string("open")),
        profiles: node.texts("profiles"),
        family,
    }
}

/// Whether there is, or was before it was found wrong, something to start a container from.
fn has_start(node: &Node) -> bool {
    node.has("image") || node.has("build") || node.has("provider")
}

fn replicas(node: &Node) -> u32 {
    node.integer("scale")
        .or_else(|| node.get("deploy")?.integer("replicas"))
        .map_or(1, |count| u32::try_from(count).unwrap_or(u32::MAX))
}

fn pull_policy(node: &Node, problems: &mut Vec<Diagnostic>) -> PullPolicy {
    const WORDS: [&str; 8] = [
        "always",
        "missing",
        "never",
        "build",
        "refresh",
        "daily",
        "weekly",
        "every_24h",
    ];
    const DAY: Duration = Duration::from_hours(24);
    let Some(policy) = node.get("pull_policy") else {
        return PullPolicy::Missing;
    };
    match policy.as_str().unwrap_or_default() {
        "always" | "refresh" => PullPolicy::Always,
        "missing" => PullPolicy::Missing,
        "never" => PullPolicy::Never,
        "build" => PullPolicy::Build,
        "daily" => PullPolicy::Every(DAY),
        "weekly" => PullPolicy::Every(7 * DAY),
        text => {
            let every = text.strip_prefix("every_").and_then(quantity::duration);
            every.map_or_else(|| {
                let problem = policy.error(format!("`{text}` is not a pull policy"), "");
                problems.push(match nearest(text, WORDS) {
                    Some(right) => problem.fix(format!("did you mean `{right}`?")),
                    None => problem.note(
                        "it may be always, missing, never, build, daily, weekly or every_<duration>",
                    ),
                });
                PullPolicy::Missing
            }, PullPolicy::Every)
        }
    }
}

fn hooks(node: &Node, key: &str) -> Vec<Hook> {
    let hooks = node.get(key).map(Node::items).unwrap_or_default();
    hooks.iter().map(hook).collect()
}

/// A command with its circumstances.
pub(super) fn hook(node: &Node) -> Hook {
    Hook {
        command: node.texts("command"),
        user: node.string("user"),
        privileged: node.bool("privileged").unwrap_or(false),
        working_dir: node.string("working_dir"),
        environment: node.pairs("environment"),
        span: node.span.clone(),
    }
}
