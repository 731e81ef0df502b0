//! The life of a container: start, what its script says, end, restart.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::behaviour::{Behaviour, Stop, What};
use super::run_state::End;
use super::world::Shared;
use crate::engine::{ContainerState, EngineError, EngineEventKind, Result};

/// The exit code after `SIGKILL`.
const KILLED: i64 = 137;
/// Docker's first wait before a restart; it doubles each time.
const FIRST_RESTART: Duration = Duration::from_millis(100);
/// Docker's longest wait before a restart.
const LAST_RESTART: Duration = Duration::from_mins(1);

/// Starts a container; one that runs is left alone.
pub(super) fn start(shared: &Arc<Shared>, container: &str) -> Result<()> {
    shared.change(|world| {
        let (id, life) = {
            let container = world.container(container)?;
            if container.runs() {
                return Ok(());
            }
            container.life.cancel();
            container.life = CancellationToken::new();
            container.restarts = 0;
            (container.id.clone(), container.life.clone())
        };
        world.begin(&id)?;
        tokio::spawn(live(Arc::clone(shared), id, life));
        Ok(())
    })
}

/// Stops a container: its stop signal, then `SIGKILL` after `grace`.
pub(super) async fn stop(shared: &Shared, container: &str, grace: Option<Duration>) -> Result<()> {
    let (id, run, stop, grace) = {
        let found = shared.change(|world| {
            let container = world.container(container)?;
            container.life.cancel();
            if container.state == ContainerState::Restarting {
                container.state = ContainerState::Exited;
            }
            if !container.runs() {
                return Ok(None);
            }
            let found = (
                container.id.clone(),
                container.run.clone(),
                container.behaviour.stop,
                grace.unwrap_or(container.stop_timeout),
            );
            world.tell(&found.0, EngineEventKind::Other("kill".to_owned()));
            Ok(Some(found))
        })?;
        match found {
            Some(found) => found,
            None => return Ok(()),
        }
    };
    let (wait, code) = match stop {
        Stop::Exits { after, code } if after <= grace => (after, code),
        Stop::Exits { .. } | Stop::Ignores => (grace, KILLED),
    };
    tokio::select! {
        () = run.cancelled() => {}
        () = sleep(wait) => shared.change(|world| world.end(&id, &run, End { code, oom: false })),
    }
    shared.change(|world| world.tell(&id, EngineEventKind::Other("stop".to_owned())));
    Ok(())
}

/// Sends a signal: `SIGKILL` ends it, the stop signals are taken as its behaviour says, others do nothing.
pub(super) fn kill(shared: &Arc<Shared>, container: &str, signal: &str) -> Result<()> {
    let signal = signal.strip_prefix("SIG").unwrap_or(signal).to_owned();
    shared.change(|world| {
        let found = world.container(container)?;
        if !found.runs() {
            return Err(EngineError::Conflict(format!(
                "Cannot kill container: {container}: Container {} is not running",
                found.id
            )));
        }
        let (id, run, stop) = (found.id.clone(), found.run.clone(), found.behaviour.stop);
        let ends = match (signal.as_str(), stop) {
            ("KILL" | "9", _) => Some((Duration::ZERO, KILLED)),
            ("TERM" | "15" | "INT" | "2" | "QUIT" | "3", Stop::Exits { after, code }) => {
                Some((after, code))
            }
            _ => None,
        };
        if ends.is_some() {
            found.life.cancel();
        }
        world.tell(&id, EngineEventKind::Other("kill".to_owned()));
        match ends {
            Some((Duration::ZERO, code)) => world.end(&id, &run, End { code, oom: false }),
            Some((after, code)) => {
                let shared = Arc::clone(shared);
                tokio::spawn(async move {
                    tokio::select! {
                        () = run.cancelled() => {}
                        () = sleep(after) => {
                            shared.change(|world| world.end(&id, &run, End { code, oom: false }));
                        }
                    }
                });
            }
            None => {}
        }
        Ok(())
    })
}

