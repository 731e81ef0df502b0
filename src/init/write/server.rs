//! A server as a service of the manifest.

use super::{Text, flow, plain};
use crate::init::proposal::{Offer, Proposal, What};
use crate::init::server::Server;
use crate::init::software::Software;

pub(super) fn write(proposal: &Proposal, server: &Server, offers: &[&Offer], text: &mut Text) {
    let why: Vec<&str> = server.why.iter().take(3).map(String::as_str).collect();
    text.said(2, &format!("{}:", server.service), Some(&why.join(", ")));
    let version = server
        .version_file
        .as_ref()
        .map(|file| format!("as in {file}"));
    text.said(
        4,
        &format!(
            "image: {}",
            plain(&format!("{}:{}", server.image, server.version))
        ),
        version.as_deref(),
    );
    if let Some(command) = command(server) {
        let words: Vec<String> = command.iter().map(|word| flow(word)).collect();
        text.line(4, &format!("command: [{}]", words.join(", ")));
    }
    let environment = environment(server);
    if !environment.is_empty() {
        let comment = server
            .login_file
            .as_ref()
            .map(|file| format!("as in {file}"));
        text.said(4, "environment:", comment.as_deref());
        for (name, value) in environment {
            text.line(6, &format!("{name}: {}", plain(&value.replace('$', "$$"))));
        }
    }
    ports(server, text);
    seeds(proposal, server, offers, text);
}

/// The command, where the image's own will not do.
fn command(server: &Server) -> Option<Vec<String>> {
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    match server.software {
        Software::Redis | Software::Valkey if !server.password.is_empty() => {
            let program = if server.software == Software::Redis {
                "redis-server"
            } else {
                "valkey-server"
            };
            words(&[program, "--requirepass", &server.password])
        }
        Software::Minio => words(&["server", "/data", "--console-address", ":9001"]),
        // The image brings settings for others than itself to come in.
        Software::Mosquitto => words(&["mosquitto", "-c", "/mosquitto-no-auth.conf"]),
        _ => None,
    }
}

