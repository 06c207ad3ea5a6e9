//! The variants of Zhang, Bengio, Hardt, Recht and Vinyals (2017), arXiv:1611.03530: which structure of the
//! data is destroyed before training.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use models::{Examples, Seed, Targets};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Split;

/// What is randomised. Configs write `true`, `corrupted-0.5`, `random-labels`, `shuffled-pixels`,
/// `random-pixels`, `gaussian`.
///
/// ```
/// use landscape::data::Variant;
/// let variant: Variant = "corrupted-0.5".parse()?;
/// assert_eq!(variant, Variant::Corrupted { probability: 0.5 });
/// assert_eq!(variant.to_string(), "corrupted-0.5");
/// assert_eq!(variant.name(), "labels corrupted with probability 0.5");
/// # Ok::<(), landscape::data::VariantError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Variant {
    /// The data as prepared.
    True,
    /// Each training label is replaced with this probability by a uniformly random class, perhaps the same
    /// one.
    Corrupted {
        /// The probability p, in 0..=1.
        probability: f64,
    },
    /// Each training label is a uniformly random class: `corrupted-1`.
    RandomLabels,
    /// One fixed random permutation of the inputs' coordinates, the same for all training and test examples.
    ShuffledPixels,
    /// A fresh random permutation of coordinates for each training and test example.
    RandomPixels,
    /// Each coordinate of each training and test example is drawn from N(μ, σ²), with mean μ and variance σ²
    /// of all training inputs together.
    Gaussian,
}

/// A name that is no variant.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum VariantError {
    /// No such variant.
    #[error("`{name}` is no variant; did you mean `{nearest}`? There are {VARIANTS}")]
    Unknown {
        /// The name given.
        name: String,
        /// The variant with the most similar name.
        nearest: String,
    },
    /// The probability is missing, no number, or outside 0..=1.
    #[error("`{name}` needs a probability between 0 and 1, as in `corrupted-0.5`")]
    Probability {
        /// The name given.
        name: String,
    },
}

const VARIANTS: &str =
    "`true`, `corrupted-P` with 0 ≤ P ≤ 1, `random-labels`, `shuffled-pixels`, `random-pixels`, `gaussian`";

/// The variants whose name holds no number.
const PLAIN: [Variant; 5] = [
    Variant::True,
    Variant::RandomLabels,
    Variant::ShuffledPixels,
    Variant::RandomPixels,
    Variant::Gaussian,
];

impl Variant {
    /// The name for readers, such as `random labels`.
    pub fn name(&self) -> String {
        match self {
            Variant::True => "true labels".into(),
            Variant::Corrupted { probability } => format!("labels corrupted with probability {probability}"),
            Variant::RandomLabels => "random labels".into(),
            Variant::ShuffledPixels => "shuffled pixels".into(),
            Variant::RandomPixels => "random pixels".into(),
            Variant::Gaussian => "Gaussian pixels".into(),
        }
    }
}

