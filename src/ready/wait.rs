//! The wait itself: all checks side by side, against the container's end, the deadline and an interruption.

use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::answer::{Answers, plain, short};
use super::life::End;
use super::probe::{Prober, TIMEOUT};
use super::talk::Question;
use super::{NotReady, Reason, Target, from_image, glance, http, life, log, running, talk, tcp};
use crate::catalog::{self, ClientCommand, Proof};
use crate::engine::{ContainerDetail, EngineError, EngineHandle, LogOptions};
use crate::event::{EventKind, EventSink, Progress};
use crate::stack::{Check, HealthTest, Healthcheck};

/// So many lines of the log are shown with a failure.
const LOG_LINES: u64 = 20;
/// How long the engine may take to hand them out.
const LOG_TIME: Duration = Duration::from_secs(3);

/// How long a database may take for one answer. A server that is still starting may accept a connection and forget
/// it (Redis does, when it begins to load its data), so it is asked anew before long.
const DATABASE: Duration = Duration::from_secs(5);

/// The engine's own probes come soon if so much time is between two of them.
const SOON: Duration = Duration::from_secs(5);
/// How much later than that they may come.
const TURN: Duration = Duration::from_secs(2);

/// How long talking is tried alone.
const TALK: Duration = Duration::from_secs(5);

/// Why a check will never hold.
#[derive(Debug)]
pub(super) enum Hopeless {
    /// It cannot, as it is.
    Impossible(String),
    /// The engine is out of reach.
    Engine(EngineError),
}

impl From<EngineError> for Hopeless {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

/// Waits until all checks of a started container hold.
///
/// It fails at once when the container ends (unless it is meant to, with exit code 0), and in any case when the time is
/// over. A restart by the container's restart policy is reported and waited through.
pub async fn wait(
    engine: &EngineHandle,
    target: &Target<'_>,
    sink: &EventSink,
    cancel: &CancellationToken,
) -> Result<(), NotReady> {
    let began = Instant::now();
    let mut watch = Watch::new(target, sink);
    let reason = tokio::select! {
        reason = watch.run(engine, target) => reason,
        () = sleep(target.timeout) => Some(Reason::Deadline(target.timeout)),
        () = cancel.cancelled() => Some(Reason::Cancelled),
    };
    let Some(reason) = reason else {
        return Ok(());
    };
    watch.drain();
    let after = began.elapsed();
    let log = match reason {
        Reason::Gone | Reason::Cancelled | Reason::Engine(_) => Vec::new(),
        _ => last_lines(engine, target.container).await,
    };
    Err(NotReady {
        service: target.service.to_owned(),
        reason,
        after,
        answers: watch.open(),
        log,
        span: target.span.cloned(),
    })
}

/// What is known so far.
struct Watch<'a> {
    sink: &'a EventSink,
    sender: mpsc::UnboundedSender<(usize, String)>,
    receiver: mpsc::UnboundedReceiver<(usize, String)>,
    /// One a check, and one more for the container's life.
    states: Vec<State>,
}

/// What is known of one check.
struct State {
    name: String,
    holds: bool,
    answer: Option<String>,
}

