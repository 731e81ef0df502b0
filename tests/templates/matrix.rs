//! Every template in every layout: what nobody touches stays byte by byte, what is added means the same everywhere, and
//! adding it again changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use crate::fixture::Folder;
use crate::layouts::{LAYOUTS, Layout, Rewritten, WIRINGS, Wiring};

/// What an addition added, by template: new services, and what is new in the rest of the manifest.
type Added = BTreeMap<&'static str, Json>;

#[test]
fn every_template_goes_into_every_layout() {
    let folders = std::fs::read_dir("templates").expect("the templates are there");
    let folders: BTreeSet<String> = folders
        .map(|entry| entry.expect("it can be listed").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    let threads: Vec<_> = LAYOUTS
        .iter()
        .map(|layout| std::thread::spawn(move || added_to(layout)))
        .collect();
    let mut all = threads.into_iter().map(|thread| match thread.join() {
        Ok(added) => added,
        Err(panic) => std::panic::resume_unwind(panic),
    });
    let first = all.next().expect("there are layouts");
    let added: BTreeSet<String> = first.keys().map(|name| (*name).to_owned()).collect();
    assert_eq!(added, folders);
    for (layout, added) in LAYOUTS[1..].iter().zip(all) {
        for (template, value) in added {
            assert_eq!(
                value, first[template],
                "`{template}` means something else in {} ({})",
                layout.file, layout.name
            );
        }
    }
}

/// Adds every template to a layout, each to a fresh one.
fn added_to(layout: &'static Layout) -> Added {
    devstack::templates::embedded_names()
        .into_iter()
        .map(|template| (template, add(template, layout)))
        .collect()
}

/// Adds a template; gives what came to the manifest.
fn add(template: &str, layout: &Layout) -> Json {
    let folder = Folder::with(layout.file, layout.text);
    let what = format!("`{template}` in {} ({})", layout.file, layout.name);
    let shown = folder.run(&["add", template, "--dry-run"]);
    assert_eq!(shown.code, 0, "{what}:\n{}", shown.stderr);
    assert_eq!(folder.read(layout.file), layout.text, "{what}: shown only");
    assert!(shown.stdout.contains("\n+"), "{what} shows nothing");

    let ran = folder.run(&["add", template, "--yes"]);
    assert_eq!(ran.code, 0, "{what}:\n{}", ran.stderr);
    let after = folder.read(layout.file);

    let wiring = WIRINGS.iter().find(|wiring| wiring.template == template);
    let rewritten = layout.wired.iter().find(|(name, _)| *name == template);
    let rewritten = rewritten.map_or(&[][..], |(_, lines)| *lines);
    assert_eq!(
        ran.stderr.contains("`backend` is not changed"),
        wiring.is_some() && rewritten.is_empty(),
        "{what}:\n{}",
        ran.stderr
    );
    let done = wiring.filter(|_| !rewritten.is_empty());
    let added = added(&wired(meaning(layout.text), done), &meaning(&after), &what);
    let opened = layout.opened.iter();
    let opened = opened.filter(|(section, _)| added.contains_key(*section));
    let mut changed: Vec<Rewritten> = opened.map(|(_, lines)| *lines).collect();
    changed.extend_from_slice(rewritten);
    untouched(layout, &changed, &after, &what);

    let files = folder.all();
    let again = folder.run(&["add", template, "--yes"]);
    assert_eq!(again.code, 0, "{what}, again:\n{}", again.stderr);
    assert!(
        again.stderr.contains("nothing to do"),
        "{what}, again:\n{}",
        again.stderr
    );
    assert_eq!(folder.all(), files, "{what}, again");
    Json::Object(added)
}

/// Every old line is there in its order, byte by byte; those that are to change have become what they should, and nothing
/// else.
#[track_caller]
fn untouched(layout: &Layout, changed: &[Rewritten], after: &str, what: &str) {
    let ends = |text: &str| ["\r\n", "\r", "\n"].map(|end| text.matches(end).count());
    let [windows, returns, all] = ends(after);
    let is_windows = layout.text.contains("\r\n");
    assert_eq!(returns, windows, "{what} mixes line ends");
    assert_eq!(
        windows,
        if is_windows { all } else { 0 },
        "{what} mixes line ends"
    );

    let mut open = changed.to_vec();
    let mut new = after.lines();
    for old in layout.text.lines() {
        let to_change = open.iter().position(|(line, _)| *line == old);
        let becomes = to_change.map_or(old, |index| open.swap_remove(index).1);
        let mut lines = becomes.lines();
        let first = lines.next().unwrap_or_default();
        let there =
            new.by_ref().any(|line| line == first) && lines.all(|line| new.next() == Some(line));
        assert!(there, "{what}: {old:?} should be {becomes:?} in\n{after}");
    }
    assert!(open.is_empty(), "the layout has no {open:?}");
}

/// The meaning of a manifest whose `backend` was wired.
fn wired(mut meaning: Map<String, Json>, wiring: Option<&Wiring>) -> Map<String, Json> {
    let Some(wiring) = wiring else {
        return meaning;
    };
    let backend = &mut meaning["services"]["backend"];
    for (variable, value) in wiring.environment {
        backend["environment"][*variable] = Json::from(*value);
    }
    for service in wiring.depends_on {
        backend["depends_on"][*service] = Json::Null;
    }
    meaning
}

/// What a manifest means, its documents put together and merge keys carried out; what a Compose file says to devstack
/// alone is where `devstack.yaml` has it, and variables and dependencies are mappings however they are written.
fn meaning(text: &str) -> Map<String, Json> {
    let mut all = Map::new();
    for document in serde_yaml::Deserializer::from_str(text.trim_start_matches('\u{feff}')) {
        let mut value: serde_yaml::Value =
            serde::Deserialize::deserialize(document).expect("it is YAML");
        value.apply_merge().expect("merge keys");
        let value: Json = serde_json::to_value(value).expect("it is JSON");
        if let Json::Object(entries) = value {
            merge(&mut all, entries);
        }
    }
    if let Some(Json::Object(own)) = all.remove("x-devstack") {
        merge(&mut all, own);
    }
    if let Some(Json::Object(services)) = all.get_mut("services") {
        for service in services.values_mut().filter_map(Json::as_object_mut) {
            if let Some(Json::Object(own)) = service.shift_remove("x-devstack") {
                merge(service, own);
            }
            for key in ["environment", "depends_on"] {
                if let Some(Json::Array(items)) = service.get(key) {
                    let entries = items.iter().filter_map(Json::as_str).map(entry).collect();
                    service[key] = Json::Object(entries);
                }
            }
        }
    }
    all
}

/// An item of a list that stands for a mapping.
fn entry(item: &str) -> (String, Json) {
    match item.split_once('=') {
        Some((name, value)) => (name.to_owned(), Json::from(value)),
        None => (item.to_owned(), Json::Null),
    }
}

fn merge(into: &mut Map<String, Json>, from: Map<String, Json>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Json::Object(there)), Json::Object(more)) => merge(there, more),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// What is in the new manifest and not in the old one: services, volumes and other entries of sections. Whatever was
/// there must be there still, and mean the same.
#[track_caller]
fn added(before: &Map<String, Json>, after: &Map<String, Json>, what: &str) -> Map<String, Json> {
    let none = Map::new();
    let mut found = Map::new();
    for key in before.keys() {
        assert!(after.contains_key(key), "{what} loses `{key}`");
    }
    for (section, new) in after {
        let (old, new) = match (before.get(section), new) {
            (Some(old), new) if old == new => continue,
            (Some(Json::Object(old)), Json::Object(new)) => (old, new),
            (None | Some(Json::Null), Json::Object(new)) => (&none, new),
            (old, new) => panic!("{what} changes `{section}` from {old:?} to {new}"),
        };
        for (name, was) in old {
            assert_eq!(new.get(name), Some(was), "{what} changes {section}.{name}");
        }
        let more = new.iter().filter(|(name, _)| !old.contains_key(*name));
        let more: Map<String, Json> = more
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        found.insert(section.clone(), Json::Object(more));
    }
    found
}

