//! Variables that a manifest names without a value: they take the one of the surroundings.

use super::environment::Variables;
use super::node::{Node, Scalar, UsedVariable, Value};

/// Gives every entry without a value that of the surroundings; what is nowhere set stays as it is.
pub fn inherit(pairs: &mut Node, variables: &Variables) {
    let Some(mapping) = pairs.as_mapping_mut() else {
        return;
    };
    for (name, entry) in mapping.iter_mut() {
        if entry.node.is_null()
            && let Some((value, origin)) = variables.find(name)
        {
            entry.node.value = Value::Scalar(Scalar::text(value));
            entry.node.variables.push(UsedVariable {
                name: name.clone(),
                origin,
            });
        }
    }
}
