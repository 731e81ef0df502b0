//! Made-up runs for looking at the views: by the tests, and by the example `progress`.

use crate::diagnostic::Diagnostic;
use crate::event::{
    Event, EventKind, Outcome, Progress, SCHEMA_VERSION, ServiceSummary, StepId, StepKind,
    StepSummary,
};
use crate::source::Source;

/// Kind, service, title, reason, needs.
pub(crate) type PlannedStep<'a> = (StepKind, Option<&'a str>, &'a str, &'a str, &'a [usize]);

/// A run being written down.
pub(crate) struct Recording {
    events: Vec<Event>,
    steps: Vec<StepSummary>,
}

impl Recording {
    /// A run of `up` for these services.
    pub(crate) fn new(services: &[&str], steps: &[PlannedStep<'_>]) -> Self {
        let steps: Vec<StepSummary> = steps
            .iter()
            .enumerate()
            .map(|(id, &(kind, service, title, reason, needs))| StepSummary {
                id: StepId(id),
                kind,
                service: service.map(str::to_owned),
                title: title.to_owned(),
                reason: reason.to_owned(),
                needs: needs.iter().copied().map(StepId).collect(),
            })
            .collect();
        let mut recording = Self {
            events: Vec::new(),
            steps: steps.clone(),
        };
        let services = services.iter().map(|&service| service.to_owned()).collect();
        recording.push(
            0,
            None,
            None,
            EventKind::RunStarted {
                schema: SCHEMA_VERSION,
                command: "up".to_owned(),
                project: "shop".to_owned(),
                steps,
                services,
            },
        );
        recording
    }

    fn push(&mut self, at: u64, step: Option<usize>, service: Option<String>, kind: EventKind) {
        self.events.push(Event {
            seq: 0,
            at,
            step: step.map(StepId),
            service,
            kind,
        });
    }

    /// Something happens to a step.
    pub(crate) fn step(&mut self, at: u64, step: usize, kind: EventKind) -> &mut Self {
        let service = self.steps[step].service.clone();
        self.push(at, Some(step), service, kind);
        self
    }

    /// A step starts.
    pub(crate) fn starts(&mut self, at: u64, step: usize) -> &mut Self {
        self.step(at, step, EventKind::StepStarted)
    }

    /// A step ends well.
    pub(crate) fn ends(&mut self, at: u64, step: usize, took_ms: u64) -> &mut Self {
        self.step(
            at,
            step,
            EventKind::StepFinished {
                took_ms,
                unchanged: false,
            },
        )
    }

    /// A step moves bytes.
    pub(crate) fn bytes(
        &mut self,
        at: u64,
        step: usize,
        done: u64,
        total: u64,
        what: &str,
    ) -> &mut Self {
        let what = what.to_owned();
        self.step(
            at,
            step,
            EventKind::StepProgress {
                progress: Progress::Bytes { done, total, what },
            },
        )
    }

    /// A step tells what it is waiting for.
    pub(crate) fn waits(&mut self, at: u64, step: usize, what: &str) -> &mut Self {
        let what = what.to_owned();
        self.step(
            at,
            step,
            EventKind::StepProgress {
                progress: Progress::Waiting { what },
            },
        )
    }

    /// Something happens to a service.
    pub(crate) fn service(&mut self, at: u64, service: &str, kind: EventKind) -> &mut Self {
        self.push(at, None, Some(service.to_owned()), kind);
        self
    }

    /// Something happens to the run.
    pub(crate) fn run(&mut self, at: u64, kind: EventKind) -> &mut Self {
        self.push(at, None, None, kind);
        self
    }

    /// What was written down, in the order of time.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut events = self.events.clone();
        events.sort_by_key(|event| event.at);
        for (seq, event) in (0..).zip(&mut events) {
            event.seq = seq;
        }
        events
    }
}

