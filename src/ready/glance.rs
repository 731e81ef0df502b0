//! A look at a container that ran before: whether its checks hold, without a command in it.
//!
//! Most of the time nothing has changed, and a command in every container is what makes finding that out slow. Each
//! check has a cheaper form that is as honest: a connection or a conversation with the container's own address, or the
//! engine's own health check, if its last probe has just passed. What cannot be told so is left to the full wait; a
//! glance never says that something does *not* hold.

use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::reach::{dial, listed_address};
use super::talk::{self, Question, Verdict};
use super::wait::health_command;
use super::{Target, from_image, http, running};
use crate::catalog::{Proof, family};
use crate::engine::{ContainerDetail, ContainerState, ContainerSummary, EngineHandle};
use crate::stack::{Check, HealthTest, Healthcheck, HttpCheck};

/// How old the last passed probe of the engine's own health check may be: the time between two by default, and some
/// for the probe itself.
const FRESH: SignedDuration = SignedDuration::from_secs(35);
/// The longest that a glance may take; who needs longer is waited for properly.
const LIMIT: Duration = Duration::from_secs(3);

/// Whether every check is seen to hold.
pub(super) async fn holds(
    engine: &EngineHandle,
    target: &Target<'_>,
    seen: &ContainerSummary,
) -> bool {
    if seen.state != ContainerState::Running {
        return false;
    }
    let glance = Glance {
        engine,
        target,
        seen,
        detail: OnceCell::new(),
    };
    let all = stream::iter(target.checks).all(|check| glance.sees(check));
    timeout(LIMIT, all).await.unwrap_or(false)
}

struct Glance<'a> {
    engine: &'a EngineHandle,
    target: &'a Target<'a>,
    seen: &'a ContainerSummary,
    /// The container in full, if some check needs it.
    detail: OnceCell<Option<ContainerDetail>>,
}

impl Glance<'_> {
    fn sees<'a>(&'a self, check: &'a Check) -> BoxFuture<'a, bool> {
        async move {
            match check {
                Check::FromImage => match self.detail().await {
                    Some(detail) => self.sees(&from_image::check(detail)).await,
                    None => false,
                },
                Check::Healthcheck(health) => self.is_healthy(health).await,
                Check::Family(name) => self.is_proved(name, Proof::Serves).await,
                Check::Listening(name) => self.is_proved(name, Proof::Listens).await,
                Check::Tcp { port } => self.connect(*port).await.is_some(),
                Check::Http(check) => self.answers(check).await,
                Check::Running { during } => self.ran_for(*during).await,
                Check::Exec { .. } | Check::Log { .. } | Check::Completed => false,
            }
        }
        .boxed()
    }

    async fn detail(&self) -> Option<&ContainerDetail> {
        let look = async || self.engine.container(&self.seen.id).await.ok().flatten();
        self.detail.get_or_init(look).await.as_ref()
    }

    /// Connects with the container itself.
    async fn connect(&self, port: u16) -> Option<TcpStream> {
        let address = listed_address(self.seen)?;
        // Elsewhere that address may be another machine's.
        if !self.engine.info().await.ok()?.local {
            return None;
        }
        dial(address, port).await.ok()?
    }

    async fn is_proved(&self, name: &str, proof: Proof) -> bool {
        let Some(family) = family(name) else {
            return false;
        };
        let facts = self.target.facts;
        if family.conversation(proof, facts, "").is_none() {
            return false;
        }
        let Some(stream) = self.connect(family.port(facts)).await else {
            return false;
        };
        let question = Question {
            family,
            proof,
            facts,
        };
        talk::once(stream, question).await == Verdict::Proved
    }

    async fn answers(&self, check: &HttpCheck) -> bool {
        let port = match check.port {
            Some(port) => Some(port),
            None => self.detail().await.and_then(from_image::port),
        };
        let Some(port) = port else { return false };
        match self.connect(port).await {
            Some(stream) => http::once(stream, port, check).await,
            None => false,
        }
    }

    /// Whether the engine runs this very check, and its last probe has just passed. `healthy` alone is not enough: it
    /// stays for as many failures as the check allows.
    async fn is_healthy(&self, check: &Healthcheck) -> bool {
        if check.test == HealthTest::None {
            return true;
        }
        // The listing tells for nothing what most others would have to be asked for.
        if !self.seen.status.contains("(healthy)") {
            return false;
        }
        let Some(detail) = self.detail().await else {
            return false;
        };
        let own = detail.healthcheck.as_ref();
        let same =
            own.is_some_and(|own| health_command(own, detail) == health_command(check, detail));
        let passed = detail.health.as_ref().and_then(|health| health.passed);
        let fresh = passed.is_some_and(|at| Timestamp::now().duration_since(at) <= FRESH);
        let runs = detail.state == ContainerState::Running;
        runs && same && fresh
    }

    async fn ran_for(&self, during: Duration) -> bool {
        let local = self.engine.info().await.is_ok_and(|info| info.local);
        let detail = self.detail().await;
        detail.is_some_and(|detail| {
            detail.state == ContainerState::Running && running::ran_for(detail, local) >= during
        })
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use tokio_util::sync::CancellationToken;

    use crate::catalog::Facts;
    use crate::engine::fake::{Behaviour, CallKind, FakeEngine, FakeImage};
    use crate::engine::{ContainerSpec, Engine as _};
    use crate::event::EventSink;
    use crate::ready::{Crowd, Target, wait};
    use crate::stack::{Check, HealthTest, Healthcheck};

    #[tokio::test(start_paused = true)]
    async fn a_healthy_container_is_looked_at_and_no_command_is_run_in_it() {
        let image = FakeImage::new("app:1")
            .behaves(Behaviour::runs().healthy(std::time::Duration::from_secs(1)));
        let engine = FakeEngine::new().with_image(image);
        let check = Healthcheck {
            test: HealthTest::Cmd(vec!["true".to_owned()]),
            interval: None,
            timeout: None,
            retries: None,
            start_period: None,
            start_interval: None,
        };
        let mut spec = ContainerSpec::new("x", "app:1");
        spec.options.healthcheck = Some(check.clone());
        engine.create_container(&spec).await.expect("created");
        engine.start_container("x").await.expect("started");
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let seen = engine.containers(&[]).await.expect("listed").remove(0);
        engine.forget_calls();
        let target = Target {
            container: "x",
            service: "app",
            facts: Facts {
                image: "app:1",
                environment: &IndexMap::new(),
                command: &[],
            },
            checks: &[Check::Healthcheck(check)],
            seen: Some(&seen),
            crowd: &Crowd::default(),
            timeout: std::time::Duration::from_mins(1),
            span: None,
        };
        let (sink, _events) = EventSink::new();
        wait(&engine.handle(), &target, &sink, &CancellationToken::new())
            .await
            .expect("still ready");
        let calls: Vec<CallKind> = engine.calls().iter().map(|call| call.kind).collect();
        assert_eq!(calls, [CallKind::Container]);
    }
}
