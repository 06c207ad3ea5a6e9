//! What does descent change of what gradient flow keeps?

use crate::teacher::Teacher;
use crate::{Inquiry, Judged, Lab, curve, largest, number, short, slope};
use models::analytic::DeepLinear;
use models::{Device, Objective, Precision, Problem, Seed};
use probes::{Cost, Finding, Scalar};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::Matrix;
use std::time::Instant;

/// A deep linear network, by descent with several step sizes from one start of Xavier's for the same time.
///
/// Gradient flow keeps Dⱼ = W_{j+1}W_{j+1}ᵀ − WⱼᵀWⱼ (Arora, Cohen & Hazan 2018). A step of descent changes it by
/// η²(G_{j+1}G_{j+1}ᵀ − GⱼᵀGⱼ), exactly, for the gradients Gⱼ: what is linear in η cancels. Over a fixed time there are 1/η
/// as many steps, so that the drift falls like η.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Balanced {
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// The largest η.
    pub step_size: f64,
    /// How often it is halved, one case each.
    pub halvings: u32,
    /// The time η·steps.
    pub time: f64,
}

impl Default for Balanced {
    fn default() -> Self {
        Balanced {
            hidden: vec![6, 6],
            step_size: 4e-4,
            halvings: 3,
            time: 0.1,
        }
    }
}

const OFF: &str = "largest error of the change, relative to ‖W‖²";
const DRIFT: &str = "drift";
const EACH: &str = "drift per step";
const FALL: &str = "loss at the end over the first";

/// The examples.
const TEACHER: Teacher = Teacher {
    inputs: 6,
    outputs: 4,
    examples: 60,
};
/// Places of a figure.
const PLACES: u64 = 100;
/// The slopes of the drift in η may be off by this much: the next order is not zero.
const TOLERANCE: f64 = 0.1;

impl Balanced {
    fn sizes(&self) -> Vec<f64> {
        let halved = |k| self.step_size * 0.5f64.powi(k as i32);
        (0..=self.halvings).map(halved).collect()
    }

    fn network(&self, seed: Seed) -> Result<DeepLinear, Problem> {
        TEACHER.network(&self.hidden, seed, &Device::cpu(Precision::F64))
    }
}

/// The largest entry of a list of matrices in magnitude.
fn largest_entry(matrices: &[Matrix]) -> f64 {
    let entries = matrices.iter().flat_map(|matrix| {
        let places = (0..matrix.nrows()).flat_map(|i| (0..matrix.ncols()).map(move |j| (i, j)));
        places.map(|place| matrix[place].abs())
    });
    largest(entries)
}

fn minus(a: &[Matrix], b: &[Matrix]) -> Vec<Matrix> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn norm(matrices: &[Matrix]) -> f64 {
    let squares = matrices.iter().map(|matrix| matrix.squared_norm_l2());
    squares.sum::<f64>().sqrt()
}

impl Inquiry for Balanced {
    fn problem(&self, _precision: Precision) -> Option<Problem> {
        for (name, size) in [("step_size", self.step_size), ("time", self.time)] {
            if !(size > 0.0 && size.is_finite()) {
                let complaint = format!("is {size}: it must be a positive number");
                return Some(Problem::new(format!("study.{name}"), complaint));
            }
        }
        if self.time < self.step_size {
            let complaint = format!(
                "is {}: it must be at least the step size, {}",
                self.time, self.step_size
            );
            return Some(Problem::new("study.time", complaint));
        }
        if !(1..=20).contains(&self.halvings) {
            let complaint = format!("is {}: it must lie between 1, for a slope, and 20", self.halvings);
            return Some(Problem::new("study.halvings", complaint));
        }
        let most = 1000;
        if let Some(wide) = self.hidden.iter().find(|width| **width > most) {
            let complaint = format!("has {wide}: at most {most} units a layer are studied");
            return Some(Problem::new("study.hidden", complaint));
        }
        Some(self.network(Seed(0)).err()?.within("study"))
    }

