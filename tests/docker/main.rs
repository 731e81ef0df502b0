//! The adapter against a real container engine: what the contract suite, which also runs on the fake, cannot show.

mod archives;
mod builds;
mod connections;
mod containers;
mod events;
mod exec;
mod logs;
mod networks;
mod options;
mod proxy;
mod pulls;
mod registry;
mod sandbox;
