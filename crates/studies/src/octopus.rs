//! Where plain descent takes exponential time, and perturbed descent does not.

mod verdicts;

use crate::{Inquiry, Judged, Lab, Share, Spent, curve, margin, margins, median};
use models::analytic::{Analytic, ClosedForm, Octopus as Function};
use models::{Device, Points, Precision, Problem, Seed};
use probes::{Cost, Finding, Scalar};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use training::escape::{Constants, Ending, Given, Goals, Landscape, Look, Method, Plan, Timing, escape};

/// The octopus of Du et al. (2017): a chain of d strict saddles before the minimum. Starting uniformly in [−1, 1]^d, plain
/// descent needs a time at each saddle that grows by a constant factor from saddle to saddle; perturbed descent needs
/// about the same time at each.
///
/// The defaults are the paper's: τ = e, γ = 1, η = 1/(4L), and perturbations uniform in a ball of radius τ/100 where the
/// gradient norm is at most γτ/100, with a step between two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Octopus {
    /// d, one case each.
    pub dimensions: Vec<usize>,
    /// L, one case each: the curvature around a saddle in all directions but one.
    pub curvatures: Vec<f64>,
    /// γ: minus half of the negative curvature.
    pub gamma: f64,
    /// τ: the scale of the distance between saddles.
    pub tau: f64,
    /// Runs of each case, each from a start of its own.
    pub runs: usize,
    /// Steps after which plain descent is not followed any further.
    pub steps: u64,
}

impl Default for Octopus {
    fn default() -> Self {
        Octopus {
            dimensions: vec![5, 10],
            curvatures: vec![1.0, 1.5, 2.0, 3.0],
            gamma: 1.0,
            tau: std::f64::consts::E,
            runs: 20,
            steps: 3000,
        }
    }
}

/// One case: a function, and whether descent is perturbed.
struct Case {
    dimension: usize,
    curvature: f64,
    perturbed: bool,
}

const COMPARED: &str = "times compared";
const OFF: &str = "largest difference to the recursion";
const GROWTH: &str = "growth of the times from saddle to saddle";
const FORESEEN_GROWTH: &str = "growth by the formula";
const EACH: &str = "steps at each saddle";
const FORESEEN_EACH: &str = "steps at each saddle by the formula";
const DRIFT: &str = "steps at the last saddle over those at the third";
const ARRIVED: &str = "runs at the minimum";
const GAP: &str = "largest gap to the minimum there, relative";
const LOST: &str = "runs outside the tube";

/// Saddles before this one are left too early for the growth to show: their times begin at the start, not at a saddle.
const SETTLED: usize = 3;
/// Steps in which the distance to the minimum is halved until rounding ends it.
const REST: usize = 60;
/// After so many steps at the earlier saddles, the smallest coordinate may be below what f64 can hold.
const HELD: f64 = 1000.0;

impl Octopus {
    fn all(&self) -> Vec<Case> {
        let mut all = Vec::new();
        for &dimension in &self.dimensions {
            for &curvature in &self.curvatures {
                for perturbed in [false, true] {
                    all.push(Case {
                        dimension,
                        curvature,
                        perturbed,
                    });
                }
            }
        }
        all
    }

    /// What tells the function of a case from those of others.
    fn which(&self, case: &Case) -> String {
        let curvature = format!("L = {}", crate::short(case.curvature));
        match self.dimensions.len() {
            1 => curvature,
            _ => format!("d = {}, {curvature}", case.dimension),
        }
    }

    fn function(&self, dimension: usize, curvature: f64) -> Result<Function, Problem> {
        Function::new(dimension, curvature, self.gamma, self.tau)
    }

    /// What perturbed descent should need at each saddle: the distance to the saddle before is halved until the gradient
    /// is small, then the median perturbation grows to the border of the passage.
    ///
    /// log₂(4Lτ/g) + ln(2τ√d/(0.674 r))/ln(1 + γ/2L) with r and g the radius and the gradient norm of the perturbations.
    fn foreseen_each(&self, case: &Case) -> f64 {
        let (l, small) = (case.curvature, self.tau / 100.0);
        let settle = (4.0 * l * self.tau / (self.gamma * small)).log2();
        let typical = 0.674 * small / (case.dimension as f64).sqrt();
        settle + (2.0 * self.tau / typical).ln() / (self.gamma / (2.0 * l)).ln_1p()
    }

