//! A plan as people read it.

use std::fmt::Write as _;

use super::{Condition, Plan, Step, title};

/// One line a step: its number, what it does, what it waits for, why.
///
/// ```text
///  1  pull postgres:17                  the engine does not have it
///  2  create network shop_default       missing
///  3  create shop-db-1       after 1 2  there is none
/// ```
pub fn render(plan: &Plan) -> String {
    let mut text = String::new();
    let rows: Vec<(String, String, String)> = plan.steps.iter().map(row).collect();
    let what = rows
        .iter()
        .map(|row| row.0.chars().count())
        .max()
        .unwrap_or(0);
    let after = rows.iter().map(|row| row.1.len()).max().unwrap_or(0);
    for (step, (title, needs, reason)) in plan.steps.iter().zip(rows) {
        let number = step.id.0 + 1;
        let _ = writeln!(
            text,
            "{number:>3}  {title:<what$}  {needs:<after$}  {reason}"
        );
    }
    text
}

fn row(step: &Step) -> (String, String, String) {
    let mut waits: Vec<String> = step
        .needs
        .iter()
        .chain(&step.after)
        .map(|need| (need.0 + 1).to_string())
        .collect();
    if !waits.is_empty() {
        waits.insert(0, "after".to_owned());
    }
    let reason = match &step.only_if {
        Some(Condition::Image(changed)) => format!("if {} changes: {}", changed.image, step.reason),
        Some(Condition::Changed(other)) => {
            format!("if {} had something to do: {}", other.0 + 1, step.reason)
        }
        None => step.reason.clone(),
    };
    (title(&step.action), waits.join(" "), reason)
}
