//! Names and ids, which the engine does not tell apart.
//!
//! It takes the beginning of an id for the whole, and looks for that where no thing has the name: a missing container
//! called `db` may be found in any whose id begins with these two letters.

use crate::engine::EngineError;

/// The length of the short form of an id. Shorter words of hexadecimal digits (`db`) are names.
const SHORT_ID: usize = 12;

/// Whether a name could be taken for the beginning of an id by the engine, which knows no difference.
pub(super) fn could_be_id(name: &str) -> bool {
    name.len() < SHORT_ID && name.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether what the engine found is what was meant: its name, its id, or a short form of the id as people copy it.
pub(super) fn is_meant(asked: &str, name: &str, id: &str) -> bool {
    asked == name || asked == id || (asked.len() >= SHORT_ID && id.starts_with(asked))
}

/// A short name that is no name but happens to begin some id.
pub(super) fn no_such(kind: &str, name: &str) -> EngineError {
    EngineError::NotFound(format!("no such {kind}: `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_short_hexadecimal_words_for_names() {
        assert!(could_be_id("db"));
        assert!(!could_be_id("web"));
        assert!(!could_be_id("0123456789ab"));
        let id = "db0123456789aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        assert!(!is_meant("db", "web-1", id));
        assert!(is_meant("db", "db", id));
        assert!(is_meant("db0123456789", "web-1", id));
    }
}
