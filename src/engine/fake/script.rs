//! What a test tells the fake engine, and asks of it.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::call::peak;
use super::exec::ExecRecord;
use super::image::canonical;
use super::world::Fault;
use super::{Behaviour, Call, CallKind, FakeBuild, FakeEngine, FakeImage};
use crate::engine::{EngineError, OutputStream};

impl FakeEngine {
    /// The engine has this image.
    #[must_use]
    pub fn with_image(self, image: FakeImage) -> Self {
        self.add_image(image);
        self
    }

    /// A registry has this image; the engine does not.
    #[must_use]
    pub fn with_remote_image(self, image: FakeImage) -> Self {
        self.publish(image);
        self
    }

    /// A build with this tag goes so.
    #[must_use]
    pub fn with_build(self, tag: &str, build: FakeBuild) -> Self {
        self.shared.world().builds.insert(canonical(tag), build);
        self
    }

    /// The container of this name behaves so, whatever its image.
    #[must_use]
    pub fn with_behaviour(self, container: &str, behaviour: Behaviour) -> Self {
        self.behave(container, behaviour);
        self
    }

    /// Every call of this kind takes so long.
    #[must_use]
    pub fn with_delay(self, kind: CallKind, time: Duration) -> Self {
        self.shared.world().delays.insert(kind, time);
        self
    }

    /// Gives the engine an image.
    pub fn add_image(&self, image: FakeImage) {
        let reference = image.reference.clone();
        self.shared
            .change(|world| world.take_image(image, &reference));
    }

    /// Gives a registry an image, in place of an older one of that name.
    pub fn publish(&self, image: FakeImage) {
        let name = canonical(&image.reference);
        self.shared.world().registry.insert(name, image);
    }

    /// Containers of this name that are created from now on behave so.
    pub fn behave(&self, container: &str, behaviour: Behaviour) {
        self.shared
            .world()
            .behaviours
            .insert(container.to_owned(), behaviour);
    }

    /// Something outside the engine holds this host port.
    pub fn occupy_port(&self, port: u16) {
        self.shared.world().foreign_ports.insert(port);
    }

    /// The next call of this kind fails; told twice, the next two do.
    pub fn fail_next(&self, kind: CallKind, error: EngineError) {
        self.fault(kind, None, error);
    }

    /// The next call of this kind about this subject fails.
    pub fn fail_next_about(&self, kind: CallKind, subject: &str, error: EngineError) {
        self.fault(kind, Some(subject.to_owned()), error);
    }

    fn fault(&self, kind: CallKind, subject: Option<String>, error: EngineError) {
        self.shared.world().faults.push(Fault {
            kind,
            subject,
            error,
        });
    }

    /// The engine goes away: streams break off, calls find nobody. Containers live on.
    pub fn go_away(&self) {
        self.shared.gone.send_replace(true);
    }

    /// The engine is there again.
    pub fn come_back(&self) {
        self.shared.gone.send_replace(false);
    }

    /// A running container ends with this code, as if by itself: its restart policy applies.
    pub fn crash(&self, container: &str, code: i64) {
        if let Ok(container) = self.shared.world().container(container) {
            container.crash.send_replace(Some(code));
        }
    }

    /// A container prints a line now.
    pub fn print(&self, container: &str, line: &str) {
        self.shared.change(|world| {
            let now = world.clock.now();
            if let Ok(container) = world.container(container) {
                container.print(now, OutputStream::Stdout, line);
            }
        });
    }

    /// The engine's own health check of a container turns to this status now.
    pub fn set_health(&self, container: &str, status: &str) {
        self.shared.change(|world| {
            if let Some(id) = world.container_id(container) {
                world.set_health(&id, status, "");
            }
        });
    }

    /// The engine's date.
    pub fn now(&self) -> Timestamp {
        self.shared.world().clock.now()
    }

    /// Everything that was asked so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.world().calls.clone()
    }

    /// The calls that change something, each as `kind subject`, in order.
    pub fn changes(&self) -> Vec<String> {
        let world = self.shared.world();
        let changes = world.calls.iter().filter(|call| call.kind.changes());
        changes.map(ToString::to_string).collect()
    }

    /// The subjects of the calls of one kind, in order.
    pub fn subjects(&self, kind: CallKind) -> Vec<String> {
        let world = self.shared.world();
        let calls = world.calls.iter().filter(|call| call.kind == kind);
        calls.map(|call| call.subject.clone()).collect()
    }

    /// How many calls of this kind ran at one time, at most.
    pub fn peak(&self, kind: CallKind) -> usize {
        let world = self.shared.world();
        peak(world.calls.iter().filter(|call| call.kind == kind))
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.shared.world().calls.clear();
    }

    /// Every command that was run, in order.
    pub fn execs(&self) -> Vec<ExecRecord> {
        let world = self.shared.world();
        let execs = world.execs.values();
        execs
            .map(|exec| ExecRecord {
                container: exec.container.clone(),
                spec: exec.spec.clone(),
                input: exec.input.clone(),
                code: exec.code,
            })
            .collect()
    }

    /// What a container got on its own standard input.
    pub fn input(&self, container: &str) -> Vec<u8> {
        let mut world = self.shared.world();
        world
            .container(container)
            .map(|container| container.input.clone())
            .unwrap_or_default()
    }

    /// Waits until something holds that changes with containers, logs or commands.
    ///
    /// # Errors
    /// If it does not hold after `limit`.
    pub async fn wait_until(
        &self,
        limit: Duration,
        mut holds: impl FnMut(&Self) -> bool,
    ) -> Result<(), tokio::time::error::Elapsed> {
        let mut changed = self.shared.changed.subscribe();
        let deadline = Instant::now() + limit;
        tokio::time::timeout_at(deadline, async {
            while !holds(self) {
                if changed.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        })
        .await
    }
}
