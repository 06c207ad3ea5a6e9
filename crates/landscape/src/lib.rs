//! Train a network, and know what kind of point you stopped at.
//!
//! This is the program behind the `landscape` command, and the only crate of the workspace with input and output.
//! What is minimised is in the crate `models`, how we move in `training`, what we measure in `probes`, and how we
//! read a matrix that we cannot store in `spectra`.
//!
//! | module | question |
//! |---|---|
//! | [`cli`] | what was asked on the command line? |
//! | [`config`] | what is a run asked to do? |
//! | [`data`] | on which examples? |
//! | [`weights`] | at which weights, where the user brings them? |
//! | [`device`] | where, and can its numbers be believed? |
//! | [`experiment`] | from a config to examples, networks and plans |
//! | [`run`] | train, probe, record, judge |
//! | [`records`] | what do the files of a run folder hold? |
//! | [`figure`], [`report`] | what do we say about it? |
//! | [`environment`], [`threads`] | how does the process use memory and processors? |
//! | [`memory`] | how much of it is there, and how much was used? |
//! | [`atomic`] | files that are either complete or not there |
//!
//! A config becomes [`experiment::Experiment`]s, one for each variant; [`run::run`] trains and probes them and writes
//! a run folder; [`report::write`] reads run folders and nothing else. stdout is data, stderr is talk.
//!
//! ```
//! use landscape::{config, experiment};
//!
//! let text = r#"
//!     question = "How sharp is the point at which a small tanh network stops?"
//!     loss = "cross-entropy"
//!     data = { source = "digits", train = 100 }
//!     model = { kind = "perceptron", hidden = [32], activation = "tanh" }
//!     start = { kind = "xavier" }
//!     training = { step_size = 0.1 }
//! "#;
//! let config = config::parse("example", text, &["model.hidden=[16]".to_string()])?;
//! let variants = experiment::check(&config)?;
//! assert_eq!(variants[0].name, "true labels");
//! assert_eq!(variants[0].parameters, (64 + 1) * 16 + (16 + 1) * 10);
//! # Ok::<(), config::ConfigError>(())
//! ```

#![recursion_limit = "256"]

pub mod atomic;
pub mod cli;
pub mod config;
pub mod data;
pub mod device;
pub mod environment;
pub mod experiment;
pub mod figure;
pub mod memory;
pub mod records;
pub mod report;
pub mod run;
pub mod threads;
pub mod weights;
