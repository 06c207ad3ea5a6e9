//! Minima of small networks that are not global, by name.

mod trap;

use crate::dense::written_out;
use crate::{Inquiry, Judged, Lab, Share, Spent, curve, number};
use models::analytic::{ClosedForm, Unit};
use models::{Precision, Problem};
use probes::{Cost, Finding, Scalar};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::eigenvalues;
use std::time::Instant;
use training::escape::{End, Ending, Goals, Method};

/// Minima of networks with one hidden layer that are not global (Yun, Sra & Jadbabaie 2019): two curved units on three
/// examples, where a minimum has the risk ⅓ though 0 can be reached (Theorem 2), and a ReLU network whose units are all on,
/// which is no better than linear least squares (Theorem 1).
///
/// Random perturbations of all sizes up to a limit must not find anything lower; descent and perturbed descent from
/// nearby must come back; a point of risk 0, or a lower one, shows that the minimum is not global.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Counterexample {
    /// Random perturbations of each minimum.
    pub perturbations: usize,
    /// The most that a coordinate is moved, for curved units.
    pub reach: f64,
    /// Runs of each method.
    pub runs: usize,
    /// How far from the minimum they begin.
    pub distance: f64,
    /// The most steps of a run.
    pub steps: u64,
    /// n, the examples of the ReLU network: normal inputs and targets.
    pub examples: usize,
    /// d, the inputs of the ReLU network.
    pub inputs: usize,
    /// The units of the ReLU network, at least 2.
    pub units: usize,
}

impl Default for Counterexample {
    fn default() -> Self {
        Counterexample {
            perturbations: 20_000,
            reach: 0.1,
            runs: 20,
            distance: 1e-3,
            steps: 50_000,
            examples: 20,
            inputs: 3,
            units: 5,
        }
    }
}

const UNITS: [(&str, Unit); 5] = [
    ("sigmoid", Unit::Sigmoid),
    ("tanh", Unit::Tanh),
    ("arctan", Unit::Arctan),
    ("ELU", Unit::Elu),
    ("ReLU", Unit::Relu),
];

const RISK: &str = "risk of the minimum";
const OFF: &str = "difference to its closed form";
const GRADIENT: &str = "gradient norm there";
const SPECTRUM: &str = "largest error of its Hessian's eigenvalues";
const LOWEST: &str = "lowest risk of the perturbations, less its own";
const BACK: &str = "runs of descent that return";
const RETURNED: &str = "runs of perturbed descent that give it back";
const LOWER: &str = "risk at a lower point";
const BELOW: &str = "starts that lead to a lower risk";

/// What rounding may change in a risk, relative to 1 plus the risk.
const ROUNDING: f64 = 1e-14;
/// How near to the minimum's risk a run must end to have returned.
const NEAR: f64 = 1e-6;

impl Inquiry for Counterexample {
    fn problem(&self, _precision: Precision) -> Option<Problem> {
        let refused = |name: &str, complaint: String| Some(Problem::new(name, complaint).within("study"));
        for (name, none) in [
            ("perturbations", self.perturbations == 0),
            ("runs", self.runs == 0),
            ("steps", self.steps == 0),
            ("inputs", self.inputs == 0),
        ] {
            if none {
                return refused(name, "is 0: it must be at least 1".into());
            }
        }
        for (name, size) in [("reach", self.reach), ("distance", self.distance)] {
            if !(size > 0.0 && size <= 0.5) {
                let complaint =
                    format!("is {size}: it must lie above 0 and at most at 0.5, where φ″ is positive still");
                return refused(name, complaint);
            }
        }
        if self.examples < self.inputs + 2 {
            let complaint = format!(
                "is {}: fewer than inputs + 2 = {} examples have an affine fit, whose minimum is global",
                self.examples,
                self.inputs + 2
            );
            return refused("examples", complaint);
        }
        (self.units < 2).then(|| {
            let complaint = format!("is {}: one unit alone may be no better than a line", self.units);
            Problem::new("study.units", complaint)
        })
    }

