//! Prisma.

use super::Migration;
use crate::init::language::Project;
use crate::init::listing::Folder;

pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    let schema = folder
        .files()
        .find(|(path, _)| path.ends_with("schema.prisma"))?
        .0;
    let home = schema.rsplit_once('/').map_or("", |(home, _)| home);
    let library = project
        .libraries
        .iter()
        .find(|library| library.name == "prisma");
    // Without migrations the schema itself is brought in.
    let migrations = if home.is_empty() {
        "migrations".to_owned()
    } else {
        format!("{home}/migrations")
    };
    let mut migration = if folder.has_below(&migrations) {
        Migration::new("Prisma", "npx prisma migrate deploy", &[])
    } else {
        Migration::new("Prisma", "npx prisma db push", &[])
    };
    migration.inputs = if folder.has_below(&migrations) {
        vec![format!("{migrations}/**")]
    } else {
        vec![schema.to_owned()]
    };
    migration.dev_library = library.filter(|library| library.dev).map(|_| "prisma");
    Some(migration)
}
