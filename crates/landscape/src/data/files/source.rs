//! The file sources, as configs name them, and how each becomes examples.

use std::collections::HashMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cifar::{Labels, Record};
use super::csv::{Column, Table};
use super::input::Limits;
use super::npz;
use super::opened::{FileError, Opened};
use super::stored::{Fault, Part, Stored};
use super::table::{class_names, part};
use crate::data::Answer;

/// Inputs and targets in files of their own, IDX or npy, each as it is or packed by gzip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrayFiles {
    /// Training inputs `[n, …]`.
    pub inputs: PathBuf,
    /// Training targets: whole numbers `[n]` are classes, others values `[n]` or `[n, c]`.
    pub targets: PathBuf,
    /// Test inputs. Default: test examples are taken from the training files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_inputs: Option<PathBuf>,
    /// Test targets: with `test_inputs`, or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_targets: Option<PathBuf>,
    /// The hash of the data, as `landscape data describe` prints it: other data are refused. Default: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// One npz file with the arrays `inputs` and `targets`, and perhaps `test_inputs` and `test_targets`; or `x_train`,
/// `y_train`, `x_test`, `y_test`, as Keras names them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NpzFile {
    /// The file.
    pub path: PathBuf,
    /// As for arrays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// A table of comma-separated values, as it is or packed by gzip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CsvFile {
    /// The table to train on.
    pub path: PathBuf,
    /// The column of labels: its name in the first row, or its number from 0, or from the end: −1 is the last.
    pub label: Column,
    /// Whether labels are classes or values. Default `classes`: different texts, sorted as numbers where all are
    /// numbers, are the classes 0, 1, ….
    #[serde(default = "classes")]
    pub answer: Answer,
    /// A table of the same columns to test on. Default: test examples are taken from `path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_path: Option<PathBuf>,
    /// As for arrays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

fn classes() -> Answer {
    Answer::Classes
}

/// The folder of CIFAR-10 in its binary version: `data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cifar10 {
    /// The folder, such as `cifar-10-batches-bin`.
    pub folder: PathBuf,
    /// As for arrays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// The folder of CIFAR-100 in its binary version: `train.bin`, `test.bin`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cifar100 {
    /// The folder, such as `cifar-100-binary`.
    pub folder: PathBuf,
    /// Whether labels are the 100 classes or the 20 groups of them. Default `fine`: the classes.
    #[serde(default)]
    pub labels: Labels,
    /// As for arrays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// A source that reads files.
pub trait FileSource {
    /// The files or folders that it names, each with its field.
    fn paths(&self) -> Vec<(&'static str, &Path)>;

    /// The hash that the data must have, where the config says it.
    fn hash(&self) -> Option<&str>;

    /// The same source, which takes only data with this hash.
    fn pin(&mut self, hash: &str);

    /// Reads and checks everything. `folder` is the config's; see [`super::places`].
    fn read(&self, folder: Option<&Path>, limits: Limits) -> Result<Stored, FileError>;
}

/// What all do with their field `hash`.
macro_rules! hashed {
    () => {
        fn hash(&self) -> Option<&str> {
            self.hash.as_deref()
        }

        fn pin(&mut self, hash: &str) {
            self.hash = Some(hash.into());
        }
    };
}

impl FileSource for ArrayFiles {
    fn paths(&self) -> Vec<(&'static str, &Path)> {
        let test = [
            ("test_inputs", self.test_inputs.as_deref()),
            ("test_targets", self.test_targets.as_deref()),
        ];
        let test = test.into_iter().filter_map(|(field, path)| Some((field, path?)));
        [("inputs", self.inputs.as_path()), ("targets", &self.targets)]
            .into_iter()
            .chain(test)
            .collect()
    }

    hashed!();

