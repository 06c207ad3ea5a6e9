//! The Polyak–Łojasiewicz ratio, and what the Gram matrix says of it.

use crate::gram::{norm, solver_error};
use crate::tangent_kernel::{Examples, TangentKernel, bytes, interrupted, too_many};
use crate::{Cost, Finding, Measurement, Scalar, Site, Subject};
use models::{Loss, Objective, Precision, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::{Matrix, smallest_at_least};
use std::time::Instant;

/// The Polyak–Łojasiewicz ratio ‖∇L‖²/2(L − L*) here, and its bounds by the Gram matrix of the first examples.
///
/// With the slopes r = ∂ℓ/∂z `[nC]` and the factor w of each example in the loss (1 for half-squared, else 1/n),
/// ∇L = w Jᵀr, so that w²λmin(K)‖r‖² ≤ ‖∇L‖² ≤ w²λmax(K)‖r‖².
/// For L* = 0 the ratio is at least λmin(K) for half-squared losses, where ‖r‖² = 2L, and λmin(K)/n for mean-squared ones,
/// where ‖r‖² = 2nL (Liu, Zhu & Belkin 2022): a constant.
/// For cross-entropy and logistic losses ‖r‖² shrinks like L², so that the bound holds here and there is no constant; the
/// slopes of cross-entropy are orthogonal to 1 for each example, and K is taken there.
///
/// Costs a gradient, a Gram matrix and some 3 (nC)³ operations, in f64. It can be stopped as the probe `gram` can.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pl {
    /// How many examples, the first of the sample; n·C is at most 20,000.
    pub examples: usize,
    /// L*, the least value of the loss.
    pub least: f64,
}

impl Default for Pl {
    /// The examples of the probe `gram`; L* = 0, as where the network can fit all targets.
    fn default() -> Self {
        Pl {
            examples: 200,
            least: 0.0,
        }
    }
}

const RATIO: &str = "Polyak–Łojasiewicz ratio";
const OF_EXAMPLES: &str = "Polyak–Łojasiewicz ratio of the Gram matrix's examples";
const LOWER: &str = "lower bound of that ratio by the Gram matrix";
const UPPER: &str = "upper bound of that ratio by the Gram matrix";

/// The vectors `[P]` that a gradient in f64 takes, its point among them.
const GRADIENT: usize = 4;

impl Measurement for Pl {
    fn multiplies(&self) -> bool {
        false
    }

    fn numbers(&self) -> Vec<String> {
        [RATIO, OF_EXAMPLES, LOWER, UPPER].map(String::from).to_vec()
    }

    fn problem(&self, subject: &Subject) -> Option<Problem> {
        if !(self.least >= 0.0 && self.least.is_finite()) {
            let complaint = format!(
                "is {}: it must be a number of at least 0, as every loss is",
                self.least
            );
            return Some(Problem::new("least", complaint));
        }
        too_many(self.examples, subject)
    }

    fn host_bytes(&self, subject: &Subject) -> u64 {
        // The matrix, what is left of it orthogonally to ones, and one to work in; before these a gradient of its examples.
        let gradient = (GRADIENT * subject.parameters * size_of::<f64>()) as u64;
        bytes(self.examples, 3, 1, subject).max(gradient)
    }

    fn measure(&self, site: &Site) -> Finding {
        let clock = Instant::now();
        let mut finding = Finding {
            probe: "pl".into(),
            ..Finding::default()
        };
        match ratio(site.slope.gradient.norms()[0], site.slope.value - self.least) {
            Ok(ratio) => finding.scalars.push(scalar(RATIO, ratio, None)),
            Err(warning) => finding.warnings.push(warning),
        }
        if let Some(examples) = Examples::first(site, self.examples)
            && self.bound(site, &examples, &mut finding).is_none()
        {
            interrupted(&mut finding);
        }
        finding.cost = Cost {
            gradients: 1,
            seconds: clock.elapsed().as_secs_f64(),
            ..Cost::default()
        };
        finding
    }
}

