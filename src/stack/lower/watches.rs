//! `develop.watch` of a service.

use std::path::PathBuf;

use super::service::hook;
use crate::manifest::node::Node;
use crate::stack::{Watch, WatchAction};

/// Lowers it.
pub(super) fn lower(node: &Node) -> Vec<Watch> {
    node.get("develop")
        .and_then(|develop| develop.get("watch"))
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(watch)
        .collect()
}

fn watch(node: &Node) -> Option<Watch> {
    Some(Watch {
        path: PathBuf::from(node.str("path")?),
        action: action(node.str("action")?)?,
        target: node.string("target"),
        exec: node
            .get("exec")
            .map(hook)
            .filter(|hook| !hook.command.is_empty()),
        include: node.texts("include"),
        ignore: node.texts("ignore"),
        initial_sync: node.bool("initial_sync").unwrap_or(false),
        span: node.span.clone(),
    })
}

fn action(word: &str) -> Option<WatchAction> {
    Some(match word {
        "sync" => WatchAction::Sync,
        "rebuild" => WatchAction::Rebuild,
        "restart" => WatchAction::Restart,
        "sync+restart" => WatchAction::SyncRestart,
        "sync+exec" => WatchAction::SyncExec,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::stack::WatchAction;
    use crate::stack::testing::compose;

    #[test]
    fn reads_every_key() {
        let folder = compose(
            "services:
  api:
    build: .
    develop:
      watch:
        - { path: ./src, action: sync, target: /app/src, ignore: node_modules/, initial_sync: true }
        - { path: Dockerfile, action: rebuild, include: [a, '*.py'] }
        - path: ./conf
          action: sync+exec
          target: /etc/api
          exec: { command: kill -HUP 1, user: root }
",
        );
        let service = folder.service("api");
        let [sync, rebuild, exec] = service.watches.as_slice() else {
            panic!("three rules")
        };
        assert_eq!(sync.path, folder.path().join("src"));
        assert_eq!(sync.action, WatchAction::Sync);
        assert_eq!(sync.target.as_deref(), Some("/app/src"));
        assert_eq!(sync.ignore, ["node_modules/"]);
        assert!(sync.initial_sync && !rebuild.initial_sync);
        assert_eq!(rebuild.path, folder.path().join("Dockerfile"));
        assert_eq!(rebuild.include, ["a", "*.py"]);
        let hook = exec.exec.as_ref().expect("a command");
        assert_eq!(hook.command, ["kill", "-HUP", "1"]);
        assert_eq!(hook.user.as_deref(), Some("root"));
        assert!(folder.warnings().is_empty(), "{:#?}", folder.warnings());
    }
}