    fn read(&self, folder: Option<&Path>, limits: Limits) -> Result<Stored, FileError> {
        let open = |field, path: &Path| Opened::find(field, path, folder);
        let (inputs, targets) = (open("inputs", &self.inputs)?, open("targets", &self.targets)?);
        let test = match (&self.test_inputs, &self.test_targets) {
            (Some(inputs), Some(targets)) => {
                Some((open("test_inputs", inputs)?, open("test_targets", targets)?))
            }
            (Some(alone), None) => return Err(lonely("test_inputs", alone, "test_targets")),
            (None, Some(alone)) => return Err(lonely("test_targets", alone, "test_inputs")),
            (None, None) => None,
        };
        let of = |fault: Fault| {
            let (field, problem) = fault.parts();
            let file = match (field, &test) {
                ("targets", _) => &targets,
                ("test_inputs", Some((inputs, _))) => inputs,
                ("test_targets", Some((_, targets))) => targets,
                _ => &inputs,
            };
            file.fault(problem)
        };
        let train = Part::from_arrays(inputs.array(limits)?, targets.array(limits)?).map_err(of)?;
        let tested = match &test {
            Some((inputs, targets)) => {
                Some(Part::from_test_arrays(inputs.array(limits)?, targets.array(limits)?).map_err(of)?)
            }
            None => None,
        };
        Stored::new(train, tested).map_err(of)
    }
}

fn lonely(field: &'static str, path: &Path, other: &str) -> FileError {
    FileError {
        field,
        path: path.display().to_string(),
        problem: format!("there is no {other} beside it: give both or neither"),
    }
}

impl FileSource for NpzFile {
    fn paths(&self) -> Vec<(&'static str, &Path)> {
        vec![("path", &self.path)]
    }

    hashed!();

    fn read(&self, folder: Option<&Path>, limits: Limits) -> Result<Stored, FileError> {
        let file = Opened::find("path", &self.path, folder)?;
        let (reader, length) = file.reader()?;
        let arrays = npz::read(BufReader::new(reader), length, limits).map_err(|e| file.fault(e))?;
        let of = |fault: Fault| {
            let (name, problem) = fault.parts();
            file.fault(format!("{name}: {problem}"))
        };
        let train = Part::from_arrays(arrays.train.0, arrays.train.1).map_err(of)?;
        let test = match arrays.test {
            Some((inputs, targets)) => Some(Part::from_test_arrays(inputs, targets).map_err(of)?),
            None => None,
        };
        Stored::new(train, test).map_err(of)
    }
}

impl FileSource for CsvFile {
    fn paths(&self) -> Vec<(&'static str, &Path)> {
        let test = self.test_path.as_deref().map(|path| ("test_path", path));
        std::iter::once(("path", self.path.as_path()))
            .chain(test)
            .collect()
    }

    hashed!();

    fn read(&self, folder: Option<&Path>, limits: Limits) -> Result<Stored, FileError> {
        let file = Opened::find("path", &self.path, folder)?;
        let test_file = self
            .test_path
            .as_deref()
            .map(|path| Opened::find("test_path", path, folder));
        let test_file = test_file.transpose()?;
        let table = file.table(&self.label, limits)?;
        let names = match self.answer {
            Answer::Classes => class_names(&table.labels).map_err(|e| file.fault(e))?,
            Answer::Values => HashMap::new(),
        };
        let part = |file: &Opened, table: Table| part(table, self.answer, &names).map_err(|e| file.fault(e));
        let train = part(&file, table)?;
        let test = match &test_file {
            Some(file) => Some(part(file, file.table(&self.label, limits)?)?),
            None => None,
        };
        Stored::new(train, test).map_err(|fault| {
            let (field, problem) = fault.parts();
            match &test_file {
                Some(test_file) if field.starts_with("test") => test_file.fault(problem),
                _ => file.fault(problem),
            }
        })
    }
}

impl FileSource for Cifar10 {
    fn paths(&self) -> Vec<(&'static str, &Path)> {
        vec![("folder", &self.folder)]
    }

    hashed!();

    fn read(&self, folder: Option<&Path>, limits: Limits) -> Result<Stored, FileError> {
        let train: Vec<String> = (1..=5).map(|i| format!("data_batch_{i}.bin")).collect();
        let place = Opened::find("folder", &self.folder, folder)?;
        let train = place.records(&train, Record::Ten, limits)?;
        let test = place.records(&["test_batch.bin".into()], Record::Ten, limits)?;
        Stored::new(train, Some(test)).map_err(|fault| place.fault(fault.parts().1))
    }
}

impl FileSource for Cifar100 {
    fn paths(&self) -> Vec<(&'static str, &Path)> {
        vec![("folder", &self.folder)]
    }

    hashed!();

    fn read(&self, folder: Option<&Path>, limits: Limits) -> Result<Stored, FileError> {
        let place = Opened::find("folder", &self.folder, folder)?;
        let record = Record::Hundred(self.labels);
        let train = place.records(&["train.bin".into()], record, limits)?;
        let test = place.records(&["test.bin".into()], record, limits)?;
        Stored::new(train, Some(test)).map_err(|fault| place.fault(fault.parts().1))
    }
}
