//! Laravel.

use super::Migration;
use crate::init::language::Project;
use crate::init::listing::Folder;

pub(super) fn find(folder: &Folder<'_>, _project: &Project) -> Option<Migration> {
    (folder.has("artisan") && folder.has_below("database/migrations")).then(|| {
        Migration::new(
            "Laravel",
            "php artisan migrate --force",
            &["database/migrations/**"],
        )
    })
}
