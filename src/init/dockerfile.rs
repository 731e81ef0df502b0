//! The Dockerfile of an application: where it stands, what it is built from, what it says of ports and health.

use regex::Regex;

use super::listing::{Folder, file_name, parent};
use crate::engine::dockerfile::instructions;

/// A Dockerfile, as far as a stack needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// Its path, from the top.
    pub path: String,
    /// The folder that it is built from, from the top; empty for the top itself.
    pub context: String,
    /// The ports that its last stage exposes.
    pub ports: Vec<u16>,
    /// The path that its health check asks for.
    pub health: Option<String>,
    /// Whether its last stage has a health check.
    pub checks_health: bool,
    /// Whether libraries that only development needs are left out.
    pub only_production: bool,
}

/// The Dockerfile of the application in a folder; `name` is what it is called.
pub(super) fn find(folder: &Folder<'_>, name: &str) -> Option<Dockerfile> {
    let top = folder.listing().top();
    let in_folder = [
        "Dockerfile",
        "docker/Dockerfile",
        ".docker/Dockerfile",
        "Dockerfile.dev",
        "dev.Dockerfile",
    ];
    let of_top = [
        format!("docker/{name}/Dockerfile"),
        format!("docker/Dockerfile.{name}"),
        format!("docker/{name}.Dockerfile"),
        format!("Dockerfile.{name}"),
        format!("{name}.Dockerfile"),
    ];
    let path = in_folder
        .iter()
        .map(|file| folder.join(file))
        .chain(of_top)
        .find(|path| top.text(path).is_some())?;
    Some(read(folder, &path))
}

/// Every folder with a Dockerfile of its own.
pub(super) fn folders(top: &Folder<'_>) -> Vec<String> {
    let found = top
        .files()
        .filter(|(path, _)| file_name(path) == "Dockerfile");
    found.map(|(path, _)| parent(path).to_owned()).collect()
}

fn read(folder: &Folder<'_>, path: &str) -> Dockerfile {
    let top = folder.listing().top();
    let mut file = Dockerfile {
        path: path.to_owned(),
        ..Dockerfile::default()
    };
    let url = Regex::new(r"https?://[^/\s'\x22]+(/[^\s'\x22|]*)").expect("a valid pattern");
    let mut sources = Vec::new();
    for (keyword, rest) in instructions(top.text(path).unwrap_or_default()) {
        match keyword.as_str() {
            "FROM" => {
                file.ports.clear();
                file.health = None;
                file.checks_health = false;
            }
            "EXPOSE" => file.ports.extend(
                rest.split_whitespace()
                    .filter_map(|port| port.split('/').next()?.parse::<u16>().ok()),
            ),
            "HEALTHCHECK" => {
                file.checks_health = rest.trim() != "NONE";
                file.health = url.captures(&rest).map(|found| found[1].to_owned());
            }
            "RUN" => {
                let leaves_out = [
                    "--omit=dev",
                    "--production",
                    "--prod",
                    "--no-dev",
                    "--without dev",
                    "--only=prod",
                ];
                file.only_production |= leaves_out.iter().any(|flag| rest.contains(flag));
            }
            "COPY" | "ADD" if !rest.contains("--from=") => {
                let mut words: Vec<&str> = rest
                    .split_whitespace()
                    .filter(|word| !word.starts_with("--"))
                    .collect();
                words.pop();
                sources.extend(words.iter().map(|word| (*word).to_owned()));
            }
            _ => {}
        }
    }
    let there = |folder: &Folder<'_>| {
        sources
            .iter()
            .filter(|source| !source.contains(['*', '$', '[', ':', '"']))
            .map(|source| source.trim_start_matches("./").trim_end_matches('/'))
            .all(|source| {
                matches!(source, "" | ".") || folder.has(source) || folder.has_below(source)
            })
    };
    // A monorepo's Dockerfiles are often built from the top, for what applications share.
    file.context = if !folder.path().is_empty() && !there(folder) && there(&top) {
        String::new()
    } else {
        folder.path().to_owned()
    };
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn only_the_last_stage_says_which_port() {
        let files = listing(&[(
            "Dockerfile",
            "FROM node:20 AS build\nEXPOSE 9229\nRUN npm ci\nFROM node:20-slim\nCOPY --from=build /app /app\n\
             RUN npm ci --omit=dev\nEXPOSE 3000/tcp\nHEALTHCHECK CMD curl -f http://localhost:3000/healthz || exit 1\n",
        )]);
        let file = find(&files.top(), "app").expect("it is there");
        assert_eq!(
            (file.ports.as_slice(), file.health.as_deref()),
            ([3000].as_slice(), Some("/healthz"))
        );
        assert!(file.only_production && file.checks_health);
    }

    #[test]
    fn a_dockerfile_that_copies_from_the_top_is_built_from_there() {
        let files = listing(&[
            ("package.json", "{}"),
            (
                "apps/api/Dockerfile",
                "FROM node:20\nCOPY package.json ./\nCOPY apps/api apps/api\n",
            ),
            ("apps/api/index.js", ""),
            (
                "apps/web/Dockerfile",
                "FROM node:20\nCOPY package*.json ./\nCOPY . .\n",
            ),
        ]);
        let context = |path: &str| find(&files.folder(path), "x").map(|file| file.context);
        assert_eq!(context("apps/api").as_deref(), Some(""));
        assert_eq!(context("apps/web").as_deref(), Some("apps/web"));
    }
}
