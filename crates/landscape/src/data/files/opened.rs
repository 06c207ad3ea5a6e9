//! A file on disk, and what can be wrong with it.

use std::fs::File;
use std::path::{Path, PathBuf};

use models::Targets;

use super::array::{Array, Numbers};
use super::cifar::{self, Record};
use super::csv::{self, Column, Table};
use super::input::{Input, Limits};
use super::stored::Part;
use super::{idx, npy, search};

/// What is wrong with a file: the field that names it, and a sentence.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct FileError {
    /// The field of the source.
    pub field: &'static str,
    /// The path as it was written.
    pub path: String,
    /// What is wrong, with the whole path where it was found by searching, and what would be right.
    pub problem: String,
}

/// A file or folder that was found.
pub(super) struct Opened {
    field: &'static str,
    written: String,
    found: PathBuf,
}

impl Opened {
    pub(super) fn find(field: &'static str, path: &Path, folder: Option<&Path>) -> Result<Self, FileError> {
        let written = path.display().to_string();
        match search::find(path, folder) {
            Ok(found) => Ok(Opened {
                field,
                written,
                found,
            }),
            Err(problem) => Err(FileError {
                field,
                path: written,
                problem,
            }),
        }
    }

    pub(super) fn fault(&self, problem: impl Into<String>) -> FileError {
        let problem = problem.into();
        FileError {
            field: self.field,
            path: self.written.clone(),
            problem: match self.found == Path::new(&self.written) {
                true => problem,
                false => format!("{}: {problem}", self.found.display()),
            },
        }
    }

    pub(super) fn reader(&self) -> Result<(File, u64), FileError> {
        let wrong = |e: std::io::Error| {
            self.fault(match e.kind() {
                std::io::ErrorKind::PermissionDenied => "no permission to read it".into(),
                std::io::ErrorKind::NotFound => "there is no such file".into(),
                _ => format!("cannot be read: {e}"),
            })
        };
        let file = File::open(&self.found).map_err(wrong)?;
        let about = file.metadata().map_err(wrong)?;
        if about.is_dir() {
            return Err(self.fault("is a folder: name the file in it"));
        }
        Ok((file, about.len()))
    }

    fn input(&self, limits: Limits) -> Result<Input<'static>, FileError> {
        let (file, length) = self.reader()?;
        if length == 0 {
            return Err(self.fault("is empty"));
        }
        let input = Input::new(file, length, limits).map_err(|e| self.fault(e))?;
        if self.found.extension().is_some_and(|ending| ending == "gz") && !input.is_packed() {
            return Err(self.fault("is named .gz, but does not begin like a gzip file: fetch or rename it"));
        }
        Ok(input)
    }

    /// An IDX or npy file, told apart by how they begin.
    pub(super) fn array(&self, limits: Limits) -> Result<Array, FileError> {
        let mut input = self.input(limits)?;
        let start = input.peek().map_err(|e| self.fault(e))?;
        let read = match start {
            [0, 0, ..] => idx::read,
            [0x93, ..] => npy::read,
            [b'P', b'K', ..] => return Err(self.fault("is an npz or ZIP file: use the source npz")),
            _ => {
                let shown: Vec<String> = start.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
                return Err(self.fault(format!(
                    "begins with the bytes {}: it is neither IDX (00 00) nor npy (93 4e 55 4d)",
                    shown.join(" ")
                )));
            }
        };
        read(&mut input).map_err(|e| self.fault(e))
    }

    pub(super) fn table(&self, label: &Column, limits: Limits) -> Result<Table, FileError> {
        csv::read(&mut self.input(limits)?, label).map_err(|e| self.fault(e))
    }

    /// The records of files in this folder, one file after the other.
    pub(super) fn records(
        &self,
        names: &[String],
        record: Record,
        limits: Limits,
    ) -> Result<Part, FileError> {
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for name in names {
            let file = Opened {
                field: self.field,
                written: format!("{}/{name}", self.written),
                found: self.found.join(name),
            };
            let (more, their) = cifar::read(&mut file.input(limits)?, record).map_err(|e| file.fault(e))?;
            pixels.extend(more);
            labels.extend(their);
        }
        Ok(Part {
            inputs: Numbers::Bytes(pixels),
            dimension: cifar::PIXELS,
            targets: Targets::Classes {
                labels,
                classes: record.classes(),
            },
        })
    }
}
