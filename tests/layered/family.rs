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
    Mysql,
    Mariadb,
    Redis,
    Valkey,
    /// A row is a durable queue with the name `key=value`.
    Rabbitmq,
}

/// What tells RabbitMQ to write rows: `Set` and `Remove`, in its own language, since its tool takes a second or two to
/// start.
const RABBITMQ: &str = r#"
Remove = fun(Key) ->
    lists:foreach(
        fun(Queue) ->
            case binary:match(element(4, amqqueue:get_name(Queue)), <<Key/binary, "=">>) of
                {0, _} -> {ok, _} = rabbit_amqqueue:delete(Queue, false, false, <<"test">>);
                _ -> ok
            end
        end,
        rabbit_amqqueue:list(<<"/">>))
    end,
Set = fun(Key, Value) ->
    Remove(Key),
    Name = rabbit_misc:r(<<"/">>, queue, <<Key/binary, "=", Value/binary>>),
    {new, _} = rabbit_amqqueue:declare(Name, true, false, [], none, <<"test">>)
    end,
"#;

impl Family {
    /// The service's name.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
            Self::Redis => "redis",
            Self::Valkey => "valkey",
            Self::Rabbitmq => "rabbitmq",
        }
    }

    /// The image, and the folder of the data.
    fn image(self) -> (&'static str, &'static str) {
        match self {
            Self::Postgres => ("postgres:17", "/var/lib/postgresql/data"),
            Self::Mysql => ("mysql:9", "/var/lib/mysql"),
            Self::Mariadb => ("mariadb:11.8", "/var/lib/mysql"),
            Self::Redis => ("redis:8", "/data"),
            Self::Valkey => ("valkey/valkey:8", "/data"),
            Self::Rabbitmq => ("rabbitmq:4", "/var/lib/rabbitmq"),
        }
    }

    fn environment(self) -> &'static str {
        match self {
            Self::Postgres => "{ POSTGRES_USER: shop, POSTGRES_PASSWORD: dev, POSTGRES_DB: shop }",
            Self::Mysql => {
                "{ MYSQL_USER: shop, MYSQL_PASSWORD: dev, MYSQL_DATABASE: shop, MYSQL_ROOT_PASSWORD: dev }"
            }
            Self::Mariadb => {
                "{ MARIADB_USER: shop, MARIADB_PASSWORD: dev, MARIADB_DATABASE: shop, MARIADB_ROOT_PASSWORD: dev }"
            }
            Self::Redis | Self::Valkey | Self::Rabbitmq => "{}",
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
            Self::Postgres | Self::Mysql | Self::Mariadb => "sql",
            Self::Redis | Self::Valkey => "redis",
            Self::Rabbitmq => "json",
        };
        format!("{}{number}.{extension}", self.service())
    }

    /// A seed that brings these rows, whatever is there.
    pub(crate) fn seed(self, rows: &Rows) -> String {
        if self == Self::Rabbitmq {
            let queue = |(key, value)| {
                serde_json::json!({
                    "name": format!("{key}={value}"),
                    "vhost": "/",
                    "durable": true,
                    "auto_delete": false,
                    "arguments": {},
                })
            };
            let queues: Vec<serde_json::Value> = rows.iter().map(queue).collect();
            return serde_json::json!({ "queues": queues }).to_string();
        }
        let mut text = String::new();
        if matches!(self, Self::Postgres | Self::Mysql | Self::Mariadb) {
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
            (Self::Postgres | Self::Mysql | Self::Mariadb, "") => {
                format!("delete from things where k = '{key}';")
            }
            (Self::Postgres, _) => format!(
                "insert into things values ('{key}', '{value}') on conflict (k) do update set v = excluded.v;"
            ),
            (Self::Mysql | Self::Mariadb, _) => {
                format!("replace into things values ('{key}', '{value}');")
            }
            (Self::Redis | Self::Valkey, "") => format!("HDEL things {key}"),
            (Self::Redis | Self::Valkey, _) => format!("HSET things {key} {value}"),
            (Self::Rabbitmq, "") => format!("Remove(<<\"{key}\">>),"),
            (Self::Rabbitmq, _) => format!("Set(<<\"{key}\">>, <<\"{value}\">>),"),
        };
        rows.iter().map(statement).collect()
    }

    /// Writes these rows, or removes those whose value is empty, as an application would.
    #[track_caller]
    pub(crate) fn write(self, project: &Project, rows: &Rows) {
        let statements = self.writing(rows);
        match self {
            Self::Postgres | Self::Mysql | Self::Mariadb => {
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
            Self::Rabbitmq => {
                let text = format!("{RABBITMQ}{} ok.", statements.join(" "));
                self.ask(project, &format!("eval {text}"));
            }
        }
    }

    /// Has it bring to the disk what it has confirmed, if it would lose that when it is killed.
    #[track_caller]
    pub(crate) fn settle(self, project: &Project) {
        if matches!(self, Self::Redis | Self::Valkey) {
            self.ask(project, "SAVE");
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
            Self::Mysql | Self::Mariadb => {
                split(self.ask(project, "select k, v from things"), '\t')
            }
            Self::Rabbitmq => split(self.ask(project, "list_queues name"), '='),
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
            Self::Mysql | Self::Mariadb => arguments.extend([
                "env",
                "MYSQL_PWD=dev",
                self.service(),
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
            Self::Rabbitmq => {
                let (command, argument) = statement.split_once(' ').expect("two words");
                arguments.extend(["rabbitmqctl", "--quiet", command, argument]);
            }
        }
        docker(&arguments)
    }
}
