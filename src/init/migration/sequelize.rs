//! Sequelize.

use super::{Migration, folder_of, script};
use crate::init::language::Project;
use crate::init::listing::Folder;

pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    let library = project
        .libraries
        .iter()
        .find(|library| library.name == "sequelize-cli")?;
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
    let command = script(folder, &["migrate", "db:migrate"])
        .unwrap_or_else(|| "npx sequelize-cli db:migrate".to_owned());
    let mut migration = Migration::new("Sequelize", command, &[&format!("{home}/**")]);
    migration.dev_library = library.dev.then_some("sequelize-cli");
    Some(migration)
}
