//! The program behind the `landscape` command: the only crate with input and output.

pub mod device;
pub mod records;
