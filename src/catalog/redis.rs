//! Redis and Valkey.

use super::options::{option, words};
use super::redis_conversation::Ping;
use super::shell::script;
use super::{
    Access, ClientCommand, Conversation, Delivery, Facts, Family, Mark, Naming, Part, Proof,
    SeedError, SeedFormat, Seeding,
};

/// Redis or Valkey.
pub(super) struct Redis {
    name: &'static str,
    repositories: &'static [&'static str],
    bitnami_data: &'static str,
    marks: &'static [&'static str],
}

/// Redis, with the images that bring its modules.
pub(super) const REDIS: Redis = Redis {
    name: "redis",
    repositories: &["redis", "redis-stack", "redis-stack-server"],
    bitnami_data: "/bitnami/redis/data",
    marks: &["REDIS_VERSION", "REDIS_DOWNLOAD_URL"],
};

/// Valkey.
pub(super) const VALKEY: Redis = Redis {
    name: "valkey",
    repositories: &["valkey", "valkey-bundle"],
    bitnami_data: "/bitnami/valkey/data",
    marks: &["VALKEY_VERSION", "VALKEY_DOWNLOAD_URL"],
};

/// Finds client and password, `$1` being the port and `$2` a configuration file, if the command names one.
const LOGIN: &str = r#"
client=$(command -v valkey-cli || command -v redis-cli) || { echo 'neither redis-cli nor valkey-cli is in the image'; exit 127; }
password=${DEVSTACK_PASSWORD:-$(value VALKEY_PASSWORD REDIS_PASSWORD)}
if [ -z "$password" ] && [ -r "${2:-}" ]; then
    password=$(sed -n 's/^[[:space:]]*requirepass[[:space:]][[:space:]]*"\{0,1\}\([^"]*\)"\{0,1\}[[:space:]]*$/\1/p' "$2" | tail -n 1)
fi
unset DEVSTACK_PASSWORD REDISCLI_AUTH VALKEYCLI_AUTH
if [ -n "$password" ]; then REDISCLI_AUTH=$password VALKEYCLI_AUTH=$password; export REDISCLI_AUTH VALKEYCLI_AUTH; fi
"#;

/// Connects standard input and output with the server, logged in first, so that devstack speaks the protocol itself.
///
/// The clients cannot do this: one command a line is slow there, and their fast way does not tell which command
/// failed. What comes first is the answer to the login, if there is one. The relay ends when either side does: what
/// still reads then holds no output open, so that the end is seen. `LC_ALL` makes lengths count bytes.
const RELAY: &str = r#"
LC_ALL=C; export LC_ALL
login() { [ -z "$password" ] || printf '*2\r\n$4\r\nAUTH\r\n$%s\r\n%s\r\n' "${#password}" "$password"; }
if command -v bash >/dev/null; then
    password=$password exec bash -c '
        exec 3<>"/dev/tcp/$1/$2" || exit 1
        [ -z "$password" ] || printf "*2\r\n\$4\r\nAUTH\r\n\$%s\r\n%s\r\n" "${#password}" "$password" >&3
        cat <&3 2>/dev/null & answers=$!
        { cat >&3; kill "$answers"; } <&0 >/dev/null 2>&1 &
        wait "$answers"' devstack "$(address)" "$1"
elif command -v nc >/dev/null; then
    { login; exec cat 2>/dev/null; } | { nc "$(address)" "$1"; kill $$; }
else
    echo 'seeding needs bash or nc in the image, and there is neither' >&2
    exit 127
fi
"#;

/// One command a line.
const COMMANDS: SeedFormat = SeedFormat {
    name: "Redis commands",
    extensions: &["redis", "valkey", "txt"],
    mark: None,
    folder: None,
    naming: Naming::No,
    delivery: Delivery::RedisCommands,
    client: relay,
    error: relay_error,
};

/// What `BGSAVE` writes.
///
/// A server reads such a file only when it starts, and only from its data folder. Sent key by key with `RESTORE` it
/// needs no restart under those who wait for the server, goes beside what is there, works with every way of keeping
/// data, and from Redis to Valkey.
const SNAPSHOT: SeedFormat = SeedFormat {
    name: "an RDB file",
    extensions: &["rdb"],
    mark: Some(Mark {
        offset: 0,
        bytes: b"REDIS",
    }),
    folder: None,
    naming: Naming::No,
    delivery: Delivery::RedisSnapshot,
    client: relay,
    error: relay_error,
};

fn relay(seeding: &Seeding<'_>) -> ClientCommand {
    login(seeding.facts, RELAY)
}

