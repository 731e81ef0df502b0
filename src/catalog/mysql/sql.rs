//! SQL through the client of MySQL or MariaDB.

use super::{LOGIN, error, port};
use crate::catalog::shell::script;
use crate::catalog::{ClientCommand, Delivery, Naming, SeedFormat, Seeding};

/// SQL.
pub(super) const FORMAT: SeedFormat = SeedFormat {
    name: "SQL",
    extensions: &["sql"],
    mark: None,
    folder: None,
    naming: Naming::No,
    delivery: Delivery::Stream { narrate: None },
    client,
    error: error::parse,
};

/// Runs a seed as the most powerful account that lets us in, the way scripts of a first initialisation run. Root's
/// password may be unknown (a random one), or root may not come in over TCP.
///
/// Where the account may say so, commits do not wait for the disk one by one while the seed runs: what they write
/// survives the server's death all the same, and is on the disk at the end. Comments are kept, so that line numbers in
/// the server's messages are those of the file. Results are of no interest.
const SEED: &str = r#"
exec >/dev/null
setting='select concat(@@global.innodb_flush_log_at_trx_commit, @@global.sync_binlog)'
look() { before=$("$@" --batch --skip-column-names --execute="$setting" 2>/dev/null </dev/null); }
if look ask "$root" "$root_password"; then seed() { ask "$root" "$root_password" "$@"; }
elif look ask_socket "$root" "$root_password"; then seed() { ask_socket "$root" "$root_password" "$@"; }
elif [ -n "$user" ]; then before=; seed() { ask "$user" "$password" "$@"; }
else before=; seed() { ask "$root" "$root_password" "$@"; }
fi
durable() {
    seed --execute="set global innodb_flush_log_at_trx_commit = $1; set global sync_binlog = $2; flush engine logs" \
        2>/dev/null </dev/null
}
relaxed=
case $before in 10 | 11) durable 2 0 && relaxed=1 ;; esac
seed --batch --comments --quick --max-allowed-packet=1G
code=$?
[ -z "$relaxed" ] || durable 1 "${before#1}"
exit "$code"
"#;

/// The client that reads SQL from its input.
pub(super) fn client(seeding: &Seeding<'_>) -> ClientCommand {
    let body = format!("{LOGIN}{SEED}");
    script(&body, &[&port(seeding.facts).to_string()])
}
