//! The templates that devstack brings along: the folders of `templates/`, put into the binary by `build.rs`.

use std::borrow::Cow;

use super::bundle::Bundle;

/// Folder, path in it, content.
type Embedded = (&'static str, &'static str, &'static [u8]);

const FILES: &[Embedded] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// The names, in alphabetical order.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = FILES.iter().map(|(name, ..)| *name).collect();
    names.dedup();
    names
}

/// A template by its name.
pub fn bundle(name: &str) -> Option<Bundle> {
    let files: indexmap::IndexMap<String, Cow<'static, [u8]>> = FILES
        .iter()
        .filter(|(folder, ..)| *folder == name)
        .map(|&(_, path, content)| (path.to_owned(), Cow::Borrowed(content)))
        .collect();
    (!files.is_empty()).then(|| Bundle {
        name: name.to_owned(),
        place: format!("templates/{name}"),
        files,
    })
}
