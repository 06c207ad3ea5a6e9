//! Checkpoints: the parameters by name, as safetensors.

use super::{FolderError, RunFolder};
use crate::config::file_name;
use crate::experiment::Experiment;
use models::{Objective, Parameter, Point, Precision};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A point of a run, with where it was.
pub struct Checkpoint<'a> {
    experiment: &'a Experiment,
    step: u64,
    bytes: Vec<u8>,
}

/// The entry of a file's metadata that holds [`About`], as JSON.
const ABOUT: &str = "landscape";

/// What a checkpoint is about.
#[derive(Serialize, Deserialize)]
struct About {
    schema: u32,
    variant: String,
    step: u64,
}

/// A checkpoint that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be read.
    #[error("cannot read the checkpoint {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no checkpoint of this network.
    #[error("{} is no checkpoint of this network: {reason}", .path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl<'a> Checkpoint<'a> {
    /// A checkpoint of a variant at a point.
    pub fn new(experiment: &'a Experiment, step: u64, at: &Point) -> Self {
        let values = at.to_host();
        let bytes = match experiment.train.space().device.precision {
            Precision::F32 => values.iter().flat_map(|x| (*x as f32).to_le_bytes()).collect(),
            Precision::F64 => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        };
        Checkpoint {
            experiment,
            step,
            bytes,
        }
    }

    /// Writes `checkpoints/VARIANT-NAME.safetensors`, atomically.
    pub fn write(&self, folder: &RunFolder, name: &str) -> Result<(), FolderError> {
        let space = self.experiment.train.space();
        let size = space.device.precision.bytes();
        let kind = if size == 4 { Dtype::F32 } else { Dtype::F64 };
        let views = space.parameters.iter().map(|parameter| {
            let bytes = &self.bytes[parameter.range.start * size..parameter.range.end * size];
            let view =
                TensorView::new(kind, parameter.shape.clone(), bytes).expect("the bytes fill the shape");
            (parameter.name.clone(), view)
        });
        let about = About {
            schema: super::SCHEMA,
            variant: self.experiment.name.clone(),
            step: self.step,
        };
        let about = serde_json::to_string(&about).expect("plain data");
        // One entry: a map of several is written in random order, and the same run would give other bytes.
        let about = HashMap::from([(ABOUT.to_string(), about)]);
        let file = safetensors::serialize(views, Some(about)).expect("names and shapes are valid");
        folder.write(&relative_path(&self.experiment.name, name), &file)
    }
}

/// Reads `checkpoints/VARIANT-NAME.safetensors`: the step and the point.
pub fn read(folder: &Path, experiment: &Experiment, name: &str) -> Result<(u64, Point), CheckpointError> {
    let path = folder.join(relative_path(&experiment.name, name));
    let bytes = std::fs::read(&path).map_err(|source| CheckpointError::Read {
        path: path.clone(),
        source,
    })?;
    let unfit = |reason: String| CheckpointError::Unfit {
        path: path.clone(),
        reason,
    };
    let (About { variant, step, .. }, tensors) = open(&bytes).map_err(unfit)?;
    if variant != experiment.name {
        return Err(unfit(format!(
            "it is one of the variant `{variant}`, not of `{}`",
            experiment.name
        )));
    }
    let space = experiment.train.space();
    let mut values = Vec::with_capacity(space.dimension);
    for parameter in &space.parameters {
        values.extend(numbers(&tensors, parameter).map_err(unfit)?);
    }
    Ok((step, Point::from_host(values, &space.device)))
}

/// The variant and the step of a checkpoint, from the bytes of its file: what is known of it without its network.
pub fn inspect(bytes: &[u8]) -> Result<(String, u64), String> {
    let (about, _) = open(bytes)?;
    Ok((about.variant, about.step))
}

/// What a file says of itself, and its tensors.
fn open(bytes: &[u8]) -> Result<(About, SafeTensors<'_>), String> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
    let about = header.metadata().as_ref().and_then(|about| about.get(ABOUT));
    let about = about.ok_or_else(|| format!("its metadata has no entry `{ABOUT}`"))?;
    let about: About =
        serde_json::from_str(about).map_err(|e| format!("its metadata `{ABOUT}` is not readable: {e}"))?;
    match about.schema {
        super::SCHEMA => Ok((about, tensors)),
        other => Err(format!(
            "its schema is {other}, this version reads {}",
            super::SCHEMA
        )),
    }
}

fn numbers(tensors: &SafeTensors, parameter: &Parameter) -> Result<Vec<f64>, String> {
    let name = &parameter.name;
    let view = tensors
        .tensor(name)
        .map_err(|_| format!("it has no tensor `{name}`"))?;
    if view.shape() != parameter.shape {
        return Err(format!(
            "`{name}` has the shape {:?}, the network's is {:?}",
            view.shape(),
            parameter.shape
        ));
    }
    let values: Vec<f64> = match view.dtype() {
        Dtype::F32 => view
            .data()
            .as_chunks()
            .0
            .iter()
            .map(|b| f64::from(f32::from_le_bytes(*b)))
            .collect(),
        Dtype::F64 => view
            .data()
            .as_chunks()
            .0
            .iter()
            .map(|b| f64::from_le_bytes(*b))
            .collect(),
        other => return Err(format!("`{name}` holds {other:?}: only F32 and F64 are read")),
    };
    match values.iter().position(|x| !x.is_finite()) {
        Some(i) => Err(format!("`{name}` holds {} at position {i}", values[i])),
        None => Ok(values),
    }
}

fn relative_path(variant: &str, name: &str) -> String {
    format!("checkpoints/{}-{name}.safetensors", file_name(variant))
}
