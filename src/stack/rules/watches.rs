//! Rules of `develop.watch` that cannot do what they say.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::manifest::file::shown;
use crate::stack::WatchAction;

pub(super) fn check(subject: &Subject<'_>, problems: &mut Vec<Diagnostic>) {
    for (name, service) in &subject.stack.services {
        for watch in &service.watches {
            let path = shown(&watch.path, &subject.options.directory);
            if watch.action == WatchAction::Rebuild && service.build.is_none() {
                problems.push(
                    Diagnostic::warning(format!(
                        "`{name}` cannot be built again when `{path}` changes: it has no `build`"
                    ))
                    .at(&watch.span, "")
                    .fix("use `action: sync` or `restart`, or give it a `build`"),
                );
            }
            if watch.action == WatchAction::SyncExec && watch.exec.is_none() {
                problems.push(
                    Diagnostic::warning(format!(
                        "nothing is run in `{name}` when `{path}` changes: there is no `exec.command`"
                    ))
                    .at(&watch.span, "")
                    .fix("add `exec: { command: … }`, or use `action: sync`"),
                );
            }
            if watch.action.copies() && service.shows(&watch.path) {
                problems.push(
                    Diagnostic::warning(format!(
                        "`{path}` is mounted into `{name}`, so changes are there without being copied"
                    ))
                    .at(&watch.span, "")
                    .fix("take out either the mount or this rule"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::stack::testing::compose;

    #[test]
    fn rules_that_do_nothing_are_told() {
        let found = compose(
            "services:
  api:
    image: api
    volumes: ['./src:/app']
    develop:
      watch:
        - { path: ./Dockerfile, action: rebuild }
        - { path: ./src/lib, action: sync, target: /app/lib }
        - { path: ./conf, action: sync+exec, target: /conf }
",
        )
        .file("src/lib/a", "");
        assert_eq!(
            found.warnings(),
            [
                "compose.yaml:7:11 `api` cannot be built again when `Dockerfile` changes: it has no `build` (use `action: sync` or `restart`, or give it a `build`)",
                "compose.yaml:8:11 `src/lib` is mounted into `api`, so changes are there without being copied (take out either the mount or this rule)",
                "compose.yaml:9:11 nothing is run in `api` when `conf` changes: there is no `exec.command` (add `exec: { command: … }`, or use `action: sync`)",
            ]
        );
    }
}
