//! Pulls and builds, as they are scripted.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::sleep;

use super::image::{FakeImage, canonical, familiar};
use super::world::{Shared, World};
use super::{FakeBuild, hash};
use crate::catalog::ImageName;
use crate::engine::{BuildProgress, BuildRequest, EngineError, PullProgress, PullRequest, Result};

/// How many reports a layer gets.
const REPORTS: u32 = 4;

/// Pulls an image from the registry into the engine.
pub(super) async fn pull(
    shared: Arc<Shared>,
    request: PullRequest,
    sender: UnboundedSender<Result<PullProgress>>,
) -> Result<()> {
    let name = canonical(&request.reference);
    let (image, failure) = {
        let mut world = shared.world();
        let image = world
            .registry
            .get_mut(&name)
            .ok_or_else(|| unknown(&request.reference))?;
        let failure = (!image.pull_failures.is_empty()).then(|| image.pull_failures.remove(0));
        (image.clone(), failure)
    };
    let reports = reports(&image.layers);
    let count = u32::try_from(reports.len()).unwrap_or(u32::MAX).max(1);
    let pause = image.pull_takes / count;
    let broken_at = failure.as_ref().map(|_| reports.len() / 2);
    for (number, report) in reports.into_iter().enumerate() {
        if broken_at == Some(number) {
            break;
        }
        let _ = sender.send(Ok(report));
        wait(pause).await;
    }
    if let Some(error) = failure {
        return Err(error);
    }
    shared.change(|world| world.take_image(image, &request.reference));
    Ok(())
}

/// Progress as of each report: layer after layer, the last time with every layer in place.
fn reports(layers: &[u64]) -> Vec<PullProgress> {
    let total = layers.iter().sum();
    let count = u32::try_from(layers.len()).unwrap_or(u32::MAX);
    let mut reports = vec![PullProgress {
        downloaded: 0,
        total,
        layers_done: 0,
        layers: count,
        extracting: false,
    }];
    let mut downloaded = 0;
    for (number, size) in (1..).zip(layers) {
        for part in 1..=REPORTS {
            let so_far = downloaded + size * u64::from(part) / u64::from(REPORTS);
            reports.push(PullProgress {
                downloaded: so_far,
                total,
                layers_done: if part == REPORTS { number } else { number - 1 },
                layers: count,
                extracting: so_far == total,
            });
        }
        downloaded += size;
    }
    reports
}

/// Builds an image as scripted; one that is not scripted is an image whose containers run for ever.
pub(super) async fn build(
    shared: Arc<Shared>,
    request: BuildRequest,
    sender: UnboundedSender<Result<BuildProgress>>,
) -> Result<()> {
    let script = shared
        .world()
        .builds
        .get(&canonical(&request.tag))
        .cloned()
        .unwrap_or_else(|| {
            FakeBuild::makes(FakeImage::new(&request.tag)).step("FROM scratch", &[])
        });
    for sent in [0, 1024] {
        let _ = sender.send(Ok(BuildProgress::Context { sent, total: 1024 }));
    }
    let of = u32::try_from(script.steps.len()).unwrap_or(u32::MAX);
    let pause = script.takes / of.max(1);
    for (number, (text, lines)) in (1..).zip(script.steps) {
        let _ = sender.send(Ok(BuildProgress::Step { number, of, text }));
        wait(pause).await;
        for line in lines {
            let _ = sender.send(Ok(BuildProgress::Line(line)));
        }
    }
    match (script.error, script.image) {
        (None, Some(image)) => {
            let id = shared.change(|world| world.take_image(image, &request.tag));
            let _ = sender.send(Ok(BuildProgress::Done(id)));
            Ok(())
        }
        (error, _) => Err(error.unwrap_or_else(|| EngineError::Stream("the build failed".into()))),
    }
}

impl World {
    /// Takes an image in under a name, which an older image then loses, and tells its id.
    pub(super) fn take_image(&mut self, mut image: FakeImage, reference: &str) -> String {
        let name = familiar(reference);
        for other in &mut self.images {
            other.detail.names.retain(|taken| *taken != name);
        }
        image.detail.id = image_id(&image);
        image.detail.size = image.size();
        image.detail.tagged = Some(self.clock.now());
        let id = image.detail.id.clone();
        let place = self.images.iter().position(|other| other.detail.id == id);
        if let Some(there) = place.and_then(|at| self.images.get_mut(at)) {
            there.detail.names.push(name);
            there.detail.tagged = image.detail.tagged;
        } else {
            image.detail.names = vec![name];
            self.images.push(image);
        }
        id
    }
}