    fn subject(&self) -> String {
        format!(
            "two curved units on three examples, and {} ReLUs on {} examples of {} inputs",
            self.units, self.examples, self.inputs
        )
    }

    fn cases(&self) -> Vec<String> {
        UNITS.map(|(name, _)| name.into()).to_vec()
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let (_, unit) = UNITS[case];
        let trap = self.trap(unit, lab);
        let gradient = trap.network.gradient(&trap.at);
        let found = eigenvalues(&written_out(trap.at.len(), |v| {
            trap.network.hessian_times(&trap.at, v)
        }));
        let risk = trap.network.value(&trap.at);
        let lowest = self.lowest(&trap, lab);
        let mut scalars = vec![
            Scalar::exact(RISK, risk),
            Scalar::exact(OFF, (risk - trap.risk).abs()),
            Scalar::exact(GRADIENT, gradient.iter().map(|g| g * g).sum::<f64>().sqrt()),
            Scalar::exact(LOWEST, lowest),
        ];
        // Descent of a little less than 2/ℓ would do; the runs stay where the Hessian is about that of the minimum.
        let smoothness = 1.25 * found[found.len() - 1];
        let (d, rest) = (trap.at.len(), 1e-9);
        let goals = Goals {
            gradient_norm: Some(rest),
            ..Goals::default()
        };
        let descent = self.runs(&trap, &self.plan(Method::Descent, smoothness, d, goals), lab);
        let method = Method::Perturbed2017 { c: 1.0 };
        let perturbed = self.runs(&trap, &self.plan(method, smoothness, d, Goals::default()), lab);
        let near = |value: f64| (value - trap.risk).abs() <= NEAR;
        let back = descent.iter().filter(|end| near(end.value)).count();
        let given_back = |end: &&End| {
            let point = end
                .returned
                .as_ref()
                .map(|point| trap.network.value(&point.to_host()));
            end.ending == Ending::Returned && point.is_some_and(near)
        };
        let returned = perturbed.iter().filter(given_back).count();
        let elsewhere = match unit {
            Unit::Relu => self.elsewhere(&trap, lab),
            _ => vec![trap.network.value(&trap.network.known().critical[1].at)],
        };
        let lower = elsewhere.iter().copied().fold(f64::INFINITY, f64::min);
        let below = elsewhere.iter().filter(|risk| **risk < trap.risk).count();
        scalars.extend([
            Scalar::exact(BACK, back as f64),
            Scalar::exact(RETURNED, returned as f64),
            Scalar::exact(LOWER, lower),
            Scalar::exact(BELOW, below as f64),
        ]);
        let mut finding = Finding {
            probe: "counterexample".into(),
            ..Finding::default()
        };
        if unit != Unit::Relu {
            let known = trap.network.known().critical.swap_remove(0);
            let errors = known.spectrum.iter().zip(&found).map(|(a, b)| (a - b).abs());
            scalars.push(Scalar::exact(SPECTRUM, errors.fold(0.0, crate::larger)));
            let (grid, marks) = trap.picture();
            finding.grids = vec![grid];
            finding.paths = marks;
        }
        let places = (1..=found.len()).map(|i| i as f64).collect();
        finding.curves = vec![curve(
            "Hessian eigenvalues at the minimum",
            "eigenvalue",
            places,
            found,
            Vec::new(),
        )];
        let spent = Spent::by(descent.iter().chain(&perturbed));
        scalars.extend(spent.scalars());
        finding.scalars = scalars;
        finding.verdicts = vec![format!(
            "The lowest of {} perturbations is {lowest:.1e} above the minimum of {}, {back} of {} runs of descent return to \
             it, and {returned} of perturbed descent give it back; elsewhere there is a risk of {lower:.1e}.",
            self.perturbations,
            crate::short(risk),
            self.runs
        )];
        finding.cost = Cost {
            products: d,
            seconds: clock.elapsed().as_secs_f64(),
            ..spent.cost()
        };
        (!(lab.interrupted)()).then_some(finding)
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let Some((relu, curved)) = found.split_last() else {
            return Vec::new();
        };
        let largest = |name| {
            curved
                .iter()
                .map(|finding| number(finding, name))
                .fold(0.0, crate::larger)
        };
        let above = |finding: &Finding| number(finding, LOWEST) / (1.0 + number(finding, RISK));
        let sum = |name| found.iter().map(|finding| number(finding, name)).sum::<f64>();
        let all = self.runs * found.len();
        let deepest = curved.iter().map(above).fold(f64::INFINITY, f64::min);
        vec![
            Judged::identity(
                "curved units: the minimum has the risk ⅓ and no gradient, and its Hessian the eigenvalues of the closed form, to 1e-12",
                largest(OFF).max(largest(GRADIENT)).max(largest(SPECTRUM)) <= 1e-12,
                format!(
                    "off by {:.1e}, a gradient of {:.1e}, eigenvalues off by {:.1e}",
                    largest(OFF),
                    largest(GRADIENT),
                    largest(SPECTRUM)
                ),
            ),
            Judged::bound(
                "curved units: no perturbation is lower than ⅓, up to rounding",
                deepest >= -ROUNDING,
                format!(
                    "{} perturbations, the lowest is {deepest:.1e} above",
                    self.perturbations * curved.len()
                ),
            ),
            Judged::identity(
                "curved units: there is a point with a risk of at most 1e-20",
                largest(LOWER) <= 1e-20,
                format!("the risks are at most {:.1e}", largest(LOWER)),
            ),
            Judged::identity(
                "ReLU: the minimum has the risk of linear least squares and no gradient, to 1e-12",
                crate::larger(number(relu, OFF), number(relu, GRADIENT)) <= 1e-12,
                format!(
                    "off by {:.1e}, a gradient of {:.1e}",
                    number(relu, OFF),
                    number(relu, GRADIENT)
                ),
            ),
            Judged::bound(
                "ReLU: where all units stay on, nothing is lower than the risk of linear least squares, up to rounding",
                above(relu) >= -ROUNDING,
                format!(
                    "{} perturbations, the lowest is {:.1e} above",
                    self.perturbations,
                    above(relu)
                ),
            ),
            Judged::tendency(
                "ReLU: descent from elsewhere finds a lower risk",
                number(relu, BELOW) > 0.0,
                format!(
                    "from {} starts, the lowest {:.4}, where least squares have {:.4}",
                    Share {
                        successes: number(relu, BELOW) as usize,
                        trials: self.runs
                    },
                    number(relu, LOWER),
                    number(relu, RISK)
                ),
            ),
            Judged::tendency(
                "descent from nearby returns to the minimum's risk",
                sum(BACK) == all as f64,
                format!("{} of {all} runs", sum(BACK)),
            ),
            Judged::tendency(
                "perturbed descent from nearby gives the minimum back: it is no saddle",
                sum(RETURNED) == all as f64,
                format!("{} of {all} runs", sum(RETURNED)),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let complaint = |study: Counterexample| {
            let problem = study.problem(Precision::F64).expect("something is wrong");
            format!("{problem}")
        };
        assert_eq!(Counterexample::default().problem(Precision::F64), None);
        let study = Counterexample {
            reach: 2.0,
            ..Counterexample::default()
        };
        assert_eq!(
            complaint(study),
            "study.reach is 2: it must lie above 0 and at most at 0.5, where φ″ is positive still"
        );
        let study = Counterexample {
            examples: 4,
            ..Counterexample::default()
        };
        assert_eq!(
            complaint(study),
            "study.examples is 4: fewer than inputs + 2 = 5 examples have an affine fit, whose minimum is global"
        );
    }
}
