//! The checks, one a file: each looks at one thing and says what it found. None changes anything.

mod checkouts;
mod clock;
mod disk;
mod dns;
mod emulation;
mod engine;
mod env_file;
mod inotify;
mod inputs;
mod layers;
mod leftovers;
mod manifest;
mod map_count;
mod memory;
mod ports;
mod proxy;
mod registry;
mod requires;
mod settings;
mod storage;
mod version;

pub(super) use clock::skewed;
pub(super) use disk::{full, measure};
pub(super) use dns::lookup_name;
pub(super) use registry::refused;

use std::future::ready;

use super::Group;
use super::checkup::{Check, Run};

/// All of them, in the order of the report within each group.
pub(super) fn all() -> Vec<Check> {
    use Group::{Engine, Machine, Network, Project, Requirements};
    let check = |group, name, run| Check { group, name, run };
    vec![
        check(Engine, "found", Run::Alone(|e| Box::pin(engine::check(e)))),
        check(
            Engine,
            "version",
            Run::Engine(|_, a| Box::pin(ready(version::check(a)))),
        ),
        check(
            Engine,
            "storage",
            Run::Engine(|_, a| Box::pin(ready(storage::check(a)))),
        ),
        check(
            Engine,
            "layers",
            Run::Engine(|e, a| Box::pin(layers::check(e, a))),
        ),
        check(
            Engine,
            "disk",
            Run::Engine(|e, a| Box::pin(disk::check(e, a))),
        ),
        check(
            Engine,
            "memory",
            Run::Engine(|e, a| Box::pin(memory::check(e, a))),
        ),
        check(
            Engine,
            "clock",
            Run::Engine(|e, a| Box::pin(clock::check(e, a))),
        ),
        check(
            Network,
            "registry",
            Run::Engine(|e, a| Box::pin(registry::check(e, a))),
        ),
        check(
            Network,
            "names",
            Run::Engine(|e, a| Box::pin(dns::check(e, a))),
        ),
        check(
            Network,
            "settings",
            Run::Alone(|e| Box::pin(ready(settings::check(e)))),
        ),
        check(Network, "proxy", Run::Alone(|e| Box::pin(proxy::check(e)))),
        check(
            Project,
            "manifest",
            Run::Alone(|e| Box::pin(ready(manifest::check(e)))),
        ),
        check(
            Project,
            "variables",
            Run::Alone(|e| Box::pin(ready(env_file::check(e)))),
        ),
        check(Project, "ports", Run::Alone(|e| Box::pin(ports::check(e)))),
        check(
            Project,
            "leftovers",
            Run::Engine(|e, a| Box::pin(leftovers::check(e, a))),
        ),
        check(
            Project,
            "checkouts",
            Run::Engine(|e, a| Box::pin(checkouts::check(e, a))),
        ),
        check(
            Requirements,
            "requires",
            Run::Alone(|e| Box::pin(requires::check(e))),
        ),
        check(
            Requirements,
            "inputs",
            Run::Alone(|e| Box::pin(ready(inputs::check(e)))),
        ),
        check(
            Machine,
            "inotify",
            Run::Alone(|e| Box::pin(inotify::check(e))),
        ),
        check(
            Machine,
            "map count",
            Run::Alone(|e| Box::pin(map_count::check(e))),
        ),
        check(
            Machine,
            "processor",
            Run::Engine(|e, a| Box::pin(emulation::check(e, a))),
        ),
    ]
}
