//! The applications of a folder: what runs, where it is built, where it listens, what it needs.

use std::collections::BTreeSet;

use super::dockerfile::{self, Dockerfile};
use super::example::{self, Example};
use super::language::{self, Project};
use super::listing::{Folder, Listing, file_name};
use super::login::{self, Login};
use super::migration::{self, Migration};
use super::software::Software;
use super::variable::Purpose;
use super::{health, listen, mentioned};

/// So many applications are looked at.
const MOST: usize = 12;
/// Folders in which nothing is an application of the project's own.
const NOT_APPLICATIONS: &[&str] = &[
    "examples",
    "example",
    "test",
    "tests",
    "spec",
    "e2e",
    "docs",
    "doc",
    "website",
    "fixtures",
    "samples",
    "scripts",
    "tools",
    "templates",
    "infra",
    "deploy",
    "ops",
    ".devcontainer",
    ".github",
    ".circleci",
];

/// An application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Application {
    /// The name of its service.
    pub name: String,
    /// Its folder; empty for the top.
    pub folder: String,
    /// What its language says of it; nothing if there is only a Dockerfile.
    pub project: Option<Project>,
    /// How its image is built.
    pub dockerfile: Option<Dockerfile>,
    /// The port that it listens on in a container.
    pub port: Option<u16>,
    /// The route of its health and the file that shows it.
    pub health: Option<(String, String)>,
    /// How it brings its tables up to date.
    pub migration: Option<Migration>,
    /// The example of its env file.
    pub example: Option<Example>,
    /// The variables that its source reads.
    pub reads: BTreeSet<String>,
    /// The logins that its settings show.
    pub logins: Vec<(Software, Login)>,
    /// Connection strings of ASP.NET Core by their names.
    pub connection_strings: Vec<(String, String)>,
}

impl Application {
    /// What it is, for people: `Node.js, Express`.
    pub fn kind(&self) -> String {
        match &self.project {
            None => "Dockerfile".to_owned(),
            Some(project) => match project.framework {
                Some(framework) => format!("{}, {framework}", project.language),
                None => project.language.to_owned(),
            },
        }
    }

    /// Whether its framework is this one.
    pub fn is(&self, framework: &str) -> bool {
        self.project
            .as_ref()
            .is_some_and(|project| project.framework == Some(framework))
    }

    /// Whether its language is this one.
    pub fn speaks(&self, language: &str) -> bool {
        self.project
            .as_ref()
            .is_some_and(|project| project.language == language)
    }

    /// Whether it uses a library.
    pub fn uses(&self, library: &str) -> bool {
        self.project
            .as_ref()
            .is_some_and(|project| project.uses(library))
    }

    /// The path, from the top, of what it knows under `name`.
    pub fn join(&self, name: &str) -> String {
        if self.folder.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.folder)
        }
    }
}

/// The applications of a folder; `name` is what the whole is called.
pub(super) fn find(listing: &Listing, name: &str) -> Vec<Application> {
    let dockerfiles = dockerfile::folders(&listing.top());
    let mut found = Vec::new();
    for folder in listing.folders() {
        if folder
            .path()
            .split('/')
            .any(|part| NOT_APPLICATIONS.contains(&part))
        {
            continue;
        }
        let project = language::read(&folder).filter(|project| project.runs);
        let own_dockerfile = dockerfiles.iter().any(|own| own == folder.path());
        // A Dockerfile at the top of many applications builds one of them, or all; it is no further application.
        if project.is_some() || own_dockerfile {
            found.push((folder, project));
        }
        if found.len() == MOST {
            break;
        }
    }
    let several = found.len() > 1;
    if several {
        // The top of a monorepo that has nothing of its own but a Dockerfile.
        found.retain(|(folder, project)| project.is_some() || !folder.path().is_empty());
    }
    let mut taken = BTreeSet::new();
    found
        .into_iter()
        .map(|(folder, project)| {
            let mut wanted = service_name(&folder, project.as_ref(), several, name);
            while !taken.insert(wanted.clone()) {
                wanted = format!("{}-{wanted}", service(folder.path()));
            }
            read(&folder, project, wanted)
        })
        .collect()
}

