//! All integration tests, in one binary.

#![recursion_limit = "256"]

mod architecture;
mod oracles;
mod subjects;
