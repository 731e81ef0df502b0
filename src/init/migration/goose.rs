//! goose.

use super::{Migration, source_says};
use crate::init::language::Project;
use crate::init::listing::{Folder, ending, parent};

pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    if project.language != "Go" {
        return None;
    }
    let file = folder
        .texts()
        .find(|(path, text)| ending(path) == "sql" && text.contains("+goose Up"))?
        .0;
    let home = parent(file);
    let driver = if project.uses("github.com/go-sql-driver/mysql") {
        "mysql"
    } else {
        "postgres"
    };
    let at_start = source_says(folder, &[".go"], &["goose.Up("]);
    Some(
        Migration::new(
            "goose",
            format!("goose -dir {home} {driver} \"$DATABASE_URL\" up"),
            &[&format!("{home}/**")],
        )
        .at_start(at_start)
        .own_program(),
    )
}
