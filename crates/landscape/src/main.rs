//! The `landscape` command.

fn main() {}
