//! Does acceleration help along the saddles of the octopus, and does momentum stay in its tube?

mod verdicts;

use crate::{Inquiry, Judged, Lab, Share, Spent, curve, margin, margins, median, short};
use models::analytic::{Analytic, ClosedForm, Octopus};
use models::{Device, Points, Precision, Problem};
use probes::{Finding, Scalar};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use training::escape::{Constants, End, Ending, Given, Goals, Landscape, Look, Method, Plan, Timing, escape};

/// The octopus of Du et al. (2017) with γ = 1 and τ = e, by perturbed descent (Jin et al. 2021, Algorithm 4) and by perturbed
/// accelerated descent (Jin, Netrapalli & Jordan 2018), both with the practical constants of one landscape: ℓ and ρ are
/// bounds in the tube, and ε = ℓ²/ρκ². Step size, momentum and steps along negative curvature of the second are the paper's;
/// its jumps are ηε long.
///
/// The times of the theorems are multiples of κ and of √κ: that is how long one waits between two jumps. No theorem keeps
/// momentum in the tube, outside which the function is not defined: a run that leaves it is lost, and counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Acceleration {
    /// d.
    pub dimensions: Vec<usize>,
    /// L, at least 1: the curvature around a saddle in all directions but one.
    pub curvatures: Vec<f64>,
    /// κ = ℓ/√(ρε), above ℓ/2, since the saddles have the curvature −2.
    pub conditions: Vec<f64>,
    /// Runs of each case, each from a start of its own in [−1, 1]^d.
    pub runs: usize,
    /// The most steps of a run.
    pub steps: u64,
}

impl Default for Acceleration {
    fn default() -> Self {
        Acceleration {
            dimensions: vec![5, 10],
            curvatures: vec![1.0, 3.0],
            conditions: vec![100.0, 1000.0],
            runs: 20,
            steps: 200_000,
        }
    }
}

const GAMMA: f64 = 1.0;
const TAU: f64 = std::f64::consts::E;
/// δ.
const DELTA: f64 = 0.1;

const TIME: &str = "steps until the minimum";
const SPENT: &str = "gradients until the minimum";
const ARRIVED: &str = "runs at the minimum";
const LOST: &str = "runs outside the tube";
const FAR: &str = "largest coordinate, in τ";
const ALONG: &str = "share of steps that met negative curvature";
const HAMILTONIAN: &str = "increases of the Hamiltonian";
const SOONER: &str = "starts from which acceleration takes fewer steps";
const CHEAPER: &str = "starts from which acceleration takes fewer gradients";

const LEFT: &str = "steps until it is left";

const METHODS: [&str; 2] = ["perturbed", "accelerated"];

/// A number of one method alone.
fn of(what: &str, method: usize) -> String {
    format!("{what}, {}", METHODS[method])
}

/// An octopus with a κ.
#[derive(Clone, Copy)]
struct Case {
    dimension: usize,
    curvature: f64,
    condition: f64,
}

/// What some runs of a method did, those that ended at the minimum and others.
struct Way {
    ends: Vec<End>,
    /// The steps at which each saddle was left, of each run.
    times: Vec<Vec<f64>>,
    /// The largest coordinate, in τ.
    far: f64,
}

impl Way {
    fn count(&self, ending: Ending) -> usize {
        self.ends.iter().filter(|end| end.ending == ending).count()
    }

    fn sum(&self, of: fn(&End) -> u64) -> f64 {
        self.ends.iter().map(of).sum::<u64>() as f64
    }

    /// Something of each run; infinite where it did not arrive.
    fn until(&self, of: fn(&End) -> u64) -> Vec<f64> {
        let until = |end: &End| match end.ending {
            Ending::Goal => of(end) as f64,
            _ => f64::INFINITY,
        };
        self.ends.iter().map(until).collect()
    }
}

impl Case {
    fn form(&self) -> Result<Octopus, Problem> {
        Octopus::new(self.dimension, self.curvature, GAMMA, TAU)
    }

