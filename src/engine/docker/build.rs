//! Builds with the engine's classic builder.
//!
//! The context is sent while it is read, and what the builder says is told apart into steps, output, and pulls of
//! base images. What only BuildKit understands goes to `buildkit`.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use bollard::auth::DockerCredentials;
use bollard::models::{BuildInfo, ImageId};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, unfold};
use futures_util::{StreamExt, pin_mut};
use hyper::body::Incoming;
use hyper::http::request::Builder;
use hyper::{Method, Response};
use serde_json::json;
use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::client::DockerEngine;
use super::context::Context;
use super::json_lines::{json_lines, stream_error};
use super::pull::{Layers, login, login_address, login_header};
use super::request::{ApiVersion, Query};
use crate::catalog::ImageName;
use crate::company::{BUNDLE_PATH, CERTIFICATE_VARIABLES, CompanyCertificates};
use crate::engine::dockerfile::{
    SECRET, base_images, needs_buildkit, needs_newer_buildkit, read_dockerfile,
    with_copied_certificates, with_mounted_certificates, without_heredocs,
};
use crate::engine::{BuildProgress, BuildRequest, EngineError, Result};
use crate::stack::{Build, BuildContext, BuildFile};

/// A longer line of output is given in several.
const LONGEST_LINE: usize = 1 << 20;

/// How many messages may wait for whoever listens.
const WAITING: usize = 64;

/// How many chunks of the context may wait to be sent.
const CHUNKS: usize = 4;

/// How [`needs_buildkit`] calls the line that names a newer grammar.
const SYNTAX: &str = "# syntax=";

/// The API version of the first engines whose BuildKit knows here-documents (23.0).
const NEWER_BUILDKIT: ApiVersion = (1, 42);

type Progress = Sender<Result<BuildProgress>>;

