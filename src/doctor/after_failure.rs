//! Looks into failed steps: collects evidence, then asks the diagnoses.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use indexmap::IndexMap;

use super::checks;
use super::network_held::network_held;
use super::{
    EndedContainer, Machine, MissingImage, PortHolder, TakenPort, container_holding, disk_full,
    explain_end, explain_start, image_missing, port_taken, process_holding, tags,
};
use crate::catalog::ImageName;
use crate::diagnostic::Diagnostic;
use crate::engine::{EngineError, EngineHandle, LogOptions};
use crate::execute::{Diagnose, Failure, StepError};
use crate::plan::{Action, Step, title};
use crate::ready::Reason;
use crate::source::Span;
use crate::stack::{HostPort, Stack};

/// How long a diagnosis may take: a person waits.
const LIMIT: Duration = Duration::from_secs(2);
/// So much of a server's log is looked at.
const LAST_LINES: u64 = 50;
/// How far a free port is looked for.
const NEARBY: u16 = 50;

/// Looks into failed steps, with the manifest at hand if there is one.
#[derive(Debug, Clone)]
pub struct Doctor {
    stack: Option<Arc<Stack>>,
}

impl Doctor {
    /// A doctor for the runs of a stack.
    pub fn new(stack: Option<Arc<Stack>>) -> Self {
        Self { stack }
    }

    async fn examine(&self, failure: Failure<'_>, first: &Diagnostic) -> Option<Diagnostic> {
        let step = failure.step;
        let place = step.origin.as_ref();
        let words = failure.error.to_string();
        let lines = first.evidence.iter().flat_map(|evidence| &evidence.lines);
        let log = match (failure.error, &step.action) {
            // The server may have gone down over it, and then its client knows only that it is gone.
            (StepError::Seed(_), Action::ApplySeeds(work)) => {
                last_words(failure.engine, &work.container).await
            }
            _ => Vec::new(),
        };
        let texts = lines
            .chain(&log)
            .map(String::as_str)
            .chain([words.as_str(), first.message.as_str()]);
        let attempted = format!("to {}", title(&step.action));
        if let Some(mut full) = disk_full(&attempted, texts, place) {
            full.evidence.extend(first.evidence.iter().cloned());
            return Some(full);
        }
        match failure.error {
            StepError::Engine(_) => self.refused(failure, &words).await,
            StepError::Pull {
                from_mirror,
                from_registry,
                ..
            } => {
                let Action::PullImage { image, mirror, .. } = &step.action else {
                    return None;
                };
                // Where a mirror is set the registry is often out of reach: the mirror's word counts, unless only
                // the registry answered at all.
                let answer = match (mirror, from_mirror) {
                    (Some(mirror), Some(error))
                        if !error.is_transient() || from_registry.is_transient() =>
                    {
                        (Some(mirror), error)
                    }
                    _ => (None, from_registry),
                };
                let (mirror, error) = (answer.0.map(String::as_str), answer.1.to_string());
                if let Some(told) = kept_from(failure.engine, image, mirror, answer.1, place).await
                {
                    return Some(told);
                }
                let told = pull_failed(image, mirror, &error, place).await?;
                Some(if mirror.is_some() {
                    told.note(format!("its own registry was asked too: {from_registry}"))
                } else {
                    first.notes.iter().cloned().fold(told, Diagnostic::note)
                })
            }
            StepError::NotReady(not_ready) => match &not_ready.reason {
                Reason::Ended {
                    code,
                    out_of_memory,
                    ..
                } => Some(self.ended(step, *code, *out_of_memory, &not_ready.log, first)),
                _ => None,
            },
            StepError::Died { code, log } => Some(self.ended(step, Some(*code), false, log, first)),
            _ => None,
        }
    }

