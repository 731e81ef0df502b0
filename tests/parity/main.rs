//! devstack and Docker Compose side by side: the same files, started by each in turn, and what the engine then holds.
//!
//! Each stack is started by Docker Compose and by devstack in the same folder under the same project name; the
//! containers, networks and volumes are compared by `docker inspect`, less what no two runs have alike and less the
//! differences on purpose, which [`facts`] lists. Nothing is skipped: without an engine, the images of
//! `scripts/images` or the program of `scripts/compose` the tests fail.

mod facts;
mod handover;
mod shapes;
mod stack;
