//! What `up` and `plan` are asked for alike: the plan that is shown must be the one that would run.

use std::time::Duration;

use clap::Args;

use crate::plan::UpOptions;

#[derive(Debug, Args)]
pub(in crate::cli) struct Selection {
    /// Only these services and what they depend on; all when none is named
    #[arg(value_name = "SERVICE")]
    pub(in crate::cli) services: Vec<String>,
    /// Build images again, even where they are there
    #[arg(long)]
    build: bool,
    /// Ask the registry for newer images, even where they are there
    #[arg(long)]
    pull: bool,
    /// Make containers anew, even where nothing changed
    #[arg(long)]
    force_recreate: bool,
    /// Leave the data as it is: apply no seeds
    #[arg(long)]
    no_seed: bool,
    /// Leave out what the named services depend on
    #[arg(long)]
    no_deps: bool,
    /// Remove containers of services that the manifest does not have any more
    #[arg(long)]
    remove_orphans: bool,
}

impl Selection {
    /// What was asked for, as the plan wants to know it.
    pub(super) fn options(&self, timeout: Option<Duration>) -> UpOptions {
        UpOptions {
            replace: None,
            services: self.services.clone(),
            build: self.build,
            pull: self.pull,
            force_recreate: self.force_recreate,
            no_seed: self.no_seed,
            no_deps: self.no_deps,
            remove_orphans: self.remove_orphans,
            timeout,
        }
    }
}
