//! Does descent reach an ε-critical point within 2β(f₀ − f*)/ε² steps?

mod seen;

use crate::{Inquiry, Judged, Lab, curve, larger, margin, median, number, short, slope, with_interval};
use models::analytic::{Analytic, ClosedForm, CosineBowl, HuberSlope, LogRatio, Quadratic};
use models::{Device, Objective, Points, Precision, Problem, Seed};
use probes::{Cost, Finding, Scalar};
use rand::RngExt;
use schemars::JsonSchema;
use seen::Seen;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use training::escape::{Constants, End, Given, Goals, Landscape, Look, Method, Plan, escape};

/// Descent with η = 1/β on functions whose β and least value are known. The least gradient norm of T steps is at most
/// √(2β(f₀ − f*)/T) (Nesterov 2004, §1.2.3), so that ‖∇f‖ ≤ ε after ⌈2β(f₀ − f*)/ε²⌉ steps at the latest; on the Huber slope
/// that is twice what is needed. And descent of a quadratic with η = 2.1/β diverges, by the factor 1.1 a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rate {
    /// ε, falling.
    pub epsilons: Vec<f64>,
    /// The variables of the functions that can have any number of them.
    pub dimension: usize,
    /// Runs on each of them, each from a start of its own.
    pub runs: usize,
}

impl Default for Rate {
    fn default() -> Self {
        Rate {
            epsilons: vec![1e-1, 1e-2, 1e-3, 1e-4],
            dimension: 50,
            runs: 10,
        }
    }
}

const CASES: [&str; 5] = [
    "cosine bowl",
    "log ratio",
    "quadratic",
    "Huber slope",
    "step sizes",
];
const SHARE: &str = "largest share of the bound";
const VIOLATIONS: &str = "violations of the descent lemma";
const SECANT: &str = "largest secant of the gradient on the way, over β";
const CURVATURE: &str = "largest curvature on the way, over β";
const SLOPE: &str = "slope of log ‖∇f‖ in log T";
const SLACK: &str = "bound over steps needed";
const OFF: &str = "largest error of the factors by which the distance changes";

/// The least slope of the Huber functions over ε: there each step moves by s/β until the gradient is small.
const BARELY: f64 = 1.001;
/// Where descent of the Huber slope begins.
const FAR: f64 = 1.0;
/// Differences of gradients of 1e-4 have twelve digits.
const ROUNDING: f64 = 1e-9;
/// Step sizes, in 1/β.
const SIZES: [f64; 4] = [0.5, 1.0, 1.9, 2.1];
/// Steps with each of them.
const STEPS: u64 = 100;

impl Rate {
    fn form(&self, case: usize) -> Result<Box<dyn ClosedForm>, Problem> {
        let d = self.dimension;
        let even = |low: f64, high: f64| -> Vec<f64> {
            let place = |i: usize| low + (high - low) * i as f64 / (d - 1).max(1) as f64;
            (0..d).map(place).collect()
        };
        Ok(match case {
            0 => Box::new(CosineBowl::new(even(0.5, 2.0))?),
            1 => Box::new(LogRatio::new(d)?),
            _ => Box::new(Quadratic::new(even(0.01, 1.0))?),
        })
    }

    /// Descent with a step size, until ‖∇f‖ is at most ε, with the least gradient norm up to each step of each run.
    fn descend(
        &self,
        lab: &Lab,
        objective: &dyn Objective,
        starts: Vec<f64>,
        (smoothness, step_size): (f64, f64),
        (epsilon, steps): (f64, u64),
        watch: &mut dyn FnMut(&Look),
    ) -> Vec<End> {
        let dimension = objective.space().dimension;
        let landscape = Landscape {
            smoothness,
            hessian_lipschitz: smoothness,
            epsilon: smoothness.min(1.0),
            delta: 0.1,
            drop: 1.0,
            dimension,
        };
        let given = Given::from([("step_size".into(), step_size)]);
        let plan = Plan {
            tuned: Method::Descent.tuned(&landscape, Constants::Paper, &given),
            goals: Goals {
                gradient_norm: Some(epsilon),
                ..Goals::default()
            },
            steps,
            sphere: None,
        };
        let seeds = lab.seeds("rate", starts.len() / dimension);
        let points = Points::from_host(starts, dimension, &objective.space().device);
        escape(objective, points, &plan, &seeds, &mut |look| {
            watch(look);
            lab.flow()
        })
    }

