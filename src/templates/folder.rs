//! Reads a template from a folder. Links are refused: who writes a template must not decide which of the reader's files
//! end up in a project.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::Path;

use super::bundle::{Bundle, DEFINITION, FILES, PART};
use crate::diagnostic::Diagnostic;
use crate::manifest::file::shown;

/// So many bytes a template may have in all.
pub(super) const LIMIT: u64 = 64 * 1024 * 1024;

/// That a template has too much.
pub(super) fn too_large(place: &str) -> Diagnostic {
    Diagnostic::error(format!(
        "the template {place} has more than {} MB of files",
        LIMIT >> 20
    ))
}

/// The template in a folder; `directory` is where the user is.
pub fn from_folder(path: &Path, directory: &Path) -> Result<Bundle, Box<Diagnostic>> {
    let folder = directory.join(path);
    let place = path.display().to_string();
    let place = place.trim_end_matches('/').to_owned();
    if !folder.is_dir() {
        let problem = Diagnostic::error(format!("there is no folder {place}"));
        return Err(Box::new(
            problem.fix("see what devstack brings itself: `devstack templates`"),
        ));
    }
    // `.` has no name of its own.
    let whole = std::fs::canonicalize(&folder).unwrap_or_else(|_| folder.clone());
    let mut bundle = Bundle {
        name: whole.file_name().map_or_else(
            || "template".to_owned(),
            |n| n.to_string_lossy().into_owned(),
        ),
        place,
        ..Bundle::default()
    };
    let mut left = LIMIT;
    for name in [DEFINITION, PART] {
        let path = folder.join(name);
        if std::fs::symlink_metadata(&path).is_ok() {
            add(&path, name.to_owned(), directory, &mut bundle, &mut left)?;
        }
    }
    let files = folder.join(FILES.trim_end_matches('/'));
    if std::fs::symlink_metadata(&files).is_ok() {
        add(&files, FILES.to_owned(), directory, &mut bundle, &mut left)?;
    }
    Ok(bundle)
}

/// Adds a file, or a folder (whose name ends in `/`) with everything below it.
fn add(
    path: &Path,
    name: String,
    directory: &Path,
    bundle: &mut Bundle,
    left: &mut u64,
) -> Result<(), Box<Diagnostic>> {
    let here = shown(path, directory);
    let unreadable = |error: std::io::Error| {
        Box::new(Diagnostic::error(format!("{here} cannot be read: {error}")))
    };
    let facts = std::fs::symlink_metadata(path).map_err(unreadable)?;
    if facts.is_dir() {
        let entries = std::fs::read_dir(path).map_err(unreadable)?;
        let mut inside = Vec::new();
        for entry in entries {
            inside.push(entry.map_err(unreadable)?.path());
        }
        inside.sort();
        for path in inside {
            let Some(part) = path.file_name().and_then(|part| part.to_str()) else {
                return Err(Box::new(Diagnostic::error(format!(
                    "the name of {} is not UTF-8",
                    shown(&path, directory)
                ))));
            };
            let slash = if path.is_dir() && !path.is_symlink() {
                "/"
            } else {
                ""
            };
            add(
                &path,
                format!("{name}{part}{slash}"),
                directory,
                bundle,
                left,
            )?;
        }
        return Ok(());
    }
    if !facts.is_file() {
        return Err(Box::new(no_file(&here, facts.is_symlink())));
    }
    let mut content = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(*left + 1).read_to_end(&mut content))
        .map_err(unreadable)?;
    *left = left
        .checked_sub(content.len() as u64)
        .ok_or_else(|| Box::new(too_large(&bundle.place)))?;
    bundle.files.insert(name, Cow::Owned(content));
    Ok(())
}

/// That a template has something else than files.
pub(super) fn no_file(name: &str, is_link: bool) -> Diagnostic {
    let kind = if is_link { "a link" } else { "no file" };
    Diagnostic::error(format!("{name} is {kind}"))
        .note("a template has files and folders, and nothing else")
}
