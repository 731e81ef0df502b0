//! The `devstack` command.

fn main() {}
