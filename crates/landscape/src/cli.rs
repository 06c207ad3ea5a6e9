//! The command line. stdout is data, stderr is talk.

mod data;
mod describe;
mod probe;
mod run;
mod signals;

use crate::config;
use crate::device::DeviceName;
use clap::{Parser, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit codes, part of the interface.
pub mod exit {
    /// All done.
    pub const DONE: u8 = 0;
    /// An error.
    pub const ERROR: u8 = 1;
    /// Wrong usage; clap's own code.
    pub const USAGE: u8 = 2;
    /// A run diverged; everything up to there is kept.
    pub const DIVERGED: u8 = 3;
    /// A claim's bound or identity, or an expectation of the config, did not hold.
    pub const VIOLATED: u8 = 4;
    /// Stopped by a signal; everything up to there is kept.
    pub const STOPPED: u8 = 75;
}

/// Train a network, and know what kind of point you stopped at.
///
/// Exit codes: 0 done, 1 error, 2 wrong usage, 3 diverged, 4 an expectation did not hold, 75 stopped by a signal.
#[derive(Debug, Parser)]
#[command(name = "landscape", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train the variants of one or more configs, probe them, and write a report.
    Run(run::Arguments),
    /// Measure the landscape around a checkpoint of a run, and add the finding to the run folder.
    Probe(probe::Arguments),
    /// Write a report of one or more run folders.
    Report {
        /// Run folders, such as runs/random-labels/20260102T030405Z.
        #[arg(required = true)]
        runs: Vec<PathBuf>,
        /// Where to write it; needed for several runs. Default: report.html in the run folder.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// List the devices: name, kind, memory, precision, and whether they pass the self-test.
    Devices,
    /// List what configs can name: models, losses, starts, optimisers, noises, data, variants, probes.
    List,
    /// Show or check a config.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check or describe data: files, or what a config takes.
    #[command(subcommand)]
    Data(DataCommand),
}

#[derive(Debug, Subcommand)]
enum DataCommand {
    /// Read everything and check it: shapes, ranges, labels. Prints sizes, classes and hashes.
    Check(data::Arguments),
    /// The same, with ranges, and inputs that are equal, parallel or nearly so. Takes about a minute for 60,000 images.
    Describe(data::Arguments),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the config with every default filled in and `--set` applied.
    Show(ConfigArguments),
    /// Check that the config can run: names, shapes, sizes, combinations. Prints each variant's model and data.
    Check(ConfigArguments),
}

#[derive(Debug, clap::Args)]
struct ConfigArguments {
    /// A config file, such as configs/random-labels.toml.
    config: PathBuf,
    /// Change a value, as in --set training.step_size=0.1.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
}

/// An error with its exit code.
struct Failure(miette::Report);

impl<E: Into<miette::Report>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure(error.into())
    }
}

/// How errors are written: a terminal wraps lines by itself; wrapped ones cannot be searched, and break names at
/// their hyphens.
fn unwrapped() -> Box<dyn miette::ReportHandler> {
    Box::new(miette::MietteHandlerOpts::new().wrap_lines(false).build())
}

/// Runs the command line and returns its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if matches!(cli.command, Command::Run(_) | Command::Probe(_)) {
        crate::allocator::keep_memory();
        crate::threads::take_part();
    }
    miette::set_hook(Box::new(|_| unwrapped())).expect("the hook is set once, before the first error");
    let outcome = match cli.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Probe(arguments) => probe::probe(&arguments),
        Command::Report { runs, out } => report(&runs, out),
        Command::Devices => describe::devices(),
        Command::List => describe::list(),
        Command::Config(ConfigCommand::Show(arguments)) => config_show(&arguments),
        Command::Config(ConfigCommand::Check(arguments)) => describe::check(&arguments),
        Command::Data(DataCommand::Check(arguments)) => data::data(&arguments, false),
        Command::Data(DataCommand::Describe(arguments)) => data::data(&arguments, true),
    };
    ExitCode::from(outcome.unwrap_or_else(|Failure(report)| {
        eprintln!("{report:?}");
        exit::ERROR
    }))
}

fn report(runs: &[PathBuf], out: Option<PathBuf>) -> Result<u8, Failure> {
    let path = crate::report::write(runs, out.as_deref()).map_err(plain)?;
    print(&format!("{}\n", path.display()))?;
    Ok(exit::DONE)
}

fn config_show(arguments: &ConfigArguments) -> Result<u8, Failure> {
    print(&config::load(&arguments.config, &arguments.sets)?.to_toml())?;
    Ok(exit::DONE)
}

/// An error that is one sentence.
fn plain(error: impl std::error::Error + Send + Sync + 'static) -> miette::Report {
    miette::Report::msg(error.to_string())
}

/// Writes data to stdout. A reader that has gone away is no error.
fn print(text: &str) -> Result<(), Failure> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|e| Failure(miette::Report::msg(format!("cannot write to stdout: {e}")))),
    }
}

/// The device named on the command line, else the config's.
fn device(given: Option<DeviceName>, config: DeviceName) -> DeviceName {
    given.unwrap_or(config)
}
