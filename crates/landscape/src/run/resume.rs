//! What a run that goes on must have in common with the run that was stopped.

use super::checkpoint::Moment;
use super::recorded::Recorded;
use crate::config::{Config, ConfigError, VariantConfig};
use crate::device::Opened;
use crate::experiment::Checked;
use crate::records::{Provenance, Status};
use crate::report::ReportError;
use std::path::Path;
use training::{Limits, Reason};

/// What a resumed run may change, for errors.
const ALLOWED: &str = "a resumed run may get more steps (training.limits.steps) or more time \
    (training.limits.seconds), other probes (probes, observe.probes_every, observe.probes_per_decade) and other \
    checkpoints; start a new run for anything else";

/// The run cannot go on as this one.
#[derive(Debug, thiserror::Error)]
#[error("cannot resume {folder}: {}; {ALLOWED}", .differences.join("; "))]
pub struct Differs {
    /// The run folder.
    pub folder: String,
    /// What differs, field by field.
    pub differences: Vec<String>,
}

/// The changes between two configs of one run: those that it allows, and those that it does not.
pub(super) fn changes(old: &Config, new: &Config) -> Result<(Vec<String>, Vec<String>), ConfigError> {
    let (old, new) = (old.variants()?, new.variants()?);
    let names = |variants: &[VariantConfig]| -> Vec<String> {
        variants
            .iter()
            .map(|variant| format!("`{}`", variant.name))
            .collect()
    };
    let (before, now) = (names(&old), names(&new));
    if before != now {
        let difference = format!(
            "the variants were {} and are {}",
            before.join(", "),
            now.join(", ")
        );
        return Ok((Vec::new(), vec![difference]));
    }
    let (mut allowed, mut refused) = (Vec::new(), Vec::new());
    for (old, new) in old.iter().zip(&new) {
        let table =
            |config: &Config| toml::Value::try_from(config).expect("a config holds only what TOML can write");
        let mut found = Vec::new();
        compare(
            "",
            Some(&table(&old.config)),
            Some(&table(&new.config)),
            &mut found,
        );
        for (path, words) in found {
            let side = match is_allowed(&path, &old.config.training.limits, &new.config.training.limits) {
                true => &mut allowed,
                false => &mut refused,
            };
            // What the config says for all variants is said once.
            if !side.contains(&words) {
                side.push(words);
            }
        }
    }
    Ok((allowed, refused))
}

/// Whether a run may go on with another value of this field.
fn is_allowed(path: &str, old: &Limits, new: &Limits) -> bool {
    let below = |parent: &str| path == parent || path.starts_with(&format!("{parent}."));
    match path {
        "training.limits.steps" => new.steps > old.steps,
        "training.limits.seconds" => {
            let limit = |limits: &Limits| limits.seconds.unwrap_or(f64::INFINITY);
            limit(new) > limit(old)
        }
        _ => [
            "probes",
            "observe.probes_every",
            "observe.probes_per_decade",
            "checkpoints",
        ]
        .into_iter()
        .any(below),
    }
}

/// The fields in which two values differ, each with its path and a sentence.
fn compare(
    path: &str,
    old: Option<&toml::Value>,
    new: Option<&toml::Value>,
    found: &mut Vec<(String, String)>,
) {
    use toml::Value::{Array, Table};
    let inner = |key: &str| match path {
        "" => key.to_string(),
        _ => format!("{path}.{key}"),
    };
    match (old, new) {
        (Some(Table(old)), Some(Table(new))) => {
            let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                compare(&inner(key), old.get(key), new.get(key), found);
            }
        }
        (Some(Array(old)), Some(Array(new))) => {
            for i in 0..old.len().max(new.len()) {
                compare(&inner(&i.to_string()), old.get(i), new.get(i), found);
            }
        }
        (old, new) if old == new => {}
        (old, new) => {
            let word = |value: Option<&toml::Value>| value.map_or("absent".into(), ToString::to_string);
            let words = format!("{path} was {} and is {}", word(old), word(new));
            found.push((path.to_string(), words));
        }
    }
}

/// How the program, the device and the data differ from those that the run was begun with.
pub(super) fn surroundings(begun: &Provenance, opened: &Opened, checked: &[Checked]) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, old: &str, new: &str| {
        if old != new {
            found.push(format!("{what} was {old} and is {new}"));
        }
    };
    differ(
        "the version of landscape",
        &begun.version,
        env!("CARGO_PKG_VERSION"),
    );
    differ("the platform", &begun.platform, &super::provenance::platform());
    let device = begun.device.split(" (because").next().unwrap_or_default();
    differ("the device", device, &opened.label);
    for (name, hash) in &begun.data_hashes {
        if let Some(checked) = checked.iter().find(|checked| checked.name == *name) {
            differ(
                &format!("the hash of the training examples of `{name}`"),
                short(hash),
                short(&checked.hash),
            );
        }
    }
    found
}

/// Whether a variant of a run has more to do: it was not begun, was stopped, or has got more steps or time.
pub(super) fn goes_on(folder: &Path, variant: &VariantConfig, status: &Status) -> Result<bool, ReportError> {
    let name = &variant.name;
    let Some(ended) = status.variants.iter().find(|ended| ended.variant == *name) else {
        return Ok(true);
    };
    // Without its last point nothing can be judged: it is made again from the checkpoint before.
    if !folder.join(Moment::End.path(name)).exists() {
        return Ok(true);
    }
    let limits = &variant.config.training.limits;
    Ok(match ended.outcome.as_str() {
        word if word == Reason::Interrupted.word() => true,
        word if word == Reason::StepLimit.word() => ended.steps < limits.steps,
        word if word == Reason::TimeLimit.word() => {
            let recorded = Recorded::read(folder, name)?;
            let took = recorded.metrics.last().map_or(0.0, |last| last.seconds);
            limits.seconds.is_none_or(|limit| took < limit)
        }
        _ => false,
    })
}

/// Enough of a hash to tell it from others.
fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
