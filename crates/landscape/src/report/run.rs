//! Reads a run folder.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use serde::de::DeserializeOwned;

use super::ReportError;
use crate::records::{FindingRecord, Metrics, Provenance, Status, VariantStatus};

/// Everything that a report says comes from here.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The name of the run's folder, which tells runs of one config apart.
    pub id: String,
    /// `provenance.json`.
    pub provenance: Provenance,
    /// `status.json`.
    pub status: Status,
    /// `metrics.jsonl`, in the order of writing.
    pub metrics: Vec<Metrics>,
    /// `findings.jsonl`, in the order of writing.
    pub findings: Vec<FindingRecord>,
    /// What the reader of a report must know about the files, such as a last line cut off by a kill.
    pub notes: Vec<String>,
}

impl Run {
    /// Reads a folder that `landscape run` made, also while the run goes on or after it was killed: files of
    /// records may be missing, and a last line without its end is left out and noted.
    pub fn read(folder: &Path) -> Result<Run, ReportError> {
        if !folder.is_dir() {
            return Err(ReportError::NoFolder(folder.to_path_buf()));
        }
        crate::run::check_schema(folder)?;
        let id = folder
            .canonicalize()
            .ok()
            .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        let run = Run::from_files(folder, |name| fs::read(folder.join(name)))?;
        Ok(Run {
            id: id.unwrap_or_default(),
            ..run
        })
    }

    /// Reads the files of a run from wherever they are, by their names. `folder` is what errors call the place.
    pub fn from_files(
        folder: &Path,
        read: impl Fn(&'static str) -> io::Result<Vec<u8>>,
    ) -> Result<Run, ReportError> {
        let mut notes = Vec::new();
        let run = Run {
            id: String::new(),
            provenance: document(folder, "provenance.json", &read)?,
            status: document(folder, "status.json", &read)?,
            metrics: records(folder, "metrics.jsonl", &read, &mut notes, |_| Ok(()))?,
            findings: records(folder, "findings.jsonl", &read, &mut notes, check_finding)?,
            notes,
        };
        Ok(run)
    }

    /// Names of the variants: those begun in the order of the status, then any others in the order of the records.
    pub fn variants(&self) -> Vec<&str> {
        let begun = self.status.variants.iter().map(|status| &status.variant);
        let others = self
            .metrics
            .iter()
            .map(|m| &m.variant)
            .chain(self.findings.iter().map(|f| &f.variant));
        let mut names: Vec<&str> = Vec::new();
        for name in begun.chain(others) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// The metrics of one variant.
    pub fn metrics_of<'a>(&'a self, variant: &'a str) -> impl Iterator<Item = &'a Metrics> {
        self.metrics
            .iter()
            .filter(move |metrics| metrics.variant == variant)
    }

    /// The findings of one variant.
    pub fn findings_of<'a>(&'a self, variant: &'a str) -> impl Iterator<Item = &'a FindingRecord> {
        self.findings
            .iter()
            .filter(move |record| record.variant == variant)
    }

    /// How a variant ended, where the status knows it.
    pub fn status_of(&self, variant: &str) -> Option<&VariantStatus> {
        self.status
            .variants
            .iter()
            .find(|status| status.variant == variant)
    }
}

/// A whole file of JSON, which every run folder has.
pub(crate) fn file<T: DeserializeOwned>(folder: &Path, name: &'static str) -> Result<T, ReportError> {
    document(folder, name, |name| fs::read(folder.join(name)))
}

fn document<T: DeserializeOwned>(
    folder: &Path,
    name: &'static str,
    read: impl Fn(&'static str) -> io::Result<Vec<u8>>,
) -> Result<T, ReportError> {
    let path = folder.join(name);
    let bytes = match read(name) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(ReportError::NotARun {
                folder: folder.to_path_buf(),
                missing: name,
            });
        }
        Err(source) => return Err(ReportError::Read { path, source }),
    };
    parse(&bytes).map_err(|(line, reason)| ReportError::Record {
        path,
        line: line.max(1),
        reason,
    })
}

/// The records of a file with one a line, as [`Run::read`] reads them.
pub(crate) fn lines<T: DeserializeOwned>(folder: &Path, name: &'static str) -> Result<Vec<T>, ReportError> {
    let read = |name| fs::read(folder.join(name));
    records(folder, name, read, &mut Vec::new(), |_| Ok(()))
}

/// A file with one JSON record a line, which may be missing while a run is young.
fn records<T: DeserializeOwned>(
    folder: &Path,
    name: &'static str,
    read: impl Fn(&'static str) -> io::Result<Vec<u8>>,
    notes: &mut Vec<String>,
    check: impl Fn(&T) -> Result<(), String>,
) -> Result<Vec<T>, ReportError> {
    let path = folder.join(name);
    let bytes = match read(name) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(ReportError::Read { path, source }),
    };
    let mut result = Vec::new();
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match parse::<T>(line)
            .map_err(|(_, reason)| reason)
            .and_then(|record| check(&record).map(|()| record))
        {
            Ok(record) => result.push(record),
            Err(_) if !line.ends_with(b"\n") => {
                notes.push(format!(
                    "The last line of {name} (line {}) was cut off, as by a kill, and is left out.",
                    index + 1
                ));
            }
            Err(reason) => {
                return Err(ReportError::Record {
                    path,
                    line: index + 1,
                    reason,
                });
            }
        }
    }
    Ok(result)
}

/// The value, or the line of the fault and what is wrong, with the name of the field.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, (usize, String)> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let at = if field == "." {
            String::new()
        } else {
            format!("{field}: ")
        };
        (error.inner().line(), format!("{at}{}", error.inner()))
    })?;
    json.end().map_err(|error| (error.line(), error.to_string()))?;
    Ok(value)
}

/// Whether the lists of a finding are as long as each other.
fn check_finding(record: &FindingRecord) -> Result<(), String> {
    for curve in &record.finding.curves {
        let (name, values) = (&curve.name, curve.values.len());
        let uncertainties = curve.uncertainties.len();
        if uncertainties > 0 && uncertainties != values {
            return Err(format!(
                "the curve `{name}` has {values} values and {uncertainties} uncertainties; it needs as many, or none"
            ));
        }
        if let Some(axis) = curve.along.as_ref().filter(|axis| axis.values.len() != values) {
            return Err(format!(
                "the curve `{name}` has {values} values, and its axis `{}` has {} places; it needs as many",
                axis.name,
                axis.values.len()
            ));
        }
    }
    for path in &record.finding.paths {
        let (name, x, y) = (&path.name, path.x.len(), path.y.len());
        if x != y {
            return Err(format!(
                "the path `{name}` has {x} places on one axis and {y} on the other; it needs as many"
            ));
        }
    }
    for grid in &record.finding.grids {
        let (name, values) = (&grid.name, grid.values.len());
        let [x, y] = [&grid.x, &grid.y].map(|axis| axis.values.len());
        if x.checked_mul(y) != Some(values) {
            return Err(format!(
                "the grid `{name}` has {values} values over {x} × {y} places; it needs one for each"
            ));
        }
    }
    Ok(())
}
