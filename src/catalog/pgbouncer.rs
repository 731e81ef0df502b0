//! PgBouncer, a pool of connections to Postgres. It speaks Postgres' protocol and keeps no data.

use super::postgres_conversation::Login;
use super::shell::script;
use super::url::encode;
use super::{Access, ClientCommand, Conversation, Facts, Family, Part, Proof, SeedFormat};

/// PgBouncer.
pub(super) struct Pgbouncer;

const USER: &[&str] = &["DB_USER", "POSTGRESQL_USERNAME"];
const PASSWORD: &[&str] = &["DB_PASSWORD", "POSTGRESQL_PASSWORD"];
const DATABASE: &[&str] = &["DB_NAME", "PGBOUNCER_DATABASE", "POSTGRESQL_DATABASE"];

/// Sets what libpq reads, `$1` being the port.
const LOGIN: &str = r"
PGHOST=$(address) PGPORT=$1
PGUSER=$(value DB_USER POSTGRESQL_USERNAME)
PGUSER=${PGUSER:-postgres}
PGDATABASE=$(value DB_NAME PGBOUNCER_DATABASE POSTGRESQL_DATABASE)
PGDATABASE=${PGDATABASE:-$PGUSER}
PGPASSWORD=$(value DB_PASSWORD POSTGRESQL_PASSWORD)
PGCONNECT_TIMEOUT=5
export PGHOST PGPORT PGUSER PGDATABASE PGPASSWORD PGCONNECT_TIMEOUT
unset PGHOSTADDR PGSERVICE PGOPTIONS
";

fn user(facts: Facts<'_>) -> String {
    facts.first(USER).unwrap_or_else(|| "postgres".to_owned())
}

impl Family for Pgbouncer {
    fn name(&self) -> &'static str {
        "pgbouncer"
    }

    fn recognises(&self, repository: &str) -> bool {
        repository.rsplit('/').next() == Some("pgbouncer")
    }

    fn port(&self, facts: Facts<'_>) -> u16 {
        let default = if facts.is_bitnami() { 6432 } else { 5432 };
        facts
            .first(&["LISTEN_PORT", "PGBOUNCER_PORT"])
            .and_then(|port| port.parse().ok())
            .unwrap_or(default)
    }

    fn data_dir(&self, _facts: Facts<'_>) -> Option<String> {
        None
    }

    /// A query that Postgres answers through the pool. PgBouncer itself opens its port before it knows of any server.
    fn probe(&self, facts: Facts<'_>) -> ClientCommand {
        script(
            &format!("{LOGIN}exec psql -XqAtw -c 'select 1'"),
            &[&self.port(facts).to_string()],
        )
    }

    fn listening(&self, facts: Facts<'_>) -> ClientCommand {
        script(
            r#"exec pg_isready -h "$(address)" -p "$1" -t 5"#,
            &[&self.port(facts).to_string()],
        )
    }

    fn conversation(
        &self,
        proof: Proof,
        facts: Facts<'_>,
        nonce: &str,
    ) -> Option<Box<dyn Conversation>> {
        let user = user(facts);
        let database = facts.first(DATABASE).unwrap_or_else(|| user.clone());
        let password = facts.first(PASSWORD);
        Some(Box::new(Login::new(
            proof, &user, &database, password, nonce,
        )))
    }

    fn seed_formats(&self) -> &'static [SeedFormat] {
        &[]
    }

    fn access(&self, facts: Facts<'_>) -> Access {
        let user = user(facts);
        let database = facts.first(DATABASE).unwrap_or_else(|| user.clone());
        Access {
            scheme: "postgres",
            user: Some(user),
            password: facts.first(PASSWORD),
            path: format!("/{}", encode(&database)),
            database: Some(database),
            apart: false,
        }
    }

    /// The names that programs look for are those of the database behind it.
    fn variables(&self) -> &'static [(&'static str, Part)] {
        &[]
    }

    fn console(&self, facts: Facts<'_>) -> Option<ClientCommand> {
        Some(script(
            &format!("{LOGIN}shift\nexec psql \"$@\""),
            &[&self.port(facts).to_string()],
        ))
    }
}
