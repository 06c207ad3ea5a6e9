//! What must come out of a run.

use serde::{Deserialize, Serialize};

/// One expectation, for some variants or all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// The variants that must meet it. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
    /// What must hold.
    #[serde(flatten)]
    pub expectation: Expectation,
}

/// What must hold at the end of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Expectation {
    /// Training accuracy is at least this share.
    TrainAccuracy {
        /// In [0, 1].
        at_least: f64,
    },
    /// Test accuracy is at least this share.
    TestAccuracy {
        /// In [0, 1].
        at_least: f64,
    },
    /// Test accuracy is what answers without any relation to the classes give, 1/C, within so many standard
    /// deviations over permutations of the classes. Needs more than `sigmas` + 1 classes.
    TestAccuracyIsChance {
        /// Standard deviations. Three are passed by chance about once in 370 runs.
        sigmas: f64,
    },
    /// The last loss is at most this share of the first.
    RelativeLoss {
        /// The share.
        at_most: f64,
    },
    /// The last loss is at least this share of the first: training got stuck.
    RelativeLossStays {
        /// The share.
        at_least: f64,
    },
    /// The last loss is the global minimum of a deep linear network (Eckart–Young), within this share of the first.
    GlobalMinimum {
        /// The share.
        within: f64,
    },
    /// log L falls linearly in the step over the second half of the run: at least this squared correlation.
    LinearConvergence {
        /// In [0, 1].
        r_squared: f64,
    },
    /// The smallest Hessian eigenvalue at the start is negative, beyond its interval.
    NegativeCurvatureAtStart {},
    /// The smallest Hessian eigenvalue at the end is not below minus this share of the largest.
    NoNegativeCurvatureAtEnd {
        /// The share.
        beyond: f64,
    },
}
