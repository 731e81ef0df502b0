//! The stories that devstack tells by template, on a real engine: a pool before the database, metrics, feature flags, and
//! load that comes in crowds. All of them are added to a copy of the demo, as a user adds them.

#[path = "../real/project.rs"]
#[allow(dead_code, reason = "shared with tests/real, which uses all of it")]
mod project;
#[path = "../real/surroundings.rs"]
#[allow(dead_code, reason = "shared with tests/layered, which uses all of it")]
mod surroundings;

#[path = "../templates/proof.rs"]
mod proof;

mod demo;
mod http;

mod flags;
mod load;
mod metrics;
mod pool;
mod requirements;
mod together;