/// What the relay says when it cannot connect; errors of commands come back through the protocol.
fn relay_error(output: &str) -> Option<SeedError> {
    let message = output.lines().find(|line| !line.trim().is_empty())?;
    Some(SeedError::plain(None, message.trim()))
}

fn port(facts: Facts<'_>) -> u16 {
    option(facts.command, &["--port"])
        .or_else(|| facts.first(&["REDIS_PORT_NUMBER", "VALKEY_PORT_NUMBER"]))
        .and_then(|port| port.parse().ok())
        .unwrap_or(6379)
}

fn login(facts: Facts<'_>, body: &str) -> ClientCommand {
    let port = port(facts).to_string();
    let configuration = words(facts.command)
        .into_iter()
        .find(|word| {
            std::path::Path::new(word)
                .extension()
                .is_some_and(|e| e == "conf")
        })
        .unwrap_or_default();
    let mut command = script(&format!("{LOGIN}{body}"), &[&port, &configuration]);
    if let Some(password) = password(facts) {
        command
            .environment
            .push(format!("DEVSTACK_PASSWORD={password}"));
    }
    command
}

/// The password that the command sets. A variable there (`$$REDIS_PASSWORD` in a line for a shell) is looked up.
fn password(facts: Facts<'_>) -> Option<String> {
    let arguments = facts.variable("REDIS_ARGS").map(str::to_owned);
    let given = option(facts.command, &["--requirepass"])
        .or_else(|| option(&[arguments?], &["--requirepass"]))?;
    match given.strip_prefix('$') {
        Some(name) => facts
            .variable(name.trim_start_matches('{').trim_end_matches('}'))
            .map(str::to_owned),
        None => Some(given),
    }
}

impl Family for Redis {
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
        Some(option(facts.command, &["--dir"]).unwrap_or_else(|| {
            if facts.is_bitnami() {
                self.bitnami_data.to_owned()
            } else {
                "/data".to_owned()
            }
        }))
    }

    /// A server that is still loading its data answers with `LOADING`, which is not `PONG`. One whose password is
    /// not known to us answers that it wants one: nobody can find out more.
    fn probe(&self, facts: Facts<'_>) -> ClientCommand {
        login(
            facts,
            r#"
answer=$("$client" -h "$(address)" -p "$1" ping 2>&1)
printf '%s\n' "$answer"
case $answer in
    *PONG*) exit 0 ;;
    *NOAUTH*) [ -z "$password" ] ;;
    *) exit 1 ;;
esac"#,
        )
    }

    fn listening(&self, facts: Facts<'_>) -> ClientCommand {
        login(
            facts,
            r#"
answer=$("$client" -h "$(address)" -p "$1" ping 2>&1)
printf '%s\n' "$answer"
case $answer in *PONG* | *NOAUTH* | *WRONGPASS*) exit 0 ;; *) exit 1 ;; esac"#,
        )
    }

    fn conversation(
        &self,
        proof: Proof,
        facts: Facts<'_>,
        _nonce: &str,
    ) -> Option<Box<dyn Conversation>> {
        let password =
            password(facts).or_else(|| facts.first(&["VALKEY_PASSWORD", "REDIS_PASSWORD"]));
        Some(Box::new(Ping::new(proof, password)))
    }

    fn seed_formats(&self) -> &'static [SeedFormat] {
        &[COMMANDS, SNAPSHOT]
    }

    /// From version 6 on the user of those who name none is called `default`; its own client takes a URL without a user for
    /// one whose user has an empty name.
    fn access(&self, facts: Facts<'_>) -> Access {
        let password =
            password(facts).or_else(|| facts.first(&["VALKEY_PASSWORD", "REDIS_PASSWORD"]));
        let has_users = facts.major_version().is_none_or(|version| version >= 6);
        Access {
            scheme: "redis",
            user: (password.is_some() && has_users).then(|| "default".to_owned()),
            password,
            ..Access::default()
        }
    }

    fn variables(&self) -> &'static [(&'static str, Part)] {
        &[
            ("REDIS_URL", Part::Url),
            ("REDIS_HOST", Part::Host),
            ("REDIS_PORT", Part::Port),
            ("REDIS_PASSWORD", Part::Password),
        ]
    }

    fn marks(&self) -> &'static [&'static str] {
        self.marks
    }

    fn console(&self, facts: Facts<'_>) -> Option<ClientCommand> {
        Some(login(
            facts,
            r#"
port=$1; shift 2
exec "$client" -h "$(address)" -p "$port" "$@""#,
        ))
    }
}
