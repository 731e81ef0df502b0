//! The adapter against a real container engine: what the contract suite, which also runs on the fake, cannot show.

mod archives;
mod containers;
mod events;
mod exec;
mod logs;
mod sandbox;
