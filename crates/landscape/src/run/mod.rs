//! A run: every variant of a config trained, probed, recorded, judged.

mod checkpoint;
mod checks;
mod folder;
mod progress;
mod provenance;
mod recorder;
mod verdict;

pub use checkpoint::{Checkpoint, CheckpointError, read as read_checkpoint};
pub use folder::{FolderError, RunFolder};
pub use progress::{Talk, say};

use crate::config::{Config, ConfigError};
use crate::device::{self, DeviceError, Opened, SelfTest};
use crate::experiment::Experiment;
use crate::records::{Status, VariantStatus};
use crate::report::ReportError;
use models::Point;
use probes::PointKind;
use recorder::Recorder;
pub(crate) use recorder::site_seed;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use training::{Outcome, Reason, train};

/// The layout of run folders that this version writes.
pub const SCHEMA: u32 = 1;

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The run folder.
    pub folder: PathBuf,
    /// What `status.json` says.
    pub status: Status,
    /// The report.
    pub report: PathBuf,
}

/// Why a run could not be done.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The config.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The run folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The report.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// Opens a device with the whole self-test: tensor operations, then a network's gradient and Hessian product.
/// On the CPU, each thread then stays on a processor of its own.
pub fn open_device(name: device::DeviceName, precision: models::Precision) -> Result<Opened, DeviceError> {
    let opened = device::open(name, precision, network_self_test)?;
    if opened.device.on_host {
        crate::threads::bind();
    }
    Ok(opened)
}

/// The part of the self-test that needs a network.
pub fn network_self_test(device: &models::Device) -> Result<SelfTest, String> {
    let share = models::self_test(device)?;
    let operation = "gradient and Hessian product of a network";
    Ok(SelfTest {
        checks: vec![device::Check { operation, share }],
    })
}

/// Does a run below `out`, from the device to the report.
///
/// `interrupted` is looked at in every step: once true, the run ends at the next one, and all is kept.
pub fn run(
    config: &Config,
    out: &Path,
    command: &str,
    talk: Talk,
    interrupted: &Arc<AtomicBool>,
) -> Result<Ended, RunError> {
    crate::experiment::check(config)?;
    let opened = open_device(config.device, config.precision)?;
    talk.say(&format!("{} — because {}", opened.label, opened.reason));
    talk.opened(&opened);
    let variants = config.variants()?;
    let experiments = opened.guard(|| {
        let build = |variant| Experiment::build(variant, &opened.device);
        variants
            .into_iter()
            .map(build)
            .collect::<Result<Vec<_>, ConfigError>>()
    })??;
    let mut folder = RunFolder::create(out, &config.name)?;
    folder.write("config.toml", config.to_toml().as_bytes())?;
    folder.write_json(
        "provenance.json",
        &provenance::of(config, &experiments, &opened, command),
    )?;
    let mut status = Status {
        schema: SCHEMA,
        state: "running".into(),
        variants: Vec::new(),
        checks: Vec::new(),
        verdict: String::new(),
    };
    folder.write_json("status.json", &status)?;
    talk.say(&format!("run folder {}", folder.path().display()));
    let mut summaries = Vec::new();
    for experiment in &experiments {
        let result = opened.guard(|| one_variant(experiment, &mut folder, &talk, interrupted));
        let summary = match result {
            Ok(summary) => summary?,
            Err(lost) => {
                status.state = "failed".into();
                status.verdict = format!("The run failed in the variant `{}`: {lost}", experiment.name);
                folder.write_json("status.json", &status)?;
                return Err(lost.into());
            }
        };
        status.variants.push(summary.status.clone());
        let stop = summary.status.outcome == Reason::Interrupted.word();
        summaries.push(summary);
        folder.write_json("status.json", &status)?;
        if stop {
            break;
        }
    }
    status.state = state(&status, interrupted);
    let mut checked = Vec::new();
    if status.state == "done" {
        checked = opened.guard(|| checks::all(config, &experiments, &summaries))?;
    }
    status.verdict = verdict::paragraph(&config.answer, &experiments, &summaries, &checked, &status.state);
    status.checks = checked.into_iter().map(Into::into).collect();
    folder.write_json("status.json", &status)?;
    folder.write_metrics_csv()?;
    let path = folder.path().to_path_buf();
    let report = crate::report::write(std::slice::from_ref(&path), None)?;
    Ok(Ended {
        folder: path,
        status,
        report,
    })
}

fn state(status: &Status, interrupted: &AtomicBool) -> String {
    let any = |word: &str| status.variants.iter().any(|variant| variant.outcome == word);
    let word = if interrupted.load(Ordering::Relaxed) || any("interrupted") {
        "interrupted"
    } else if any("diverged") {
        "diverged"
    } else {
        "done"
    };
    word.into()
}

/// What is known of a variant once it has ended.
pub(crate) struct Summary {
    pub status: VariantStatus,
    pub recorded: recorder::Recorded,
    /// The last point.
    pub end: Point,
    /// What kind of point it is, where the probe `ends` looked.
    pub kind: Option<PointKind>,
}

fn one_variant(
    experiment: &Experiment,
    folder: &mut RunFolder,
    talk: &Talk,
    interrupted: &Arc<AtomicBool>,
) -> Result<Summary, FolderError> {
    let start = experiment.start();
    folder.log(&format!("variant `{}` begins", experiment.name))?;
    Checkpoint::new(experiment, 0, &start).write(folder, "start")?;
    let mut recorder = Recorder::new(experiment, start.clone(), folder, talk, interrupted);
    let clock = Instant::now();
    let outcome = train(&experiment.train, start, &experiment.plan, &mut recorder);
    let recorded = recorder.finish()?;
    let seconds = clock.elapsed().as_secs_f64();
    Checkpoint::new(experiment, outcome.steps, &outcome.at).write(folder, "end")?;
    let status = variant_status(experiment, &outcome, &recorded);
    folder.log(&format!("variant `{}` {}", experiment.name, status.reason))?;
    let probes: f64 = recorded.findings.iter().map(|f| f.finding.cost.seconds).sum();
    let took = format!(
        "variant `{}` took {seconds:.2} s: {:.2} s in gradients, {probes:.2} s in probes, {:.2} s elsewhere",
        experiment.name,
        outcome.gradient_seconds,
        seconds - outcome.gradient_seconds - probes
    );
    folder.log(&took)?;
    talk.detail(&took);
    talk.say(&format!(
        "{}: {}; loss {:.3e}",
        experiment.name, status.reason, status.loss
    ));
    let kind = verdict::kind(&outcome, &recorded);
    Ok(Summary {
        status,
        recorded,
        end: outcome.at,
        kind,
    })
}

fn variant_status(
    experiment: &Experiment,
    outcome: &Outcome,
    recorded: &recorder::Recorded,
) -> VariantStatus {
    VariantStatus {
        variant: experiment.name.clone(),
        outcome: outcome.reason.word().into(),
        reason: outcome.reason.sentence(outcome.steps, outcome.step_size),
        steps: outcome.steps,
        loss: outcome.slope.value,
        point: verdict::point(outcome, recorded),
    }
}