#[test]
fn a_new_manifest_is_made_where_there_is_none() {
    for template in ["postgres", "web", "shop"] {
        let folder = Folder::new();
        folder.run(&["add", template, "--yes"]).exits(0);
        folder.run(&["validate"]).exits(0);
        let before = folder.all();
        folder
            .run(&["add", template, "--yes"])
            .exits(0)
            .says(&["nothing to do"]);
        assert_eq!(folder.all(), before);
    }
}

#[test]
fn the_shop_is_the_demo() {
    let folder = Folder::new();
    folder.run(&["add", "shop", "--yes"]).exits(0);
    let demo = std::fs::read_to_string("devstack.yaml").expect("the demo");
    assert_eq!(meaning(&folder.read("devstack.yaml")), meaning(&demo));
    for (path, content) in folder.all() {
        if path.starts_with("demo") {
            assert_eq!(
                content,
                std::fs::read(&path).expect("the demo has it"),
                "{path:?}"
            );
        }
    }
}

#[test]
fn all_templates_together_make_one_stack() {
    let folder = Folder::new();
    // What others look for comes first, and last what looks at all that is there. The shop is a stack of its own, whose
    // services have their names.
    let (first, last) = (["postgres", "web"], ["observability", "load"]);
    let mut between = devstack::templates::embedded_names();
    between.retain(|name| *name != "shop" && !first.contains(name) && !last.contains(name));
    let templates = [&first[..], &between, &last].concat();
    for template in &templates {
        folder.run(&["add", template, "--yes"]).exits(0);
    }
    folder.run(&["validate"]).exits(0);
    let meaning = meaning(&folder.read("devstack.yaml"));
    let wired =
        |service: &str, variable: &str| &meaning["services"][service]["environment"][variable];
    let (pool, direct) = ("pgbouncer:5432/app", "db:5432/app");
    for (service, variable, expected) in [
        ("app", "DATABASE_URL", pool),
        ("app", "UNLEASH_URL", "http://unleash:4242/api"),
        ("app-direct", "DATABASE_URL", direct),
        ("db-metrics", "DATA_SOURCE_URI", direct),
        ("cache-metrics", "REDIS_ADDR", "redis://cache:6379"),
        (
            "load",
            "LOAD_TARGETS",
            "direct=http://app-direct pool=http://app",
        ),
    ] {
        let value = wired(service, variable).as_str().unwrap_or_default();
        assert!(
            value.contains(expected),
            "{service}: {variable} is {value:?}"
        );
    }
    let files = folder.all();
    for template in &templates {
        folder
            .run(&["add", template, "--yes"])
            .exits(0)
            .says(&["nothing to do"]);
    }
    assert_eq!(folder.all(), files);
    // Whoever came since is wired if somebody says so.
    let wire = [
        "add",
        "pgbouncer",
        "--set",
        "applications=app-direct",
        "--yes",
    ];
    folder.run(&wire).exits(0);
    assert_ne!(folder.all(), files);
    folder.run(&wire).exits(0).says(&["nothing to do"]);
}

#[test]
fn who_watches_the_database_does_not_go_through_the_pool() {
    let folder = Folder::new();
    for template in ["postgres", "observability", "pgbouncer"] {
        folder.run(&["add", template, "--yes"]).exits(0);
    }
    let meaning = meaning(&folder.read("devstack.yaml"));
    let source = &meaning["services"]["db-metrics"]["environment"]["DATA_SOURCE_URI"];
    let source = source.as_str().unwrap_or_default();
    assert!(source.contains("db:5432/"), "{source:?}");
}
