//! The seeds that lie in a folder: SQL, dumps, Redis commands; whose they are, and in which order they belong.

use regex::Regex;

use super::listing::{Listing, ending, file_name, parent};
use super::software::Software;

/// A file that brings data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    /// Its path.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// The server whose language it speaks, if it shows.
    pub software: Option<Software>,
    /// The version of the server that it was taken from.
    pub version: Option<String>,
    /// What it holds.
    pub content: Content,
    /// It was taken from a whole database.
    pub dump: bool,
}

/// What a seed holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// Tables.
    Schema,
    /// Tables and rows, or a dump that cannot be looked into.
    Both,
    /// Rows alone.
    Rows,
}

/// Folders whose SQL is no seed.
const NOT_SEEDS: &[&str] = &[
    "test",
    "tests",
    "spec",
    "__tests__",
    "testdata",
    "docs",
    "doc",
    "examples",
    "example",
    "migrations",
    "migration",
    "migrate",
    "changelog",
    "changelogs",
    "versions",
    "queries",
    "query",
    "views",
    "templates",
    "functions",
    "resources",
    "src",
    "app",
    "lib",
];
/// Folders whose SQL is one even below those.
const SEEDS: &[&str] = &[
    "seed",
    "seeds",
    "seeders",
    "dump",
    "dumps",
    "backup",
    "backups",
    "initdb",
    "initdb.d",
    "docker-entrypoint-initdb.d",
    "sample-data",
    "sampledata",
];

/// Every seed in the order in which they belong: tables before rows, and by their numbers.
pub(super) fn find(listing: &Listing) -> Vec<Seed> {
    let mut seeds: Vec<Seed> = listing
        .files()
        .filter(|(path, file)| file.size > 0 && is_in_place(path))
        .filter_map(|(path, file)| read(path, file.size, file.text.as_deref()))
        .collect();
    let all = seeds.clone();
    seeds.sort_by(|a, b| (place(a, &all), &a.path).cmp(&(place(b, &all), &b.path)));
    seeds
}

fn is_in_place(path: &str) -> bool {
    if path.starts_with('.') {
        return false;
    }
    let folders: Vec<&str> = parent(path)
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let last = folders.iter().rposition(|folder| SEEDS.contains(folder));
    let wrong = folders
        .iter()
        .rposition(|folder| NOT_SEEDS.contains(folder));
    // Files that Flyway, golang-migrate and the dumps of schemas by frameworks are called by.
    let name = file_name(path).to_lowercase();
    let migration = [".up.sql", ".down.sql"]
        .iter()
        .any(|ending| name.ends_with(ending))
        || matches!(name.as_str(), "structure.sql" | "up.sql" | "down.sql")
        || Regex::new(r"^[vur]\d[\w.]*__.*\.sql$")
            .expect("a valid pattern")
            .is_match(&name);
    !migration && (last >= wrong || wrong.is_none())
}

fn read(path: &str, size: u64, head: Option<&str>) -> Option<Seed> {
    let name = file_name(path).to_lowercase();
    let seed = |software, content| {
        Some(Seed {
            path: path.to_owned(),
            size,
            software,
            version: None,
            content,
            dump: content == Content::Both,
        })
    };
    let plain = [".gz", ".zst", ".xz", ".bz2"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(&name);
    if ending(plain) == "sql" {
        return match head.filter(|_| plain == name) {
            Some(head) => sql(path, size, head),
            None => seed(None, by_name(plain).unwrap_or(Content::Both)),
        };
    }
    let plain = plain.to_owned();
    if [".dump", ".pgdump", ".backup"]
        .iter()
        .any(|ending| plain.ends_with(ending))
    {
        return seed(Some(Software::Postgres), Content::Both);
    }
    if matches!(ending(&name).as_str(), "rdb" | "redis") {
        return seed(Some(Software::Redis), Content::Rows);
    }
    None
}

/// A file of SQL, if it makes or fills tables.
fn sql(path: &str, size: u64, head: &str) -> Option<Seed> {
    let lower = head.to_lowercase();
    let has = |word: &str| lower.contains(word);
    let dump = has("postgresql database dump") || has("mysql dump") || has("mariadb dump");
    let tables = has("create table")
        || has("create schema")
        || has("create extension")
        || has("create type");
    let rows = has("insert into") || has("from stdin") || has("\ncopy ");
    // What is cut off may hold the rows of the tables that were seen.
    let more = size > head.len() as u64;
    let named = by_name(file_name(path));
    let content = match (tables, rows) {
        (true, false) if !more || named == Some(Content::Schema) => Content::Schema,
        (true, _) => Content::Both,
        (false, true) => Content::Rows,
        (false, false) if dump => named.unwrap_or(Content::Both),
        (false, false) => return None,
    };
    let version =
        Regex::new(r"(?i)(?:dumped from database version|server version|distrib)[\s:]+([\d.]+)")
            .expect("a valid pattern")
            .captures(head)
            .map(|found| found[1].to_owned());
    Some(Seed {
        path: path.to_owned(),
        size,
        software: dialect(&lower),
        version,
        content,
        dump: content == Content::Both
            && (dump || path.contains("dump") || path.contains("backup")),
    })
}

/// The server whose SQL it is, if anything shows it.
fn dialect(lower: &str) -> Option<Software> {
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["-- mariadb dump", "mariadb dump"]) {
        Some(Software::Mariadb)
    } else if has(&[
        "-- mysql dump",
        "auto_increment",
        "engine=innodb",
        "engine = innodb",
    ]) || lower.matches('`').count() > 3
    {
        Some(Software::Mysql)
    } else if has(&["identity(1,1)", "\ngo\n", "nvarchar", "[dbo]"]) {
        Some(Software::Sqlserver)
    } else if has(&[
        "postgresql database dump",
        "serial",
        "from stdin",
        "create extension",
        "returning ",
        "jsonb",
        "timestamptz",
        "generated always as identity",
        "generated by default as identity",
        "generate_series",
        "::text",
        "::int",
        "bytea",
        "uuid default",
        "text[]",
        "on conflict",
    ]) {
        Some(Software::Postgres)
    } else {
        None
    }
}

