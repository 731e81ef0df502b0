//! What an environment variable is for, by its name and value: `DB_HOST`, `REDIS_URL`, `STRIPE_SECRET_KEY`.

use super::connection::Connection;
use super::software::Software;

/// Which part of a connection a variable holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Url,
    /// The host, alone.
    Host,
    /// The port, alone.
    Port,
    /// Host and port, without a scheme; perhaps several with commas.
    Address,
    /// Who comes in.
    User,
    /// With which password.
    Password,
    /// Into which database.
    Database,
}

/// Whom a variable of a connection is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The SQL database, whichever it is.
    Sql,
    /// This server.
    Server(Software),
}

/// What a variable is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Part of a connection to a server.
    Connection(Subject, Part),
    /// The port that the application listens on.
    Listen,
    /// A secret that applications make up: any will do.
    OwnSecret,
    /// A secret that somebody else gives.
    Secret,
    /// Anything else.
    Other,
}

/// What a variable is for.
pub(super) fn purpose(name: &str, value: &str) -> Purpose {
    let upper = name.to_uppercase();
    let words: Vec<&str> = upper.split('_').filter(|word| !word.is_empty()).collect();
    if matches!(
        words.as_slice(),
        ["PORT"] | ["APP" | "HTTP" | "SERVER" | "API", "PORT"]
    ) {
        return Purpose::Listen;
    }
    if is_about_tests(&words) {
        return Purpose::Other;
    }
    if let Some(software) = Connection::parse(value).and_then(|url| url.software) {
        return Purpose::Connection(Subject::Server(software), Part::Url);
    }
    // Whom mail is from is no part of the way to the server.
    let about_mail = words
        .iter()
        .any(|word| matches!(*word, "FROM" | "REPLY" | "SENDER"));
    if let Some(subject) = subject(&words).filter(|_| !about_mail) {
        let part = match subject {
            Subject::Server(Software::Minio) => key(&words).or_else(|| part(&words, value)),
            _ => part(&words, value),
        };
        if let Some(part) = part {
            return Purpose::Connection(subject, part);
        }
    }
    secret(&words)
}

fn is_about_tests(words: &[&str]) -> bool {
    words
        .iter()
        .any(|word| matches!(*word, "TEST" | "TESTING" | "SHADOW"))
}

/// Whom the words of a name are about.
fn subject(words: &[&str]) -> Option<Subject> {
    words.iter().find_map(|word| {
        Some(match *word {
            "DB" | "DATABASE" | "SQL" | "TYPEORM" | "DATASOURCE" | "SQLALCHEMY" | "GOOSE" => {
                Subject::Sql
            }
            "POSTGRES" | "POSTGRESQL" | "PG" | "PGSQL" | "PGHOST" | "PGPORT" | "PGUSER"
            | "PGPASSWORD" | "PGDATABASE" => Subject::Server(Software::Postgres),
            "MYSQL" => Subject::Server(Software::Mysql),
            "MARIADB" => Subject::Server(Software::Mariadb),
            "MSSQL" | "SQLSERVER" => Subject::Server(Software::Sqlserver),
            "MONGO" | "MONGODB" | "MONGOID" => Subject::Server(Software::Mongodb),
            "CLICKHOUSE" => Subject::Server(Software::Clickhouse),
            "REDIS" | "REDISHOST" | "REDISPORT" => Subject::Server(Software::Redis),
            "VALKEY" => Subject::Server(Software::Valkey),
            "MEMCACHED" | "MEMCACHE" => Subject::Server(Software::Memcached),
            "RABBITMQ" | "AMQP" | "RABBIT" => Subject::Server(Software::Rabbitmq),
            "KAFKA" => Subject::Server(Software::Kafka),
            "NATS" => Subject::Server(Software::Nats),
            "MQTT" => Subject::Server(Software::Mosquitto),
            "ELASTICSEARCH" | "ELASTIC" => Subject::Server(Software::Elasticsearch),
            "OPENSEARCH" => Subject::Server(Software::Opensearch),
            "MINIO" | "S3" => Subject::Server(Software::Minio),
            "SMTP" | "MAIL" | "EMAIL" | "MAILER" => Subject::Server(Software::Mailpit),
            _ => return None,
        })
    })
}

/// Which part of a connection the last words of a name speak of.
fn part(words: &[&str], value: &str) -> Option<Part> {
    let last = *words.last()?;
    Some(match last {
        "URL" | "URI" | "DSN" | "ENDPOINT" => Part::Url,
        "STRING" if words.contains(&"CONNECTION") => Part::Url,
        "HOST" | "HOSTNAME" | "SERVER" | "PGHOST" | "REDISHOST" => match value.rsplit_once(':') {
            Some((_, port)) if port.parse::<u16>().is_ok() => Part::Address,
            _ => Part::Host,
        },
        "PORT" | "PGPORT" | "REDISPORT" => Part::Port,
        "BROKER" | "BROKERS" | "SERVERS" | "HOSTS" | "ADDR" | "ADDRESS" | "NODE" | "NODES" => {
            if value.contains("://") {
                Part::Url
            } else {
                Part::Address
            }
        }
        "USER" | "USERNAME" | "PGUSER" => Part::User,
        "PASSWORD" | "PASS" | "PWD" | "PGPASSWORD" => Part::Password,
        "NAME" | "DATABASE" | "DBNAME" | "PGDATABASE"
            if words.len() > 1 || last == "PGDATABASE" =>
        {
            Part::Database
        }
        "DB" if words.len() > 1 && !words.contains(&"REDIS") => Part::Database,
        _ => return None,
    })
}