    async fn refused(&self, failure: Failure<'_>, words: &str) -> Option<Diagnostic> {
        let step = failure.step;
        if let Some(taken) = TakenPort::parse(words) {
            let holder = holder(failure.engine, taken, step).await;
            let project = self.stack.as_ref().map_or("", |stack| stack.name.as_str());
            let place = self.port_place(step, taken.port).or(step.origin.as_ref());
            return Some(port_taken(taken, &holder, project, place, free_near(taken)));
        }
        if let (Action::RemoveNetwork { name }, StepError::Engine(error)) =
            (&step.action, failure.error)
            && error.is_network_in_use()
        {
            let holders = attached(failure.engine, name).await?;
            return Some(network_held(name, &holders));
        }
        let service = step.service.as_deref().unwrap_or_default();
        let told = explain_start(service, words)?;
        Some(told.maybe_at(step.origin.as_ref(), ""))
    }

    /// Where the manifest publishes a port for the step's service.
    fn port_place(&self, step: &Step, host: u16) -> Option<&Span> {
        let service = self
            .stack
            .as_ref()?
            .services
            .get(step.service.as_deref()?)?;
        let port = service.ports.iter().find(|port| match port.host {
            HostPort::Fixed(fixed) => fixed == host,
            HostPort::Range(first, last) => (first..=last).contains(&host),
            HostPort::Stable | HostPort::From(_) | HostPort::Any => false,
        })?;
        Some(&port.span)
    }

    fn ended(
        &self,
        step: &Step,
        code: Option<i64>,
        out_of_memory: bool,
        log: &[String],
        first: &Diagnostic,
    ) -> Diagnostic {
        let none = IndexMap::new();
        let service = step.service.as_deref().unwrap_or_default();
        let environment = self
            .stack
            .as_ref()
            .and_then(|stack| stack.services.get(service))
            .map_or(&none, |service| &service.container.environment);
        let ended = EndedContainer {
            service,
            code,
            out_of_memory,
            log,
            environment,
        };
        explain_end(first.clone(), ended)
    }
}

#[async_trait]
impl Diagnose for Doctor {
    async fn diagnose(&self, failure: Failure<'_>) -> Diagnostic {
        let first = failure.error.diagnostic(failure.step);
        match tokio::time::timeout(LIMIT, self.examine(failure, &first)).await {
            Ok(Some(found)) => with_room(failure.engine, found).await,
            Ok(None) => with_room(failure.engine, first).await,
            // What the step itself knows is better than to let a person wait.
            Err(_) => first,
        }
    }
}

/// Who holds a port: a container of the engine, or a process if the engine is on this machine.
async fn holder(engine: &EngineHandle, taken: TakenPort, step: &Step) -> PortHolder {
    let mut listing = engine.containers(&[]).await.unwrap_or_default();
    if let Action::StartContainer { container } = &step.action {
        listing.retain(|other| other.name != *container);
    }
    if let Some(holder) = container_holding(taken, &listing) {
        return holder;
    }
    if !engine.info().await.is_ok_and(|info| info.local) {
        return PortHolder::Unknown;
    }
    tokio::task::spawn_blocking(move || process_holding(taken, Path::new("/proc")))
        .await
        .unwrap_or(PortHolder::Unknown)
}

/// The containers on a network that run; nothing if the engine does not say.
async fn attached(engine: &EngineHandle, network: &str) -> Option<Vec<String>> {
    let listing = engine.containers(&[]).await.ok()?;
    let on_it = listing
        .into_iter()
        .filter(|container| container.networks.contains_key(network) && container.state.is_up());
    Some(on_it.map(|container| container.name).collect())
}

/// Adds to whatever failed that the engine's disk is full, if it is: what a program last said may have had no room either.
async fn with_room(engine: &EngineHandle, told: Diagnostic) -> Diagnostic {
    let measured = tokio::time::timeout(LIMIT, async {
        let info = engine.info().await.ok()?;
        let space = checks::measure(&info, &Machine::this(None)).await?;
        checks::full(space, &info.root).filter(Diagnostic::is_error)
    });
    let Some(full) = measured.await.ok().flatten() else {
        return told;
    };
    let mut told = told.note(full.message);
    told.fix = told.fix.or(full.fix);
    told
}

