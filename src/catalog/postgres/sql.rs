//! Plain SQL through psql: statements, meta commands, `COPY … FROM stdin` with its data.

use super::{LOGIN, port, psql_error};
use crate::catalog::shell::script;
use crate::catalog::{ClientCommand, Delivery, Naming, SeedFormat, Seeding};

/// Plain SQL.
pub(super) const FORMAT: SeedFormat = SeedFormat {
    name: "SQL",
    extensions: &["sql"],
    mark: None,
    folder: None,
    naming: Naming::No,
    delivery: Delivery::Stream { narrate: None },
    client,
    error: psql_error::parse,
};

/// Read as a file from standard input, errors name the line and a failing statement is repeated, which tells
/// how many lines it has. Results are of no interest. Commits do not wait for the disk one by one; a last
/// transaction that does wait brings everything before it there, too.
fn client(seeding: &Seeding<'_>) -> ClientCommand {
    let body = format!(
        "{LOGIN}export LC_MESSAGES=C PGCLIENTENCODING=UTF8
exec >/dev/null
PGOPTIONS='-c synchronous_commit=off -c client_min_messages=warning' \\
    psql -Xqw -v ON_ERROR_STOP=1 -v ECHO=errors -P pager=off -f - || exit
exec psql -Xqw -c 'select txid_current()'"
    );
    script(&body, &[&port(seeding.facts).to_string()])
}
