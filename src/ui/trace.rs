//! A run as a trace that Perfetto and `chrome://tracing` show: a row a service, a bar a step.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::harmless;
use crate::event::{RanStep, Timeline};

/// The trace in Chrome's format (its "JSON object format", with complete events).
pub fn trace(timeline: &Timeline) -> Value {
    let mut steps: Vec<RanStep<'_>> = timeline.steps().collect();
    steps.sort_by_key(|step| (step.begin_ms, step.summary.id));
    let mut rows = Rows::default();
    let mut events: Vec<Value> = steps
        .iter()
        .map(|step| {
            let row = rows.take(step);
            json!({
                "name": step.summary.title,
                "cat": step.summary.kind,
                "ph": "X",
                "ts": step.begin_ms * 1000,
                "dur": (step.end_ms - step.begin_ms) * 1000,
                "pid": 1,
                "tid": row,
                "args": {
                    "step": step.summary.id,
                    "needs": step.summary.needs,
                    "reason": step.summary.reason,
                    "failed": step.failed,
                },
            })
        })
        .collect();
    events.push(name(
        "process_name",
        0,
        &format!("devstack {}", timeline.command),
    ));
    for (number, row) in rows.rows.iter().enumerate() {
        events.push(name("thread_name", number + 1, &row.name));
    }
    json!({ "displayTimeUnit": "ms", "traceEvents": events })
}

/// What a run waited for, in a line: `db image 41 s, seed 12 s`. Parts of no weight are left out.
pub fn critical_path(path: &[crate::event::Stretch]) -> String {
    let whole: u64 = path.iter().map(|part| part.ms).sum();
    let mut said = Vec::new();
    let mut last = None;
    for part in path.iter().filter(|part| part.ms * 20 >= whole) {
        let time = super::duration(part.ms);
        said.push(match &part.service {
            Some(service) if last != Some(service) => {
                format!("{} {} {time}", harmless(service), part.what)
            }
            _ => format!("{} {time}", part.what),
        });
        last = part.service.as_ref();
    }
    said.join(", ")
}

fn name(kind: &str, row: usize, name: &str) -> Value {
    json!({ "name": kind, "ph": "M", "pid": 1, "tid": row, "args": { "name": name } })
}

/// The rows in use. Bars of one row must not overlap, so a service whose steps do has several.
#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    counts: BTreeMap<String, usize>,
}

struct Row {
    service: String,
    name: String,
    free_ms: u64,
}

impl Rows {
    /// The number, from 1, of a row that is free when the step begins.
    fn take(&mut self, step: &RanStep<'_>) -> usize {
        let service = step.summary.service.clone().unwrap_or_default();
        let free = |row: &Row| row.service == service && row.free_ms <= step.begin_ms;
        let at = self.rows.iter().position(free).unwrap_or_else(|| {
            let count = self.counts.entry(service.clone()).or_default();
            *count += 1;
            let named = if service.is_empty() {
                "(all)"
            } else {
                &service
            };
            let name = match *count {
                1 => named.to_owned(),
                several => format!("{named} ({several})"),
            };
            self.rows.push(Row {
                service,
                name,
                free_ms: 0,
            });
            self.rows.len() - 1
        });
        self.rows[at].free_ms = step.end_ms;
        at + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::timeline::testing::timeline;
    use crate::event::{StepKind, Stretch};

    #[test]
    fn every_step_is_a_bar_and_no_two_overlap_in_a_row() {
        let timeline = timeline(&[
            (StepKind::Resource, "", &[], (0, 5)),
            (StepKind::Start, "web", &[0], (5, 50)),
            (StepKind::Start, "web", &[0], (6, 40)),
            (StepKind::Ready, "web", &[1], (50, 60)),
        ]);
        let trace = trace(&timeline);
        let events = trace["traceEvents"].as_array().expect("a list");
        let bars: Vec<(u64, u64, u64)> = events
            .iter()
            .filter(|event| event["ph"] == "X")
            .map(|event| {
                let number = |key: &str| event[key].as_u64().expect("a number");
                (number("tid"), number("ts"), number("dur"))
            })
            .collect();
        assert_eq!(
            bars,
            [
                (1, 0, 5_000),
                (2, 5_000, 45_000),
                (3, 6_000, 34_000),
                (2, 50_000, 10_000)
            ]
        );
        let names: Vec<&str> = events
            .iter()
            .filter(|event| event["name"] == "thread_name")
            .filter_map(|event| event["args"]["name"].as_str())
            .collect();
        assert_eq!(names, ["(all)", "web", "web (2)"]);
    }

    #[test]
    fn the_path_names_each_service_once_and_leaves_trifles_out() {
        let part = |service: &str, what: &str, ms| Stretch {
            service: Some(service.to_owned()),
            what: what.to_owned(),
            step: String::new(),
            ms,
        };
        let path = [
            part("db", "image", 41_000),
            part("db", "start", 300),
            part("db", "seed", 12_000),
            part("api", "readiness", 4_000),
        ];
        assert_eq!(
            critical_path(&path),
            "db image 41 s, seed 12 s, api readiness 4.0 s"
        );
    }
}
