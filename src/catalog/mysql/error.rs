//! What the clients of MySQL and MariaDB print when a statement fails.
//!
//! `ERROR 1064 (42000) at line 7: …` names the line on which the statement begins; the server's `at line 3` at the
//! end of a syntax error counts from there.

use crate::catalog::SeedError;

/// The error that made the client stop, which is the last one.
pub(super) fn parse(output: &str) -> Option<SeedError> {
    let lines: Vec<&str> = output.lines().collect();
    let at = lines.iter().rposition(|text| text.starts_with("ERROR"))?;
    // The near-text of a syntax error may itself have line breaks.
    let whole = lines[at..].join("\n");
    let Some((head, message)) = whole.split_once(": ") else {
        return Some(SeedError::plain(None, whole.trim()));
    };
    let start: Option<u64> = head
        .split_once(" at line ")
        .and_then(|(_, number)| number.split_whitespace().next()?.parse().ok());
    let syntax = head.starts_with("ERROR 1064");
    let within = syntax
        .then(|| message.trim_end().rsplit_once(" at line ")?.1.parse().ok())
        .flatten()
        .unwrap_or(1_u64);
    let code = head.split(" at line ").next().unwrap_or(head);
    Some(SeedError {
        line: start.map(|start| start.saturating_add(within.saturating_sub(1))),
        message: format!("{}: {}", code.trim(), message.trim()),
        ..SeedError::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_the_line_within_the_statement() {
        let error = parse(
            "mysql: [Warning] something\nERROR 1064 (42000) at line 7000: You have an error in your SQL syntax; \
             check the manual for the right syntax to use near 'inser' at line 3\n",
        )
        .expect("an error");
        assert_eq!(error.line, Some(7002));
        assert!(error.message.starts_with("ERROR 1064 (42000): You have"));
    }

    #[test]
    fn names_the_statements_first_line_otherwise() {
        let error = parse(
            "ERROR 1062 (23000) at line 12: Duplicate entry 'a at line 9' for key 'PRIMARY'\n",
        )
        .expect("an error");
        assert_eq!(error.line, Some(12));
        assert_eq!(
            error.message,
            "ERROR 1062 (23000): Duplicate entry 'a at line 9' for key 'PRIMARY'"
        );
    }

    #[test]
    fn understands_near_text_of_several_lines() {
        let error =
            parse("ERROR 1064 (42000) at line 5: You have an error near 'bad\nworse' at line 2\n")
                .expect("an error");
        assert_eq!(error.line, Some(6));
    }

    #[test]
    fn understands_errors_without_a_line() {
        let error =
            parse("ERROR 1045 (28000): Access denied for user 'a'@'b'\n").expect("an error");
        assert_eq!(error.line, None);
        assert_eq!(parse("Killed\n"), None);
    }
}
