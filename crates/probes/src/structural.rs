//! The structural matrices of single examples.

use crate::pl::helmert;
use crate::tangent_kernel::Examples;
use crate::{Cost, Curve, Finding, Measurement, Scalar, Site, Subject};
use models::{Loss, Precision, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::{Matrix, eigenvalues};
use std::time::Instant;

/// The structural matrices A = JᵢJᵢᵀ `[C, C]` of single examples, their gradients' norms, and what these say of the loss.
///
/// With gᵢ = ∇ℓᵢ = Jᵢᵀrᵢ and rᵢ = ∂ℓᵢ/∂zᵢ, linear algebra gives ‖gᵢ‖²/λmax(A) ≤ ‖rᵢ‖² ≤ ‖gᵢ‖²/λmin(A), and ‖rᵢ‖² bounds
/// the example's loss from both sides ([`Loss::given_slope`]): the sandwich of Qi, Gong & Li (2024). For cross-entropy,
/// whose slopes are orthogonal to 1, eigenvalues are taken there. The structural errors are U = −log₂ λmin,
/// L = −log₂ λmax and their difference, in the mean over the examples; the local gradient norm is the mean of ‖gᵢ‖².
/// This says that small gradients of single examples mean a small loss where A is well conditioned; it does not say that
/// training keeps A so.
///
/// In f64, whatever the device. Costs some C gradients of the examples, and C³ operations for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Structural {
    /// How many examples, the first of the sample.
    pub examples: usize,
}

impl Default for Structural {
    /// 64: enough for a mean, and cheap.
    fn default() -> Self {
        Structural { examples: 64 }
    }
}

const GRADIENTS: &str = "mean squared gradient norm of single examples";
/// Found where no structural matrix is singular up to rounding.
const SMALLEST_ERROR: &str = "structural error U = −log₂ λmin, mean";
/// Found where no structural matrix is zero.
const LARGEST_ERROR: &str = "structural error L = −log₂ λmax, mean";
/// Found where no structural matrix is singular up to rounding.
const CONDITION_ERROR: &str = "structural error U − L, mean";
const OUTSIDE: &str = "examples outside the sandwich";
const LOSS: &str = "mean loss of the structural matrices' examples";
const FROM_BELOW: &str = "lower bound of that loss by gradients and structure";
/// Found where it is finite.
const FROM_ABOVE: &str = "upper bound of that loss by gradients and structure";

impl Measurement for Structural {
    fn multiplies(&self) -> bool {
        false
    }

    fn numbers(&self) -> Vec<String> {
        [
            GRADIENTS,
            SMALLEST_ERROR,
            LARGEST_ERROR,
            CONDITION_ERROR,
            OUTSIDE,
            LOSS,
            FROM_BELOW,
            FROM_ABOVE,
        ]
        .map(String::from)
        .to_vec()
    }

    fn problem(&self, _subject: &Subject) -> Option<Problem> {
        let complaint = "is 0: at least one example is needed";
        (self.examples == 0).then(|| Problem::new("examples", complaint))
    }

    fn host_bytes(&self, subject: &Subject) -> u64 {
        // A point, and what the outputs' gradients of some examples are made of, half of it twice.
        let rows = self.examples.min(subject.examples).min(AT_ONCE) * subject.outputs;
        ((subject.parameters + 3 * rows * subject.widths / 2) * size_of::<f64>()) as u64
    }

    fn measure(&self, site: &Site) -> Finding {
        let clock = Instant::now();
        let mut finding = Finding {
            probe: "structural".into(),
            ..Finding::default()
        };
        if let Some(examples) = Examples::first(site, self.examples) {
            look(site, &examples, &mut finding);
        }
        finding.cost = Cost {
            gradients: 1,
            seconds: clock.elapsed().as_secs_f64(),
            ..Cost::default()
        };
        finding
    }
}

/// One example: ‖g‖², ‖r‖², and the ends of A's spectrum.
struct Example {
    gradient: f64,
    slope: f64,
    smallest: f64,
    largest: f64,
}

/// Roundings for each output by which the eigenvalues of a structural matrix and the norms may be wrong.
const ROUNDINGS: f64 = 64.0;

/// Examples that are looked at before the site is asked whether to go on.
const AT_ONCE: usize = 64;

/// What is computed of the first examples, as many as the site allows, and at least those of one turn.
#[derive(Default)]
struct Numbers {
    examples: usize,
    matrices: Vec<f64>,
    gradients: Vec<f64>,
    slopes: Vec<f64>,
    losses: Vec<f64>,
}

impl Numbers {
    fn of(site: &Site, here: &Examples) -> Self {
        let mut all = Numbers::default();
        while all.examples < here.risk.examples() && (all.examples == 0 || site.flow().is_continue()) {
            let end = here.risk.examples().min(all.examples + AT_ONCE);
            let part: Vec<usize> = (all.examples..end).collect();
            let part = here.risk.on_examples(&part);
            all.matrices.extend(part.example_grams(&here.at));
            all.gradients.extend(part.example_gradients(&here.at));
            all.slopes.extend(part.slopes(&here.at));
            all.losses.extend(part.example_losses(&here.at));
            all.examples = end;
        }
        all
    }

