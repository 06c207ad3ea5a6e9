//! All integration tests, in one binary.

#![recursion_limit = "256"]

mod architecture;
mod devices;
mod oracles;
mod subjects;
