//! All of it at once: one `up` brings up the demo with every story added to it.

use crate::demo::{add, demo, with_any_ports};
use crate::{flags, load, metrics, pool};

#[test]
fn the_demo_with_every_story() {
    let project = demo();
    add(&project, "pgbouncer", &[]);
    add(&project, "feature-flags", &[]);
    add(&project, "observability", &["grafana=no", "interval=2s"]);
    add(&project, "load", &["path=/api/orders?limit=5"]);
    with_any_ports(&project);
    project.up();

    pool::applications_use_it(&project);
    metrics::everything_is_scraped(&project, &["cache", "db", "prometheus", "unleash-db"]);
    metrics::the_dashboard_has_something_to_show(&project);
    flags::a_feature_is_let_out_and_taken_back(&project);
    load::a_crowd_is_turned_away_without_the_pool(&project);
    metrics::a_lost_database_is_told(&project);
}
