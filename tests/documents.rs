//! The manifests in the documents for users are read as they stand, and what the documents count is what there is.

use std::fs;

use devstack::stack::{LoadOptions, load};

#[test]
fn every_example_of_the_documents_loads() {
    let mut seen = 0;
    for (document, file) in [
        ("manifest.md", "devstack.yaml"),
        ("compose.md", "compose.yaml"),
        ("seeds.md", "devstack.yaml"),
        ("daily.md", "devstack.yaml"),
    ] {
        let text = fs::read_to_string(format!("docs/{document}")).expect("the document is there");
        for example in text.split("```yaml\n").skip(1) {
            let example = example.split("```").next().unwrap_or_default();
            let folder = tempfile::tempdir().expect("a temporary folder");
            fs::write(folder.path().join(file), example).expect("written");
            for seed in [
                "seeds/schema.sql",
                "seeds/data/1.sql.zst",
                "seeds/people.csv",
                "migrations/1.js",
            ] {
                let seed = folder.path().join(seed);
                fs::create_dir_all(seed.parent().expect("below")).expect("made");
                fs::write(seed, "").expect("written");
            }
            let loaded = load(&LoadOptions {
                directory: folder.path().to_path_buf(),
                project_name: Some("example".to_owned()),
                ..LoadOptions::default()
            });
            assert!(
                loaded.stack.is_some(),
                "{document}:\n{example}\n{:#?}",
                loaded.diagnostics
            );
            seen += 1;
        }
    }
    assert!(seen >= 4, "the examples were not found");
}

#[test]
fn every_template_is_told_with_what_is_shown_of_it() {
    let text = fs::read_to_string("docs/templates.md").expect("the document is there");
    let names = devstack::templates::embedded_names();
    assert!(text.contains(&format!("lists all {}", names.len())));
    for name in names {
        let word = format!("`{name}`");
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        let told = rows.filter(|row| {
            let first = row.split(" | ").next().unwrap_or_default();
            first.contains(&word)
        });
        assert_eq!(told.count(), 1, "{name}");
    }
}
