//! Which server a library speaks to, by the library's name in its language's registry.

use super::software::Software::{
    self, Clickhouse, Elasticsearch, Kafka, Mailpit, Mariadb, Memcached, Minio, Mongodb, Mosquitto,
    Mysql, Nats, Opensearch, Postgres, Rabbitmq, Redis, Sqlserver, Valkey,
};

/// How much a finding says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// It may be needed: the library speaks to other servers, too, or to the real cloud.
    Possible,
    /// It is needed.
    Sure,
}

use Certainty::{Possible, Sure};

/// Libraries whose name may be followed by more (`_`, `-`, `/`, `.`) stand with a `*`.
const LIBRARIES: &[(Software, Certainty, &[&str])] = &[
    (
        Postgres,
        Sure,
        &[
            // JavaScript
            "pg",
            "pg-promise",
            "pg-pool",
            "postgres",
            "@databases/pg",
            "@nestjs/postgres",
            "@vercel/postgres",
            "@prisma/adapter-pg",
            "pg-boss",
            "graphile-worker",
            // Python
            "psycopg",
            "psycopg2",
            "psycopg2-binary",
            "psycopg-binary",
            "asyncpg",
            "aiopg",
            "pg8000",
            "pgvector",
            // Go
            "github.com/lib/pq",
            "github.com/jackc/pgx",
            "gorm.io/driver/postgres",
            "github.com/uptrace/bun/driver/pgdriver",
            // Rust
            "tokio-postgres",
            "deadpool-postgres",
            "bb8-postgres",
            "postgres-types",
            // JVM, .NET, PHP, Elixir
            "org.postgresql:postgresql",
            "org.postgresql:r2dbc-postgresql",
            "npgsql*",
            "ext-pgsql",
            "ext-pdo_pgsql",
            "postgrex",
        ],
    ),
    (
        Mysql,
        Sure,
        &[
            "mysql",
            "mysql2",
            "@databases/mysql",
            "mysqlclient",
            "pymysql",
            "aiomysql",
            "asyncmy",
            "mysql-connector-python",
            "trilogy",
            "github.com/go-sql-driver/mysql",
            "gorm.io/driver/mysql",
            "mysql_async",
            "com.mysql:mysql-connector-j",
            "mysql:mysql-connector-java",
            "pomelo.entityframeworkcore.mysql",
            "mysql.data*",
            "mysql.entityframeworkcore",
            "mysqlconnector",
            "ext-pdo_mysql",
            "ext-mysqli",
            "myxql",
        ],
    ),
    (
        Mariadb,
        Sure,
        &["mariadb", "org.mariadb.jdbc:mariadb-java-client"],
    ),
    (
        Sqlserver,
        Sure,
        &[
            "mssql",
            "tedious",
            "pymssql",
            "mssql-django",
            "github.com/microsoft/go-mssqldb",
            "gorm.io/driver/sqlserver",
            "tiberius",
            "com.microsoft.sqlserver:mssql-jdbc",
            "microsoft.entityframeworkcore.sqlserver",
            "microsoft.data.sqlclient",
            "ext-sqlsrv",
            "ext-pdo_sqlsrv",
            "tds",
        ],
    ),
    (
        Mongodb,
        Sure,
        &[
            "mongodb",
            "mongoose",
            "@nestjs/mongoose",
            "pymongo",
            "motor",
            "mongoengine",
            "beanie",
            "mongoid",
            "mongo",
            "go.mongodb.org/mongo-driver",
            "mongodb/mongodb",
            "mongodb/laravel-mongodb",
            "jenssegers/mongodb",
            "ext-mongodb",
            "mongodb_driver",
            "mongodb.driver",
            "org.mongodb:*",
            "org.springframework.boot:spring-boot-starter-data-mongodb*",
        ],
    ),
    (
        Clickhouse,
        Sure,
        &[
            "@clickhouse/client",
            "clickhouse-driver",
            "clickhouse-connect",
            "github.com/clickhouse/clickhouse-go",
            "clickhouse",
            "com.clickhouse:*",
        ],
    ),
    (
        Redis,
        Sure,
        &[
            "redis",
            "ioredis",
            "bullmq",
            "bull",
            "bee-queue",
            "connect-redis",
            "@nestjs/bull",
            "@nestjs/bullmq",
            "@fastify/redis",
            "@keyv/redis",
            "@socket.io/redis-adapter",
            "aioredis",
            "django-redis",
            "channels-redis",
            "rq",
            "django-rq",
            "arq",
            "fakeredis",
            "redis-rails",
            "redis-client",
            "sidekiq",
            "resque",
            "predis/predis",
            "ext-redis",
            "laravel/horizon",
            "github.com/redis/go-redis",
            "github.com/go-redis/redis",
            "github.com/gomodule/redigo",
            "github.com/hibiken/asynq",
            "deadpool-redis",
            "bb8-redis",
            "fred",
            "redix",
            "redis.clients:jedis",
            "io.lettuce:lettuce-core",
            "org.redisson:*",
            "org.springframework.boot:spring-boot-starter-data-redis*",
            "stackexchange.redis",
            "microsoft.extensions.caching.stackexchangeredis",
        ],
    ),
    (
        Valkey,
        Sure,
        &[
            "iovalkey",
            "@valkey/valkey-glide",
            "valkey",
            "valkey-glide",
            "github.com/valkey-io/valkey-go",
        ],
    ),
    (
        Memcached,
        Sure,
        &[
            "memcached",
            "memjs",
            "pymemcache",
            "pylibmc",
            "python-memcached",
            "aiomcache",
            "dalli",
            "ext-memcached",
            "github.com/bradfitz/gomemcache",
            "memcache",
            "enyimmemcachedcore",
        ],
    ),
    (
        Rabbitmq,
        Sure,
        &[
            "amqplib",
            "amqp-connection-manager",
            "rascal",
            "@golevelup/nestjs-rabbitmq",
            "pika",
            "aio-pika",
            "aio_pika",
            "bunny",
            "sneakers",
            "kicks",
            "github.com/rabbitmq/amqp091-go",
            "github.com/streadway/amqp",
            "lapin",
            "amqp",
            "broadway_rabbitmq",
            "php-amqplib/php-amqplib",
            "ext-amqp",
            "com.rabbitmq:amqp-client",
            "org.springframework.boot:spring-boot-starter-amqp",
            "rabbitmq.client",
            "masstransit.rabbitmq",
            "faststream-rabbit",
        ],
    ),
    (
        Kafka,
        Sure,
        &[
            "kafkajs",
            "node-rdkafka",
            "@confluentinc/kafka-javascript",
            "kafka-python",
            "kafka-python-ng",
            "confluent-kafka",
            "aiokafka",
            "faust-streaming",
            "ruby-kafka",
            "rdkafka",
            "karafka",
            "github.com/segmentio/kafka-go",
            "github.com/ibm/sarama",
            "github.com/shopify/sarama",
            "github.com/confluentinc/confluent-kafka-go",
            "github.com/twmb/franz-go",
            "brod",
            "kafka_ex",
            "broadway_kafka",
            "ext-rdkafka",
            "org.springframework.kafka:spring-kafka",
            "org.apache.kafka:*",
            "confluent.kafka",
        ],
    ),
    (
        Nats,
        Sure,
        &[
            "nats",
            "@nats-io/transport-node",
            "nats-py",
            "github.com/nats-io/nats.go",
            "async-nats",
            "gnat",
            "io.nats:jnats",
            "nats.net",
            "nats.client",
        ],
    ),
    (
        Mosquitto,
        Sure,
        &[
            "mqtt",
            "paho-mqtt",
            "aiomqtt",
            "asyncio-mqtt",
            "github.com/eclipse/paho.mqtt.golang",
            "rumqttc",
            "paho-mqtt",
            "mqttnet",
            "org.eclipse.paho:*",
            "php-mqtt/client",
            "emqtt",
        ],
    ),
    (
        Elasticsearch,
        Sure,
        &[
            "@elastic/elasticsearch",
            "@nestjs/elasticsearch",
            "elasticsearch",
            "elasticsearch-dsl",
            "django-elasticsearch-dsl",
            "searchkick",
            "elasticsearch-rails",
            "elasticsearch/elasticsearch",
            "github.com/elastic/go-elasticsearch",
            "github.com/olivere/elastic",
            "elastic.clients.elasticsearch",
            "nest",
            "co.elastic.clients:elasticsearch-java",
            "org.springframework.boot:spring-boot-starter-data-elasticsearch",
        ],
    ),
    (
        Opensearch,
        Sure,
        &[
            "@opensearch-project/opensearch",
            "opensearch-py",
            "opensearch-ruby",
            "github.com/opensearch-project/opensearch-go",
            "opensearch.client",
            "opensearch-project/opensearch-php",
        ],
    ),
    (
        Minio,
        Sure,
        &["minio", "github.com/minio/minio-go", "io.minio:minio"],
    ),
    (
        Minio,
        Possible,
        &[
            "@aws-sdk/client-s3",
            "aws-sdk",
            "multer-s3",
            "boto3",
            "aioboto3",
            "django-storages",
            "aws-sdk-s3",
            "aws/aws-sdk-php",
            "league/flysystem-aws-s3-v3",
            "github.com/aws/aws-sdk-go-v2/service/s3",
            "awssdk.s3",
            "software.amazon.awssdk:s3",
            "ex_aws_s3",
            "rust-s3",
        ],
    ),
    (
        Mailpit,
        Possible,
        &[
            "nodemailer",
            "@nestjs-modules/mailer",
            "fastapi-mail",
            "flask-mail",
            "aiosmtplib",
            "lettre",
            "mailkit",
            "bamboo_smtp",
            "gen_smtp",
            "org.springframework.boot:spring-boot-starter-mail",
            "gopkg.in/gomail.v2",
            "github.com/wneessen/go-mail",
            "symfony/mailer",
        ],
    ),
];

