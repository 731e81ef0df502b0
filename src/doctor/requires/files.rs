//! Files that must be there.

use super::{met, unmet};
use crate::doctor::{Finding, Mend};
use crate::manifest::file::near_sibling;
use crate::stack::{Required, RequiredFile};

pub(super) fn check(required: &Required<RequiredFile>) -> Finding {
    let RequiredFile { name, path } = &required.what;
    if path.exists() {
        return met(name, "there", "to be there");
    }
    let near = near_sibling(path);
    let example = near.as_ref().map(|near| path.with_file_name(near));
    let fix = match (&near, &example) {
        (Some(_), Some(example)) if is_example(&example.to_string_lossy()) => {
            format!("cp {} {}", example.display(), path.display())
        }
        (Some(near), _) => format!("create it; there is `{near}`"),
        _ => "create it".to_owned(),
    };
    let finding = unmet(
        name,
        format!("the file `{name}` is not there"),
        &required.span,
        required.get.as_deref(),
        fix,
    )
    .found("nothing")
    .needed("to be there");
    match example.filter(|example| is_example(&example.to_string_lossy())) {
        Some(from) => finding.mend(Mend::CopyEnvFile {
            from,
            to: path.clone(),
        }),
        None => finding,
    }
}

fn is_example(name: &str) -> bool {
    ["example", "sample", "dist", "template"]
        .iter()
        .any(|ending| name.ends_with(&format!(".{ending}")))
}
