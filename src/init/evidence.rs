//! What shows that an application needs a server: its libraries, its variables, its settings.

use super::application::Application;
use super::connection::{Connection, is_local, is_service_name};
use super::dependencies::Certainty::{self, Possible, Sure};
use super::dependencies::server_of;
use super::example::Variable;
use super::listing::Listing;
use super::software::Software;
use super::variable::{Part, Purpose, Subject, purpose};

/// That a server is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Evidence {
    /// Which one.
    pub software: Software,
    /// How much that says.
    pub certainty: Certainty,
    /// What shows it, such as `pg in package.json`.
    pub what: String,
}

/// What shows which servers an application needs.
pub(super) fn of(listing: &Listing, app: &Application) -> Vec<Evidence> {
    let mut found = Vec::new();
    let mut add = |software, certainty, what: String| {
        found.push(Evidence {
            software,
            certainty,
            what,
        });
    };
    for library in app.project.iter().flat_map(|project| &project.libraries) {
        if let Some((software, certainty)) = server_of(&library.name).filter(|_| !library.dev) {
            let file = app.join(&library.file);
            add(software, certainty, format!("{} in {file}", library.name));
        }
    }
    if let Some(software) = prisma(listing, app) {
        add(software, Sure, "the provider of Prisma's schema".to_owned());
    }
    let idle_redis = is_idle_redis(app);
    if let Some(example) = &app.example {
        for variable in &example.variables {
            let what = format!("{} in {}", variable.name, example.path);
            if let Some(software) = dialect(variable) {
                add(software, Sure, what);
            } else if let Purpose::Connection(Subject::Server(software), part) = variable.purpose {
                let certainty = if software == Software::Redis && idle_redis {
                    Possible
                } else {
                    certainty(software, part, &variable.value)
                };
                add(software, certainty, what);
            }
        }
    }
    for name in unexplained(app) {
        if let Purpose::Connection(Subject::Server(software), part) = purpose(name, "") {
            add(
                software,
                certainty(software, part, ""),
                format!("{name}, which the source reads"),
            );
        }
    }
    for (software, login) in &app.logins {
        let file = login.file.clone().unwrap_or_default();
        add(*software, Sure, format!("the settings in {file}"));
    }
    if !found.iter().any(|evidence| evidence.software.is_sql())
        && let Some(what) = some_sql(app)
    {
        found.push(Evidence {
            software: Software::Postgres,
            certainty: Possible,
            what,
        });
    }
    found
}

/// The variables that only the source speaks of.
pub(super) fn unexplained(app: &Application) -> impl Iterator<Item = &str> {
    let explained = app
        .example
        .iter()
        .flat_map(|example| &example.variables)
        .map(|variable| variable.name.as_str())
        .collect::<Vec<_>>();
    app.reads
        .iter()
        .map(String::as_str)
        .filter(move |name| !explained.contains(name))
}

/// How much a variable of a connection says.
fn certainty(software: Software, part: Part, value: &str) -> Certainty {
    let host = match part {
        Part::Url => Connection::parse(value).map_or("", |url| url.host),
        Part::Host | Part::Address => value.split(':').next().unwrap_or_default(),
        // Who writes down a user of a database has one; a user of mail may be anywhere.
        _ => return if software.is_sql() { Sure } else { Possible },
    };
    let here = is_local(host) || is_service_name(host);
    match software {
        // Mail and files are kept by somebody else more often than not.
        Software::Mailpit | Software::Minio => {
            if here {
                Sure
            } else {
                Possible
            }
        }
        _ if here || host.is_empty() => Sure,
        _ => Possible,
    }
}

/// The database that a variable such as `DB_CONNECTION=pgsql` chooses.
fn dialect(variable: &Variable) -> Option<Software> {
    let name = variable.name.to_uppercase();
    let sql = name.starts_with("DB_")
        || name.starts_with("DATABASE_")
        || name.starts_with("TYPEORM_")
        || name.starts_with("SQL_");
    let value = variable.value.to_lowercase();
    let last = name.rsplit('_').next()?;
    if sql
        && [
            "CONNECTION",
            "DRIVER",
            "DIALECT",
            "ENGINE",
            "CLIENT",
            "ADAPTER",
            "TYPE",
            "PROVIDER",
        ]
        .contains(&last)
    {
        let value = value.rsplit('.').next()?;
        return match value {
            "pgsql" | "postgres" | "postgresql" | "pg" | "postgis" | "pdo_pgsql" => {
                Some(Software::Postgres)
            }
            "mysql" | "mysql2" | "pdo_mysql" => Some(Software::Mysql),
            "mariadb" => Some(Software::Mariadb),
            "mssql" | "sqlsrv" | "sqlserver" => Some(Software::Sqlserver),
            "mongodb" => Some(Software::Mongodb),
            _ => None,
        };
    }
    [
        "CACHE_STORE",
        "CACHE_DRIVER",
        "SESSION_DRIVER",
        "QUEUE_CONNECTION",
        "BROADCAST_CONNECTION",
        "QUEUE_DRIVER",
    ]
    .contains(&name.as_str())
    .then(|| Software::named(&value))?
}

