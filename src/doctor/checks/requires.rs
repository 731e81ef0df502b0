//! What the manifest requires of the machine: a finding a requirement, as `up` checks them.

use crate::doctor::Finding;
use crate::doctor::examination::Examination;
use crate::doctor::requires::{Around, all};

use super::measure;

pub(super) async fn check(examination: &Examination) -> Vec<Finding> {
    let Some(stack) = examination.stack() else {
        return Vec::new();
    };
    let engine = examination.engine().await;
    let disk = match engine {
        Some(answering) if stack.requirements.disk.is_some() => {
            match measure(answering.info, examination.machine()).await {
                Some(space) => Some(space),
                // On another machine only a container can see it.
                None => examination
                    .look(answering)
                    .await
                    .ok()
                    .and_then(|look| look.disk),
            }
        }
        _ => None,
    };
    let environment = &examination.subject.load.environment;
    let around = Around {
        engine,
        disk,
        environment,
    };
    all(stack, &around).await
}
