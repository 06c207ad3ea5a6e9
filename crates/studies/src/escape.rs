//! How long does each method take to leave a strict saddle, and is what it ends at second-order stationary?

mod chosen;
mod foresight;
mod verdicts;

pub use chosen::Chosen;

use crate::{Inquiry, Judged, Lab, Share, curve, margin, margins, median, slope};
use models::analytic::{Analytic, BoundedSaddle, ClosedForm};
use models::{Device, Objective, Points, Precision, Problem};
use probes::{Cost, Finding, Scalar, Stationarity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use training::escape::{Constants, End, Ending, Given, Goals, Landscape, Look, Method, Place, Plan, escape};

/// ½ Σ λᵢxᵢ² + ¼qx₁⁴ with λ₁ = −γ and the others between γ and ℓ, started exactly at the saddle 0, by methods with the
/// constants of their theorems or of practice. Where a run ends, the certified search for negative curvature looks whether
/// the point is ε-second-order stationary: ‖∇f‖ ≤ ε and no eigenvalue below −√(ρε).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Escape {
    /// d.
    pub dimensions: Vec<usize>,
    /// ℓ, at least 5γ.
    pub smoothness: f64,
    /// γ, above √(ρε): minus the negative eigenvalue.
    pub gamma: f64,
    /// ρ, which sets q = ρ²/72γ.
    pub hessian_lipschitz: f64,
    /// ε.
    pub epsilon: f64,
    /// δ: the probability with which a method may fail.
    pub delta: f64,
    /// Runs of each method in each dimension.
    pub runs: usize,
    /// The most steps of a run.
    pub steps: u64,
    /// The methods.
    pub methods: Vec<Chosen>,
}

impl Default for Escape {
    fn default() -> Self {
        let practical = |method| Chosen {
            method,
            constants: Constants::Practical,
        };
        Escape {
            dimensions: vec![10, 30, 100, 300, 1000],
            smoothness: 1.0,
            gamma: 0.1,
            hessian_lipschitz: 1.0,
            epsilon: 1e-3,
            delta: 0.1,
            runs: 50,
            steps: 20_000,
            methods: vec![
                practical(Method::Descent),
                practical(Method::Perturbed2017 { c: 1.0 }),
            ],
        }
    }
}

const LEFT: &str = "runs that left the saddle";
const TIME: &str = "steps until it is left";
const STATIONARY: &str = "runs that end second-order stationary";
const ASKED: &str = "runs that came to an end";
const FALL: &str = "slope of the steps in ln d";
const FORESEEN: &str = "slope by the formula";
const HAMILTONIAN: &str = "increases of the Hamiltonian";
const LEMMA: &str = "violations of the descent lemma";
const SPENT: &str = "gradients of a run";
const JUMPS: &str = "perturbations of a run";
const VALUES: &str = "values without gradients of a run";
const EACH: &str = "gradients of a step";

/// A run has left where |x₁| is at least this share of the distance of the minima.
const AWAY: f64 = 0.5;

impl Escape {
    fn form(&self, dimension: usize) -> Result<BoundedSaddle, Problem> {
        let (low, high) = (self.gamma, self.smoothness);
        let rest = dimension.saturating_sub(1);
        let place = |i: usize| low + (high - low) * i as f64 / rest.saturating_sub(1).max(1) as f64;
        let eigenvalues = std::iter::once(-self.gamma).chain((0..rest).map(place));
        BoundedSaddle::new(
            eigenvalues.collect(),
            self.hessian_lipschitz.powi(2) / (72.0 * self.gamma),
        )
    }

    /// The distance of the minima from the saddle: √(γ/q).
    fn distance(&self) -> f64 {
        72f64.sqrt() * self.gamma / self.hessian_lipschitz
    }

    fn landscape(&self, dimension: usize) -> Landscape {
        let known = self.form(dimension).map(|form| form.known()).unwrap_or_default();
        Landscape {
            smoothness: self.smoothness,
            hessian_lipschitz: self.hessian_lipschitz,
            epsilon: self.epsilon,
            delta: self.delta,
            drop: known.at_least.map_or(1.0, |least| -least),
            dimension,
        }
    }

    fn objective(&self, dimension: usize) -> Analytic {
        let form = self.form(dimension).expect("the settings are checked");
        Analytic::new(Box::new(form), Device::cpu(Precision::F64))
    }

