//! Builds: contexts, progress, failures, and what the classic builder does not understand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use devstack::company::CompanyCertificates;
use devstack::engine::{BuildProgress, BuildRequest, Engine, EngineError, Result};
use devstack::source::Source;
use devstack::stack::{Build, BuildContext, BuildFile};
use futures_util::{StreamExt, TryStreamExt};
use indexmap::IndexMap;
use tempfile::TempDir;

use crate::sandbox::{Sandbox, resident};

fn build(context: &Path, dockerfile: BuildFile) -> Build {
    Build {
        context: BuildContext::Folder(context.to_owned()),
        dockerfile,
        args: IndexMap::new(),
        target: None,
        tags: Vec::new(),
        labels: IndexMap::new(),
        cache_from: Vec::new(),
        network: None,
        extra_hosts: Vec::new(),
        shm_size: None,
        platform: None,
        pull: false,
        no_cache: true,
        additional_contexts: IndexMap::new(),
        secrets: IndexMap::new(),
        ssh: Vec::new(),
        span: Source::new("devstack.yaml", "build: .").span(0, 8),
    }
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }
    folder
}

/// An image to be built.
struct Built<'a> {
    sandbox: &'a Sandbox,
    tag: String,
}

impl<'a> Built<'a> {
    fn new(sandbox: &'a Sandbox) -> Self {
        Self {
            sandbox,
            tag: sandbox.image_name(),
        }
    }

    fn request(&self, build: Build) -> BuildRequest {
        BuildRequest {
            tag: self.tag.clone(),
            build,
            labels: vec![self.sandbox.label()],
            certificates: None,
        }
    }

    async fn run(&self, build: Build) -> Result<Vec<BuildProgress>> {
        self.sandbox
            .engine
            .build(self.request(build))
            .try_collect()
            .await
    }
}

