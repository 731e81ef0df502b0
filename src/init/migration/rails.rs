//! Active Record, in Rails.

use super::Migration;
use crate::init::language::Project;
use crate::init::listing::Folder;

pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    (project.uses("rails") && folder.has_below("db/migrate"))
        .then(|| Migration::new("Rails", "bin/rails db:migrate", &["db/migrate/**"]))
}