/// User and password as S3 calls them: access key and secret key.
fn key(words: &[&str]) -> Option<Part> {
    if !words.contains(&"KEY") {
        None
    } else if words.contains(&"SECRET") {
        Some(Part::Password)
    } else if words.contains(&"ACCESS") {
        Some(Part::User)
    } else {
        None
    }
}

/// Services of others that hand out keys by these names.
const GIVERS: &[&str] = &[
    "STRIPE",
    "AWS",
    "GOOGLE",
    "GITHUB",
    "GITLAB",
    "SENTRY",
    "OPENAI",
    "ANTHROPIC",
    "TWILIO",
    "SENDGRID",
    "MAILGUN",
    "SLACK",
    "PAYPAL",
    "AZURE",
    "CLOUDINARY",
    "AUTH0",
    "CLERK",
    "OKTA",
    "FACEBOOK",
    "TWITTER",
    "PUSHER",
    "ALGOLIA",
    "MAPBOX",
    "POSTMARK",
    "RESEND",
    "PLAID",
    "SHOPIFY",
    "HUBSPOT",
    "DATADOG",
    "CLIENT",
    "OAUTH",
    "API",
    "WEBHOOK",
];

fn secret(words: &[&str]) -> Purpose {
    let says = |word: &str| words.contains(&word);
    let given = words.iter().any(|word| GIVERS.contains(word));
    let key = says("KEY") || says("APIKEY");
    if (says("SECRET")
        || says("SALT")
        || says("PEPPER")
        || (says("APP") && key)
        || (says("ENCRYPTION") && key))
        && !given
    {
        return Purpose::OwnSecret;
    }
    // What is meant to be seen is no secret: a publishable key, the id of a key.
    let shown =
        says("PUBLIC") || says("PUBLISHABLE") || says("VITE") || words.last() == Some(&"ID");
    let hidden = says("SECRET")
        || says("TOKEN")
        || says("PASSWORD")
        || key
        || says("DSN")
        || says("CREDENTIALS");
    if hidden && !shown {
        Purpose::Secret
    } else {
        Purpose::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(subject: Software, part: Part) -> Purpose {
        Purpose::Connection(Subject::Server(subject), part)
    }

    #[test]
    fn connections_are_known_by_name_or_value() {
        let sql = |part| Purpose::Connection(Subject::Sql, part);
        for (name, value, expected) in [
            ("DATABASE_URL", "", sql(Part::Url)),
            (
                "DATABASE_URL",
                "mysql://localhost/x",
                connection(Software::Mysql, Part::Url),
            ),
            (
                "CELERY_BROKER_URL",
                "redis://localhost:6379/0",
                connection(Software::Redis, Part::Url),
            ),
            ("DB_HOST", "127.0.0.1", sql(Part::Host)),
            ("DB_DATABASE", "shop", sql(Part::Database)),
            (
                "POSTGRES_DB",
                "shop",
                connection(Software::Postgres, Part::Database),
            ),
            ("PGUSER", "", connection(Software::Postgres, Part::User)),
            (
                "REDIS_HOST",
                "localhost",
                connection(Software::Redis, Part::Host),
            ),
            (
                "KAFKA_BROKERS",
                "localhost:9092",
                connection(Software::Kafka, Part::Address),
            ),
            (
                "ELASTICSEARCH_NODE",
                "http://localhost:9200",
                connection(Software::Elasticsearch, Part::Url),
            ),
            (
                "MAIL_PORT",
                "1025",
                connection(Software::Mailpit, Part::Port),
            ),
            ("S3_ENDPOINT", "", connection(Software::Minio, Part::Url)),
            (
                "S3_SECRET_ACCESS_KEY",
                "",
                connection(Software::Minio, Part::Password),
            ),
            ("S3_ACCESS_KEY", "", connection(Software::Minio, Part::User)),
            ("MAIL_FROM_ADDRESS", "shop@example.org", Purpose::Other),
        ] {
            assert_eq!(purpose(name, value), expected, "{name}={value}");
        }
    }

    #[test]
    fn secrets_of_ones_own_are_told_from_those_that_others_give() {
        for (name, expected) in [
            ("SECRET_KEY_BASE", Purpose::OwnSecret),
            ("JWT_SECRET", Purpose::OwnSecret),
            ("APP_KEY", Purpose::OwnSecret),
            ("DJANGO_SECRET_KEY", Purpose::OwnSecret),
            ("STRIPE_SECRET_KEY", Purpose::Secret),
            ("SENTRY_DSN", Purpose::Secret),
            ("OPENAI_API_KEY", Purpose::Secret),
            ("NEXT_PUBLIC_STRIPE_KEY", Purpose::Other),
            ("GOOGLE_CLIENT_ID", Purpose::Other),
            ("LOG_LEVEL", Purpose::Other),
            ("PORT", Purpose::Listen),
            ("TEST_DATABASE_URL", Purpose::Other),
        ] {
            assert_eq!(purpose(name, ""), expected, "{name}");
        }
    }
}
