//! golang-migrate.

use super::{Migration, source_says};
use crate::init::language::Project;
use crate::init::listing::{Folder, parent};

pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    if project.language != "Go" {
        return None;
    }
    let file = folder
        .files()
        .find(|(path, _)| path.ends_with(".up.sql"))?
        .0;
    let home = parent(file);
    let at_start = source_says(folder, &[".go"], &["golang-migrate/migrate"]);
    Some(
        Migration::new(
            "golang-migrate",
            format!("migrate -path {home} -database \"$DATABASE_URL\" up"),
            &[&format!("{home}/**")],
        )
        .at_start(at_start)
        .own_program(),
    )
}