/// Laravel's example speaks of Redis whether it is used or not.
fn is_idle_redis(app: &Application) -> bool {
    app.is("Laravel")
        && !app.uses("predis/predis")
        && !app.uses("ext-redis")
        && !app.uses("laravel/horizon")
        && !app
            .example
            .iter()
            .flat_map(|example| &example.variables)
            .any(|variable| dialect(variable) == Some(Software::Redis))
}

/// The database that the schema of Prisma is for.
fn prisma(listing: &Listing, app: &Application) -> Option<Software> {
    let folder = listing.folder(&app.folder);
    let (_, schema) = folder
        .texts()
        .find(|(path, _)| path.ends_with("schema.prisma"))?;
    let provider = |name: &str| schema.contains(&format!("provider = \"{name}\""));
    if provider("postgresql") {
        Some(Software::Postgres)
    } else if provider("mysql") {
        Some(Software::Mysql)
    } else if provider("sqlserver") {
        Some(Software::Sqlserver)
    } else if provider("mongodb") {
        Some(Software::Mongodb)
    } else {
        None
    }
}

/// A variable that speaks of some SQL database, without saying which.
fn some_sql(app: &Application) -> Option<String> {
    let blank = |value: &str| !value.contains("://");
    let listed = app.example.iter().find_map(|example| {
        let found = example.variables.iter().find(|variable| {
            matches!(
                variable.purpose,
                Purpose::Connection(Subject::Sql, Part::Url | Part::Host)
            ) && blank(&variable.value)
        })?;
        Some(format!("{} in {}", found.name, example.path))
    });
    listed.or_else(|| {
        unexplained(app)
            .find(|name| {
                matches!(
                    purpose(name, ""),
                    Purpose::Connection(Subject::Sql, Part::Url | Part::Host)
                )
            })
            .map(|name| format!("{name}, which the source reads"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::application;
    use crate::init::listing::listing;

    fn found(files: &[(&str, &str)]) -> Vec<(Software, Certainty)> {
        let files = listing(files);
        let app = application::find(&files, "x").remove(0);
        let mut found: Vec<_> = of(&files, &app)
            .into_iter()
            .map(|evidence| (evidence.software, evidence.certainty))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn laravels_own_example_is_not_taken_at_its_word() {
        let composer = (
            "composer.json",
            r#"{"require": {"laravel/framework": "11"}}"#,
        );
        let idle = "DB_CONNECTION=mysql\nCACHE_STORE=database\nREDIS_HOST=127.0.0.1\nMAIL_HOST=smtp.example.org\n";
        assert_eq!(
            found(&[composer, (".env.example", idle)]),
            [
                (Software::Mysql, Sure),
                (Software::Redis, Possible),
                (Software::Mailpit, Possible)
            ]
        );
        let used = "DB_CONNECTION=sqlite\nQUEUE_CONNECTION=redis\nREDIS_HOST=127.0.0.1\n";
        assert_eq!(
            found(&[composer, (".env.example", used)]),
            [(Software::Redis, Sure)]
        );
    }

    #[test]
    fn a_variable_without_a_dialect_means_postgres_perhaps() {
        let files = [
            ("Dockerfile", "FROM python:3.13-slim"),
            ("app.py", "os.environ['DATABASE_URL']"),
        ];
        assert_eq!(found(&files), [(Software::Postgres, Possible)]);
    }

    #[test]
    fn libraries_for_development_alone_do_not_count() {
        let package = r#"{"scripts": {"start": "x"}, "dependencies": {"pg": "8"}, "devDependencies": {"ioredis": "5"}}"#;
        assert_eq!(
            found(&[("package.json", package)]),
            [(Software::Postgres, Sure)]
        );
    }
}
