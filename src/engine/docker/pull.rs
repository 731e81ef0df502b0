//! Pulls: the progress of many layers folded into one, and what a registry says when it refuses.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE as URL_SAFE;
use bollard::auth::DockerCredentials;
use bollard::models::{CreateImageInfo, ProgressDetail};
use futures_util::stream::{self, BoxStream, try_unfold};
use futures_util::{Stream, StreamExt, TryStreamExt};
use hyper::Method;
use hyper::header::HeaderValue;
use hyper::http::request::Builder;
use serde::Serialize;

use super::client::DockerEngine;
use super::create::refused;
use super::errors::from_registry;
use super::json_lines::{json_lines, stream_error};
use super::request::Query;
use crate::catalog::ImageName;
use crate::engine::{EngineError, PullProgress, PullRequest, RegistryAuth, Result};

/// The address under which logins of Docker Hub are known to the engine.
const HUB_LOGIN: &str = "https://index.docker.io/v1/";

impl DockerEngine {
    pub(super) fn pull_image(
        &self,
        request: PullRequest,
    ) -> BoxStream<'static, Result<PullProgress>> {
        let engine = self.clone();
        stream::once(async move { engine.open_pull(request).await })
            .try_flatten()
            .map_err(from_registry)
            .boxed()
    }

    async fn open_pull(
        self,
        request: PullRequest,
    ) -> Result<impl Stream<Item = Result<PullProgress>> + use<>> {
        let name = ImageName::parse(&request.reference)
            .ok_or_else(|| refused(format!("`{}` is no image reference", request.reference)))?;
        let query = Query::new()
            .with(
                "fromImage",
                format!("{}/{}", name.registry(), name.repository()),
            )
            // Without a tag the engine would pull all there are.
            .with("tag", name.digest().or(name.tag()).unwrap_or("latest"))
            .maybe("platform", request.platform.as_ref());
        let mut builder = Builder::new().method(Method::POST);
        if let Some(auth) = self.inner.credentials.for_registry(name.registry()).await {
            let login = login(name.registry(), &auth);
            builder = builder.header("X-Registry-Auth", login_header(&login)?);
        }
        // No limit of time: the engine answers when the registry has.
        let response = self
            .inner
            .transport
            .call(
                builder,
                "/images/create",
                &query,
                bollard::body_full(bytes::Bytes::new()),
            )
            .await?;
        let messages = json_lines::<CreateImageInfo>(response.into_body());
        let start = (self, request.reference, messages.boxed(), Layers::default());
        Ok(try_unfold(
            start,
            |(engine, reference, mut messages, mut layers)| async move {
                while let Some(message) = messages.next().await {
                    let changed = match message {
                        Ok(message) => layers.note(message)?,
                        // Some pulls break off at the very end, when all is there.
                        Err(error) if layers.finished => {
                            tracing::debug!(%error, "a pull ended untidily");
                            break;
                        }
                        Err(error) => return Err(error),
                    };
                    if let Some(progress) = changed {
                        return Ok(Some((progress, (engine, reference, messages, layers))));
                    }
                }
                engine.make_sure_of(&reference).await?;
                Ok(None)
            },
        ))
    }

    /// A pull that ends without an error has succeeded only if the image is there.
    async fn make_sure_of(&self, reference: &str) -> Result<()> {
        match self.inspect_image(reference).await? {
            Some(_) => Ok(()),
            None => Err(EngineError::Connection(format!(
                "the pull of `{reference}` broke off before the image was there"
            ))),
        }
    }
}

/// Logins as the engine wants them in a header: JSON in base64 with the alphabet of URLs (RFC 4648, section 5).
///
/// bollard writes the plain alphabet, which the engine refuses as soon as a password yields `+` or `/`.
pub(super) fn login_header(logins: &impl Serialize) -> Result<HeaderValue> {
    let unsendable = || refused("the login of the registry cannot be sent");
    let json = serde_json::to_vec(logins).map_err(|_| unsendable())?;
    let mut value = HeaderValue::try_from(URL_SAFE.encode(json)).map_err(|_| unsendable())?;
    value.set_sensitive(true);
    Ok(value)
}

/// A login in bollard's form.
pub(super) fn login(registry: &str, auth: &RegistryAuth) -> DockerCredentials {
    let identity = auth.identity_token.clone();
    DockerCredentials {
        username: Some(auth.username.clone()),
        // An identity token stands instead of the password.
        password: identity.is_none().then(|| auth.password.clone()),
        serveraddress: Some(login_address(registry).to_owned()),
        identitytoken: identity,
        ..Default::default()
    }
}

