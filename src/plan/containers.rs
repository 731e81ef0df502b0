//! What has to happen to one container of a service.

use crate::engine::{ContainerSpec, ContainerState, ContainerSummary, Image};
use crate::event::StepId;
use crate::stack::{FileContent, Service};

use super::{ImageChanged, Labels};

/// What to do about a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Leave it as it is: it runs, or is a one-shot that is done.
    Keep,
    /// Start it as it is.
    Start(String),
    /// Create one; there is none.
    Create(String),
    /// Stop and remove what is there and create one anew.
    Recreate(String),
    /// As `Recreate`, but only if a pull or build turns out to bring another image.
    RecreateIf(ImageChanged),
}

/// What is known when a container is judged.
#[derive(Debug)]
pub(super) struct Circumstances<'a> {
    pub(super) service: &'a Service,
    pub(super) wanted: &'a ContainerSpec,
    pub(super) found: Option<&'a ContainerSummary>,
    /// The image that its reference names now.
    pub(super) image: Option<&'a Image>,
    /// The step that pulls or builds the image, if one does.
    pub(super) image_step: Option<StepId>,
    /// Why it has to be recreated whatever it looks like.
    pub(super) force: Option<String>,
    /// Whether something that it depends on is created anew, so that a one-shot has to run again.
    pub(super) dependency_created: bool,
}

pub(super) fn decide(about: &Circumstances<'_>) -> Decision {
    let Some(found) = about.found else {
        return Decision::Create("there is none".to_owned());
    };
    if let Some(reason) = &about.force {
        return Decision::Recreate(reason.clone());
    }
    if found.labels.get(Labels::CONFIG_HASH) != about.wanted.labels.get(Labels::CONFIG_HASH) {
        return Decision::Recreate("its settings in the manifest changed".to_owned());
    }
    if about.image.is_some_and(|image| image.id != found.image_id) && about.image_step.is_none() {
        return Decision::Recreate(format!("{} is another image now", about.service.image));
    }
    if about.image_step.is_some() {
        let condition = ImageChanged {
            image: about.service.image.clone(),
            was: found.image_id.clone(),
        };
        return Decision::RecreateIf(condition);
    }
    by_state(about, found)
}

/// What its state asks for, when it is otherwise as it should be.
pub(super) fn by_state(about: &Circumstances<'_>, found: &ContainerSummary) -> Decision {
    match found.state {
        ContainerState::Running | ContainerState::Restarting => Decision::Keep,
        // Its files may not have been put into it before what created it was interrupted.
        ContainerState::Created if has_content(about.service) => {
            Decision::Recreate("it was created but never started".to_owned())
        }
        ContainerState::Created => Decision::Start("it was never started".to_owned()),
        ContainerState::Exited if about.service.is_one_shot() && found.exit_code() == Some(0) => {
            if about.dependency_created {
                Decision::Start("what it depends on is new".to_owned())
            } else {
                Decision::Keep
            }
        }
        ContainerState::Exited => Decision::Start(match found.exit_code() {
            Some(0) | None => "it is stopped".to_owned(),
            Some(code) => format!("it stopped with exit code {code}"),
        }),
        ContainerState::Paused => Decision::Recreate("it is paused".to_owned()),
        ContainerState::Removing | ContainerState::Dead => {
            Decision::Recreate("it is half removed".to_owned())
        }
    }
}

fn has_content(service: &Service) -> bool {
    service
        .files
        .iter()
        .any(|file| matches!(file.content, FileContent::Bytes(_)))
}