    fn plan(&self, case: &Case, least: f64) -> Plan<'static> {
        let step_size = 0.25 / case.curvature;
        let function = self.function(case.dimension, case.curvature);
        let known = function.expect("the settings are checked").known();
        let landscape = Landscape {
            smoothness: 1.0 / step_size,
            hessian_lipschitz: known.hessian_lipschitz.expect("the octopus knows it"),
            epsilon: self.gamma * self.tau / 100.0,
            delta: 0.1,
            drop: -least,
            dimension: case.dimension,
        };
        let method = match case.perturbed {
            false => Method::Descent,
            true => Method::Perturbed2019 {
                noise: Timing::WhenSmall,
            },
        };
        let mut given = Given::from([("step_size".into(), step_size)]);
        if case.perturbed {
            // What this method draws is multiplied by the step size.
            given.insert("radius".into(), self.tau / 100.0 / step_size);
            given.insert("gradient".into(), landscape.epsilon);
            given.insert("wait".into(), 1.0);
        }
        Plan {
            tuned: method.tuned(&landscape, Constants::Practical, &given),
            goals: Goals {
                value: Some(least * (1.0 - 1e-6)),
                ..Goals::default()
            },
            steps: self.steps,
            sphere: None,
        }
    }
}

impl Inquiry for Octopus {
    fn problem(&self, precision: Precision) -> Option<Problem> {
        if precision == Precision::F32 {
            let complaint = "is f32, in which coordinates of 1e-45 are zero: plain descent would stop at the fifth saddle \
                             for ever, and not for an exponential time; leave it out, or set f64";
            return Some(Problem::new("precision", complaint));
        }
        let counted = crate::counted(&[
            ("dimensions", &self.dimensions, 10_000),
            ("runs", &[self.runs], 100_000),
        ]);
        if counted.is_some() {
            return counted;
        }
        if self.curvatures.is_empty() || self.steps == 0 {
            let name = if self.steps == 0 { "steps" } else { "curvatures" };
            return Some(Problem::new(name, "is empty or 0: at least one is needed").within("study"));
        }
        let problem = |case: &Case| self.function(case.dimension, case.curvature).err();
        let problem = self.all().iter().find_map(problem)?;
        // The function's own settings are lists here.
        let field = match problem.field.as_str() {
            "dimension" => "dimensions",
            "curvature" => "curvatures",
            own => own,
        };
        Some(Problem::new(format!("study.{field}"), problem.complaint))
    }

    fn subject(&self) -> String {
        format!(
            "the octopus with d = {}, γ = {}, τ = {}: {} runs of each case",
            self.dimensions
                .iter()
                .map(usize::to_string)
                .collect::<Vec<_>>()
                .join(" and "),
            crate::short(self.gamma),
            crate::short(self.tau),
            self.runs
        )
    }

    fn cases(&self) -> Vec<String> {
        let name = |case: Case| {
            let method = if case.perturbed {
                "perturbed descent"
            } else {
                "descent"
            };
            format!("{}: {method}", self.which(&case))
        };
        self.all().into_iter().map(name).collect()
    }

