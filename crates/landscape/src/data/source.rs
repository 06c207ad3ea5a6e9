//! The sources of examples, as configs name them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::files::{ArrayFiles, Cifar10, Cifar100, CsvFile, FileSource, NpzFile};
use super::{DataError, error};

/// Where examples come from.
///
/// Embedded sources are written `source = "digits"`, files `source = { npz = { path = "mnist.npz" } }`, generators
/// `source = { sphere = { dimension = 100 } }`.
/// Generators draw row after row: how many test examples follow changes no training example.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Source {
    /// The 1,797 handwritten digits of scikit-learn: 64 inputs in 0..16, ten classes. See [`super::digits`].
    #[default]
    Digits,
    /// The first 1,000 training images of Fashion-MNIST: 784 inputs in 0..255, ten classes. See
    /// [`super::fashion`].
    Fashion,
    /// IDX or npy files, such as those of MNIST and Fashion-MNIST.
    Arrays(ArrayFiles),
    /// An npz file, such as Keras' `mnist.npz`.
    Npz(NpzFile),
    /// A table.
    Csv(CsvFile),
    /// CIFAR-10 in its binary version.
    #[serde(rename = "cifar-10")]
    Cifar10(Cifar10),
    /// CIFAR-100 in its binary version.
    #[serde(rename = "cifar-100")]
    Cifar100(Cifar100),
    /// Inputs uniform on the unit sphere, targets independent N(0, 1): nothing to learn, much to fit.
    /// Source: Du, Zhai, Póczos and Singh (2018), arXiv:1810.02054, experiments.
    Sphere {
        /// Numbers in one input d.
        dimension: usize,
        /// Numbers in one target c. Default 1, as in the paper.
        #[serde(default = "one")]
        width: usize,
    },
    /// Inputs N(0, I_d), targets Y = X·W* + noise with entries of W* `[d, c]` from N(0, 1/d), so that each
    /// target has variance 1 + noise².
    TeacherLinear {
        /// Numbers in one input d.
        dimension: usize,
        /// Numbers in one target c. Default 1.
        #[serde(default = "one")]
        width: usize,
        /// Standard deviation of the Gaussian noise on each target. Default 0: exactly linear.
        #[serde(default)]
        noise: f64,
    },
    /// Inputs N(0, I_d), answers of a two-layer ReLU teacher f(x) = √(2/k) · Σ_r a_r σ(w_rᵀx) with k hidden
    /// units, w_r ~ N(0, I_d/d), a_r ~ N(0, I_c): each value has second moment 1 over teachers and inputs.
    TeacherTwoLayer {
        /// Numbers in one input d.
        dimension: usize,
        /// Hidden units of the teacher k.
        hidden: usize,
        /// Numbers in one target, or the number of classes: c. Default 1.
        #[serde(default = "one")]
        width: usize,
        /// Whether targets are the teacher's values or the class of the largest. Default `values`.
        #[serde(default)]
        answer: Answer,
    },
    /// Inputs X `[m, d]` with entries N(0, 1), targets Y = X·A with A `[d, c]` of prescribed singular values
    /// between random orthonormal factors: the data of deep linear networks (Kawaguchi 2016; in his notation
    /// Aᵀ, Xᵀ, Yᵀ).
    LowRank {
        /// Numbers in one input d.
        dimension: usize,
        /// Numbers in one target c.
        width: usize,
        /// The non-zero singular values of A; their number is its rank.
        singular_values: Vec<f64>,
        /// Whether the training inputs fulfil XᵀX = m·I up to rounding, so that Σ = YᵀX(XᵀX)⁻¹XᵀY = m·AᵀA and
        /// closed forms need only the singular values. Test inputs stay N(0, I_d). Default false: plain
        /// Gaussian inputs.
        #[serde(default)]
        whitened: bool,
    },
}

/// What a teacher answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Its real values.
    #[default]
    Values,
    /// The index of its largest value; of equal ones the first.
    Classes,
}

