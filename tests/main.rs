//! All integration tests, in one binary.

#![recursion_limit = "256"]

mod architecture;
mod around;
mod cli;
mod configs;
mod curvature;
mod data;
mod devices;
mod fuzz;
mod gram;
mod oracles;
mod subjects;
mod training;