    fn landscape(&self, form: &Octopus) -> Landscape {
        let known = form.known();
        let smoothness = known.smoothness.expect("the octopus knows it");
        let hessian_lipschitz = known.hessian_lipschitz.expect("the octopus knows it");
        Landscape {
            smoothness,
            hessian_lipschitz,
            epsilon: (smoothness / self.condition).powi(2) / hessian_lipschitz,
            delta: DELTA,
            drop: self.dimension as f64 * form.depth(),
            dimension: self.dimension,
        }
    }

    fn name(&self) -> String {
        format!(
            "d = {}, L = {}, κ = {}",
            self.dimension,
            short(self.curvature),
            short(self.condition)
        )
    }
}

impl Acceleration {
    fn all(&self) -> Vec<Case> {
        let mut all = Vec::new();
        for &dimension in &self.dimensions {
            for &curvature in &self.curvatures {
                all.extend(self.conditions.iter().map(|&condition| Case {
                    dimension,
                    curvature,
                    condition,
                }));
            }
        }
        all
    }

    /// Runs of a method, from the same starts as those of the other.
    fn runs(&self, case: &Case, method: Method, lab: &Lab) -> Way {
        let (d, form) = (case.dimension, case.form().expect("the settings are checked"));
        let landscape = case.landscape(&form);
        let plan = Plan {
            tuned: method.tuned(&landscape, Constants::Practical, &Given::new()),
            goals: Goals {
                value: Some(-landscape.drop * (1.0 - 1e-6)),
                ..Goals::default()
            },
            steps: self.steps,
            sphere: None,
        };
        let seeds = lab.seeds(&format!("octopus {d} {}", case.curvature), self.runs);
        let starts = seeds.iter().flat_map(|seed| form.start(*seed)).collect();
        let device = Device::cpu(Precision::F64);
        let points = Points::from_host(starts, d, &device);
        let objective = Analytic::new(Box::new(form), device);
        let mut times: Vec<Vec<f64>> = vec![Vec::new(); self.runs];
        let mut far = 0.0f64;
        let ends = escape(&objective, points, &plan, &seeds, &mut |look: &Look| {
            let rows = look.points.to_host();
            for (row, run) in rows.chunks(d).zip(look.runs) {
                let passed = row.iter().take_while(|x| x.abs() > 2.0 * TAU).count();
                let times: &mut Vec<f64> = &mut times[*run];
                times.resize(passed.max(times.len()), look.step as f64);
            }
            far = rows.iter().map(|x| x.abs() / TAU).fold(far, f64::max);
            lab.flow()
        });
        Way { ends, times, far }
    }

    fn share(&self, successes: f64) -> Share {
        Share {
            successes: successes as usize,
            trials: self.runs,
        }
    }
}

impl Inquiry for Acceleration {
    fn problem(&self, precision: Precision) -> Option<Problem> {
        if precision == Precision::F32 {
            let complaint = "is f32, in which the jumps of length ηε are lost beside coordinates of 4τ; leave it out, or set f64";
            return Some(Problem::new("precision", complaint));
        }
        let counted = crate::counted(&[
            ("dimensions", &self.dimensions, 1000),
            ("runs", &[self.runs], 100_000),
        ]);
        if counted.is_some() {
            return counted;
        }
        for (name, none) in [
            ("curvatures", self.curvatures.is_empty()),
            ("conditions", self.conditions.is_empty()),
            ("steps", self.steps == 0),
        ] {
            if none {
                return Some(Problem::new(
                    format!("study.{name}"),
                    "is empty or 0: at least one is needed",
                ));
            }
        }
        self.all().into_iter().find_map(|case| {
            let form = match case.form() {
                Ok(form) => form,
                Err(problem) => return Some(Problem::new("study.curvatures", problem.complaint)),
            };
            let landscape = case.landscape(&form);
            let strict = case.condition.is_finite() && landscape.curvature() < 2.0 * GAMMA;
            (!strict).then(|| {
                let complaint = format!(
                    "has {}: it must be a number above ℓ/2γ = {}, or the saddles themselves are ε-second-order stationary",
                    case.condition,
                    short(landscape.smoothness / (2.0 * GAMMA))
                );
                Problem::new("study.conditions", complaint)
            })
        })
    }

    fn subject(&self) -> String {
        format!("the octopus with momentum, {} runs of each case", self.runs)
    }

