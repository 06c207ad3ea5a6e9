//! A run: every variant of a config trained, probed, recorded, judged. One that was stopped goes on.

mod checkpoint;
mod checks;
mod described;
mod disk;
mod duration;
mod facts;
mod folder;
mod lines;
mod lock;
mod passed;
mod plan;
mod probing;
mod progress;
mod provenance;
mod recorded;
mod recorder;
mod resume;
mod schema;
mod study;
#[cfg(all(test, feature = "wgpu"))]
mod tests;
mod variant;
mod verdict;

pub use checkpoint::{CheckpointError, Moment, inspect as inspect_checkpoint, read_point, read_standing};
pub use described::{Changed, DESCRIPTION, Described, weights_hash};
pub use folder::{FolderError, RunFolder};
pub(crate) use passed::passed;
pub(crate) use plan::MemoryPlan;
pub(crate) use probing::fitted;
pub use progress::{Talk, say};
pub(crate) use recorder::site_seed;
pub use resume::Differs;
pub use schema::SCHEMA;
pub(crate) use schema::check as check_schema;
pub use study::{resume_study, study};

use crate::config::{Config, ConfigError};
use crate::device::{self, DeviceError, Opened, SelfTest};
use crate::experiment::Checked;
use crate::memory::words;
use crate::records::{Provenance, Resumption, Status};
use crate::report::ReportError;
use folder::json;
use plan::Room;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use variant::Summary;

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
    /// A checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The run to go on with is another one.
    #[error(transparent)]
    Differs(#[from] Differs),
    /// The folder of a network is of other weights or examples.
    #[error(transparent)]
    Changed(#[from] Changed),
    /// The run does not fit into the memory there is.
    #[error("{0}")]
    TooLarge(String),
    /// A file of the run folder, or the report.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// What a run needs besides its config.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// The command that makes the run again.
    pub command: &'a str,
    /// How to talk.
    pub talk: Talk,
    /// Looked at in every step: once true, the run ends at the next one, and all is kept.
    pub interrupted: &'a Arc<AtomicBool>,
    /// Bytes of the host's memory that the run may take; `None` for what is available.
    pub memory: Option<u64>,
}

impl Session<'_> {
    /// Opens the config's device, and says which it is and what its self-test measured.
    fn open(&self, config: &Config) -> Result<Opened, DeviceError> {
        let opened = open_device(config.device, config.precision)?;
        self.talk
            .say(&format!("{} — because {}", opened.label, opened.reason));
        self.talk.opened(&opened);
        Ok(opened)
    }

    /// The memory plan of each variant, or why the run cannot fit.
    fn plans(&self, checked: &[Checked], opened: &Opened) -> Result<Vec<MemoryPlan>, RunError> {
        let host = self.memory.or_else(crate::memory::available);
        plan::plans(checked, Room::of(host, opened))
    }
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

/// Does a run in a new folder below `out`, from the device to the report. `checked` is what the check of the config
/// found.
pub fn run(config: &Config, checked: &[Checked], out: &Path, session: Session) -> Result<Ended, RunError> {
    begin(config, checked, out, session.open(config)?, session)
}

/// The same on a device that is open.
fn begin(
    config: &Config,
    checked: &[Checked],
    out: &Path,
    opened: Opened,
    session: Session,
) -> Result<Ended, RunError> {
    let plans = session.plans(checked, &opened)?;
    let config = &pinned(config, checked);
    let status = Status {
        schema: SCHEMA,
        state: "running".into(),
        variants: Vec::new(),
        checks: Vec::new(),
        verdict: String::new(),
    };
    let provenance = provenance::of(config, checked, &opened, session.command);
    let files = [
        ("config.toml", config.to_toml().into_bytes()),
        ("provenance.json", json(&provenance)),
        ("status.json", json(&status)),
    ];
    let folder = RunFolder::create(out, &config.name, &files)?;
    session
        .talk
        .say(&format!("run folder {}", folder.path().display()));
    Run {
        config,
        checked,
        plans,
        timed: false,
        opened,
        folder,
        status,
        session,
    }
    .go_on()
}

/// Goes on with a run that was stopped, from its last checkpoint. The config may have changed in what such a run
/// allows.
pub fn resume(
    config: &Config,
    checked: &[Checked],
    path: &Path,
    session: Session,
) -> Result<Ended, RunError> {
    schema::check(path)?;
    let config = &pinned(config, checked);
    let mut folder = RunFolder::open(path)?;
    let begun = crate::config::load(&path.join("config.toml"), &[])?;
    let mut provenance: Provenance = crate::report::file(path, "provenance.json")?;
    let mut status: Status = crate::report::file(path, "status.json")?;
    let opened = session.open(config)?;
    let plans = session.plans(checked, &opened)?;
    let (changes, mut differences) = resume::changes(&begun, config)?;
    differences.extend(resume::surroundings(&provenance, &opened, checked));
    if !differences.is_empty() {
        let folder = path.display().to_string();
        return Err(Differs { folder, differences }.into());
    }
    for variant in config.variants()? {
        if resume::goes_on(path, &variant, &status)? {
            status.variants.retain(|ended| ended.variant != variant.name);
        }
    }
    status.state = "running".into();
    (status.checks, status.verdict) = (Vec::new(), String::new());
    folder.log(&match changes.len() {
        0 => "the run goes on".into(),
        _ => format!("the run goes on; {}", changes.join("; ")),
    })?;
    provenance.resumed.push(Resumption {
        time: provenance::now(),
        command: session.command.into(),
        commit: provenance::commit(),
        changes,
    });
    folder.write_json("provenance.json", &provenance)?;
    folder.write("config.toml", config.to_toml().as_bytes())?;
    folder.write_json("status.json", &status)?;
    session.talk.say(&format!("run folder {}", path.display()));
    Run {
        config,
        checked,
        plans,
        timed: false,
        opened,
        folder,
        status,
        session,
    }
    .go_on()
}

/// The config with the hashes of the data files that were read: the run is of these data alone.
fn pinned(config: &Config, checked: &[Checked]) -> Config {
    let hashes: Vec<Option<String>> = checked.iter().map(Checked::files_hash).collect();
    config.pinned(&hashes)
}

/// A run that is under way.
struct Run<'a> {
    config: &'a Config,
    checked: &'a [Checked],
    /// One for each variant.
    plans: Vec<MemoryPlan>,
    /// Whether the time was said that the run takes.
    timed: bool,
    opened: Opened,
    folder: RunFolder,
    status: Status,
    session: Session<'a>,
}