/// What the engine calls a registry in logins.
pub(super) fn login_address(registry: &str) -> &str {
    if registry == "docker.io" {
        HUB_LOGIN
    } else {
        registry
    }
}

/// The layers of an image that is being pulled.
#[derive(Debug, Default)]
pub(super) struct Layers {
    by_id: HashMap<String, Layer>,
    last: Option<PullProgress>,
    /// Whether the engine has said how it went.
    finished: bool,
}

#[derive(Debug, Default, Clone, Copy)]
struct Layer {
    downloaded: u64,
    total: u64,
    here: bool,
    done: bool,
}

impl Layers {
    /// Takes a message and gives the progress if it changed; an error if the message is one.
    fn note(&mut self, message: CreateImageInfo) -> Result<Option<PullProgress>> {
        if let Some(words) = stream_error(message.error_detail) {
            return Err(EngineError::Stream(words));
        }
        Ok(self.status(
            message.id.as_deref(),
            message.status.as_deref().unwrap_or_default(),
            message.progress_detail.as_ref(),
        ))
    }

    /// Takes what is said of a layer and gives the progress if it changed.
    pub(super) fn status(
        &mut self,
        id: Option<&str>,
        status: &str,
        detail: Option<&ProgressDetail>,
    ) -> Option<PullProgress> {
        if status.starts_with("Status: ") {
            self.finished = true;
        }
        let id = id.filter(|_| !status.starts_with("Pulling from "))?;
        let amount = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok());
        let current = detail.and_then(|detail| amount(detail.current));
        let total = detail
            .and_then(|detail| amount(detail.total))
            .filter(|total| *total > 0);
        match status {
            "Pulling fs layer" | "Waiting" => {
                self.by_id.entry(id.to_owned()).or_default();
            }
            "Downloading" => {
                let layer = self.by_id.entry(id.to_owned()).or_default();
                layer.downloaded = current.unwrap_or(layer.downloaded);
                layer.total = total.unwrap_or(layer.total).max(layer.downloaded);
            }
            "Verifying Checksum" | "Download complete" | "Extracting" => {
                self.by_id.entry(id.to_owned()).or_default().arrive();
            }
            "Pull complete" | "Already exists" => {
                let layer = self.by_id.entry(id.to_owned()).or_default();
                layer.arrive();
                layer.done = true;
            }
            status if status.starts_with("Retrying in ") => {
                if let Some(layer) = self.by_id.get_mut(id) {
                    layer.downloaded = 0;
                }
            }
            _ => return None,
        }
        let progress = self.progress();
        (self.last != Some(progress)).then(|| {
            self.last = Some(progress);
            progress
        })
    }

    fn progress(&self) -> PullProgress {
        let all = || self.by_id.values();
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let done = all().filter(|layer| layer.done).count();
        PullProgress {
            downloaded: all().map(|layer| layer.downloaded).sum(),
            total: all().map(|layer| layer.total).sum(),
            layers_done: count(done),
            layers: count(self.by_id.len()),
            extracting: done < self.by_id.len() && all().all(|layer| layer.here),
        }
    }
}

