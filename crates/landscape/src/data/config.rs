//! The `[data]` table of a config: which examples, how many, and in which form.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Source;

/// Which examples a network is trained and tested on.
///
/// ```
/// use landscape::data::{DataConfig, Normalise};
/// let config: DataConfig = toml::from_str("source = 'digits'\ntrain = 1000\ntest = 500").unwrap();
/// assert_eq!(config.normalise(), Normalise::Standardise);
/// let config: DataConfig = toml::from_str("train = 9\nsource.sphere.dimension = 5").unwrap();
/// assert_eq!(config.normalise(), Normalise::None);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// Where the examples come from.
    pub source: Source,
    /// A folder in which files are looked for. Default: the config's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// The number of training examples. No default: losses, gradients and curvature all depend on it.
    pub train: usize,
    /// The number of test examples. Default 0: the landscape is a function of the training sample alone.
    #[serde(default)]
    pub test: usize,
    /// Which examples of a stored source are taken. Default `random`: stored order need not be random.
    #[serde(default)]
    pub pick: Pick,
    /// Keep only these classes, relabelled 0, 1, … in this order. Default: all, as the source numbers them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<u32>,
    /// What the network should answer. Default `source`: what the source gives.
    #[serde(default)]
    pub view: View,
    /// How inputs are normalised. Default: `standardise` for stored examples, because gradient descent is slow on raw
    /// pixels and measurements, of unequal size and far from zero; `none` for generators, whose inputs have the law that the
    /// theory assumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub normalise: Option<Normalise>,
    /// Inputs are multiplied by this factor, last of all. Default 1: no change.
    #[serde(default = "unscaled")]
    pub scale: f64,
}

impl DataConfig {
    /// `train` examples of a source, all else at its default.
    pub fn new(source: Source, train: usize) -> Self {
        DataConfig {
            source,
            folder: None,
            train,
            test: 0,
            pick: Pick::default(),
            classes: Vec::new(),
            view: View::default(),
            normalise: None,
            scale: unscaled(),
        }
    }

    /// The normalisation in force: the one written, or the source's default.
    pub fn normalise(&self) -> Normalise {
        self.normalise.unwrap_or(match self.source.shape() {
            None => Normalise::Standardise,
            Some(_) => Normalise::None,
        })
    }
}

/// Which examples of a stored source are taken. Generated examples are all taken, in the order drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pick {
    /// `train + test` examples drawn without replacement from all; where a source sets test examples apart, each are
    /// drawn from their own.
    #[default]
    Random,
    /// The first examples in stored order; where a source sets no test examples apart, which of the first
    /// `train + test` are for training is still random.
    First,
}

/// What the network should answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// What the source gives: classes for images, values or classes for generators.
    #[default]
    Source,
    /// Classes as values: 1 at the class, 0 elsewhere; width C.
    OneHot,
    /// Classes as values: 1 − 1/C at the class, −1/C elsewhere; width C, each target sums to 0.
    CentredOneHot,
    /// Two classes as values: −1 for the first, +1 for the second; width 1.
    Signs,
}

/// How inputs are normalised. Statistics are those of the training examples alone, before `scale`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Normalise {
    /// As the source gives them.
    #[default]
    None,
    /// All inputs divided by the largest magnitude among the training inputs: images come to lie in 0..1.
    UnitRange,
    /// Each coordinate minus its mean, divided by its standard deviation (1/n). A coordinate that is constant
    /// over the training examples becomes 0 everywhere.
    Standardise,
    /// Each input divided by its Euclidean norm, as kernel theory assumes. An input of zeros stays zero.
    UnitNorm,
}

fn unscaled() -> f64 {
    1.0
}
