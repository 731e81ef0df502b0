//! How applications find the servers: the environment of one in a container, and what one on this machine needs.

use super::application::Application;
use super::connection::{Connection, is_local};
use super::evidence::unexplained;
use super::server::Server;
use super::software::Software;
use super::variable::{Part, Purpose, Subject, purpose};

/// Any secret will do for development; some frameworks want 64 characters.
const OWN_SECRET: &str = "only-for-development-only-for-development-only-for-development-0";
/// The same as Laravel wants it: 32 bytes in base64.
const LARAVEL_SECRET: &str = "base64:b25seS1mb3ItZGV2ZWxvcG1lbnQtMzItYnl0ZXMhISE=";

/// Where an application runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// In a container of the stack.
    Container,
    /// On the developer's machine.
    Machine,
}

/// A variable, and the value that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// The variable.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The value comes from `inputs`.
    pub input: bool,
}

fn setting(name: impl Into<String>, value: impl Into<String>) -> Setting {
    Setting {
        name: name.into(),
        value: value.into(),
        input: false,
    }
}

/// A variable whose value is asked for.
fn input(name: &str) -> Setting {
    Setting {
        name: name.to_owned(),
        value: format!("${{{name}:-}}"),
        input: true,
    }
}

/// The variables that an application needs beyond those of its example, so that it finds the servers.
pub(super) fn settings(app: &Application, servers: &[Server], side: Side) -> Vec<Setting> {
    let wanted: Vec<&Server> = servers.iter().filter(|server| server.wanted).collect();
    let mut found: Vec<Setting> = Vec::new();
    let mut reached: Vec<Software> = Vec::new();
    let listed = app.example.iter().flat_map(|example| {
        let variables = example.variables.iter();
        variables.map(|variable| {
            (
                variable.name.as_str(),
                variable.value.as_str(),
                variable.purpose,
                example.readable,
            )
        })
    });
    let read = unexplained(app).map(|name| (name, "", purpose(name, ""), false));
    for (name, value, purpose, inherited) in listed.chain(read) {
        match purpose {
            Purpose::Connection(subject, part) => {
                let Some(server) = wanted.iter().find(|server| server.is(subject)) else {
                    // The keys of somebody else's storage are given by whom it belongs to.
                    let key = subject == Subject::Server(Software::Minio)
                        && matches!(part, Part::User | Part::Password);
                    if key && value.is_empty() && side == Side::Container {
                        found.push(input(name));
                    }
                    continue;
                };
                if matches!(part, Part::Url | Part::Host | Part::Address) {
                    reached.push(server.software);
                }
                let needed = connection(app, server, part, value, side);
                // What the example says already comes with it.
                let said = (inherited || side == Side::Machine) && needed == value;
                if !said && (inherited || !needed.is_empty()) {
                    found.push(setting(name, needed));
                }
            }
            Purpose::OwnSecret
                if value.is_empty() && (side == Side::Container || app.example.is_some()) =>
            {
                let laravel = app.is("Laravel") && name == "APP_KEY";
                found.push(setting(
                    name,
                    if laravel { LARAVEL_SECRET } else { OWN_SECRET },
                ));
            }
            Purpose::Secret if value.is_empty() && side == Side::Container => {
                found.push(input(name));
            }
            _ if side == Side::Container && !inherited && !value.is_empty() => {
                found.push(setting(name, value));
            }
            _ => {}
        }
    }
    found.extend(by_framework(app, &wanted, &reached, side));
    let mut names: Vec<String> = Vec::new();
    found.retain(|setting| {
        let new = !names.contains(&setting.name);
        names.push(setting.name.clone());
        new
    });
    found
}

/// The address of a server from one side.
fn address(server: &Server, side: Side) -> (&str, u16) {
    match side {
        Side::Container => (&server.service, server.port()),
        Side::Machine => ("localhost", server.port_here()),
    }
}

