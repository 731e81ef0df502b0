//! When each step ran, and what the end of a run waited for.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Event, EventKind, StepId, StepKind, StepSummary};

/// When the steps of a run ran. Fed with the run's events; all times are the run's milliseconds.
#[derive(Debug, Default)]
pub struct Timeline {
    /// The command.
    pub command: String,
    /// Milliseconds of the whole run, once it has ended.
    pub took_ms: Option<u64>,
    steps: Vec<StepSummary>,
    times: HashMap<StepId, Times>,
}

#[derive(Debug, Clone, Copy)]
struct Times {
    begin: u64,
    end: Option<u64>,
    failed: bool,
}

/// A step that ran.
#[derive(Debug, Clone, Copy)]
pub struct RanStep<'a> {
    /// What it is.
    pub summary: &'a StepSummary,
    /// When it began.
    pub begin_ms: u64,
    /// When it ended; the last thing known of a run that broke off.
    pub end_ms: u64,
    /// Whether it failed.
    pub failed: bool,
}

/// A part of what the end of a run waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// The service, if it was for one alone.
    pub service: Option<String>,
    /// The sort of work, in a word.
    pub what: String,
    /// The step that took longest in it.
    pub step: String,
    /// Milliseconds.
    pub ms: u64,
}

impl Timeline {
    /// Takes an event in.
    pub fn apply(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted { command, steps, .. } => {
                self.command.clone_from(command);
                self.steps.clone_from(steps);
            }
            EventKind::StepStarted => {
                if let Some(step) = event.step {
                    let times = Times {
                        begin: event.at,
                        end: None,
                        failed: false,
                    };
                    self.times.insert(step, times);
                }
            }
            EventKind::StepFinished { .. } => self.ended(event, false),
            EventKind::StepFailed { .. } => self.ended(event, true),
            EventKind::RunFinished { .. } => self.took_ms = Some(event.at),
            _ => {}
        }
    }

    fn ended(&mut self, event: &Event, failed: bool) {
        if let Some(times) = event.step.and_then(|step| self.times.get_mut(&step)) {
            times.end = Some(event.at);
            times.failed = failed;
        }
    }

    /// The steps that ran, in the plan's order.
    pub fn steps(&self) -> impl Iterator<Item = RanStep<'_>> {
        let last = self.took_ms.unwrap_or_default();
        self.steps.iter().filter_map(move |summary| {
            let times = self.times.get(&summary.id)?;
            Some(RanStep {
                summary,
                begin_ms: times.begin,
                end_ms: times.end.unwrap_or(last.max(times.begin)),
                failed: times.failed,
            })
        })
    }

    /// What the end of the run waited for, first to last: from the step that ended last back, each time to the need that
    /// was done last. A step counts from when it could have begun: that it had to wait for its turn is part of its cost.
    /// What follows each other for one service and is of one sort is one stretch.
    pub fn critical_path(&self) -> Vec<Stretch> {
        let ran: HashMap<StepId, RanStep<'_>> =
            self.steps().map(|step| (step.summary.id, step)).collect();
        let mut at = ran
            .values()
            .max_by_key(|step| (step.end_ms, step.summary.id))
            .copied();
        let mut backwards = Vec::new();
        while let Some(step) = at {
            let needs = step.summary.needs.iter().filter_map(|need| ran.get(need));
            let before = needs.max_by_key(|need| (need.end_ms, need.summary.id));
            let free_ms = before.map_or(0, |need| need.end_ms);
            backwards.push((step, step.end_ms.saturating_sub(free_ms)));
            at = before.copied();
        }
        let mut path: Vec<(Stretch, u64)> = Vec::new();
        for (step, ms) in backwards.into_iter().rev() {
            let what = word(step.summary.kind);
            match path.last_mut() {
                Some((last, longest))
                    if last.service == step.summary.service && last.what == what =>
                {
                    last.ms += ms;
                    if ms > *longest {
                        last.step.clone_from(&step.summary.title);
                        *longest = ms;
                    }
                }
                _ => {
                    let stretch = Stretch {
                        service: step.summary.service.clone(),
                        what: what.to_owned(),
                        step: step.summary.title.clone(),
                        ms,
                    };
                    path.push((stretch, ms));
                }
            }
        }
        path.into_iter().map(|(stretch, _)| stretch).collect()
    }
}

