//! The loop, on the engine in memory and with paused time: order, limits, failures, cancelling, deadlines.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use super::{AsItIs, Limits, Report, Retries, Run, run};
use crate::engine::fake::{Behaviour, CallKind, FakeEngine, FakeImage};
use crate::engine::{ContainerSpec, EngineError};
use crate::event::{Event, EventKind, EventSink, Outcome, StepId};
use crate::plan::{Action, AwaitReady, Condition, ImageChanged, Labels, Plan, Step};
use crate::stack::{Check, Container, HealthTest, Healthcheck};

/// Builds a plan step by step and runs it.
struct Bench {
    engine: FakeEngine,
    plan: Plan,
    cancel: CancellationToken,
    limits: Limits,
    deadline: Option<Duration>,
}

impl Bench {
    fn new(engine: FakeEngine) -> Self {
        Self {
            engine,
            plan: Plan {
                project: "shop".to_owned(),
                ..Plan::default()
            },
            cancel: CancellationToken::new(),
            limits: Limits::default(),
            deadline: None,
        }
    }

    fn step(&mut self, service: &str, action: Action, needs: &[StepId]) -> StepId {
        let id = StepId(self.plan.steps.len());
        self.plan.steps.push(Step {
            id,
            service: Some(service.to_owned()),
            action,
            needs: needs.to_vec(),
            after: Vec::new(),
            only_if: None,
            reason: "a test".to_owned(),
            origin: None,
        });
        if !self.plan.services.iter().any(|name| name == service) {
            self.plan.services.push(service.to_owned());
        }
        id
    }

    /// Pull, create, start and wait; gives the last step.
    fn service(&mut self, name: &str, needs: &[StepId], timeout: Duration) -> StepId {
        let pull = self.step(name, pull(&format!("{name}:1")), &[]);
        let create = self.step(name, create(name), &[pull]);
        let mut needs = needs.to_vec();
        needs.push(create);
        let start = self.step(
            name,
            Action::StartContainer {
                container: container(name),
            },
            &needs,
        );
        let wait = Action::AwaitReady(AwaitReady {
            container: container(name),
            image: format!("{name}:1"),
            checks: vec![Check::Running {
                during: Duration::from_millis(200),
            }],
            timeout,
            environment: IndexMap::new(),
            command: Vec::new(),
            seen: None,
        });
        self.step(name, wait, &[start])
    }

    async fn run(self) -> (Report, Vec<Event>) {
        let (sink, receiver) = EventSink::new();
        let report = run(self.into_run(sink)).await;
        (report, drain(receiver))
    }

    fn into_run(self, sink: EventSink) -> Run {
        Run {
            engine: self.engine.handle(),
            plan: self.plan,
            stack: None,
            command: "up".to_owned(),
            deadline: self.deadline,
            limits: self.limits,
            retries: Retries::default(),
            diagnose: Arc::new(AsItIs),
            sink,
            cancel: self.cancel,
        }
    }
}

fn drain(mut receiver: UnboundedReceiver<Event>) -> Vec<Event> {
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}

fn pull(image: &str) -> Action {
    Action::PullImage {
        image: image.to_owned(),
        mirror: None,
        platform: None,
    }
}

fn container(service: &str) -> String {
    format!("shop-{service}-1")
}

fn create(service: &str) -> Action {
    let labels = [
        (Labels::PROJECT, "shop"),
        (Labels::SERVICE, service),
        (Labels::NUMBER, "1"),
    ];
    let spec = ContainerSpec {
        name: container(service),
        image: format!("{service}:1"),
        platform: None,
        labels: labels
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        options: Container::default(),
        mounts: Vec::new(),
        ports: Vec::new(),
        network_mode: "bridge".to_owned(),
        networks: IndexMap::new(),
    };
    Action::CreateContainer {
        spec: Box::new(spec),
        files: Vec::new(),
    }
}

