//! Data as part of the stack, on a real engine: what `up`, `seed`, `reset`, `snapshot` and `prune` make of it, in any
//! order, interrupted at any moment, and with things done to it behind devstack's back.
//!
//! What a person does is done through the binary; what is then true is asked of the databases themselves and of the
//! engine's own command line. `DEVSTACK_TEST_ROUNDS` multiplies how much the random tests do; their seed is printed
//! when they fail and can be given as `DEVSTACK_TEST_SEED`. `KILLS` is how often something is killed.

#[path = "../real/project.rs"]
#[allow(dead_code, reason = "shared with tests/real, which uses all of it")]
mod project;
#[path = "../real/surroundings.rs"]
mod surroundings;

mod chance;
mod databases;
mod family;
mod model;
mod private_engine;

mod accidents;
mod full_disk;
mod interleavings;
mod kills;
mod plain_volumes;
mod shapes;
