//! The program behind the `landscape` command: the only crate with input and output.

#![recursion_limit = "256"]

pub mod allocator;
pub mod atomic;
pub mod cli;
pub mod config;
pub mod data;
pub mod device;
pub mod experiment;
pub mod figure;
pub mod records;
pub mod report;
pub mod run;
