//! Node.js: `package.json`.

use serde_json::Value;

use super::{Project, Tool, at_least, pinned};
use crate::init::listing::Folder;

/// Frameworks by their library, the more telling first, and the port that they listen on.
const FRAMEWORKS: &[(&str, &str, u16)] = &[
    ("next", "Next.js", 3000),
    ("nuxt", "Nuxt", 3000),
    ("@nestjs/core", "NestJS", 3000),
    ("@remix-run/node", "Remix", 3000),
    ("@adonisjs/core", "AdonisJS", 3333),
    ("@strapi/strapi", "Strapi", 1337),
    ("@sveltejs/kit", "SvelteKit", 5173),
    ("astro", "Astro", 4321),
    ("fastify", "Fastify", 3000),
    ("express", "Express", 3000),
    ("koa", "Koa", 3000),
    ("hono", "Hono", 3000),
    ("@hapi/hapi", "hapi", 3000),
    ("react-scripts", "React", 3000),
    ("@angular/core", "Angular", 4200),
    ("vite", "Vite", 5173),
];

pub(super) fn read(folder: &Folder<'_>) -> Option<Project> {
    let package: Value = serde_json::from_str(folder.text("package.json")?).ok()?;
    let libraries = [("dependencies", false), ("devDependencies", true)];
    let mut project = Project::of_json("Node.js", &package, "package.json", libraries, FRAMEWORKS);
    let script = |name: &str| package["scripts"][name].as_str().is_some();
    // The root of a workspace starts the others.
    let root = !package["workspaces"].is_null() || folder.has("pnpm-workspace.yaml");
    project.runs = !root && (script("start") || (script("dev") && project.framework.is_some()));
    let runner = runner(folder, &package);
    project.start = ["dev", "start:dev", "start"]
        .into_iter()
        .find(|name| script(name))
        .map(|name| match (runner, name) {
            ("npm", "start") => "npm start".to_owned(),
            ("npm" | "bun", name) => format!("{runner} run {name}"),
            (runner, name) => format!("{runner} {name}"),
        });
    project.tool = Some(Tool {
        name: "node",
        version: package["engines"]["node"]
            .as_str()
            .and_then(at_least)
            .or_else(|| pinned(folder, &["nodejs", "node"], ".nvmrc"))
            .or_else(|| pinned(folder, &[], ".node-version")),
    });
    Some(project)
}

/// The package manager, by its lock file here or at the top.
fn runner(folder: &Folder<'_>, package: &Value) -> &'static str {
    let said = package["packageManager"].as_str().unwrap_or_default();
    let top = folder.listing().top();
    let has = |file: &str| folder.has(file) || top.has(file);
    if said.starts_with("pnpm") || has("pnpm-lock.yaml") {
        "pnpm"
    } else if said.starts_with("yarn") || has("yarn.lock") {
        "yarn"
    } else if has("bun.lockb") || has("bun.lock") {
        "bun"
    } else {
        "npm"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn an_application_is_told_from_a_library_and_from_the_root_of_a_workspace() {
        let files = listing(&[
            (
                "package.json",
                r#"{"workspaces": ["apps/*"], "scripts": {"start": "x"}}"#,
            ),
            (
                "apps/api/package.json",
                r#"{"name": "@shop/api", "scripts": {"dev": "x"}, "dependencies": {"express": "4"}, "engines": {"node": ">=20.9"}}"#,
            ),
            (
                "packages/ui/package.json",
                r#"{"scripts": {"dev": "tsup --watch"}}"#,
            ),
            ("pnpm-lock.yaml", ""),
        ]);
        let runs = |path| read(&files.folder(path)).expect("it is a project").runs;
        assert!(!runs("") && runs("apps/api") && !runs("packages/ui"));
        let api = read(&files.folder("apps/api")).expect("it is a project");
        assert_eq!(
            (api.name.as_deref(), api.framework),
            (Some("api"), Some("Express"))
        );
        assert_eq!(api.start.as_deref(), Some("pnpm dev"));
        assert_eq!(
            api.tool.and_then(|tool| tool.version).as_deref(),
            Some(">=20.9")
        );
    }

    #[test]
    fn what_is_no_json_is_no_project() {
        assert_eq!(read(&listing(&[("package.json", "{,")]).top()), None);
    }
}
