//! `landscape probe`.

mod look;
mod network;
mod run;

use super::{Failure, Format, Loudness};
use crate::config::{ConfigError, Measures};
use crate::device::DeviceName;
use crate::run::DESCRIPTION;
use run::At;
use std::path::PathBuf;
use toml::Value;

/// Arguments of `landscape probe`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A run folder, such as runs/random-labels/20260102T030405Z, a checkpoint in one, or the description of a network
    /// that was trained elsewhere, a TOML file; or the folder that --out made for one.
    #[arg(value_name = "RUN|CHECKPOINT|NET.toml")]
    subject: PathBuf,
    /// The variant to probe. Default: every variant.
    #[arg(long)]
    variant: Option<String>,
    /// Which checkpoints: start, latest, end, all, or a step. Default: end.
    #[arg(long, value_name = "WHEN")]
    at: Option<At>,
    /// What to measure, by kinds of probes such as ends,density,trace; those of one matrix share products. Default: ends,
    /// and movement in a run.
    #[arg(long, value_name = "PROBES", value_delimiter = ',')]
    measure: Vec<String>,
    /// Change a probe, as in --set density.accuracy=0.01 or --set ends.block=layer1.weight.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// How many of the largest eigenvalues.
    #[arg(long, default_value_t = 5)]
    largest: usize,
    /// How many of the smallest eigenvalues.
    #[arg(long, default_value_t = 5)]
    smallest: usize,
    /// Relative residual at which an eigenpair counts as converged.
    #[arg(long, default_value_t = 1e-4)]
    tolerance: f64,
    /// The most products to spend on the ends.
    #[arg(long, default_value_t = 4000)]
    products: usize,
    /// The probability with which what is found must hold: that no eigenvalue is missing, the bounds of a density, that
    /// there is no negative curvature. Default: 0.999 for ends, 0.99 for the others.
    #[arg(long, value_name = "P", value_parser = probability)]
    confidence: Option<f64>,
    /// Probe the Gauss–Newton matrix instead of the Hessian.
    #[arg(long)]
    gauss_newton: bool,
    /// The memory that probing may take, such as 2GiB; bases shrink to fit. Default: what the machine has available.
    #[arg(long, value_name = "SIZE", value_parser = crate::memory::parse)]
    memory: Option<u64>,
    /// Find the pairs of ends again in f64 on the CPU, starting from those that were found. Takes memory beyond the plan.
    #[arg(long)]
    refine: bool,
    /// Measure again what was measured before with these settings.
    #[arg(long)]
    again: bool,
    /// With --at all: keep the eigenvectors found at the checkpoint before until their residuals drift, then start the search
    /// of ends from them and a random vector. Takes fewer products where checkpoints lie near each other. Where one is
    /// missing, all are measured again.
    #[arg(long)]
    warm: bool,
    /// For a network that was trained elsewhere: keep what is found, with a report, in a new folder below this one. Probing
    /// that folder goes on, and adds to it.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// auto, cpu, ndarray, wgpu[:N] or cuda[:N]. Default: the run's, or the description's.
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceName>,
    #[command(flatten)]
    loudness: Loudness,
    #[command(flatten)]
    format: Format,
}

/// Probes checkpoints of a run, or a network that was trained elsewhere. Where a signal stops it, what was found by then
/// is printed and kept.
pub(super) fn probe(arguments: &Arguments) -> Result<u8, Failure> {
    let subject = &arguments.subject;
    let described = subject.extension().is_some_and(|ending| ending == "toml");
    match described || subject.join(DESCRIPTION).is_file() {
        true => network::probe(arguments),
        false => run::probe(arguments),
    }
}

impl Arguments {
    /// The probes that are asked for, or the usual ones.
    fn measures(&self, usual: &[&str]) -> Result<Measures, Failure> {
        let count = |n: usize| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        let mut defaults = vec![
            ("ends.largest", count(self.largest)),
            ("ends.smallest", count(self.smallest)),
            ("ends.tolerance", Value::Float(self.tolerance)),
            ("ends.products", count(self.products)),
        ];
        if let Some(confidence) = self.confidence {
            defaults.push(("*.confidence", Value::Float(confidence)));
            defaults.push(("*.delta", Value::Float(1.0 - confidence)));
        }
        if self.gauss_newton {
            defaults.push(("*.operator", Value::String("gauss-newton".into())));
        }
        let usual: Vec<String> = usual.iter().map(|kind| kind.to_string()).collect();
        let kinds = if self.measure.is_empty() {
            &usual
        } else {
            &self.measure
        };
        let measures = Measures::new(kinds, &defaults, &self.sets)?;
        if self.confidence.is_some() && !measures.any_takes(&["confidence", "delta"]) {
            let message = format!(
                "--confidence: nothing that {} tells is a matter of probability: leave it out",
                kinds.join(" or ")
            );
            return Err(ConfigError::new(message).into());
        }
        Ok(measures)
    }
}

/// A probability, for clap.
fn probability(text: &str) -> Result<f64, String> {
    let value = text.parse::<f64>().ok();
    let inside = value.filter(|p| *p > 0.0 && *p < 1.0);
    inside.ok_or_else(|| "it must lie between 0 and 1, for instance 0.999".into())
}
