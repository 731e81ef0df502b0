//! Pulls and builds: each image once, however many services use it.

use std::collections::HashMap;

use jiff::SignedDuration;

use crate::catalog::ImageName;
use crate::diagnostic::Diagnostic;
use crate::engine::BuildRequest;
use crate::event::StepId;
use crate::source::Span;
use crate::stack::{PullPolicy, Service, Stack};

use super::builder::{NewStep, Steps};
use super::company::enter_build;
use super::labels::project_labels;
use super::{Action, Labels, Observed, Plan};

/// When images are pulled and built beyond what their policy says.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ImageOptions {
    pub(super) build: bool,
    pub(super) pull: bool,
    pub(super) no_cache: bool,
}

/// Plans each image once and remembers the step.
#[derive(Debug)]
pub(super) struct Images<'a> {
    stack: &'a Stack,
    observed: &'a Observed,
    options: ImageOptions,
    pulls: HashMap<(String, Option<String>), StepId>,
    builds: HashMap<String, StepId>,
    /// Images whose build is being planned: one that starts from itself in a circle must not be chased for ever.
    planning: Vec<String>,
}

impl<'a> Images<'a> {
    pub(super) fn new(stack: &'a Stack, observed: &'a Observed, options: ImageOptions) -> Self {
        Self {
            stack,
            observed,
            options,
            pulls: HashMap::new(),
            builds: HashMap::new(),
            planning: Vec::new(),
        }
    }

