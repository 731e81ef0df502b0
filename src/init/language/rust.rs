//! Rust: `Cargo.toml`.

use toml::{Table, Value};

use super::{Library, Project, Tool, at_least};
use crate::init::listing::Folder;

const FRAMEWORKS: &[(&str, &str, u16)] = &[
    ("axum", "Axum", 3000),
    ("actix-web", "Actix Web", 8080),
    ("rocket", "Rocket", 8000),
    ("warp", "warp", 3030),
    ("poem", "Poem", 3000),
    ("salvo", "Salvo", 5800),
];

/// The features by which a library of several databases says which one it speaks to, and the library for that one.
const FEATURES: &[(&str, &str, &str)] = &[
    ("sqlx", "postgres", "tokio-postgres"),
    ("sqlx", "mysql", "mysql_async"),
    ("diesel", "postgres", "tokio-postgres"),
    ("diesel", "mysql", "mysql_async"),
    ("diesel-async", "postgres", "tokio-postgres"),
    ("diesel-async", "mysql", "mysql_async"),
    ("sea-orm", "sqlx-postgres", "tokio-postgres"),
    ("sea-orm", "sqlx-mysql", "mysql_async"),
];

pub(super) fn read(folder: &Folder<'_>) -> Option<Project> {
    let cargo: Table = folder.text("Cargo.toml")?.parse().ok()?;
    let package = cargo.get("package")?;
    let mut project = Project {
        language: "Rust",
        name: package
            .get("name")
            .and_then(Value::as_str)
            .map(str::to_owned),
        ..Project::default()
    };
    let workspace = folder
        .listing()
        .text("Cargo.toml")
        .and_then(|text| text.parse::<Table>().ok())
        .and_then(|root| {
            root.get("workspace")?
                .get("dependencies")?
                .as_table()
                .cloned()
        })
        .unwrap_or_default();
    for (key, dev) in [("dependencies", false), ("dev-dependencies", true)] {
        for (name, asked) in cargo
            .get(key)
            .and_then(Value::as_table)
            .into_iter()
            .flatten()
        {
            // Features stand here, or where the workspace says which version is meant.
            let features = [Some(asked), workspace.get(name)]
                .into_iter()
                .flatten()
                .filter_map(|asked| asked.get("features")?.as_array())
                .flatten()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>();
            let speaks = FEATURES
                .iter()
                .filter(|(library, feature, _)| library == name && features.contains(feature))
                .map(|(_, _, speaks)| (*speaks).to_owned());
            for name in std::iter::once(name.clone()).chain(speaks) {
                project.libraries.push(Library {
                    name,
                    dev,
                    file: "Cargo.toml".to_owned(),
                });
            }
        }
    }
    if let Some((framework, port)) = project.known(FRAMEWORKS) {
        project.framework = Some(framework);
        project.port = Some(port);
    }
    project.runs = folder.has("src/main.rs") || cargo.contains_key("bin");
    project.start = project.runs.then(|| match &project.name {
        Some(name) if !folder.path().is_empty() => format!("cargo run -p {name}"),
        _ => "cargo run".to_owned(),
    });
    project.tool = Some(Tool {
        name: "cargo",
        version: package
            .get("rust-version")
            .and_then(Value::as_str)
            .and_then(at_least),
    });
    Some(project)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::dependencies::{Certainty, server_of};
    use crate::init::listing::listing;
    use crate::init::software::Software;

    #[test]
    fn a_feature_tells_the_database() {
        let files = listing(&[
            (
                "Cargo.toml",
                "[workspace.dependencies]\nsqlx = { version = \"0.8\", features = [\"postgres\"] }\n",
            ),
            (
                "api/Cargo.toml",
                "[package]\nname = \"api\"\n[dependencies]\naxum = \"0.8\"\nsqlx = { workspace = true }\n",
            ),
            ("api/src/main.rs", "fn main() {}"),
        ]);
        assert_eq!(read(&files.top()), None, "a workspace is no project");
        let api = read(&files.folder("api")).expect("it is one");
        assert_eq!(
            (api.framework, api.start.as_deref()),
            (Some("Axum"), Some("cargo run -p api"))
        );
        let servers: Vec<_> = api
            .libraries
            .iter()
            .filter_map(|library| server_of(&library.name))
            .collect();
        assert_eq!(servers, [(Software::Postgres, Certainty::Sure)]);
    }
}
