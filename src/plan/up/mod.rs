//! The plan of `devstack up`: from what is there to every service ready and seeded.
//!
//! Each service has its own chain (image, container, start, ready, data); chains meet only where one service depends
//! on another. There is no barrier that all services wait at.

mod chain;
mod data;
mod grow;
mod layered;
mod order;
mod place;
mod removal;
mod replace;
mod seed_runs;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::event::StepId;
use crate::stack::{Service, Stack};

use super::builder::Steps;
use super::data::{DataSet, data_sets};
use super::images::{ImageOptions, Images};
use super::ports::Ports;
use super::resources::{Volumes, create_networks, create_volumes};
use super::seeds::{self, SeedDecision};
use super::{Observed, Plan};
use layered::Fate;
use order::in_order;
pub use replace::{Replace, Replacement, replace};

/// What the user asked of `up` beside the services.
#[derive(Debug, Clone, Default)]
pub struct UpOptions {
    /// The services named; all if empty.
    pub services: Vec<String>,
    /// Build images even if present.
    pub build: bool,
    /// Pull images even if present.
    pub pull: bool,
    /// Recreate every container.
    pub force_recreate: bool,
    /// Apply no seeds.
    pub no_seed: bool,
    /// Leave dependencies alone.
    pub no_deps: bool,
    /// Remove containers of services that the manifest does not have.
    pub remove_orphans: bool,
    /// Put other data in the place of what is there.
    pub replace: Option<Replace>,
    /// The longest that any service may take to get ready, if not its own setting.
    pub timeout: Option<Duration>,
}

/// What has to happen so that the stack is up. Pure: the same input gives the same plan.
///
/// # Errors
///
/// Every problem that makes the plan impossible, such as an external network that does not exist.
pub fn up(
    stack: &Stack,
    observed: &Observed,
    options: &UpOptions,
) -> Result<Plan, Vec<Diagnostic>> {
    let names: Vec<&str> = if options.no_deps {
        stack
            .services
            .keys()
            .map(String::as_str)
            .filter(|name| options.services.iter().any(|s| s == name))
            .collect()
    } else {
        stack.closure(&options.services)
    };
    let ordered = in_order(stack, &names);
    let mut planner = Planner::new(stack, observed, options, &ordered);
    planner.shared(&ordered);
    for service in &ordered {
        planner.service(service);
    }
    planner.orphans();
    planner.finish(names)
}

/// What has to happen before a container of `devstack run` can start: the service's image, networks and volumes, and
/// what it depends on, ready, unless `no_deps`.
///
/// # Errors
///
/// As for [`up`].
pub fn one_off(
    stack: &Stack,
    observed: &Observed,
    service: &str,
    no_deps: bool,
) -> Result<Plan, Vec<Diagnostic>> {
    let service = &stack.services[service];
    let mut names = Vec::new();
    if !no_deps {
        let needed: Vec<String> = service
            .depends_on
            .iter()
            .map(|d| d.service.clone())
            .collect();
        if !needed.is_empty() {
            names = stack.closure(&needed);
        }
    }
    let options = UpOptions::default();
    let mut ordered = in_order(stack, &names);
    let mut planner = Planner::new(stack, observed, &options, &ordered);
    ordered.push(service);
    planner.alone = Some(&service.name);
    planner.shared(&ordered);
    ordered.pop();
    for service in &ordered {
        planner.service(service);
    }
    planner
        .images
        .ensure(service, &mut planner.steps, &mut planner.problems);
    planner.finish(names)
}

/// What later services need to know of one that is planned already.
#[derive(Debug, Default)]
struct Planned {
    /// The steps that create its containers.
    created: Vec<StepId>,
    /// The steps that start them, hooks included.
    started: Vec<StepId>,
    /// The steps after which it is ready and seeded.
    ready: Vec<StepId>,
    /// The steps that stop its old containers.
    stopped: Vec<StepId>,
    /// Whether a container of it is created.
    is_new: bool,
}

