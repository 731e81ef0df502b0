//! The instructions of a Dockerfile, for whoever only wants to know what it says.

use super::syntax::Dockerfile;

/// Each instruction: its keyword in capitals, and what comes after it.
pub fn instructions(dockerfile: &str) -> Vec<(String, String)> {
    Dockerfile::read(dockerfile)
        .instructions
        .into_iter()
        .map(|instruction| (instruction.keyword, instruction.rest))
        .collect()
}
