//! The `landscape` command.

#![recursion_limit = "256"]

use std::process::ExitCode;

fn main() -> ExitCode {
    landscape::cli::main()
}