impl Source {
    /// The name in configs.
    pub fn name(&self) -> &'static str {
        match self {
            Source::Digits => "digits",
            Source::Fashion => "fashion",
            Source::Arrays(_) => "arrays",
            Source::Npz(_) => "npz",
            Source::Csv(_) => "csv",
            Source::Cifar10(_) => "cifar-10",
            Source::Cifar100(_) => "cifar-100",
            Source::Sphere { .. } => "sphere",
            Source::TeacherLinear { .. } => "teacher-linear",
            Source::TeacherTwoLayer { .. } => "teacher-two-layer",
            Source::LowRank { .. } => "low-rank",
        }
    }

    /// The source as one that reads files, where it is one.
    pub fn files(&self) -> Option<&dyn FileSource> {
        match self {
            Source::Arrays(files) => Some(files),
            Source::Npz(file) => Some(file),
            Source::Csv(file) => Some(file),
            Source::Cifar10(folder) => Some(folder),
            Source::Cifar100(folder) => Some(folder),
            _ => None,
        }
    }

    /// Takes only data with this hash from now on, where the source reads files.
    pub fn pin(&mut self, hash: &str) {
        match self {
            Source::Arrays(files) => files.pin(hash),
            Source::Npz(file) => file.pin(hash),
            Source::Csv(file) => file.pin(hash),
            Source::Cifar10(folder) => folder.pin(hash),
            Source::Cifar100(folder) => folder.pin(hash),
            _ => {}
        }
    }

    /// Numbers in one input, in one target, and in the matrices that a teacher consists of; `None` for stored
    /// sources.
    pub(super) fn shape(&self) -> Option<(usize, usize, usize)> {
        match *self {
            Source::Digits
            | Source::Fashion
            | Source::Arrays(_)
            | Source::Npz(_)
            | Source::Csv(_)
            | Source::Cifar10(_)
            | Source::Cifar100(_) => None,
            Source::Sphere { dimension, width } => Some((dimension, width, 0)),
            Source::TeacherLinear { dimension, width, .. } => {
                Some((dimension, width, dimension.saturating_mul(width)))
            }
            Source::TeacherTwoLayer {
                dimension,
                hidden,
                width,
                ..
            } => Some((
                dimension,
                width,
                hidden.saturating_mul(dimension.saturating_add(width)),
            )),
            Source::LowRank {
                dimension,
                width,
                ref singular_values,
                ..
            } => Some((
                dimension,
                width,
                singular_values
                    .len()
                    .saturating_mul(dimension.saturating_add(width)),
            )),
        }
    }

    /// Refuses parameters with which nothing can be drawn for `train` training examples.
    pub(super) fn check(&self, train: usize) -> Result<(), DataError> {
        let path = |field: &str| format!("source.{}.{field}", self.name());
        let positive = |field: &str, value: usize| match value {
            0 => Err(DataError::new(path(field), 0, "must be at least 1")),
            _ => Ok(()),
        };
        match self {
            Source::Sphere { dimension, width } => {
                positive("dimension", *dimension)?;
                positive("width", *width)
            }
            Source::TeacherLinear {
                dimension,
                width,
                noise,
            } => {
                positive("dimension", *dimension)?;
                positive("width", *width)?;
                if noise.is_finite() && *noise >= 0.0 {
                    return Ok(());
                }
                Err(DataError::new(
                    path("noise"),
                    noise,
                    "a standard deviation is a finite number, at least 0",
                ))
            }
            Source::TeacherTwoLayer {
                dimension,
                hidden,
                width,
                answer,
            } => {
                positive("dimension", *dimension)?;
                positive("hidden", *hidden)?;
                positive("width", *width)?;
                if *answer == Answer::Classes && *width == 1 {
                    return Err(DataError::new(
                        path("width"),
                        1,
                        "a teacher of classes needs a width of at least 2",
                    ));
                }
                Ok(())
            }
            Source::LowRank {
                dimension,
                width,
                singular_values,
                whitened,
            } => {
                positive("dimension", *dimension)?;
                positive("width", *width)?;
                let most = (*dimension).min(*width);
                if singular_values.is_empty() || singular_values.len() > most {
                    let advice =
                        format!("a {dimension}×{width} matrix has rank 1 to {most}: give as many values");
                    return Err(DataError::new(
                        path("singular_values"),
                        error::list(singular_values),
                        advice,
                    ));
                }
                if !singular_values
                    .iter()
                    .all(|value| value.is_finite() && *value > 0.0)
                {
                    let advice = "each singular value must be finite and above 0; the others are 0 already";
                    return Err(DataError::new(
                        path("singular_values"),
                        error::list(singular_values),
                        advice,
                    ));
                }
                if *whitened && train < *dimension {
                    let advice = format!(
                        "whitened inputs in {dimension} dimensions need at least {dimension} examples"
                    );
                    return Err(DataError::new("train", train, advice));
                }
                Ok(())
            }
            // A stored source is looked at when it is read.
            _ => Ok(()),
        }
    }
}

fn one() -> usize {
    1
}
