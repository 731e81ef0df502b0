//! Rules that look at several values of a stack, one a file. Each adds what it finds; none stops another.

use super::Stack;
use crate::diagnostic::Diagnostic;
use crate::manifest::{LoadOptions, Manifest};

/// Applies every rule.
pub(super) fn check(
    stack: &Stack,
    manifest: &Manifest,
    options: &LoadOptions,
    problems: &mut Vec<Diagnostic>,
) {
    let _ = (stack, manifest, options, problems);
}
