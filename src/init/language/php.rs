//! PHP: `composer.json`.

use serde_json::Value;

use super::{Project, Tool, at_least};
use crate::init::listing::Folder;

const FRAMEWORKS: &[(&str, &str, u16)] = &[
    ("laravel/framework", "Laravel", 8000),
    ("symfony/framework-bundle", "Symfony", 8000),
    ("slim/slim", "Slim", 8080),
    ("cakephp/cakephp", "CakePHP", 8765),
    ("yiisoft/yii2", "Yii", 8080),
    ("codeigniter4/framework", "CodeIgniter", 8080),
];

pub(super) fn read(folder: &Folder<'_>) -> Option<Project> {
    let composer: Value = serde_json::from_str(folder.text("composer.json")?).ok()?;
    let libraries = [("require", false), ("require-dev", true)];
    let mut project = Project::of_json("PHP", &composer, "composer.json", libraries, FRAMEWORKS);
    project.runs =
        project.framework.is_some() || folder.has("index.php") || folder.has("public/index.php");
    project.start = match project.framework {
        Some("Laravel") => Some("php artisan serve".to_owned()),
        Some("Symfony") => Some("symfony serve".to_owned()),
        _ if folder.has("public/index.php") => Some("php -S localhost:8080 -t public".to_owned()),
        _ => None,
    };
    project.tool = Some(Tool {
        name: "php",
        version: composer["require"]["php"].as_str().and_then(at_least),
    });
    Some(project)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::listing;

    #[test]
    fn composer_json_is_read() {
        let files = listing(&[(
            "composer.json",
            r#"{"name": "acme/shop", "require": {"php": "^8.2", "laravel/framework": "^11.0", "predis/predis": "^2"}}"#,
        )]);
        let project = read(&files.top()).expect("it is one");
        assert_eq!(
            (project.name.as_deref(), project.framework),
            (Some("shop"), Some("Laravel"))
        );
        assert!(project.runs && project.uses("predis/predis"));
        assert_eq!(
            project.tool.and_then(|tool| tool.version).as_deref(),
            Some(">=8.2")
        );
    }
}
