//! Knex.

use super::{Migration, folder_of, script, source_says};
use crate::init::language::Project;
use crate::init::listing::Folder;

pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    if !project.uses("knex") {
        return None;
    }
    let home = folder_of(
        folder,
        &[
            "migrations",
            "db/migrations",
            "src/migrations",
            "src/db/migrations",
            "database/migrations",
        ],
    )?;
    let command = script(
        folder,
        &["migrate", "db:migrate", "migrate:latest", "knex:migrate"],
    )
    .unwrap_or_else(|| "npx knex migrate:latest".to_owned());
    let at_start = source_says(folder, &[".ts", ".js"], &["migrate.latest("]);
    Some(Migration::new("Knex", command, &[&format!("{home}/**")]).at_start(at_start))
}