/// `up` of a shop: a pull with bytes, a build, a seed, a service that waits.
#[expect(
    clippy::too_many_lines,
    reason = "one story, told from beginning to end"
)]
pub(crate) fn shop() -> Vec<Event> {
    let mut run = Recording::new(
        &["db", "cache", "api", "web"],
        &[
            (
                StepKind::Resource,
                None,
                "create network shop_default",
                "",
                &[],
            ),
            (
                StepKind::Pull,
                Some("db"),
                "pull postgres:17",
                "not there yet",
                &[],
            ),
            (
                StepKind::Create,
                Some("db"),
                "create shop-db-1",
                "not there yet",
                &[0, 1],
            ),
            (StepKind::Start, Some("db"), "start shop-db-1", "", &[2]),
            (StepKind::Ready, Some("db"), "wait until ready", "", &[3]),
            (
                StepKind::Seed,
                Some("db"),
                "seed orders.sql.gz",
                "never applied",
                &[4],
            ),
            (
                StepKind::Start,
                Some("cache"),
                "start shop-cache-1",
                "",
                &[0],
            ),
            (
                StepKind::Build,
                Some("api"),
                "build ./api",
                "never built",
                &[],
            ),
            (
                StepKind::Start,
                Some("api"),
                "start shop-api-1",
                "",
                &[5, 6, 7],
            ),
            (StepKind::Ready, Some("api"), "wait until ready", "", &[8]),
            (
                StepKind::Pull,
                None,
                "pull nginx:1.26",
                "not there yet",
                &[],
            ),
            (
                StepKind::Start,
                Some("web"),
                "start shop-web-1",
                "",
                &[9, 10],
            ),
        ],
    );
    run.starts(0, 0)
        .starts(0, 1)
        .starts(1, 7)
        .starts(1, 10)
        .ends(40, 0, 40);
    run.starts(41, 6).ends(240, 6, 199);
    run.service(300, "cache", EventKind::ServiceReady { after_ms: 260 });
    for tick in 1..=30_u64 {
        let at = tick * 100;
        run.bytes(at, 1, tick * 1_500_000, 45_000_000, "3/5 layers");
        run.bytes(at, 10, tick * 400_000, 0, "");
        if tick % 5 == 0 {
            let number = u32::try_from(tick / 5).unwrap_or(0);
            let what = "RUN npm ci --no-audit --no-fund".to_owned();
            run.step(
                at,
                7,
                EventKind::StepProgress {
                    progress: Progress::Part {
                        number,
                        of: 7,
                        what,
                    },
                },
            );
            run.step(
                at,
                7,
                EventKind::Output {
                    line: format!("added {} packages", tick * 13),
                },
            );
        }
    }
    run.ends(3100, 1, 3100)
        .starts(3101, 2)
        .ends(3180, 2, 79)
        .starts(3181, 3)
        .ends(3400, 3, 219);
    run.starts(3401, 4)
        .waits(3420, 4, "connection refused")
        .waits(4900, 4, "the database system is starting up");
    run.ends(5900, 4, 2499).starts(5901, 5);
    for tick in 1..=20_u64 {
        run.bytes(
            5901 + tick * 100,
            5,
            tick * 900_000,
            18_000_000,
            "orders.sql.gz",
        );
    }
    run.ends(8000, 5, 2099)
        .service(8001, "db", EventKind::ServiceReady { after_ms: 4600 });
    run.step(
        8100,
        10,
        EventKind::StepRetrying {
            attempt: 1,
            error: "connection reset by peer".into(),
            wait_ms: 500,
        },
    );
    run.ends(8900, 10, 8899)
        .ends(9000, 7, 8999)
        .starts(9001, 8)
        .ends(9300, 8, 299)
        .starts(9301, 9);
    run.ends(10_100, 9, 799)
        .service(10_101, "api", EventKind::ServiceReady { after_ms: 1100 });
    run.starts(10_102, 11).ends(10_400, 11, 298);
    run.service(10_450, "web", EventKind::ServiceReady { after_ms: 350 });
    run.run(
        10_460,
        EventKind::RunFinished {
            outcome: Outcome::Done,
            took_ms: 10_460,
            services: vec![
                served(
                    "db",
                    "127.0.0.1:5432 → 5432",
                    Some("postgres://shop:dev@127.0.0.1:5432/shop"),
                    4600,
                ),
                served("cache", "", None, 260),
                served("api", "127.0.0.1:8000 → 8000", None, 1100),
                served(
                    "web",
                    "127.0.0.1:8080 → 80",
                    Some("http://127.0.0.1:8080/"),
                    350,
                ),
            ],
        },
    );
    run.events()
}

fn served(service: &str, address: &str, url: Option<&str>, after: u64) -> ServiceSummary {
    ServiceSummary {
        service: service.to_owned(),
        state: "ready".to_owned(),
        ok: true,
        addresses: Some(address.to_owned())
            .filter(|address| !address.is_empty())
            .into_iter()
            .collect(),
        url: url.map(str::to_owned),
        ready_after_ms: Some(after),
        ..ServiceSummary::default()
    }
}

/// `up` of a shop whose database stops at once.
pub(crate) fn broken_shop() -> Vec<Event> {
    let mut run = Recording::new(
        &["db", "api"],
        &[
            (StepKind::Start, Some("db"), "start shop-db-1", "", &[]),
            (StepKind::Ready, Some("db"), "wait until ready", "", &[0]),
            (StepKind::Start, Some("api"), "start shop-api-1", "", &[1]),
        ],
    );
    let source = Source::new(
        "devstack.yaml",
        "services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: ${DB_PASSWORD}\n",
    );
    let diagnostic =
        Diagnostic::error("`db` stopped before it was ready (exit code 1 after 0.8 s)")
            .at(
                &source.line_span(4).slice(25, 39),
                "is empty: DB_PASSWORD is not set",
            )
            .evidence("log", vec!["Error: Database is uninitialized".into()])
            .fix("add DB_PASSWORD to .env");
    run.starts(0, 0).ends(200, 0, 200).starts(201, 1);
    run.step(
        1000,
        1,
        EventKind::StepFailed {
            diagnostic: Box::new(diagnostic),
        },
    );
    run.step(
        1001,
        2,
        EventKind::StepSkipped {
            because: StepId(1),
            cause: "db".into(),
        },
    );
    let failed = |service: &str, state: &str| ServiceSummary {
        service: service.to_owned(),
        state: state.to_owned(),
        ..ServiceSummary::default()
    };
    run.run(
        1010,
        EventKind::RunFinished {
            outcome: Outcome::Failed,
            took_ms: 1010,
            services: vec![failed("db", "exited (1)"), failed("api", "not created")],
        },
    );
    run.events()
}

/// `up` of so many services that no window shows them all.
pub(crate) fn crowd(size: usize) -> Vec<Event> {
    let names: Vec<String> = (0..size)
        .map(|number| format!("service-{number:03}"))
        .collect();
    let steps: Vec<_> = names
        .iter()
        .map(|name| {
            (
                StepKind::Ready,
                Some(name.as_str()),
                "wait until ready",
                "",
                &[][..],
            )
        })
        .collect();
    let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut run = Recording::new(&borrowed, &steps);
    for (number, name) in names.iter().enumerate() {
        let at = number as u64 * 50;
        run.starts(at, number);
        if number >= 10 {
            run.ends(at, number - 10, 500);
            run.service(
                at,
                &names[number - 10],
                EventKind::ServiceReady { after_ms: 500 },
            );
        }
        let _ = name;
    }
    run.events()
}