    /// Descent from random starts, and how many steps each ε took.
    fn smooth(&self, lab: &Lab, case: usize) -> Finding {
        let form = self.form(case).expect("the settings are checked");
        let known = form.known();
        let (beta, least) = (
            known.smoothness.expect("it is known"),
            known.at_least.expect("it is known"),
        );
        let starts = lab.seeds(CASES[case], self.runs).into_iter();
        let starts: Vec<f64> = starts.flat_map(|seed| start(seed, self.dimension)).collect();
        let drops: Vec<f64> = starts
            .chunks(self.dimension)
            .map(|start| form.value(start) - least)
            .collect();
        let last = self.epsilons[self.epsilons.len() - 1];
        let bound = |run: usize, epsilon: f64| (2.0 * beta * drops[run] / (epsilon * epsilon)).ceil();
        let most = (0..self.runs)
            .map(|run| bound(run, last))
            .fold(0.0, crate::larger);
        let objective = Analytic::new(form, Device::cpu(Precision::F64));
        // times[run][i]: the first step with a gradient norm of at most the i-th ε.
        let mut times: Vec<Vec<f64>> = vec![Vec::new(); self.runs];
        let mut ways: Vec<Vec<(f64, f64)>> = vec![Vec::new(); self.runs];
        let mut seen = Seen::new(self.runs);
        let ends = self.descend(
            lab,
            &objective,
            starts,
            (beta, 1.0 / beta),
            (last, most as u64),
            &mut |look| {
                seen.note(look, &objective);
                for (run, norm) in look.runs.iter().zip(look.gradient_norms) {
                    let reached = self.epsilons.iter().filter(|epsilon| norm <= epsilon).count();
                    let times: &mut Vec<f64> = &mut times[*run];
                    times.resize(reached.max(times.len()), look.step as f64);
                    if look.step > 0 {
                        let way = &mut ways[*run];
                        let before = way.last().map_or(f64::INFINITY, |(_, norm)| *norm);
                        way.push((look.step as f64, before.min(*norm)));
                    }
                }
            },
        );
        let shares = times.iter().enumerate().flat_map(|(run, times)| {
            let wanted = self.epsilons.iter().enumerate();
            wanted.map(move |(i, epsilon)| {
                times
                    .get(i)
                    .map_or(f64::INFINITY, |time| time / bound(run, *epsilon))
            })
        });
        let share = crate::largest(shares);
        let fall = |way: &Vec<(f64, f64)>| {
            let logs: Vec<(f64, f64)> = way.iter().map(|(step, norm)| (step.ln(), norm.ln())).collect();
            slope(&logs).0
        };
        // Two steps are a line.
        let falls: Vec<f64> = ways.iter().filter(|way| way.len() >= 2).map(fall).collect();
        let (steps, norms): (Vec<f64>, Vec<f64>) = ways.swap_remove(0).into_iter().unzip();
        let bounds = steps
            .iter()
            .map(|step| (2.0 * beta * drops[0] / step).sqrt())
            .collect();
        Finding {
            scalars: vec![
                Scalar::exact(SHARE, share),
                Scalar::exact(VIOLATIONS, violations(&ends)),
                Scalar::exact(SECANT, seen.secant / beta),
                crate::about(SLOPE, median(&falls), margin(&falls)),
            ]
            .into_iter()
            .chain(seen.curvature.map(|most| Scalar::exact(CURVATURE, most / beta)))
            .collect(),
            curves: vec![
                curve("least gradient norm", "step", steps.clone(), norms, Vec::new()),
                curve("least gradient norm, bound", "step", steps, bounds, Vec::new()),
            ],
            verdicts: vec![
                format!("Every ε was reached with at most {share:.1e} of the steps that the bound allows."),
                format!(
                    "β is {}; along the runs the gradient changed by at most {} times the way.",
                    short(beta),
                    short(seen.secant)
                ),
            ],
            cost: Cost {
                gradients: crate::gradients(&ends),
                ..Cost::default()
            },
            ..Finding::default()
        }
    }

    /// Functions on which the bound is twice what is needed, one for each ε.
    fn huber(&self, lab: &Lab) -> Finding {
        let (mut slack, mut share, mut broken, mut spent) = (Vec::new(), 0.0f64, 0.0, Cost::default());
        for epsilon in &self.epsilons {
            let form = HuberSlope::new(1.0, BARELY * epsilon).expect("the settings are checked");
            let bound = (2.0 * form.value(&[FAR]) / (epsilon * epsilon)).ceil();
            let objective = Analytic::new(Box::new(form), Device::cpu(Precision::F64));
            let limits = (*epsilon, bound as u64);
            let ends = self.descend(lab, &objective, vec![FAR], (1.0, 1.0), limits, &mut |_| ());
            let needed = ends[0].steps as f64;
            slack.push(bound / needed);
            let reached = ends[0].gradient_norm <= *epsilon;
            share = share.max(if reached { needed / bound } else { f64::INFINITY });
            broken += violations(&ends);
            spent.gradients += crate::gradients(&ends);
        }
        let last = slack[slack.len() - 1];
        Finding {
            scalars: vec![
                Scalar::exact(SHARE, share),
                Scalar::exact(VIOLATIONS, broken),
                Scalar::exact(SLACK, last),
            ],
            curves: vec![curve(SLACK, "ε", self.epsilons.clone(), slack, Vec::new())],
            verdicts: vec![format!(
                "The bound is {last:.4} times what is needed for the smallest ε."
            )],
            cost: spent,
            ..Finding::default()
        }
    }