/// The value of one variable of a connection.
fn connection(app: &Application, server: &Server, part: Part, value: &str, side: Side) -> String {
    let (host, port) = address(server, side);
    match part {
        Part::Url => match Connection::parse(value) {
            Some(url) if url.host == host && url.port.unwrap_or(port) == port => value.to_owned(),
            Some(url)
                if url.software.is_some()
                    && url.password.is_none()
                    && !server.password.is_empty() =>
            {
                self::url(app, server, side)
            }
            Some(url) => url.at(host, port),
            None => self::url(app, server, side),
        },
        Part::Host => match value {
            value if side == Side::Machine && is_local(value) => value.to_owned(),
            _ => host.to_owned(),
        },
        Part::Port => port.to_string(),
        Part::Address => format!("{host}:{port}"),
        Part::User => server.user.clone(),
        Part::Password => server.password.clone(),
        Part::Database if value.is_empty() => server.database.clone(),
        Part::Database => value.to_owned(),
    }
}

/// The URL by which an application reaches a server, as its libraries like it.
pub(super) fn url(app: &Application, server: &Server, side: Side) -> String {
    let (host, port) = address(server, side);
    let login = match (server.user.as_str(), server.password.as_str()) {
        ("", _) => String::new(),
        (user, "") => format!("{user}@"),
        (user, password) => format!("{user}:{password}@"),
    };
    let database = &server.database;
    let alchemy = app.uses("sqlalchemy") || app.uses("sqlmodel");
    match server.software {
        Software::Postgres => {
            let scheme = match () {
                () if app.speaks("Elixir") => "ecto",
                () if alchemy && app.uses("asyncpg") => "postgresql+asyncpg",
                () if alchemy && (app.uses("psycopg") || app.uses("psycopg-binary")) => {
                    "postgresql+psycopg"
                }
                () if app.speaks("Java") || app.speaks("Kotlin") => {
                    return format!("jdbc:postgresql://{host}:{port}/{database}");
                }
                () if app.speaks("Go") || app.speaks("Rust") => "postgres",
                () => "postgresql",
            };
            // Go's libraries ask for TLS unless told otherwise.
            let rest = if app.uses("github.com/lib/pq") {
                "?sslmode=disable"
            } else {
                ""
            };
            format!("{scheme}://{login}{host}:{port}/{database}{rest}")
        }
        Software::Mysql | Software::Mariadb => match () {
            () if app.uses("github.com/go-sql-driver/mysql")
                || app.uses("gorm.io/driver/mysql") =>
            {
                let login = login.trim_end_matches('@');
                format!("{login}@tcp({host}:{port})/{database}?parseTime=true")
            }
            () if app.speaks("Elixir") => format!("ecto://{login}{host}:{port}/{database}"),
            () if app.speaks("Java") || app.speaks("Kotlin") => {
                format!(
                    "jdbc:{}://{host}:{port}/{database}",
                    server.software.about().name
                )
            }
            () if app.speaks("Ruby") && app.uses("trilogy") => {
                format!("trilogy://{login}{host}:{port}/{database}")
            }
            () if app.speaks("Ruby") => format!("mysql2://{login}{host}:{port}/{database}"),
            () if alchemy && app.uses("pymysql") => {
                format!("mysql+pymysql://{login}{host}:{port}/{database}")
            }
            () if alchemy && app.uses("aiomysql") => {
                format!("mysql+aiomysql://{login}{host}:{port}/{database}")
            }
            () => format!("mysql://{login}{host}:{port}/{database}"),
        },
        Software::Sqlserver if app.speaks("Java") || app.speaks("Kotlin") => {
            format!("jdbc:sqlserver://{host}:{port};databaseName={database};encrypt=false")
        }
        Software::Sqlserver => format!("sqlserver://{login}{host}:{port}?database={database}"),
        Software::Mongodb => format!("mongodb://{host}:{port}/{database}"),
        Software::Redis | Software::Valkey => format!("redis://{host}:{port}"),
        Software::Rabbitmq => format!("amqp://{login}{host}:{port}"),
        Software::Nats => format!("nats://{host}:{port}"),
        Software::Mosquitto => format!("mqtt://{host}:{port}"),
        Software::Mailpit => format!("smtp://{host}:{port}"),
        Software::Kafka | Software::Memcached => format!("{host}:{port}"),
        Software::Clickhouse | Software::Elasticsearch | Software::Opensearch | Software::Minio => {
            format!("http://{host}:{port}")
        }
    }
}