impl Layer {
    fn arrive(&mut self) {
        self.here = true;
        self.downloaded = self.total;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::testing::{pong, server};
    use super::*;
    use crate::engine::Anonymous;

    /// What a pull gives when the engine says this and hangs up, and then has the image or not.
    async fn pulled(said: &str, image: &str) -> Result<Vec<PullProgress>> {
        let chunk = format!("{:x}\r\n{said}\r\n", said.len());
        // The last chunk, which would end the answer, never comes.
        let broken = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
        let (endpoint, _requests) = server(vec![pong("1.41"), broken, image.to_owned()]).await;
        let engine = DockerEngine::connect(&endpoint, Arc::new(Anonymous))
            .await
            .expect("an engine");
        let request = PullRequest {
            reference: "x:1".into(),
            platform: None,
        };
        engine.pull_image(request).try_collect().await
    }

    fn answer(status: &str, body: &str) -> String {
        format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    const THERE: &str = r#"{"Id":"sha256:00"}"#;
    const MISSING: &str = r#"{"message":"no such image: x:1"}"#;
    const DONE: &str = "{\"status\":\"Status: Downloaded newer image for x:1\"}\n";
    const HALF: &str = "{\"status\":\"Downloading\",\"id\":\"a\"}\n{\"sta";

    #[tokio::test]
    async fn an_untidy_end_is_fine_only_if_the_image_is_there() {
        pulled(DONE, &answer("200 OK", THERE))
            .await
            .expect("pulled");
        let error = pulled(DONE, &answer("404 Not Found", MISSING))
            .await
            .expect_err("not there");
        assert!(error.to_string().contains("broke off"), "{error}");
        assert!(error.is_transient());
        let error = pulled(HALF, &answer("200 OK", THERE))
            .await
            .expect_err("an older image of that name");
        assert!(matches!(error, EngineError::Connection(_)), "{error:?}");
        assert!(error.is_transient());
    }

    fn say(
        layers: &mut Layers,
        id: &str,
        status: &str,
        current: i64,
        total: i64,
    ) -> Option<PullProgress> {
        let detail = ProgressDetail {
            current: Some(current),
            total: Some(total),
        };
        layers.status(Some(id), status, Some(&detail))
    }

    #[test]
    fn adds_up_all_layers() {
        let mut layers = Layers::default();
        assert_eq!(
            say(&mut layers, "17", "Pulling from library/postgres", 0, 0),
            None
        );
        say(&mut layers, "a", "Pulling fs layer", 0, 0);
        say(&mut layers, "b", "Already exists", 0, 0);
        say(&mut layers, "c", "Pulling fs layer", 0, 0);
        say(&mut layers, "a", "Downloading", 10, 100);
        let progress = say(&mut layers, "c", "Downloading", 5, 50).expect("progress");
        assert_eq!((progress.downloaded, progress.total), (15, 150));
        assert_eq!((progress.layers_done, progress.layers), (1, 3));
        assert!(!progress.extracting);

        say(&mut layers, "a", "Download complete", 0, 0);
        let progress = say(&mut layers, "c", "Verifying Checksum", 0, 0).expect("progress");
        assert_eq!((progress.downloaded, progress.total), (150, 150));
        assert!(progress.extracting);
        assert_eq!(say(&mut layers, "c", "Download complete", 0, 0), None);

        say(&mut layers, "a", "Extracting", 1, 100);
        say(&mut layers, "a", "Pull complete", 0, 0);
        let progress = say(&mut layers, "c", "Pull complete", 0, 0).expect("progress");
        assert_eq!(progress.layers_done, 3);
        assert!(!progress.extracting);
    }

    #[test]
    fn lives_with_sizes_that_are_not_known() {
        let mut layers = Layers::default();
        let progress = say(&mut layers, "a", "Downloading", 70, -1).expect("progress");
        assert_eq!((progress.downloaded, progress.total), (70, 70));
        let progress = say(&mut layers, "a", "Retrying in 5 seconds", 0, 0).expect("progress");
        assert_eq!(progress.downloaded, 0);
    }

    #[test]
    fn an_error_in_the_stream_is_an_error() {
        let message = serde_json::json!({
            "errorDetail": { "message": "unexpected EOF" }, "error": "unexpected EOF"
        });
        let error = Layers::default()
            .note(serde_json::from_value(message).expect("a message"))
            .expect_err("an error");
        assert!(matches!(&error, EngineError::Stream(words) if words == "unexpected EOF"));
    }

    #[test]
    fn writes_logins_in_the_alphabet_of_urls_and_keeps_them_out_of_debug_output() {
        let auth = RegistryAuth {
            username: "ada".into(),
            password: "p?>~\u{ff}p?>~\u{ff}p?>~\u{ff}".into(),
            identity_token: None,
        };
        let header = login_header(&login("h:1", &auth)).expect("a header");
        let text = header.to_str().expect("text");
        assert!(
            !text.contains(['+', '/']) && text.contains(['-', '_']),
            "{text}"
        );
        assert!(!format!("{header:?}").contains(&text[..10]));
    }

    #[test]
    fn sends_a_token_instead_of_a_password() {
        let mut auth = RegistryAuth {
            username: "ada".into(),
            password: "pw".into(),
            identity_token: None,
        };
        assert_eq!(
            login("docker.io", &auth).serveraddress.as_deref(),
            Some(HUB_LOGIN)
        );
        assert_eq!(login("h:1", &auth).password.as_deref(), Some("pw"));
        auth.identity_token = Some("t".into());
        let login = login("h:1", &auth);
        assert_eq!(
            (login.password, login.identitytoken.as_deref()),
            (None, Some("t"))
        );
    }
}