impl DockerEngine {
    pub(super) fn build_image(
        &self,
        request: BuildRequest,
    ) -> BoxStream<'static, Result<BuildProgress>> {
        let (progress, messages) = channel(WAITING);
        let engine = self.clone();
        let work = stream::once(async move {
            if let Err(error) = engine.run_build(request, &progress).await {
                // Nobody listens any more if this fails.
                let _ = progress.send(Err(error)).await;
            }
        })
        .filter_map(|()| std::future::ready(None));
        let messages = unfold(messages, |mut messages| async move {
            messages.recv().await.map(|message| (message, messages))
        });
        stream::select(messages, work).boxed()
    }

    async fn run_build(&self, mut request: BuildRequest, progress: &Progress) -> Result<()> {
        let build = request.build.clone();
        let text = blocking(move || read_dockerfile(&build)).await?;
        let mut text = text.unwrap_or_default();
        if let Some(plain) = self.in_plain_words(&text, &request.build).await? {
            request.build.dockerfile = BuildFile::Inline(plain.clone());
            text = plain;
        }
        if let Some(feature) = what_needs_buildkit(&request.build, &text) {
            if self.inner.api < NEWER_BUILDKIT
                && let Some(newer) = needs_newer_buildkit(&text)
            {
                return Err(EngineError::Stream(format!(
                    "`{}` (line {} of the Dockerfile) needs a newer BuildKit than this engine has: write \
                     `# syntax=docker/dockerfile:1` as the first line of the Dockerfile, so that the engine fetches it",
                    newer.feature, newer.line
                )));
            }
            mount_certificates(&mut request, &text);
            return self.build_with_buildkit(&request, &feature, progress).await;
        }
        let logins = self.logins(&text, &request.build).await;
        let query = query(&request);
        let response = match &request.build.context {
            BuildContext::Remote(url) => {
                self.fetch_context(url, &request.build, query, &logins)
                    .await
            }
            BuildContext::Folder(folder) => {
                let (folder, file) = (folder.clone(), request.build.dockerfile.clone());
                let instead = (request.certificates.as_ref())
                    .map(|certificates| copy_certificates(certificates, &text, &folder));
                let context =
                    blocking(move || Context::prepare_with(&folder, &file, instead)).await?;
                self.send_context(context, query, &logins, progress).await
            }
        };
        let id = follow(response.map_err(in_words)?, progress)
            .await
            .map_err(in_words)?;
        tell(progress, BuildProgress::Done(id)).await;
        Ok(())
    }

    /// The Dockerfile without the here-documents that the list form of `RUN` can say, if it has such.
    async fn in_plain_words(&self, dockerfile: &str, build: &Build) -> Result<Option<String>> {
        let rewritten = |shells: &HashMap<String, Vec<String>>| {
            without_heredocs(dockerfile, &build.args, &|image| shells.get(image).cloned())
        };
        let mut shells = HashMap::new();
        if rewritten(&shells).is_none() || has_own_ignore_file(build) {
            return Ok(None);
        }
        for image in base_images(dockerfile, &build.args, build.target.as_deref()) {
            if let Some(shell) = self.image_shell(&image).await? {
                shells.insert(image, shell);
            }
        }
        Ok(rewritten(&shells))
    }

    /// The logins of the registries that base images come from.
    async fn logins(&self, dockerfile: &str, build: &Build) -> HashMap<String, DockerCredentials> {
        let images = base_images(dockerfile, &build.args, build.target.as_deref());
        let mut logins = HashMap::new();
        for image in images.iter().chain(&build.cache_from) {
            let Some(name) = ImageName::parse(image) else {
                continue;
            };
            let address = login_address(name.registry());
            if !logins.contains_key(address)
                && let Some(auth) = self.inner.credentials.for_registry(name.registry()).await
            {
                logins.insert(address.to_owned(), login(name.registry(), &auth));
            }
        }
        logins
    }

    async fn fetch_context(
        &self,
        url: &str,
        build: &Build,
        query: Query,
        logins: &HashMap<String, DockerCredentials>,
    ) -> Result<Response<Incoming>> {
        let BuildFile::Path(file) = &build.dockerfile else {
            return Err(EngineError::Stream(format!(
                "a Dockerfile in the manifest cannot be used together with the build context `{url}`"
            )));
        };
        let query = query
            .with("remote", url)
            .with("dockerfile", file.to_string_lossy());
        let body = bollard::body_full(Bytes::new());
        self.inner
            .transport
            .call(builder(logins)?, "/build", &query, body)
            .await
    }

    async fn send_context(
        &self,
        context: Context,
        query: Query,
        logins: &HashMap<String, DockerCredentials>,
        progress: &Progress,
    ) -> Result<Response<Incoming>> {
        let total = context.size;
        let query = query.with("dockerfile", &context.dockerfile);
        let (sink, chunks) = channel::<io::Result<Bytes>>(CHUNKS);
        let (counter, mut sent) = watch::channel(0_u64);
        let writer = tokio::task::spawn_blocking(move || context.send(sink));
        let chunks = unfold((chunks, counter), |(mut chunks, counter)| async move {
            let chunk = chunks.recv().await?;
            if let Ok(chunk) = &chunk {
                counter.send_modify(|sent| *sent += chunk.len() as u64);
            }
            Some((chunk, (chunks, counter)))
        });
        let call = self.inner.transport.call(
            builder(logins)?,
            "/build",
            &query,
            bollard::body_try_stream(chunks),
        );
        pin_mut!(call);
        let mut sending = true;
        let response = loop {
            tokio::select! {
                response = &mut call => break response,
                changed = sent.changed(), if sending => {
                    sending = changed.is_ok();
                    let sent = if sending { (*sent.borrow_and_update()).min(total) } else { total };
                    tell(progress, BuildProgress::Context { sent, total }).await;
                }
            }
        };
        match response {
            Ok(response) => Ok(response),
            // A file that cannot be read breaks the connection; the file is the cause.
            Err(error) => Err(cause(writer).await.unwrap_or(error)),
        }
    }
}

/// Has BuildKit mount the certificates for every command, if there are any. A Dockerfile with a list of files to leave out
/// of its own is left as it is: the list would be lost.
fn mount_certificates(request: &mut BuildRequest, text: &str) {
    let Some(certificates) = &request.certificates else {
        return;
    };
    if text.is_empty() || has_own_ignore_file(&request.build) {
        return;
    }
    let text = with_mounted_certificates(text, BUNDLE_PATH, &CERTIFICATE_VARIABLES);
    let file = certificates.bundle_file.clone();
    request.build.dockerfile = BuildFile::Inline(text);
    request.build.secrets.insert(SECRET.to_owned(), file);
}

/// The Dockerfile that has the classic builder copy the certificates, and the file for the context.
fn copy_certificates(
    certificates: &CompanyCertificates,
    text: &str,
    folder: &Path,
) -> (String, (String, Vec<u8>)) {
    let mut name = ".ca.devstack".to_owned();
    while folder.join(&name).symlink_metadata().is_ok() {
        name.push('_');
    }
    let text = with_copied_certificates(text, &name, BUNDLE_PATH, &CERTIFICATE_VARIABLES);
    (text, (name, certificates.bundle.clone().into_bytes()))
}