/// The last lines of a container's log; none if the engine does not give them.
async fn last_words(engine: &EngineHandle, container: &str) -> Vec<String> {
    let options = LogOptions {
        tail: Some(LAST_LINES),
        ..LogOptions::default()
    };
    let lines = engine.logs(container, options);
    lines
        .filter_map(|line| std::future::ready(line.ok().map(|line| line.text)))
        .collect()
        .await
}

/// What keeps the engine from a registry as a whole, whatever the image: a login that is refused, a wrong clock.
async fn kept_from(
    engine: &EngineHandle,
    image: &str,
    mirror: Option<&str>,
    error: &EngineError,
    place: Option<&Span>,
) -> Option<Diagnostic> {
    let words = error.to_string();
    if ["expired", "not yet valid"]
        .iter()
        .any(|known| words.contains(known))
    {
        let lead = engine.info().await.ok()?.clock_lead;
        let told = checks::skewed("the engine's clock", lead)?;
        return Some(
            told.maybe_at(place, "is wanted here")
                .evidence("registry", vec![words]),
        );
    }
    if matches!(error, EngineError::Denied(_)) {
        let name = ImageName::parse(mirror.unwrap_or(image))?;
        let refusal = engine.ask_registry(name.registry()).await.err()?;
        let denied = matches!(refusal, EngineError::Denied(_));
        return denied
            .then(|| checks::refused(name.registry(), &refusal).maybe_at(place, "is wanted here"));
    }
    None
}

/// A port above the taken one that can be bound now.
pub(super) fn free_near(taken: TakenPort) -> Option<u16> {
    let address = if taken.address.is_unspecified() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED)
    } else {
        taken.address
    };
    let first = taken.port.checked_add(1)?;
    let last = taken.port.saturating_add(NEARBY);
    (first..=last).find(|&port| TcpListener::bind(SocketAddr::new(address, port)).is_ok())
}