/// Removes a container, by force if it runs.
pub(super) fn remove(shared: &Shared, container: &str, volumes: bool) {
    shared.change(|world| {
        let Ok(found) = world.container(container) else {
            return;
        };
        found.life.cancel();
        let (id, run, runs) = (found.id.clone(), found.run.clone(), found.runs());
        if runs {
            world.tell(&id, EngineEventKind::Other("kill".to_owned()));
            let end = End {
                code: KILLED,
                oom: false,
            };
            world.end(&id, &run, end);
        }
        world.tell(&id, EngineEventKind::Destroy);
        let Some(gone) = world.containers.shift_remove(&id) else {
            return;
        };
        for name in gone.mounts.iter().filter_map(|mount| mount.name.as_ref()) {
            let anonymous = world.volumes.get(name).is_some_and(|v| v.anonymous);
            if volumes && anonymous && world.users(name).is_empty() {
                world.volumes.shift_remove(name);
            }
        }
    });
}

/// Plays a container's script from start to end, and again if its restart policy says so.
async fn live(shared: Arc<Shared>, id: String, life: CancellationToken) {
    for attempt in 0_u32.. {
        let Some((run, behaviour, mut crash)) = shared
            .world()
            .containers
            .get(&id)
            .map(|c| (c.run.clone(), c.behaviour.clone(), c.crash.subscribe()))
        else {
            return;
        };
        let crashed = async {
            match crash.wait_for(Option::is_some).await.map(|code| *code) {
                Ok(Some(code)) => End { code, oom: false },
                _ => std::future::pending().await,
            }
        };
        let end = tokio::select! {
            () = run.cancelled() => return,
            end = crashed => end,
            end = play(&shared, &id, &behaviour) => end,
        };
        let again = shared.change(|world| {
            world.end(&id, &run, end);
            world.restarts(&id, end.code)
        });
        if !again {
            return;
        }
        let wait = FIRST_RESTART.saturating_mul(1 << attempt.min(10));
        tokio::select! {
            () = life.cancelled() => return,
            () = sleep(wait.min(LAST_RESTART)) => {}
        }
        let begun = shared.change(|world| {
            let still = !life.is_cancelled();
            if let Some(container) = world.containers.get_mut(&id) {
                container.restarts += 1;
            }
            still && world.begin(&id).is_ok()
        });
        if !begun {
            return;
        }
    }
}

