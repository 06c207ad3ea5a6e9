//! Loss heads: value, first and second derivative in the outputs.

use burn::tensor::{Tensor, activation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::host::{self, CrossEntropy};
use crate::layers::sigmoid_and_slope;
use crate::{Examples, Targets, download};

/// How a network's outputs z `[n, C]` are compared with targets y `[n, C]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// ½ Σᵢ ‖zᵢ − yᵢ‖²: a sum over examples, as in Du et al. (2019).
    HalfSquared,
    /// (1/2n) Σᵢ ‖zᵢ − yᵢ‖². PyTorch's `MSELoss` is 2/C times this.
    MeanSquared,
    /// (1/n) Σᵢ −log softmax(zᵢ)[yᵢ], in nats.
    CrossEntropy,
    /// (1/n) Σᵢ Σ_c log(1 + exp(−y_ic z_ic)) for y = ±1, in nats.
    Logistic,
}

impl Loss {
    /// Every loss, for tests and lists.
    pub const ALL: [Loss; 4] = [
        Loss::HalfSquared,
        Loss::MeanSquared,
        Loss::CrossEntropy,
        Loss::Logistic,
    ];

    /// The formula with its normalisation, to print wherever a number depends on it.
    pub fn formula(self) -> &'static str {
        match self {
            Loss::HalfSquared => "½ Σ ‖z − y‖² (sum over examples)",
            Loss::MeanSquared => "(1/2n) Σ ‖z − y‖²",
            Loss::CrossEntropy => "(1/n) Σ softmax cross-entropy, in nats",
            Loss::Logistic => "(1/n) Σ log(1 + exp(−yz)), in nats",
        }
    }

    /// The factor of each example's term, for n examples.
    pub fn weight(self, n: usize) -> f64 {
        match self {
            Loss::HalfSquared => 1.0,
            Loss::MeanSquared | Loss::CrossEntropy | Loss::Logistic => 1.0 / n as f64,
        }
    }

    /// How many outputs C the network needs for these targets.
    pub fn outputs(self, targets: &Targets) -> usize {
        match targets {
            Targets::Values { width, .. } => *width,
            Targets::Classes { classes: 2, .. } if self == Loss::Logistic => 1,
            Targets::Classes { classes, .. } => *classes,
        }
    }

    /// Between which numbers the loss of one example lies whose slope ∂ℓ/∂z has the squared norm B.
    ///
    /// - squared losses: both are B/2, since ∂ℓ/∂z = z − y;
    /// - cross-entropy over C > 1 classes: with e = 1 − p_y, e²C/(C − 1) ≤ B ≤ 2e², so that −ln(1 − √(B/2)) ≤ ℓ ≤
    ///   −ln(1 − √(B(C − 1)/C));
    /// - logistic: each output's loss is −ln(1 − |r|) for its slope r. One output: both are −ln(1 − √B). More: Σ|r_c| ≥ √B
    ///   and −ln(1 − |r|) ≥ |r| give √B from below, and the chord of this convex function gives −√C ln(1 − √B) from above.
    ///
    /// The upper number is infinite where the slope says nothing. Losses per example, without their weight.
    ///
    /// ```
    /// use models::Loss;
    /// assert_eq!(Loss::MeanSquared.given_slope(4.0, 3), (2.0, 2.0));
    /// // Two classes, p = (¼, ¾) and the first is right: r = (−¾, ¾), and the loss is ln 4.
    /// let (least, most) = Loss::CrossEntropy.given_slope(2.0 * 0.75 * 0.75, 2);
    /// assert!((least - 4f64.ln()).abs() < 1e-15 && (most - 4f64.ln()).abs() < 1e-15);
    /// ```
    pub fn given_slope(self, squared_norm: f64, outputs: usize) -> (f64, f64) {
        let (b, c) = (squared_norm, outputs as f64);
        // −ln(1 − √x), infinite from x = 1 on.
        let from_miss = |x: f64| -(-x.sqrt().min(1.0)).ln_1p();
        match self {
            Loss::HalfSquared | Loss::MeanSquared => (b / 2.0, b / 2.0),
            Loss::CrossEntropy => (from_miss(b / 2.0), from_miss(b * (c - 1.0) / c)),
            Loss::Logistic if outputs == 1 => (from_miss(b), from_miss(b)),
            Loss::Logistic => (b.sqrt(), c.sqrt() * from_miss(b)),
        }
    }

    /// Targets y, row-major `[n, C]`: one-hot rows for classes; ±1 for the logistic loss.
    pub fn encode(self, examples: &Examples) -> Vec<f64> {
        let outputs = self.outputs(&examples.targets);
        let (hit, miss) = if self == Loss::Logistic {
            (1.0, -1.0)
        } else {
            (1.0, 0.0)
        };
        match &examples.targets {
            Targets::Values { values, .. } => values.clone(),
            Targets::Classes { labels, .. } if outputs == 1 => labels
                .iter()
                .map(|&label| if label == 1 { hit } else { miss })
                .collect(),
            Targets::Classes { labels, .. } => labels
                .iter()
                .flat_map(|&label| (0..outputs).map(move |c| if c == label as usize { hit } else { miss }))
                .collect(),
        }
    }

    /// The loss of each example, unweighted: `[n]`.
    pub fn per_example(self, z: Tensor<2>, y: Tensor<2>) -> Tensor<1> {
        let n = z.dims()[0];
        let terms = match self {
            Loss::HalfSquared | Loss::MeanSquared => {
                let r = z - y;
                (r.clone() * r).mul_scalar(0.5)
            }
            Loss::CrossEntropy => (activation::log_softmax(z, 1) * y).neg(),
            Loss::Logistic => {
                let margin = z * y;
                activation::relu(margin.clone().neg()) + margin.abs().neg().exp().log1p()
            }
        };
        terms.sum_dim(1).reshape([n])
    }

    /// Σ of the examples' losses, unweighted, added in f64.
    pub(crate) fn total(self, z: Tensor<2>, y: &Tensor<2>) -> f64 {
        if self == Loss::CrossEntropy && host::is_host(&z.device()) {
            return host::cross_entropy(z, y).total;
        }
        download(&self.per_example(z, y.clone())).into_iter().sum()
    }

    /// The loss at outputs z and its derivatives in z. `weight` multiplies each example's term.
    pub fn linearise(self, z: Tensor<2>, y: Tensor<2>, weight: f64) -> LossAt {
        let (total, slope, bend) = match self {
            Loss::CrossEntropy if host::is_host(&z.device()) => {
                let CrossEntropy { total, probabilities } = host::cross_entropy(z, &y);
                (total, probabilities.clone() - y, Bend::Softmax(probabilities))
            }
            Loss::CrossEntropy => {
                let total = self.total(z.clone(), &y);
                let p = activation::softmax(z, 1);
                (total, p.clone() - y, Bend::Softmax(p))
            }
            Loss::HalfSquared | Loss::MeanSquared => (self.total(z.clone(), &y), z - y, Bend::Identity),
            Loss::Logistic => {
                let total = self.total(z.clone(), &y);
                // y² = 1, so that the second derivative in z is that in the margin.
                let (miss, bend) = sigmoid_and_slope((z * y.clone()).neg());
                (total, (y * miss).neg(), Bend::Diagonal(bend))
            }
        };
        LossAt {
            value: weight * total,
            cotangent: slope.mul_scalar(weight),
            bend,
            weight,
        }
    }
}

/// A loss at one set of outputs.
pub struct LossAt {
    /// L, the weighted sum over the examples.
    pub value: f64,
    /// ∂L/∂z, `[n, C]`.
    pub cotangent: Tensor<2>,
    bend: Bend,
    weight: f64,
}

enum Bend {
    /// ∂²ℓ/∂z² = I.
    Identity,
    /// diag(p) − ppᵀ for the probabilities p, `[n, C]`.
    Softmax(Tensor<2>),
    /// A diagonal, `[n, C]`.
    Diagonal(Tensor<2>),
}

impl LossAt {
    /// (∂²L/∂z²)·ż for a block of output tangents, `[s, n, C]`.
    pub fn hessian_times(&self, z: Tensor<3>) -> Tensor<3> {
        let product = match &self.bend {
            Bend::Identity => z,
            Bend::Diagonal(diagonal) => z * diagonal.clone().unsqueeze(),
            Bend::Softmax(p) => {
                let p: Tensor<3> = p.clone().unsqueeze();
                let pz = z * p.clone();
                pz.clone() - p * pz.sum_dim(2)
            }
        };
        product.mul_scalar(self.weight)
    }
}
