//! Matrix problems as objectives: derivatives, blocks of runs, precisions, and what theory knows of them.

mod asymmetric;
mod completion;
mod linear;
mod oracles;
mod paths;
mod quadratic;
mod sensing;
mod spectra;
mod support;
mod symmetric;
