//! One component of an orthogonal tensor, and all, by noisy descent on spheres.

mod recovery;
mod spectra;

use crate::{Inquiry, Judged, Lab, Share, largest, number};
use models::analytic::OrthogonalTensor;
use models::{Precision, Problem};
use probes::Finding;
use recovery::Aim;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Σ aₖ⊗aₖ⊗aₖ⊗aₖ with d orthonormal components in a random basis (Ge, Huang, Jin & Yuan 2015): the spectra of all kinds of
/// critical points, and whether noisy descent along the spheres finds one component, or all components at once, from random
/// starts and from a saddle, and all from samples of a mixture of random signs alone; beside it the reconstruction error as
/// another objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tensor {
    /// d: 10 in the paper.
    pub dimension: usize,
    /// Runs of each case.
    pub runs: usize,
    /// η.
    pub step_size: f64,
    /// The length of the noise that is added to each gradient: 1 in the paper's algorithm.
    pub radius: f64,
    /// The most steps of a run.
    pub steps: u64,
    /// Samples of each step where only they are seen.
    pub batch: usize,
    /// η where only samples are seen.
    pub sample_step_size: f64,
    /// Steps where only samples are seen.
    pub sample_steps: u64,
}

impl Default for Tensor {
    fn default() -> Self {
        Tensor {
            dimension: 10,
            runs: 20,
            step_size: 0.01,
            radius: 1.0,
            steps: 10_000,
            batch: 100,
            sample_step_size: 0.005,
            sample_steps: 4_000,
        }
    }
}

const CASES: [&str; 7] = [
    "critical points",
    "one component",
    "one component, from a saddle",
    "all components",
    "from a saddle",
    "from samples",
    "reconstruction",
];

const POINTS: &str = "critical points looked at";
const SPECTRA: &str = "largest error of an eigenvalue";
const VALUES: &str = "largest error of a value";
const RECOVERED: &str = "runs that recover what they look for";
const GAP: &str = "largest value of these at rest, above the least";
const OVERLAP: &str = "smallest |⟨aₖ, u⟩| of a component and its vector, in all runs";
const HELD: &str = "smallest |⟨aₖ, u⟩| at rest in these";
const STAYS: &str = "farthest that descent without noise comes from the saddle";
const THERE: &str = "components with a vector at the saddle";
const WANTED: &str = "components looked for";
/// Steps without noise from the saddle: rounding does not grow from 1e-16 to 1e-6 in them.
const STILL: u64 = 1_000;

impl Tensor {
    fn tensor(&self, lab: &Lab) -> OrthogonalTensor {
        OrthogonalTensor::random(self.dimension, lab.seed.part("tensor")).expect("the settings are checked")
    }

    fn share(&self, successes: usize) -> Share {
        Share {
            successes,
            trials: self.runs,
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Inquiry for Tensor {
    fn problem(&self, _precision: Precision) -> Option<Problem> {
        let refused = |name: &str, complaint: String| Some(Problem::new(name, complaint).within("study"));
        for (name, none) in [
            ("runs", self.runs == 0),
            ("steps", self.steps == 0),
            ("batch", self.batch == 0),
            ("sample_steps", self.sample_steps == 0),
        ] {
            if none {
                return refused(name, "is 0: it must be at least 1".into());
            }
        }
        for (name, size) in [
            ("step_size", self.step_size),
            ("radius", self.radius),
            ("sample_step_size", self.sample_step_size),
        ] {
            if !(size > 0.0 && size.is_finite()) {
                return refused(name, format!("is {size}: it must be a positive number"));
            }
        }
        (!(2..=100).contains(&self.dimension)).then(|| {
            let complaint = format!(
                "is {}: it must lie between 2 and 100, whose Hessian has 10⁸ entries",
                self.dimension
            );
            Problem::new("study.dimension", complaint)
        })
    }

    fn subject(&self) -> String {
        format!(
            "an orthogonal tensor of order four with {} components",
            self.dimension
        )
    }

    fn cases(&self) -> Vec<String> {
        CASES.map(String::from).to_vec()
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let mut finding = match case {
            0 => self.spectra(lab),
            1 => self.runs(Aim::OneComponent, false, lab),
            2 => self.runs(Aim::OneComponent, true, lab),
            3 => self.runs(Aim::AllComponents, false, lab),
            4 => self.runs(Aim::AllComponents, true, lab),
            5 => self.sampled(lab)?,
            _ => self.runs(Aim::Reconstruction, false, lab),
        };
        finding.probe = "tensor".into();
        finding.cost.seconds = clock.elapsed().as_secs_f64();
        (!(lab.interrupted)()).then_some(finding)
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let [points, one, spread, random, saddle, samples, reconstruction] = found else {
            return Vec::new();
        };
        let recovered = |finding: &Finding| self.share(number(finding, RECOVERED) as usize);
        let all = |expectation: &str, finding: &Finding| {
            let share = recovered(finding);
            Judged::tendency(
                expectation,
                share.successes == share.trials,
                match number(finding, HELD) {
                    held if held.is_finite() => {
                        format!("{share} runs; at rest what is found has a vector with |⟨aₖ, u⟩| ≥ {held:.6}")
                    }
                    _ => format!("{share} runs"),
                },
            )
        };
        let stays = |expectation: &str, finding: &Finding| {
            let moved = number(finding, STAYS);
            Judged::tendency(
                expectation,
                moved <= 1e-6 && number(finding, THERE) < number(finding, WANTED),
                format!(
                    "after {STILL} steps at a distance of {moved:.1e}; there {} of {} components have a vector",
                    number(finding, THERE),
                    number(finding, WANTED)
                ),
            )
        };
        let gap = largest([one, spread, random, saddle].map(|finding| number(finding, GAP)));
        vec![
            Judged::identity(
                "on s components −T has the value −1/s and the eigenvalues −8/s and 4/s along the sphere, and all other known points \
                 theirs, to 1e-9",
                number(points, SPECTRA).max(number(points, VALUES)) <= 1e-9,
                format!(
                    "{} points, eigenvalues off by {:.1e}, values by {:.1e}",
                    number(points, POINTS),
                    number(points, SPECTRA),
                    number(points, VALUES)
                ),
            ),
            all("noisy descent finds a component from random starts", one),
            stays(
                "descent of one vector stays at the saddle that is spread on all components",
                spread,
            ),
            all("noisy descent finds a component from there", spread),
            all("noisy descent recovers all components from random starts", random),
            stays(
                "descent without noise stays at the saddle where it begins",
                saddle,
            ),
            all("noisy descent recovers all components from the saddle", saddle),
            Judged::identity(
                "where that is found the value comes to the least, −1 for one component and 0 for all, to 1e-12",
                gap <= 1e-12,
                format!("at most {gap:.1e}"),
            ),
            all("descent that sees only samples recovers all components", samples),
            Judged::tendency(
                "the reconstruction error ‖T − Σuᵢ⊗uᵢ⊗uᵢ⊗uᵢ‖² as the objective recovers all components in fewer runs, from the same \
                 starts",
                recovered(reconstruction).successes < recovered(random).successes,
                format!(
                    "{} runs, against {} of the other objective",
                    recovered(reconstruction),
                    recovered(random)
                ),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        assert_eq!(Tensor::default().problem(Precision::F64), None);
        let study = Tensor {
            dimension: 1,
            ..Tensor::default()
        };
        let problem = study.problem(Precision::F64).expect("something is wrong");
        assert_eq!(
            problem.to_string(),
            "study.dimension is 1: it must lie between 2 and 100, whose Hessian has 10⁸ entries"
        );
    }
}
