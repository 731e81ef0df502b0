//! PostgreSQL, and the images that build on it.

mod archive;
mod csv;
mod psql_error;
mod sql;

use super::options::option;
use super::postgres_conversation::Login;
use super::shell::script;
use super::url::encode;
use super::{Access, ClientCommand, Conversation, Facts, Family, Part, Proof, SeedFormat};

/// PostgreSQL.
pub(super) struct Postgres;

/// Repositories that hold it, beside everything named `…/postgres`, `…/postgresql` and `…/postgis`.
const REPOSITORIES: &[&str] = &[
    "timescale/timescaledb",
    "timescale/timescaledb-ha",
    "pgvector/pgvector",
    "paradedb/paradedb",
    "citusdata/citus",
    "apache/age",
    "imresamu/postgis",
    "tensorchord/pgvecto-rs",
];

const USER: &[&str] = &["POSTGRES_USER", "POSTGRESQL_USERNAME"];
const DATABASE: &[&str] = &["POSTGRES_DB", "POSTGRESQL_DATABASE"];
const PASSWORD: &[&str] = &["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"];

/// Sets what libpq reads, `$1` being the port. The perl wrapper that Debian puts before `psql` costs more than `psql`
/// itself, so the real one is preferred.
const LOGIN: &str = r"
PATH=/usr/lib/postgresql/${PG_MAJOR:-0}/bin:$PATH
PGHOST=$(address) PGPORT=$1
PGUSER=$(value POSTGRES_USER POSTGRESQL_USERNAME)
PGUSER=${PGUSER:-postgres}
PGDATABASE=$(value POSTGRES_DB POSTGRESQL_DATABASE)
PGDATABASE=${PGDATABASE:-$PGUSER}
PGPASSWORD=$(value POSTGRES_PASSWORD POSTGRESQL_PASSWORD)
PGCONNECT_TIMEOUT=5
export PATH PGHOST PGPORT PGUSER PGDATABASE PGPASSWORD PGCONNECT_TIMEOUT
unset PGHOSTADDR PGSERVICE PGOPTIONS
";

fn port(facts: Facts<'_>) -> u16 {
    let settings = option(facts.command, &["-c"]);
    option(facts.command, &["-p", "--port"])
        .or_else(|| settings?.strip_prefix("port=").map(str::to_owned))
        .or_else(|| facts.first(&["PGPORT", "POSTGRESQL_PORT_NUMBER"]))
        .and_then(|port| port.parse().ok())
        .unwrap_or(5432)
}

impl Family for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["postgresql"]
    }

    fn recognises(&self, repository: &str) -> bool {
        let last = repository.rsplit('/').next().unwrap_or_default();
        matches!(last, "postgres" | "postgresql" | "postgis") || REPOSITORIES.contains(&repository)
    }

    fn port(&self, facts: Facts<'_>) -> u16 {
        port(facts)
    }

    fn data_dir(&self, facts: Facts<'_>) -> Option<String> {
        if let Some(directory) = facts.variable("PGDATA") {
            return Some(directory.to_owned());
        }
        if facts.is_bitnami() {
            return Some("/bitnami/postgresql".to_owned());
        }
        // From 18 on the official images declare the folder above as their volume, so that `pg_upgrade` can link.
        let folder_above = facts.is_official() && facts.major_version().is_some_and(|v| v >= 18);
        Some(if folder_above {
            "/var/lib/postgresql".to_owned()
        } else {
            "/var/lib/postgresql/data".to_owned()
        })
    }

    fn first_boot(&self, _facts: Facts<'_>) -> bool {
        true
    }

    fn survives_kill(&self) -> bool {
        true
    }

    fn servers(&self) -> &'static [&'static str] {
        &["postgres", "docker-entrypoint.sh"]
    }

    fn first_boot_scripts(&self) -> Option<&'static str> {
        Some("/docker-entrypoint-initdb.d")
    }

    fn shapes_data(&self, variable: &str) -> bool {
        ["POSTGRES", "PG", "LANG", "LC_", "TZ", "INITDB"]
            .iter()
            .any(|prefix| variable.starts_with(prefix))
    }

    fn probe(&self, facts: Facts<'_>) -> ClientCommand {
        let body = format!("{LOGIN}exec psql -XqAtw -c 'select 1'");
        script(&body, &[&self.port(facts).to_string()])
    }

    fn listening(&self, facts: Facts<'_>) -> ClientCommand {
        let body = r#"
PATH=/usr/lib/postgresql/${PG_MAJOR:-0}/bin:$PATH
exec pg_isready -h "$(address)" -p "$1" -t 5"#;
        script(body, &[&self.port(facts).to_string()])
    }

    fn conversation(
        &self,
        proof: Proof,
        facts: Facts<'_>,
        nonce: &str,
    ) -> Option<Box<dyn Conversation>> {
        let user = facts.first(USER).unwrap_or_else(|| "postgres".to_owned());
        let database = facts.first(DATABASE).unwrap_or_else(|| user.clone());
        let password = facts.first(PASSWORD);
        Some(Box::new(Login::new(
            proof, &user, &database, password, nonce,
        )))
    }

    fn seed_formats(&self) -> &'static [SeedFormat] {
        &[sql::FORMAT, archive::CUSTOM, archive::TAR, csv::FORMAT]
    }

    fn access(&self, facts: Facts<'_>) -> Access {
        let user = facts.first(USER).unwrap_or_else(|| "postgres".to_owned());
        let database = facts.first(DATABASE).unwrap_or_else(|| user.clone());
        Access {
            scheme: "postgres",
            path: format!("/{}", encode(&database)),
            user: Some(user),
            password: facts.first(PASSWORD),
            database: Some(database),
            apart: false,
        }
    }

    fn variables(&self) -> &'static [(&'static str, Part)] {
        &[
            ("DATABASE_URL", Part::Url),
            ("PGHOST", Part::Host),
            ("PGPORT", Part::Port),
            ("PGUSER", Part::User),
            ("PGPASSWORD", Part::Password),
            ("PGDATABASE", Part::Database),
        ]
    }

    fn marks(&self) -> &'static [&'static str] {
        &["PG_MAJOR"]
    }

    fn console(&self, facts: Facts<'_>) -> Option<ClientCommand> {
        Some(script(
            &format!("{LOGIN}shift\nexec psql \"$@\""),
            &[&self.port(facts).to_string()],
        ))
    }
}
