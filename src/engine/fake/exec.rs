//! Commands in containers.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWrite, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::ExecAnswer;
use super::stream::receive;
use super::world::{Shared, World};
use crate::engine::{
    Attached, ContainerState, EngineError, ExecSpec, Output, OutputStream, Result,
};

/// How much input a command takes before its writer has to wait.
const PIPE: usize = 64 * 1024;

/// A command that was run.
pub(super) struct Exec {
    pub(super) container: String,
    pub(super) spec: ExecSpec,
    pub(super) input: Vec<u8>,
    pub(super) code: Option<i64>,
    /// The input of a command that does not read it: as with the real engine, its writer waits for ever.
    #[expect(dead_code, reason = "it is kept open, not read")]
    unread: Option<DuplexStream>,
}

/// A command that a test asks about.
#[derive(Debug, Clone)]
pub struct ExecRecord {
    /// The container's name.
    pub container: String,
    /// What was asked for.
    pub spec: ExecSpec,
    /// What it got on its standard input so far.
    pub input: Vec<u8>,
    /// Its exit code, once it has ended.
    pub code: Option<i64>,
}

/// Starts a command.
pub(super) fn run(shared: &Arc<Shared>, container: &str, spec: &ExecSpec) -> Result<Attached> {
    let line = spec.command.join(" ");
    let (sender, receiver) = mpsc::unbounded_channel();
    let (input, reader): (Box<dyn AsyncWrite + Send + Unpin>, _) = if spec.stdin {
        let (ours, theirs) = tokio::io::duplex(PIPE);
        (Box::new(ours), Some(theirs))
    } else {
        (Box::new(tokio::io::sink()), None)
    };
    let id = shared.change(|world| {
        let found = world.container(container)?;
        match found.state {
            ContainerState::Running => {}
            ContainerState::Paused => {
                return Err(EngineError::Conflict(format!(
                    "Container {container} is paused, unpause the container before exec"
                )));
            }
            _ => {
                return Err(EngineError::Conflict(format!(
                    "Container {} is not running",
                    found.id
                )));
            }
        }
        let (name, owner, run, started) = (
            found.name.clone(),
            found.id.clone(),
            found.run.clone(),
            found.started_at,
        );
        let age = world.clock.elapsed().saturating_sub(started);
        let answer = world.answer(&owner, &line, age);
        let id = world.new_id();
        let (reader, unread) = if answer.reads_input {
            (reader, None)
        } else {
            (None, reader)
        };
        world.execs.insert(
            id.clone(),
            Exec {
                container: name,
                spec: spec.clone(),
                input: Vec::new(),
                code: None,
                unread,
            },
        );
        let shared = Arc::clone(shared);
        let (exec, tty) = (id.clone(), spec.tty);
        tokio::spawn(async move {
            let code = tokio::select! {
                () = run.cancelled() => 137,
                () = act(&shared, &exec, &answer, reader, age) => answer.code,
            };
            if !run.is_cancelled() {
                for output in answer.output {
                    let output = Output {
                        stream: if tty {
                            OutputStream::Stdout
                        } else {
                            output.stream
                        },
                        bytes: output.bytes,
                    };
                    // Nobody has to listen to a command for it to run.
                    let _ = sender.send(Ok(output));
                }
            }
            shared.change(|world| {
                if let Some(exec) = world.execs.get_mut(&exec) {
                    exec.code = Some(code);
                }
            });
        });
        Ok(id)
    })?;
    Ok(Attached {
        id,
        input,
        output: receive(receiver).boxed(),
    })
}

/// Reads the input if it is to be read, and takes its time.
async fn act(
    shared: &Shared,
    exec: &str,
    answer: &ExecAnswer,
    reader: Option<DuplexStream>,
    age: Duration,
) {
    let work = async {
        if let Some(mut reader) = reader {
            let mut buffer = vec![0; PIPE];
            // A pipe whose writer is gone has ended.
            while let Ok(count @ 1..) = reader.read(&mut buffer).await {
                shared.change(|world| {
                    if let Some(exec) = world.execs.get_mut(exec) {
                        exec.input.extend_from_slice(&buffer[..count]);
                    }
                });
            }
        }
        if !answer.takes.is_zero() {
            sleep(answer.takes).await;
        }
    };
    let earliest = answer.not_before.saturating_sub(age);
    let wait = async {
        if !earliest.is_zero() {
            sleep(earliest).await;
        }
        if answer.hangs {
            std::future::pending::<()>().await;
        }
    };
    tokio::join!(work, wait);
}