    fn subject(&self) -> String {
        let widths: Vec<String> = self.hidden.iter().map(usize::to_string).collect();
        format!(
            "a linear network of {} layers with hidden widths {}",
            self.hidden.len() + 1,
            widths.join("-")
        )
    }

    fn cases(&self) -> Vec<String> {
        let sizes = self.sizes().into_iter();
        sizes.map(|size| format!("η = {size}")).collect()
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let network = self.network(lab.seed).expect("the settings are checked");
        let step_size = self.sizes()[case];
        let steps = (self.time / step_size).round() as u64;
        let mut at = network.start(lab.seed);
        let first = network.balancedness(&at);
        let loss = network.value(&at);
        let (mut before, mut off) = (first.clone(), 0.0f64);
        let (mut places, mut drifts) = (Vec::new(), Vec::new());
        for step in 1..=steps {
            let gradient = network.slope(&at).gradient;
            let foreseen = network.balancedness_change(&gradient);
            at = at.moved(gradient, -step_size);
            let now = network.balancedness(&at);
            let square = step_size * step_size;
            let errors = now
                .iter()
                .zip(&before)
                .zip(&foreseen)
                .map(|((now, before), change)| {
                    Matrix::from_fn(now.nrows(), now.ncols(), |i, j| {
                        now[(i, j)] - before[(i, j)] - square * change[(i, j)]
                    })
                });
            let size: f64 = at.to_host().iter().map(|w| w * w).sum();
            let error = largest_entry(&errors.collect::<Vec<Matrix>>()) / size;
            off = largest([off, error]);
            if step * PLACES / steps != (step - 1) * PLACES / steps {
                places.push(step as f64 * step_size);
                drifts.push(norm(&minus(&now, &first)));
            }
            before = now;
            if (lab.interrupted)() {
                return None;
            }
        }
        let drift = norm(&minus(&before, &first));
        let fall = network.value(&at) / loss;
        Some(Finding {
            probe: "balanced".into(),
            scalars: vec![
                Scalar::exact(OFF, off),
                Scalar::exact(DRIFT, drift),
                Scalar::exact(EACH, drift / steps as f64),
                Scalar::exact(FALL, fall),
            ],
            curves: vec![curve("drift of D", "time η·steps", places, drifts, Vec::new())],
            verdicts: vec![format!(
                "In {steps} steps D drifts by {}, of ‖D‖ = {} at the start.",
                short(drift),
                short(norm(&first))
            )],
            cost: Cost {
                gradients: steps as usize,
                seconds: clock.elapsed().as_secs_f64(),
                ..Cost::default()
            },
            ..Finding::default()
        })
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let off = largest(found.iter().map(|finding| number(finding, OFF)));
        let fall = |name: &str| {
            let sizes = self.sizes().into_iter();
            let points = sizes
                .zip(found)
                .map(|(size, finding)| (size.ln(), number(finding, name).ln()));
            slope(&points.collect::<Vec<(f64, f64)>>())
        };
        let ((over_time, error), (each, error_each)) = (fall(DRIFT), fall(EACH));
        vec![
            Judged::identity(
                "every step changes D by η²(G_{j+1}G_{j+1}ᵀ − GⱼᵀGⱼ), to 1e-12 of ‖W‖²",
                off <= 1e-12,
                format!("the largest error is {off:.1e}"),
            ),
            Judged::tendency(
                "over a fixed time D drifts like η, and in each step like η²",
                (over_time - 1.0).abs() <= TOLERANCE && (each - 2.0).abs() <= TOLERANCE,
                format!("the powers are {over_time:.3} ± {error:.3} and {each:.3} ± {error_each:.3}"),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_size_has_no_slope() {
        let study = Balanced {
            halvings: 0,
            ..Balanced::default()
        };
        let problem = study.problem(Precision::F64).expect("it is refused");
        assert_eq!(
            problem.to_string(),
            "study.halvings is 0: it must lie between 1, for a slope, and 20"
        );
    }
}
