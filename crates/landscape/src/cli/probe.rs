//! `landscape probe`.

use super::{Failure, Format, Loudness, device, exit, plain, print, signals};
use crate::config::{Measures, Source, VariantConfig};
use crate::device::DeviceName;
use crate::experiment::{Experiment, check_variant};
use crate::memory::{peak, words};
use crate::records::FindingRecord;
use crate::run::{Moment, RunFolder, Talk, check_schema, fitted, open_device, read_standing, site_seed};
use models::Objective;
use probes::{Finding, Measurement, Site, Start};
use std::cell::OnceCell;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use toml::Value;

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
    /// What to measure, by kinds of probes such as ends,density,trace; those of one matrix share products.
    #[arg(
        long,
        value_name = "PROBES",
        value_delimiter = ',',
        default_value = "ends,movement"
    )]
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
    /// Probe the Gauss–Newton matrix instead of the Hessian.
    #[arg(long)]
    gauss_newton: bool,
    /// The memory that probing may take, such as 2GiB; bases shrink to fit. Default: what the machine has available.
    #[arg(long, value_name = "SIZE", value_parser = crate::memory::parse)]
    memory: Option<u64>,
    /// auto, cpu, ndarray, wgpu[:N] or cuda[:N]. Default: the run's.
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceName>,
    #[command(flatten)]
    loudness: Loudness,
    #[command(flatten)]
    format: Format,
}

impl Arguments {
    /// The probes that are asked for.
    fn measures(&self) -> Result<Measures, Failure> {
        let count = |n: usize| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        let mut defaults = vec![
            ("ends.largest", count(self.largest)),
            ("ends.smallest", count(self.smallest)),
            ("ends.tolerance", Value::Float(self.tolerance)),
            ("ends.products", count(self.products)),
        ];
        if self.gauss_newton {
            defaults.push(("*.operator", Value::String("gauss-newton".into())));
        }
        Ok(Measures::new(&self.measure, &defaults, &self.sets)?)
    }

