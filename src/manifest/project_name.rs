//! The project's name: `-p`, `COMPOSE_PROJECT_NAME`, `name:`, else the folder's name made fit.

use std::path::Path;

use crate::diagnostic::Diagnostic;

/// Makes a name fit: lower case letters, digits, `-` and `_`, beginning with a letter or digit.
pub fn normalise(name: &str) -> String {
    let kept: String = name
        .to_lowercase()
        .chars()
        .filter(|c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-'))
        .collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}

/// The name that the folder gives, if it has anything to give.
pub fn of_folder(folder: &Path) -> Option<String> {
    let name = normalise(&folder.file_name()?.to_string_lossy());
    (!name.is_empty()).then_some(name)
}

/// That a name is not fit; `source` says where it comes from.
pub fn refused(name: &str, source: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!(
        "`{name}` ({source}) cannot be a project's name"
    ))
    .note("a project's name has lower case letters, digits, `-` and `_`, and begins with a letter or digit");
    match normalise(name) {
        fit if fit.is_empty() => diagnostic,
        fit => diagnostic.fix(format!("use `{fit}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_folder_names_fit_as_compose_does() {
        assert_eq!(normalise("My Shop.v2"), "myshopv2");
        assert_eq!(normalise("_-a_B"), "a_b");
        assert_eq!(
            of_folder(Path::new("/srv/Web-App")),
            Some("web-app".to_owned())
        );
        assert_eq!(of_folder(Path::new("/")), None);
        assert_eq!(of_folder(Path::new("/…")), None);
    }
}
