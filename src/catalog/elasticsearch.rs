//! Elasticsearch and OpenSearch.

use serde_json::Value;

use super::shell::script;
use super::{
    Access, BatchWords, ClientCommand, Delivery, Facts, Family, Naming, Part, SeedError,
    SeedFormat, Seeding,
};

/// Elasticsearch or OpenSearch.
pub(super) struct Search {
    name: &'static str,
    repositories: &'static [&'static str],
    data: &'static str,
    bitnami_data: &'static str,
    user: &'static str,
    passwords: &'static [&'static str],
    variables: &'static [(&'static str, Part)],
    marks: &'static [&'static str],
}

/// Elasticsearch.
pub(super) const ELASTICSEARCH: Search = Search {
    name: "elasticsearch",
    repositories: &["elasticsearch", "elasticsearch-oss", "elasticsearch-wolfi"],
    data: "/usr/share/elasticsearch/data",
    bitnami_data: "/bitnami/elasticsearch/data",
    user: "elastic",
    passwords: &["ELASTIC_PASSWORD", "ELASTICSEARCH_PASSWORD"],
    variables: &[
        ("ELASTICSEARCH_URL", Part::Url),
        ("ELASTICSEARCH_HOST", Part::Host),
        ("ELASTICSEARCH_PORT", Part::Port),
        ("ELASTICSEARCH_USERNAME", Part::User),
        ("ELASTICSEARCH_PASSWORD", Part::Password),
    ],
    marks: &["ELASTIC_CONTAINER"],
};

/// OpenSearch.
pub(super) const OPENSEARCH: Search = Search {
    name: "opensearch",
    repositories: &["opensearch"],
    data: "/usr/share/opensearch/data",
    bitnami_data: "/bitnami/opensearch/data",
    user: "admin",
    passwords: &["OPENSEARCH_INITIAL_ADMIN_PASSWORD", "OPENSEARCH_PASSWORD"],
    variables: &[
        ("OPENSEARCH_URL", Part::Url),
        ("OPENSEARCH_HOST", Part::Host),
        ("OPENSEARCH_PORT", Part::Port),
        ("OPENSEARCH_USERNAME", Part::User),
        ("OPENSEARCH_PASSWORD", Part::Password),
    ],
    marks: &["OPENSEARCH_HOME"],
};

/// `ask PATH ARGUMENT…` asks the node, `$1` being the port: with TLS if it does not answer without, and logged in as
/// its first user. The password goes in through a file that only curl reads.
const ASK: &str = r#"
base=http://$(address):$1
curl -s -o /dev/null --max-time 5 "$base/" || base=https://$(address):$1
password=$(value ELASTIC_PASSWORD ELASTICSEARCH_PASSWORD OPENSEARCH_INITIAL_ADMIN_PASSWORD OPENSEARCH_PASSWORD)
if [ -n "$(value OPENSEARCH_INITIAL_ADMIN_PASSWORD OPENSEARCH_PASSWORD)" ]; then user=admin; else user=elastic; fi
work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT
(umask 077
    : >"$work/login"
    [ -z "$password" ] || printf 'user = "%s"\n' "$(printf '%s:%s' "$user" "$password" | sed 's/[\\"]/\\&/g')" >"$work/login")
ask() { path=$1; shift; curl -sS -k --config "$work/login" "$@" "$base$path"; }
"#;

/// Actions and documents, line by line, for the bulk interface:
/// <https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk>.
const BULK: SeedFormat = SeedFormat {
    name: "NDJSON for the bulk interface",
    extensions: &["ndjson", "jsonl", "bulk"],
    mark: None,
    folder: None,
    naming: Naming::No,
    delivery: Delivery::Batches(&BatchWords {
        together,
        refused,
        finish,
    }),
    client: bulk,
    error: curl_error,
};

fn port(facts: Facts<'_>) -> u16 {
    facts
        .first(&[
            "http.port",
            "ELASTICSEARCH_PORT_NUMBER",
            "OPENSEARCH_PORT_NUMBER",
        ])
        .and_then(|port| port.parse().ok())
        .unwrap_or(9200)
}

/// Of every entry the status stays in the answer, so that errors can be counted to.
fn bulk(seeding: &Seeding<'_>) -> ClientCommand {
    let body = format!(
        "{ASK}
ask '/_bulk?filter_path=errors,error,items.*.status,items.*.error' \\
    -H 'Content-Type: application/x-ndjson' --data-binary @-"
    );
    script(&body, &[&port(seeding.facts).to_string()])
}

