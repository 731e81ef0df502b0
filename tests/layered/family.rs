//! The same few rows in every kind of database.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::project::{Project, docker};

/// What a database holds: keys and values.
pub(crate) type Rows = BTreeMap<String, String>;

/// A kind of database. It is a service of its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Postgres,
    Mariadb,
    Redis,
    Valkey,
}

impl Family {
    /// The service's name.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadb",
            Self::Redis => "redis",
            Self::Valkey => "valkey",
        }
    }

    /// The image, and the folder of the data.
    fn image(self) -> (&'static str, &'static str) {
        match self {
            Self::Postgres => ("postgres:17", "/var/lib/postgresql/data"),
            Self::Mariadb => ("mariadb:11.8", "/var/lib/mysql"),
            Self::Redis => ("redis:8", "/data"),
            Self::Valkey => ("valkey:8", "/data"),
        }
    }

    fn environment(self) -> &'static str {
        match self {
            Self::Postgres => "{ POSTGRES_USER: shop, POSTGRES_PASSWORD: dev, POSTGRES_DB: shop }",
            Self::Mariadb => {
                "{ MARIADB_USER: shop, MARIADB_PASSWORD: dev, MARIADB_DATABASE: shop, MARIADB_ROOT_PASSWORD: dev }"
            }
            Self::Redis | Self::Valkey => "{}",
        }
    }

    /// The service in a manifest, with these seed files. Its volume has its name.
    pub(crate) fn manifest(self, seeds: &[String]) -> String {
        let (image, data) = self.image();
        let name = self.service();
        format!(
            "  {name}:\n    image: {image}\n    environment: {}\n    volumes: [\"{name}:{data}\"]\n    seed: [{}]\n",
            self.environment(),
            seeds.join(", ")
        )
    }

    /// The name of a seed file.
    pub(crate) fn seed_file(self, number: usize) -> String {
        let extension = match self {
            Self::Postgres | Self::Mariadb => "sql",
            Self::Redis | Self::Valkey => "redis",
        };
        format!("{}{number}.{extension}", self.service())
    }

    /// A seed that brings these rows, whatever is there.
    pub(crate) fn seed(self, rows: &Rows) -> String {
        let mut text = String::new();
        if matches!(self, Self::Postgres | Self::Mariadb) {
            text.push_str(
                "create table if not exists things (k varchar(64) primary key, v varchar(64));\n",
            );
        }
        for line in self.writing(rows) {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    /// Statements that write these rows; one with an empty value is removed.
    fn writing(self, rows: &Rows) -> Vec<String> {
        let statement = |(key, value): (&String, &String)| match (self, value.as_str()) {
            (Self::Postgres | Self::Mariadb, "") => {
                format!("delete from things where k = '{key}';")
            }
            (Self::Postgres, _) => format!(
                "insert into things values ('{key}', '{value}') on conflict (k) do update set v = excluded.v;"
            ),
            (Self::Mariadb, _) => format!("replace into things values ('{key}', '{value}');"),
            (Self::Redis | Self::Valkey, "") => format!("HDEL things {key}"),
            (Self::Redis | Self::Valkey, _) => format!("HSET things {key} {value}"),
        };
        rows.iter().map(statement).collect()
    }

    /// Writes these rows, or removes those whose value is empty, as an application would.
    #[track_caller]
    pub(crate) fn write(self, project: &Project, rows: &Rows) {
        let statements = self.writing(rows);
        match self {
            Self::Postgres | Self::Mariadb => {
                let mut text = String::new();
                for statement in statements {
                    write!(text, "{statement} ").expect("memory");
                }
                self.ask(project, &format!("begin; {text} commit;"));
            }
            Self::Redis | Self::Valkey => {
                for statement in statements {
                    self.ask(project, &statement);
                }
            }
        }
    }

    /// What is in it.
    #[track_caller]
    pub(crate) fn rows(self, project: &Project) -> Rows {
        let split = |text: String, by: char| {
            text.lines()
                .filter_map(|line| line.split_once(by))
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect()
        };
        match self {
            Self::Postgres => split(self.ask(project, "select k, v from things"), '|'),
            Self::Mariadb => split(self.ask(project, "select k, v from things"), '\t'),
            Self::Redis | Self::Valkey => {
                let text = self.ask(project, "HGETALL things");
                let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
                lines
                    .chunks_exact(2)
                    .map(|pair| (pair[0].to_owned(), pair[1].to_owned()))
                    .collect()
            }
        }
    }

    #[track_caller]
    fn ask(self, project: &Project, statement: &str) -> String {
        let container = project.container(self.service());
        let mut arguments = vec!["exec", &container];
        match self {
            Self::Postgres => arguments.extend([
                "env",
                "PGPASSWORD=dev",
                "psql",
                "-h",
                "127.0.0.1",
                "-U",
                "shop",
                "-d",
                "shop",
                "-v",
                "ON_ERROR_STOP=1",
                "-Atc",
                statement,
            ]),
            Self::Mariadb => arguments.extend([
                "env",
                "MYSQL_PWD=dev",
                "mariadb",
                "-h127.0.0.1",
                "-ushop",
                "shop",
                "-Ne",
                statement,
            ]),
            Self::Redis => {
                arguments.push("redis-cli");
                arguments.extend(statement.split(' '));
            }
            Self::Valkey => {
                arguments.push("valkey-cli");
                arguments.extend(statement.split(' '));
            }
        }
        docker(&arguments)
    }
}
