//! The files that a template puts beside the manifest. None is ever overwritten, and none lies outside of its folder.

use std::io::Write as _;
use std::path::{Component, Path, PathBuf};

use super::bundle::FILES;
use super::definition::Template;
use super::pattern::Pattern;
use super::scope::Scope;
use super::target::Target;
use crate::diagnostic::Diagnostic;
use crate::manifest::file::{decode, shown};
use crate::source::Source;

/// A file that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Where.
    pub path: PathBuf,
    /// How it is called in messages.
    pub shown: String,
    /// What is in it.
    pub content: Vec<u8>,
}

impl NewFile {
    /// Whether it can be run: it says by which program.
    pub fn is_program(&self) -> bool {
        self.content.starts_with(b"#!")
    }

    /// Makes it, with its folders; a file that has come there in the meantime is an error.
    pub fn write(&self) -> std::io::Result<()> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(if self.is_program() { 0o777 } else { 0o666 });
        }
        options.open(&self.path)?.write_all(&self.content)
    }
}

/// The files that are to be made. What is there with other content stays, and is told.
pub(super) fn new_files(
    template: &Template,
    target: &Target,
    scope: &Scope,
    kept: &mut Vec<Diagnostic>,
) -> Result<Vec<NewFile>, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let into = Pattern::plain(
        &Source::new(
            template.bundle.shown("template.yaml"),
            template.into.as_str(),
        ),
        &mut problems,
    )
    .fill(scope, &mut problems)
    .text;
    let mut files = Vec::new();
    for (path, bytes) in template.bundle.extra_files() {
        let wanted = template
            .rules
            .iter()
            .filter(|rule| rule.files.is_match(path))
            .all(|rule| rule.when.as_ref().is_none_or(|when| when.holds(scope)));
        if !wanted {
            continue;
        }
        let content = if template.fills(path) {
            match decode(
                template.bundle.shown(&format!("{FILES}{path}")),
                bytes.to_vec(),
            ) {
                Ok(source) => Pattern::plain(&source, &mut problems)
                    .fill(scope, &mut problems)
                    .text
                    .into_bytes(),
                Err(error) => {
                    problems.push(error.diagnostic(None));
                    continue;
                }
            }
        } else {
            bytes.to_vec()
        };
        match inside(&target.directory, &format!("{into}/{path}")) {
            Err(why) => problems.push(
                Diagnostic::error(format!(
                    "`{}` wants to put a file at `{into}/{path}`: {why}",
                    template.name
                ))
                .note("a template writes only below the folder of the manifest"),
            ),
            Ok(path) => {
                let name = shown(&path, &target.options.directory);
                match std::fs::read(&path) {
                    Ok(there) if there == content => {}
                    Ok(_) => kept.push(Diagnostic::warning(format!(
                        "{name} is there with other content and stays as it is"
                    ))),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                        files.push(NewFile {
                            path,
                            shown: name,
                            content,
                        });
                    }
                    Err(error) => {
                        problems.push(Diagnostic::error(format!("{name} cannot be read: {error}")));
                    }
                }
            }
        }
    }
    if problems.is_empty() {
        Ok(files)
    } else {
        Err(problems)
    }
}

/// The path of a file below a folder; why not, if it would lie elsewhere.
fn inside(folder: &Path, path: &str) -> Result<PathBuf, String> {
    let mut place = folder.to_path_buf();
    for part in Path::new(path).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) if name.eq_ignore_ascii_case(".git") => {
                return Err("`.git` belongs to git".to_owned());
            }
            Component::Normal(name) => {
                place.push(name);
                let link = std::fs::symlink_metadata(&place).is_ok_and(|facts| facts.is_symlink());
                if link {
                    return Err(format!("`{}` is a link to another place", place.display()));
                }
            }
            _ => return Err("it leads out of the folder".to_owned()),
        }
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let outside = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).expect("made");
        let inside = |path: &str| inside(folder.path(), path).ok();
        assert_eq!(inside("a/./b"), Some(folder.path().join("a/b")));
        for path in [
            "../x",
            "a/../../x",
            "a/../x",
            "/etc/x",
            "link/x",
            "link",
            ".git/hooks/x",
            "a/.GIT/config",
        ] {
            assert_eq!(inside(path), None, "{path}");
        }
    }
}
