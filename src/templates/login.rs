//! How an application comes into a service that is there, in the words of the manifest.

use indexmap::IndexMap;

use super::scope::Facts;
use crate::manifest::node::Node;
use crate::stack::Service;

/// The variables that say it: families, user, user without one, password, database.
type Words = (
    &'static [&'static str],
    &'static [&'static str],
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static str,
);

const WORDS: &[Words] = &[
    (
        &["postgres"],
        &["POSTGRES_USER", "POSTGRESQL_USERNAME"],
        "postgres",
        &["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"],
        &["POSTGRES_DB", "POSTGRESQL_DATABASE"],
        "postgresql",
    ),
    (
        &["mysql", "mariadb"],
        &["MARIADB_USER", "MYSQL_USER"],
        "root",
        &[
            "MARIADB_PASSWORD",
            "MYSQL_PASSWORD",
            "MARIADB_ROOT_PASSWORD",
            "MYSQL_ROOT_PASSWORD",
        ],
        &["MARIADB_DATABASE", "MYSQL_DATABASE"],
        "mysql",
    ),
    (
        &["redis", "valkey"],
        &[],
        "",
        &["REDIS_PASSWORD", "VALKEY_PASSWORD"],
        &[],
        "redis",
    ),
    (
        &["rabbitmq"],
        &["RABBITMQ_DEFAULT_USER"],
        "guest",
        &["RABBITMQ_DEFAULT_PASS"],
        &["RABBITMQ_DEFAULT_VHOST"],
        "amqp",
    ),
    (
        &["mongodb"],
        &["MONGO_INITDB_ROOT_USERNAME"],
        "",
        &["MONGO_INITDB_ROOT_PASSWORD"],
        &["MONGO_INITDB_DATABASE"],
        "mongodb",
    ),
];

/// User, password and database, as far as the manifest says them.
pub(super) fn login(service: &Service, raw: Option<&Node>) -> Facts {
    let mut facts = Facts::new();
    let family = service.family.unwrap_or_default();
    let Some((_, users, default_user, passwords, databases, _)) = WORDS
        .iter()
        .find(|(families, ..)| families.contains(&family))
    else {
        return facts;
    };
    let written = environment(raw);
    let first = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| written.get(*name).filter(|v| !v.is_empty()).cloned())
    };
    let resolved = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| service.facts().variable(name).map(str::to_owned))
    };
    let user = first(users)
        .or_else(|| resolved(users))
        .unwrap_or_else(|| (*default_user).to_owned());
    let database = first(databases)
        .or_else(|| resolved(databases))
        .or_else(|| (family == "postgres").then(|| user.clone()));
    let password = first(passwords).or_else(|| resolved(passwords).is_none().then(String::new));
    facts.extend(password.map(|password| ("password", password)));
    facts.extend(database.map(|database| ("database", database)));
    if !user.is_empty() {
        facts.insert("user", user);
    }
    facts
}

/// The URL under which other services reach it, if everything in it is known. A login without a password has an empty one.
pub(super) fn url(facts: &Facts) -> Option<String> {
    let family = facts.get("family")?.as_str();
    let (.., scheme) = WORDS
        .iter()
        .find(|(families, ..)| families.contains(&family))?;
    let known = |name: &str| facts.get(name).map_or("", String::as_str);
    let login = match (known("user"), facts.get("password")?.as_str()) {
        ("", "") => String::new(),
        (user, "") => format!("{user}@"),
        (user, password) => format!("{user}:{password}@"),
    };
    let (host, port, database) = (known("host"), known("port"), known("database"));
    Some(format!("{scheme}://{login}{host}:{port}/{database}"))
}

/// The environment of a service as it is written: a mapping, or a list of `KEY=value`.
pub(super) fn environment(raw: Option<&Node>) -> IndexMap<String, String> {
    let Some(node) = raw.and_then(|raw| raw.get("environment")) else {
        return IndexMap::new();
    };
    let pairs = node
        .entries()
        .filter_map(|(key, entry)| Some((key.to_owned(), entry.node.as_str()?.to_owned())));
    let items = node.items().iter().filter_map(|item| {
        let (key, value) = item.as_str()?.split_once('=')?;
        Some((key.to_owned(), value.to_owned()))
    });
    pairs.chain(items).collect()
}