/// Whether a list of files to leave out lies beside the Dockerfile: it goes with the file's name, which a Dockerfile that
/// was written anew has no more.
fn has_own_ignore_file(build: &Build) -> bool {
    let (BuildContext::Folder(folder), BuildFile::Path(file)) = (&build.context, &build.dockerfile)
    else {
        return false;
    };
    let mut path = folder.join(file).into_os_string();
    path.push(".dockerignore");
    Path::new(&path).exists()
}

/// What went wrong with the context, if anything did.
async fn cause(writer: JoinHandle<Result<()>>) -> Option<EngineError> {
    writer.await.ok()?.err()
}

/// Runs what reads files where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(EngineError::File(error.to_string())))
}

async fn tell(progress: &Progress, message: BuildProgress) {
    // Nobody listens any more if this fails; the stream is about to be dropped then.
    let _ = progress.send(Ok(message)).await;
}

/// What of a build the classic builder does not know, if anything. It reads over a `# syntax=` line, which alone is no
/// reason.
fn what_needs_buildkit(build: &Build, dockerfile: &str) -> Option<String> {
    if !build.additional_contexts.is_empty() {
        return Some("`additional_contexts`".to_owned());
    }
    let found = needs_buildkit(dockerfile).filter(|found| found.feature != SYNTAX)?;
    Some(format!(
        "`{}` (line {} of the Dockerfile)",
        found.feature, found.line
    ))
}

fn builder(logins: &HashMap<String, DockerCredentials>) -> Result<Builder> {
    let builder = Builder::new()
        .method(Method::POST)
        .header("content-type", "application/x-tar");
    if logins.is_empty() {
        return Ok(builder);
    }
    Ok(builder.header("X-Registry-Config", login_header(logins)?))
}

fn query(request: &BuildRequest) -> Query {
    let build = &request.build;
    let args: HashMap<_, _> = build
        .args
        .iter()
        .filter_map(|(key, value)| Some((key, value.as_ref()?)))
        .collect();
    let labels: HashMap<_, _> = build
        .labels
        .iter()
        .chain(request.labels.iter().map(|(key, value)| (key, value)))
        .collect();
    let flag = |value: bool| value.then_some("1");
    let mut query = Query::new()
        .with("version", "1")
        .with("rm", "1")
        .with("forcerm", "1")
        .with("t", &request.tag)
        .with("buildargs", json!(args).to_string())
        .with("labels", json!(labels).to_string())
        .maybe("nocache", flag(build.no_cache))
        .maybe("pull", flag(build.pull))
        .maybe("target", build.target.as_ref())
        .maybe("networkmode", build.network.as_ref())
        .maybe("platform", build.platform.as_ref())
        .maybe("shmsize", build.shm_size.map(|size| size.to_string()));
    for tag in &build.tags {
        query = query.with("t", tag);
    }
    for host in &build.extra_hosts {
        query = query.with("extrahosts", host);
    }
    if !build.cache_from.is_empty() {
        query = query.with("cachefrom", json!(build.cache_from).to_string());
    }
    query
}

/// Passes on what the builder says; gives the id of the image.
async fn follow(response: Response<Incoming>, progress: &Progress) -> Result<String> {
    let messages = json_lines::<BuildInfo>(response.into_body());
    pin_mut!(messages);
    let mut output = Output::default();
    let mut layers = Layers::default();
    let mut id = None;
    while let Some(message) = messages.next().await {
        let message = message?;
        if let Some(text) = &message.stream {
            for line in output.take(text) {
                tell(progress, line).await;
            }
        }
        if let Some(words) = stream_error(message.error_detail) {
            if let Some(line) = output.finish() {
                tell(progress, line).await;
            }
            return Err(EngineError::Stream(words));
        }
        if let Some(ImageId { id: Some(image) }) = message.aux {
            id = Some(image);
        }
        let status = message.status.as_deref().unwrap_or_default();
        let detail = message.progress_detail.as_ref();
        if let Some(pull) = layers.status(message.id.as_deref(), status, detail) {
            tell(progress, BuildProgress::Pull(pull)).await;
        }
    }
    if let Some(line) = output.finish() {
        tell(progress, line).await;
    }
    id.ok_or_else(|| EngineError::Connection("the build broke off before it had ended".to_owned()))
}