fn names(events: &[Event]) -> Vec<String> {
    let name = |event: &Event| {
        let step = event.step?.0;
        match &event.kind {
            EventKind::StepStarted => Some(format!("start {step}")),
            EventKind::StepFinished { .. } => Some(format!("finish {step}")),
            EventKind::StepFailed { .. } => Some(format!("fail {step}")),
            EventKind::StepSkipped { because, .. } => {
                Some(format!("skip {step} because of {}", because.0))
            }
            _ => None,
        }
    };
    events.iter().filter_map(name).collect()
}

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test(start_paused = true)]
async fn a_dependent_starts_only_after_what_it_needs_is_ready() {
    let engine = FakeEngine::new()
        .with_remote_image(FakeImage::new("db:1").behaves(Behaviour::runs()))
        .with_remote_image(FakeImage::new("api:1").behaves(Behaviour::runs()));
    let mut bench = Bench::new(engine.clone());
    let db = bench.service("db", &[], MINUTE);
    bench.service("api", &[db], MINUTE);
    let (report, events) = bench.run().await;
    assert_eq!(report.outcome, Outcome::Done);
    let order = names(&events);
    let at = |name: &str| {
        order
            .iter()
            .position(|n| n == name)
            .unwrap_or_else(|| panic!("{name} in {order:?}"))
    };
    assert!(
        at("finish 3") < at("start 6"),
        "api started before db was ready: {order:?}"
    );
    assert!(
        at("start 4") < at("finish 3"),
        "api's image waited for db: {order:?}"
    );
    let ready: Vec<_> = events
        .iter()
        .filter(|e| matches!(e.kind, EventKind::ServiceReady { .. }))
        .collect();
    assert_eq!(ready.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_skips_what_depends_on_it_and_nothing_else() {
    let crash =
        Behaviour::exits(1, Duration::from_millis(50)).prints(Duration::ZERO, "no database");
    let engine = FakeEngine::new()
        .with_remote_image(FakeImage::new("db:1").behaves(crash))
        .with_remote_image(FakeImage::new("api:1").behaves(Behaviour::runs()))
        .with_remote_image(FakeImage::new("mail:1").behaves(Behaviour::runs()));
    let mut bench = Bench::new(engine.clone());
    let db = bench.service("db", &[], MINUTE);
    bench.service("api", &[db], MINUTE);
    bench.service("mail", &[], MINUTE);
    let (report, events) = bench.run().await;
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(report.failures.len(), 1, "{:?}", report.failures);
    let order = names(&events);
    assert!(
        order.contains(&"skip 6 because of 3".to_owned()),
        "{order:?}"
    );
    assert!(
        order.contains(&"skip 7 because of 3".to_owned()),
        "the root cause is named: {order:?}"
    );
    assert!(
        order.contains(&"finish 11".to_owned()),
        "an independent service goes on: {order:?}"
    );
    let log = &report.failures[0].evidence;
    assert!(
        log.iter()
            .any(|e| e.lines.iter().any(|line| line.contains("no database"))),
        "{log:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn pulls_are_limited() {
    let mut engine = FakeEngine::new();
    for number in 0..12 {
        engine = engine.with_remote_image(
            FakeImage::new(&format!("s{number}:1")).pull_takes(Duration::from_secs(1)),
        );
    }
    let mut bench = Bench::new(engine.clone());
    bench.limits.pulls = 3;
    for number in 0..12 {
        bench.step(&format!("s{number}"), pull(&format!("s{number}:1")), &[]);
    }
    let (report, _) = bench.run().await;
    assert_eq!(report.outcome, Outcome::Done);
    assert_eq!(engine.peak(CallKind::Pull), 3);
}

#[tokio::test(start_paused = true)]
async fn a_pull_is_tried_again_where_that_may_help() {
    let flaky = EngineError::Connection("connection reset".to_owned());
    let engine = FakeEngine::new().with_remote_image(FakeImage::new("db:1").pull_fails(2, &flaky));
    let mut bench = Bench::new(engine.clone());
    bench.step("db", pull("db:1"), &[]);
    let (report, events) = bench.run().await;
    assert_eq!(report.outcome, Outcome::Done);
    let retries: Vec<u64> = events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::StepRetrying { wait_ms, .. } => Some(wait_ms),
            _ => None,
        })
        .collect();
    assert_eq!(retries, [500, 1000]);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_does_not_exist_is_asked_for_once() {
    let engine = FakeEngine::new();
    let mut bench = Bench::new(engine.clone());
    bench.step("db", pull("nonsense:1"), &[]);
    let (report, _) = bench.run().await;
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(engine.subjects(CallKind::Pull).len(), 1);
    assert!(
        report.failures[0].message.contains("nonsense:1"),
        "{:?}",
        report.failures[0]
    );
}

#[tokio::test(start_paused = true)]
async fn the_mirror_is_asked_first_and_the_image_keeps_its_usual_name() {
    let engine = FakeEngine::new().with_remote_image(FakeImage::new("127.0.0.1:5000/library/db:1"));
    let mut bench = Bench::new(engine.clone());
    let mirror = Some("127.0.0.1:5000/library/db:1".to_owned());
    bench.step(
        "db",
        Action::PullImage {
            image: "db:1".to_owned(),
            mirror,
            platform: None,
        },
        &[],
    );
    let handle = engine.handle();
    let (report, _) = bench.run().await;
    assert_eq!(report.outcome, Outcome::Done);
    assert!(handle.image("db:1").await.expect("an answer").is_some());
    assert!(
        handle
            .image("127.0.0.1:5000/library/db:1")
            .await
            .expect("an answer")
            .is_none()
    );
}

#[tokio::test(start_paused = true)]
async fn reaching_the_deadline_is_a_failure() {
    let engine = FakeEngine::new()
        .with_remote_image(FakeImage::new("db:1").pull_takes(Duration::from_hours(1)));
    let mut bench = Bench::new(engine);
    bench.deadline = Some(Duration::from_secs(5));
    bench.step("db", pull("db:1"), &[]);
    let (report, _) = bench.run().await;
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(
        report.failures[0].message.contains("5 s"),
        "{:?}",
        report.failures[0]
    );
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_is_reached_between_two_steps_is_a_failure_too() {
    let engine = FakeEngine::new()
        .with_image(FakeImage::new("db:1").behaves(Behaviour::runs()))
        .with_delay(CallKind::StartContainer, Duration::from_secs(9));
    let mut bench = Bench::new(engine);
    bench.deadline = Some(Duration::from_secs(5));
    let create = bench.step("db", create("db"), &[]);
    let start = Action::StartContainer {
        container: container("db"),
    };
    let start = bench.step("db", start, &[create]);
    let late = Action::StopContainer {
        container: container("db"),
        grace: None,
    };
    bench.step("db", late, &[start]);
    let (report, _) = bench.run().await;
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(
        report.failures[0].message.contains("`db` was not up"),
        "{:?}",
        report.failures
    );
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_the_run_and_starts_nothing_more() {
    let engine = FakeEngine::new()
        .with_remote_image(FakeImage::new("db:1").pull_takes(Duration::from_hours(1)))
        .with_remote_image(FakeImage::new("api:1").behaves(Behaviour::runs()));
    let mut bench = Bench::new(engine.clone());
    let db = bench.service("db", &[], MINUTE);
    bench.service("api", &[db], MINUTE);
    let cancel = bench.cancel.clone();
    let (sink, mut receiver) = EventSink::new();
    let running = tokio::spawn(run(bench.into_run(sink)));
    loop {
        let event = receiver.recv().await.expect("the run goes on");
        if matches!(event.kind, EventKind::StepStarted) {
            break;
        }
    }
    cancel.cancel();
    let report = running.await.expect("no panic");
    assert_eq!(report.outcome, Outcome::Interrupted);
    assert!(engine.subjects(CallKind::StartContainer).is_empty());
    let rest = drain(receiver);
    assert!(
        matches!(
            rest.last().map(|e| &e.kind),
            Some(EventKind::RunFinished { .. })
        ),
        "{rest:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_container_that_dies_after_it_was_ready_fails_the_run() {
    let dies = Behaviour::exits(137, Duration::from_secs(3))
        .prints(Duration::from_secs(2), "out of cheese");
    let engine = FakeEngine::new()
        .with_remote_image(FakeImage::new("db:1").behaves(dies))
        .with_remote_image(
            FakeImage::new("api:1")
                .pull_takes(Duration::from_secs(10))
                .behaves(Behaviour::runs()),
        );
    let mut bench = Bench::new(engine);
    let db = bench.service("db", &[], MINUTE);
    bench.service("api", &[db], MINUTE);
    let (report, events) = bench.run().await;
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(
        report.failures[0].message.contains("exit code 137"),
        "{:?}",
        report.failures
    );
    assert!(
        names(&events).contains(&"skip 6 because of 3".to_owned()),
        "{:?}",
        names(&events)
    );
}

#[tokio::test(start_paused = true)]
async fn a_step_whose_condition_does_not_hold_changes_nothing() {
    let engine = FakeEngine::new().with_image(FakeImage::new("db:1").behaves(Behaviour::runs()));
    let id = engine
        .handle()
        .image("db:1")
        .await
        .expect("an answer")
        .expect("there")
        .id;
    let mut bench = Bench::new(engine.clone());
    bench.step("db", create("db"), &[]);
    bench.plan.steps[0].only_if = Some(Condition::Image(ImageChanged {
        image: "db:1".to_owned(),
        was: id,
    }));
    let (report, _) = bench.run().await;
    assert_eq!(report.outcome, Outcome::Unchanged);
    assert!(engine.subjects(CallKind::CreateContainer).is_empty());
}

#[tokio::test(start_paused = true)]
async fn events_count_up_without_gaps_and_end_with_the_outcome() {
    let engine =
        FakeEngine::new().with_remote_image(FakeImage::new("db:1").behaves(Behaviour::runs()));
    let mut bench = Bench::new(engine);
    bench.service("db", &[], MINUTE);
    let (_, events) = bench.run().await;
    assert!(matches!(events[0].kind, EventKind::RunStarted { .. }));
    assert!(
        events
            .iter()
            .enumerate()
            .all(|(index, event)| event.seq == index as u64)
    );
    let Some(EventKind::RunFinished {
        outcome, services, ..
    }) = events.last().map(|e| &e.kind)
    else {
        panic!("the last event is {:?}", events.last());
    };
    assert_eq!(*outcome, Outcome::Done);
    assert_eq!(services[0].state, "ready");
}

#[tokio::test(start_paused = true)]
async fn what_most_waits_for_comes_first_and_is_started_before_more_is_created() {
    let mut engine = FakeEngine::new().with_delay(CallKind::CreateContainer, MINUTE / 60);
    for name in ["leaf", "db", "api"] {
        engine = engine.with_image(FakeImage::new(&format!("{name}:1")));
    }
    let mut bench = Bench::new(engine.clone());
    bench.limits.containers = 1;
    let mut ready = Vec::new();
    for name in ["leaf", "db", "api"] {
        let created = bench.step(name, create(name), &[]);
        let mut needs = vec![created];
        if name == "api" {
            needs.extend(ready.last());
        }
        let start = Action::StartContainer {
            container: container(name),
        };
        ready.push(bench.step(name, start, &needs));
    }
    let (report, _) = bench.run().await;
    assert_eq!(report.outcome, Outcome::Done);
    assert_eq!(
        engine.changes(),
        [
            "create_container shop-db-1",
            "start_container shop-db-1",
            "create_container shop-leaf-1",
            "start_container shop-leaf-1",
            "create_container shop-api-1",
            "start_container shop-api-1",
        ]
    );
    assert_eq!(engine.peak(CallKind::CreateContainer), 1);
}

/// A database and its API, and a cache that nothing needs, on an engine that has only one start in it at a time; gives
/// when each was begun to be started.
async fn starts(start_takes: Duration) -> Vec<(String, Duration)> {
    let mut engine = FakeEngine::new()
        .with_delay(CallKind::CreateContainer, Duration::from_millis(20))
        .with_delay(CallKind::StartContainer, start_takes);
    for name in ["cache", "db", "api"] {
        engine = engine
            .with_remote_image(FakeImage::new(&format!("{name}:1")).behaves(Behaviour::runs()));
    }
    let mut bench = Bench::new(engine.clone());
    bench.limits.starts = 1;
    bench.service("cache", &[], MINUTE);
    let db = bench.service("db", &[], MINUTE);
    bench.service("api", &[db], MINUTE);
    let (report, _) = bench.run().await;
    assert_eq!(report.outcome, Outcome::Done, "{:?}", report.failures);
    let calls = engine.calls();
    let starts = calls
        .iter()
        .filter(|call| call.kind == CallKind::StartContainer);
    starts
        .map(|call| (call.subject.clone(), call.began))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_more_waits_for_has_the_engine_to_itself_for_a_moment() {
    let quick = Duration::from_millis(300);
    let started = starts(quick).await;
    assert_eq!(started[0].0, "shop-db-1");
    assert_eq!(started[1].0, "shop-cache-1");
    assert_eq!(started[1].1, started[0].1 + quick, "right after it");
    let slow = starts(MINUTE / 60).await;
    assert_eq!(slow[1].0, "shop-cache-1");
    assert!(slow[1].1 < slow[0].1 + MINUTE / 60, "it does not wait long");
}

#[tokio::test(start_paused = true)]
async fn what_the_engine_checks_all_the_time_is_started_together() {
    let second = MINUTE / 60;
    for (interval, most) in [(second, 10), (MINUTE, 4)] {
        let mut engine = FakeEngine::new().with_delay(CallKind::StartContainer, second);
        let mut bench = Bench::new(engine.clone());
        bench.limits.containers = 4;
        for number in 0..10 {
            let name = format!("n{number}");
            let image = FakeImage::new(&format!("{name}:1")).behaves(Behaviour::runs());
            engine = engine.with_image(image);
            let mut action = create(&name);
            if let Action::CreateContainer { spec, .. } = &mut action {
                spec.options.healthcheck = Some(Healthcheck {
                    interval: Some(interval),
                    test: HealthTest::Shell("true".to_owned()),
                    timeout: None,
                    retries: None,
                    start_period: None,
                    start_interval: None,
                });
            }
            let created = bench.step(&name, action, &[]);
            let container = container(&name);
            bench.step(&name, Action::StartContainer { container }, &[created]);
        }
        let (report, _) = bench.run().await;
        assert_eq!(report.outcome, Outcome::Done, "{:?}", report.failures);
        assert_eq!(engine.peak(CallKind::StartContainer), most);
    }
}
