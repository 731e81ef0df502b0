//! Clocks: ours, the engine's, a container's. Certificates, tokens and builds go wrong where they differ.

use jiff::SignedDuration;

use crate::diagnostic::{Diagnostic, duration};
use crate::doctor::examination::{Answering, Examination};
use crate::doctor::{Finding, Group};

/// Less than this is what asking takes, and no harm.
const ODD: SignedDuration = SignedDuration::from_secs(5);
/// From here on certificates and tokens are refused.
const HARMFUL: SignedDuration = SignedDuration::from_mins(5);
/// A container's clock is read to the second, and starting it takes one.
const LOOK: SignedDuration = SignedDuration::from_secs(3);

pub(super) async fn check(examination: &Examination, answering: Answering<'_>) -> Vec<Finding> {
    let engine = answering.info.clock_lead;
    if let Some(problem) = skewed("the engine's clock", engine) {
        return vec![told(problem, engine)];
    }
    let look = examination.look(answering).await;
    let Some((image, inside)) = look
        .ok()
        .and_then(|look| Some((&look.image, look.clock_lead?)))
    else {
        return vec![Finding::ok(
            Group::Engine,
            "clock",
            "the engine's agrees with ours",
        )];
    };
    if inside.abs() > LOOK
        && let Some(problem) = skewed(&format!("the clock in containers of `{image}`"), inside)
    {
        let problem =
            problem.note("the engine's own clock is right: the image or its environment shifts it");
        return vec![told(
            problem.fix("look for FAKETIME and LD_PRELOAD in the environment of the image"),
            inside,
        )];
    }
    vec![Finding::ok(
        Group::Engine,
        "clock",
        "the engine's and a container's agree with ours",
    )]
}

fn told(problem: Diagnostic, lead: SignedDuration) -> Finding {
    Finding::problem(Group::Engine, "clock", problem)
        .found(amount(lead))
        .needed(format!("less than {}", amount(ODD)))
}

/// What is to be said of a clock that shows so much more than ours; `None` if it is right.
pub(in crate::doctor) fn skewed(whose: &str, lead: SignedDuration) -> Option<Diagnostic> {
    if lead.abs() < ODD {
        return None;
    }
    let direction = if lead.is_positive() {
        "ahead of"
    } else {
        "behind"
    };
    let message = format!("{whose} is {} {direction} ours", amount(lead));
    let problem = if lead.abs() < HARMFUL {
        Diagnostic::warning(message)
    } else {
        Diagnostic::error(message)
            .note("certificates, tokens and logins are refused by who has the right time")
    };
    Some(problem.fix(
        "set the time on the engine's machine: sudo timedatectl set-ntp true; restart Docker Desktop or the virtual \
         machine if it slept",
    ))
}

fn amount(lead: SignedDuration) -> String {
    duration(u64::try_from(lead.abs().as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_differences_are_no_news() {
        let told = |seconds| skewed("it", SignedDuration::from_secs(seconds));
        assert_eq!(told(4), None);
        assert_eq!(told(-4), None);
        let behind = told(-7200).expect("is told");
        assert!(behind.is_error());
        assert_eq!(behind.message, "it is 2 h behind ours");
        let ahead = told(90).expect("is told");
        assert!(!ahead.is_error());
        assert_eq!(ahead.message, "it is 1 min 30 s ahead of ours");
    }
}
