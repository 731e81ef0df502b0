//! Alembic.

use super::Migration;
use crate::init::language::Project;
use crate::init::listing::{Folder, ending};

pub(super) fn find(folder: &Folder<'_>, project: &Project) -> Option<Migration> {
    let settings = folder.text("alembic.ini");
    let flask = project.uses("flask-migrate");
    if settings.is_none() && !flask {
        return None;
    }
    let versions = folder.files().find_map(|(path, _)| {
        let (home, rest) = path.rsplit_once("versions/")?;
        (ending(rest) == "py").then(|| format!("{home}versions/*.py"))
    })?;
    let command = if flask {
        "flask db upgrade"
    } else {
        "alembic upgrade head"
    };
    Some(Migration::new("Alembic", command, &[&versions]))
}
