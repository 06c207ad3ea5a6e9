//! What must come out of a run.

use probes::PointKind;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Test accuracy is what guessing gives, 1/C, within so many standard deviations over all ways to rename the
    /// classes. These are more than the binomial ones where images of one class get similar answers.
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
    /// What kind of point the variant stopped at, by the probe `ends`.
    StopsAt {
        /// The kind.
        point: PointKind,
    },
    /// L(t) ≤ (1 − ηλ₀/2)^t·L(0) at every recorded step, for the smallest eigenvalue λ₀ of the infinite network's
    /// Gram matrix (Du et al. 2019, Theorem 4.1): wide ReLU networks with a fixed second layer, ½Σ squared, plain
    /// descent with a constant step size.
    WideReluRate {},
    /// The variant makes more steps than another before it stops.
    MoreSteps {
        /// The other variant.
        than: String,
    },
    /// A number of the last findings is below the same number of another variant, beyond both uncertainties.
    NumberBelow {
        /// Its name, such as `share of activation patterns changed`.
        number: String,
        /// The other variant.
        than: String,
    },
}

impl Expectation {
    /// Its name in configs.
    pub fn name(&self) -> String {
        let tagged = serde_json::to_value(self).unwrap_or_default();
        tagged["kind"].as_str().unwrap_or_default().into()
    }

    /// The variant that it compares with, if any.
    pub fn compares_with(&self) -> Option<&str> {
        match self {
            Expectation::MoreSteps { than } | Expectation::NumberBelow { than, .. } => Some(than),
            _ => None,
        }
    }
}

// The variants are a key beside those of the kind, which refuses keys that it does not know.
impl JsonSchema for Expected {
    fn schema_name() -> Cow<'static, str> {
        "Expected".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Expectation::json_schema(generator);
        let variants = json_schema!({
            "description": "The variants that must meet it. Default: all.",
            "type": "array",
            "items": { "type": "string" },
        });
        let kinds = schema.get_mut("oneOf").and_then(serde_json::Value::as_array_mut);
        for kind in kinds.into_iter().flatten() {
            kind["properties"]["variants"] = variants.clone().to_value();
        }
        schema
    }
}
