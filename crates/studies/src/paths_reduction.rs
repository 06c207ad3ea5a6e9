//! Is a ReLU network, on average over its paths, a linear one?

use crate::{Inquiry, Judged, Lab, curve, half_width, number, short, slope};
use models::analytic::{PathCorrelation, PathNetwork};
use models::{Precision, Problem};
use probes::{Finding, Scalar};
use rand::RngExt;
use rand_distr::StandardNormal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::Matrix;
use std::time::Instant;

/// Kawaguchi (2016, §3) reduces ReLU networks to linear ones by assumptions: that the paths' activations are Bernoulli
/// with one probability ρ (A1p-m), and independent of the inputs and the weights (A5u-m). With activations drawn like that
/// the mean output over ρ is the linear network's, with an error like 1/√N for N draws; those of a real ReLU network are
/// held against the assumption.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PathsReduction {
    /// d₀, …, d_N: every path is summed, so that their product is at most 65,536.
    pub widths: Vec<usize>,
    /// ρ.
    pub probability: f64,
    /// N, rising.
    pub draws: Vec<usize>,
    /// How often each mean is drawn.
    pub repeats: usize,
}

impl Default for PathsReduction {
    fn default() -> Self {
        PathsReduction {
            widths: vec![4, 5, 4, 2],
            probability: 0.5,
            draws: vec![30, 100, 300, 1000, 3000, 10_000],
            repeats: 20,
        }
    }
}

const CASES: [&str; 3] = ["path masks", "inputs", "weights"];
const SLOPE: &str = "slope of log error in log N";
const SCATTER: &str = "mean square error over what the draws say";
const CORRELATION: &str = "mean |correlation| at the largest N";
const INDEPENDENT: &str = "that of independence";
const PATHS: &str = "paths";
/// So many times the correlation of independent draws refutes independence.
const MUCH: f64 = 3.0;

impl PathsReduction {
    /// Normal weights of variance 1/d_{j−1}, so that outputs are of the size of the inputs.
    fn network(&self, lab: &Lab) -> PathNetwork {
        let mut stream = lab.seed.stream("path network");
        let mut layer = |rows: usize, columns: usize| {
            let std = (rows as f64).sqrt().recip();
            Matrix::from_fn(rows, columns, |_, _| {
                std * stream.sample::<f64, _>(StandardNormal)
            })
        };
        let layers = self.widths.windows(2).map(|pair| layer(pair[0], pair[1]));
        PathNetwork::new(layers.collect()).expect("the settings are checked")
    }

    fn inputs(&self, lab: &Lab, count: usize) -> Vec<f64> {
        let stream = lab.seed.stream("path inputs");
        let numbers = stream.sample_iter(StandardNormal);
        numbers.take(count * self.widths[0]).collect()
    }

    /// The error of the mean over masks against N, relative to the linear network's output.
    fn masks(&self, lab: &Lab) -> Option<Finding> {
        let network = self.network(lab);
        let x = self.inputs(lab, 1);
        let linear = network.linear(&x);
        let size = linear.iter().map(|y| y * y).sum::<f64>() / linear.len() as f64;
        let (mut errors, mut scatters) = (Vec::new(), Vec::new());
        for draws in &self.draws {
            let mut squares = Vec::new();
            for seed in lab.seeds(&format!("masks {draws}"), self.repeats) {
                let means = network.masked(&x, self.probability, *draws, seed);
                let means = means.expect("the settings are checked");
                for (mean, linear) in means.iter().zip(&linear) {
                    squares.push((mean.mean - linear).powi(2));
                    scatters.push(((mean.mean - linear) / mean.error).powi(2));
                }
            }
            if (lab.interrupted)() {
                return None;
            }
            errors.push((squares.iter().sum::<f64>() / squares.len() as f64 / size).sqrt());
        }
        let places: Vec<f64> = self.draws.iter().map(|draws| *draws as f64).collect();
        let logs: Vec<(f64, f64)> = places
            .iter()
            .zip(&errors)
            .map(|(n, e)| (n.ln(), e.ln()))
            .collect();
        let (fall, _) = slope(&logs);
        // The logarithm of a root mean square of k errors scatters by 1/√2k.
        let each = 1.0 / (2.0 * (self.repeats * linear.len()) as f64).sqrt();
        let mean = logs.iter().map(|(n, _)| n).sum::<f64>() / logs.len() as f64;
        let error = each / logs.iter().map(|(n, _)| (n - mean).powi(2)).sum::<f64>().sqrt();
        let scatter = scatters.iter().sum::<f64>() / scatters.len() as f64;
        let reference = places
            .iter()
            .map(|n| errors[0] * (places[0] / n).sqrt())
            .collect();
        Some(Finding {
            scalars: vec![
                crate::about(SLOPE, fall, error),
                Scalar::exact(SCATTER, scatter),
                Scalar::exact(PATHS, network.paths() as f64),
            ],
            curves: vec![
                curve(
                    "relative error of the mean",
                    "N",
                    places.clone(),
                    errors,
                    Vec::new(),
                ),
                curve(
                    "relative error of the mean, 1/√N",
                    "N",
                    places,
                    reference,
                    Vec::new(),
                ),
            ],
            verdicts: vec![format!(
                "The mean over {} random path masks comes to the linear network like the power {fall:.3} of N.",
                network.paths()
            )],
            ..Finding::default()
        })
    }

