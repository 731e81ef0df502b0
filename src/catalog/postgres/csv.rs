//! CSV through `COPY`.
//!
//! As Postgres reads it: an empty value without quotes is NULL, an empty text has quotes.

use super::{LOGIN, port, psql_error};
use crate::catalog::identifier::{columns, quoted};
use crate::catalog::shell::script;
use crate::catalog::{ClientCommand, Delivery, Naming, SeedError, SeedFormat, Seeding};

/// CSV, comma-separated if nothing else is said.
pub(super) const FORMAT: SeedFormat = SeedFormat {
    name: "CSV",
    extensions: &["csv", "tsv"],
    mark: None,
    folder: None,
    naming: Naming::Must,
    delivery: Delivery::Stream { narrate: None },
    client,
    error,
};

/// The statement is the second argument, so that no name in it meets the shell.
fn client(seeding: &Seeding<'_>) -> ClientCommand {
    let statement = seeding.table.map_or_else(String::new, |table| {
        let delimiter = match table.delimiter {
            '\'' => "''".to_owned(),
            other => other.to_string(),
        };
        format!(
            "COPY {}{} FROM STDIN WITH (FORMAT csv, HEADER {}, DELIMITER '{delimiter}')",
            quoted(&table.name, '"'),
            columns(&table.columns, '"'),
            table.header,
        )
    });
    let body = format!(
        "{LOGIN}export LC_MESSAGES=C PGCLIENTENCODING=UTF8
exec >/dev/null
exec psql -Xqw -v ON_ERROR_STOP=1 -c \"$2\""
    );
    script(&body, &[&port(seeding.facts).to_string(), &statement])
}

/// `COPY` counts the lines of the file itself, its header included.
fn error(output: &str) -> Option<SeedError> {
    let (_, rest) = output
        .split_once("ERROR:")
        .or_else(|| output.split_once("error:"))?;
    let mut lines = rest.lines();
    let message = lines.next()?.trim().to_owned();
    let details: Vec<String> = lines
        .map(str::to_owned)
        .filter(|line| !line.trim().is_empty())
        .collect();
    let line = details.iter().find_map(|detail| {
        let context = detail.strip_prefix("CONTEXT:")?.trim_start();
        psql_error::number_after(context.strip_prefix("COPY ")?, ", line ")
    });
    Some(SeedError {
        line,
        data_line: None,
        message,
        details,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_where_copy_stopped() {
        let error = error(
            "ERROR:  invalid input syntax for type integer: \"x, line 9\"\nCONTEXT:  COPY people, line 3, column age: \"x\"\n",
        )
        .expect("an error");
        assert_eq!(error.line, Some(3));
        assert_eq!(
            error.message,
            "invalid input syntax for type integer: \"x, line 9\""
        );
    }

    #[test]
    fn understands_an_unknown_table() {
        let error = error("ERROR:  relation \"peple\" does not exist\n").expect("an error");
        assert_eq!(
            (error.line, error.message.as_str()),
            (None, "relation \"peple\" does not exist")
        );
    }
}
