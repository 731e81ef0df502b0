//! Seeds that are commands: `exec` in the running service, `run` in a container of its own.

use super::Reader;
use crate::manifest::node::Node;
use crate::stack::{SeedKind, SeedRun};

impl Reader<'_> {
    pub(super) fn exec(&mut self, node: &Node) {
        if let Some((command, label)) = self.words(node, "exec") {
            self.add(node, SeedKind::Exec { command }, label);
        }
    }

    pub(super) fn run(&mut self, node: &Node, settings: &Node) {
        let Some((command, label)) = self.words(node, "run") else {
            return;
        };
        // Whether there is such a service is a rule of its own, which knows of profiles.
        let service = settings
            .string("in")
            .unwrap_or_else(|| self.subject.name.to_owned());
        let image = self
            .context
            .service(&service)
            .and_then(|other| other.string("image"))
            .filter(|image| !image.is_empty())
            .unwrap_or_else(|| format!("{}-{service}", self.context.project));
        let mut inputs = Vec::new();
        for input in settings.get("inputs").map(Node::items).unwrap_or_default() {
            if let Some(text) = input.as_str() {
                inputs.extend(self.inputs(input, text));
            }
        }
        inputs.sort();
        inputs.dedup();
        let run = SeedRun {
            service,
            image,
            command,
            inputs,
        };
        self.add(node, SeedKind::Run(run), label);
    }
}
