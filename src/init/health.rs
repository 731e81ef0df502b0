//! The route by which an application says that it is well, if its source shows one for certain.
//!
//! A route that is not there would keep the stack from ever being ready, so what may be mounted below another path is
//! left out.

use regex::Regex;

use super::language::Project;
use super::listing::Folder;

/// What such routes are called, the more telling first.
const ROUTES: &[&str] = &[
    "/healthz",
    "/health",
    "/readyz",
    "/ready",
    "/livez",
    "/_health",
    "/healthcheck",
    "/health-check",
    "/api/healthz",
    "/api/health",
    "/api/healthcheck",
    "/api/v1/health",
    "/v1/health",
    "/_healthcheck",
    "/ping",
    "/up",
];

/// The route and the file that shows it.
pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<(String, String)> {
    let by_framework = match (project.language, project.framework) {
        (_, Some("Rails")) => {
            contains(folder, "config/routes.rb", "rails/health#show").map(|file| ("/up", file))
        }
        (_, Some("Laravel")) => {
            contains(folder, "bootstrap/app.php", "health: '/up'").map(|file| ("/up", file))
        }
        (_, Some("Spring Boot")) => {
            let actuator = "org.springframework.boot:spring-boot-starter-actuator";
            let library = project
                .libraries
                .iter()
                .find(|library| library.name == actuator);
            library.map(|library| ("/actuator/health", library.file.clone()))
        }
        (_, Some("Next.js")) => next(folder),
        _ => None,
    };
    if let Some((route, file)) = by_framework {
        return Some((route.to_owned(), file));
    }
    let pattern = pattern(project.language)?;
    let mut best: Option<(usize, String, String)> = None;
    for (path, text) in folder.texts() {
        if path.contains("test") || path.contains("spec") || mounts_below(project, text) {
            continue;
        }
        for found in pattern.captures_iter(text) {
            let route = found
                .get(1)
                .or_else(|| found.get(2))
                .map_or("", |route| route.as_str());
            let route = format!("/{}", route.trim_matches('/'));
            let Some(rank) = ROUTES.iter().position(|known| *known == route) else {
                continue;
            };
            // Django answers without the slash by a redirect, which is no sign of health.
            let route = if project.framework == Some("Django") {
                format!("{route}/")
            } else {
                route
            };
            if best.as_ref().is_none_or(|(other, _, _)| rank < *other) {
                best = Some((rank, route, path.to_owned()));
            }
        }
    }
    best.map(|(_, route, path)| (route, path))
}

/// How a language's frameworks declare a route on the application itself, rather than on a part of it.
fn pattern(language: &str) -> Option<Regex> {
    let pattern = match language {
        "Node.js" => r#"\b(?:app|server|fastify)\.(?:get|all|use)\(\s*['"`]([^'"`]+)['"`]"#,
        "Python" => {
            r#"@(?:app|application|api)\.(?:get|route|head)\(\s*['"]([^'"]+)['"]|^\s*path\(\s*r?['"]([^'"]+)['"]"#
        }
        "Go" => {
            r#"\b(?:http|mux|r|router|e|app|srv|server|engine)\.(?:HandleFunc|Handle|Get|GET|Any)\(\s*"(?:GET )?([^"]+)""#
        }
        "Rust" => r#"\.route\(\s*"([^"]+)"|#\[get\("([^"]+)"\)\]"#,
        "Ruby" => r#"^\s{0,2}get\s+['"]([^'"]+)['"]"#,
        "PHP" => r#"\$app->get\(\s*['"]([^'"]+)['"]"#,
        ".NET" => r#"\bapp\.Map(?:HealthChecks|Get)\(\s*"([^"]+)""#,
        "Elixir" => r#"^\s*(?:get|forward)\s*\(?\s*"([^"]+)""#,
        _ => return None,
    };
    Some(Regex::new(&format!("(?m){pattern}")).expect("a valid pattern"))
}

/// Whether routes of this file may lie below a path that stands elsewhere.
fn mounts_below(project: &Project, text: &str) -> bool {
    match project.language {
        "Node.js" => text.contains("setGlobalPrefix") || text.contains("prefix:"),
        "Rust" => text.contains(".nest(") || text.contains("scope("),
        "Elixir" => text.contains("scope \"/api") || text.contains("scope \"/v1"),
        "Go" => text.contains("StripPrefix"),
        "Python" => {
            text.contains("root_path")
                || (project.framework == Some("Django") && !text.contains("admin.site.urls"))
        }
        "Ruby" => text.contains("namespace") || text.contains("scope "),
        _ => false,
    }
}

fn contains(folder: &Folder<'_>, file: &str, what: &str) -> Option<String> {
    folder.text(file)?.contains(what).then(|| file.to_owned())
}

fn next(folder: &Folder<'_>) -> Option<(&'static str, String)> {
    for (name, route) in [
        ("health", "/api/health"),
        ("healthz", "/api/healthz"),
        ("healthcheck", "/api/healthcheck"),
    ] {
        let found = folder.files().find(|(path, _)| {
            let path = path.strip_prefix("src/").unwrap_or(path);
            let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
            stem == format!("app/api/{name}/route") || stem == format!("pages/api/{name}")
        });
        if let Some((path, _)) = found {
            return Some((route, path.to_owned()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::language;
    use crate::init::listing::listing;

    fn route(files: &[(&str, &str)]) -> Option<String> {
        let files = listing(files);
        let project = language::read(&files.top()).expect("it is a project");
        find(&files.top(), &project).map(|(route, _)| route)
    }

    const EXPRESS: (&str, &str) = ("package.json", r#"{"dependencies": {"express": "4"}}"#);

    #[test]
    fn a_route_of_the_application_is_found_and_the_more_telling_one_taken() {
        let app = (
            "src/app.js",
            "app.get('/ping', x);\napp.get('/healthz', y);",
        );
        assert_eq!(route(&[EXPRESS, app]).as_deref(), Some("/healthz"));
    }

    #[test]
    fn a_route_that_may_be_mounted_elsewhere_is_none() {
        assert_eq!(
            route(&[EXPRESS, ("src/routes.js", "router.get('/health', x)")]),
            None
        );
        let axum = (
            "Cargo.toml",
            "[package]\nname = \"a\"\n[dependencies]\naxum = \"1\"\n",
        );
        let nested = (
            "src/main.rs",
            "Router::new().nest(\"/api\", Router::new().route(\"/health\", get(h)))",
        );
        assert_eq!(route(&[axum, nested]), None);
    }

    #[test]
    fn frameworks_have_their_own() {
        let rails = ("Gemfile", "gem 'rails'\n");
        let routes = ("config/routes.rb", "get \"up\" => \"rails/health#show\"");
        assert_eq!(route(&[rails, routes]).as_deref(), Some("/up"));
        let next = ("package.json", r#"{"dependencies": {"next": "15"}}"#);
        assert_eq!(
            route(&[next, ("src/app/api/health/route.ts", "")]).as_deref(),
            Some("/api/health")
        );
        let django = ("requirements.txt", "django\n");
        let urls = (
            "shop/urls.py",
            "urlpatterns = [\n    path(\"admin/\", admin.site.urls),\n    path(\"healthz/\", health),\n]",
        );
        assert_eq!(route(&[django, urls]).as_deref(), Some("/healthz/"));
    }
}