/// The environment that makes the login.
fn environment(server: &Server) -> Vec<(&'static str, String)> {
    let (user, password, database) = (
        server.user.clone(),
        server.password.clone(),
        server.database.clone(),
    );
    let open = password.is_empty();
    let fixed = |pairs: &[(&'static str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect()
    };
    match server.software {
        Software::Postgres => vec![
            ("POSTGRES_USER", user),
            if open {
                ("POSTGRES_HOST_AUTH_METHOD", "trust".to_owned())
            } else {
                ("POSTGRES_PASSWORD", password)
            },
            ("POSTGRES_DB", database),
        ],
        Software::Mysql | Software::Mariadb => {
            let names: [&'static str; 5] = if server.software == Software::Mysql {
                [
                    "MYSQL_DATABASE",
                    "MYSQL_USER",
                    "MYSQL_PASSWORD",
                    "MYSQL_ROOT_PASSWORD",
                    "MYSQL_ALLOW_EMPTY_PASSWORD",
                ]
            } else {
                [
                    "MARIADB_DATABASE",
                    "MARIADB_USER",
                    "MARIADB_PASSWORD",
                    "MARIADB_ROOT_PASSWORD",
                    "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
                ]
            };
            let mut pairs = vec![(names[0], database)];
            if user != "root" {
                pairs.extend([(names[1], user), (names[2], password.clone())]);
            }
            pairs.push(if open {
                (names[4], "yes".to_owned())
            } else {
                (names[3], password)
            });
            pairs
        }
        Software::Sqlserver => vec![
            ("ACCEPT_EULA", "Y".to_owned()),
            ("MSSQL_SA_PASSWORD", password),
        ],
        Software::Mongodb if !user.is_empty() && !open => {
            vec![
                ("MONGO_INITDB_ROOT_USERNAME", user),
                ("MONGO_INITDB_ROOT_PASSWORD", password),
            ]
        }
        Software::Clickhouse => {
            vec![
                ("CLICKHOUSE_USER", user),
                ("CLICKHOUSE_PASSWORD", password),
                ("CLICKHOUSE_DB", database),
            ]
        }
        Software::Rabbitmq => vec![
            ("RABBITMQ_DEFAULT_USER", user),
            ("RABBITMQ_DEFAULT_PASS", password),
        ],
        Software::Minio => vec![("MINIO_ROOT_USER", user), ("MINIO_ROOT_PASSWORD", password)],
        Software::Elasticsearch => fixed(&[
            ("discovery.type", "single-node"),
            ("xpack.security.enabled", "false"),
            ("ES_JAVA_OPTS", "-Xms512m -Xmx512m"),
        ]),
        Software::Opensearch => fixed(&[
            ("discovery.type", "single-node"),
            ("DISABLE_SECURITY_PLUGIN", "true"),
            ("DISABLE_INSTALL_DEMO_CONFIG", "true"),
            ("OPENSEARCH_JAVA_OPTS", "-Xms512m -Xmx512m"),
        ]),
        Software::Kafka => kafka(&server.service),
        _ => Vec::new(),
    }
}

/// One broker that is its own controller. It tells those who come which address to use from then on: applications in
/// containers need another one than applications on this machine.
fn kafka(service: &str) -> Vec<(&'static str, String)> {
    let fixed = [
        ("KAFKA_NODE_ID", "1"),
        ("KAFKA_PROCESS_ROLES", "broker,controller"),
        (
            "KAFKA_LISTENERS",
            "CONTAINERS://:19092,MACHINE://:9092,CONTROLLER://:9093",
        ),
        ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
        ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9093"),
        ("KAFKA_INTER_BROKER_LISTENER_NAME", "CONTAINERS"),
        (
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
            "CONTAINERS:PLAINTEXT,MACHINE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        ),
        ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
        ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
        ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
    ];
    let mut pairs: Vec<(&'static str, String)> =
        fixed.map(|(name, value)| (name, value.to_owned())).into();
    pairs.insert(
        3,
        (
            "KAFKA_ADVERTISED_LISTENERS",
            format!("CONTAINERS://{service}:19092,MACHINE://localhost:9092"),
        ),
    );
    pairs
}

fn ports(server: &Server, text: &mut Text) {
    let own = server.software.about().port;
    let (ports, comment) = match (server.software, server.host_port) {
        (Software::Kafka, _) => (
            "[\"9092:9092\"]".to_owned(),
            Some("the port that it tells applications on this machine"),
        ),
        (Software::Minio, _) => (
            "[\"9000\", \"9001\"]".to_owned(),
            Some("the second one is the console"),
        ),
        (Software::Mailpit, _) => (
            "[\"8025\", \"1025\"]".to_owned(),
            Some("the inbox in the browser, and SMTP"),
        ),
        (_, Some(port)) => (format!("[\"{port}:{own}\"]"), None),
        (_, None) => (format!("[\"{own}\"]"), None),
    };
    text.said(4, &format!("ports: {ports}"), comment);
    if server.software == Software::Mailpit {
        text.line(4, "open: /");
    }
}

fn seeds(proposal: &Proposal, server: &Server, offers: &[&Offer], text: &mut Text) {
    let wanted: Vec<&&Offer> = offers.iter().filter(|offer| offer.wanted).collect();
    let left: Vec<&&Offer> = offers.iter().filter(|offer| !offer.wanted).collect();
    if !wanted.is_empty() || !server.more_databases.is_empty() {
        text.line(4, "seed: # applied in this order, once per content");
        for database in &server.more_databases {
            let words = ["createdb", "-U", &server.user, database].map(flow);
            text.line(6, &format!("- exec: [{}]", words.join(", ")));
        }
        for offer in &wanted {
            text.line(6, &format!("- {}", entry(proposal, offer)));
        }
    } else if !left.is_empty() {
        text.line(4, "# seed: # applied in this order, once per content");
    }
    let mark = if wanted.is_empty() {
        "#   - "
    } else {
        "  # - "
    };
    for offer in left {
        text.line(4, &format!("{mark}{}", entry(proposal, offer)));
    }
}

/// A seed as an entry of the list.
pub(super) fn entry(proposal: &Proposal, offer: &Offer) -> String {
    match &offer.what {
        What::File(seed) => plain(&seed.path),
        What::Migrations(index) => {
            let app = &proposal.applications[*index].app;
            let migration = app
                .migration
                .as_ref()
                .expect("only what migrates is offered");
            let inputs: Vec<String> = migration
                .inputs
                .iter()
                .map(|input| serde_json::Value::from(app.join(input)).to_string())
                .collect();
            format!(
                "{{ run: {}, in: {}, inputs: [{}] }}",
                serde_json::Value::from(migration.command.replace('$', "$$")),
                app.name,
                inputs.join(", ")
            )
        }
    }
}
