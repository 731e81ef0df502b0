//! Readiness and seeds on the real engine, with real databases.
//!
//! Images come from the mirror that `scripts/images` fills. Every container has a name of its own and is removed, also
//! when a test fails.

mod conversations;
mod first_boot;
mod glance;
mod lab;
mod reaching;
mod readiness;
mod redis_seeds;
mod seed_contracts;
mod seed_formats;
mod seeds;