/// The variables that a framework knows of by itself, for servers that no variable of the project's own reaches.
fn by_framework(
    app: &Application,
    servers: &[&Server],
    reached: &[Software],
    side: Side,
) -> Vec<Setting> {
    let mut found = Vec::new();
    let strings = app.connection_strings.iter().filter_map(|(name, text)| {
        let (software, login) = super::login::parse_connection_string(text)?;
        let server = servers
            .iter()
            .find(|server| server.software.stands_for(software))?;
        let (host, port) = address(server, side);
        let own = login.host?;
        let text = match login.port {
            Some(own_port) => text
                .replace(&format!("{own}:{own_port}"), &format!("{host}:{port}"))
                .replace(&format!("{own},{own_port}"), &format!("{host},{port}"))
                .replace(&format!("Port={own_port}"), &format!("Port={port}")),
            None => text.clone(),
        };
        Some((
            name,
            text.replacen(&format!("={own}"), &format!("={host}"), 1),
        ))
    });
    for (name, text) in strings {
        let as_it_is = app
            .connection_strings
            .iter()
            .any(|(own, own_text)| own == name && *own_text == text);
        if !(side == Side::Machine && as_it_is) {
            found.push(setting(format!("ConnectionStrings__{name}"), text));
        }
    }
    let spring = app.is("Spring Boot");
    for server in servers {
        let known = reached.contains(&server.software) || !app.connection_strings.is_empty();
        let told = side == Side::Machine && server.login_file.is_some();
        if known || told || !needs(app, server) {
            continue;
        }
        let (host, port) = address(server, side);
        match (spring, server.software) {
            (true, software) if software.is_sql() => found.extend([
                setting("SPRING_DATASOURCE_URL", url(app, server, side)),
                setting("SPRING_DATASOURCE_USERNAME", &server.user),
                setting("SPRING_DATASOURCE_PASSWORD", &server.password),
            ]),
            (true, Software::Redis | Software::Valkey) => {
                found.push(setting("SPRING_DATA_REDIS_HOST", host));
            }
            (true, Software::Mongodb) => {
                found.push(setting("SPRING_DATA_MONGODB_URI", url(app, server, side)));
            }
            (true, Software::Rabbitmq) => found.extend([
                setting("SPRING_RABBITMQ_HOST", host),
                setting("SPRING_RABBITMQ_USERNAME", &server.user),
                setting("SPRING_RABBITMQ_PASSWORD", &server.password),
            ]),
            (true, Software::Kafka) => found.push(setting(
                "SPRING_KAFKA_BOOTSTRAP_SERVERS",
                format!("{host}:{port}"),
            )),
            (true, Software::Elasticsearch) => {
                found.push(setting("SPRING_ELASTICSEARCH_URIS", url(app, server, side)));
            }
            (_, software) if software.is_sql() => {
                found.push(setting("DATABASE_URL", url(app, server, side)));
            }
            (_, software) => {
                let name = match software {
                    Software::Valkey => "REDIS_URL",
                    Software::Rabbitmq => "RABBITMQ_URL",
                    Software::Kafka => "KAFKA_BROKERS",
                    Software::Mongodb => "MONGODB_URI",
                    Software::Mosquitto => "MQTT_URL",
                    Software::Mailpit => "SMTP_URL",
                    Software::Minio => "S3_ENDPOINT",
                    software => plain_name(software),
                };
                found.push(setting(name, url(app, server, side)));
            }
        }
    }
    if app.is("Rails")
        && side == Side::Container
        && !found
            .iter()
            .any(|setting| setting.name == "SECRET_KEY_BASE")
    {
        found.push(setting("SECRET_KEY_BASE", OWN_SECRET));
    }
    if app.is("Phoenix") && side == Side::Container {
        found.push(setting("PHX_SERVER", "true"));
    }
    found
}

/// `NATS_URL` and its like.
fn plain_name(software: Software) -> &'static str {
    match software {
        Software::Redis => "REDIS_URL",
        Software::Nats => "NATS_URL",
        Software::Memcached => "MEMCACHED_SERVERS",
        Software::Clickhouse => "CLICKHOUSE_URL",
        Software::Opensearch => "OPENSEARCH_URL",
        _ => "ELASTICSEARCH_URL",
    }
}

