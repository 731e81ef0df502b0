//! What the catalogue recognises and tells.

use indexmap::IndexMap;

use super::*;

/// A service as a manifest would describe it.
struct Service {
    image: &'static str,
    environment: IndexMap<String, Option<String>>,
    command: Vec<String>,
}

impl Service {
    fn new(image: &'static str) -> Self {
        Self {
            image,
            environment: IndexMap::new(),
            command: Vec::new(),
        }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.environment
            .insert(name.to_owned(), Some(value.to_owned()));
        self
    }

    fn command(mut self, words: &[&str]) -> Self {
        self.command = words.iter().map(|&word| word.to_owned()).collect();
        self
    }

    fn family(&self) -> &'static dyn Family {
        recognise(self.image).expect("a known image")
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            image: self.image,
            environment: &self.environment,
            command: &self.command,
        }
    }

    fn port(&self) -> u16 {
        self.family().port(self.facts())
    }

    fn data_dir(&self) -> Option<String> {
        self.family().data_dir(self.facts())
    }

    fn url(&self) -> String {
        let access = self.family().access(self.facts());
        access.url("127.0.0.1", 15432, Password::Left)
    }
}

#[test]
fn recognises_official_images_and_the_usual_variants() {
    for (image, family) in [
        ("postgres:17", "postgres"),
        ("postgres", "postgres"),
        ("postgis/postgis:17-3.5", "postgres"),
        ("timescale/timescaledb:latest-pg17", "postgres"),
        ("pgvector/pgvector:pg17", "postgres"),
        ("bitnami/postgresql:17", "postgres"),
        ("bitnamilegacy/postgresql:17", "postgres"),
        ("supabase/postgres:15.8.1", "postgres"),
        ("ghcr.io/somebody/postgres:17", "postgres"),
        ("127.0.0.1:5000/library/postgres:17", "postgres"),
        ("edoburu/pgbouncer:v1.24.1-p1", "pgbouncer"),
        ("bitnami/pgbouncer", "pgbouncer"),
        ("mysql:8.4", "mysql"),
        ("mysql/mysql-server:8.0", "mysql"),
        ("percona/percona-server:8.4", "mysql"),
        ("percona:8", "mysql"),
        ("bitnami/mysql", "mysql"),
        ("mariadb:11.8", "mariadb"),
        ("bitnami/mariadb", "mariadb"),
        ("redis:8-alpine", "redis"),
        ("redis/redis-stack-server", "redis"),
        ("redis/redis-stack:latest", "redis"),
        ("bitnami/redis:8.0", "redis"),
        ("valkey/valkey:8", "valkey"),
        ("bitnami/valkey", "valkey"),
        ("rabbitmq:4-management", "rabbitmq"),
        ("bitnami/rabbitmq", "rabbitmq"),
        ("mongo:8", "mongodb"),
        ("mongodb/mongodb-community-server", "mongodb"),
        ("percona/percona-server-mongodb", "mongodb"),
        (
            "docker.elastic.co/elasticsearch/elasticsearch:9.0.0",
            "elasticsearch",
        ),
        ("elasticsearch:8.18.0", "elasticsearch"),
        ("opensearchproject/opensearch:3", "opensearch"),
        ("minio/minio", "minio"),
        ("quay.io/minio/minio:latest", "minio"),
        ("clickhouse/clickhouse-server:25", "clickhouse"),
    ] {
        assert_eq!(recognise(image).map(Family::name), Some(family), "{image}");
    }
    for image in [
        "nginx",
        "prometheuscommunity/postgres-exporter",
        "prometheuscommunity/pgbouncer-exporter",
        "oliver006/redis_exporter",
        "dpage/pgadmin4",
        "phpmyadmin/phpmyadmin",
        "opensearchproject/opensearch-dashboards",
        "mongo-express",
        "minio/mc",
        "${IMAGE}",
    ] {
        assert!(recognise(image).is_none(), "{image}");
    }
}

