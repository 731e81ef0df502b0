//! `devstack doctor`: each check seen failing for real, and each `--fix` mending it.
//!
//! What belongs to the machine (its engine, `/run`, settings of the kernel) is hidden behind mounts in a namespace of the
//! test's own, so that nothing of the machine is touched. The installation of packages and changes of users are the only
//! things that are not carried out: their commands are, as programs that write down how they were called.

mod engine;
mod lab;
mod machine;
mod network;
mod project;
mod report;
mod requires;