impl<'a> Watch<'a> {
    fn new(target: &Target<'_>, sink: &'a EventSink) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let names = target.checks.iter().map(name);
        let states = names
            .chain(["container".to_owned()])
            .map(|name| State {
                name,
                holds: false,
                answer: None,
            })
            .collect();
        Self {
            sink,
            sender,
            receiver,
            states,
        }
    }

    /// Runs the checks; `None` if all hold.
    async fn run(&mut self, engine: &EngineHandle, target: &Target<'_>) -> Option<Reason> {
        if let Some(seen) = target.seen
            && glance::holds(engine, target, seen).await
        {
            return None;
        }
        self.report(&waiting_for(target.checks));
        let detail = match engine.container(target.container).await {
            Ok(Some(detail)) => detail,
            Ok(None) => return Some(Reason::Gone),
            Err(error) => return Some(Reason::Engine(error)),
        };
        let one_shot = target.checks.contains(&Check::Completed);
        let mut open: FuturesUnordered<_> = target
            .checks
            .iter()
            .enumerate()
            .filter(|(_, check)| **check != Check::Completed)
            .map(|(index, check)| {
                let answers = Answers::new(index, &self.sender);
                hold(engine, target, &detail, check, answers).map(move |held| (index, held))
            })
            .collect();
        if open.is_empty() && !one_shot {
            return None;
        }
        let life_answers = Answers::new(target.checks.len(), &self.sender);
        let end = life::end(engine, target.container, &life_answers);
        tokio::pin!(end);
        let mut ended = false;
        loop {
            tokio::select! {
                Some((index, held)) = open.next() => match held {
                    Ok(()) => {
                        self.states[index].holds = true;
                        if open.is_empty() && (!one_shot || ended) {
                            return None;
                        }
                    }
                    Err(Hopeless::Impossible(why)) => return Some(Reason::Impossible(why)),
                    Err(Hopeless::Engine(error)) => return Some(Reason::Engine(error)),
                },
                end = &mut end, if !ended => match self.judge(end, target.checks, one_shot) {
                    Some(reason) => return Some(reason),
                    None if open.is_empty() => return None,
                    // The output of a one-shot may still be on its way; nothing else can come true any more.
                    None => ended = true,
                },
                () = sleep(LOG_TIME), if ended => {
                    return Some(Reason::Impossible("it ended before every check held".to_owned()));
                }
                Some((index, text)) = self.receiver.recv() => self.take(index, text),
            }
        }
    }

    /// What a container's end means; `None` if it is what was waited for.
    fn judge(&mut self, end: End, checks: &[Check], one_shot: bool) -> Option<Reason> {
        match end {
            End::Gone => Some(Reason::Gone),
            End::Lost(error) => Some(Reason::Engine(error)),
            End::Ended(detail) if one_shot && detail.exit_code == Some(0) => {
                for (state, check) in self.states.iter_mut().zip(checks) {
                    state.holds |= *check == Check::Completed;
                }
                None
            }
            End::Ended(detail) => Some(Reason::Ended {
                code: detail.exit_code,
                out_of_memory: detail.oom_killed,
                one_shot,
            }),
        }
    }

    /// Takes an answer in, and reports it if it is news.
    fn take(&mut self, index: usize, text: String) {
        let several = self.states.len() > 2;
        let Some(state) = self.states.get_mut(index) else {
            return;
        };
        if state.answer.as_deref() == Some(&text) {
            return;
        }
        let said = if several {
            format!("{}: {}", state.name, short(&text))
        } else {
            short(&text)
        };
        state.answer = Some(text);
        self.report(&said);
    }

    fn report(&self, what: &str) {
        self.sink.send(EventKind::StepProgress {
            progress: Progress::Waiting {
                what: what.to_owned(),
            },
        });
    }

    /// Takes in what the checks said last.
    fn drain(&mut self) {
        while let Ok((index, text)) = self.receiver.try_recv() {
            if let Some(state) = self.states.get_mut(index) {
                state.answer = Some(text);
            }
        }
    }

    /// The checks that do not hold, with their last answers; the container's restarts, if there were any.
    fn open(mut self) -> Vec<(String, Vec<String>)> {
        let life = self.states.pop().filter(|life| life.answer.is_some());
        self.states
            .into_iter()
            .filter(|state| !state.holds)
            .chain(life)
            .map(|state| {
                let answer = state.answer.unwrap_or_else(|| "no answer yet".to_owned());
                (state.name, answer.lines().map(str::to_owned).collect())
            })
            .collect()
    }
}

/// Waits until one check holds.
fn hold<'a>(
    engine: &'a EngineHandle,
    target: &'a Target<'_>,
    detail: &'a ContainerDetail,
    check: &'a Check,
    answers: Answers,
) -> BoxFuture<'a, Result<(), Hopeless>> {
    let container = target.container;
    let probe = async move |command: ClientCommand, limit: Option<Duration>, answers: &Answers| {
        Prober::new(engine, container, command, limit.unwrap_or(TIMEOUT))
            .hold(target.crowd.join(), answers)
            .await
            .map_err(Hopeless::from)
    };
    async move {
        match check {
            Check::FromImage => {
                let check = from_image::check(detail);
                hold(engine, target, detail, &check, answers).await
            }
            Check::Family(name) => {
                let family = family(name)?;
                let command = family.probe(target.facts);
                let command = probe(command, Some(DATABASE), &answers);
                serves(engine, target, family, Proof::Serves, &answers, command).await
            }
            Check::Listening(name) => {
                let family = family(name)?;
                let command = family.listening(target.facts);
                let command = probe(command, Some(DATABASE), &answers);
                serves(engine, target, family, Proof::Listens, &answers, command).await
            }
            Check::Healthcheck(health) => match health_command(health, detail) {
                Some(command) => {
                    let inherited = detail.healthcheck.as_ref().and_then(|image| image.timeout);
                    let limit = health.timeout.or(inherited);
                    let own = async {
                        wait_your_turn(target, detail, health).await;
                        probe(command, limit, &answers).await
                    };
                    if !runs_the_same(detail, health) {
                        return own.await;
                    }
                    tokio::select! {
                        held = own => held,
                        () = target.crowd.healthy(&detail.id) => Ok(()),
                    }
                }
                None => Ok(()),
            },
            Check::Exec { command } => probe(run(command.clone()), None, &answers).await,
            Check::Tcp { port } => Ok(tcp::hold(engine, container, *port, &answers).await?),
            Check::Http(check) => {
                let port = check
                    .port
                    .or_else(|| from_image::port(detail))
                    .ok_or_else(|| {
                        Hopeless::Impossible(
                            "its HTTP check names no port, and the image exposes none".to_owned(),
                        )
                    })?;
                http::hold(engine, container, port, check, &answers).await
            }
            Check::Log { pattern } => log::hold(engine, container, pattern, &answers).await,
            Check::Running { during } => {
                Ok(running::hold(engine, container, *during, &answers).await?)
            }
            Check::Completed => Ok(()),
        }
    }
    .boxed()
}