/// Does what the script says, until the script ends it.
async fn play(shared: &Shared, id: &str, behaviour: &Behaviour) -> End {
    let began = Instant::now();
    for moment in behaviour.moments() {
        if !moment.after.is_zero() {
            sleep_until(began + moment.after).await;
        }
        match &moment.what {
            What::Print(stream, text) => shared.change(|world| {
                let now = world.clock.now();
                if let Some(container) = world.containers.get_mut(id) {
                    container.print(now, *stream, text);
                }
            }),
            What::Health { healthy, output } => {
                let status = if *healthy { "healthy" } else { "unhealthy" };
                shared.change(|world| world.set_health(id, status, output));
            }
            What::Exit(code) => {
                return End {
                    code: *code,
                    oom: false,
                };
            }
            What::OutOfMemory => {
                shared.change(|world| world.tell(id, EngineEventKind::OutOfMemory));
                return End {
                    code: KILLED,
                    oom: true,
                };
            }
        }
    }
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::StreamExt as _;
    use tokio::time::Instant;

    use crate::engine::fake::{Behaviour, FakeEngine, FakeImage};
    use crate::engine::{ContainerSpec, ContainerState, Engine as _, EngineEventKind, PortSpec};
    use crate::stack::{Protocol, RestartPolicy};

    const SECOND: Duration = Duration::from_secs(1);

    async fn started(behaviour: Behaviour, change: impl FnOnce(&mut ContainerSpec)) -> FakeEngine {
        let engine = FakeEngine::new().with_image(FakeImage::new("app:1").behaves(behaviour));
        let mut spec = ContainerSpec::new("x", "app:1");
        change(&mut spec);
        engine.create_container(&spec).await.expect("creates");
        engine.start_container("x").await.expect("starts");
        engine
    }

    #[tokio::test(start_paused = true)]
    async fn a_container_ends_as_its_script_says() {
        let engine = started(Behaviour::exits(3, SECOND * 5), |_| {}).await;
        let before = Instant::now();
        assert_eq!(engine.wait_container("x").await.expect("ends"), 3);
        assert_eq!(before.elapsed(), SECOND * 5);
        let detail = engine
            .container("x")
            .await
            .expect("answers")
            .expect("is there");
        assert_eq!(detail.state, ContainerState::Exited);
        assert_eq!(detail.exit_code, Some(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_container_that_ignores_its_stop_signal_is_killed_after_the_grace() {
        let engine = started(Behaviour::runs().ignores_stop(), |_| {}).await;
        let before = Instant::now();
        engine
            .stop_container("x", Some(SECOND * 2))
            .await
            .expect("stops");
        assert_eq!(before.elapsed(), SECOND * 2);
        assert_eq!(engine.wait_container("x").await.expect("ended"), 137);
    }

    #[tokio::test(start_paused = true)]
    async fn events_come_in_dockers_order() {
        let engine = FakeEngine::new().with_image(FakeImage::new("app:1"));
        let events = engine.events(&[]);
        engine
            .create_container(&ContainerSpec::new("x", "app:1"))
            .await
            .expect("creates");
        engine.start_container("x").await.expect("starts");
        engine.stop_container("x", None).await.expect("stops");
        engine.remove_container("x", true).await.expect("removes");
        let kinds: Vec<_> = events
            .take(6)
            .map(|event| event.expect("an event").kind)
            .collect()
            .await;
        let other = |name: &str| EngineEventKind::Other(name.to_owned());
        assert_eq!(
            kinds,
            [
                EngineEventKind::Create,
                EngineEventKind::Start,
                other("kill"),
                EngineEventKind::Die(0),
                other("stop"),
                EngineEventKind::Destroy,
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_restart_policy_starts_it_again_with_growing_waits() {
        let engine = started(Behaviour::exits(1, SECOND), |spec| {
            spec.options.restart = RestartPolicy::OnFailure(Some(2));
        })
        .await;
        let before = Instant::now();
        engine
            .wait_until(SECOND * 60, |engine| {
                let mut world = engine.shared.world();
                let container = world.container("x").expect("is there");
                container.restarts == 2 && container.state == ContainerState::Exited
            })
            .await
            .expect("gives up");
        assert_eq!(before.elapsed(), SECOND * 3 + Duration::from_millis(300));
    }

    #[tokio::test(start_paused = true)]
    async fn stopping_ends_the_restarts() {
        let engine = started(Behaviour::exits(1, SECOND), |spec| {
            spec.options.restart = RestartPolicy::Always;
        })
        .await;
        tokio::time::sleep(SECOND + Duration::from_millis(50)).await;
        let state = |engine: &FakeEngine| {
            let mut world = engine.shared.world();
            world.container("x").expect("is there").state
        };
        assert_eq!(state(&engine), ContainerState::Restarting);
        engine.stop_container("x", None).await.expect("stops");
        tokio::time::sleep(SECOND * 10).await;
        assert_eq!(state(&engine), ContainerState::Exited);
    }

    #[tokio::test(start_paused = true)]
    async fn a_taken_port_refuses_the_start_in_dockers_words() {
        let port = PortSpec {
            target: 80,
            protocol: Protocol::Tcp,
            address: "127.0.0.1".to_owned(),
            host: 8080,
            host_end: None,
        };
        let engine = started(Behaviour::runs(), |spec| spec.ports.push(port.clone())).await;
        let mut spec = ContainerSpec::new("y", "app:1");
        spec.ports.push(port);
        engine.create_container(&spec).await.expect("creates");
        let error = engine.start_container("y").await.expect_err("is refused");
        assert!(
            error
                .to_string()
                .ends_with("Bind for 127.0.0.1:8080 failed: port is already allocated"),
            "{error}"
        );
        engine.stop_container("x", None).await.expect("stops");
        engine.start_container("y").await.expect("the port is free");
    }
}
