//! All of it at once: one `up` brings up the demo with every story added to it.

use crate::demo::{add, demo, until, with_any_ports};
use crate::proof::{carry_out, proofs};
use crate::{flags, load, metrics, pool};

/// In the order in which they are added, with answers.
const STORIES: [(&str, &[&str]); 4] = [
    ("pgbouncer", &[]),
    ("feature-flags", &[]),
    ("observability", &["grafana=no", "interval=2s"]),
    ("load", &["path=/api/orders?limit=5"]),
];

#[test]
fn the_demo_with_every_story() {
    let project = demo();
    // The demo is what `shop` adds.
    let mut checks = vec![("shop", proofs("shop", project.path()))];
    for (template, answers) in STORIES {
        // `load` is shown to work by what it finds.
        if template != "load" {
            checks.push((template, proofs(template, project.path())));
        }
        add(&project, template, answers);
    }
    with_any_ports(&project);
    project.up();

    for (template, checks) in checks {
        for check in checks {
            // It held when `up` ended; on a busy machine an exporter may have been too slow since.
            let ask = || carry_out(project.name(), &check);
            until(template, ask, Result::is_ok);
        }
    }
    pool::applications_use_it(&project);
    metrics::everything_is_scraped(&project, &["cache", "db", "prometheus", "unleash-db"]);
    metrics::the_dashboard_has_something_to_show(&project);
    flags::a_feature_is_let_out_and_taken_back(&project);
    load::a_crowd_is_turned_away_without_the_pool(&project);
    metrics::a_lost_database_is_told(&project);
}
