//! Spectra that are known, and troubles that are said.

mod accuracy;
mod coverage;
mod definite;
mod density;
mod extent;
mod extremes;
mod held;
mod reports;
mod support;
mod traces;
mod trouble;
mod unseen;
mod waits;
mod warm;