/// The server that a library speaks to.
pub(super) fn server_of(library: &str) -> Option<(Software, Certainty)> {
    let library = library.to_lowercase();
    // Go's modules carry their major version as a last part.
    let library = match library.rsplit_once("/v") {
        Some((rest, version)) if version.bytes().all(|b| b.is_ascii_digit()) => rest.to_owned(),
        _ => library,
    };
    LIBRARIES
        .iter()
        .find(|(_, _, names)| names.iter().any(|name| is(name, &library)))
        .map(|&(software, certainty, _)| (software, certainty))
}

fn is(name: &str, library: &str) -> bool {
    match name.strip_suffix('*') {
        Some(start) => library.starts_with(start),
        None => name == library,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_of_every_language_are_known() {
        for (library, software) in [
            ("ioredis", Redis),
            ("psycopg2-binary", Postgres),
            ("github.com/jackc/pgx/v5", Postgres),
            ("github.com/redis/go-redis/v9", Redis),
            ("Npgsql.EntityFrameworkCore.PostgreSQL", Postgres),
            ("org.apache.kafka:kafka-clients", Kafka),
            ("go.mongodb.org/mongo-driver/v2", Mongodb),
        ] {
            assert_eq!(server_of(library), Some((software, Sure)), "{library}");
        }
        assert_eq!(server_of("boto3"), Some((Minio, Possible)));
        assert_eq!(server_of("express"), None);
    }
}
