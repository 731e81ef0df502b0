//! The servers that a stack is proposed of: their images, ports and names.

use crate::catalog::{ImageName, recognise};

/// A server that applications need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Software {
    /// PostgreSQL.
    Postgres,
    /// MySQL.
    Mysql,
    /// MariaDB.
    Mariadb,
    /// Microsoft SQL Server.
    Sqlserver,
    /// MongoDB.
    Mongodb,
    /// ClickHouse.
    Clickhouse,
    /// Redis.
    Redis,
    /// Valkey.
    Valkey,
    /// memcached.
    Memcached,
    /// RabbitMQ.
    Rabbitmq,
    /// Apache Kafka.
    Kafka,
    /// NATS.
    Nats,
    /// Eclipse Mosquitto.
    Mosquitto,
    /// Elasticsearch.
    Elasticsearch,
    /// OpenSearch.
    Opensearch,
    /// MinIO.
    Minio,
    /// Mailpit, which catches mail.
    Mailpit,
}

/// What is known of a server.
#[derive(Debug)]
pub struct About {
    /// Which one.
    pub software: Software,
    /// Its name in flags and questions.
    pub name: &'static str,
    /// Its image without a tag.
    pub image: &'static str,
    /// The tag that is taken when nothing says which version, and further ones that are offered.
    pub versions: &'static [&'static str],
    /// How many parts of a version a tag has at least: `16` but `8.4`.
    pub parts: usize,
    /// What the service is called, if nothing calls it otherwise.
    pub service: &'static str,
    /// The port that applications use.
    pub port: u16,
    /// The schemes of its URLs, the one to write first.
    pub schemes: &'static [&'static str],
}

macro_rules! about {
    ($($software:ident $name:literal $image:literal [$($version:literal)*] $parts:literal $service:literal $port:literal [$($scheme:literal)*])*) => {
        &[$(About {
            software: Software::$software,
            name: $name,
            image: $image,
            versions: &[$($version),*],
            parts: $parts,
            service: $service,
            port: $port,
            schemes: &[$($scheme),*],
        }),*]
    };
}

/// Every server, in the order in which they are proposed.
pub const ALL: &[About] = about! {
    Postgres "postgres" "postgres" ["17" "18" "16" "15" "14"] 1 "db" 5432 ["postgresql" "postgres" "postgis" "ecto" "psql" "pgsql"]
    Mysql "mysql" "mysql" ["8.4" "9" "8.0"] 2 "db" 3306 ["mysql" "mysql2"]
    Mariadb "mariadb" "mariadb" ["11.8" "11.4" "10.11"] 2 "db" 3306 ["mariadb"]
    Sqlserver "sqlserver" "mcr.microsoft.com/mssql/server" ["2022-latest" "2019-latest"] 1 "db" 1433 ["mssql" "sqlserver"]
    Mongodb "mongodb" "mongo" ["8" "7" "6"] 1 "mongo" 27017 ["mongodb"]
    Clickhouse "clickhouse" "clickhouse/clickhouse-server" ["25.8" "25.3" "24.8"] 2 "clickhouse" 8123 ["clickhouse"]
    Redis "redis" "redis" ["8" "7"] 1 "redis" 6379 ["redis" "rediss"]
    Valkey "valkey" "valkey/valkey" ["8" "9"] 1 "valkey" 6379 ["valkey"]
    Memcached "memcached" "memcached" ["1.6"] 2 "memcached" 11211 ["memcached" "memcache"]
    Rabbitmq "rabbitmq" "rabbitmq" ["4" "3"] 1 "rabbitmq" 5672 ["amqp" "amqps" "rabbitmq"]
    Kafka "kafka" "apache/kafka" ["4.1.0" "3.9.1"] 3 "kafka" 9092 ["kafka"]
    Nats "nats" "nats" ["2"] 1 "nats" 4222 ["nats"]
    Mosquitto "mosquitto" "eclipse-mosquitto" ["2"] 1 "mosquitto" 1883 ["mqtt" "mqtts"]
    Elasticsearch "elasticsearch" "elasticsearch" ["9.1.4" "8.19.4"] 3 "elasticsearch" 9200 ["elasticsearch"]
    Opensearch "opensearch" "opensearchproject/opensearch" ["3" "2"] 1 "opensearch" 9200 ["opensearch"]
    Minio "minio" "minio/minio" ["latest"] 1 "minio" 9000 ["s3"]
    Mailpit "mailpit" "axllent/mailpit" ["v1.27"] 2 "mailpit" 1025 ["smtp" "smtps"]
};

