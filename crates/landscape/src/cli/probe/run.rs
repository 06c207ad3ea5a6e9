//! Probing checkpoints of a run.

use super::Arguments;
use super::look::{Look, Place, Subject, check, no_landscape};
use crate::cli::{Failure, device, exit, plain, signals};
use crate::config::{Source, VariantConfig};
use crate::experiment::check_variant;
use crate::memory::{peak, words};
use crate::records::FindingRecord;
use crate::run::{
    CheckpointError, MemoryPlan, Moment, RunFolder, check_schema, inspect_checkpoint, open_device, passed,
    read_standing,
};
use probes::{Start, Warm};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Which checkpoints of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Moment(Moment),
    All,
}

impl FromStr for At {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "start" => At::Moment(Moment::Start),
            "latest" => At::Moment(Moment::Latest),
            "end" => At::Moment(Moment::End),
            "all" => At::All,
            step => match step.parse() {
                Ok(step) => At::Moment(Moment::Step(step)),
                Err(_) => return Err("write start, latest, end, all, or the number of a step".into()),
            },
        })
    }
}

/// What is looked at: a run folder, and of which variant which checkpoints.
struct Wanted {
    folder: PathBuf,
    variant: Option<String>,
    at: At,
}

/// Probes checkpoints of a run; those that were probed with these settings before are told from the records.
pub(super) fn probe(arguments: &Arguments) -> Result<u8, Failure> {
    if arguments.out.is_some() {
        return said(
            "--out is for networks that were trained elsewhere: findings of a run lie in its folder",
        );
    }
    let wanted = wanted(arguments)?;
    if arguments.warm && wanted.at != At::All {
        return said("--warm starts at each checkpoint from what was found at the one before: give --at all");
    }
    let path = wanted.folder.join("config.toml");
    if !path.is_file() {
        return said(format!(
            "{} is not a run folder: it has no config.toml; give the folder that `landscape run` made",
            wanted.folder.display()
        ));
    }
    check_schema(&wanted.folder).map_err(plain)?;
    let measures = arguments.measures(&["ends", "movement"])?;
    let asked = measures.probes()?;
    let interrupted = signals::interrupted()?;
    let talk = arguments.loudness.talk();
    let source = Source::read(&path, &[])?;
    let config = source.config()?;
    let mut sound = Vec::new();
    for variant in wanted.of(config.variants().map_err(|e| e.within(&source))?)? {
        let checked = check_variant(&variant).map_err(|e| e.within(&source))?;
        check(&measures, &asked, &checked)?;
        sound.push((variant, checked));
    }
    let opened = open_device(device(arguments.device, config.device), config.precision).map_err(plain)?;
    talk.opened(&opened);
    let look = Look {
        arguments,
        asked: &asked,
        opened: &opened,
        talk,
        interrupted: &interrupted,
        planned: Cell::new(0),
    };
    let mut folder = RunFolder::open(&wanted.folder).map_err(plain)?;
    let known: Vec<FindingRecord> = crate::report::lines(&wanted.folder, "findings.jsonl").map_err(plain)?;
    let mut measured = false;
    for (variant, checked) in sound {
        let subject = look.subject(variant, checked, &source)?;
        measured |= track(&look, &subject, &wanted, &mut folder, &known)?;
        if look.stops() {
            break;
        }
    }
    if measured {
        let report = crate::report::write(std::slice::from_ref(&wanted.folder), None).map_err(plain)?;
        talk.say(&format!("report: {}", report.display()));
    }
    Ok(if look.stops() { exit::STOPPED } else { exit::DONE })
}

/// Writes into the log what the program has taken, and what was planned.
pub(super) fn note_peak(folder: &mut RunFolder, name: &str, plan: &MemoryPlan) -> Result<(), Failure> {
    let Some(peak) = peak() else {
        return Ok(());
    };
    let line = format!(
        "memory: {} at the peak of the program, probing `{name}` was planned with {plan}",
        words(peak)
    );
    Ok(folder.log(&line).map_err(plain)?)
}

impl Wanted {
    /// The variants that are wanted.
    fn of(&self, mut variants: Vec<VariantConfig>) -> Result<Vec<VariantConfig>, Failure> {
        let Some(name) = &self.variant else {
            return Ok(variants);
        };
        let known: Vec<String> = variants
            .iter()
            .map(|variant| format!("`{}`", variant.name))
            .collect();
        variants.retain(|variant| variant.name == *name);
        match variants.is_empty() {
            false => Ok(variants),
            true => said(format!(
                "--variant {name}: the run's variants are {}",
                known.join(", ")
            )),
        }
    }
}

