//! The `devstack` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    devstack::cli::main()
}