/// Whether the engine probes the container with this very check.
fn runs_the_same(detail: &ContainerDetail, health: &Healthcheck) -> bool {
    let own = detail.healthcheck.as_ref();
    own.is_some_and(|own| health_command(own, detail) == health_command(health, detail))
}

/// Where many probe, the engine's own probes go first if they come soon: two of everything would take the processors
/// from what is waited for.
async fn wait_your_turn(target: &Target<'_>, detail: &ContainerDetail, health: &Healthcheck) {
    let seat = target.crowd.join();
    let interval = detail.healthcheck.as_ref().and_then(|own| own.interval);
    let Some(interval) = interval.filter(|interval| *interval <= SOON) else {
        return;
    };
    if seat.is_one_of_many() && runs_the_same(detail, health) {
        sleep(interval + TURN).await;
    }
}

/// Proves it by talking with the server where that is possible, else with a command in the container, which is also
/// begun when talking leads nowhere for a while: the server may listen on the container's loopback address alone.
async fn serves(
    engine: &EngineHandle,
    target: &Target<'_>,
    family: &'static dyn catalog::Family,
    proof: Proof,
    answers: &Answers,
    command: impl Future<Output = Result<(), Hopeless>> + Send,
) -> Result<(), Hopeless> {
    let question = Question {
        family,
        proof,
        facts: target.facts,
    };
    if family.conversation(proof, target.facts, "").is_some() {
        let talk = talk::hold(engine, target.container, question, answers);
        if let Ok(true) = timeout(TALK, talk).await.unwrap_or(Ok(false)) {
            return Ok(());
        }
    }
    command.await
}

fn family(name: &str) -> Result<&'static dyn catalog::Family, Hopeless> {
    catalog::family(name).ok_or_else(|| {
        Hopeless::Impossible(format!("devstack does not know how to check `{name}`"))
    })
}

fn run(command: Vec<String>) -> ClientCommand {
    ClientCommand {
        command,
        environment: Vec::new(),
    }
}

/// The command of a health check; `None` if it is switched off.
pub(super) fn health_command(
    health: &Healthcheck,
    detail: &ContainerDetail,
) -> Option<ClientCommand> {
    match &health.test {
        HealthTest::Cmd(command) => Some(run(command.clone())),
        HealthTest::Shell(line) => Some(run(vec![
            "/bin/sh".to_owned(),
            "-c".to_owned(),
            line.clone(),
        ])),
        HealthTest::None => None,
        // The engine has put the image's own command into the container.
        HealthTest::Inherit => match &detail.healthcheck.as_ref()?.test {
            HealthTest::Inherit => None,
            _ => health_command(detail.healthcheck.as_ref()?, detail),
        },
    }
}

/// A check as messages name it.
fn name(check: &Check) -> String {
    match check {
        Check::FromImage => "image".to_owned(),
        Check::Family(name) => (*name).to_owned(),
        Check::Listening(name) => format!("{name} listening"),
        Check::Healthcheck(_) => "healthcheck".to_owned(),
        Check::Tcp { port } => format!("tcp {port}"),
        Check::Http(check) => format!("http {}", check.path),
        Check::Log { .. } => "log".to_owned(),
        Check::Exec { .. } => "exec".to_owned(),
        Check::Running { .. } => "running".to_owned(),
        Check::Completed => "completed".to_owned(),
    }
}

/// What is said before the first answer.
fn waiting_for(checks: &[Check]) -> String {
    checks.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The last lines of the container's output, as far as the engine hands them out.
async fn last_lines(engine: &EngineHandle, container: &str) -> Vec<String> {
    let options = LogOptions {
        tail: Some(LOG_LINES),
        ..LogOptions::default()
    };
    let mut lines = Vec::new();
    let mut stream = engine.logs(container, options);
    let read = async {
        while let Some(Ok(line)) = stream.next().await {
            lines.push(plain(&line.text));
        }
    };
    // What came in time is shown.
    let _ = timeout(LOG_TIME, read).await;
    lines
}
