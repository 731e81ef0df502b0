//! The containers of `run` seeds, and what must be there before they can be made.

use crate::event::StepId;
use crate::plan::company::container_files;
use crate::plan::resources::volume_keys;
use crate::plan::spec::one_off_spec;
use crate::plan::{SeedContainer, SeedWork};
use crate::stack::{Seed, SeedKind, Service, Stack};

use super::Planner;

/// The services in which seeds run, each once.
pub(super) fn helpers<'a>(stack: &'a Stack, seeds: &[Seed]) -> Vec<&'a Service> {
    let mut found: Vec<&Service> = Vec::new();
    for seed in seeds {
        if let SeedKind::Run(run) = &seed.kind
            && let Some(service) = stack.services.get(&run.service)
            && !found.iter().any(|other| other.name == service.name)
        {
            found.push(service);
        }
    }
    found
}

impl<'a> Planner<'a> {
    /// Services whose networks and volumes are needed: those given, and those in which their seeds run.
    pub(super) fn with_helpers(&self, services: &[&'a Service]) -> Vec<&'a Service> {
        let mut all = services.to_vec();
        if self.options.no_seed {
            return all;
        }
        for service in services {
            for helper in helpers(self.stack, &service.seeds) {
                if !all.iter().any(|other| other.name == helper.name) {
                    all.push(helper);
                }
            }
        }
        all
    }

    /// Gives a service's seeds the containers that they run in, and gives the steps that must be done before.
    pub(super) fn seed_runs(&mut self, service: &Service, work: &mut SeedWork) -> Vec<StepId> {
        let mut needs = Vec::new();
        for helper in helpers(self.stack, &work.seeds) {
            let image = self
                .images
                .ensure(helper, &mut self.steps, &mut self.problems);
            needs.extend(image);
            let networks = helper.networks.keys();
            needs.extend(networks.filter_map(|key| self.networks.get(key)));
            needs.extend(volume_keys(helper).filter_map(|key| self.volumes.get(key)));
            work.runs.push(SeedContainer {
                service: helper.name.clone(),
                // One name a seeded service: what a killed run left behind is found by it.
                spec: one_off_spec(self.stack, helper, &format!("seed-{}", service.name)),
                files: container_files(self.stack, helper),
            });
        }
        needs
    }
}
