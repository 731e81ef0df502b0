//! Go: `go.mod`.

use super::{Library, Project, Tool, at_least};
use crate::init::listing::{Folder, ending};

const FRAMEWORKS: &[(&str, &str, u16)] = &[
    ("github.com/gin-gonic/gin", "Gin", 8080),
    ("github.com/labstack/echo/v4", "Echo", 1323),
    ("github.com/gofiber/fiber/v2", "Fiber", 3000),
    ("github.com/gofiber/fiber/v3", "Fiber", 3000),
    ("github.com/go-chi/chi/v5", "chi", 8080),
    ("github.com/gorilla/mux", "gorilla/mux", 8080),
];

pub(super) fn read(folder: &Folder<'_>) -> Option<Project> {
    let text = folder.text("go.mod")?;
    let mut project = Project {
        language: "Go",
        ..Project::default()
    };
    let mut version = None;
    for line in text.lines() {
        // What others need is not what this needs.
        if line.contains("// indirect") {
            continue;
        }
        let line = line.split("//").next().unwrap_or_default().trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["module", path] => {
                project.name = path.rsplit('/').next().map(str::to_owned);
            }
            ["go", asked] => version = at_least(asked),
            ["require", name, _] | [name, _] if name.contains('.') => {
                project.libraries.push(Library {
                    name: (*name).to_owned(),
                    dev: false,
                    file: "go.mod".to_owned(),
                });
            }
            _ => {}
        }
    }
    if let Some((framework, port)) = project.known(FRAMEWORKS) {
        project.framework = Some(framework);
        project.port = Some(port);
    }
    let mut mains: Vec<&str> = folder
        .texts()
        .filter(|(path, text)| ending(path) == "go" && text.contains("func main()"))
        .map(|(path, _)| path)
        .filter(|path| *path == "main.go" || path.starts_with("cmd/"))
        .collect();
    mains.sort_by_key(|path| path.len());
    project.runs = !mains.is_empty();
    project.start = mains.first().map(|path| match path.rsplit_once('/') {
        None => "go run .".to_owned(),
        Some((folder, _)) => format!("go run ./{folder}"),
    });
    project.tool = Some(Tool {
        name: "go",
        version,
    });
    Some(project)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn a_module_is_read_without_what_only_others_need() {
        let files = listing(&[
            (
                "go.mod",
                "module example.com/acme/shop\n\ngo 1.23.0\n\nrequire (\n\tgithub.com/jackc/pgx/v5 v5.6.0\n\tgithub.com/redis/go-redis/v9 v9.5.1 // indirect\n)\nrequire github.com/go-chi/chi/v5 v5.0.12\n",
            ),
            ("cmd/api/main.go", "package main\nfunc main() {}\n"),
        ]);
        let project = read(&files.top()).expect("it is one");
        assert_eq!(
            (project.name.as_deref(), project.framework),
            (Some("shop"), Some("chi"))
        );
        assert!(
            project.uses("github.com/jackc/pgx/v5")
                && !project.uses("github.com/redis/go-redis/v9")
        );
        assert_eq!(project.start.as_deref(), Some("go run ./cmd/api"));
        assert_eq!(
            project.tool.and_then(|tool| tool.version).as_deref(),
            Some(">=1.23")
        );
    }
}