impl Pl {
    /// Adds the bounds; `None` where the site stopped it.
    fn bound(&self, site: &Site, examples: &Examples, finding: &mut Finding) -> Option<()> {
        let risk = &examples.risk;
        let (value, gradient) = {
            let slope = risk.slope(&examples.at);
            (slope.value, slope.gradient.norms()[0])
        };
        let excess = value - self.least;
        let found = match ratio(gradient, excess) {
            Ok(found) => found,
            Err(warning) => {
                if risk.examples() < examples.of {
                    let warning = format!("{warning} (on {})", examples.words());
                    finding.warnings.push(warning);
                }
                return Some(());
            }
        };
        let kernel = TangentKernel::at(site, risk, &examples.at)?;
        let outputs = risk.network().outputs();
        let (matrix, error) = match risk.loss() {
            Loss::CrossEntropy if outputs > 1 => {
                // Two sums of C products each.
                let trace: f64 = (0..kernel.matrix.nrows()).map(|i| kernel.matrix[(i, i)]).sum();
                let rounded = 4.0 * outputs as f64 * Precision::F64.round_off() * trace;
                (
                    orthogonal_to_ones(&kernel.matrix, outputs),
                    kernel.error + rounded,
                )
            }
            _ => (kernel.matrix, kernel.error),
        };
        let slopes: f64 = risk.slopes(&examples.at).iter().map(|r| r * r).sum();
        let weight = risk.loss().weight(risk.examples());
        let factor = weight * weight * slopes / (2.0 * excess);
        let largest = norm(&matrix);
        site.flow().continue_value()?;
        let proven = smallest_at_least(&matrix).bound - error;
        let most = largest + error + solver_error(&matrix, largest);
        finding.scalars.extend([
            scalar(OF_EXAMPLES, found, Some(error * factor)),
            scalar(LOWER, proven * factor, None),
            scalar(UPPER, most * factor, None),
        ]);
        // The gradient is rounded as K is.
        let holds = found >= (proven - error) * factor && found <= (most + error) * factor;
        let words = examples.words();
        finding.verdicts.push(match (holds, proven > 0.0) {
            (true, true) => format!(
                "On {words} the Polyak–Łojasiewicz inequality holds here with μ = {:.3e}, by the Gram matrix.",
                proven * factor
            ),
            (true, false) => format!(
                "On {words} the Gram matrix gives no Polyak–Łojasiewicz constant: it is not proven positive definite."
            ),
            (false, _) => format!(
                "On {words} the ratio lies outside its bounds by the Gram matrix: one of them is computed wrongly."
            ),
        });
        Some(())
    }
}

/// ‖∇L‖²/2(L − L*), or why it has no value.
fn ratio(gradient: f64, excess: f64) -> Result<f64, String> {
    let ratio = gradient * gradient / (2.0 * excess);
    if excess > 0.0 && ratio.is_finite() {
        return Ok(ratio);
    }
    Err(match excess {
        x if x < 0.0 => {
            format!(
                "the loss lies {:.3e} below the stated L*: state a smaller one",
                -x
            )
        }
        0.0 => "the loss is L* itself: the Polyak–Łojasiewicz ratio has no value".into(),
        _ => "the loss or its gradient is no finite number".into(),
    })
}

fn scalar(name: &str, value: f64, uncertainty: Option<f64>) -> Scalar {
    Scalar {
        name: name.into(),
        value,
        uncertainty,
        unit: String::new(),
    }
}

/// (I ⊗ Qᵀ) K (I ⊗ Q) for an orthonormal basis Q `[C, C − 1]` of what is orthogonal to 1 (Helmert's).
fn orthogonal_to_ones(gram: &Matrix, c: usize) -> Matrix {
    let n = gram.nrows() / c;
    let basis = helmert(c);
    let mut half = Matrix::zeros(n * c, n * (c - 1));
    for j in 0..n {
        let part = gram.subcols(j * c, c) * &basis;
        half.as_mut().subcols_mut(j * (c - 1), c - 1).copy_from(&part);
    }
    let mut whole = Matrix::zeros(n * (c - 1), n * (c - 1));
    for i in 0..n {
        let part = basis.transpose() * half.subrows(i * c, c);
        whole.as_mut().subrows_mut(i * (c - 1), c - 1).copy_from(&part);
    }
    whole
}

/// Column k is (1, …, 1, −(k + 1), 0, …)/√((k + 1)(k + 2)), with k + 1 ones.
pub(crate) fn helmert(c: usize) -> Matrix {
    Matrix::from_fn(c, c - 1, |i, k| {
        let ones = (k + 1) as f64;
        let entry = if i <= k {
            1.0
        } else if i == k + 1 {
            -ones
        } else {
            0.0
        };
        entry / (ones * (ones + 1.0)).sqrt()
    })
}
