//! Ruby: `Gemfile`.

use regex::Regex;

use super::{Library, Project, Tool, at_least, pinned};
use crate::init::listing::Folder;

const FRAMEWORKS: &[(&str, &str, u16)] = &[
    ("rails", "Rails", 3000),
    ("hanami", "Hanami", 2300),
    ("sinatra", "Sinatra", 4567),
    ("roda", "Roda", 9292),
    ("grape", "Grape", 9292),
];

pub(super) fn read(folder: &Folder<'_>) -> Option<Project> {
    let text = folder.text("Gemfile")?;
    let gem = Regex::new(r#"(?m)^(\s*)gem\s*\(?\s*['"]([^'"]+)['"]"#).expect("a valid pattern");
    let group = Regex::new(r"(?m)^\s*group\b([^\n]*)\bdo\b").expect("a valid pattern");
    let ruby = Regex::new(r#"(?m)^\s*ruby\s+['"]([^'"]+)['"]"#).expect("a valid pattern");
    let mut project = Project {
        language: "Ruby",
        ..Project::default()
    };
    for found in gem.captures_iter(text) {
        // What stands indented after `group :development do` is in that group.
        let before = found.get(0).map_or(0, |all| all.start());
        let dev = !found[1].is_empty()
            && group
                .captures_iter(&text[..before])
                .last()
                .is_some_and(|group| !group[1].contains("production"));
        project.libraries.push(Library {
            name: found[2].to_owned(),
            dev,
            file: "Gemfile".to_owned(),
        });
    }
    if let Some((framework, port)) = project.known(FRAMEWORKS) {
        project.framework = Some(framework);
        project.port = Some(port);
    }
    project.runs = project.framework.is_some() || folder.has("config.ru");
    project.start = match project.framework {
        Some("Rails") if folder.has("bin/dev") => Some("bin/dev".to_owned()),
        Some("Rails") => Some("bin/rails server".to_owned()),
        _ if folder.has("config.ru") => Some("bundle exec rackup".to_owned()),
        _ => None,
    };
    project.tool = Some(Tool {
        name: "ruby",
        version: ruby
            .captures(text)
            .and_then(|found| at_least(&found[1]))
            .or_else(|| pinned(folder, &["ruby"], ".ruby-version")),
    });
    Some(project)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn gems_and_their_groups_are_read() {
        let files = listing(&[(
            "Gemfile",
            "ruby \"3.3.1\"\ngem \"rails\", \"~> 7.1\"\ngem 'pg'\n# gem \"mysql2\"\ngroup :development, :test do\n  gem \"fakeredis\"\nend\n",
        )]);
        let project = read(&files.top()).expect("it is one");
        let gems: Vec<(&str, bool)> = project
            .libraries
            .iter()
            .map(|gem| (gem.name.as_str(), gem.dev))
            .collect();
        assert_eq!(gems, [("rails", false), ("pg", false), ("fakeredis", true)]);
        assert_eq!(
            (project.framework, project.start.as_deref()),
            (Some("Rails"), Some("bin/rails server"))
        );
        assert_eq!(
            project.tool.and_then(|tool| tool.version).as_deref(),
            Some(">=3.3")
        );
    }
}
