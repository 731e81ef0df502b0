//! The servers of a stack: which ones, in which version, with which login.

use std::collections::BTreeMap;

use super::application::Application;
use super::connection::{Connection, filled, is_local, is_service_name};
use super::dependencies::Certainty;
use super::evidence::{self, Evidence};
use super::listing::Listing;
use super::login::Login;
use super::seeds::Seed;
use super::software::Software;
use super::variable::{Part, Purpose, Subject};
use super::version;

/// A server as it is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Which software.
    pub software: Software,
    /// What shows that it is needed, the more telling first.
    pub why: Vec<String>,
    /// Whether it is part of the stack.
    pub wanted: bool,
    /// The name of its service.
    pub service: String,
    /// Its image without a tag.
    pub image: String,
    /// The tag.
    pub version: String,
    /// The file that says which version.
    pub version_file: Option<String>,
    /// Who comes in.
    pub user: String,
    /// With which password; may be empty.
    pub password: String,
    /// Into which database.
    pub database: String,
    /// Further databases of applications.
    pub more_databases: Vec<String>,
    /// The file that user, password and database are from.
    pub login_file: Option<String>,
    /// The port of this machine on which applications here expect it, if that is not its own.
    pub host_port: Option<u16>,
}

impl Server {
    /// A server with nothing but defaults.
    pub fn new(software: Software, project: &str) -> Self {
        let about = software.about();
        let identifier = identifier(project);
        let (user, password) = match software {
            Software::Sqlserver => ("sa".to_owned(), "Dev-Passw0rd".to_owned()),
            Software::Rabbitmq | Software::Clickhouse => ("dev".to_owned(), "dev".to_owned()),
            Software::Minio => ("dev".to_owned(), "dev-password".to_owned()),
            software if software.is_sql() => (identifier.clone(), "dev".to_owned()),
            _ => (String::new(), String::new()),
        };
        Self {
            software,
            why: Vec::new(),
            wanted: true,
            service: about.service.to_owned(),
            image: about.image.to_owned(),
            version: about.versions[0].to_owned(),
            version_file: None,
            user,
            password,
            database: identifier,
            more_databases: Vec::new(),
            login_file: None,
            host_port: None,
        }
    }

    /// The port on which applications in containers reach it.
    pub fn port(&self) -> u16 {
        match self.software {
            // 9092 is for applications on this machine, to which Kafka must give another address.
            Software::Kafka => 19092,
            software => software.about().port,
        }
    }

    /// The port on which applications on this machine reach it.
    pub fn port_here(&self) -> u16 {
        self.host_port.unwrap_or(self.software.about().port)
    }

    /// Whether a variable's subject is this server.
    pub fn is(&self, subject: Subject) -> bool {
        match subject {
            Subject::Sql => self.software.is_sql(),
            Subject::Server(software) => self.software.stands_for(software),
        }
    }
}

/// A name that SQL takes without quotes.
fn identifier(name: &str) -> String {
    let fit: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    let fit = fit.trim_matches('_');
    if fit.starts_with(|c: char| c.is_ascii_lowercase()) {
        fit.to_owned()
    } else {
        "app".to_owned()
    }
}

/// The servers that applications and seeds need, each once.
pub(super) fn find(
    listing: &Listing,
    applications: &[Application],
    seeds: &[Seed],
    project: &str,
) -> Vec<Server> {
    let mut needed: BTreeMap<Software, Vec<Evidence>> = BTreeMap::new();
    for app in applications {
        for evidence in evidence::of(listing, app) {
            needed.entry(evidence.software).or_default().push(evidence);
        }
    }
    by_seeds(&mut needed, seeds);
    for (usual, other) in [
        (Software::Mysql, Software::Mariadb),
        (Software::Redis, Software::Valkey),
    ] {
        // Libraries are called after the one, and speak to the other as well.
        let other_is_run =
            version::find(listing, other).is_some() && version::find(listing, usual).is_none();
        if (needed.contains_key(&other) || other_is_run)
            && let Some(evidence) = needed.remove(&usual)
        {
            needed.entry(other).or_default().extend(evidence);
        }
    }
    let mut servers: Vec<Server> = needed
        .into_iter()
        .map(|(software, mut evidence)| {
            evidence.sort_by_key(|evidence| std::cmp::Reverse(evidence.certainty));
            let mut server = Server::new(software, project);
            server.wanted = evidence
                .iter()
                .any(|evidence| evidence.certainty == Certainty::Sure);
            for evidence in evidence {
                if !server.why.contains(&evidence.what) {
                    server.why.push(evidence.what);
                }
            }
            choose_version(listing, applications, seeds, &mut server);
            log_in(applications, &mut server);
            server
        })
        .collect();
    keep_names_apart(&mut servers, applications);
    servers
}

