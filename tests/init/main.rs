//! `devstack init` in folders that look like real projects: what it proposes, how it asks, and what `up` makes of it.
//!
//! The projects lie in `projects/`, what is proposed for them in `proposals/`. A test works on a copy ([`Folder`]) and
//! removes everything it made. Nothing is skipped: without an engine or the images of `scripts/images` the tests fail.

mod compose;
mod dialogue;
mod first_day;
mod flags;
mod folder;
mod proposals;
mod terminal;