impl Run<'_> {
    /// Does what is left to do. Whatever fails, the folder says so.
    fn go_on(mut self) -> Result<Ended, RunError> {
        if self.checked.iter().all(|checked| checked.drawn.is_some()) {
            crate::data::forget();
        }
        if let Some(largest) = self.plans.iter().max_by_key(|plan| plan.host() + plan.device()) {
            self.session.talk.say(&format!("memory: at most about {largest}"));
        }
        if let Some(disk) = disk::sentence(self.checked) {
            self.session.talk.say(&disk);
        }
        match self.train_and_judge() {
            Ok(()) => self.report(),
            Err(error) => {
                self.status.state = "failed".into();
                self.status.verdict = format!("The run failed: {error}");
                self.folder.fail(&self.status);
                Err(error)
            }
        }
    }

    fn train_and_judge(&mut self) -> Result<(), RunError> {
        let variants = self.config.variants()?;
        let names: Vec<String> = variants.iter().map(|variant| variant.name.clone()).collect();
        let mut summaries: Vec<Summary> = Vec::new();
        for variant in variants {
            let summary = self.variant(variant)?;
            let stop = summary.status.outcome == training::Reason::Interrupted.word();
            self.status
                .variants
                .retain(|ended| ended.variant != summary.status.variant);
            self.status.variants.push(summary.status.clone());
            self.status
                .variants
                .sort_by_key(|ended| names.iter().position(|name| *name == ended.variant));
            summaries.push(summary);
            self.folder.write_json("status.json", &self.status)?;
            if stop {
                break;
            }
        }
        self.status.state = self.state();
        let checked = match self.status.state.as_str() {
            "done" => checks::all(self.config, &summaries),
            _ => Vec::new(),
        };
        self.status.verdict = verdict::paragraph(
            &self.config.answer,
            names.len(),
            &summaries,
            &checked,
            &self.status.state,
        );
        self.status.checks = checked.into_iter().map(Into::into).collect();
        self.folder.write_json("status.json", &self.status)?;
        Ok(())
    }

    /// One variant: trained, or told from its records where it has ended before.
    fn variant(&mut self, variant: crate::config::VariantConfig) -> Result<Summary, RunError> {
        let Run {
            checked,
            plans,
            timed,
            opened,
            folder,
            status,
            session,
            ..
        } = self;
        let number = checked.iter().position(|checked| checked.name == variant.name);
        let plan = number.map(|number| plans[number]);
        let drawn = number.and_then(|number| checked[number].drawn.clone());
        let ended = status.variants.iter().find(|ended| ended.variant == variant.name);
        opened.guard(|| {
            let mut experiment = crate::experiment::Experiment::build(variant, drawn, &opened.device)?;
            if let Some(plan) = plan {
                experiment.train = experiment.train.with_memory(plan.activations());
            }
            if let Some(ended) = ended {
                return variant::ended(&experiment, folder.path(), ended.clone());
            }
            if !std::mem::replace(timed, true) && session.talk != Talk::Quiet {
                session.talk.say(&duration::sentence(&experiment, checked));
            }
            let summary = variant::train(&experiment, folder, *session)?;
            if let (Some(peak), Some(plan)) = (crate::memory::peak(), plan) {
                let (peak, total) = (words(peak), words(plan.host()));
                folder.log(&format!(
                    "memory: {peak} at the peak of the program, {total} planned for this variant"
                ))?;
            }
            Ok(summary)
        })?
    }

    fn state(&self) -> String {
        let any = |word: &str| self.status.variants.iter().any(|variant| variant.outcome == word);
        let word = if self.session.interrupted.load(Ordering::Relaxed) || any("interrupted") {
            "interrupted"
        } else if any(verdict::DIVERGED) {
            verdict::DIVERGED
        } else {
            "done"
        };
        word.into()
    }

    /// Writes what is made from the records: the table and the report.
    fn report(self) -> Result<Ended, RunError> {
        self.folder.write_metrics_csv()?;
        let path = self.folder.path().to_path_buf();
        let report = crate::report::write(std::slice::from_ref(&path), None)?;
        Ok(Ended {
            folder: path,
            status: self.status,
            report,
        })
    }
}
