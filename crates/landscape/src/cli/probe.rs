//! `landscape probe`.

use super::{Failure, Format, Loudness, device, exit, plain, print, signals};
use crate::config::Source;
use crate::device::DeviceName;
use crate::experiment::Experiment;
use crate::records::FindingRecord;
use crate::run::{Moment, RunFolder, Talk, check_schema, open_device, read_point, site_seed};
use models::Objective;
use probes::{Ends, Finding, Measurement, Movement, Operator, Probe, Site, Start};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Arguments of `landscape probe`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A run folder, such as runs/random-labels/20260102T030405Z.
    run: PathBuf,
    /// The variant to probe. Default: every variant.
    #[arg(long)]
    variant: Option<String>,
    /// Which checkpoint.
    #[arg(long, value_parser = ["start", "end"], default_value = "end")]
    at: String,
    /// How many of the largest eigenvalues.
    #[arg(long, default_value_t = 5)]
    largest: usize,
    /// How many of the smallest eigenvalues.
    #[arg(long, default_value_t = 5)]
    smallest: usize,
    /// Relative residual at which an eigenpair counts as converged.
    #[arg(long, default_value_t = 1e-4)]
    tolerance: f64,
    /// The most products to spend.
    #[arg(long, default_value_t = 4000)]
    products: usize,
    /// Probe the Gauss–Newton matrix instead of the Hessian.
    #[arg(long)]
    gauss_newton: bool,
    /// auto, cpu, ndarray, wgpu[:N] or cuda[:N]. Default: the run's.
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceName>,
    #[command(flatten)]
    loudness: Loudness,
    #[command(flatten)]
    format: Format,
}

/// Probes checkpoints of a run. Where a signal stops it, what was found by then is printed and kept.
pub(super) fn probe(arguments: &Arguments) -> Result<u8, Failure> {
    let path = arguments.run.join("config.toml");
    if !path.is_file() {
        return Err(Failure(miette::Report::msg(format!(
            "{} is not a run folder: it has no config.toml; give the folder that `landscape run` made",
            arguments.run.display()
        ))));
    }
    check_schema(&arguments.run).map_err(plain)?;
    let interrupted = signals::interrupted()?;
    let talk = arguments.loudness.talk();
    let source = Source::read(&path, &[])?;
    let config = source.config()?;
    let variants = config.variants().map_err(|e| e.within(&source))?;
    let names: Vec<String> = variants.iter().map(|variant| variant.name.clone()).collect();
    if let Some(name) = &arguments.variant
        && !names.contains(name)
    {
        return Err(Failure(miette::Report::msg(format!(
            "--variant {name}: the run's variants are {}",
            names
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ))));
    }
    let opened = open_device(device(arguments.device, config.device), config.precision).map_err(plain)?;
    talk.opened(&opened);
    let operator = if arguments.gauss_newton {
        Operator::GaussNewton
    } else {
        Operator::Hessian
    };
    let ends = Probe::Ends(Ends {
        largest: arguments.largest,
        smallest: arguments.smallest,
        tolerance: arguments.tolerance,
        products: arguments.products,
        operator,
    });
    let moment = match arguments.at.as_str() {
        "start" => Moment::Start,
        _ => Moment::End,
    };
    let mut folder = RunFolder::open(&arguments.run).map_err(plain)?;
    for variant in variants
        .into_iter()
        .filter(|v| arguments.variant.as_ref().is_none_or(|name| *name == v.name))
    {
        let experiment = opened
            .guard(|| Experiment::build(variant, None, &opened.device))
            .map_err(plain)?
            .map_err(|e| e.within(&source))?;
        if let Some(problem) = ends.problem(&experiment.subject()) {
            return Err(Failure(miette::Report::msg(format!(
                "variant `{}`: {problem}",
                experiment.name
            ))));
        }
        let (step, at) = opened
            .guard(|| read_point(&arguments.run, &experiment, moment))
            .map_err(plain)?
            .map_err(plain)?;
        let (slope, start) = opened
            .guard(|| (experiment.train.slope(&at), Start::new(experiment.start())))
            .map_err(plain)?;
        let site = Site {
            objective: &experiment.train,
            at: &at,
            slope: &slope,
            motion: Some(experiment.motion(step)),
            start: &start,
            seed: site_seed(experiment.config.seed, step),
            interrupted: &|| interrupted.load(Ordering::Relaxed),
        };
        for probe in [&ends, &Probe::Movement(Movement {})] {
            let finding = opened.guard(|| probe.measure(&site)).map_err(plain)?;
            let record = FindingRecord {
                variant: experiment.name.clone(),
                step,
                asked: true,
                finding,
            };
            folder.finding(&record).map_err(plain)?;
            talk.found(&record);
            if talk != Talk::Detailed {
                let warnings = record.finding.warnings.iter();
                warnings.for_each(|warning| talk.say(&format!("{}: {warning}", record.variant)));
            }
            match arguments.format.json {
                true => print(&format!("{}\n", serde_json::to_string(&record).map_err(plain)?))?,
                false => print(&table(&record.variant, step, &record.finding))?,
            }
            if interrupted.load(Ordering::Relaxed) {
                return Ok(exit::STOPPED);
            }
        }
    }
    Ok(exit::DONE)
}

/// A finding as tab-separated lines: variant, step, quantity, value, half-width. Of a grid only the ends of its values;
/// a verdict stands for a value.
fn table(variant: &str, step: u64, finding: &Finding) -> String {
    let half_width = |u: Option<f64>| u.map_or_else(|| "exact".to_string(), |u| format!("{u:.1e}"));
    let mut lines = Vec::new();
    for scalar in &finding.scalars {
        lines.push((scalar.name.clone(), scalar.value, half_width(scalar.uncertainty)));
    }
    for curve in &finding.curves {
        for (i, value) in curve.values.iter().enumerate() {
            let width = half_width(curve.uncertainties.get(i).copied());
            let place = match curve.along.as_ref().and_then(|axis| axis.values.get(i)) {
                Some(place) => format!("at {place:.6e}"),
                None => (i + 1).to_string(),
            };
            let along = curve
                .along
                .as_ref()
                .map_or(String::new(), |axis| format!(" along {}", axis.name));
            lines.push((format!("{}{along} {place}", curve.name), *value, width));
        }
    }
    for grid in &finding.grids {
        let over = format!("over {} and {}", grid.x.name, grid.y.name);
        let finite = || grid.values.iter().copied().filter(|value| value.is_finite());
        let ends = [
            ("smallest", finite().reduce(f64::min)),
            ("largest", finite().reduce(f64::max)),
        ];
        for (end, value) in ends.into_iter().filter_map(|(end, value)| Some((end, value?))) {
            lines.push((format!("{end} {} {over}", grid.name), value, half_width(None)));
        }
    }
    let mut text: String = lines
        .iter()
        .map(|(name, value, width)| format!("{variant}\t{step}\t{name}\t{value:.9e}\t{width}\n"))
        .collect();
    for verdict in &finding.verdicts {
        text += &format!("{variant}\t{step}\tverdict\t{verdict}\t\n");
    }
    if finding.cost.products > 0 {
        text += &format!("{variant}\t{step}\tproducts\t{}\texact\n", finding.cost.products);
    }
    text
}
