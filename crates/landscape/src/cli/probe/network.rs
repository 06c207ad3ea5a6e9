//! Probing a network that was trained elsewhere.

use super::Arguments;
use super::look::{Look, Place, check, no_landscape};
use crate::cli::{Failure, device, exit, plain, signals};
use crate::config::{ConfigError, Source};
use crate::data::files::find;
use crate::records::FindingRecord;
use crate::run::{Described, open_device};
use crate::weights::matched;
use models::Point;
use probes::{Finding, Scalar, Start};

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
    let source = Source::read(&arguments.subject, &[])?;
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
    };
    let subject = look.subject(variant, look.fit(only)?, &source)?;
    let train = &subject.experiment.train;
    let space = train.network().space();
    let (values, matches) = matched(&network.weights, source.folder(), &space.parameters)
        .map_err(|problem| within(ConfigError::of(problem.within("weights"))))?;
    let pairs: Vec<String> = matches
        .iter()
        .map(|pair| format!("{} is `{}`", pair.parameter, pair.tensor))
        .collect();
    talk.say(&format!("{name}: {}", pairs.join(", ")));

    let at = opened
        .guard(|| Point::from_host(values, &space.device))
        .map_err(plain)?;
    let slope = look.slope(&subject, &at)?;
    if let Some(why) = no_landscape(&slope) {
        return Err(Failure(miette::Report::msg(format!("{name}: {why}"))));
    }
    let norm = slope.gradient.norms()[0];
    let exact = |name: &str, value: f64, unit: &str| Scalar {
        name: name.into(),
        value,
        uncertainty: None,
        unit: unit.into(),
    };
    let accuracy = opened.guard(|| train.accuracy(&at)).map_err(plain)?;
    let mut scalars = vec![
        exact("loss", slope.value, config.loss.formula()),
        exact("gradient norm", norm, ""),
    ];
    scalars.extend(accuracy.map(|accuracy| exact("accuracy", accuracy, "")));
    let point = FindingRecord {
        variant: subject.experiment.name.clone(),
        step: 0,
        asked: None,
        finding: Finding {
            probe: "point".into(),
            scalars,
            ..Finding::default()
        },
    };
    let start = Start::new(at.clone());
    let place = Place {
        step: 0,
        at: &at,
        slope: &slope,
        motion: None,
        start: &start,
        passed: &[],
        warm: None,
        divisor: None,
    };
    look.tell(&point)?;
    let mut findings = vec![point];
    look.measure(&subject, &place, &look.items(), |found| {
        findings.push(found.clone());
        Ok(())
    })?;
    if let Some(out) = &arguments.out {
        // The description means the same file wherever it is copied to.
        let mut network = network.clone();
        if let Ok(found) = find(&network.weights.file, source.folder()) {
            network.weights.file = std::path::absolute(&found).unwrap_or(found);
        }
        let described = Described {
            description: &network.to_toml(),
            config: &config,
            checked: &checked,
            opened: &opened,
            findings: &findings,
            command: &format!("landscape probe {}", arguments.subject.display()),
        };
        let name = arguments
            .subject
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        let report = described.write(out, &name).map_err(plain)?;
        talk.say(&format!("report: {}", report.display()));
    }
    Ok(if look.stops() { exit::STOPPED } else { exit::DONE })
}