    /// |correlation| of a ReLU network's activations with something, against N.
    fn correlations(&self, lab: &Lab, what: &str, of: impl Fn(usize) -> PathCorrelation) -> Option<Finding> {
        let mut all = Vec::new();
        for draws in &self.draws {
            all.push(of(*draws));
            if (lab.interrupted)() {
                return None;
            }
        }
        let last = all.last().copied()?;
        let places: Vec<f64> = self.draws.iter().map(|draws| *draws as f64).collect();
        let means = all.iter().map(|it| it.mean).collect();
        let chance = all.iter().map(|it| it.independent).collect();
        let name = "mean |correlation| with activations";
        Some(Finding {
            scalars: vec![
                Scalar::exact(CORRELATION, last.mean),
                Scalar::exact(INDEPENDENT, last.independent),
                Scalar::exact(PATHS, last.paths as f64),
            ],
            curves: vec![
                curve(name, "N", places.clone(), means, Vec::new()),
                curve(
                    &format!("{name}, if independent"),
                    "N",
                    places,
                    chance,
                    Vec::new(),
                ),
            ],
            verdicts: vec![format!(
                "The mean |correlation| of a path's activation with {what} is {}, and would be {} if they were independent.",
                short(last.mean),
                short(last.independent)
            )],
            ..Finding::default()
        })
    }
}

impl Inquiry for PathsReduction {
    fn problem(&self, _precision: Precision) -> Option<Problem> {
        if self.widths.len() < 3 || self.widths.contains(&0) {
            let complaint = "must have at least three widths, none of them 0: inputs, hidden layers, outputs";
            return Some(Problem::new("study.widths", complaint));
        }
        let paths = self
            .widths
            .iter()
            .try_fold(1usize, |paths, width| paths.checked_mul(*width));
        if paths.is_none_or(|paths| paths > 1 << 16) {
            let complaint = "have a product of more than 65536, which is how many paths are summed at most";
            return Some(Problem::new("study.widths", complaint));
        }
        let rho = self.probability;
        if !(rho > 0.0 && rho < 1.0) {
            let complaint = format!("is {rho}: it must lie between 0 and 1");
            return Some(Problem::new("study.probability", complaint));
        }
        let rising = self.draws.windows(2).all(|pair| pair[0] < pair[1]);
        if self.draws.len() < 2 || !rising || self.draws[0] < 2 {
            let complaint = "must rise from at least 2, and be at least two for a slope";
            return Some(Problem::new("study.draws", complaint));
        }
        let none = self.repeats == 0;
        none.then(|| Problem::new("study.repeats", "is 0: it must be at least 1"))
    }

    fn subject(&self) -> String {
        let widths: Vec<String> = self.widths.iter().map(usize::to_string).collect();
        format!(
            "a ReLU network of widths {} as a sum over paths",
            widths.join("-")
        )
    }

    fn cases(&self) -> Vec<String> {
        CASES.map(String::from).to_vec()
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let network = self.network(lab);
        let mut finding = match case {
            0 => self.masks(lab)?,
            1 => self.correlations(lab, "the input that it begins at", |draws| {
                network.with_inputs(&self.inputs(lab, draws))
            })?,
            _ => {
                let x = self.inputs(lab, 1);
                let of = |draws| network.with_weights(&x, draws, lab.seed);
                self.correlations(lab, "its first weight", of)?
            }
        };
        finding.probe = "paths-reduction".into();
        finding.cost.seconds = clock.elapsed().as_secs_f64();
        Some(finding)
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let [masks, inputs, weights] = found else {
            return Vec::new();
        };
        let fall = number(masks, SLOPE);
        let error = half_width(masks, SLOPE);
        let mut judged = vec![Judged::tendency(
            "with independent path masks the error of the mean falls like 1/√N, within three standard errors",
            (fall + 0.5).abs() <= 3.0 * error,
            format!("the slope is {fall:.3} ± {error:.3}"),
        )];
        for (what, finding) in [("inputs", inputs), ("weights", weights)] {
            let (mean, chance) = (number(finding, CORRELATION), number(finding, INDEPENDENT));
            judged.push(Judged::tendency(
                format!("activations of a ReLU network depend on its {what}, against the assumption"),
                mean > MUCH * chance,
                format!(
                    "mean |correlation| {}, {} if independent",
                    short(mean),
                    short(chance)
                ),
            ));
        }
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_paths_are_refused() {
        let study = PathsReduction {
            widths: vec![64, 64, 64, 2],
            ..PathsReduction::default()
        };
        let problem = study.problem(Precision::F64).expect("524,288 paths");
        assert_eq!(
            problem.to_string(),
            "study.widths have a product of more than 65536, which is how many paths are summed at most"
        );
    }
}
