//! A network that the user brings: what `landscape probe NET.toml` reads.

use super::{
    Checkpoints, Config, ConfigError, Observe, Source, Training, VariantConfig, as_they_are, auto, first_seed,
};
use crate::data::{self, DataConfig, Normalise, Pick, View};
use crate::device::DeviceName;
use crate::weights::WeightsFile;
use models::{Architecture, Initialisation, Loss, Precision, Problem, Seed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use training::{Goals, Limits, Noise, Optimiser, Schedule};

/// A network that was trained elsewhere: its layers, its weights, and the loss and examples that make its landscape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// The seed of the probes, and of the choice of examples. Default 1.
    #[serde(default = "first_seed")]
    #[schemars(range(max = 9_223_372_036_854_775_807_i64))]
    pub seed: Seed,
    /// Where to compute. Default `auto`.
    #[serde(default = "auto")]
    pub device: DeviceName,
    /// `f32` or `f64`. Default `f32`.
    #[serde(default)]
    pub precision: Precision,
    /// What is compared with the targets, and how.
    pub loss: Loss,
    /// The examples.
    pub data: NetworkData,
    /// The network.
    pub model: Architecture,
    /// The file with its weights.
    pub weights: WeightsFile,
}

/// The examples that make the landscape of a network. Nothing is changed about them unless it is said: the network was
/// trained on inputs as they are, or on inputs that are made here as they were made there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkData {
    /// Where the examples come from.
    pub source: data::Source,
    /// A folder in which files are looked for. Default: that of the description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// How many training examples are taken. Default: all that the source has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<usize>,
    /// Which examples are taken, where not all are. Default `random`.
    #[serde(default)]
    pub pick: Pick,
    /// Keep only these classes, relabelled 0, 1, … in this order. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<u32>,
    /// What the network should answer. Default `source`: what the source gives.
    #[serde(default)]
    pub view: View,
    /// How inputs are normalised. Default `none`.
    #[serde(default)]
    pub normalise: Normalise,
    /// Inputs are multiplied by this factor, last of all. Default 1.
    #[serde(default = "unscaled")]
    pub scale: f64,
}

fn unscaled() -> f64 {
    1.0
}

impl NetworkConfig {
    /// The network as a variant of a config, which starts and ends at weights that are not there yet. Reads the data
    /// where all examples are wanted, to count them.
    pub fn variant(&self, name: &str) -> Result<VariantConfig, ConfigError> {
        let NetworkData {
            source,
            folder,
            train,
            pick,
            classes,
            view,
            normalise,
            scale,
        } = self.data.clone();
        let mut data = DataConfig {
            source,
            folder,
            train: train.unwrap_or(1),
            test: 0,
            pick,
            classes,
            view,
            normalise: Some(normalise),
            scale,
        };
        if train.is_none() {
            data.train = all(&data)?;
        }
        let config = Config {
            question: format!("What is the landscape around {name}?"),
            answer: String::new(),
            name: String::new(),
            seed: self.seed,
            device: self.device,
            precision: self.precision,
            loss: self.loss,
            data,
            labels: as_they_are(),
            model: self.model.clone(),
            start: Initialisation::Zero,
            training: Training {
                optimiser: Optimiser::Descent,
                step_size: 1.0,
                schedule: Schedule::Constant,
                noise: Noise::None,
                batch: None,
                goals: Goals::default(),
                limits: Limits::default(),
            },
            observe: Observe::default(),
            checkpoints: Checkpoints::default(),
            probes: Vec::new(),
            expect: Vec::new(),
            variants: Vec::new(),
        };
        Ok(VariantConfig {
            name: name.into(),
            config,
        })
    }

    /// The description as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self).expect("a description holds only what TOML can write")
    }
}

/// How many training examples of the chosen classes the source has.
fn all(data: &DataConfig) -> Result<usize, ConfigError> {
    let stored = data::load(data).map_err(|e| {
        let field = format!("data.{}", e.field);
        ConfigError::of(Problem::new(field, format!("= {}: {}", e.value, e.advice)))
    })?;
    let Some(stored) = stored else {
        let complaint = format!(
            "is missing: `{}` is drawn, so say how many examples",
            data.source.name()
        );
        return Err(ConfigError::of(Problem::new("data.train", complaint)));
    };
    Ok(match stored.train.class_counts() {
        Some(counts) if !data.classes.is_empty() => {
            let count = |class: &u32| counts.get(*class as usize).copied().unwrap_or_default();
            data.classes.iter().map(count).sum::<usize>().max(1)
        }
        _ => stored.train.len(),
    })
}

impl Source {
    /// The description of a network, with the folder in which its files are looked for first.
    pub fn network(&self) -> Result<NetworkConfig, ConfigError> {
        let mut network: NetworkConfig = super::parse::read(self, super::schema::network())?;
        if let Some(here) = self.folder() {
            let folder = here.join(network.data.folder.unwrap_or_default());
            network.data.folder = Some(std::path::absolute(&folder).unwrap_or(folder));
        }
        Ok(network)
    }
}
