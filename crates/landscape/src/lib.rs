//! The program behind the `landscape` command: the only crate with input and output.

pub mod atomic;
pub mod data;
pub mod figure;
pub mod records;
pub mod report;