    /// ½x² with each step size: the distance changes by |1 − ηβ| a step.
    fn sizes(&self, lab: &Lab) -> Finding {
        let (mut off, mut factors, mut spent) = (0.0f64, Vec::new(), Cost::default());
        for size in SIZES {
            let form = Quadratic::new(vec![1.0]).expect("one positive eigenvalue");
            let objective = Analytic::new(Box::new(form), Device::cpu(Precision::F64));
            let mut before = None;
            let mut changes = Vec::new();
            let ends = self.descend(
                lab,
                &objective,
                vec![1.0],
                (1.0, size),
                (0.0, STEPS),
                &mut |look| {
                    let at = look.points.to_host()[0];
                    changes.extend(before.map(|before: f64| (at / before).abs()));
                    before = Some(at);
                },
            );
            let foreseen = (1.0 - size).abs();
            off = crate::largest(
                changes
                    .iter()
                    .map(|change| (change - foreseen).abs())
                    .chain([off]),
            );
            factors.push(changes.last().copied().unwrap_or(f64::NAN));
            spent.gradients += crate::gradients(&ends);
        }
        Finding {
            scalars: vec![Scalar::exact(OFF, off)],
            curves: vec![curve(
                "factor of a step",
                "η in 1/β",
                SIZES.to_vec(),
                factors,
                Vec::new(),
            )],
            verdicts: vec![
                "With η = 2.1/β descent of a quadratic diverges, by the factor 1.1 a step.".into(),
            ],
            cost: spent,
            ..Finding::default()
        }
    }
}

impl Inquiry for Rate {
    fn problem(&self, _precision: Precision) -> Option<Problem> {
        let falling = self.epsilons.windows(2).all(|pair| pair[1] < pair[0]);
        let sound = self
            .epsilons
            .iter()
            .all(|epsilon| *epsilon > 0.0 && *epsilon < FAR / BARELY);
        if self.epsilons.is_empty() || !falling || !sound {
            let complaint = "must be numbers between 0 and 0.99, falling";
            return Some(Problem::new("study.epsilons", complaint));
        }
        crate::counted(&[
            ("dimension", &[self.dimension], 1_000_000),
            ("runs", &[self.runs], 100_000),
        ])
    }

    fn subject(&self) -> String {
        format!(
            "descent with η = 1/β on smooth functions of {} variables",
            self.dimension
        )
    }

    fn cases(&self) -> Vec<String> {
        CASES.map(String::from).to_vec()
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let mut finding = match case {
            3 => self.huber(lab),
            4 => self.sizes(lab),
            _ => self.smooth(lab, case),
        };
        finding.probe = "rate".into();
        finding.cost.seconds = clock.elapsed().as_secs_f64();
        (!(lab.interrupted)()).then_some(finding)
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let [smooth @ .., huber, sizes] = found else {
            return Vec::new();
        };
        let runs = || found[..CASES.len() - 1].iter();
        let share = crate::largest(runs().map(|finding| number(finding, SHARE)));
        let broken: f64 = runs().map(|finding| number(finding, VIOLATIONS)).sum();
        let (slack, off) = (number(huber, SLACK), number(sizes, OFF));
        let mut judged = vec![
            Judged::bound(
                "an ε-critical point is reached within 2β(f₀ − f*)/ε² steps",
                share <= 1.0,
                format!("at most {share:.3} of the bound was needed"),
            ),
            Judged::bound(
                "no step violates the descent lemma by more than rounding",
                broken == 0.0,
                format!("{broken} violations"),
            ),
            Judged::identity(
                "on the Huber slope the bound is twice what is needed, to 5 %",
                (slack - 2.0).abs() <= 0.1,
                format!("{slack:.4} times"),
            ),
            Judged::identity(
                "the distance to the minimum of a quadratic changes by |1 − ηβ| a step, to 1e-12, also where that is above 1",
                off <= 1e-12,
                format!("the largest error is {off:.1e}"),
            ),
        ];
        for (name, finding) in CASES.iter().zip(smooth) {
            let secant = number(finding, SECANT);
            let (most, told) = match number(finding, CURVATURE) {
                none if none.is_nan() => (secant, "not looked at".into()),
                curvature => (larger(secant, curvature), format!("at most {curvature:.4}β")),
            };
            judged.push(Judged::bound(
                format!("{name}: the smoothness along the runs is at most β"),
                most <= 1.0 + ROUNDING,
                format!("secants are at most {secant:.4}β, curvatures {told}"),
            ));
            judged.push(Judged::tendency(
                format!("{name}: the least gradient norm falls at least like 1/√T"),
                number(finding, SLOPE) <= -0.5,
                format!(
                    "the median slope on log axes is {}",
                    with_interval(finding, SLOPE)
                ),
            ));
        }
        judged
    }
}

/// Uniform in [−2, 2]^d.
fn start(seed: Seed, dimension: usize) -> Vec<f64> {
    let mut stream = seed.stream("init");
    (0..dimension).map(|_| stream.random_range(-2.0..2.0)).collect()
}

fn violations(ends: &[End]) -> f64 {
    ends.iter().map(|end| end.violations.descent).sum::<u64>() as f64
}