fn finish(seeding: &Seeding<'_>) -> ClientCommand {
    let body = format!("{ASK}\nask '/_refresh' --fail -X POST -o /dev/null");
    script(&body, &[&port(seeding.facts).to_string()])
}

/// Every action but `delete` has its document on the next line.
fn together(line: &str) -> usize {
    let deletes = serde_json::from_str::<Value>(line)
        .ok()
        .is_some_and(|action| action.get("delete").is_some());
    if deletes { 1 } else { 2 }
}

fn refused(answer: &str) -> Option<(usize, String)> {
    let Ok(answer) = serde_json::from_str::<Value>(answer) else {
        let text = answer.lines().next().unwrap_or_default();
        return Some((usize::MAX, format!("the answer is no JSON: {text}")));
    };
    if let Some(error) = answer.get("error") {
        return Some((usize::MAX, reason(error)));
    }
    let items = answer.get("items")?.as_array()?;
    items.iter().enumerate().find_map(|(entry, item)| {
        let error = item.as_object()?.values().next()?.get("error")?;
        Some((entry, reason(error)))
    })
}

/// Why, and what caused that.
fn reason(error: &Value) -> String {
    let text = |error: &Value| {
        error
            .get("reason")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let own = text(error).unwrap_or_else(|| error.to_string());
    match error.get("caused_by").and_then(text) {
        Some(cause) => format!("{own}: {cause}"),
        None => own,
    }
}

fn curl_error(output: &str) -> Option<SeedError> {
    let line = output.lines().find(|line| line.starts_with("curl: "))?;
    Some(SeedError::plain(None, line))
}

impl Family for Search {
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
        let folder = if facts.is_bitnami() {
            self.bitnami_data
        } else {
            self.data
        };
        Some(folder.to_owned())
    }

    /// A node of its own never gets beyond yellow: copies of its data have nowhere to go.
    fn probe(&self, facts: Facts<'_>) -> ClientCommand {
        let body = format!(
            "{ASK}\nask '/_cluster/health?wait_for_status=yellow&timeout=1s' --fail --max-time 5 2>&1"
        );
        script(&body, &[&port(facts).to_string()])
    }

    /// Any answer will do, also one that wants a login.
    fn listening(&self, facts: Facts<'_>) -> ClientCommand {
        let body = format!("{ASK}\nask / -o /dev/null --max-time 5 2>&1");
        script(&body, &[&port(facts).to_string()])
    }

    fn seed_formats(&self) -> &'static [SeedFormat] {
        &[BULK]
    }

    fn access(&self, facts: Facts<'_>) -> Access {
        let password = facts.first(self.passwords);
        Access {
            scheme: "http",
            user: password.as_ref().map(|_| self.user.to_owned()),
            password,
            ..Access::default()
        }
    }

    fn variables(&self) -> &'static [(&'static str, Part)] {
        self.variables
    }

    fn marks(&self) -> &'static [&'static str] {
        self.marks
    }

    fn console(&self, _facts: Facts<'_>) -> Option<ClientCommand> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_their_documents_stay_together() {
        assert_eq!(together(r#"{ "index": { "_index": "a" } }"#), 2);
        assert_eq!(
            together(r#"{ "delete": { "_index": "a", "_id": "1" } }"#),
            1
        );
    }

    #[test]
    fn finds_the_entry_that_was_refused() {
        assert_eq!(
            refused(r#"{"errors":false,"items":[{"index":{"status":201}}]}"#),
            None
        );
        let answer = r#"{"errors":true,"items":[{"index":{"status":201}},{"create":{"status":400,
            "error":{"type":"document_parsing_exception","reason":"[1:10] failed to parse field [n]",
            "caused_by":{"type":"illegal_argument_exception","reason":"For input string: \"x\""}}}}]}"#;
        let reason = "[1:10] failed to parse field [n]: For input string: \"x\"";
        assert_eq!(refused(answer), Some((1, reason.to_owned())));
        let answer = r#"{"error":{"reason":"Malformed action/metadata line [1]"},"status":400}"#;
        assert_eq!(
            refused(answer).map(|refused| refused.1).as_deref(),
            Some("Malformed action/metadata line [1]")
        );
    }
}
