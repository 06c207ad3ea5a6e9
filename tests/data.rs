//! Data files: each format read back, each wrong one refused, and what is taken from them.

mod bounds;
mod formats;
mod sources;
pub mod writing;
