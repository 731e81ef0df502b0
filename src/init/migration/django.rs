//! Django.

use super::Migration;
use crate::init::language::Project;
use crate::init::listing::{Folder, ending};

pub(super) fn find(folder: &Folder<'_>, _project: &Project) -> Option<Migration> {
    let some = folder
        .files()
        .any(|(path, _)| path.contains("migrations/") && ending(path) == "py");
    (folder.has("manage.py") && some).then(|| {
        Migration::new(
            "Django",
            "python manage.py migrate",
            &["**/migrations/*.py"],
        )
    })
}