impl Software {
    /// What is known of it.
    pub fn about(self) -> &'static About {
        ALL.iter()
            .find(|about| about.software == self)
            .expect("every server is in the list")
    }

    /// A server by its name in flags.
    pub fn named(name: &str) -> Option<Self> {
        let name = match name {
            "postgresql" | "pg" => "postgres",
            "mongo" => "mongodb",
            "mssql" => "sqlserver",
            "mail" => "mailpit",
            "s3" => "minio",
            "amqp" => "rabbitmq",
            "mqtt" => "mosquitto",
            name => name,
        };
        let about = ALL.iter().find(|about| about.name == name)?;
        Some(about.software)
    }

    /// A server by the scheme of a URL; drivers and JDBC are looked through (`postgresql+asyncpg`, `jdbc:mysql`).
    pub fn of_scheme(scheme: &str) -> Option<Self> {
        let scheme = scheme.to_lowercase();
        let scheme = scheme.strip_prefix("jdbc:").unwrap_or(&scheme);
        let scheme = scheme.strip_prefix("r2dbc:").unwrap_or(scheme);
        let scheme = scheme.split(['+', ':']).next().unwrap_or_default();
        let about = ALL.iter().find(|about| about.schemes.contains(&scheme))?;
        Some(about.software)
    }

    /// A server by its image.
    pub fn of_image(image: &str) -> Option<Self> {
        let name = ImageName::parse(image)?;
        let repository = name.repository();
        let known = ALL.iter().find(|about| {
            ImageName::parse(about.image).is_some_and(|ours| ours.repository() == repository)
        });
        let by_family = || Self::named(recognise(image)?.name());
        let last = repository.rsplit('/').next().unwrap_or(repository);
        known
            .map(|about| about.software)
            .or_else(by_family)
            .or_else(|| Self::named(last.trim_start_matches("eclipse-")))
    }

    /// Whether it is a database that SQL is spoken to.
    pub fn is_sql(self) -> bool {
        matches!(
            self,
            Self::Postgres | Self::Mysql | Self::Mariadb | Self::Sqlserver
        )
    }

    /// Whether one may stand where the other was meant: the same protocol.
    pub fn stands_for(self, other: Self) -> bool {
        let speaks = |software| match software {
            Self::Mariadb => Self::Mysql,
            Self::Valkey => Self::Redis,
            software => software,
        };
        speaks(self) == speaks(other)
    }

    /// The tag for a version that was found somewhere, such as `16.2` or `8.0.36-debian`; nothing if it is none.
    pub fn tag(self, version: &str) -> Option<String> {
        let about = self.about();
        let version = version.trim().trim_start_matches('v');
        if !version.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let numbers: Vec<&str> = version
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .next()?
            .split('.')
            .filter(|part| !part.is_empty())
            .collect();
        // Before version 10, PostgreSQL's major versions had two parts.
        if numbers.len() < about.parts && about.parts > 2 {
            return None;
        }
        let kept = numbers.iter().take(about.parts).copied();
        let tag = kept.collect::<Vec<_>>().join(".");
        Some(if self == Self::Mailpit {
            format!("v{tag}")
        } else if self == Self::Sqlserver {
            format!("{tag}-latest")
        } else {
            tag
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_known_by_the_scheme_of_a_url() {
        for (scheme, software) in [
            ("postgres", Software::Postgres),
            ("postgresql+asyncpg", Software::Postgres),
            ("jdbc:mysql", Software::Mysql),
            ("mongodb+srv", Software::Mongodb),
            ("amqps", Software::Rabbitmq),
        ] {
            assert_eq!(Software::of_scheme(scheme), Some(software), "{scheme}");
        }
        assert_eq!(Software::of_scheme("https"), None);
    }

    #[test]
    fn a_server_is_known_by_its_image() {
        for (image, software) in [
            ("postgres:16-alpine", Software::Postgres),
            ("postgis/postgis:16-3.4", Software::Postgres),
            ("bitnami/redis:7.2", Software::Redis),
            ("axllent/mailpit", Software::Mailpit),
            ("eclipse-mosquitto:2", Software::Mosquitto),
            ("apache/kafka:4.0.0", Software::Kafka),
        ] {
            assert_eq!(Software::of_image(image), Some(software), "{image}");
        }
        assert_eq!(Software::of_image("nginx"), None);
    }

    #[test]
    fn a_version_becomes_a_tag_that_there_is() {
        for (software, version, tag) in [
            (Software::Postgres, "16.2", Some("16")),
            (Software::Postgres, "15-alpine", Some("15")),
            (Software::Mysql, "8.0.36", Some("8.0")),
            (Software::Mysql, "8", Some("8")),
            (Software::Redis, "v7.2", Some("7")),
            (Software::Kafka, "3", None),
            (Software::Postgres, "latest", None),
            (Software::Sqlserver, "2022", Some("2022-latest")),
        ] {
            assert_eq!(software.tag(version).as_deref(), tag, "{version}");
        }
    }

    #[test]
    fn every_server_has_a_version_and_a_valid_image() {
        for about in ALL {
            let image = format!("{}:{}", about.image, about.versions[0]);
            assert_eq!(Software::of_image(&image), Some(about.software), "{image}");
            assert_eq!(Software::named(about.name), Some(about.software));
        }
    }
}