/// What nothing but a seed needs.
fn by_seeds(needed: &mut BTreeMap<Software, Vec<Evidence>>, seeds: &[Seed]) {
    for seed in seeds {
        let software = seed.software.unwrap_or(Software::Postgres);
        let there = needed.keys().any(|known| {
            known.stands_for(software)
                || (known.is_sql() && (seed.software.is_none() || software.is_sql()))
        });
        if !there {
            needed.entry(software).or_default().push(Evidence {
                software,
                certainty: Certainty::Sure,
                what: seed.path.clone(),
            });
        }
    }
}

fn choose_version(
    listing: &Listing,
    applications: &[Application],
    seeds: &[Seed],
    server: &mut Server,
) {
    if let Some(found) = version::find(listing, server.software) {
        server.version = found.tag;
        server.version_file = Some(found.file);
        if let Some(image) = found.image {
            server.image = image;
        }
        return;
    }
    // A dump belongs to the version that it was taken from.
    let dumped = seeds.iter().rev().find_map(|seed| {
        let version = seed
            .version
            .as_ref()
            .filter(|_| seed.software == Some(server.software))?;
        Some((server.software.tag(version)?, seed.path.clone()))
    });
    if let Some((tag, path)) = dumped {
        server.version = tag;
        server.version_file = Some(path);
    } else if server.software == Software::Postgres
        && applications.iter().any(|app| app.uses("pgvector"))
    {
        "pgvector/pgvector".clone_into(&mut server.image);
        "pg17".clone_into(&mut server.version);
    }
}

/// Takes over the login that applications use.
fn log_in(applications: &[Application], server: &mut Server) {
    let mut login = Login::default();
    let mut databases = Vec::new();
    for app in applications {
        let listed = in_example(app, server);
        databases.extend(listed.database.clone());
        login.fill(listed);
        for (_, own) in app
            .logins
            .iter()
            .filter(|(software, _)| server.software.stands_for(*software))
        {
            databases.extend(own.database.clone());
            login.fill(own.clone());
        }
    }
    if let Some(host) = login.host.as_deref().filter(|host| is_service_name(host)) {
        host.clone_into(&mut server.service);
    }
    let here = login.host.as_deref().is_none_or(is_local);
    server.host_port = login
        .port
        .filter(|port| here && *port != server.software.about().port);
    let plain = |text: &String| !text.contains(['"', '\'', '`', '\\', ' ', '#']);
    if let Some(database) = login
        .database
        .filter(plain)
        .filter(|_| server.software.is_sql() || server.software == Software::Mongodb)
    {
        server.database = database;
    }
    if let Some(user) = login.user.filter(plain) {
        server.user = user;
        // Root without a password is the habit of MySQL's developers.
        if server.user == "root" && login.password.as_deref().is_none_or(str::is_empty) {
            server.password = String::new();
        }
    }
    if let Some(password) = login
        .password
        .filter(plain)
        .filter(|password| !password.is_empty())
    {
        server.password = password;
    }
    server.login_file = login.file;
    databases.retain(|database| *database != server.database && plain(database));
    databases.sort();
    databases.dedup();
    if matches!(server.software, Software::Postgres) {
        server.more_databases = databases;
    }
}

/// The login that the variables of an example show.
fn in_example(app: &Application, server: &Server) -> Login {
    let mut login = Login::default();
    if let Some(example) = &app.example {
        for variable in &example.variables {
            let Purpose::Connection(subject, part) = variable.purpose else {
                continue;
            };
            if !server.is(subject) {
                continue;
            }
            let value = || filled(&variable.value).map(str::to_owned);
            let found = match part {
                Part::Url => Connection::parse(&variable.value).map(|url| Login {
                    user: url.user.map(str::to_owned),
                    password: url.password.map(str::to_owned),
                    database: url.database.map(str::to_owned),
                    host: Some(url.host.to_owned()),
                    port: url.port,
                    file: None,
                }),
                Part::Host => Some(Login {
                    host: value(),
                    ..Login::default()
                }),
                Part::Port => Some(Login {
                    port: variable.value.parse().ok(),
                    ..Login::default()
                }),
                Part::Address => variable
                    .value
                    .split(',')
                    .next()
                    .and_then(|first| first.rsplit_once(':'))
                    .map(|(host, port)| Login {
                        host: Some(host.to_owned()),
                        port: port.parse().ok(),
                        ..Login::default()
                    }),
                Part::User => Some(Login {
                    user: value(),
                    ..Login::default()
                }),
                Part::Password => Some(Login {
                    password: value(),
                    ..Login::default()
                }),
                Part::Database => Some(Login {
                    database: value(),
                    ..Login::default()
                }),
            };
            if let Some(found) = found {
                let says =
                    found.user.is_some() || found.password.is_some() || found.database.is_some();
                login.fill(Login {
                    file: says.then(|| example.path.clone()),
                    ..found
                });
            }
        }
    }
    login
}