    fn cases(&self) -> Vec<String> {
        self.all().iter().map(Case::name).collect()
    }

    fn look(&self, number: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let case = self.all().swap_remove(number);
        let plain = Method::Perturbed2019 {
            noise: Timing::WhenSmall,
        };
        let ways = [plain, Method::PerturbedAccelerated { c: 1.0 }];
        let ways = ways.map(|method| self.runs(&case, method, lab));
        if (lab.interrupted)() {
            return None;
        }
        let mut finding = Finding {
            probe: "acceleration".into(),
            ..Finding::default()
        };
        // The curve of the first method has the quantity's own name: it is drawn solid, and the other one dashed.
        let accelerated = of(LEFT, 1);
        let mut cost = Spent::default();
        for (method, way) in ways.iter().enumerate() {
            let arrived = way.count(Ending::Goal);
            let (steps, spent) = (way.until(|end| end.steps), way.until(|end| end.counts.gradients));
            let mut scalars = vec![
                Scalar::exact(&of(ARRIVED, method), arrived as f64),
                Scalar::exact(&of(LOST, method), way.count(Ending::Diverged) as f64),
                Scalar::exact(&of(FAR, method), way.far),
            ];
            // A median of all runs needs all runs.
            if arrived == self.runs {
                scalars.push(crate::about(&of(TIME, method), median(&steps), margin(&steps)));
                scalars.push(crate::about(&of(SPENT, method), median(&spent), margin(&spent)));
            }
            finding.scalars.extend(scalars);
            let at = |saddle: usize| -> Vec<f64> {
                let times = way.times.iter();
                times.filter_map(|times| times.get(saddle).copied()).collect()
            };
            let seen = (0..case.dimension).map(at);
            let seen: Vec<Vec<f64>> = seen.take_while(|seen| seen.len() == self.runs).collect();
            finding.curves.push(curve(
                if method == 0 { LEFT } else { &accelerated },
                "saddle",
                (1..=seen.len()).map(|saddle| saddle as f64).collect(),
                seen.iter().map(|times| median(times)).collect(),
                margins(&seen),
            ));
            cost = cost.and(Spent::by(&way.ends));
            finding.verdicts.push(format!(
                "{} {} runs reach the minimum, in {} steps; no coordinate comes further than {:.2}τ.",
                self.share(arrived as f64),
                METHODS[method],
                short(median(&steps)),
                way.far
            ));
        }
        let [plain, fast] = &ways;
        let fewer = |of: fn(&End) -> u64| {
            let (plain, fast) = (plain.until(of), fast.until(of));
            fast.iter()
                .zip(&plain)
                .filter(|(fast, plain)| fast < plain)
                .count() as f64
        };
        finding.scalars.extend([
            Scalar::exact(
                HAMILTONIAN,
                fast.sum(|end| end.violations.hamiltonian + end.violations.decrease),
            ),
            Scalar::exact(
                ALONG,
                fast.sum(|end| end.counts.curvature_steps) / fast.sum(|end| end.steps).max(1.0),
            ),
            Scalar::exact(SOONER, fewer(|end| end.steps)),
            Scalar::exact(CHEAPER, fewer(|end| end.counts.gradients)),
        ]);
        finding.scalars.extend(cost.scalars());
        finding.cost = cost.cost();
        finding.cost.seconds = clock.elapsed().as_secs_f64();
        Some(finding)
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        verdicts::judge(self, found)
    }

    fn remark(&self, found: &[Finding]) -> Option<String> {
        Some(verdicts::remark(self, found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        assert_eq!(Acceleration::default().problem(Precision::F64), None);
        let complaint =
            |study: Acceleration| study.problem(Precision::F64).expect("it is refused").to_string();
        assert_eq!(
            complaint(Acceleration {
                conditions: vec![100.0, 10.0],
                ..Acceleration::default()
            }),
            "study.conditions has 10: it must be a number above ℓ/2γ = 11.19, or the saddles themselves are ε-second-order \
             stationary"
        );
        assert_eq!(
            complaint(Acceleration {
                curvatures: vec![0.5],
                ..Acceleration::default()
            }),
            "study.curvatures is 0.5: it must be at least gamma, 1"
        );
    }
}