    fn look(&self, number: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let case = self.all().swap_remove(number);
        let (d, tau) = (case.dimension, self.tau);
        let function = self
            .function(d, case.curvature)
            .expect("the settings are checked");
        let least = -(d as f64) * function.depth();
        // Both methods begin at the same points.
        let seeds = lab.seeds(&format!("octopus {d} {}", case.curvature), self.runs);
        let starts: Vec<f64> = seeds.iter().flat_map(|seed| start(*seed, d)).collect();
        let device = Device::cpu(Precision::F64);
        let objective = Analytic::new(Box::new(function), device.clone());
        let plan = self.plan(&case, least);
        let step_size = plan.tuned.number("step_size");
        let mut times: Vec<Vec<f64>> = vec![Vec::new(); self.runs];
        let mut watch = |look: &Look| {
            let rows = look.points.to_host();
            for (row, run) in rows.chunks(d).zip(look.runs) {
                let passed = row.iter().take_while(|x| x.abs() > 2.0 * tau).count();
                let times: &mut Vec<f64> = &mut times[*run];
                times.resize(passed.max(times.len()), look.step as f64);
            }
            lab.flow()
        };
        let points = Points::from_host(starts.clone(), d, &device);
        let ends = escape(&objective, points, &plan, &seeds, &mut watch);
        if (lab.interrupted)() {
            return None;
        }
        let at = |saddle: usize| -> Vec<f64> {
            times
                .iter()
                .filter_map(|times| times.get(saddle).copied())
                .collect()
        };
        let seen: Vec<Vec<f64>> = (0..d).map(at).collect();
        // A median of all runs needs all runs.
        let whole: Vec<&Vec<f64>> = seen.iter().take_while(|times| times.len() == self.runs).collect();
        let axis: Vec<f64> = (1..=whole.len()).map(|saddle| saddle as f64).collect();
        let medians: Vec<f64> = whole.iter().map(|times| median(times)).collect();
        let halves = margins(whole.iter().copied());
        let mut curves = vec![curve(
            "steps until it is left",
            "saddle",
            axis,
            medians.clone(),
            halves,
        )];
        let lost = ends.iter().filter(|end| end.ending == Ending::Diverged).count();
        let mut scalars = vec![Scalar::exact(LOST, lost as f64)];
        let mut verdicts = Vec::new();
        if case.perturbed {
            let arrived: Vec<_> = ends.iter().filter(|end| end.ending == Ending::Goal).collect();
            // Perturbations do not end at the minimum. Descent without them comes to rest there.
            let gaps = arrived.iter().map(|end| {
                let mut at = end.point.to_host();
                for _ in 0..REST {
                    let gradient = function.gradient(&at);
                    at.iter_mut().zip(gradient).for_each(|(x, g)| *x -= step_size * g);
                }
                (function.value(&at) - least).abs() / -least
            });
            let gap = crate::largest(gaps);
            let each: Vec<f64> = medians.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let all: Vec<f64> = times
                .iter()
                .filter(|times| times.len() == d && d > 1)
                .map(|times| mean_gap(times))
                .collect();
            let share = Share {
                successes: arrived.len(),
                trials: self.runs,
            };
            scalars.extend([
                Scalar::exact(ARRIVED, share.successes as f64),
                Scalar::exact(GAP, gap),
                crate::about(EACH, median(&all), margin(&all)),
                Scalar::exact(FORESEEN_EACH, self.foreseen_each(&case)),
            ]);
            if let (Some(third), Some(last)) = (each.get(SETTLED - 2), each.last()) {
                scalars.push(Scalar::exact(DRIFT, last / third));
            }
            verdicts.push(format!(
                "Perturbed descent reaches the minimum in {share} runs, with about {} steps at each saddle.",
                median(&all).round()
            ));
        } else {
            let foreseen: Vec<Vec<f64>> = starts
                .chunks(d)
                .map(|start| {
                    function
                        .hitting_times(start, step_size)
                        .expect("the start is in the tube")
                })
                .collect();
            let (mut compared, mut off) = (0, 0.0f64);
            for (times, foreseen) in times.iter().zip(&foreseen) {
                let before = std::iter::once(&0.0).chain(foreseen);
                let held = foreseen
                    .iter()
                    .zip(before)
                    .take_while(|(time, before)| **time <= self.steps as f64 && **before < HELD);
                for (saddle, (wanted, _)) in held.enumerate() {
                    compared += 1;
                    off = off.max(
                        times
                            .get(saddle)
                            .map_or(f64::INFINITY, |time| (time - wanted).abs()),
                    );
                }
            }
            let growths = growths(times.iter());
            scalars.extend([
                Scalar::exact(COMPARED, f64::from(compared)),
                Scalar::exact(OFF, off),
                crate::about(GROWTH, median(&growths), margin(&growths)),
                Scalar::exact(
                    FORESEEN_GROWTH,
                    function
                        .growth_of_times(step_size)
                        .expect("the step size is checked"),
                ),
            ]);
            let all: Vec<f64> = (0..d)
                .map(|saddle| median(&foreseen.iter().map(|times| times[saddle]).collect::<Vec<_>>()))
                .collect();
            let axis = (1..=d).map(|saddle| saddle as f64).collect();
            let log = "steps until it is left, by the recursion in logarithms";
            verdicts.push(format!(
                "Descent leaves {} of {d} saddles in {} steps; by the recursion the last one would take {:.1e}.",
                whole.len(),
                self.steps,
                all[d - 1]
            ));
            curves.push(curve(log, "saddle", axis, all, Vec::new()));
        }
        let spent = Spent::by(&ends);
        scalars.extend(spent.scalars());
        Some(Finding {
            probe: "octopus".into(),
            scalars,
            curves,
            verdicts,
            cost: Cost {
                seconds: clock.elapsed().as_secs_f64(),
                ..spent.cost()
            },
            ..Finding::default()
        })
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        verdicts::judge(self, found)
    }
}

/// Uniform in [−1, 1]^d.
fn start(seed: Seed, dimension: usize) -> Vec<f64> {
    let mut stream = seed.stream("init");
    (0..dimension).map(|_| stream.random_range(-1.0..1.0)).collect()
}

/// By how much the times of each run grow from saddle to saddle, once that has settled: the geometric mean.
fn growths<'a>(times: impl Iterator<Item = &'a Vec<f64>>) -> Vec<f64> {
    let of_run = |times: &Vec<f64>| match times.get(SETTLED - 1..) {
        Some([first, .., last]) => Some((last / first).powf(1.0 / (times.len() - SETTLED) as f64)),
        _ => None,
    };
    times.filter_map(of_run).collect()
}

/// The mean of the steps from saddle to saddle of a run that left several.
fn mean_gap(times: &[f64]) -> f64 {
    (times[times.len() - 1] - times[0]) / (times.len() - 1) as f64
}
