//! Variables that must have a value. The value is told nobody.

use super::{met, unmet};
use crate::doctor::Finding;
use crate::stack::{Required, Variable};

pub(super) fn check(required: &Required<Variable>) -> Finding {
    let Variable { name, is_set } = &required.what;
    if *is_set {
        return met(name, "set", "a value");
    }
    unmet(
        name,
        format!("the variable `{name}` is not set"),
        &required.span,
        required.get.as_deref(),
        format!("export {name}=…   (or put it into .env)"),
    )
    .found("nothing")
    .needed("a value")
}
