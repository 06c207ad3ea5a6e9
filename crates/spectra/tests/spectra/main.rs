//! Spectra that are known, and troubles that are said.

mod accuracy;
mod definite;
mod density;
mod extent;
mod extremes;
mod support;
mod traces;
mod trouble;
mod unseen;
mod warm;
