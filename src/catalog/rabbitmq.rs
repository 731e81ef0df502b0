//! RabbitMQ.

use super::shell::script;
use super::url::encode;
use super::{
    Access, ClientCommand, Delivery, Facts, Family, Naming, Part, SeedError, SeedFormat, Seeding,
};

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

/// Definitions (users, virtual hosts, exchanges, queues, bindings, policies) as the broker exports them.
const DEFINITIONS: SeedFormat = SeedFormat {
    name: "definitions in JSON",
    extensions: &["json"],
    mark: None,
    folder: None,
    naming: Naming::No,
    delivery: Delivery::Stream { narrate: None },
    client: import,
    error: import_error,
};

/// One call of the broker's tool, or line after line of them: it has no prompt of its own. A line may be quoted as in a
/// shell. The tool speaks to the node with the cookie that both read, and so needs no login. It is kept from reading the
/// lines that come after its own, and Ctrl-C ends a call, not the console. With bash lines can be edited and recalled.
const CONSOLE: &str = r#"
if [ $# -gt 0 ]; then exec rabbitmqctl "$@"; fi
lines='
run() {
    case ${1:-} in
        "") ;;
        rabbitmqctl | rabbitmq-diagnostics | rabbitmq-queues | rabbitmq-plugins) "$@" </dev/null ;;
        *) rabbitmqctl "$@" </dev/null ;;
    esac
}
next() {
    if ! [ -t 0 ]; then IFS= read -r line || [ -n "$line" ]
    elif [ -n "${BASH_VERSION:-}" ]; then IFS= read -r -e -p "rabbitmqctl> " line && history -s -- "$line"
    else printf "rabbitmqctl> "; IFS= read -r line
    fi
}
status=0
if [ -t 0 ]; then
    trap : INT
    echo "commands of rabbitmqctl, such as list_queues; help lists them, exit leaves"
fi
while next; do
    case $line in exit | quit) break ;; esac
    (eval "set -- $line" && run "$@")
    status=$?
done
exit "$status"'
if command -v bash >/dev/null; then exec bash -c "$lines"; fi
eval "$lines"
"#;

/// The tool would read them from its input, too, but waits for ever at the end of a pipe.
fn import(_seeding: &Seeding<'_>) -> ClientCommand {
    script(
        r#"
work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cat >"$work/definitions.json" && rabbitmqctl --quiet import_definitions "$work/definitions.json" 2>&1 </dev/null"#,
        &[],
    )
}

/// The tool's words come after a line that begins with `Error`, the cause in the lines that follow.
fn import_error(output: &str) -> Option<SeedError> {
    let lines: Vec<&str> = output
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let at = lines.iter().position(|line| line.starts_with("Error"))?;
    let first = lines[at].trim_start_matches("Error:").trim();
    let (message, rest) = match (first, lines.get(at + 1)) {
        ("", Some(next)) => (*next, at + 2),
        _ => (first, at + 1),
    };
    Some(SeedError {
        message: message.to_owned(),
        details: lines[rest..]
            .iter()
            .map(|line| (*line).to_owned())
            .collect(),
        ..SeedError::default()
    })
}

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

    /// A node is named after its host, and its folder after the node.
    fn goes_by_host_name(&self) -> bool {
        true
    }

    fn probe(&self, facts: Facts<'_>) -> ClientCommand {
        script(HANDSHAKE, &[&self.port(facts).to_string()])
    }

    fn listening(&self, facts: Facts<'_>) -> ClientCommand {
        self.probe(facts)
    }

    fn seed_formats(&self) -> &'static [SeedFormat] {
        &[DEFINITIONS]
    }

    fn access(&self, facts: Facts<'_>) -> Access {
        let user = facts
            .first(&["RABBITMQ_DEFAULT_USER", "RABBITMQ_USERNAME"])
            .unwrap_or_else(|| "guest".to_owned());
        let password = facts
            .first(&["RABBITMQ_DEFAULT_PASS", "RABBITMQ_PASSWORD"])
            .or_else(|| (user == "guest").then(|| "guest".to_owned()));
        let vhost = facts
            .first(&["RABBITMQ_DEFAULT_VHOST", "RABBITMQ_VHOST"])
            .unwrap_or_else(|| "/".to_owned());
        let path = if vhost == "/" {
            vhost.clone()
        } else {
            format!("/{}", encode(&vhost))
        };
        Access {
            scheme: "amqp",
            user: Some(user),
            password,
            database: Some(vhost),
            path,
            apart: false,
        }
    }

    fn variables(&self) -> &'static [(&'static str, Part)] {
        &[
            ("RABBITMQ_URL", Part::Url),
            ("AMQP_URL", Part::Url),
            ("RABBITMQ_HOST", Part::Host),
            ("RABBITMQ_PORT", Part::Port),
            ("RABBITMQ_USER", Part::User),
            ("RABBITMQ_PASSWORD", Part::Password),
            ("RABBITMQ_VHOST", Part::Database),
        ]
    }

    fn marks(&self) -> &'static [&'static str] {
        &["RABBITMQ_VERSION"]
    }

    fn console(&self, _facts: Facts<'_>) -> Option<ClientCommand> {
        Some(script(CONSOLE, &[]))
    }
}
