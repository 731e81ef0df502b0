//! `volumes` and `tmpfs` of a service.

use std::path::PathBuf;

use crate::manifest::node::Node;
use crate::stack::{Mount, MountKind};

/// Lowers them.
pub(super) fn lower(node: &Node) -> Vec<Mount> {
    let volumes = node.get("volumes").map(Node::items).unwrap_or_default();
    let tmpfs = node.get("tmpfs").map(Node::items).unwrap_or_default();
    volumes
        .iter()
        .filter_map(mount)
        .chain(tmpfs.iter().filter_map(memory))
        .collect()
}

fn mount(node: &Node) -> Option<Mount> {
    let source = node.string("source").filter(|source| !source.is_empty());
    let bind = node.get("bind");
    let volume = node.get("volume");
    let tmpfs = node.get("tmpfs");
    let kind = match (node.str("type")?, source) {
        ("bind", source) => MountKind::Bind {
            source: PathBuf::from(source?),
            create: bind
                .and_then(|bind| bind.bool("create_host_path"))
                .unwrap_or(true),
            propagation: bind.and_then(|bind| bind.string("propagation")),
            selinux: bind.and_then(|bind| bind.string("selinux")),
            recursive: bind.and_then(|bind| bind.string("recursive")),
        },
        ("tmpfs", _) => MountKind::Tmpfs {
            size: tmpfs.and_then(|tmpfs| tmpfs.size("size")),
            mode: tmpfs
                .and_then(|tmpfs| tmpfs.integer("mode"))
                .and_then(|mode| u32::try_from(mode).ok()),
            options: None,
        },
        ("npipe", source) => MountKind::Npipe { source: source? },
        ("image", source) => MountKind::Image {
            source: source?,
            subpath: node.get("image").and_then(|image| image.string("subpath")),
        },
        (_, Some(key)) => MountKind::Volume {
            key,
            no_copy: volume
                .and_then(|volume| volume.bool("nocopy"))
                .unwrap_or(false),
            subpath: volume.and_then(|volume| volume.string("subpath")),
        },
        (_, None) => MountKind::Anonymous,
    };
    Some(Mount {
        target: node.string("target")?,
        kind,
        read_only: node.bool("read_only").unwrap_or(false),
        consistency: node.string("consistency"),
        span: node.span.clone(),
    })
}

/// `tmpfs: /path[:options]`.
fn memory(node: &Node) -> Option<Mount> {
    let text = node.as_str()?;
    let (target, options) = match text.split_once(':') {
        Some((target, options)) => (target, options),
        None => (text, ""),
    };
    Some(Mount {
        target: target.to_owned(),
        kind: MountKind::Tmpfs {
            size: None,
            mode: None,
            options: Some(options.to_owned()),
        },
        read_only: false,
        consistency: None,
        span: node.span.clone(),
    })
}