/// The variant of a split. Nothing is drawn later: a network sees the same labels and inputs at every step.
///
/// Test targets are always the true ones. Label variants draw from the stream `labels`, pixel variants from
/// `pixels`.
///
/// Corruption is coupled: with one seed, the labels replaced at a smaller probability are replaced by the
/// same classes at a larger one. Where targets are values, "a random class" means the target of a uniformly
/// random training example, so that a replaced target keeps the targets' distribution and loses its relation
/// to the input.
///
/// ```
/// use landscape::data::{DataConfig, Source, Variant, apply, prepare};
/// use models::Seed;
/// let split = prepare(&DataConfig::new(Source::Digits, 1797), Seed(0))?;
/// let half = apply(Variant::Corrupted { probability: 0.5 }, &split, Seed(0));
/// let (old, new) = (split.train.labels().unwrap(), half.train.labels().unwrap());
/// let same = old.iter().zip(new).filter(|(a, b)| a == b).count();
/// // Kept, or replaced by itself: 1/2 + 1/2 · 1/10.
/// assert!((same as f64 / 1797.0 - 0.55).abs() < 0.05);
/// # Ok::<(), landscape::data::DataError>(())
/// ```
pub fn apply(variant: Variant, split: &Split, seed: Seed) -> Split {
    let mut varied = split.clone();
    let mut rng = seed.stream("pixels");
    let dimension = split.train.dimension;
    match variant {
        Variant::True => return varied,
        Variant::Corrupted { probability } => corrupt(&mut varied.train, probability, seed),
        Variant::RandomLabels => corrupt(&mut varied.train, 1.0, seed),
        Variant::ShuffledPixels => {
            let mut order: Vec<usize> = (0..dimension).collect();
            order.shuffle(&mut rng);
            each_input(&mut varied, |x| {
                let shuffled: Vec<f64> = order.iter().map(|&j| x[j]).collect();
                x.copy_from_slice(&shuffled);
            });
        }
        Variant::RandomPixels => each_input(&mut varied, |x| x.shuffle(&mut rng)),
        Variant::Gaussian => {
            let n = split.train.inputs.len() as f64;
            let mean = split.train.inputs.iter().sum::<f64>() / n;
            let deviation = (split.train.inputs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
            each_input(&mut varied, |x| gaussian(x, mean, deviation, &mut rng));
        }
    }
    varied.description = format!("{}; {}", split.description, variant.name());
    varied
}

/// Replaces each target with probability p. Both coin and replacement are drawn for every example, used or
/// not.
fn corrupt(train: &mut Examples, probability: f64, seed: Seed) {
    let mut rng = seed.stream("labels");
    let n = train.len();
    match &mut train.targets {
        Targets::Classes { labels, classes } => {
            for label in labels {
                let (coin, class) = (rng.random::<f64>(), rng.random_range(0..*classes as u32));
                if coin < probability {
                    *label = class;
                }
            }
        }
        Targets::Values { values, width } => {
            let originals = values.clone();
            for target in values.chunks_exact_mut(*width) {
                let (coin, donor) = (rng.random::<f64>(), rng.random_range(0..n as u64) as usize);
                if coin < probability {
                    target.copy_from_slice(&originals[donor * *width..(donor + 1) * *width]);
                }
            }
        }
    }
}

/// Changes each training input, then each test input.
fn each_input(split: &mut Split, mut change: impl FnMut(&mut [f64])) {
    for examples in std::iter::once(&mut split.train).chain(split.test.as_mut()) {
        examples
            .inputs
            .chunks_exact_mut(examples.dimension)
            .for_each(&mut change);
    }
}

/// Independent N(mean, deviation²).
fn gaussian(x: &mut [f64], mean: f64, deviation: f64, rng: &mut impl Rng) {
    x.iter_mut().for_each(|x| {
        let z: f64 = StandardNormal.sample(rng);
        *x = mean + deviation * z;
    });
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Variant::True => f.write_str("true"),
            Variant::Corrupted { probability } => write!(f, "corrupted-{probability}"),
            Variant::RandomLabels => f.write_str("random-labels"),
            Variant::ShuffledPixels => f.write_str("shuffled-pixels"),
            Variant::RandomPixels => f.write_str("random-pixels"),
            Variant::Gaussian => f.write_str("gaussian"),
        }
    }
}

impl FromStr for Variant {
    type Err = VariantError;

    fn from_str(name: &str) -> Result<Self, VariantError> {
        if let Some(plain) = PLAIN.into_iter().find(|variant| variant.to_string() == name) {
            return Ok(plain);
        }
        if let Some(rest) = name.strip_prefix("corrupted") {
            return match rest.strip_prefix('-').map(f64::from_str) {
                Some(Ok(probability))
                    if (0.0..=1.0).contains(&probability) && probability.is_sign_positive() =>
                {
                    Ok(Variant::Corrupted { probability })
                }
                _ => Err(VariantError::Probability { name: name.into() }),
            };
        }
        let candidates = PLAIN
            .iter()
            .map(Variant::to_string)
            .chain(["corrupted-0.5".into()]);
        let nearest =
            candidates.max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)));
        Err(VariantError::Unknown {
            name: name.into(),
            nearest: nearest.unwrap_or_default(),
        })
    }
}

impl JsonSchema for Variant {
    fn schema_name() -> Cow<'static, str> {
        "Variant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let plain: Vec<String> = PLAIN.iter().map(Variant::to_string).collect();
        let pattern = format!("^({}|corrupted-[0-9.eE-]+)$", plain.join("|"));
        json_schema!({ "type": "string", "pattern": pattern })
    }
}

impl TryFrom<String> for Variant {
    type Error = VariantError;

    fn try_from(name: String) -> Result<Self, VariantError> {
        name.parse()
    }
}

impl From<Variant> for String {
    fn from(variant: Variant) -> String {
        variant.to_string()
    }
}
