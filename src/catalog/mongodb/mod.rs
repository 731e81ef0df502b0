//! MongoDB.

mod seeds;

use super::options::option;
use super::shell::script;
use super::url::encode;
use super::{Access, ClientCommand, Facts, Family, Part, SeedFormat};

/// MongoDB, and Percona's build of it.
pub(super) struct Mongodb;

const REPOSITORIES: &[&str] = &[
    "mongo",
    "mongodb",
    "mongodb-community-server",
    "mongodb-enterprise-server",
    "mongodb-atlas-local",
    "percona-server-mongodb",
];

const USER: &[&str] = &[
    "MONGO_INITDB_ROOT_USERNAME",
    "MONGODB_ROOT_USER",
    "MONGODB_INITDB_ROOT_USERNAME",
];
const PASSWORD: &[&str] = &[
    "MONGO_INITDB_ROOT_PASSWORD",
    "MONGODB_ROOT_PASSWORD",
    "MONGODB_INITDB_ROOT_PASSWORD",
];
const DATABASE: &[&str] = &[
    "MONGO_INITDB_DATABASE",
    "MONGODB_DATABASE",
    "MONGODB_INITDB_DATABASE",
];

/// Finds the accounts, `$1` being the port, and where the server is asked: at the container's own address, since the
/// images run their temporary server of a first initialisation on the loopback address.
///
/// `shell ARGUMENT…` runs the shell, logged in by what its environment says.
const LOGIN: &str = r#"
port=$1 become=
host=$(hostname -i | cut -d ' ' -f 1)
DEVSTACK_USER=$(value MONGO_INITDB_ROOT_USERNAME MONGODB_ROOT_USER MONGODB_INITDB_ROOT_USERNAME)
DEVSTACK_PASSWORD=$(value MONGO_INITDB_ROOT_PASSWORD MONGODB_ROOT_PASSWORD MONGODB_INITDB_ROOT_PASSWORD)
if [ -n "$DEVSTACK_PASSWORD" ]; then DEVSTACK_USER=${DEVSTACK_USER:-root}; fi
database=$(value MONGO_INITDB_DATABASE MONGODB_DATABASE MONGODB_INITDB_DATABASE)
database=${database:-test}
export DEVSTACK_USER DEVSTACK_PASSWORD
login='if (process.env.DEVSTACK_USER) db.getSiblingDB("admin").auth(process.env.DEVSTACK_USER, process.env.DEVSTACK_PASSWORD);'
shell() {
    command -v mongosh >/dev/null || { echo 'mongosh is not in the image'; exit 127; }
    $become mongosh --quiet --norc "mongodb://$host:$port/$database" "$@"
}
"#;

fn port(facts: Facts<'_>) -> u16 {
    option(facts.command, &["--port"])
        .or_else(|| facts.first(&["MONGODB_PORT_NUMBER"]))
        .and_then(|port| port.parse().ok())
        .unwrap_or(27017)
}

impl Family for Mongodb {
    fn name(&self) -> &'static str {
        "mongodb"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["mongo"]
    }

    fn recognises(&self, repository: &str) -> bool {
        let last = repository.rsplit('/').next().unwrap_or_default();
        REPOSITORIES.contains(&last)
    }

    fn port(&self, facts: Facts<'_>) -> u16 {
        port(facts)
    }

    fn data_dir(&self, facts: Facts<'_>) -> Option<String> {
        Some(option(facts.command, &["--dbpath"]).unwrap_or_else(|| {
            if facts.is_bitnami() {
                "/bitnami/mongodb".to_owned()
            } else {
                "/data/db".to_owned()
            }
        }))
    }

    fn first_boot(&self, _facts: Facts<'_>) -> bool {
        true
    }

    fn first_boot_scripts(&self) -> Option<&'static str> {
        Some("/docker-entrypoint-initdb.d")
    }

    fn shapes_data(&self, variable: &str) -> bool {
        variable.starts_with("MONGO")
    }

    fn probe(&self, facts: Facts<'_>) -> ClientCommand {
        let body = format!(
            "{LOGIN}\nshell --eval \"$login if (db.runCommand({{ ping: 1 }}).ok !== 1) quit(1);\""
        );
        script(&body, &[&port(facts).to_string()])
    }

    fn listening(&self, facts: Facts<'_>) -> ClientCommand {
        let body = format!(
            "{LOGIN}\nexec bash -c 'exec 3<>\"/dev/tcp/$1/$2\"' devstack \"$host\" \"$port\" 2>&1"
        );
        script(&body, &[&port(facts).to_string()])
    }

    fn seed_formats(&self) -> &'static [SeedFormat] {
        &[seeds::ARCHIVE, seeds::DOCUMENTS, seeds::ROWS, seeds::SCRIPT]
    }

    fn access(&self, facts: Facts<'_>) -> Access {
        let password = facts.first(PASSWORD);
        let user = facts
            .first(USER)
            .or_else(|| password.as_ref().map(|_| "root".to_owned()));
        let database = facts.first(DATABASE);
        let name = database.as_deref().map(encode).unwrap_or_default();
        Access {
            scheme: "mongodb",
            path: match user {
                Some(_) => format!("/{name}?authSource=admin"),
                None => format!("/{name}"),
            },
            user,
            password,
            database,
            apart: false,
        }
    }

    fn variables(&self) -> &'static [(&'static str, Part)] {
        &[
            ("MONGODB_URI", Part::Url),
            ("MONGODB_URL", Part::Url),
            ("MONGO_URL", Part::Url),
            ("MONGODB_HOST", Part::Host),
            ("MONGODB_PORT", Part::Port),
            ("MONGODB_USER", Part::User),
            ("MONGODB_PASSWORD", Part::Password),
            ("MONGODB_DATABASE", Part::Database),
        ]
    }

    fn marks(&self) -> &'static [&'static str] {
        &["MONGO_MAJOR"]
    }

    fn console(&self, facts: Facts<'_>) -> Option<ClientCommand> {
        let body = format!(
            "{LOGIN}\nshift; become=exec\n[ $# -gt 0 ] || set -- --shell\nshell --eval \"$login\" \"$@\""
        );
        Some(script(&body, &[&port(facts).to_string()]))
    }
}
