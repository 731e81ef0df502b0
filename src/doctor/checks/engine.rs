//! An engine answers, and lets us in.

use crate::doctor::examination::Examination;
use crate::doctor::{Finding, Group, engine_absent};

pub(super) async fn check(examination: &Examination) -> Vec<Finding> {
    let connection = match examination.connection().await {
        Ok(connection) => connection,
        Err(error) => return engine_absent(error, &examination.subject.home),
    };
    let found = match examination.info(connection).await {
        Ok(info) => {
            let text = format!("{}, on {}", connection.address, info.system);
            Finding::ok(Group::Engine, "found", text)
        }
        Err(error) => return engine_absent(error, &examination.subject.home),
    };
    let who = if examination.machine().uid == 0 {
        "as root".to_owned()
    } else {
        let user = examination.machine().user();
        user.map_or_else(
            || "this user may use it".to_owned(),
            |user| format!("as user `{user}`"),
        )
    };
    let warnings = connection
        .warnings
        .iter()
        .map(|warning| Finding::problem(Group::Engine, "settings", warning.clone()));
    [found, Finding::ok(Group::Engine, "permitted", who)]
        .into_iter()
        .chain(warnings)
        .collect()
}