fn lines(progress: &[BuildProgress]) -> Vec<&str> {
    progress
        .iter()
        .filter_map(|progress| match progress {
            BuildProgress::Line(line) => Some(line.as_str()),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn builds_a_stage_with_arguments_labels_and_hosts() {
    let sandbox = Sandbox::new().await;
    let base = sandbox.busybox().await;
    let folder = folder(&[
        (
            "Dockerfile",
            "ARG BASE\nFROM $BASE AS one\nARG WHO=nobody\nCOPY . /src\n\
             RUN echo \"hello $WHO\" && grep friend /etc/hosts && ls -A /src && echo oops >&2\nFROM one AS two\nRUN false\n",
        ),
        (".dockerignore", "secret*\n!secret-not\nDockerfile\n"),
        ("secret", ""),
        ("secret-not", ""),
        ("sub/run", "#!/bin/sh\n"),
    ]);
    let mut build = build(folder.path(), BuildFile::Path("Dockerfile".into()));
    build.args = IndexMap::from([
        ("BASE".into(), Some(base)),
        ("WHO".into(), Some("a & b=c".into())),
        ("UNSET".into(), None),
    ]);
    build.target = Some("one".into());
    build.extra_hosts = vec!["friend:10.0.0.7".into(), "other:10.0.0.8".into()];
    build.labels = IndexMap::from([("of".into(), "the user".into())]);
    build.shm_size = Some(32 << 20);
    let built = Built::new(&sandbox);
    let second = sandbox.image_name();
    build.tags = vec![second.clone()];
    let progress = built.run(build).await.expect("a build");
    let lines = lines(&progress);
    assert!(lines.contains(&"hello a & b=c"), "{lines:?}");
    assert!(
        lines.iter().any(|line| line.starts_with("10.0.0.7")),
        "{lines:?}"
    );
    assert!(lines.contains(&"oops"), "{lines:?}");
    assert!(
        lines.contains(&"secret-not") && !lines.contains(&"secret"),
        "{lines:?}"
    );
    assert!(!lines.contains(&"Dockerfile"), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("--->")), "{lines:?}");
    assert!(
        progress.iter().any(|progress| matches!(
            progress,
            BuildProgress::Step { number: 4, text, .. } if text == "COPY . /src"
        )),
        "{progress:?}"
    );
    let image = sandbox
        .engine
        .image(&built.tag)
        .await
        .expect("an answer")
        .expect("an image");
    assert_eq!(
        progress.last(),
        Some(&BuildProgress::Done(image.id.clone()))
    );
    assert!(image.names.contains(&second), "{:?}", image.names);
}

#[tokio::test]
async fn keeps_links_and_modes_and_hides_a_dockerfile_from_the_manifest() {
    let sandbox = Sandbox::new().await;
    let base = sandbox.busybox().await;
    let folder = folder(&[("run", "#!/bin/sh\necho it runs\n"), ("plain", "")]);
    let at = |name: &str| folder.path().join(name);
    std::os::unix::fs::symlink("run", at("link")).expect("a link");
    std::fs::set_permissions(
        at("run"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .expect("a mode");
    let dockerfile = format!("FROM {base}\nCOPY . /src/\nRUN /src/link && ls -lAn /src\n");
    let built = Built::new(&sandbox);
    let progress = built
        .run(build(folder.path(), BuildFile::Inline(dockerfile)))
        .await
        .expect("a build");
    let lines = lines(&progress);
    assert!(lines.contains(&"it runs"), "{lines:?}");
    let listed: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| line.starts_with(['-', 'l']) && line.contains(" 0        0"))
        .collect();
    assert_eq!(listed.len(), 3, "{lines:?}");
    assert!(listed.iter().any(|line| line.ends_with("link -> run")));
}

#[tokio::test]
async fn a_failing_command_is_an_error_after_its_output() {
    let sandbox = Sandbox::new().await;
    let base = sandbox.busybox().await;
    let folder = folder(&[]);
    let dockerfile = BuildFile::Inline(format!(
        "FROM {base}\nRUN echo first && echo the cause >&2 && exit 3\n"
    ));
    let built = Built::new(&sandbox);
    let request = built.request(build(folder.path(), dockerfile));
    let progress: Vec<Result<BuildProgress>> = sandbox.engine.build(request).collect().await;
    let (last, before) = progress.split_last().expect("progress");
    let error = last.as_ref().expect_err("a failure");
    assert!(matches!(error, EngineError::Stream(_)), "{error:?}");
    assert!(
        error.to_string().contains("returned a non-zero code: 3"),
        "{error}"
    );
    assert!(!error.is_transient());
    let before: Vec<BuildProgress> = before
        .iter()
        .map(|progress| progress.clone().expect("no error before the last"))
        .collect();
    let lines = lines(&before);
    assert!(
        lines.contains(&"first") && lines.contains(&"the cause"),
        "{lines:?}"
    );
    assert_eq!(
        sandbox.engine.image(&built.tag).await.expect("an answer"),
        None
    );
}

#[tokio::test]
async fn builds_what_needs_buildkit() {
    let sandbox = Sandbox::new().await;
    let base = sandbox.busybox().await;
    let folder = folder(&[
        ("token", "hush"),
        ("seen", "seen"),
        ("left-out", ""),
        (".dockerignore", "left-out\ntoken\n"),
    ]);
    let dockerfile = format!(
        "FROM {base}\nARG WHO=nobody\nRUN --mount=type=cache,target=/cache echo \"hello $WHO\" | tee /cache/x\n\
         RUN --mount=type=secret,id=token test \"$(cat /run/secrets/token)\" = hush && echo it is secret\n\
         COPY --chmod=0700 . /src\nRUN ls -A /src; stat -c %a /src/seen\n"
    );
    let mut build = build(folder.path(), BuildFile::Inline(dockerfile));
    build.args.insert("WHO".into(), Some("a & b=c".into()));
    build
        .secrets
        .insert("token".into(), folder.path().join("token"));
    let built = Built::new(&sandbox);
    let progress = built.run(build).await.expect("a build");
    let lines = lines(&progress);
    for expected in ["hello a & b=c", "it is secret", "seen", "700"] {
        assert!(lines.contains(&expected), "{lines:?}");
    }
    assert!(!lines.contains(&"left-out"), "{lines:?}");
    assert!(
        progress.iter().any(|progress| matches!(
            progress,
            BuildProgress::Step { number: 2, of: 5, text } if text.starts_with("RUN --mount=type=cache")
        )),
        "{progress:?}"
    );
    let image = sandbox.engine.image(&built.tag).await.expect("an answer");
    let id = image.expect("an image").id;
    assert_eq!(progress.last(), Some(&BuildProgress::Done(id)));
}

#[tokio::test]
async fn here_documents_of_run_are_built_by_either_builder() {
    let sandbox = Sandbox::new().await;
    let base = sandbox.busybox().await;
    let folder = folder(&[]);
    for mount in ["", "--mount=type=cache,target=/c "] {
        let dockerfile = format!(
            "FROM {base}\nARG WHO=you\nRUN {mount}<<EOF\nset -e\necho \"one $WHO\" 'it''s'\nif true; then\n\techo two\nfi\nEOF\n\
             RUN {mount}cat <<-A > /a && cat <<'B' >> /a\n\t$WHO \\\\ \"x\"\n\tA\n$WHO\nB\n\
             SHELL [\"/bin/sh\", \"-ec\"]\nRUN {mount}<<EOF\nfalse || echo three\ncat /a\nEOF\n"
        );
        let built = Built::new(&sandbox);
        let progress = built
            .run(build(folder.path(), BuildFile::Inline(dockerfile)))
            .await
            .expect("a build");
        let lines = lines(&progress);
        for expected in ["one you its", "two", "you \\ \"x\"", "$WHO", "three"] {
            assert!(lines.contains(&expected), "{expected}: {lines:?}");
        }
    }
}

#[tokio::test]
async fn commands_of_either_builder_are_given_certificates_that_leave_no_variables_behind() {
    let sandbox = Sandbox::new().await;
    let base = sandbox.busybox().await;
    for mount in ["", "--mount=type=cache,target=/c "] {
        let context = folder(&[(".dockerignore", "*\n"), (".ca.devstack", "own")]);
        let bundle = context.path().join("bundle.pem");
        std::fs::write(&bundle, "trusted\n").expect("a file");
        let text = format!(
            "FROM {base} AS first\nRUN {mount}cat $SSL_CERT_FILE > /seen\nFROM {base}\nCOPY --from=first /seen /seen\n\
             USER 1000\nRUN {mount}cat /seen $NODE_EXTRA_CA_CERTS\n"
        );
        let built = Built::new(&sandbox);
        let request = BuildRequest {
            certificates: Some(Arc::new(CompanyCertificates {
                path: "/ca.pem".into(),
                digest: "1".to_owned(),
                bundle: "trusted\n".to_owned(),
                bundle_file: bundle,
            })),
            ..built.request(build(context.path(), BuildFile::Inline(text)))
        };
        let said: Vec<BuildProgress> = sandbox
            .engine
            .build(request)
            .try_collect()
            .await
            .expect("it builds");
        let line = BuildProgress::Line("trusted".to_owned());
        assert_eq!(
            said.iter().filter(|said| **said == line).count(),
            2,
            "{said:?}"
        );
        let image = sandbox.engine.image(&built.tag).await.expect("an answer");
        let environment = image.expect("it is there").environment;
        assert!(
            !environment.join("\n").contains("devstack"),
            "{environment:?}"
        );
    }
}

#[tokio::test]
async fn what_is_too_new_for_the_engine_is_told_with_the_way_out() {
    let sandbox = Sandbox::new().await;
    let base = sandbox.busybox().await;
    let folder = folder(&[]);
    let text =
        format!("FROM {base}\nRUN true\nCOPY <<EOF /greeting\nhello\nEOF\nRUN cat /greeting\n");
    let outcome = Built::new(&sandbox)
        .run(build(folder.path(), BuildFile::Inline(text)))
        .await;
    // Newer engines know it by themselves.
    let told = match &outcome {
        Ok(progress) => lines(progress).contains(&"hello"),
        Err(error) => error
            .to_string()
            .starts_with("`COPY <<` (line 3 of the Dockerfile) needs a newer BuildKit than this engine has: write `# syntax="),
    };
    assert!(told, "{outcome:?}");
}

#[tokio::test]
async fn a_command_that_fails_under_buildkit_is_the_error() {
    let sandbox = Sandbox::new().await;
    let base = sandbox.busybox().await;
    let folder = folder(&[]);
    let file = BuildFile::Inline(format!(
        "FROM {base}\nRUN --mount=type=cache,target=/c echo before && exit 3\n"
    ));
    let error = Built::new(&sandbox)
        .run(build(folder.path(), file))
        .await
        .expect_err("it fails");
    assert!(error.to_string().contains("exit code: 3"), "{error}");
}

#[tokio::test]
async fn sends_a_big_context_in_constant_memory_and_counts_it() {
    const SIZE: u64 = 300 << 20;
    let sandbox = Sandbox::new().await;
    let base = sandbox.busybox().await;
    let folder = folder(&[]);
    let file = std::fs::File::create(folder.path().join("big")).expect("a file");
    file.set_len(SIZE).expect("a size");
    let dockerfile = BuildFile::Inline(format!("FROM {base}\nCMD [\"x\"]\n"));
    let built = Built::new(&sandbox);
    let before = resident();
    let progress = built
        .run(build(folder.path(), dockerfile))
        .await
        .expect("a build");
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 << 20, "memory grew by {grown} bytes");
    let sent: Vec<(u64, u64)> = progress
        .iter()
        .filter_map(|progress| match progress {
            BuildProgress::Context { sent, total } => Some((*sent, *total)),
            _ => None,
        })
        .collect();
    assert!(sent.len() > 2 && sent.is_sorted(), "{sent:?}");
    let (last, total) = *sent.last().expect("progress");
    assert!(last == total && total > SIZE, "{last} of {total}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_the_error() {
    let sandbox = Sandbox::new().await;
    let error = Built::new(&sandbox)
        .run(build(
            &PathBuf::from("/nonexistent"),
            BuildFile::Inline("FROM x".into()),
        ))
        .await
        .expect_err("no context");
    assert!(
        matches!(&error, EngineError::File(words) if words.contains("/nonexistent")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_build_that_nobody_listens_to_any_more_is_given_up() {
    let sandbox = Sandbox::new().await;
    let base = sandbox.busybox().await;
    let folder = folder(&[]);
    let mark = sandbox.name("mark");
    let file = BuildFile::Inline(format!("FROM {base}\nRUN echo {mark} && sleep 600\n"));
    let built = Built::new(&sandbox);
    let mut progress = sandbox
        .engine
        .build(built.request(build(folder.path(), file)));
    loop {
        let said = progress.next().await.expect("progress").expect("a build");
        if said == BuildProgress::Line(mark.clone()) {
            break;
        }
    }
    drop(progress);
    // The engine takes away the container of a build that it gives up.
    loop {
        let containers = sandbox.engine.containers(&[]).await.expect("a list");
        let mut running = containers
            .iter()
            .filter(|container| container.image_id.starts_with("sha256:"));
        let mut mine = false;
        for container in &mut running {
            let detail = sandbox
                .engine
                .container(&container.id)
                .await
                .expect("an answer");
            mine |=
                detail.is_some_and(|detail| detail.command.iter().any(|word| word.contains(&mark)));
        }
        if !mine {
            break;
        }
        tokio::task::yield_now().await;
    }
}
