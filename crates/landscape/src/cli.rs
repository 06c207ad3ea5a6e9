//! The command line. stdout is data, stderr is talk.

mod data;
mod describe;
mod list;
mod make;
mod probe;
mod report;
mod run;
mod signals;

use crate::device::DeviceName;
use crate::environment::{self, Work};
use crate::run::{Talk, say};
use clap::{Parser, Subcommand};
use serde::Serialize;
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

/// The version, and the commit of the source where it is known.
const LONG_VERSION: &str = match env!("LANDSCAPE_COMMIT").is_empty() {
    true => concat!(env!("CARGO_PKG_VERSION"), "\ncommit unknown"),
    false => concat!(env!("CARGO_PKG_VERSION"), "\ncommit ", env!("LANDSCAPE_COMMIT")),
};

/// Train a network, and know what kind of point you stopped at.
///
/// Exit codes: 0 done, 1 error, 2 wrong usage, 3 diverged, 4 an expectation did not hold, 75 stopped by a signal.
#[derive(Debug, Parser)]
#[command(name = "landscape", version, long_version = LONG_VERSION, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train the variants of one or more configs, probe them, and write a report.
    Run(run::Arguments),
    /// Measure the landscape around checkpoints of a run, or around weights that were trained elsewhere.
    Probe(probe::Arguments),
    /// Write a report of one or more run folders.
    Report(report::Arguments),
    /// List the devices: name, kind, memory, precision, and whether they pass the self-test.
    Devices(Format),
    /// List what configs can name: models, losses, starts, optimisers, noises, data, probes, expectations.
    List(Format),
    /// Show or check a config, or print the schema of configs.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check or describe data: files, or what a config takes.
    #[command(subcommand)]
    Data(DataCommand),
    /// Write a commented example config, which runs as it is.
    Init {
        /// The file to write; it must not be there yet.
        #[arg(default_value = "example.toml")]
        path: PathBuf,
    },
    /// Print completions for a shell, to be sourced by it.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the man page.
    Man {
        /// Write one page for each command into this folder instead.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
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
    /// Print the JSON Schema of configs, by which editors complete and check them.
    Schema,
}

/// How a table is printed.
#[derive(Debug, clap::Args)]
struct Format {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct ConfigArguments {
    /// A config file, such as configs/random-labels.toml.
    config: PathBuf,
    /// Change a value, as in --set training.step_size=0.1.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    #[command(flatten)]
    format: Format,
}

/// How much is said on stderr.
#[derive(Debug, clap::Args)]
struct Loudness {
    /// Say nothing but errors.
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Say also what the self-test measured, what each probe found and cost, and where the time went.
    #[arg(short, long)]
    verbose: bool,
}

impl Loudness {
    fn talk(&self) -> Talk {
        match (self.quiet, self.verbose) {
            (true, _) => Talk::Quiet,
            (_, true) => Talk::Detailed,
            _ => Talk::choose(),
        }
    }
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
    match cli.command {
        Command::Run(ref arguments) => environment::prepare(arguments.work()),
        Command::Probe(_) => environment::prepare(Work::Computing),
        Command::Devices(_) => environment::prepare(Work::Searching),
        _ => {}
    }
    if matches!(cli.command, Command::Run(_) | Command::Probe(_)) {
        crate::threads::take_part();
    }
    miette::set_hook(Box::new(|_| unwrapped())).expect("the hook is set once, before the first error");
    let outcome = match cli.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Probe(arguments) => probe::probe(&arguments),
        Command::Report(arguments) => report::report(&arguments),
        Command::Devices(format) => describe::devices(&format),
        Command::List(format) => list::list(&format),
        Command::Config(ConfigCommand::Show(arguments)) => describe::show(&arguments),
        Command::Config(ConfigCommand::Check(arguments)) => describe::check(&arguments),
        Command::Data(DataCommand::Check(arguments)) => data::data(&arguments, false),
        Command::Data(DataCommand::Describe(arguments)) => data::data(&arguments, true),
        Command::Config(ConfigCommand::Schema) => print_json(&crate::config::any_schema()),
        Command::Init { path } => make::init(&path),
        Command::Completions { shell } => make::completions(shell),
        Command::Man { out } => make::man(out.as_deref()),
    };
    ExitCode::from(outcome.unwrap_or_else(|Failure(report)| {
        say(&format!("{report:?}"));
        exit::ERROR
    }))
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

/// Writes a value as JSON.
fn print_json(value: &impl Serialize) -> Result<u8, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(plain)?;
    print(&format!("{text}\n"))?;
    Ok(exit::DONE)
}

/// The device named on the command line, else the config's.
fn device(given: Option<DeviceName>, config: DeviceName) -> DeviceName {
    given.unwrap_or(config)
}
