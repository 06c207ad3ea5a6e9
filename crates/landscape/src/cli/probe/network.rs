//! Probing a network that was trained elsewhere: its description, or a folder that keeps what was found of it.

use super::Arguments;
use super::look::{Look, Place, check, no_landscape};
use super::run::note_peak;
use crate::cli::{Failure, device, exit, plain, signals};
use crate::config::{ConfigError, Source};
use crate::data::files::find;
use crate::records::FindingRecord;
use crate::run::{DESCRIPTION, Described, open_device, weights_hash};
use crate::weights::matched;
use models::{Point, Slope};
use probes::{Finding, Scalar, Start};
use std::cell::Cell;

/// Bytes for each parameter while weights are read, which later allocations do not all use again: the file in single precision,
/// its numbers in double precision, and a tensor that may be most of them.
const READING: u64 = 4 + 8 + 8;

/// Probes the point that a file of weights is.
pub(super) fn probe(arguments: &Arguments) -> Result<u8, Failure> {
    if arguments.variant.is_some() || arguments.at.is_some() {
        return Err(Failure(miette::Report::msg(
            "--variant and --at choose among the checkpoints of a run, and this network has one point: leave them out",
        )));
    }
    if arguments.warm {
        return Err(Failure(miette::Report::msg(
            "--warm is for the checkpoints of a run, and this network has one point: leave it out",
        )));
    }
    let kept = arguments.subject.is_dir().then_some(&*arguments.subject);
    if kept.is_some() && arguments.out.is_some() {
        return Err(Failure(miette::Report::msg(
            "--out makes a new folder for a description, and this folder keeps what is found already: leave it out",
        )));
    }
    let path = kept.map_or_else(|| arguments.subject.clone(), |folder| folder.join(DESCRIPTION));
    let source = Source::read(&path, &[])?;
    let within = |e: ConfigError| e.within(&source);
    let network = source.network()?;
    let file = &network.weights.file;
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    let variant = network.variant(&name).map_err(within)?;
    let measures = arguments.measures(&["ends"])?;
    let asked = measures.probes()?;
    let mut checked = crate::experiment::check(&variant.config).map_err(within)?;
    checked
        .iter_mut()
        .for_each(|checked| checked.name = variant.name.clone());
    let [only] = &checked[..] else {
        unreachable!("a description has no variants");
    };
    check(&measures, &asked, only)?;
    let config = variant.config.clone();

    let interrupted = signals::interrupted()?;
    let talk = arguments.loudness.talk();
    let opened = open_device(device(arguments.device, network.device), network.precision).map_err(plain)?;
    talk.opened(&opened);
    let look = Look {
        arguments,
        asked: &asked,
        opened: &opened,
        talk,
        interrupted: &interrupted,
        planned: Cell::new(0),
    };
    let subject = look.subject(variant, only.clone(), &source)?;
    let train = &subject.experiment.train;
    let space = train.network().space();
    let (values, matches) = matched(&network.weights, source.folder(), &space.parameters)
        .map_err(|problem| within(ConfigError::of(problem.within("weights"))))?;
    let pairs: Vec<String> = matches
        .iter()
        .map(|pair| format!("{} is `{}`", pair.parameter, pair.tensor))
        .collect();
    talk.say(&format!("{name}: {}", pairs.join(", ")));

    let weights_hash = weights_hash(&values);
    let at = opened
        .guard(|| Point::from_host(values, &space.device))
        .map_err(plain)?;
    let slope = look.slope(&subject, &at)?;
    if let Some(why) = no_landscape(&slope) {
        return Err(Failure(miette::Report::msg(format!("{name}: {why}"))));
    }
    // The description means the same files wherever it is copied to.
    let mut network = network.clone();
    if let Ok(found) = find(&network.weights.file, source.folder()) {
        network.weights.file = std::path::absolute(&found).unwrap_or(found);
    }
    let described = Described {
        description: &network.to_toml(),
        config: &config,
        checked: &checked,
        opened: &opened,
        weights_hash,
        loss: slope.value,
        command: &format!("landscape probe {}", path.display()),
    };
    let stem = arguments
        .subject
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let (resumed, known) = match kept {
        Some(folder) => {
            let (folder, known) = described.resume(folder).map_err(plain)?;
            (Some(folder), known)
        }
        None => (None, Vec::new()),
    };
    let variant = &subject.experiment.name;
    let open = look.open(&known, variant, 0, |_| false);
    let fitted = look.fit(&subject, &at, &open, READING * at.dimension() as u64)?;
    let mut folder = match (resumed, &arguments.out) {
        (None, Some(out)) => Some(described.begin(out, &stem).map_err(plain)?),
        (resumed, _) => resumed,
    };
    let point = match known.iter().find(|record| record.asked.is_none()) {
        Some(point) => point.clone(),
        None => {
            let accuracy = opened.guard(|| train.accuracy(&at)).map_err(plain)?;
            let point = summary(variant, &slope, config.loss.formula(), accuracy);
            if let Some(folder) = &mut folder {
                folder.finding(&point).map_err(plain)?;
            }
            point
        }
    };
    look.tell(&point)?;
    look.tell_known(&open)?;
    let start = Start::new(at.clone());
    let place = Place {
        step: 0,
        fitted: &fitted,
        at: &at,
        slope: &slope,
        motion: None,
        start: &start,
        passed: &[],
        warm: None,
        divisor: None,
    };
    look.measure(&subject, &place, &open, |record| match &mut folder {
        Some(folder) => open.keep(folder, record),
        None => Ok(()),
    })?;
    let stopped = look.stops();
    match folder {
        Some(mut folder) => {
            note_peak(&mut folder, variant, &fitted.plan)?;
            let report = described.end(&folder, stopped).map_err(plain)?;
            talk.say(&format!("report: {}", report.display()));
            if stopped {
                let again = folder.path().display();
                talk.say(&format!(
                    "stopped: `landscape probe {again}` with the same probes goes on"
                ));
            }
        }
        None if stopped => talk.say("stopped: what was found is printed, and not kept; --out DIR keeps it"),
        None => {}
    }
    Ok(if stopped { exit::STOPPED } else { exit::DONE })
}

/// What is known of the point without a probe.
fn summary(variant: &str, slope: &Slope, loss: &str, accuracy: Option<f64>) -> FindingRecord {
    let exact = |name: &str, value: f64, unit: &str| Scalar {
        name: name.into(),
        value,
        uncertainty: None,
        unit: unit.into(),
    };
    let mut scalars = vec![
        exact("loss", slope.value, loss),
        exact("gradient norm", slope.gradient.norms()[0], ""),
    ];
    scalars.extend(accuracy.map(|accuracy| exact("accuracy", accuracy, "")));
    FindingRecord {
        variant: variant.into(),
        step: 0,
        asked: None,
        finding: Finding {
            probe: "point".into(),
            scalars,
            ..Finding::default()
        },
    }
}
