//! RabbitMQ.

use super::shell::script;
use super::url::{authority, encode};
use super::{ClientCommand, Facts, Family, SeedError};

/// RabbitMQ.
pub(super) struct Rabbitmq;

/// Begins an AMQP 0-9-1 connection, `$1` being the port, and holds if the broker answers with a method frame
/// (`Connection.Start`; section 2.2.4 of the specification). The broker opens its listeners at the very end of its
/// start, when users, virtual hosts and definitions are there. Its own tool would need a second or two of Erlang's
/// start for the same question, and is asked only where there is no bash.
const HANDSHAKE: &str = r#"
if ! command -v bash >/dev/null; then exec rabbitmq-diagnostics -q check_port_connectivity; fi
exec bash -c '
    exec 3<>"/dev/tcp/$1/$2" || exit 1
    printf "AMQP\0\0\11\1" >&3
    if IFS= read -r -t 5 -n 1 -d "" kind <&3 && [ "$kind" = $'\''\1'\'' ]; then exit 0; fi
    echo "port $2 is open, but AMQP is not answered yet"
    exit 1' devstack "$(address)" "$1" 2>&1
"#;

impl Family for Rabbitmq {
    fn name(&self) -> &'static str {
        "rabbitmq"
    }

    fn recognises(&self, repository: &str) -> bool {
        let last = repository.rsplit('/').next().unwrap_or_default();
        matches!(last, "rabbitmq" | "rabbitmq-server")
    }

    fn port(&self, facts: Facts<'_>) -> u16 {
        facts
            .first(&["RABBITMQ_NODE_PORT", "RABBITMQ_NODE_PORT_NUMBER"])
            .and_then(|port| port.parse().ok())
            .unwrap_or(5672)
    }

    fn data_dir(&self, facts: Facts<'_>) -> Option<String> {
        Some(if facts.is_bitnami() {
            "/bitnami/rabbitmq/mnesia".to_owned()
        } else {
            "/var/lib/rabbitmq".to_owned()
        })
    }

    fn probe(&self, facts: Facts<'_>) -> ClientCommand {
        script(HANDSHAKE, &[&self.port(facts).to_string()])
    }

    fn listening(&self, facts: Facts<'_>) -> ClientCommand {
        self.probe(facts)
    }

    fn seeder(&self, _facts: Facts<'_>) -> Option<ClientCommand> {
        None
    }

    fn seed_extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn seed_error(&self, _output: &str) -> Option<SeedError> {
        None
    }

    fn url(&self, facts: Facts<'_>, host: &str, port: u16) -> Option<String> {
        let user = facts
            .first(&["RABBITMQ_DEFAULT_USER", "RABBITMQ_USERNAME"])
            .unwrap_or_else(|| "guest".to_owned());
        let vhost = facts
            .first(&["RABBITMQ_DEFAULT_VHOST", "RABBITMQ_VHOST"])
            .filter(|vhost| vhost != "/")
            .map(|vhost| encode(&vhost))
            .unwrap_or_default();
        Some(format!(
            "amqp://{}@{}/{vhost}",
            encode(&user),
            authority(host, port)
        ))
    }

    fn console(&self, _facts: Facts<'_>) -> Option<ClientCommand> {
        None
    }
}
