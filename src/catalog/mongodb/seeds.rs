//! What MongoDB is seeded from: archives, documents, rows, scripts.

use super::{LOGIN, port};
use crate::catalog::shell::script;
use crate::catalog::{ClientCommand, Delivery, Mark, Naming, SeedError, SeedFormat, Seeding};

/// What `mongodump --archive` writes.
pub(super) const ARCHIVE: SeedFormat = SeedFormat {
    name: "a mongodump archive",
    extensions: &["archive", "dump", "mongodump"],
    mark: Some(Mark {
        offset: 0,
        bytes: b"\x6d\xe2\x99\x81",
    }),
    folder: None,
    naming: Naming::No,
    delivery: Delivery::Stream { narrate: None },
    client: restore,
    error: tool_error,
};

/// Documents in extended JSON: one after the other, or an array of them.
pub(super) const DOCUMENTS: SeedFormat = SeedFormat {
    name: "JSON documents",
    extensions: &["json", "ndjson", "jsonl"],
    mark: None,
    folder: None,
    naming: Naming::May,
    delivery: Delivery::Stream { narrate: None },
    client: import_documents,
    error: tool_error,
};

/// CSV, or values separated by tabs.
pub(super) const ROWS: SeedFormat = SeedFormat {
    name: "CSV",
    extensions: &["csv", "tsv"],
    mark: None,
    folder: None,
    naming: Naming::Must,
    delivery: Delivery::Stream { narrate: None },
    client: import_rows,
    error: tool_error,
};

/// JavaScript for the shell.
pub(super) const SCRIPT: SeedFormat = SeedFormat {
    name: "JavaScript",
    extensions: &["js"],
    mark: None,
    folder: None,
    naming: Naming::No,
    delivery: Delivery::Stream { narrate: None },
    client: run,
    error: script_error,
};

/// `tool NAME ARGUMENT…` runs one of the database tools. The password goes in through a file that only it reads:
/// they take none from their environment.
const TOOL: &str = r#"
work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT
tool() {
    command -v "$1" >/dev/null || { echo "$1 is not in the image"; exit 127; }
    name=$1; shift
    if [ -n "$DEVSTACK_USER" ]; then
        (umask 077; printf 'password: "%s"\n' "$(printf %s "$DEVSTACK_PASSWORD" | sed 's/[\\"]/\\&/g')" >"$work/login")
        set -- --config="$work/login" --username="$DEVSTACK_USER" --authenticationDatabase=admin "$@"
    fi
    "$name" --host="$host" --port="$port" "$@" 2>&1
}
"#;

fn restore(seeding: &Seeding<'_>) -> ClientCommand {
    let body = format!("{LOGIN}{TOOL}\ntool mongorestore --archive --stopOnError");
    script(&body, &[&port(seeding.facts).to_string()])
}

fn import_documents(seeding: &Seeding<'_>) -> ClientCommand {
    let array = seeding
        .head
        .iter()
        .find(|byte| !byte.is_ascii_whitespace())
        .is_some_and(|&byte| byte == b'[');
    import(seeding, "json", if array { "--jsonArray" } else { "" })
}

/// Each column's name is the field's; values are what they look like.
fn import_rows(seeding: &Seeding<'_>) -> ClientCommand {
    let Some(table) = seeding.table else {
        return import(seeding, "csv", "--headerline");
    };
    let kind = if table.delimiter == '\t' {
        "tsv"
    } else {
        "csv"
    };
    import(
        seeding,
        kind,
        &format!("--fields={}", table.columns.join(",")),
    )
}

/// `$2` is the collection, `$3` the format, `$4` what else is to be said.
///
/// A header line has been read already, for the names of the fields: the tool does not get to see it.
fn import(seeding: &Seeding<'_>, kind: &str, more: &str) -> ClientCommand {
    let collection = seeding.table.map_or("", |table| table.name.as_str());
    let header = kind != "json" && seeding.table.is_some_and(|table| table.header);
    let body = format!(
        "{LOGIN}{TOOL}
{}tool mongoimport --db=\"$database\" --collection=\"$2\" --type=\"$3\" --stopOnError ${{4:+\"$4\"}}",
        if header { "IFS= read -r header\n" } else { "" }
    );
    script(
        &body,
        &[&port(seeding.facts).to_string(), collection, kind, more],
    )
}

/// The shell takes a script from a file only: what comes from its input it runs line by line, and goes on after errors.
fn run(seeding: &Seeding<'_>) -> ClientCommand {
    let body = format!(
        "{LOGIN}
work=$(mktemp -d) || exit
trap 'rm -rf \"$work\"' EXIT
cat >\"$work/seed.js\" && shell --eval \"$login\" --file \"$work/seed.js\" 2>&1 </dev/null"
    );
    script(&body, &[&port(seeding.facts).to_string()])
}

/// A time, a tab, and `Failed: …`.
fn tool_error(output: &str) -> Option<SeedError> {
    let lines = output.lines();
    let message = lines
        .filter_map(|line| {
            let text = line.split_once('\t').map_or(line, |(_, text)| text).trim();
            let failed = text.strip_prefix("Failed: ");
            failed.or_else(|| text.starts_with("error ").then_some(text))
        })
        .next_back()?;
    Some(SeedError::plain(None, message))
}

/// `MongoServerError: …`, with the script's line in the trace below: `…/seed.js:3:9`.
fn script_error(output: &str) -> Option<SeedError> {
    let lines: Vec<&str> = output.lines().collect();
    let at = lines.iter().position(|line| {
        line.trim_start()
            .split_once(':')
            .is_some_and(|(name, _)| name.ends_with("Error") && !name.contains(' '))
    })?;
    let line = lines.iter().find_map(|line| {
        let (_, rest) = line.split_once("seed.js:")?;
        rest.split([':', ')']).next()?.parse().ok()
    });
    Some(SeedError::plain(line, lines[at].trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_the_tools() {
        let error = tool_error(
            "2026-01-01T10:00:00.000+0000\tpreparing collections to restore from\n\
             2026-01-01T10:00:00.100+0000\tFailed: stream or file does not appear to be a mongodump archive\n\
             2026-01-01T10:00:00.100+0000\t0 document(s) restored successfully.\n",
        );
        let message = "stream or file does not appear to be a mongodump archive";
        assert_eq!(error, Some(SeedError::plain(None, message)));
        assert_eq!(tool_error("Killed\n"), None);
    }

    #[test]
    fn understands_the_shell() {
        let error = script_error(
            "Uncaught\nTypeError: db.people.insertt is not a function\n    at /tmp/tmp.x/seed.js:3:11\n    at Script.runInContext\n",
        );
        let message = "TypeError: db.people.insertt is not a function";
        assert_eq!(error, Some(SeedError::plain(Some(3), message)));
    }
}