#[test]
fn every_name_that_a_manifest_may_use_leads_to_its_family() {
    for (name, family_name) in [
        ("postgres", "postgres"),
        ("postgresql", "postgres"),
        ("pgbouncer", "pgbouncer"),
        ("mysql", "mysql"),
        ("mariadb", "mariadb"),
        ("redis", "redis"),
        ("valkey", "valkey"),
        ("rabbitmq", "rabbitmq"),
        ("mongo", "mongodb"),
        ("elasticsearch", "elasticsearch"),
        ("opensearch", "opensearch"),
        ("minio", "minio"),
        ("clickhouse", "clickhouse"),
    ] {
        assert_eq!(family(name).map(Family::name), Some(family_name), "{name}");
    }
    assert!(family("oracle").is_none());
}

#[test]
fn ports_follow_command_and_environment() {
    assert_eq!(Service::new("postgres").port(), 5432);
    assert_eq!(Service::new("postgres").with("PGPORT", "5433").port(), 5433);
    assert_eq!(
        Service::new("postgres")
            .command(&["postgres", "-c", "port=6000"])
            .port(),
        6000
    );
    assert_eq!(
        Service::new("postgres").command(&["-p", "6001"]).port(),
        6001
    );
    assert_eq!(Service::new("mysql").command(&["--port=3307"]).port(), 3307);
    assert_eq!(
        Service::new("redis")
            .command(&["redis-server", "--port", "7000"])
            .port(),
        7000
    );
    assert_eq!(
        Service::new("rabbitmq")
            .with("RABBITMQ_NODE_PORT", "5673")
            .port(),
        5673
    );
    assert_eq!(
        Service::new("postgres").with("PGPORT", "nonsense").port(),
        5432
    );
}

#[test]
fn data_directories_follow_image_and_settings() {
    for (service, directory) in [
        (Service::new("postgres:17"), "/var/lib/postgresql/data"),
        (Service::new("postgres:18"), "/var/lib/postgresql"),
        (Service::new("postgres:18").with("PGDATA", "/x"), "/x"),
        (
            Service::new("postgis/postgis:18-3.6"),
            "/var/lib/postgresql/data",
        ),
        (Service::new("bitnami/postgresql:17"), "/bitnami/postgresql"),
        (Service::new("mysql:9"), "/var/lib/mysql"),
        (Service::new("mariadb").command(&["--datadir=/x/"]), "/x"),
        (Service::new("redis"), "/data"),
        (Service::new("bitnami/redis"), "/bitnami/redis/data"),
        (Service::new("rabbitmq"), "/var/lib/rabbitmq"),
        (Service::new("mongo"), "/data/db"),
        (
            Service::new("minio/minio").command(&["server", "/data", "--console-address", ":9001"]),
            "/data",
        ),
        (Service::new("clickhouse"), "/var/lib/clickhouse"),
    ] {
        assert_eq!(
            service.data_dir().as_deref(),
            Some(directory),
            "{}",
            service.image
        );
    }
}

#[test]
fn urls_name_user_and_database_but_no_password() {
    let postgres = Service::new("postgres")
        .with("POSTGRES_USER", "shop")
        .with("POSTGRES_PASSWORD", "secret")
        .with("POSTGRES_DB", "shop db");
    assert_eq!(postgres.url(), "postgres://shop@127.0.0.1:15432/shop%20db");
    assert_eq!(
        Service::new("postgres").url(),
        "postgres://postgres@127.0.0.1:15432/postgres"
    );
    let mariadb = Service::new("mariadb")
        .with("MYSQL_USER", "a")
        .with("MARIADB_DATABASE", "b");
    assert_eq!(mariadb.url(), "mysql://a@127.0.0.1:15432/b");
    assert_eq!(Service::new("redis").url(), "redis://127.0.0.1:15432");
    let pool = Service::new("edoburu/pgbouncer")
        .with("DB_USER", "a")
        .with("DB_PASSWORD", "s3cret")
        .with("DB_NAME", "b");
    assert_eq!(pool.url(), "postgres://a@127.0.0.1:15432/b");
    assert_eq!(
        Service::new("rabbitmq").url(),
        "amqp://guest@127.0.0.1:15432/"
    );
}

