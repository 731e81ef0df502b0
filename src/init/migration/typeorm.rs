//! TypeORM.

use super::{Migration, folder_of, script, source_says};
use crate::init::language::Project;
use crate::init::listing::Folder;

pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    if !project.uses("typeorm") {
        return None;
    }
    let home = folder_of(
        folder,
        &[
            "src/migrations",
            "src/migration",
            "migrations",
            "src/database/migrations",
        ],
    )?;
    let command = script(
        folder,
        &[
            "migration:run",
            "migrations:run",
            "typeorm:migrate",
            "db:migrate",
            "migrate",
        ],
    )
    .unwrap_or_else(|| "npx typeorm migration:run -d dist/data-source.js".to_owned());
    let at_start = source_says(
        folder,
        &[".ts", ".js"],
        &["migrationsRun: true", ".runMigrations("],
    );
    Some(Migration::new("TypeORM", command, &[&format!("{home}/**")]).at_start(at_start))
}