    /// The runs of a method in one dimension.
    fn runs(&self, lab: &Lab, chosen: &Chosen, dimension: usize) -> Runs {
        let objective = self.objective(dimension);
        let least = objective.known().at_least.expect("it is known");
        let device = &objective.space().device;
        let tuned = chosen
            .method
            .tuned(&self.landscape(dimension), chosen.constants, &Given::new());
        // Methods without a return statement go on for ever: they have arrived where nothing is left to gain.
        let arrived = |place: &Place| place.value <= 0.999 * least && place.gradient_norm <= self.epsilon;
        // Where the gradient is zero in all digits, plain descent stays for ever.
        let stays = |place: &Place| place.gradient_norm == 0.0;
        let returns = matches!(
            chosen.method,
            Method::Perturbed2017 { .. } | Method::NegativeCurvature { .. } | Method::Neon { .. }
        );
        let plan = Plan {
            tuned,
            goals: Goals {
                reached: match chosen.method {
                    Method::Descent | Method::Backtracking { .. } => Some(&stays),
                    _ if returns => None,
                    _ => Some(&arrived),
                },
                ..Goals::default()
            },
            steps: self.steps,
            sphere: None,
        };
        let seeds = lab.seeds(&format!("{chosen:?} {dimension}"), self.runs);
        let starts = Points::from_host(vec![0.0; self.runs * dimension], dimension, device);
        let away = AWAY * self.distance();
        let mut left: Vec<Option<f64>> = vec![None; self.runs];
        let ends = escape(&objective, starts, &plan, &seeds, &mut |look: &Look| {
            let rows = look.points.to_host();
            for (at, run) in rows.chunks(dimension).zip(look.runs) {
                if at[0].abs() >= away {
                    left[*run].get_or_insert(look.step as f64);
                }
            }
            lab.flow()
        });
        let stationary = ends
            .iter()
            .filter(|end| ended(end))
            .filter(|end| {
                let at = end.returned.as_ref().unwrap_or(&end.point);
                Stationarity::holds(&lab.second_order(&objective, at, &plan.tuned.landscape))
            })
            .count();
        Runs {
            times: left.into_iter().flatten().collect(),
            stationary,
            numbers: plan
                .tuned
                .numbers
                .iter()
                .map(|number| {
                    format!(
                        "{} = {} = {}",
                        number.name,
                        number.formula,
                        crate::short(number.value)
                    )
                })
                .collect(),
            ends,
        }
    }
}

/// The name of a number in one dimension alone.
fn at(name: &str, dimension: usize) -> String {
    format!("{name}, d = {dimension}")
}

/// Whether a run came to an end of its own.
fn ended(end: &End) -> bool {
    matches!(end.ending, Ending::Goal | Ending::Returned)
}

/// What was seen of some runs.
struct Runs {
    times: Vec<f64>,
    stationary: usize,
    numbers: Vec<String>,
    ends: Vec<End>,
}

impl Inquiry for Escape {
    fn problem(&self, _precision: Precision) -> Option<Problem> {
        let counted = crate::counted(&[
            ("dimensions", &self.dimensions, 1_000_000),
            ("runs", &[self.runs], 100_000),
        ]);
        if counted.is_some() {
            return counted;
        }
        if self.methods.is_empty() {
            return Some(Problem::new("study.methods", "is empty: at least one is needed"));
        }
        if let Some(small) = self.dimensions.iter().find(|d| **d < 2) {
            let complaint = format!("has {small}: a saddle needs at least 2 variables");
            return Some(Problem::new("study.dimensions", complaint));
        }
        for dimension in &self.dimensions {
            let landscape = self.landscape(*dimension);
            let wrong = self.form(*dimension).err().or_else(|| landscape.problem());
            let wrong = wrong.map(|problem| problem.within("study")).or_else(|| {
                self.methods.iter().enumerate().find_map(|(i, chosen)| {
                    let method = &chosen.method;
                    let problem = method
                        .problem(&landscape, chosen.constants, &Given::new(), None)
                        .or_else(|| method.misfit(&self.objective(*dimension)))?;
                    // All but the constants are fields of the method itself.
                    let place = match problem.field.as_str() {
                        "constants" => format!("study.methods.{i}"),
                        _ => format!("study.methods.{i}.method"),
                    };
                    Some(problem.within(&place))
                })
            });
            if wrong.is_some() {
                return wrong;
            }
        }
        if let Some(problem) = chosen::repeated(&self.methods) {
            return Some(problem);
        }
        if self.smoothness < 5.0 * self.gamma {
            let complaint = format!(
                "is {}: it must be at least 5γ = {}, the curvature where the quartic takes over",
                self.smoothness,
                5.0 * self.gamma
            );
            return Some(Problem::new("study.smoothness", complaint));
        }
        let depth = self.landscape(2).curvature();
        (self.gamma <= depth).then(|| {
            let complaint = format!(
                "is {}: it must be above √(ρε) = {depth}, or the saddle itself is ε-second-order stationary",
                self.gamma
            );
            Problem::new("study.gamma", complaint)
        })
        .or_else(|| foresight::too_long(self))
    }

    fn subject(&self) -> String {
        let landscape = self.landscape(2);
        format!(
            "a strict saddle with λ₁ = −{}, ℓ = {}, ρ = {}, ε = {}, δ = {}, Δf = {}, κ = ℓ/√(ρε) = {}",
            crate::short(self.gamma),
            crate::short(self.smoothness),
            crate::short(self.hessian_lipschitz),
            crate::short(self.epsilon),
            crate::short(self.delta),
            crate::short(landscape.drop),
            crate::short(landscape.condition())
        )
    }

