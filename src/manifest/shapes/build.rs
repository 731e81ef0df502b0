//! `build`.

use super::super::forms;
use super::super::shape::{Key, Shape};
use super::common::{EXTRA_HOSTS, FILE_REFERENCES, KEY_VALUES, LABELS, TEXTS, ULIMITS};

const BUILDKIT: &str = "only a BuildKit builder knows it";

/// The section.
pub(super) const BUILD: Shape = Shape::Rewritten(
    forms::build,
    &Shape::Keys(&[
        Key::new("context", Shape::Context),
        Key::new("dockerfile", Shape::Text),
        Key::new("dockerfile_inline", Shape::Text),
        Key::not_run("entitlements", TEXTS, BUILDKIT),
        Key::new("args", KEY_VALUES),
        Key::not_run("provenance", Shape::Scalar, BUILDKIT),
        Key::not_run("sbom", Shape::Scalar, BUILDKIT),
        Key::new(
            "ssh",
            Shape::Rewritten(forms::ssh, &Shape::Named(&Shape::Scalar)),
        ),
        Key::new("labels", LABELS),
        Key::new("cache_from", TEXTS),
        Key::not_run("cache_to", TEXTS, BUILDKIT),
        Key::new("no_cache", Shape::Bool),
        Key::new(
            "additional_contexts",
            Shape::Rewritten(forms::key_values, &Shape::Named(&Shape::Context)),
        ),
        Key::new("pull", Shape::Bool),
        Key::new("extra_hosts", EXTRA_HOSTS),
        Key::not_run(
            "isolation",
            Shape::Text,
            "Linux engines have one isolation only",
        ),
        Key::new("network", Shape::Text),
        Key::new("target", Shape::Text),
        Key::new("secrets", FILE_REFERENCES),
        Key::new("shm_size", Shape::Size),
        Key::new("tags", TEXTS),
        Key::not_run(
            "ulimits",
            ULIMITS,
            "the engine's builder takes its own limits",
        ),
        Key::new("platforms", TEXTS),
        Key::not_run("privileged", Shape::Bool, BUILDKIT),
    ]),
);