    /// The step after which a service's image is there; `None` if it is there already.
    pub(super) fn ensure(
        &mut self,
        service: &Service,
        steps: &mut Steps,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<StepId> {
        let present = self.observed.images.contains_key(&service.image);
        if service.build.is_some() {
            let reason = match (present, self.options.build, service.pull_policy) {
                (false, ..) => "the engine does not have it",
                (true, true, _) => "asked for",
                (true, false, PullPolicy::Build) => "its pull policy is `build`",
                _ => return None,
            };
            return Some(self.build(service, reason, steps));
        }
        let reason = match (present, service.pull_policy) {
            (false, PullPolicy::Never) => {
                problems.push(
                    Diagnostic::error(format!(
                        "the engine has no image `{}`, and its pull policy is `never`",
                        service.image
                    ))
                    .at(service.image_span.as_ref().unwrap_or(&service.span), "")
                    .fix(format!("docker pull {}", service.image)),
                );
                return None;
            }
            (true, PullPolicy::Never) => return None,
            (false, _) => "the engine does not have it",
            (true, PullPolicy::Always) => "its pull policy is `always`",
            (true, _) if self.options.pull => "asked for",
            (true, PullPolicy::Every(every)) if self.is_older(&service.image, every) => {
                "it is older than its policy allows"
            }
            (true, _) => return None,
        };
        let origin = service.image_span.as_ref();
        Some(self.pull(
            &service.image,
            service.platform.as_deref(),
            Some(&service.name),
            reason,
            origin,
            steps,
        ))
    }

    fn pull(
        &mut self,
        image: &str,
        platform: Option<&str>,
        service: Option<&str>,
        reason: &str,
        origin: Option<&Span>,
        steps: &mut Steps,
    ) -> StepId {
        let key = (image.to_owned(), platform.map(str::to_owned));
        if let Some(&step) = self.pulls.get(&key) {
            return step;
        }
        let mirror = self.stack.mirror.as_deref();
        let mirror = mirror.and_then(|mirror| ImageName::parse(image)?.on_mirror(mirror));
        let action = Action::PullImage {
            image: image.to_owned(),
            mirror,
            platform: platform.map(str::to_owned),
        };
        let mut step = NewStep::new(action, reason).origin(origin);
        if let Some(service) = service {
            step = step.service(service);
        }
        let step = steps.push(step);
        self.pulls.insert(key, step);
        step
    }

    fn build(&mut self, service: &Service, reason: &str, steps: &mut Steps) -> StepId {
        if let Some(&step) = self.builds.get(&service.image) {
            return step;
        }
        let mut build = service
            .build
            .clone()
            .expect("only a service with `build` is built");
        build.no_cache |= self.options.no_cache;
        let refresh = build.pull || self.options.pull;
        // Through the mirror only devstack can pull; without one the engine's builder does it as well, but without
        // retries and without sharing a download with a service of the same image.
        build.pull = false;
        self.planning.push(service.image.clone());
        let observed = self.observed;
        let base = observed
            .base_images
            .get(&service.name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut needs = Vec::new();
        for image in base {
            let present = observed.images.contains_key(image);
            if let Some(maker) = self.maker(image) {
                let built = self.builds.get(image).copied();
                let missing = built.is_none() && !present && !self.planning.contains(image);
                needs.extend(built.or_else(|| {
                    missing.then(|| self.build(maker, "another build starts from it", steps))
                }));
            } else if refresh || !present {
                let reason = format!("the build of `{}` starts from it", service.name);
                let platform = build.platform.as_deref();
                needs.push(self.pull(
                    image,
                    platform,
                    Some(&service.name),
                    &reason,
                    Some(&build.span),
                    steps,
                ));
            }
        }
        let certificates = enter_build(self.stack, &mut build);
        let mut labels: Vec<(String, String)> = project_labels(self.stack).into_iter().collect();
        labels.push((Labels::SERVICE.to_owned(), service.name.clone()));
        let origin = build.span.clone();
        let request = BuildRequest {
            tag: service.image.clone(),
            build,
            labels,
            certificates,
        };
        let step = NewStep::new(Action::BuildImage(Box::new(request)), reason)
            .service(&service.name)
            .needs(needs)
            .origin(Some(&origin));
        let step = steps.push(step);
        self.builds.insert(service.image.clone(), step);
        step
    }

    /// The service of the stack that makes this image: then it cannot be pulled.
    fn maker(&self, image: &str) -> Option<&'a Service> {
        self.stack
            .services
            .values()
            .find(|service| service.build.is_some() && service.image == image)
    }

    fn is_older(&self, image: &str, than: std::time::Duration) -> bool {
        let Some(image) = self.observed.images.get(image) else {
            return true;
        };
        let Some(tagged) = image.tagged.or(image.created) else {
            return true;
        };
        SignedDuration::try_from(than)
            .is_ok_and(|than| self.observed.now.duration_since(tagged) > than)
    }
}

/// The plan of `devstack pull`: every image that is not built here.
pub fn pull(
    stack: &Stack,
    services: &[String],
    observed: &Observed,
) -> Result<Plan, Vec<Diagnostic>> {
    let options = ImageOptions {
        pull: true,
        ..ImageOptions::default()
    };
    image_plan(stack, services, observed, options, |service| {
        service.build.is_none() && service.pull_policy != PullPolicy::Never
    })
}

/// The plan of `devstack build`: every image that has a `build` section.
pub fn build(
    stack: &Stack,
    services: &[String],
    observed: &Observed,
    pull: bool,
    no_cache: bool,
) -> Result<Plan, Vec<Diagnostic>> {
    let options = ImageOptions {
        build: true,
        pull,
        no_cache,
    };
    image_plan(stack, services, observed, options, |service| {
        service.build.is_some()
    })
}

fn image_plan(
    stack: &Stack,
    services: &[String],
    observed: &Observed,
    options: ImageOptions,
    wanted: impl Fn(&Service) -> bool,
) -> Result<Plan, Vec<Diagnostic>> {
    let mut steps = Steps::default();
    let mut problems = Vec::new();
    let mut images = Images::new(stack, observed, options);
    let named = |service: &&Service| services.is_empty() || services.contains(&service.name);
    let chosen: Vec<&Service> = stack
        .services
        .values()
        .filter(named)
        .filter(|service| wanted(service))
        .collect();
    for service in &chosen {
        images.ensure(service, &mut steps, &mut problems);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Plan {
        project: stack.name.clone(),
        services: chosen.iter().map(|service| service.name.clone()).collect(),
        steps: steps.into_steps(),
        warnings: Vec::new(),
    })
}
