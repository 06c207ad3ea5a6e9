//! Spectra that are known, and troubles that are said.

mod extremes;
mod support;
mod trouble;
