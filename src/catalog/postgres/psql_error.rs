//! What psql prints when a statement fails, turned into a line of the seed.
//!
//! psql names the line on which it had read the whole statement. With `ECHO=errors` it repeats the statement, so its
//! first line is known, and with the server's `LINE n:`, which counts from there, the very line at fault.

use crate::catalog::SeedError;

/// Before the line number, when psql reads standard input as a file.
const PREFIX: &str = "psql:<stdin>:";
/// Severities that are no errors.
const HARMLESS: &[&str] = &["NOTICE", "WARNING", "INFO", "LOG", "DEBUG", "HINT"];

/// The error that made psql stop, which is the last one.
pub(super) fn parse(output: &str) -> Option<SeedError> {
    let lines: Vec<&str> = output.lines().collect();
    let Some((at, line, message)) = lines
        .iter()
        .enumerate()
        .rev()
        .find_map(|(at, text)| error_line(text).map(|(line, message)| (at, line, message)))
    else {
        // psql itself failed: it could not connect, say.
        let message = lines.iter().find_map(|text| text.strip_prefix("psql: "))?;
        let message = message.strip_prefix("error: ").unwrap_or(message);
        return Some(SeedError::plain(None, message.trim()));
    };
    let marker = format!("{PREFIX}{line}: STATEMENT:");
    let rest = &lines[at + 1..];
    let end = rest
        .iter()
        .position(|text| text.starts_with(&marker))
        .unwrap_or(rest.len());
    let statement_lines = u64::try_from(rest.len().saturating_sub(end)).unwrap_or(u64::MAX);
    let details: Vec<String> = rest[..end]
        .iter()
        .map(|text| (*text).to_owned())
        .filter(|text| !text.trim().is_empty())
        .collect();
    let first = line
        .saturating_sub(statement_lines.saturating_sub(1))
        .max(1);
    // Inside a function's own query the server's line counts from that query, not from the statement.
    let inner = details.iter().any(|text| text.starts_with("QUERY:"));
    let within = details
        .iter()
        .find_map(|text| number_after(text, "LINE "))
        .filter(|_| !inner && statement_lines > 0);
    let data_line = details
        .iter()
        .find_map(|text| text.strip_prefix("CONTEXT:"))
        .and_then(|context| number_after(context.trim_start().strip_prefix("COPY ")?, ", line "));
    Some(SeedError {
        line: Some(match data_line {
            Some(_) => line,
            None => (first + within.unwrap_or(1).saturating_sub(1)).min(line.max(first)),
        }),
        data_line,
        message,
        details,
    })
}

/// The line number and message of an error's first line; `None` for other lines.
fn error_line(text: &str) -> Option<(u64, String)> {
    let (line, rest) = text.strip_prefix(PREFIX)?.split_once(": ")?;
    let line = line.parse().ok()?;
    let (word, message) = rest.split_once(':').unwrap_or(("", rest));
    if HARMLESS.contains(&word) || word == "STATEMENT" {
        return None;
    }
    let is_severity = !word.is_empty() && !word.contains(' ');
    let message = if is_severity { message } else { rest };
    Some((line, message.trim().to_owned()))
}

/// The number that follows the first `marker`.
pub(super) fn number_after(text: &str, marker: &str) -> Option<u64> {
    let rest = &text[text.find(marker)? + marker.len()..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_line_of_a_statement_on_one_line() {
        let error = parse(
            "psql:<stdin>:3: NOTICE:  table \"x\" does not exist, skipping\n\
             psql:<stdin>:7000: ERROR:  syntax error at or near \"inser\"\n\
             LINE 1: inser into t values (1);\n        ^\n\
             psql:<stdin>:7000: STATEMENT:  inser into t values (1);\n",
        )
        .expect("an error");
        assert_eq!(error.line, Some(7000));
        assert_eq!(error.message, "syntax error at or near \"inser\"");
        assert_eq!(error.details[0], "LINE 1: inser into t values (1);");
    }

    #[test]
    fn counts_back_to_the_line_within_a_long_statement() {
        let error = parse(
            "psql:<stdin>:14: ERROR:  column \"nope\" does not exist\n\
             LINE 3:   nope,\n          ^\n\
             psql:<stdin>:14: STATEMENT:  select\n  1,\n  nope,\n  2\n;\n",
        )
        .expect("an error");
        assert_eq!(error.line, Some(12));
    }

    #[test]
    fn names_the_first_line_of_a_statement_that_failed_as_a_whole() {
        let error = parse(
            "psql:<stdin>:9: ERROR:  duplicate key value violates unique constraint \"t_pkey\"\n\
             DETAIL:  Key (a)=(1) already exists.\n\
             psql:<stdin>:9: STATEMENT:  insert into t\nvalues (1);\n",
        )
        .expect("an error");
        assert_eq!(error.line, Some(8));
        assert_eq!(error.details, ["DETAIL:  Key (a)=(1) already exists."]);
    }

    #[test]
    fn keeps_the_line_within_copied_data() {
        let error = parse(
            "psql:<stdin>:20: ERROR:  invalid input syntax for type integer: \"x\"\n\
             CONTEXT:  COPY t, line 12, column a: \"x\"\n\
             psql:<stdin>:20: STATEMENT:  copy t from stdin;\n",
        )
        .expect("an error");
        assert_eq!((error.line, error.data_line), (Some(20), Some(12)));
    }

    #[test]
    fn does_not_count_lines_of_a_functions_query() {
        let error = parse(
            "psql:<stdin>:5: ERROR:  relation \"nope\" does not exist\n\
             LINE 4: from nope\n             ^\nQUERY:  select\n\n\nfrom nope\n\
             CONTEXT:  PL/pgSQL function f() line 3 at PERFORM\n\
             psql:<stdin>:5: STATEMENT:  select f();\n",
        )
        .expect("an error");
        assert_eq!(error.line, Some(5));
    }

    #[test]
    fn understands_errors_of_psql_itself() {
        let error = parse("psql:<stdin>:2: error: invalid command \\foo\n").expect("an error");
        assert_eq!(
            (error.line, error.message.as_str()),
            (Some(2), "invalid command \\foo")
        );
        let error = parse(
            "psql: error: connection to server at \"127.0.0.1\", port 5432 failed: refused\n",
        )
        .expect("an error");
        assert_eq!(
            (error.line, error.message.as_str()),
            (
                None,
                "connection to server at \"127.0.0.1\", port 5432 failed: refused"
            )
        );
        assert_eq!(parse("\nKilled\n"), None);
    }

    #[test]
    fn understands_a_lost_connection() {
        let error =
            parse("psql:<stdin>:5: server closed the connection unexpectedly\n").expect("an error");
        assert_eq!(error.line, Some(5));
        assert_eq!(error.message, "server closed the connection unexpectedly");
    }
}
