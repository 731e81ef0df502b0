//! Options that a service's `command` gives to the server.

/// The value of the last of these options in a command: `--name value`, `--name=value`, and `-p5432` or `-p 5432` for
/// one-letter names. A command that is a line for a shell (`sh -c "redis-server --port 7000"`) is taken apart too.
pub(super) fn option(command: &[String], names: &[&str]) -> Option<String> {
    let mut found = None;
    let words = words(command);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        for name in names {
            let Some(tail) = word.strip_prefix(name) else {
                continue;
            };
            let long = name.starts_with("--");
            if tail.is_empty() {
                found = rest.as_slice().first().cloned().or(found);
            } else if let Some(value) = tail.strip_prefix('=') {
                found = Some(value.to_owned());
            } else if !long {
                found = Some(tail.to_owned());
            }
        }
    }
    found.filter(|value| !value.is_empty())
}

/// The words of a command; a line for a shell (`sh -c LINE`, or a single word with spaces) is taken apart.
pub(super) fn words(command: &[String]) -> Vec<String> {
    let shell = command
        .first()
        .is_some_and(|program| program.ends_with("sh"));
    let mut all = Vec::new();
    for (at, word) in command.iter().enumerate() {
        let after_c = at > 0 && command[at - 1].starts_with('-') && command[at - 1].ends_with('c');
        let line = command.len() == 1 || (shell && after_c);
        match shell_words::split(word) {
            Ok(parts) if line => all.extend(parts),
            _ => all.push(word.clone()),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(command: &[&str], names: &[&str]) -> Option<String> {
        let command: Vec<String> = command.iter().map(|&word| word.to_owned()).collect();
        option(&command, names)
    }

    #[test]
    fn finds_every_spelling_and_takes_the_last() {
        assert_eq!(
            find(&["postgres", "-p", "5433"], &["-p"]).as_deref(),
            Some("5433")
        );
        assert_eq!(
            find(&["postgres", "-p5433"], &["-p"]).as_deref(),
            Some("5433")
        );
        assert_eq!(
            find(&["mysqld", "--port=1", "--port", "2"], &["--port"]).as_deref(),
            Some("2")
        );
        assert_eq!(find(&["mysqld", "--portable"], &["--port"]), None);
        assert_eq!(find(&["mysqld", "--port"], &["--port"]), None);
    }

    #[test]
    fn looks_into_lines_for_a_shell() {
        assert_eq!(
            find(
                &["sh", "-c", "redis-server --requirepass 'a b' --port 7000"],
                &["--requirepass"]
            )
            .as_deref(),
            Some("a b")
        );
    }
}
