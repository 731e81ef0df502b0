//! The command line as people use it: the built binary, its output, its exit code.

mod completions;
mod engine;
mod fixture;
mod inputs;
mod manifest;
mod project;
mod prompt;
mod running;
mod usage;
