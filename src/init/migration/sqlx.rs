//! sqlx and Diesel.

use super::{Migration, source_says};
use crate::init::language::Project;
use crate::init::listing::Folder;

pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    if !folder.has_below("migrations") {
        return None;
    }
    let inputs = ["migrations/**"];
    if project.uses("sqlx") {
        let at_start = source_says(folder, &[".rs"], &["migrate!("]);
        Some(
            Migration::new("sqlx", "sqlx migrate run", &inputs)
                .at_start(at_start)
                .own_program(),
        )
    } else if project.uses("diesel") || project.uses("diesel-async") {
        let at_start = source_says(folder, &[".rs"], &["embed_migrations!("]);
        Some(
            Migration::new("Diesel", "diesel migration run", &inputs)
                .at_start(at_start)
                .own_program(),
        )
    } else if project.uses("refinery") {
        Some(
            Migration::new("refinery", "refinery migrate", &inputs)
                .at_start(true)
                .own_program(),
        )
    } else {
        None
    }
}