/// The id of an image: images that were described alike are the same, wherever they came from.
fn image_id(image: &FakeImage) -> String {
    let mut described = image.clone();
    // A mirror's copy is the same image.
    if let Some(name) = ImageName::parse(&image.reference) {
        described.reference = format!("{}:{:?}", name.repository(), name.tag());
    }
    described.pull_failures.clear();
    described.pull_takes = Duration::ZERO;
    described.detail.id.clear();
    described.detail.names.clear();
    described.detail.tagged = None;
    described.detail.size = 0;
    format!("sha256:{}", hash(format!("{described:?}").as_bytes()))
}

async fn wait(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}

fn unknown(reference: &str) -> EngineError {
    EngineError::NotFound(format!(
        "manifest for {} not found: manifest unknown: manifest unknown",
        familiar(reference)
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::StreamExt as _;
    use tokio::time::Instant;

    use crate::engine::fake::{CallKind, FakeEngine, FakeImage};
    use crate::engine::{Engine as _, EngineError, PullRequest};

    fn request(reference: &str) -> PullRequest {
        PullRequest {
            reference: reference.to_owned(),
            platform: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pull_reports_every_byte_and_takes_its_time() {
        let image = FakeImage::new("postgres:17")
            .layers(&[100, 50])
            .pull_takes(Duration::from_secs(9));
        let engine = FakeEngine::new().with_remote_image(image);
        let before = Instant::now();
        let reports: Vec<_> = engine
            .pull(request("docker.io/postgres:17"))
            .collect()
            .await;
        assert_eq!(before.elapsed(), Duration::from_secs(9));
        let last = reports.last().expect("reports").clone().expect("progress");
        assert_eq!((last.downloaded, last.total), (150, 150));
        assert_eq!((last.layers_done, last.layers), (2, 2));
        let image = engine.image("postgres:17").await.expect("answers");
        assert_eq!(image.expect("is there").names, ["postgres:17"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pull_fails_as_often_as_told() {
        let error = EngineError::Connection("unexpected EOF".to_owned());
        let engine = FakeEngine::new().with_remote_image(FakeImage::new("a").pull_fails(1, &error));
        let first: Vec<_> = engine.pull(request("a")).collect().await;
        assert!(matches!(
            first.last(),
            Some(Err(EngineError::Connection(_)))
        ));
        assert_eq!(engine.image("a").await.expect("answers"), None);
        let second: Vec<_> = engine.pull(request("a")).collect().await;
        assert!(second.iter().all(Result::is_ok));
    }

    #[tokio::test(start_paused = true)]
    async fn parallel_pulls_are_counted() {
        let mut engine = FakeEngine::new();
        for name in ["a", "b", "c"] {
            let image = FakeImage::new(name).pull_takes(Duration::from_secs(1));
            engine = engine.with_remote_image(image);
        }
        let pull = async |name| engine.pull(request(name)).count().await;
        tokio::join!(pull("a"), pull("b"));
        pull("c").await;
        assert_eq!(engine.peak(CallKind::Pull), 2);
        assert_eq!(engine.subjects(CallKind::Pull), ["a", "b", "c"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pull_breaks_off_when_the_engine_goes_away() {
        let image = FakeImage::new("a").pull_takes(Duration::from_secs(9));
        let engine = FakeEngine::new().with_remote_image(image);
        let mut pull = engine.pull(request("a"));
        assert!(pull.next().await.expect("a report").is_ok());
        engine.go_away();
        let rest: Vec<_> = pull.collect().await;
        assert!(matches!(rest.last(), Some(Err(EngineError::Connection(_)))));
        let error = engine.image("a").await.expect_err("nobody answers");
        assert!(matches!(error, EngineError::Unreachable { .. }));
        engine.come_back();
        assert_eq!(engine.image("a").await.expect("answers"), None);
    }
}