struct Planner<'a> {
    stack: &'a Stack,
    observed: &'a Observed,
    options: &'a UpOptions,
    steps: Steps,
    problems: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    images: Images<'a>,
    ports: Ports<'a>,
    sets: Vec<DataSet>,
    /// The service of which `devstack run` makes a container; its own containers are left as they are.
    alone: Option<&'a str>,
    /// What happens to each set that takes part.
    fates: Vec<(DataSet, Fate)>,
    /// Services that are restarted since what they depend on has other data.
    restarted: HashSet<String>,
    seeds: HashMap<String, SeedDecision>,
    begun: HashMap<String, StepId>,
    networks: HashMap<String, StepId>,
    volumes: HashMap<String, StepId>,
    removed: HashMap<String, StepId>,
    planned: HashMap<String, Planned>,
}

impl<'a> Planner<'a> {
    fn new(
        stack: &'a Stack,
        observed: &'a Observed,
        options: &'a UpOptions,
        services: &[&'a Service],
    ) -> Self {
        let image_options = ImageOptions {
            build: options.build,
            pull: options.pull,
            no_cache: false,
        };
        Self {
            stack,
            observed,
            options,
            steps: Steps::default(),
            problems: Vec::new(),
            warnings: Vec::new(),
            images: Images::new(stack, observed, image_options),
            ports: Ports::new(observed, &stack.name, services.iter().copied()),
            sets: data_sets(stack, observed),
            alone: None,
            fates: Vec::new(),
            restarted: HashSet::new(),
            seeds: HashMap::new(),
            begun: HashMap::new(),
            networks: HashMap::new(),
            volumes: HashMap::new(),
            removed: HashMap::new(),
            planned: HashMap::new(),
        }
    }

    /// What services share: networks, volumes, and the notes about seeds that must be there before the data.
    fn shared(&mut self, services: &[&'a Service]) {
        let layered: HashSet<String> = self
            .sets
            .iter()
            .flat_map(|set| &set.volumes)
            .map(|volume| volume.key.clone())
            .collect();
        let sharing = self.with_helpers(services);
        self.decide_data(&sharing, services);
        if !self.options.no_seed {
            for service in services
                .iter()
                .filter(|service| !self.is_layered(service) && self.alone != Some(&service.name))
                .copied()
                .collect::<Vec<_>>()
            {
                let (decision, warning) = seeds::decide(self.stack, service, self.observed);
                self.warnings.extend(warning);
                self.seeds.insert(service.name.clone(), decision);
            }
        }
        let discarded = self.discard(services);
        self.begin_seeds(services);
        self.networks = create_networks(
            self.stack,
            &sharing,
            self.observed,
            &mut self.steps,
            &mut self.problems,
        );
        self.volumes = create_volumes(
            self.stack,
            &sharing,
            self.observed,
            &Volumes {
                discarded: &discarded,
                begun: &self.begun,
                layered: &layered,
            },
            &mut self.steps,
            &mut self.problems,
        );
        self.place_data(&sharing);
    }

    fn service(&mut self, service: &'a Service) {
        let image_step = self
            .images
            .ensure(service, &mut self.steps, &mut self.problems);
        let mut planned = Planned::default();
        for number in 1..=service.replicas {
            self.container(service, number, image_step, &mut planned);
        }
        self.scale_down(service);
        self.planned.insert(service.name.clone(), planned);
    }

    fn is_new(&self, service: &str) -> bool {
        self.planned
            .get(service)
            .is_some_and(|planned| planned.is_new)
    }

    fn finish(mut self, names: Vec<&str>) -> Result<Plan, Vec<Diagnostic>> {
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        self.collect_layers();
        self.warnings.append(&mut self.ports.warnings);
        Ok(Plan {
            project: self.stack.name.clone(),
            services: names.into_iter().map(str::to_owned).collect(),
            steps: self.steps.into_steps(),
            warnings: self.warnings,
        })
    }
}
