//! MySQL and MariaDB: one language, two names for nearly everything.

mod csv;
mod error;
mod sql;

use super::options::option;
use super::shell::script;
use super::url::encode;
use super::{Access, ClientCommand, Facts, Family, Part, SeedFormat};

/// MySQL or MariaDB.
pub(super) struct Mysql {
    name: &'static str,
    repositories: &'static [&'static str],
    bitnami_data: &'static str,
    marks: &'static [&'static str],
}

/// MySQL and Percona Server.
pub(super) const MYSQL: Mysql = Mysql {
    name: "mysql",
    repositories: &["mysql", "mysql-server", "percona", "percona-server"],
    bitnami_data: "/bitnami/mysql",
    marks: &["MYSQL_MAJOR"],
};

/// MariaDB.
pub(super) const MARIADB: Mysql = Mysql {
    name: "mariadb",
    repositories: &["mariadb", "mariadb-server"],
    bitnami_data: "/bitnami/mariadb",
    marks: &["MARIADB_VERSION"],
};

const USER: &[&str] = &["MARIADB_USER", "MYSQL_USER"];
const PASSWORD: &[&str] = &["MARIADB_PASSWORD", "MYSQL_PASSWORD"];
const ROOT: &[&str] = &["MARIADB_ROOT_USER", "MYSQL_ROOT_USER"];
const ROOT_PASSWORD: &[&str] = &["MARIADB_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD"];
const DATABASE: &[&str] = &["MARIADB_DATABASE", "MYSQL_DATABASE"];

/// Finds the client and the accounts, `$1` being the port.
///
/// `ask USER PASSWORD ARGUMENT…` runs the client over TCP. MariaDB's client from 11.4 on refuses a server whose
/// certificate it cannot check; here both ends are in one container. Options of the image's own files do not count
/// there, but for the socket they do: only they know where it is. With `become=exec` the client takes the shell's place,
/// lest Ctrl-C in the client ends the shell that waits for it.
const LOGIN: &str = r#"
port=$1 become=
client=$(command -v mariadb || command -v mysql) || { echo 'neither mariadb nor mysql is in the image'; exit 127; }
case "$("$client" --version)" in *MariaDB*) lenient=--skip-ssl-verify-server-cert ;; *) lenient= ;; esac
database=$(value MARIADB_DATABASE MYSQL_DATABASE)
user=$(value MARIADB_USER MYSQL_USER)
password=$(value MARIADB_PASSWORD MYSQL_PASSWORD)
root=$(value MARIADB_ROOT_USER MYSQL_ROOT_USER)
root=${root:-root}
root_password=$(value MARIADB_ROOT_PASSWORD MYSQL_ROOT_PASSWORD)
ask() {
    MYSQL_PWD=$2; export MYSQL_PWD; account=$1; shift 2
    $become "$client" --no-defaults $lenient --protocol=tcp --host="$(address)" --port="$port" --connect-timeout=5 \
        --user="$account" --database="$database" --default-character-set=utf8mb4 "$@"
}
ask_socket() {
    MYSQL_PWD=$2; export MYSQL_PWD; account=$1; shift 2
    "$client" --protocol=socket --user="$account" --database="$database" --default-character-set=utf8mb4 "$@"
}
"#;

fn port(facts: Facts<'_>) -> u16 {
    option(facts.command, &["--port", "-P"])
        .or_else(|| facts.first(&["MYSQL_TCP_PORT", "MYSQL_PORT_NUMBER", "MARIADB_PORT_NUMBER"]))
        .and_then(|port| port.parse().ok())
        .unwrap_or(3306)
}

impl Family for Mysql {
    fn name(&self) -> &'static str {
        self.name
    }

    fn recognises(&self, repository: &str) -> bool {
        let last = repository.rsplit('/').next().unwrap_or_default();
        self.repositories.contains(&last)
    }

    fn port(&self, facts: Facts<'_>) -> u16 {
        port(facts)
    }

    fn data_dir(&self, facts: Facts<'_>) -> Option<String> {
        Some(
            option(facts.command, &["--datadir"])
                .unwrap_or_else(|| {
                    if facts.is_bitnami() {
                        self.bitnami_data.to_owned()
                    } else {
                        "/var/lib/mysql".to_owned()
                    }
                })
                .trim_end_matches('/')
                .to_owned(),
        )
    }

    fn first_boot(&self, _facts: Facts<'_>) -> bool {
        true
    }

    fn survives_kill(&self) -> bool {
        true
    }

    fn servers(&self) -> &'static [&'static str] {
        &[
            "mysqld",
            "mariadbd",
            "mysqld_safe",
            "mariadbd-safe",
            "docker-entrypoint.sh",
        ]
    }

    fn first_boot_scripts(&self) -> Option<&'static str> {
        Some("/docker-entrypoint-initdb.d")
    }

    fn shapes_data(&self, variable: &str) -> bool {
        ["MYSQL", "MARIADB", "LANG", "LC_", "TZ"]
            .iter()
            .any(|prefix| variable.starts_with(prefix))
    }

    fn probe(&self, facts: Facts<'_>) -> ClientCommand {
        let body = format!(
            "{LOGIN}
[ -n \"$user\" ] || {{ user=$root; password=$root_password; }}
ask \"$user\" \"$password\" --batch --skip-column-names --execute='select 1'"
        );
        script(&body, &[&self.port(facts).to_string()])
    }

    /// Any answer to a login that says that the account is refused comes from a server that accepts connections.
    fn listening(&self, facts: Facts<'_>) -> ClientCommand {
        let body = format!(
            "{LOGIN}
answer=$(ask devstack '' --database= --execute='select 1' 2>&1) && exit 0
printf '%s\\n' \"$answer\"
case $answer in *'ERROR 1045 '* | *'ERROR 1698 '* | *'ERROR 1130 '*) exit 0 ;; *) exit 1 ;; esac"
        );
        script(&body, &[&self.port(facts).to_string()])
    }

    fn seed_formats(&self) -> &'static [SeedFormat] {
        &[sql::FORMAT, csv::FORMAT]
    }

    fn access(&self, facts: Facts<'_>) -> Access {
        let (user, password) = match facts.first(USER) {
            Some(user) => (user, facts.first(PASSWORD)),
            None => (
                facts.first(ROOT).unwrap_or_else(|| "root".to_owned()),
                facts.first(ROOT_PASSWORD),
            ),
        };
        let database = facts.first(DATABASE);
        Access {
            scheme: "mysql",
            path: format!("/{}", database.as_deref().map(encode).unwrap_or_default()),
            user: Some(user),
            password,
            database,
            apart: false,
        }
    }

    fn variables(&self) -> &'static [(&'static str, Part)] {
        &[
            ("DATABASE_URL", Part::Url),
            ("MYSQL_HOST", Part::Host),
            ("MYSQL_PORT", Part::Port),
            ("MYSQL_TCP_PORT", Part::Port),
            ("MYSQL_USER", Part::User),
            ("MYSQL_PASSWORD", Part::Password),
            ("MYSQL_DATABASE", Part::Database),
        ]
    }

    fn marks(&self) -> &'static [&'static str] {
        self.marks
    }

    fn console(&self, facts: Facts<'_>) -> Option<ClientCommand> {
        let body = format!(
            "{LOGIN}
[ -n \"$user\" ] || {{ user=$root; password=$root_password; }}
shift; become=exec
ask \"$user\" \"$password\" \"$@\""
        );
        Some(script(&body, &[&self.port(facts).to_string()]))
    }
}