/// Whether an application has to do with a server.
pub(super) fn needs(app: &Application, server: &Server) -> bool {
    let library = |name: &str| {
        super::dependencies::server_of(name)
            .is_some_and(|(software, _)| server.software.stands_for(software))
    };
    let libraries = app.project.iter().flat_map(|project| &project.libraries);
    let variables = app
        .example
        .iter()
        .filter(|example| example.path.starts_with(&app.folder))
        .flat_map(|example| &example.variables)
        .map(|variable| variable.purpose)
        .chain(app.reads.iter().map(|name| purpose(name, "")));
    libraries.clone().any(|own| !own.dev && library(&own.name))
        || app.logins.iter().any(|(software, _)| server.software.stands_for(*software))
        || variables.clone().any(|purpose| matches!(purpose, Purpose::Connection(subject, _) if about(server, subject)))
        || (server.software.is_sql() && app.migration.is_some())
        // What nothing is known of may need everything.
        || (app.project.is_none() && app.reads.is_empty() && app.example.is_none())
}

fn about(server: &Server, subject: Subject) -> bool {
    server.is(subject)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::application;
    use crate::init::listing::listing;
    use crate::init::{seeds, server};

    fn found(files: &[(&str, &str)], side: Side) -> Vec<String> {
        let files = listing(files);
        let apps = application::find(&files, "shop");
        let servers = server::find(&files, &apps, &seeds::find(&files), "shop");
        settings(&apps[0], &servers, side)
            .into_iter()
            .map(|setting| format!("{}={}", setting.name, setting.value))
            .collect()
    }

    const EXPRESS: (&str, &str) = (
        "package.json",
        r#"{"scripts": {"start": "x"}, "dependencies": {"express": "4", "pg": "8", "ioredis": "5"}}"#,
    );

    #[test]
    fn addresses_become_those_of_the_stack_and_the_rest_stays() {
        let example = (
            ".env.example",
            "DATABASE_URL=postgres://ann:pw@localhost:5433/orders?schema=x\nREDIS_HOST=127.0.0.1\nREDIS_PORT=6379\n\
             LOG=debug\nJWT_SECRET=\nSTRIPE_SECRET_KEY=\n",
        );
        assert_eq!(
            found(&[EXPRESS, example], Side::Container),
            [
                "DATABASE_URL=postgres://ann:pw@db:5432/orders?schema=x",
                "REDIS_HOST=redis",
                &format!("JWT_SECRET={OWN_SECRET}"),
                "STRIPE_SECRET_KEY=${STRIPE_SECRET_KEY:-}",
            ]
        );
        assert_eq!(
            found(&[EXPRESS, example], Side::Machine),
            [format!("JWT_SECRET={OWN_SECRET}")]
        );
    }

    #[test]
    fn without_an_example_the_source_says_what_variables_are_called() {
        let source = (
            "src/db.js",
            "new Pool({ connectionString: process.env.PG_URL })",
        );
        assert_eq!(
            found(&[EXPRESS, source], Side::Container),
            [
                "PG_URL=postgresql://shop:dev@db:5432/shop",
                "REDIS_URL=redis://redis:6379"
            ]
        );
    }

    #[test]
    fn frameworks_get_what_they_know_by_themselves() {
        let pom = "<dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-web</artifactId></dependency>\
                   <dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId></dependency>";
        let spring = [("pom.xml", pom), ("src/main/java/A.java", "")];
        assert_eq!(
            found(&spring, Side::Container),
            [
                "SPRING_DATASOURCE_URL=jdbc:postgresql://db:5432/shop",
                "SPRING_DATASOURCE_USERNAME=shop",
                "SPRING_DATASOURCE_PASSWORD=dev",
            ]
        );
        let dotnet = [
            (
                "Shop.csproj",
                r#"<Project Sdk="Microsoft.NET.Sdk.Web"><PackageReference Include="Npgsql" /></Project>"#,
            ),
            (
                "appsettings.json",
                r#"{"ConnectionStrings": {"Default": "Host=localhost;Port=5432;Database=shop;Username=ann;Password=pw"}}"#,
            ),
        ];
        assert_eq!(
            found(&dotnet, Side::Container),
            ["ConnectionStrings__Default=Host=db;Port=5432;Database=shop;Username=ann;Password=pw"]
        );
        assert_eq!(found(&dotnet, Side::Machine), Vec::<String>::new());
    }
}