    fn cases(&self) -> Vec<String> {
        chosen::names(&self.methods)
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let chosen = &self.methods[case];
        let all: Vec<Runs> = self
            .dimensions
            .iter()
            .map(|dimension| self.runs(lab, chosen, *dimension))
            .collect();
        if (lab.interrupted)() {
            return None;
        }
        let ends = || all.iter().flat_map(|runs| &runs.ends);
        let sum = |of: fn(&End) -> u64| ends().map(of).sum::<u64>() as f64;
        let left: usize = all.iter().map(|runs| runs.times.len()).sum();
        let trials = self.runs * self.dimensions.len();
        let asked = ends().filter(|end| ended(end)).count();
        let gradients: Vec<f64> = ends().map(|end| end.counts.gradients as f64).collect();
        let of_run = |name: &str, of: fn(&End) -> u64| {
            let counts: Vec<f64> = ends().map(|end| of(end) as f64).collect();
            crate::about(name, median(&counts), margin(&counts))
        };
        let whole: Vec<(f64, &Vec<f64>)> = self
            .dimensions
            .iter()
            .zip(&all)
            .filter(|(_, runs)| runs.times.len() == self.runs)
            .map(|(dimension, runs)| (*dimension as f64, &runs.times))
            .collect();
        let medians: Vec<f64> = whole.iter().map(|(_, times)| median(times)).collect();
        let foreseen: Vec<f64> = whole
            .iter()
            .filter_map(|(d, _)| foresight::after_a_jump(self, chosen, *d as usize))
            .collect();
        let mut scalars = vec![
            Scalar::exact(LEFT, left as f64),
            Scalar::exact(ASKED, asked as f64),
            Scalar::exact(
                STATIONARY,
                all.iter().map(|runs| runs.stationary).sum::<usize>() as f64,
            ),
            crate::about(SPENT, median(&gradients), margin(&gradients)),
            of_run(JUMPS, |end| end.counts.perturbations),
            of_run(VALUES, |end| end.counts.values),
            Scalar::exact(
                EACH,
                sum(|end| end.counts.gradients) / sum(|end| end.steps).max(1.0),
            ),
            Scalar::exact(LEMMA, sum(|end| end.violations.descent)),
            Scalar::exact(
                HAMILTONIAN,
                sum(|end| end.violations.hamiltonian + end.violations.decrease),
            ),
        ];
        if let Some((_, times)) = whole.first() {
            scalars.push(crate::about(TIME, median(times), margin(times)));
        }
        if whole.len() >= 3 {
            let points = whole
                .iter()
                .flat_map(|(d, times)| times.iter().map(|time| (d.ln(), *time)));
            let points: Vec<(f64, f64)> = points.collect();
            let (fall, error) = slope(&points);
            scalars.push(crate::about(FALL, fall, error));
            if foreseen.len() == whole.len() {
                let logs = whole.iter().map(|(d, _)| d.ln());
                let points: Vec<(f64, f64)> = logs.zip(foreseen.iter().copied()).collect();
                scalars.push(Scalar::exact(FORESEEN, slope(&points).0));
            }
        }
        let share = Share {
            successes: left,
            trials,
        };
        for (dimension, runs) in self.dimensions.iter().zip(&all) {
            scalars.extend([
                Scalar::exact(&at(LEFT, *dimension), runs.times.len() as f64),
                Scalar::exact(&at(STATIONARY, *dimension), runs.stationary as f64),
            ]);
        }
        let mut verdicts = vec![format!("{share} runs left the saddle.")];
        for (number, (dimension, runs)) in self.dimensions.iter().zip(&all).enumerate() {
            if number == 0 || runs.numbers != all[number - 1].numbers {
                verdicts.push(format!("From d = {dimension} on: {}.", runs.numbers.join(", ")));
            }
        }
        let places: Vec<f64> = whole.iter().map(|(d, _)| *d).collect();
        let halves = margins(whole.iter().map(|(_, times)| *times));
        let mut curves = vec![curve(TIME, "d", places.clone(), medians, halves)];
        if foreseen.len() == places.len() && !foreseen.is_empty() {
            let name = format!("{TIME}, by the formula");
            curves.push(curve(&name, "d", places, foreseen, Vec::new()));
        }
        Some(Finding {
            probe: "escape".into(),
            scalars,
            curves,
            verdicts,
            cost: Cost {
                gradients: gradients.iter().sum::<f64>() as usize,
                products: sum(|end| end.counts.products) as usize,
                seconds: clock.elapsed().as_secs_f64(),
            },
            ..Finding::default()
        })
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        verdicts::judge(self, found)
    }

    fn remark(&self, found: &[Finding]) -> Option<String> {
        verdicts::remark(self, found)
    }
}
