//! Entity Framework Core.

use super::{Migration, source_says};
use crate::init::language::Project;
use crate::init::listing::Folder;

pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    let known = project
        .libraries
        .iter()
        .any(|library| library.name.contains("EntityFrameworkCore"));
    let at_start = source_says(folder, &[".cs"], &[".Migrate()", ".MigrateAsync("]);
    (known && folder.has_below("Migrations")).then(|| {
        Migration::new(
            "Entity Framework",
            "dotnet ef database update",
            &["Migrations/**"],
        )
        .at_start(at_start)
        .own_program()
    })
}