#[test]
fn no_secret_is_an_argument() {
    let services = [
        Service::new("postgres").with("POSTGRES_PASSWORD", "s3cret"),
        Service::new("edoburu/pgbouncer").with("DB_PASSWORD", "s3cret"),
        Service::new("mariadb")
            .with("MARIADB_ROOT_PASSWORD", "s3cret")
            .with("MARIADB_PASSWORD", "s3cret"),
        Service::new("redis").command(&["redis-server", "--requirepass", "s3cret"]),
        Service::new("rabbitmq").with("RABBITMQ_DEFAULT_PASS", "s3cret"),
        Service::new("mongo").with("MONGO_INITDB_ROOT_PASSWORD", "s3cret"),
        Service::new("elasticsearch").with("ELASTIC_PASSWORD", "s3cret"),
        Service::new("opensearchproject/opensearch")
            .with("OPENSEARCH_INITIAL_ADMIN_PASSWORD", "s3cret"),
        Service::new("minio/minio").with("MINIO_ROOT_PASSWORD", "s3cret"),
        Service::new("clickhouse").with("CLICKHOUSE_PASSWORD", "s3cret"),
    ];
    for service in services {
        let (family, facts) = (service.family(), service.facts());
        let commands = [Some(family.probe(facts)), Some(family.listening(facts))]
            .into_iter()
            .chain([family.console(facts)])
            .flatten()
            .chain(family.seed_formats().iter().map(|format| {
                (format.client)(&Seeding {
                    facts,
                    table: None,
                    head: &[],
                })
            }));
        for command in commands {
            assert!(
                !command.command.iter().any(|word| word.contains("s3cret")),
                "{}",
                service.image
            );
        }
        let access = family.access(facts);
        for hidden in [Password::Left, Password::Masked] {
            assert!(!access.url("h", 1, hidden).contains("s3cret"));
        }
        assert_eq!(
            access.part(Part::Password, "h", 1).as_deref(),
            Some("s3cret"),
            "{}",
            service.image
        );
    }
}

#[test]
fn finds_a_password_of_redis_wherever_the_command_has_it() {
    for service in [
        Service::new("redis").command(&["redis-server", "--requirepass", "p w"]),
        Service::new("redis").command(&["sh", "-c", "exec redis-server --requirepass 'p w'"]),
        Service::new("redis").with("PW", "p w").command(&[
            "sh",
            "-c",
            "exec redis-server --requirepass ${PW}",
        ]),
        Service::new("redis/redis-stack").with("REDIS_ARGS", "--requirepass 'p w'"),
    ] {
        assert_eq!(
            service.family().probe(service.facts()).environment,
            ["DEVSTACK_PASSWORD=p w"]
        );
    }
}

#[test]
fn what_is_built_upon_a_known_image_is_told_by_its_variables() {
    let environment =
        |name: &str, value: &str| IndexMap::from([(name.to_owned(), Some(value.to_owned()))]);
    let named = |name, image, environment: &IndexMap<_, _>| {
        identify(name, image, environment).map(super::Family::name)
    };
    let none = IndexMap::new();
    assert_eq!(named(Some("redis"), "ours/cache", &none), Some("redis"));
    assert_eq!(named(None, "postgres:17", &none), Some("postgres"));
    assert_eq!(named(None, "ours/db:1", &none), None);
    for (variable, value, family) in [
        ("PG_MAJOR", "17", "postgres"),
        ("MARIADB_VERSION", "1:11.8", "mariadb"),
        ("MYSQL_MAJOR", "9", "mysql"),
        ("REDIS_DOWNLOAD_URL", "x", "redis"),
        ("VALKEY_VERSION", "8", "valkey"),
        ("BITNAMI_APP_NAME", "postgresql", "postgres"),
    ] {
        let environment = environment(variable, value);
        assert_eq!(named(None, "sha256:0", &environment), Some(family));
    }
    // An application that talks to a database has its address, not its version.
    assert_eq!(named(None, "ours/app", &environment("PGHOST", "db")), None);
}

#[test]
fn what_is_added_to_a_console_goes_to_the_client() {
    for image in [
        "postgres",
        "mysql",
        "redis",
        "mongo",
        "rabbitmq",
        "clickhouse",
    ] {
        let service = Service::new(image);
        let console = service
            .family()
            .console(service.facts())
            .expect("it has one");
        assert!(console.command[2].contains("\"$@\""), "{image}");
    }
}