    /// The variants that are asked for.
    fn of(&self, variants: Vec<VariantConfig>) -> Result<Vec<VariantConfig>, Failure> {
        let Some(name) = &self.variant else {
            return Ok(variants);
        };
        let known: Vec<String> = variants
            .iter()
            .map(|variant| format!("`{}`", variant.name))
            .collect();
        let chosen: Vec<VariantConfig> = variants.into_iter().filter(|v| v.name == *name).collect();
        match chosen.is_empty() {
            false => Ok(chosen),
            true => Err(Failure(miette::Report::msg(format!(
                "--variant {name}: the run's variants are {}",
                known.join(", ")
            )))),
        }
    }
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
    let measures = arguments.measures()?;
    let asked = measures.probes()?;
    let interrupted = signals::interrupted()?;
    let talk = arguments.loudness.talk();
    let source = Source::read(&path, &[])?;
    let config = source.config()?;
    let variants = arguments.of(config.variants().map_err(|e| e.within(&source))?)?;
    let mut sound = Vec::new();
    for variant in variants {
        let checked = check_variant(&variant).map_err(|e| e.within(&source))?;
        let subject = checked.subject();
        let wrong = asked
            .iter()
            .enumerate()
            .find_map(|(i, probe)| Some((i, probe.problem(&subject)?)));
        if let Some((i, problem)) = wrong {
            return Err(measures.problem(i, problem).of_variant(0, &checked.name).into());
        }
        sound.push((variant, checked));
    }
    let opened = open_device(device(arguments.device, config.device), config.precision).map_err(plain)?;
    talk.opened(&opened);
    let mut ready = Vec::new();
    for (variant, checked) in sound {
        let host = arguments.memory.or_else(crate::memory::available);
        let (probes, plan) = fitted(&checked, &asked, host, opened.memory).map_err(plain)?;
        ready.push((variant, probes, plan));
    }
    let moment = match arguments.at.as_str() {
        "start" => Moment::Start,
        _ => Moment::End,
    };
    let mut folder = RunFolder::open(&arguments.run).map_err(plain)?;
    for (variant, probes, plan) in ready {
        talk.detail(&format!("{}: memory: at most about {plan}", variant.name));
        let mut experiment = opened
            .guard(|| Experiment::build(variant, None, &opened.device))
            .map_err(plain)?
            .map_err(|e| e.within(&source))?;
        experiment.train = experiment.train.with_memory(plan.activations());
        let standing = opened
            .guard(|| read_standing(&arguments.run, &experiment, moment))
            .map_err(plain)?
            .map_err(plain)?;
        let (step, at) = (standing.step, &standing.at);
        let optimiser = experiment.config.training.optimiser;
        let (slope, start, divisor) = opened
            .guard(|| {
                let divisor = optimiser.divisor(&standing.kept, step);
                (
                    experiment.train.slope(at),
                    Start::new(experiment.start()),
                    divisor,
                )
            })
            .map_err(plain)?;
        let site = Site {
            objective: &experiment.train,
            at,
            slope: &slope,
            motion: Some(experiment.motion(step)),
            start: &start,
            divisor: divisor.as_ref(),
            seed: site_seed(experiment.config.seed, step),
            interrupted: &|| interrupted.load(Ordering::Relaxed),
            noise: OnceCell::new(),
        };
        let mut saved = 0.0;
        let mut told = Ok(());
        let mut found = |finding: Finding| {
            let shared = finding
                .scalars
                .iter()
                .filter(|scalar| scalar.name == probes::SAVED);
            saved += shared.map(|scalar| scalar.value).sum::<f64>();
            let record = FindingRecord {
                variant: experiment.name.clone(),
                step,
                asked: true,
                finding,
            };
            told = tell(&record, &mut folder, talk, &arguments.format);
            match told.is_err() || interrupted.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        opened
            .guard(|| match found(site.noise().finding()) {
                ControlFlow::Continue(()) => probes::measure(&probes, &site, |_, finding| found(finding)),
                ControlFlow::Break(()) => {}
            })
            .map_err(plain)?;
        told?;
        if saved > 0.0 {
            talk.say(&format!(
                "{}: {saved} products were saved by sharing",
                experiment.name
            ));
        }
        if let Some(peak) = peak() {
            let name = &experiment.name;
            folder
                .log(&format!(
                    "memory: {} at the peak of the program, probing `{name}` was planned with {plan}",
                    words(peak)
                ))
                .map_err(plain)?;
        }
        if interrupted.load(Ordering::Relaxed) {
            return Ok(exit::STOPPED);
        }
    }
    Ok(exit::DONE)
}

/// Writes a finding down, and prints it.
fn tell(record: &FindingRecord, folder: &mut RunFolder, talk: Talk, format: &Format) -> Result<(), Failure> {
    folder.finding(record).map_err(plain)?;
    talk.found(record);
    if talk != Talk::Detailed {
        let warnings = record.finding.warnings.iter();
        warnings.for_each(|warning| talk.say(&format!("{}: {warning}", record.variant)));
    }
    match format.json {
        true => print(&format!("{}\n", serde_json::to_string(record).map_err(plain)?)),
        false => print(&table(&record.variant, record.step, &record.finding)),
    }
}

/// A finding as tab-separated lines: variant, step, quantity, value, half-width. Curves along an axis are left to JSON;
/// of a grid only the ends of its values are told; a verdict stands for a value.
fn table(variant: &str, step: u64, finding: &Finding) -> String {
    let half_width = |u: Option<f64>| u.map_or_else(|| "exact".to_string(), |u| format!("{u:.1e}"));
    let mut lines = Vec::new();
    for scalar in &finding.scalars {
        lines.push((scalar.name.clone(), scalar.value, half_width(scalar.uncertainty)));
    }
    for curve in finding.curves.iter().filter(|curve| curve.along.is_none()) {
        for (i, value) in curve.values.iter().enumerate() {
            let width = half_width(curve.uncertainties.get(i).copied());
            lines.push((format!("{} {}", curve.name, i + 1), *value, width));
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