impl World {
    /// The answer that holds for a command now.
    fn answer(&mut self, container: &str, line: &str, age: Duration) -> ExecAnswer {
        let Some(container) = self.containers.get_mut(container) else {
            return missing(line);
        };
        let found = container
            .behaviour
            .answers_to(line)
            .find(|(index, answer)| {
                let given = container.answered.get(index).copied().unwrap_or_default();
                answer.until.is_none_or(|until| age < until)
                    && answer.times.is_none_or(|times| given < times)
            })
            .map(|(index, answer)| (index, answer.clone()));
        match found {
            Some((index, answer)) => {
                *container.answered.entry(index).or_default() += 1;
                answer
            }
            None => missing(line),
        }
    }
}

/// What Docker answers when there is no such program: text on standard output and code 126.
fn missing(line: &str) -> ExecAnswer {
    let program = line.split(' ').next().unwrap_or_default();
    ExecAnswer::exits(126)
        .prints(&format!(
            "OCI runtime exec failed: exec failed: unable to start container process: exec: \"{program}\": executable \
             file not found in $PATH: unknown\r\n"
        ))
        .ignores_input()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::StreamExt as _;
    use tokio::io::AsyncWriteExt as _;
    use tokio::time::Instant;

    use crate::engine::fake::{Behaviour, ExecAnswer, FakeEngine, FakeImage};
    use crate::engine::{ContainerSpec, Engine as _, EngineError, ExecSpec};

    const SECOND: Duration = Duration::from_secs(1);

    async fn started(behaviour: Behaviour) -> FakeEngine {
        let engine = FakeEngine::new().with_image(FakeImage::new("app:1").behaves(behaviour));
        let spec = ContainerSpec::new("x", "app:1");
        engine.create_container(&spec).await.expect("creates");
        engine.start_container("x").await.expect("starts");
        engine
    }

    fn command(line: &str, stdin: bool) -> ExecSpec {
        ExecSpec {
            command: line.split(' ').map(str::to_owned).collect(),
            stdin,
            ..ExecSpec::default()
        }
    }

    async fn run(engine: &FakeEngine, line: &str) -> (i64, String) {
        let attached = engine
            .exec("x", &command(line, false))
            .await
            .expect("starts");
        let pieces: Vec<_> = attached.output.collect().await;
        let text = pieces
            .into_iter()
            .map(|piece| String::from_utf8_lossy(&piece.expect("output").bytes).into_owned())
            .collect();
        let code = engine
            .exec_exit_code(&attached.id)
            .await
            .expect("is known")
            .expect("has ended");
        (code, text)
    }

    #[tokio::test(start_paused = true)]
    async fn answers_follow_one_another() {
        let engine = started(
            Behaviour::runs()
                .answers("ping*", ExecAnswer::exits(2).prints("no").until(SECOND))
                .answers("ping*", ExecAnswer::exits(1).times(1))
                .answers("ping*", ExecAnswer::exits(0)),
        )
        .await;
        assert_eq!(run(&engine, "ping a").await, (2, "no".to_owned()));
        tokio::time::sleep(SECOND).await;
        assert_eq!(run(&engine, "ping a").await.0, 1);
        assert_eq!(run(&engine, "ping a").await.0, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_can_wait_for_the_age_of_the_container() {
        let answer = ExecAnswer::exits(0).not_before(SECOND * 3);
        let engine = started(Behaviour::runs().answers("wait", answer)).await;
        tokio::time::sleep(SECOND).await;
        let before = Instant::now();
        assert_eq!(run(&engine, "wait").await.0, 0);
        assert_eq!(before.elapsed(), SECOND * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn input_is_kept() {
        let engine =
            started(Behaviour::runs().answers("psql", ExecAnswer::exits(0).prints("ok"))).await;
        let mut attached = engine
            .exec("x", &command("psql", true))
            .await
            .expect("starts");
        attached.input.write_all(b"select 1").await.expect("writes");
        attached.input.shutdown().await.expect("closes");
        assert_eq!(attached.output.count().await, 1);
        assert_eq!(engine.execs()[0].input, b"select 1");
    }

    #[tokio::test(start_paused = true)]
    async fn a_program_that_is_not_there_answers_on_standard_output() {
        let engine = started(Behaviour::runs()).await;
        let (code, text) = run(&engine, "nope -x").await;
        assert_eq!(code, 126);
        assert!(text.contains("exec: \"nope\": executable file not found"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_dies_with_its_container() {
        let engine = started(Behaviour::runs().answers("hang", ExecAnswer::hangs())).await;
        let attached = engine
            .exec("x", &command("hang", false))
            .await
            .expect("starts");
        engine
            .kill_container("x", "SIGKILL")
            .await
            .expect("is killed");
        assert_eq!(attached.output.count().await, 0);
        let code = engine.exec_exit_code(&attached.id).await.expect("known");
        assert_eq!(code, Some(137));
        let refused = engine.exec("x", &command("hang", false)).await.err();
        assert!(matches!(refused, Some(EngineError::Conflict(_))));
    }
}
