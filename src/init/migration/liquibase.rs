//! Liquibase.

use super::Migration;
use crate::init::language::Project;
use crate::init::listing::Folder;

pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    let home = "src/main/resources/db/changelog";
    let spring = project.framework.is_some();
    (project.uses("org.liquibase:liquibase-core") && folder.has_below(home)).then(|| {
        Migration::new(
            "Liquibase",
            "liquibase update",
            &["src/main/resources/db/changelog/**"],
        )
        .at_start(spring)
        .own_program()
    })
}