/// The builder's output, put together to lines.
#[derive(Debug, Default)]
struct Output {
    partial: String,
}

impl Output {
    fn take(&mut self, text: &str) -> Vec<BuildProgress> {
        let mut lines = Vec::new();
        for part in text.split_inclusive('\n') {
            self.partial.push_str(part);
            if part.ends_with('\n') || self.partial.len() > LONGEST_LINE {
                lines.extend(self.finish());
            }
        }
        lines
    }

    fn finish(&mut self) -> Option<BuildProgress> {
        let line = std::mem::take(&mut self.partial);
        // The builder paints what came on standard error.
        let line = line.replace("\u{1b}[91m", "").replace("\u{1b}[0m", "");
        let line = line.trim_end_matches(['\n', '\r']);
        if line.trim().is_empty() || is_bookkeeping(line) {
            return None;
        }
        Some(step(line).unwrap_or_else(|| BuildProgress::Line(line.to_owned())))
    }
}

/// What the builder says of its own layers and containers, between the output of commands.
fn is_bookkeeping(line: &str) -> bool {
    let is_id = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_hexdigit());
    [
        " ---> Running in ",
        " ---> ",
        "Removing intermediate container ",
        "Successfully built ",
    ]
    .iter()
    .any(|start| line.strip_prefix(start).is_some_and(is_id))
        || line.starts_with("Successfully tagged ")
}

/// `Step 2/7 : RUN make`.
fn step(line: &str) -> Option<BuildProgress> {
    let (number, rest) = line.strip_prefix("Step ")?.split_once('/')?;
    let (of, text) = rest.split_once(" : ")?;
    Some(BuildProgress::Step {
        number: number.parse().ok()?,
        of: of.parse().ok()?,
        text: text.to_owned(),
    })
}

/// The builder's words are the whole message, whether it said them before the build or in it.
fn in_words(error: EngineError) -> EngineError {
    match error {
        EngineError::Api { message, .. } => EngineError::Stream(message),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_steps_from_output() {
        let mut output = Output::default();
        assert_eq!(output.take("Step 2/3 : RUN a"), []);
        assert_eq!(
            output.take("\n\u{1b}[91mwarn\u{1b}[0m"),
            [BuildProgress::Step {
                number: 2,
                of: 3,
                text: "RUN a".into()
            }]
        );
        assert_eq!(
            output.take("ing\r\n\n \none"),
            [BuildProgress::Line("warning".into())]
        );
        assert_eq!(
            output
                .take("\n ---> e478708dbf96\n ---> Running in 4105f3357006\n")
                .len(),
            1
        );
        assert_eq!(
            output.take(" ---> Using cache\none"),
            [BuildProgress::Line(" ---> Using cache".into())]
        );
        assert_eq!(output.finish(), Some(BuildProgress::Line("one".into())));
        assert_eq!(output.finish(), None);
    }

    #[test]
    fn never_keeps_more_than_a_line_may_be_long() {
        let mut output = Output::default();
        let part = "x".repeat(100_000);
        let lines: Vec<_> = (0..30).flat_map(|_| output.take(&part)).collect();
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn finds_what_the_classic_builder_does_not_know() {
        let mut build = crate::stack::Build {
            context: BuildContext::Folder("/src".into()),
            dockerfile: BuildFile::Path("Dockerfile".into()),
            args: indexmap::IndexMap::new(),
            target: None,
            tags: Vec::new(),
            labels: indexmap::IndexMap::new(),
            cache_from: Vec::new(),
            network: None,
            extra_hosts: Vec::new(),
            shm_size: None,
            platform: None,
            pull: false,
            no_cache: false,
            additional_contexts: indexmap::IndexMap::new(),
            secrets: indexmap::IndexMap::new(),
            ssh: Vec::new(),
            span: crate::source::Source::new("devstack.yaml", "build: .").span(0, 8),
        };
        let plain = "# syntax=docker/dockerfile:1\nFROM a\nRUN make\n";
        assert_eq!(what_needs_buildkit(&build, plain), None);
        let mount = "FROM a\nRUN --mount=type=cache,target=/c make\n";
        assert_eq!(
            what_needs_buildkit(&build, mount).as_deref(),
            Some("`RUN --mount` (line 2 of the Dockerfile)")
        );
        build
            .additional_contexts
            .insert("assets".into(), "/assets".into());
        assert_eq!(
            what_needs_buildkit(&build, plain).as_deref(),
            Some("`additional_contexts`")
        );
    }
}
