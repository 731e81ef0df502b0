//! Which version of a server a project means: as its tests, its automation and its tools have it.

use regex::Regex;

use super::listing::{Listing, ending, file_name};
use super::software::Software;

/// A version, and the file that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The image's repository, if it is not the usual one: `postgis/postgis`.
    pub image: Option<String>,
    /// The tag.
    pub tag: String,
    /// The file.
    pub file: String,
}

/// How much a file says about the version that developers should run; less is more. Nothing for files that say nothing.
fn rank(path: &str) -> Option<u8> {
    let name = file_name(path);
    let compose = name.contains("compose") && matches!(ending(path).as_str(), "yml" | "yaml");
    if path.starts_with(".devcontainer") {
        Some(1)
    } else if path.starts_with(".github/workflows/")
        || path.starts_with(".circleci/")
        || name == ".gitlab-ci.yml"
    {
        Some(2)
    } else if compose || name == "Jenkinsfile" {
        Some(3)
    } else if [
        "java",
        "kt",
        "go",
        "ts",
        "js",
        "py",
        "cs",
        "rs",
        "properties",
    ]
    .contains(&ending(path).as_str())
    {
        // Testcontainers.
        Some(4)
    } else {
        None
    }
}

/// The version of a server that a project means.
pub(super) fn find(listing: &Listing, software: Software) -> Option<Found> {
    tools(listing, software).or_else(|| images(listing, software))
}

/// `.tool-versions` names the version of a server that developers installed before.
fn tools(listing: &Listing, software: Software) -> Option<Found> {
    let file = ".tool-versions";
    listing.text(file)?.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        if Software::named(words.next()?) != Some(software) {
            return None;
        }
        Some(Found {
            image: None,
            tag: software.tag(words.next()?)?,
            file: file.to_owned(),
        })
    })
}

fn images(listing: &Listing, software: Software) -> Option<Found> {
    let image = Regex::new(r#"(?m)(?:image:\s*|["'(=\s])["']?((?:[a-z0-9.-]+/){0,2}[a-z0-9-]+):(v?\d[A-Za-z0-9_.-]*|pg\d[A-Za-z0-9_.-]*)\b"#)
        .expect("a valid pattern");
    let mut best: Option<(u8, Found)> = None;
    for (path, text) in listing.texts() {
        let Some(rank) = rank(path) else { continue };
        if best.as_ref().is_some_and(|(other, _)| *other <= rank) {
            continue;
        }
        let found = image.captures_iter(text).find_map(|found| {
            let (repository, tag) = (&found[1], &found[2]);
            if Software::of_image(&format!("{repository}:{tag}")) != Some(software) {
                return None;
            }
            let usual = repository == software.about().image;
            Some(Found {
                image: (!usual).then(|| repository.to_owned()),
                // A tag of another image is not ours to shorten.
                tag: if usual {
                    software.tag(tag)?
                } else {
                    tag.to_owned()
                },
                file: path.to_owned(),
            })
        });
        if let Some(found) = found {
            best = Some((rank, found));
        }
    }
    best.map(|(_, found)| found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn the_version_of_the_automation_is_taken_before_that_of_a_test() {
        let files = listing(&[
            (
                ".github/workflows/ci.yml",
                "services:\n  db:\n    image: postgres:16-alpine\n",
            ),
            ("test/db.ts", "new PostgreSqlContainer('postgres:14.2')"),
        ]);
        let found = find(&files, Software::Postgres).expect("there is one");
        assert_eq!(
            (found.tag.as_str(), found.file.as_str()),
            ("16", ".github/workflows/ci.yml")
        );
        assert_eq!(find(&files, Software::Redis), None);
    }

    #[test]
    fn a_special_image_is_kept_as_it_is() {
        let files = listing(&[(
            ".gitlab-ci.yml",
            "services:\n  - \"postgis/postgis:16-3.4\"\n",
        )]);
        let found = find(&files, Software::Postgres).expect("there is one");
        assert_eq!(
            (found.image.as_deref(), found.tag.as_str()),
            (Some("postgis/postgis"), "16-3.4")
        );
    }

    #[test]
    fn the_tools_of_the_project_say_most() {
        let files = listing(&[
            (".tool-versions", "nodejs 20.1.0\npostgres 15.4\n"),
            (".github/workflows/ci.yml", "image: postgres:16"),
        ]);
        let found = find(&files, Software::Postgres).expect("there is one");
        assert_eq!(
            (found.tag.as_str(), found.file.as_str()),
            ("15", ".tool-versions")
        );
    }
}
