//! What is proposed for each project is what a colleague would propose, and a manifest without fault.

use std::fs;
use std::path::Path;

use devstack::init::{manifest, propose, scan};
use devstack::stack::{LoadOptions, load};

use crate::folder::Folder;

/// The projects without a manifest.
fn projects() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/init/projects");
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("the projects are there")
        .map(|entry| {
            let name = entry.expect("it can be listed").file_name();
            name.to_string_lossy().into_owned()
        })
        .filter(|name| name != "compose")
        .collect();
    names.sort();
    names
}

#[test]
fn each_project_gets_the_stack_that_a_colleague_would_write() {
    let projects = projects();
    assert!(projects.len() >= 12, "{projects:?}");
    for name in projects {
        let folder = Folder::of(&name);
        let listing = scan(folder.path()).expect("it can be read");
        let text = manifest(&propose(&listing, &name), &|_| true);
        insta::with_settings!({
            snapshot_path => "proposals",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name.as_str(), text);
        });
        folder.write("devstack.yaml", &text);
        let loaded = load(&LoadOptions {
            directory: folder.path().to_path_buf(),
            ..LoadOptions::default()
        });
        assert!(
            loaded.stack.is_some() && loaded.diagnostics.is_empty(),
            "{name}: {:#?}\n{text}",
            loaded.diagnostics
        );
    }
}

#[test]
fn the_guide_shows_what_is_proposed() {
    let folder = Folder::of("plain-python");
    let listing = scan(folder.path()).expect("it can be read");
    let proposed = manifest(&propose(&listing, "corner"), &|_| true);
    let guide = include_str!("../../docs/init.md");
    let shown: String = proposed
        .lines()
        .map(|line| match line {
            "" => "\n".to_owned(),
            line => format!("  {line}\n"),
        })
        .collect();
    assert!(guide.contains(&shown), "docs/init.md lacks\n{shown}");
}
