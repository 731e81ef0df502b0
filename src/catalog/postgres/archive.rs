//! Archives of pg_dump (custom, directory and tar format) through pg_restore.
//!
//! Owners and grants of the dump are left out: the roles of the system that it comes from are not here.

use super::{LOGIN, port};
use crate::catalog::shell::script;
use crate::catalog::{ClientCommand, Delivery, Mark, Naming, SeedError, SeedFormat, Seeding};

/// The custom format.
pub(super) const CUSTOM: SeedFormat = SeedFormat {
    name: "a pg_dump archive",
    extensions: &["dump", "pgdump", "custom", "backup"],
    mark: Some(Mark {
        offset: 0,
        bytes: b"PGDMP",
    }),
    folder: None,
    naming: Naming::No,
    delivery: Delivery::Stream {
        narrate: Some(narrate),
    },
    client: custom,
    error,
};

/// The tar format, the directory format in a tar archive, and the folder itself.
pub(super) const TAR: SeedFormat = SeedFormat {
    name: "a pg_dump archive in tar",
    extensions: &["tar"],
    mark: Some(Mark {
        offset: 257,
        bytes: b"ustar",
    }),
    folder: Some("toc.dat"),
    naming: Naming::No,
    delivery: Delivery::Stream {
        narrate: Some(narrate),
    },
    client: tar,
    error,
};

/// `stage` makes a folder for what has to be read more than once or out of order, and has it removed at the end;
/// `restore` runs pg_restore up to the first error. Indexes are built and tables filled side by side where the format
/// allows.
const RESTORE: &str = r#"
export LC_MESSAGES=C
exec >/dev/null
PGOPTIONS='-c synchronous_commit=off -c client_min_messages=warning'; export PGOPTIONS
jobs=$(nproc 2>/dev/null || echo 2)
[ "$jobs" -le 8 ] || jobs=8
stage() {
    work=$(mktemp -d) || exit
    trap 'rm -rf "$work"' EXIT
    trap 'exit 143' HUP INT TERM
}
restore() { pg_restore --exit-on-error --no-owner --no-acl --no-password --verbose --dbname="$PGDATABASE" "$@"; }
settle() { PGOPTIONS= psql -Xqw -c 'select txid_current()'; }
"#;

fn custom(seeding: &Seeding<'_>) -> ClientCommand {
    let body = format!(
        "{LOGIN}{RESTORE}
stage && cat >\"$work/dump\" && restore --jobs=\"$jobs\" \"$work/dump\" && settle"
    );
    script(&body, &[&port(seeding.facts).to_string()])
}

/// A tar that pg_dump wrote itself has a `restore.sql` in it. One of a folder is unpacked: its files can then be read
/// side by side.
fn tar(seeding: &Seeding<'_>) -> ClientCommand {
    let body = format!(
        "{LOGIN}{RESTORE}
stage && cat >\"$work/dump\" && list=$(tar -tf \"$work/dump\") || exit
case \"/$list\" in
    *restore.sql*) restore --format=tar \"$work/dump\" ;;
    *toc.dat*)
        mkdir \"$work/folder\" && tar -xf \"$work/dump\" -C \"$work/folder\" && rm \"$work/dump\" || exit
        table=$(find \"$work/folder\" -name toc.dat | head -n 1)
        restore --format=directory --jobs=\"$jobs\" \"$(dirname \"$table\")\" ;;
    *) echo 'pg_restore: error: there is no toc.dat in it: pg_dump has not made this archive' >&2; exit 1 ;;
esac && settle"
    );
    script(&body, &[&port(seeding.facts).to_string()])
}

/// What pg_restore is at.
fn narrate(line: &str) -> Option<String> {
    let what = line.strip_prefix("pg_restore: ")?;
    ["creating ", "processing data for ", "processing item "]
        .iter()
        .any(|word| what.starts_with(word))
        .then(|| what.to_owned())
}

/// `error: could not execute query: ERROR: …` with the object in the lines before, and the statement after.
fn error(output: &str) -> Option<SeedError> {
    let lines: Vec<&str> = output.lines().collect();
    let at = lines.iter().position(|line| is_error(line))?;
    let message = [
        "pg_restore: error: ",
        "could not execute query: ",
        "ERROR:",
        "psql: error: ",
    ]
    .iter()
    .fold(lines[at], |text, prefix| {
        text.strip_prefix(prefix).unwrap_or(text).trim_start()
    });
    let object = lines[..at].iter().rev().find_map(|line| {
        let entry = line.strip_prefix("pg_restore: from TOC entry ")?;
        // `215; 1259 16385 TABLE orders shop`: its number, two identifiers, then what it is.
        let words: Vec<&str> = entry.split_whitespace().skip(3).collect();
        (!words.is_empty()).then(|| format!("object: {}", words.join(" ")))
    });
    let details = lines[at + 1..]
        .iter()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("pg_restore: "))
        .take(12)
        .map(|line| (*line).to_owned());
    let version = message.contains("unsupported version").then(|| {
        "the archive was made by a newer pg_dump than the image's pg_restore: use an image of that version".to_owned()
    });
    Some(SeedError {
        message: message.to_owned(),
        details: object.into_iter().chain(details).chain(version).collect(),
        ..SeedError::default()
    })
}

fn is_error(line: &str) -> bool {
    line.strip_prefix("pg_restore: ")
        .is_some_and(|rest| rest.starts_with("error: ") || rest.starts_with("[archiver"))
        || ["psql: error: ", "cat: ", "tar: "]
            .iter()
            .any(|program| line.starts_with(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_object_and_the_cause() {
        let error = error(
            "pg_restore: connecting to database for restore\n\
             pg_restore: creating TABLE \"public.orders\"\n\
             pg_restore: while PROCESSING TOC:\n\
             pg_restore: from TOC entry 215; 1259 16385 TABLE orders shop\n\
             pg_restore: error: could not execute query: ERROR:  relation \"orders\" already exists\n\
             Command was: CREATE TABLE public.orders (\n    id integer\n);\n\n",
        )
        .expect("an error");
        assert_eq!(error.message, "relation \"orders\" already exists");
        assert_eq!(error.details[0], "object: TABLE orders shop");
        assert_eq!(
            error.details[1],
            "Command was: CREATE TABLE public.orders ("
        );
    }

    #[test]
    fn says_when_the_archive_is_newer_than_the_client() {
        let error = error("pg_restore: error: unsupported version (1.99) in file header\n")
            .expect("an error");
        assert_eq!(error.message, "unsupported version (1.99) in file header");
        assert!(error.details[0].contains("newer pg_dump"));
    }

    #[test]
    fn tells_what_is_going_on() {
        assert_eq!(
            narrate("pg_restore: creating INDEX \"public.orders_at\"").as_deref(),
            Some("creating INDEX \"public.orders_at\"")
        );
        assert_eq!(narrate("pg_restore: connecting to database"), None);
    }
}
