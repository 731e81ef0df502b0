//! The port that an application listens on, by its source.

use regex::Regex;

use super::language::Project;
use super::listing::{Folder, ending};

/// The port that the source says, if it says one.
pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<u16> {
    let pattern = match project.language {
        "Node.js" => {
            r"(?:\bPORT\b['\x22\])]*\s*(?:\|\||\?\?|,|=)\s*['\x22]?|\.listen\(\s*(?:\{\s*port:\s*)?)(\d{2,5})\b"
        }
        "Python" => r#"(?:\bport\s*=\s*|["']PORT["']\s*,\s*["']?)(\d{4,5})\b"#,
        "Go" => r#"(?:"(?:0\.0\.0\.0)?:|PORT"\s*,\s*")(\d{4,5})""#,
        "Rust" => r"(?:0\.0\.0\.0:|\[0, 0, 0, 0\],\s*|127\.0\.0\.1:)(\d{4,5})\b",
        "Java" | "Kotlin" => r"(?m)^\s*(?:server\.port\s*=|port:)\s*(?:\$\{PORT:)?(\d{4,5})",
        "Elixir" => r#"\bPORT"\)?\s*\|\|\s*"(\d{4,5})""#,
        "Ruby" => r#"\bPORT['"]\s*[,)]?\s*\{?\s*['"]?(\d{4,5})"#,
        _ => return None,
    };
    let pattern = Regex::new(pattern).expect("a valid pattern");
    folder
        .texts()
        .filter(|(path, _)| !path.contains("test") && ending(path) != "json")
        .find_map(|(_, text)| pattern.captures(text)?[1].parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::language;
    use crate::init::listing::listing;

    #[test]
    fn the_port_in_the_source_is_found_in_every_language() {
        for (files, port) in [
            (
                [
                    ("package.json", "{}"),
                    ("src/index.js", "const port = process.env.PORT || 4100;"),
                ],
                4100,
            ),
            (
                [
                    ("package.json", "{}"),
                    ("server.ts", "app.listen({ port: 4300 })"),
                ],
                4300,
            ),
            (
                [
                    ("requirements.txt", "flask"),
                    ("app.py", "app.run(host='0.0.0.0', port=5050)"),
                ],
                5050,
            ),
            (
                [
                    ("go.mod", "module x"),
                    ("main.go", "http.ListenAndServe(\":9000\", mux)"),
                ],
                9000,
            ),
            (
                [
                    ("Cargo.toml", "[package]\nname = \"x\""),
                    ("src/main.rs", "bind(\"0.0.0.0:4000\")"),
                ],
                4000,
            ),
            (
                [
                    ("pom.xml", "<project/>"),
                    (
                        "src/main/resources/application.properties",
                        "server.port=8085\n",
                    ),
                ],
                8085,
            ),
        ] {
            let files = listing(&files);
            let project = language::read(&files.top()).expect("it is a project");
            assert_eq!(
                find(&files.top(), &project),
                Some(port),
                "{}",
                project.language
            );
        }
    }
}