fn by_name(name: &str) -> Option<Content> {
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&["schema", "structure", "ddl", "tables", "create"]) {
        Some(Content::Schema)
    } else if has(&["seed", "data", "insert", "rows", "sample", "fixture"]) {
        Some(Content::Rows)
    } else {
        None
    }
}

/// Where a seed belongs: numbered files of a folder stay together, by their numbers; else tables come before rows.
fn place<'s>(seed: &'s Seed, all: &[Seed]) -> (Content, usize, &'s str, u64) {
    let folder = parent(&seed.path);
    let number = number(seed);
    let content = match number {
        None => seed.content,
        Some(_) => all
            .iter()
            .filter(|other| parent(&other.path) == folder && self::number(other).is_some())
            .map(|other| other.content)
            .min()
            .unwrap_or(seed.content),
    };
    (content, depth(folder), folder, number.unwrap_or_default())
}

/// The number that a file's name begins with.
fn number(seed: &Seed) -> Option<u64> {
    let name = file_name(&seed.path);
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    name[..digits].parse().ok()
}

fn depth(path: &str) -> usize {
    path.matches('/').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::listing::{File, listing};

    fn paths(seeds: &[Seed]) -> Vec<&str> {
        seeds.iter().map(|seed| seed.path.as_str()).collect()
    }

    #[test]
    fn tables_come_before_rows_and_numbers_before_names() {
        let files = listing(&[
            ("db/customers.sql", "INSERT INTO customers VALUES (1);"),
            ("db/schema.sql", "CREATE TABLE customers (id serial);"),
            ("db/queries/top.sql", "SELECT 1"),
            ("db/migrations/001.sql", "CREATE TABLE x (id int);"),
            ("tests/data.sql", "INSERT INTO x VALUES (1);"),
            ("init/10-b.sql", "CREATE TABLE b (id int);"),
            ("init/2-a.sql", "INSERT INTO a VALUES (1);"),
        ]);
        let seeds = find(&files);
        let own: Vec<&str> = paths(&seeds)
            .into_iter()
            .filter(|path| path.starts_with("db"))
            .collect();
        assert_eq!(own, ["db/schema.sql", "db/customers.sql"]);
        let numbered: Vec<&str> = paths(&seeds)
            .into_iter()
            .filter(|path| path.starts_with("init"))
            .collect();
        assert_eq!(numbered, ["init/2-a.sql", "init/10-b.sql"]);
        assert_eq!(seeds.len(), 4);
    }

    #[test]
    fn a_dump_tells_server_and_version() {
        for (text, software, version) in [
            (
                "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.4\n",
                Software::Postgres,
                "15.4",
            ),
            (
                "-- MySQL dump 10.13  Distrib 8.0.36, for Linux\n",
                Software::Mysql,
                "8.0.36",
            ),
            (
                "/*M!999999*/\n-- MariaDB dump 10.19  Distrib 11.4.2-MariaDB\n",
                Software::Mariadb,
                "11.4.2",
            ),
        ] {
            let files = listing(&[("dump.sql", text)]);
            let seed = find(&files).remove(0);
            assert_eq!(
                (seed.software, seed.version.as_deref()),
                (Some(software), Some(version))
            );
            assert_eq!(seed.content, Content::Both);
        }
    }

    #[test]
    fn compressed_dumps_and_archives_are_found_by_name() {
        let mut files = Listing::default();
        for path in [
            "backups/shop.sql.gz",
            "backups/shop.dump",
            "seeds/cache.redis",
            "notes.gz",
        ] {
            files.add(
                path,
                File {
                    size: 9,
                    text: None,
                },
            );
        }
        let seeds = find(&files);
        assert_eq!(
            paths(&seeds),
            [
                "backups/shop.dump",
                "backups/shop.sql.gz",
                "seeds/cache.redis"
            ]
        );
    }
}
