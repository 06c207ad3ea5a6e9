//! The probes of a command line: their kinds, each with its defaults, and `--set` laid over them.

use super::shape::At;
use super::source::{Place, Source, key_of, right_side};
use super::{ConfigError, merge, parse, schema, shape, words};
use models::Problem;
use probes::Probe;
use serde_json::Value as Json;
use toml::{Table, Value};

/// Probes of these kinds, with `key=value` as in `density.accuracy=0.02` laid over their defaults.
#[derive(Clone, Debug)]
pub struct Measures {
    kinds: Vec<String>,
    table: Table,
    source: Source,
}

impl Measures {
    /// Probes of these kinds. `defaults` are other values for fields such as `ends.largest`, where that kind has them; a
    /// `*` stands for every kind.
    pub fn new(kinds: &[String], defaults: &[(&str, Value)], sets: &[String]) -> Result<Self, ConfigError> {
        let known = known();
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        let mut table = Table::new();
        for kind in kinds {
            let Some((_, way)) = known.iter().find(|(name, _)| name == kind) else {
                let message = format!(
                    "--measure {kind}: there is no such probe, {}",
                    words::one_of(&names)
                );
                return Err(ConfigError::new(message).advising(words::nearest(kind, &names)));
            };
            let mut probe = Table::from_iter([("kind".to_string(), Value::String(kind.clone()))]);
            for (path, value) in defaults {
                let (whose, field) = path.split_once('.').unwrap_or(("*", path));
                if (whose == "*" || whose == kind) && way["properties"].get(field).is_some() {
                    probe.insert(field.into(), value.clone());
                }
            }
            if table.insert(kind.clone(), Value::Table(probe)).is_some() {
                let message = format!("--measure names {kind} twice: name each probe once");
                return Err(ConfigError::new(message));
            }
        }
        let source = Source::new("--measure", "", sets);
        for set in sets {
            let wrong =
                |message: String, span| ConfigError::new(message).shows(source.set_excerpt(set, span));
            let key = key_of(set);
            let Some((_, value)) = right_side(set) else {
                let message = "--set has no `=`: write key=value, as in --set density.accuracy=0.02";
                return Err(wrong(message.into(), 0..set.len()));
            };
            let probe = key.split('.').next().unwrap_or_default().trim();
            if !table.contains_key(probe) {
                let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
                let message = format!("`{probe}` is not measured, {}", words::one_of(&kinds));
                let help = words::nearest(probe, &kinds);
                return Err(wrong(message, 0..probe.len().max(1)).advising(help));
            }
            merge::set(&mut table, key, parse::value_of(value))
                .map_err(|(message, span)| wrong(message, span))?;
        }
        Ok(Measures {
            kinds: kinds.to_vec(),
            table,
            source,
        })
    }

    /// Whether any of the probes has one of these fields.
    pub fn any_takes(&self, fields: &[&str]) -> bool {
        let known = known();
        let has = |way: &Json| fields.iter().any(|field| way["properties"].get(field).is_some());
        self.kinds
            .iter()
            .any(|kind| known.iter().any(|(name, way)| name == kind && has(way)))
    }

    /// The probes, in the order of their kinds.
    pub fn probes(&self) -> Result<Vec<Probe>, ConfigError> {
        let known = known();
        let probe = |kind: &String| {
            let value = &self.table[kind];
            let schema = known.iter().find(|(name, _)| name == kind).map(|(_, way)| way);
            let schema = schema.expect("kinds are checked");
            let fault = match value {
                Value::Table(table) => shape::fault_at(table, schema, vec![kind.clone()]),
                _ => None,
            };
            if let Some(fault) = fault {
                return Err(ConfigError::from_fault(fault).within(&self.source));
            }
            value.clone().try_into().map_err(|e: toml::de::Error| {
                let message = format!("`{kind}`: {}", e.message().trim());
                self.refused(message, vec![kind.clone()])
            })
        };
        self.kinds.iter().map(probe).collect()
    }

    /// The error of one field of a probe.
    pub fn problem(&self, probe: usize, problem: Problem) -> ConfigError {
        let problem = problem.within(&self.kinds[probe]);
        let path = problem.field.split('.').map(String::from).collect();
        self.refused(problem.to_string(), path)
    }

    /// An error that shows the `--set` which wrote the field, if one did.
    fn refused(&self, message: String, path: Vec<String>) -> ConfigError {
        let written = self.source.sets.iter().any(|set| {
            let key: Vec<&str> = key_of(set).split('.').map(str::trim).collect();
            path.starts_with(&key.iter().map(|part| part.to_string()).collect::<Vec<_>>())
        });
        let error = ConfigError::new(message);
        let place = Place {
            variant: None,
            path,
            at: At::Value,
        };
        match written {
            true => error.at(place).within(&self.source),
            false => error,
        }
    }
}

/// The kinds of probes, each with the schema of its table.
fn known() -> Vec<(String, &'static Json)> {
    let ways = schema::schema()["properties"]["probes"]["items"]["oneOf"].as_array();
    let named = |way: &'static Json| Some((way["properties"]["kind"]["const"].as_str()?.to_string(), way));
    ways.into_iter().flatten().filter_map(named).collect()
}