    fn are_finite(&self) -> bool {
        let all = [&self.matrices, &self.gradients, &self.slopes, &self.losses];
        all.iter().all(|numbers| numbers.iter().all(|x| x.is_finite()))
    }
}

fn look(site: &Site, here: &Examples, finding: &mut Finding) {
    let c = here.risk.network().outputs();
    let loss = here.risk.loss();
    let numbers = Numbers::of(site, here);
    let n = numbers.examples;
    if n < here.risk.examples() {
        let warning = format!("Interrupted after {n} of {} examples.", here.risk.examples());
        finding.warnings.push(warning);
        finding.incomplete = true;
    }
    if !numbers.are_finite() {
        let warning = "gradients of examples are no finite numbers: the point or an input is not finite";
        finding.warnings.push(warning.into());
        finding.incomplete = true;
        return;
    }
    let Numbers {
        matrices,
        gradients,
        slopes,
        losses,
        ..
    } = numbers;
    if loss == Loss::CrossEntropy && c == 1 {
        let warning = "there is one class, so that cross-entropy and all its slopes are zero";
        finding.warnings.push(warning.into());
        return;
    }
    let examples: Vec<Example> = (0..n)
        .map(|i| {
            let values = spectrum(&matrices[i * c * c..(i + 1) * c * c], c, loss);
            Example {
                gradient: gradients[i],
                slope: slopes[i * c..(i + 1) * c].iter().map(|r| r * r).sum(),
                smallest: values[0],
                largest: values[values.len() - 1],
            }
        })
        .collect();
    let rounding = ROUNDINGS * c as f64 * Precision::F64.round_off();
    let mean = |of: &dyn Fn(&Example) -> f64| examples.iter().map(of).sum::<f64>() / n as f64;
    let mut add = |name: &str, value: f64, uncertainty: Option<f64>| {
        finding.scalars.push(Scalar {
            name: name.into(),
            value,
            uncertainty,
            unit: String::new(),
        });
    };
    add(GRADIENTS, mean(&|e| e.gradient), None);
    let singular = |e: &Example| e.smallest <= rounding * e.largest;
    let degenerate = examples.iter().filter(|e| singular(e)).count();
    let some = examples.iter().all(|e| e.largest > 0.0);
    if degenerate == 0 {
        // The derivative of log₂ λ is 1/(λ ln 2).
        let error = mean(&|e| rounding * e.largest / e.smallest) / std::f64::consts::LN_2;
        add(SMALLEST_ERROR, mean(&|e| -e.smallest.log2()), Some(error));
        add(
            CONDITION_ERROR,
            mean(&|e| (e.largest / e.smallest).log2()),
            Some(2.0 * error),
        );
    }
    if some {
        add(LARGEST_ERROR, mean(&|e| -e.largest.log2()), None);
    }
    // λmin‖r‖² ≤ ‖g‖² ≤ λmax‖r‖², up to the rounding of eigenvalues that may be much smaller than the largest.
    let outside = |e: &&Example| {
        let slack = rounding * e.largest * e.slope;
        e.gradient + slack < e.smallest * e.slope || e.gradient > e.largest * e.slope + slack
    };
    let outside = examples.iter().filter(outside).count();
    add(OUTSIDE, outside as f64, None);
    add(LOSS, losses.iter().sum::<f64>() / n as f64, None);
    let bound = |below: bool| {
        mean(&|e| {
            let size = if below { e.largest } else { e.smallest };
            let (least, most) = loss.given_slope(if size > 0.0 { e.gradient / size } else { 0.0 }, c);
            match (below, singular(e)) {
                (true, _) => least,
                (false, true) => f64::INFINITY,
                (false, false) => most,
            }
        })
    };
    add(FROM_BELOW, bound(true), None);
    let above = bound(false);
    if above.is_finite() {
        add(FROM_ABOVE, above, None);
    }
    let curve = |name: &str, of: &dyn Fn(&Example) -> f64| Curve {
        name: name.into(),
        along: None,
        values: examples.iter().map(of).collect(),
        uncertainties: Vec::new(),
    };
    finding.curves = vec![
        curve("gradient norms of single examples", &|e| e.gradient.sqrt()),
        curve("smallest eigenvalues of the structural matrices", &|e| e.smallest),
        curve("largest eigenvalues of the structural matrices", &|e| e.largest),
    ];
    let words = here.words_of(n);
    if degenerate > 0 {
        finding.warnings.push(format!(
            "{degenerate} of {n} structural matrices are singular up to rounding: their loss has no upper bound"
        ));
    }
    finding.verdicts.push(match outside {
        0 => format!("On {words} every gradient lies in its sandwich."),
        _ => format!(
            "On {words} {outside} gradients lie outside their sandwich: something is computed wrongly."
        ),
    });
}

/// The eigenvalues of a structural matrix, ascending; for cross-entropy those of its part orthogonal to 1.
fn spectrum(matrix: &[f64], c: usize, loss: Loss) -> Vec<f64> {
    let matrix = Matrix::from_fn(c, c, |i, j| matrix[i * c + j]);
    match loss {
        Loss::CrossEntropy => {
            let basis = helmert(c);
            eigenvalues(&(basis.transpose() * &matrix * &basis))
        }
        _ => eigenvalues(&matrix),
    }
}