/// No two services may have one name.
fn keep_names_apart(servers: &mut [Server], applications: &[Application]) {
    let mut taken: Vec<String> = applications.iter().map(|app| app.name.clone()).collect();
    // What is only offered gives way.
    let mut order: Vec<&mut Server> = servers.iter_mut().collect();
    order.sort_by_key(|server| !server.wanted);
    for server in order {
        let about = server.software.about();
        let free = [
            server.service.clone(),
            about.service.to_owned(),
            about.name.to_owned(),
            format!("{}-server", about.name),
        ]
        .into_iter()
        .find(|name| !taken.contains(name));
        if let Some(free) = free {
            server.service = free;
        }
        taken.push(server.service.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::application;
    use crate::init::listing::listing;
    use crate::init::seeds;

    fn servers(files: &[(&str, &str)]) -> Vec<Server> {
        let files = listing(files);
        find(
            &files,
            &application::find(&files, "my-shop"),
            &seeds::find(&files),
            "my-shop",
        )
    }

    const PG: (&str, &str) = (
        "package.json",
        r#"{"scripts": {"start": "x"}, "dependencies": {"pg": "8", "ioredis": "5"}}"#,
    );

    #[test]
    fn the_login_of_the_example_becomes_that_of_the_server() {
        let found = servers(&[
            PG,
            (
                ".env.example",
                "DATABASE_URL=postgres://ann:pw@localhost:5433/orders\nREDIS_HOST=cache\n",
            ),
        ]);
        let [db, cache] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(
            (db.user.as_str(), db.password.as_str(), db.database.as_str()),
            ("ann", "pw", "orders")
        );
        assert_eq!((db.service.as_str(), db.host_port), ("db", Some(5433)));
        assert_eq!(db.login_file.as_deref(), Some(".env.example"));
        assert_eq!((cache.service.as_str(), cache.host_port), ("cache", None));
    }

    #[test]
    fn without_a_login_there_is_one_for_development() {
        let db = &servers(&[PG])[0];
        assert_eq!(
            (db.user.as_str(), db.password.as_str(), db.database.as_str()),
            ("my_shop", "dev", "my_shop")
        );
        assert_eq!(db.why, ["pg in package.json"]);
    }

    #[test]
    fn a_dump_alone_says_what_it_needs() {
        let db = servers(&[(
            "dump.sql",
            "-- MySQL dump 10.13  Distrib 8.0.36\nCREATE TABLE x (id int);",
        )])
        .remove(0);
        assert_eq!((db.software, db.version.as_str()), (Software::Mysql, "8.0"));
        assert_eq!(db.version_file.as_deref(), Some("dump.sql"));
    }

    #[test]
    fn mariadb_takes_the_place_of_mysql_where_it_is_what_is_run() {
        let files = [
            (
                "package.json",
                r#"{"scripts": {"start": "x"}, "dependencies": {"mysql2": "3"}}"#,
            ),
            (".github/workflows/ci.yml", "image: mariadb:11.4"),
        ];
        let db = servers(&files).remove(0);
        assert_eq!(
            (db.software, db.version.as_str()),
            (Software::Mariadb, "11.4")
        );
    }

    #[test]
    fn several_databases_of_one_server_are_all_there() {
        let files = [
            (
                "a/package.json",
                r#"{"scripts": {"start": "x"}, "dependencies": {"pg": "8"}}"#,
            ),
            ("a/.env.example", "DATABASE_URL=postgres://u:p@db/orders"),
            (
                "b/package.json",
                r#"{"scripts": {"start": "x"}, "dependencies": {"pg": "8"}}"#,
            ),
            ("b/.env.example", "DATABASE_URL=postgres://u:p@db/billing"),
        ];
        let db = servers(&files).remove(0);
        assert_eq!(
            (db.database.as_str(), db.more_databases.as_slice()),
            ("orders", ["billing".to_owned()].as_slice())
        );
    }
}
