//! ClickHouse.

mod seeds;

use super::shell::script;
use super::url::encode;
use super::{Access, ClientCommand, Facts, Family, Part, SeedFormat};

/// ClickHouse. Its port is that of HTTP, which is what most clients use; its own client uses another.
pub(super) struct Clickhouse;

/// `ask ARGUMENT…` runs the client, `client ARGUMENT…` becomes it. It takes user and password from its environment. The images run their temporary
/// server of a first initialisation on the loopback address, hence the container's own.
const LOGIN: &str = r#"
CLICKHOUSE_USER=$(value CLICKHOUSE_USER CLICKHOUSE_ADMIN_USER)
CLICKHOUSE_USER=${CLICKHOUSE_USER:-default}
CLICKHOUSE_PASSWORD=$(value CLICKHOUSE_PASSWORD CLICKHOUSE_ADMIN_PASSWORD)
export CLICKHOUSE_USER CLICKHOUSE_PASSWORD
database=$(value CLICKHOUSE_DB)
client() {
    exec clickhouse-client --host "$(hostname -i | cut -d ' ' -f 1)" --user "$CLICKHOUSE_USER" \
        --database "${database:-default}" "$@"
}
ask() { (client "$@") 2>&1; }
"#;

impl Family for Clickhouse {
    fn name(&self) -> &'static str {
        "clickhouse"
    }

    fn recognises(&self, repository: &str) -> bool {
        let last = repository.rsplit('/').next().unwrap_or_default();
        matches!(last, "clickhouse" | "clickhouse-server")
    }

    fn port(&self, _facts: Facts<'_>) -> u16 {
        8123
    }

    fn data_dir(&self, facts: Facts<'_>) -> Option<String> {
        Some(if facts.is_bitnami() {
            "/bitnami/clickhouse".to_owned()
        } else {
            "/var/lib/clickhouse".to_owned()
        })
    }

    fn first_boot(&self, _facts: Facts<'_>) -> bool {
        true
    }

    fn first_boot_scripts(&self) -> Option<&'static str> {
        Some("/docker-entrypoint-initdb.d")
    }

    fn shapes_data(&self, variable: &str) -> bool {
        variable.starts_with("CLICKHOUSE") || variable == "TZ"
    }

    fn probe(&self, _facts: Facts<'_>) -> ClientCommand {
        script(&format!("{LOGIN}\nask --query 'select 1'"), &[])
    }

    /// The client needs no login to be told that it is refused.
    fn listening(&self, _facts: Facts<'_>) -> ClientCommand {
        let body = format!(
            "{LOGIN}
answer=$(ask --query 'select 1') && exit 0
printf '%s\\n' \"$answer\"
case $answer in *AUTHENTICATION_FAILED* | *'Code: 516'*) exit 0 ;; *) exit 1 ;; esac"
        );
        script(&body, &[])
    }

    fn seed_formats(&self) -> &'static [SeedFormat] {
        &[seeds::SQL, seeds::CSV]
    }

    fn access(&self, facts: Facts<'_>) -> Access {
        let user = facts
            .first(&["CLICKHOUSE_USER", "CLICKHOUSE_ADMIN_USER"])
            .unwrap_or_else(|| "default".to_owned());
        let database = facts
            .first(&["CLICKHOUSE_DB"])
            .unwrap_or_else(|| "default".to_owned());
        Access {
            scheme: "http",
            user: Some(user),
            password: facts.first(&["CLICKHOUSE_PASSWORD", "CLICKHOUSE_ADMIN_PASSWORD"]),
            path: format!("/?database={}", encode(&database)),
            database: Some(database),
            apart: false,
        }
    }

    fn variables(&self) -> &'static [(&'static str, Part)] {
        &[
            ("CLICKHOUSE_URL", Part::Url),
            ("CLICKHOUSE_HOST", Part::Host),
            ("CLICKHOUSE_PORT", Part::Port),
            ("CLICKHOUSE_USER", Part::User),
            ("CLICKHOUSE_PASSWORD", Part::Password),
            ("CLICKHOUSE_DATABASE", Part::Database),
        ]
    }

    fn console(&self, _facts: Facts<'_>) -> Option<ClientCommand> {
        Some(script(&format!("{LOGIN}\nclient \"$@\""), &[]))
    }
}
