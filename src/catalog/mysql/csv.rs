//! CSV as statements that insert its rows.
//!
//! `LOAD DATA LOCAL` would be the server's own way, but servers have it switched off (MySQL from 8 on), it cannot tell
//! an empty text from nothing, and turning a value that does not fit into another is only a warning there. Statements
//! work everywhere, for every account, and stop at the first value that does not fit.

use super::{error, sql};
use crate::catalog::identifier::{columns, quoted};
use crate::catalog::{Delivery, InsertWords, Naming, SeedFormat, Table};

/// CSV, comma-separated if nothing else is said.
pub(super) const FORMAT: SeedFormat = SeedFormat {
    name: "CSV",
    extensions: &["csv", "tsv"],
    mark: None,
    folder: None,
    naming: Naming::Must,
    delivery: Delivery::Statements(&WORDS),
    client: sql::client,
    error: error::parse,
};

/// One transaction, and values that do not fit are errors whatever the server is set to. A backslash is an escape in
/// every value: binary zeros have no other way.
const WORDS: InsertWords = InsertWords {
    before: "set session sql_mode = concat(replace(@@sql_mode, 'NO_BACKSLASH_ESCAPES', ''), ',STRICT_ALL_TABLES'); start transaction;",
    insert,
    value,
    after: "commit;",
    row,
};

fn insert(table: &Table) -> String {
    format!(
        "insert into {}{} values",
        quoted(&table.name, '`'),
        columns(&table.columns, '`')
    )
}

fn value(text: Option<&[u8]>, to: &mut Vec<u8>) {
    let Some(text) = text else {
        to.extend_from_slice(b"null");
        return;
    };
    to.push(b'\'');
    for &byte in text {
        match byte {
            b'\'' => to.extend_from_slice(b"\\'"),
            b'\\' => to.extend_from_slice(b"\\\\"),
            b'\n' => to.extend_from_slice(b"\\n"),
            b'\r' => to.extend_from_slice(b"\\r"),
            0 => to.extend_from_slice(b"\\0"),
            // The client takes it for the end of its input on some systems.
            0x1a => to.extend_from_slice(b"\\Z"),
            other => to.push(other),
        }
    }
    to.push(b'\'');
}

/// `… for column 'age' at row 3`
fn row(message: &str) -> Option<u64> {
    message.trim_end().rsplit_once(" at row ")?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_value_ends_it() {
        let mut text = Vec::new();
        value(Some(b"a'b\\\n\0"), &mut text);
        assert_eq!(text, b"'a\\'b\\\\\\n\\0'");
        text.clear();
        value(None, &mut text);
        assert_eq!(text, b"null");
    }

    #[test]
    fn the_row_is_the_last_word() {
        assert_eq!(
            row(
                "ERROR 1366 (22007): Incorrect integer value: 'x at row 9' for column `a`.`b`.`c` at row 3"
            ),
            Some(3)
        );
        assert_eq!(
            row("ERROR 1062 (23000): Duplicate entry '1' for key 'PRIMARY'"),
            None
        );
    }
}