fn read(folder: &Folder<'_>, project: Option<Project>, name: String) -> Application {
    let language = project.clone().unwrap_or_else(|| Project {
        // Without a file of its language an application is known by its source alone.
        language: by_source(folder),
        ..Project::default()
    });
    let dockerfile = dockerfile::find(folder, &name);
    let example = example::find(folder);
    let health = dockerfile
        .as_ref()
        .and_then(|file| Some((file.health.clone()?, file.path.clone())))
        .or_else(|| {
            health::find(folder, &language).map(|(route, file)| (route, folder.join(&file)))
        });
    let told = example.as_ref().and_then(|example| {
        let port = |variable: &&example::Variable| variable.purpose == Purpose::Listen;
        example.variables.iter().find(port)?.value.parse().ok()
    });
    let port = told
        .or_else(|| dockerfile.as_ref()?.ports.first().copied())
        .or_else(|| listen::find(folder, &language))
        .or(language.port);
    Application {
        port,
        health,
        migration: project
            .as_ref()
            .and_then(|project| migration::find(folder, project)),
        reads: mentioned::variables(folder),
        logins: login::find(folder),
        connection_strings: login::connection_strings(folder),
        folder: folder.path().to_owned(),
        name,
        project,
        dockerfile,
        example,
    }
}

/// The language that most files of a folder are in.
fn by_source(folder: &Folder<'_>) -> &'static str {
    let languages = [
        ("py", "Python"),
        ("js", "Node.js"),
        ("ts", "Node.js"),
        ("go", "Go"),
        ("rb", "Ruby"),
        ("php", "PHP"),
    ];
    let count = |ending: &str| {
        let dotted = format!(".{ending}");
        folder
            .files()
            .filter(|(path, _)| path.ends_with(&dotted))
            .count()
    };
    languages
        .iter()
        .max_by_key(|(ending, _)| count(ending))
        .filter(|(ending, _)| count(ending) > 0)
        .map_or("", |(_, language)| language)
}

/// What an application's service is called: by its folder, else by what it is.
fn service_name(
    folder: &Folder<'_>,
    project: Option<&Project>,
    several: bool,
    whole: &str,
) -> String {
    if !folder.path().is_empty() {
        let own = service(file_name(folder.path()));
        // `src/Shop.Api` is the api.
        if let (Some(".NET"), Some((_, last))) = (
            project.map(|project| project.language),
            own.rsplit_once('-'),
        ) {
            return last.to_owned();
        }
        return own;
    }
    let named = project
        .and_then(|project| project.name.clone())
        .map(|name| service(&name));
    match named {
        Some(name) if several && !name.is_empty() && name != service(whole) => name,
        _ => "app".to_owned(),
    }
}

/// A name that is fit for a service and for its host.
pub(super) fn service(name: &str) -> String {
    let fit: String = name
        .chars()
        .map(|c| match c {
            'A'..='Z' => c.to_ascii_lowercase(),
            'a'..='z' | '0'..='9' | '-' => c,
            _ => '-',
        })
        .collect();
    let fit = fit.trim_matches('-');
    if fit.is_empty() {
        "app".to_owned()
    } else {
        fit.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn what_only_serves_applications_is_none() {
        let files = listing(&[
            ("package.json", r#"{"workspaces": ["apps/*"]}"#),
            (
                "apps/api/package.json",
                r#"{"scripts": {"start": "node ."}, "dependencies": {"fastify": "5"}}"#,
            ),
            (
                "apps/web/package.json",
                r#"{"scripts": {"dev": "next dev"}, "dependencies": {"next": "15"}}"#,
            ),
            ("packages/ui/package.json", "{}"),
            (
                "examples/demo/package.json",
                r#"{"scripts": {"start": "x"}}"#,
            ),
        ]);
        let names: Vec<String> = find(&files, "shop")
            .into_iter()
            .map(|app| app.name)
            .collect();
        assert_eq!(names, ["api", "web"]);
    }

    #[test]
    fn a_dockerfile_alone_makes_an_application() {
        let files = listing(&[
            ("server/Dockerfile", "FROM python:3.13-slim\nEXPOSE 9000\n"),
            ("server/main.py", "os.environ['REDIS_URL']"),
        ]);
        let app = find(&files, "x").remove(0);
        assert_eq!(
            (app.name.as_str(), app.port, app.kind().as_str()),
            ("server", Some(9000), "Dockerfile")
        );
        assert!(app.reads.contains("REDIS_URL"));
    }

    #[test]
    fn the_port_that_the_example_sets_wins_over_the_one_that_is_exposed() {
        let files = listing(&[
            (
                "package.json",
                r#"{"scripts": {"start": "x"}, "dependencies": {"express": "4"}}"#,
            ),
            ("Dockerfile", "FROM node:20\nEXPOSE 3000\n"),
            (".env.example", "PORT=4000\n"),
        ]);
        assert_eq!(find(&files, "x").remove(0).port, Some(4000));
    }
}
