//! From text to a config, with errors that point at the line.

use super::shape::{At, Fault};
use super::source::{BEFORE, Excerpt, Place, Source, key_of, right_side};
use super::{Config, merge, shape, words};
use miette::{Diagnostic, NamedSource, SourceSpan};
use models::Problem;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_path_to_error::Segment;
use std::path::Path;
use std::sync::Arc;
use toml::{Table, Value};

/// What is wrong with a config: where, and what would be right.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct ConfigError {
    message: String,
    #[source_code]
    source_code: Option<Arc<NamedSource<String>>>,
    #[label("{label}")]
    span: Option<SourceSpan>,
    label: &'static str,
    #[help]
    help: Option<String>,
    place: Option<Box<Place>>,
}

impl ConfigError {
    /// An error that belongs to no line.
    pub fn new(message: impl Into<String>) -> Self {
        ConfigError {
            message: message.into(),
            source_code: None,
            span: None,
            label: "here",
            help: None,
            place: None,
        }
    }

    /// The error of one field.
    pub fn of(problem: Problem) -> Self {
        let path = problem.field.split('.').map(String::from).collect();
        let place = Place {
            variant: None,
            path,
            at: At::Value,
        };
        ConfigError::new(problem.to_string()).at(place)
    }

    /// The same error, as one of a variant, counted from 0.
    pub fn of_variant(mut self, variant: usize, name: &str) -> Self {
        self.message = format!("variant `{name}`: {}", self.message);
        if let Some(place) = &mut self.place {
            place.variant = Some(variant);
        }
        self
    }

    /// The same error with the line that it belongs to, or with the file where it belongs to no line.
    pub fn within(mut self, source: &Source) -> Self {
        if self.source_code.is_some() {
            return self;
        }
        match self.place.take().and_then(|place| source.locate(&place)) {
            Some(excerpt) => self.shows(excerpt),
            None => {
                self.message = format!("{}: {}", source.name, self.message);
                self
            }
        }
    }

    /// The error of a table that has not the shape of a config.
    pub(super) fn from_fault(fault: Fault) -> Self {
        let Fault {
            path,
            at,
            message,
            help,
        } = fault;
        let label = if at == At::Inside { "add it here" } else { "here" };
        let place = Place {
            variant: None,
            path,
            at,
        };
        ConfigError {
            help,
            label,
            ..ConfigError::new(message)
        }
        .at(place)
    }

    /// The same error with advice.
    pub(super) fn advising(self, help: Option<String>) -> Self {
        ConfigError { help, ..self }
    }

    /// The same error at a place.
    pub(super) fn at(self, place: Place) -> Self {
        ConfigError {
            place: Some(Box::new(place)),
            ..self
        }
    }

    pub(super) fn shows(self, Excerpt { text, span }: Excerpt) -> Self {
        let length = (span.end - span.start).clamp(1, 200);
        ConfigError {
            source_code: Some(text),
            span: Some((span.start, length).into()),
            ..self
        }
    }
}

/// Reads a config file and lays `--set key=value` over it.
pub fn load(path: &Path, sets: &[String]) -> Result<Config, ConfigError> {
    Source::read(path, sets)?.config()
}

/// A config from its text. `name` is what errors call it.
pub fn parse(name: &str, text: &str, sets: &[String]) -> Result<Config, ConfigError> {
    Source::new(name, text, sets).config()
}

/// What a source says: a config, or another type with its schema.
pub(super) fn read<T: DeserializeOwned>(source: &Source, schema: &Json) -> Result<T, ConfigError> {
    let mut table: Table = toml::from_str(&source.text).map_err(|e| {
        let span = e.span().unwrap_or_default();
        let words = words::syntax(e.message(), source.text.get(span.clone()).unwrap_or_default());
        ConfigError::new(words).shows(source.excerpt(span))
    })?;
    for set in &source.sets {
        let wrong = |message: String, span| ConfigError::new(message).shows(source.set_excerpt(set, span));
        let Some((_, value)) = right_side(set) else {
            let message = "--set has no `=`: write key=value, as in --set training.step_size=0.1";
            return Err(wrong(message.into(), 0..set.len()));
        };
        merge::set(&mut table, key_of(set), value_of(value))
            .map_err(|(message, span)| wrong(message, span))?;
    }
    typed(table, schema).map_err(|e| e.within(source))
}

/// What a table says, by the schema of its type.
pub(super) fn typed<T: DeserializeOwned>(table: Table, schema: &Json) -> Result<T, ConfigError> {
    if let Some(fault) = shape::fault(&table, schema) {
        return Err(ConfigError::from_fault(fault));
    }
    // What is left are names that the schema does not list, such as those of devices.
    serde_path_to_error::deserialize(Value::Table(table)).map_err(|e| {
        let parts = e.path().iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        let path: Vec<String> = parts.collect();
        let message = format!("`{}`: {}", path.join("."), e.inner().message().trim());
        ConfigError::new(message).at(Place {
            variant: None,
            path,
            at: At::Value,
        })
    })
}

/// The right side of `--set`: a TOML value, else a string.
pub(super) fn value_of(text: &str) -> Value {
    let parsed = toml::from_str::<Table>(&format!("{BEFORE}{text}"));
    let one = parsed.ok().filter(|table| table.len() == 1);
    one.and_then(|mut table| table.remove("v"))
        .unwrap_or_else(|| Value::String(text.into()))
}