/// Probes the wanted checkpoints of a variant, unless a signal stops it; says whether anything was measured.
fn track(
    look: &Look,
    subject: &Subject,
    wanted: &Wanted,
    folder: &mut RunFolder,
    known: &[FindingRecord],
) -> Result<bool, Failure> {
    let (experiment, opened) = (&subject.experiment, look.opened);
    let name = &experiment.name;
    let optimiser = experiment.config.training.optimiser;
    let start = opened.guard(|| Start::new(experiment.start())).map_err(plain)?;
    let moments = moments(&wanted.folder, name, wanted.at)?;
    let read = |moment: Moment| {
        let read = opened.guard(|| read_standing(&wanted.folder, experiment, moment));
        read.map_err(plain)
    };
    let complete = |found: Option<&FindingRecord>| found.is_some_and(|record| !record.finding.incomplete);
    // What starts from the site before has the same numbers only where all sites before were visited.
    let mut whole = true;
    for moment in moments.iter().filter(|_| look.arguments.warm) {
        if let Ok(standing) = read(*moment)? {
            let warm = look.asked.iter().filter(|probe| look.warms(Some(*probe)));
            whole &= warm
                .map(|probe| look.before(known, name, standing.step, Some(probe)).0)
                .all(complete);
        }
    }
    let warm = Warm::default();
    let mut seen = BTreeSet::new();
    let mut largest: Option<MemoryPlan> = None;
    for moment in moments {
        let standing = match read(moment)? {
            Err(e @ CheckpointError::NotFinite { .. }) if wanted.at == At::All => {
                look.talk.say(&format!("left out: {e}"));
                continue;
            }
            standing => standing.map_err(plain)?,
        };
        let (step, at) = (standing.step, &standing.at);
        // The end may be a step that was kept.
        if !seen.insert(step) {
            continue;
        }
        let open = look.open(known, name, step, |probe| !whole && look.warms(probe));
        if open.items.is_empty() {
            look.tell_known(&open)?;
            continue;
        }
        let slope = look.slope(subject, at)?;
        if let Some(why) = no_landscape(&slope) {
            let why = format!("{name}: step {step}: {why}");
            if wanted.at != At::All {
                return said(why);
            }
            look.talk.say(&format!("left out: {why}"));
            continue;
        }
        let fitted = look.fit(subject, at, &open, 0)?;
        look.tell_known(&open)?;
        if largest.is_none_or(|plan| plan.host() < fitted.plan.host()) {
            largest = Some(fitted.plan);
        }
        let divisor = opened
            .guard(|| optimiser.divisor(&standing.kept, step))
            .map_err(plain)?;
        let passed = opened
            .guard(|| passed(&wanted.folder, experiment, &fitted.probes, &start, step))
            .map_err(plain)?
            .map_err(plain)?;
        let place = Place {
            step,
            fitted: &fitted,
            at,
            slope: &slope,
            motion: Some(experiment.motion(step)),
            start: &start,
            passed: &passed,
            warm: look.arguments.warm.then_some(&warm),
            divisor: divisor.as_ref(),
        };
        look.measure(subject, &place, &open, |record| open.keep(folder, record))?;
        if look.stops() {
            break;
        }
    }
    if let Some(plan) = largest {
        note_peak(folder, name, &plan)?;
    }
    Ok(largest.is_some())
}

/// What the command line means: a run folder, or a checkpoint in one.
fn wanted(arguments: &Arguments) -> Result<Wanted, Failure> {
    let path = &arguments.subject;
    if !path.is_file() {
        return Ok(Wanted {
            folder: path.clone(),
            variant: arguments.variant.clone(),
            at: arguments.at.unwrap_or(At::Moment(Moment::End)),
        });
    }
    if arguments.variant.is_some() || arguments.at.is_some() {
        return said(
            "--variant and --at choose among the checkpoints of a run, and one checkpoint is given: leave them out",
        );
    }
    let shown = path.display();
    let bytes =
        std::fs::read(path).map_err(|e| Failure(miette::Report::msg(format!("cannot read {shown}: {e}"))))?;
    let (variant, _) = inspect_checkpoint(&bytes).map_err(|reason| {
        Failure(miette::Report::msg(format!(
            "{shown} is no checkpoint of a run: {reason}; weights of other networks are described in a TOML file"
        )))
    })?;
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let folder = absolute.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
    let moment = Moment::of(folder, &variant)
        .into_iter()
        .find(|moment| moment.file(folder, &variant) == absolute);
    let Some(moment) = moment else {
        return said(format!(
            "{shown} is a checkpoint of the variant `{variant}`, but does not lie in the folder checkpoints of its run \
             under its own name: put it back"
        ));
    };
    Ok(Wanted {
        folder: folder.to_path_buf(),
        variant: Some(variant),
        at: At::Moment(moment),
    })
}

/// The checkpoints that are meant, in the order of time.
fn moments(folder: &Path, variant: &str, at: At) -> Result<Vec<Moment>, Failure> {
    let all = Moment::of(folder, variant);
    match at {
        At::All => Ok(all),
        // A step may be that of a checkpoint with another name, which is found out by reading.
        At::Moment(Moment::Step(step)) if !all.contains(&Moment::Step(step)) => {
            let is_there = |moment: &Moment| {
                let bytes = std::fs::read(moment.file(folder, variant)).unwrap_or_default();
                inspect_checkpoint(&bytes).is_ok_and(|(_, found)| found == step)
            };
            match all.iter().copied().find(is_there) {
                Some(moment) => Ok(vec![moment]),
                None => missing(&format!("--at {step}"), variant, &all),
            }
        }
        At::Moment(Moment::Latest) if !all.contains(&Moment::Latest) => missing("--at latest", variant, &all),
        At::Moment(moment) => Ok(vec![moment]),
    }
}

fn missing(asked: &str, variant: &str, all: &[Moment]) -> Result<Vec<Moment>, Failure> {
    let there: Vec<String> = all
        .iter()
        .map(|moment| match moment {
            Moment::Start => "start".into(),
            Moment::Latest => "latest".into(),
            Moment::Step(step) => step.to_string(),
            Moment::End => "end".into(),
        })
        .collect();
    said(format!(
        "{asked}: `{variant}` has no such checkpoint, but {}; a run keeps those of more steps with \
         checkpoints.keep_every or checkpoints.keep_per_decade",
        match there.len() {
            0 => "none at all".into(),
            _ => there.join(", "),
        }
    ))
}

fn said<T>(sentence: impl Into<String>) -> Result<T, Failure> {
    Err(Failure(miette::Report::msg(sentence.into())))
}