fn word(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Pull => "image",
        StepKind::Build => "build",
        StepKind::Resource => "networks and volumes",
        StepKind::Create => "container",
        StepKind::Start => "start",
        StepKind::Ready => "readiness",
        StepKind::Seed => "seed",
        StepKind::Hook => "hook",
        StepKind::Stop => "stop",
        StepKind::Remove => "removal",
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Runs that never were.

    use super::*;

    /// A step of a made-up run: its kind, service, needs, and when it ran.
    pub(crate) type Made<'a> = (StepKind, &'a str, &'a [usize], (u64, u64));

    /// The timeline of a run whose steps ran so.
    pub(crate) fn timeline(steps: &[Made<'_>]) -> Timeline {
        let summaries = steps
            .iter()
            .enumerate()
            .map(|(at, (kind, service, needs, _))| StepSummary {
                id: StepId(at),
                kind: *kind,
                service: (!service.is_empty()).then(|| (*service).to_owned()),
                title: format!("step {at}"),
                reason: String::new(),
                needs: needs.iter().map(|&need| StepId(need)).collect(),
            });
        let mut timeline = Timeline {
            command: "up".to_owned(),
            steps: summaries.collect(),
            ..Timeline::default()
        };
        for (at, (.., (begin, end))) in steps.iter().enumerate() {
            for (at_ms, kind) in [
                (*begin, EventKind::StepStarted),
                (
                    *end,
                    EventKind::StepFinished {
                        took_ms: end - begin,
                        unchanged: false,
                    },
                ),
            ] {
                timeline.apply(&Event {
                    seq: 0,
                    at: at_ms,
                    step: Some(StepId(at)),
                    service: None,
                    kind,
                });
            }
        }
        timeline.took_ms = steps.iter().map(|step| step.3.1).max();
        timeline
    }
}

#[cfg(test)]
mod tests {
    use super::testing::timeline;
    use super::*;

    #[test]
    fn the_critical_path_leads_back_from_what_ended_last() {
        let timeline = timeline(&[
            (StepKind::Pull, "db", &[], (0, 4_000)),
            (StepKind::Create, "db", &[0], (4_100, 4_200)),
            (StepKind::Start, "db", &[1], (4_200, 4_500)),
            (StepKind::Ready, "db", &[2], (4_500, 6_000)),
            (StepKind::Seed, "db", &[3], (6_000, 7_000)),
            (StepKind::Pull, "api", &[], (0, 3_000)),
            (StepKind::Start, "api", &[5, 4], (7_000, 7_400)),
        ]);
        let path: Vec<String> = timeline
            .critical_path()
            .iter()
            .map(|part| {
                let service = part.service.as_deref().unwrap_or_default();
                format!("{service} {} {} ({})", part.what, part.ms, part.step)
            })
            .collect();
        assert_eq!(
            path,
            [
                "db image 4000 (step 0)",
                "db container 200 (step 1)",
                "db start 300 (step 2)",
                "db readiness 1500 (step 3)",
                "db seed 1000 (step 4)",
                "api start 400 (step 6)",
            ]
        );
    }

    #[test]
    fn what_follows_each_other_is_one_stretch() {
        let timeline = timeline(&[
            (StepKind::Seed, "db", &[], (0, 10)),
            (StepKind::Seed, "db", &[0], (10, 50)),
        ]);
        let path = timeline.critical_path();
        assert_eq!(path.len(), 1);
        assert_eq!((path[0].ms, path[0].step.as_str()), (50, "step 1"));
    }

    #[test]
    fn a_run_without_steps_waited_for_nothing() {
        assert!(Timeline::default().critical_path().is_empty());
    }
}
