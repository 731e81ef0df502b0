//! Ecto, in Phoenix and elsewhere.

use super::Migration;
use crate::init::language::Project;
use crate::init::listing::Folder;

pub(super) fn find(folder: &Folder<'_>, _project: &Project) -> Option<Migration> {
    let migrations = "priv/repo/migrations";
    if !folder.has("mix.exs") || !folder.has_below(migrations) {
        return None;
    }
    // Releases have no mix; Phoenix generates what they call instead.
    let release = folder
        .files()
        .any(|(path, _)| path.ends_with("rel/overlays/bin/migrate"));
    let command = if release {
        "bin/migrate"
    } else {
        "mix ecto.migrate"
    };
    Some(Migration::new(
        "Ecto",
        command,
        &["priv/repo/migrations/**"],
    ))
}