/// Asks the registry that answered which tags it has. `mirror` is the image's name there, if a mirror answered.
async fn pull_failed(
    image: &str,
    mirror: Option<&str>,
    words: &str,
    place: Option<&Span>,
) -> Option<Diagnostic> {
    let asked = ImageName::parse(mirror.unwrap_or(image));
    let tags = match &asked {
        Some(name) => tags(name).await,
        None => None,
    };
    image_missing(MissingImage {
        reference: image,
        mirror: asked
            .as_ref()
            .filter(|_| mirror.is_some())
            .map(ImageName::registry),
        words,
        tags: tags.as_deref(),
        place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::{Behaviour, FakeEngine, FakeImage};
    use crate::engine::{ContainerSpec, EndpointSpec, Engine as _, NetworkSpec, PortSpec};
    use crate::event::StepId;
    use crate::plan::Labels;
    use crate::stack::Protocol;

    fn step(action: Action) -> Step {
        Step {
            id: StepId(0),
            service: Some("web".to_owned()),
            action,
            needs: Vec::new(),
            after: Vec::new(),
            only_if: None,
            reason: String::new(),
            origin: None,
        }
    }

    async fn diagnose(engine: &EngineHandle, step: &Step, error: &StepError) -> Diagnostic {
        let failure = Failure {
            engine,
            step,
            error,
        };
        Doctor::new(None).diagnose(failure).await
    }

    fn published(name: &str, host: u16) -> ContainerSpec {
        let mut spec = ContainerSpec::new(name, "nginx:1");
        spec.ports.push(PortSpec {
            target: 80,
            protocol: Protocol::Tcp,
            address: "127.0.0.1".to_owned(),
            host,
            host_end: None,
        });
        spec
    }

    /// Starts `web`, which must fail, and diagnoses that.
    async fn start_web(engine: &FakeEngine, port: u16) -> Diagnostic {
        let engine = engine.handle();
        let spec = published("shop-web-1", port);
        engine.create_container(&spec).await.expect("creates");
        let error = engine.start_container(&spec.name).await;
        let error = StepError::Engine(error.expect_err("the port is taken"));
        let container = spec.name;
        diagnose(&engine, &step(Action::StartContainer { container }), &error).await
    }

    #[tokio::test]
    async fn names_the_container_that_holds_the_port() {
        let engine = FakeEngine::new().with_image(FakeImage::new("nginx:1"));
        let mut other = published("blog-web-1", 8080);
        other
            .labels
            .insert(Labels::PROJECT.to_owned(), "blog".to_owned());
        let handle = engine.handle();
        handle.create_container(&other).await.expect("creates");
        handle.start_container(&other.name).await.expect("starts");
        let told = start_web(&engine, 8080).await;
        assert_eq!(
            told.message,
            "port 8080 is taken, by container `blog-web-1` of project `blog`"
        );
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn names_the_process_that_holds_the_port() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let engine = FakeEngine::new().with_image(FakeImage::new("nginx:1"));
        engine.occupy_port(port);
        let told = start_web(&engine, port).await;
        let pid = format!("(pid {})", std::process::id());
        assert!(told.message.ends_with(&pid), "{}", told.message);
    }

    #[tokio::test]
    async fn tells_a_full_disk_whatever_failed_for_it() {
        let error = StepError::Build {
            source: EngineError::Stream("the build returned 1".to_owned()),
            output: vec!["cp: write error: No space left on device".to_owned()],
        };
        let container = "shop-web-1".to_owned();
        let step = step(Action::StartContainer { container });
        let told = diagnose(&FakeEngine::new().handle(), &step, &error).await;
        assert!(told.message.starts_with("the engine's disk is full"));
    }

    #[tokio::test]
    async fn believes_the_mirror_where_the_registry_is_out_of_reach() {
        let step = step(Action::PullImage {
            image: "postgres:99".to_owned(),
            mirror: Some("127.0.0.1:1/library/postgres:99".to_owned()),
            platform: None,
        });
        let words = "dial tcp: lookup registry-1.docker.io: no such host";
        let error = StepError::Pull {
            from_mirror: Some(EngineError::NotFound("manifest unknown".to_owned())),
            from_registry: EngineError::Stream(words.to_owned()),
            attempts: 1,
        };
        let told = diagnose(&FakeEngine::new().handle(), &step, &error).await;
        assert_eq!(
            told.message,
            "the mirror `127.0.0.1:1` has no image `postgres:99`, or hides it"
        );
        assert_eq!(
            told.notes,
            [format!("its own registry was asked too: {words}")]
        );
    }

    #[tokio::test]
    async fn tells_which_container_keeps_a_network() {
        let engine =
            FakeEngine::new().with_image(FakeImage::new("db:1").behaves(Behaviour::runs()));
        let network = NetworkSpec {
            name: "shop_default".to_owned(),
            ..NetworkSpec::default()
        };
        engine.create_network(&network).await.expect("a network");
        let mut spec = ContainerSpec::new("guest", "db:1");
        spec.network_mode.clone_from(&network.name);
        spec.networks
            .insert(network.name.clone(), EndpointSpec::default());
        engine.create_container(&spec).await.expect("created");
        engine.start_container("guest").await.expect("started");
        let refused = engine.remove_network(&network.name).await;
        let error = StepError::Engine(refused.expect_err("it is in use"));
        let step = step(Action::RemoveNetwork { name: network.name });
        let told = diagnose(&engine.handle(), &step, &error).await;
        assert!(told.message.contains("`guest` uses it"), "{told:?}");
    }

    #[tokio::test]
    async fn leaves_alone_what_it_does_not_know() {
        let error = StepError::Engine(EngineError::Conflict("odd".to_owned()));
        let container = "shop-web-1".to_owned();
        let step = step(Action::StartContainer { container });
        let told = diagnose(&FakeEngine::new().handle(), &step, &error).await;
        assert_eq!(told, error.diagnostic(&step));
    }
}
