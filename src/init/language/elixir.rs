//! Elixir: `mix.exs`.

use regex::Regex;

use super::{Library, Project, Tool, at_least, pinned};
use crate::init::listing::Folder;

pub(super) fn read(folder: &Folder<'_>) -> Option<Project> {
    let text = folder.text("mix.exs")?;
    let dependency = Regex::new(r"(?m)^[^#\n]*?\{:(\w+),([^}\n]*)").expect("a valid pattern");
    let app = Regex::new(r"\bapp:\s*:(\w+)").expect("a valid pattern");
    let elixir = Regex::new(r#"\belixir:\s*"([^"]+)""#).expect("a valid pattern");
    let mut project = Project {
        language: "Elixir",
        name: app.captures(text).map(|found| found[1].to_owned()),
        ..Project::default()
    };
    for found in dependency.captures_iter(text) {
        project.libraries.push(Library {
            name: found[1].to_owned(),
            dev: found[2].contains("only:"),
            file: "mix.exs".to_owned(),
        });
    }
    if project.uses("phoenix") {
        project.framework = Some("Phoenix");
        project.port = Some(4000);
        project.start = Some("mix phx.server".to_owned());
        project.runs = true;
    }
    project.tool = Some(Tool {
        name: "elixir",
        version: elixir
            .captures(text)
            .and_then(|found| at_least(&found[1]))
            .or_else(|| pinned(folder, &["elixir"], ".elixir-version")),
    });
    Some(project)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn dependencies_are_read() {
        let files = listing(&[(
            "mix.exs",
            "app: :shop,\nelixir: \"~> 1.14\",\n[\n  {:phoenix, \"~> 1.7.14\"},\n  # {:redix, \"1\"},\n  {:postgrex, \">= 0.0.0\"},\n  {:floki, \"0.30\", only: :test}\n]\n",
        )]);
        let project = read(&files.top()).expect("it is one");
        let found: Vec<(&str, bool)> = project
            .libraries
            .iter()
            .map(|found| (found.name.as_str(), found.dev))
            .collect();
        assert_eq!(
            found,
            [("phoenix", false), ("postgrex", false), ("floki", true)]
        );
        assert_eq!(
            (project.framework, project.name.as_deref()),
            (Some("Phoenix"), Some("shop"))
        );
        assert_eq!(
            project.tool.and_then(|tool| tool.version).as_deref(),
            Some(">=1.14")
        );
    }
}
