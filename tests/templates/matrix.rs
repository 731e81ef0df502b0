//! Every template in every layout: what nobody touches stays byte by byte, what is added means the same everywhere, and
//! adding it again changes nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::fixture::Folder;
use crate::layouts::{LAYOUTS, Layout};

/// What an addition added, by template: services first, then the rest of the manifest.
type Added = BTreeMap<&'static str, Json>;

#[test]
fn every_template_goes_into_every_layout() {
    let threads: Vec<_> = LAYOUTS
        .iter()
        .map(|layout| std::thread::spawn(move || added_to(layout)))
        .collect();
    let mut all = threads.into_iter().map(|thread| match thread.join() {
        Ok(added) => added,
        Err(panic) => std::panic::resume_unwind(panic),
    });
    let first = all.next().expect("there are layouts");
    assert!(first.len() >= 19, "the templates were not found: {first:?}");
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
    untouched(layout, &after, &what);

    let again = folder.run(&["add", template, "--yes"]);
    assert_eq!(again.code, 0, "{what}, again:\n{}", again.stderr);
    assert!(
        again.stderr.contains("nothing to do"),
        "{what}, again:\n{}",
        again.stderr
    );
    assert_eq!(folder.read(layout.file), after, "{what}, again");

    let before = meaning(layout.text);
    let after = meaning(&after);
    let added = added(&before, &after, &mut Vec::new(), &what);
    Json::Object(added)
}

/// Every old line is there in its order, byte by byte, but those that what was added goes into.
#[track_caller]
fn untouched(layout: &Layout, after: &str, what: &str) {
    let mut new = after
        .split_inclusive('\n')
        .map(|line| line.trim_end_matches('\n'));
    for line in layout.text.split_inclusive('\n') {
        let old = line.trim_end_matches('\n');
        let kept = new.clone().any(|line| line == old);
        if kept {
            new.by_ref().find(|line| *line == old);
            continue;
        }
        let plain = old.trim_end_matches('\r');
        // An offered change: who used the database goes through what is before it now.
        let is_wiring = plain.contains("DATABASE_URL") || plain.contains("depends_on");
        assert!(
            layout.open.contains(&plain) || is_wiring,
            "{what} changes the line {old:?}:\n{after}"
        );
    }
    let line_ends = |text: &str| (text.matches("\r\n").count(), text.matches('\n').count());
    if layout.text.contains("\r\n") {
        let (windows, all) = line_ends(after);
        assert_eq!(windows, all, "{what} mixes line ends");
    } else {
        assert_eq!(line_ends(after).0, 0, "{what} mixes line ends");
    }
    assert_eq!(
        after.starts_with('\u{feff}'),
        layout.text.starts_with('\u{feff}'),
        "{what}"
    );
}

/// What a manifest means, its documents put together and merge keys carried out; what a Compose file says to devstack
/// alone is where `devstack.yaml` has it.
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
        }
    }
    all
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

/// What is in the new manifest and not in the old one. Whatever was there must be there still, but for environment and
/// dependencies that were wired anew.
fn added(
    before: &Map<String, Json>,
    after: &Map<String, Json>,
    path: &mut Vec<String>,
    what: &str,
) -> Map<String, Json> {
    let mut found = Map::new();
    for (key, new) in after {
        path.push(key.clone());
        let wired = path.len() == 3 && matches!(key.as_str(), "environment" | "depends_on");
        match (before.get(key), new) {
            (Some(old), new) if old == new => {}
            (None | Some(Json::Null), new) => {
                found.insert(key.clone(), new.clone());
            }
            (Some(_), _) if wired => {}
            (Some(Json::Object(old)), Json::Object(new)) => {
                let more = added(old, new, path, what);
                if !more.is_empty() {
                    found.insert(key.clone(), Json::Object(more));
                }
            }
            (Some(old), new) => panic!("{what} changes {}: {old} to {new}", path.join(".")),
        }
        path.pop();
    }
    for key in before.keys() {
        assert!(
            after.contains_key(key),
            "{what} loses {}.{key}",
            path.join(".")
        );
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
    // Some want a database; the shop is a stack of its own, whose services have their names.
    folder.run(&["add", "postgres", "--yes"]).exits(0);
    for template in devstack::templates::embedded_names() {
        if template != "shop" {
            folder.run(&["add", template, "--yes"]).exits(0);
        }
    }
    folder.run(&["validate"]).exits(0);
}
