//! What ClickHouse is seeded from.

use super::LOGIN;
use crate::catalog::identifier::{columns, quoted};
use crate::catalog::shell::script;
use crate::catalog::{ClientCommand, Delivery, Naming, SeedError, SeedFormat, Seeding};

/// SQL, several statements a file.
pub(super) const SQL: SeedFormat = SeedFormat {
    name: "SQL",
    extensions: &["sql"],
    mark: None,
    folder: None,
    naming: Naming::No,
    delivery: Delivery::Stream { narrate: None },
    client: sql,
    error: sql_error,
};

/// CSV.
pub(super) const CSV: SeedFormat = SeedFormat {
    name: "CSV",
    extensions: &["csv", "tsv"],
    mark: None,
    folder: None,
    naming: Naming::Must,
    delivery: Delivery::Stream { narrate: None },
    client: csv,
    error: row_error,
};

fn sql(_seeding: &Seeding<'_>) -> ClientCommand {
    script(&format!("{LOGIN}\nask --multiquery"), &[])
}

/// `$1` is the statement, `$2` the delimiter, `$3` how many lines are skipped.
fn csv(seeding: &Seeding<'_>) -> ClientCommand {
    let Some(table) = seeding.table else {
        return sql(seeding);
    };
    let statement = format!(
        "INSERT INTO {}{} FORMAT CSV",
        quoted(&table.name, '`'),
        columns(&table.columns, '`')
    );
    let body = format!(
        "{LOGIN}\nask --query \"$1\" --format_csv_delimiter=\"$2\" --input_format_csv_skip_first_lines=\"$3\""
    );
    let skipped = if table.header { "1" } else { "0" };
    script(&body, &[&statement, &table.delimiter.to_string(), skipped])
}

/// `Code: 62. DB::Exception: Syntax error: failed at position 8 ('x') (line 3, col 2): …`
fn sql_error(output: &str) -> Option<SeedError> {
    Some(SeedError::plain(
        after(output, "(line "),
        exception(output)?,
    ))
}

/// `…: (at row 3)`: rows are counted with those that are skipped.
fn row_error(output: &str) -> Option<SeedError> {
    Some(SeedError::plain(
        after(output, "(at row "),
        exception(output)?,
    ))
}

fn exception(output: &str) -> Option<&str> {
    let line = output
        .lines()
        .find(|line| line.contains("DB::Exception: "))?;
    // What the server says stands behind what the client says of it.
    line.rsplit_once("DB::Exception: ")
        .map(|(_, message)| message.trim())
}

fn after(output: &str, words: &str) -> Option<u64> {
    let (_, rest) = output.split_once(words)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_the_client() {
        let error = sql_error("Code: 62. DB::Exception: Syntax error: failed at position 8 ('x') (line 3, col 2): x. (SYNTAX_ERROR)\n").expect("an error");
        assert_eq!(error.line, Some(3));
        assert!(error.message.starts_with("Syntax error: failed"));
        let error = row_error(
            "Code: 27. DB::Exception: Cannot parse input: expected ',' before: 'x': (at row 12)\n",
        )
        .expect("an error");
        assert_eq!(error.line, Some(12));
        assert_eq!(sql_error("Killed"), None);
    }
}
