//! Flyway.

use super::Migration;
use crate::init::language::Project;
use crate::init::listing::Folder;

pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    let library = project.uses("org.flywaydb:flyway-core")
        || project.uses("org.flywaydb:flyway-database-postgresql")
        || project.uses("org.flywaydb:flyway-mysql");
    let home = "src/main/resources/db/migration";
    let spring = project.framework.is_some();
    (library && folder.has_below(home)).then(|| {
        Migration::new(
            "Flyway",
            "flyway migrate",
            &["src/main/resources/db/migration/**"],
        )
        .at_start(spring)
        .own_program()
    })
}
