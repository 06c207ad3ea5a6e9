//! How saddles are left: by descent, which cannot, and by perturbed descent.

use super::super::moving::{Mover, last, origin};
use super::super::starts::certificate;
use crate::{Spent, curve};
use models::{Points, Precision};
use probes::Curve;
use training::escape::{Constants, End, Given, Goals, Look, Method, Plan, Timing};

/// The most steps for which descent from a saddle is followed. Descent is a function of the point: where a step does not
/// move it, none does.
const STAY: u64 = 500;
/// The most steps of perturbed descent, after which it goes on without perturbations.
const STEPS: u64 = 5000;
/// The share of what a saddle lies above the minimum by which a run must fall to have left it, and above which it has not
/// come down.
const FALL: f64 = 0.01;
/// Steps from a saddle that a figure shows.
const SHOWN: u64 = 500;
/// Perturbed runs from each saddle.
const RUNS: usize = 10;
/// Places of a formula in a figure.
const PLACES: usize = 40;

/// A point with negative curvature.
pub(super) struct Saddle {
    pub at: Vec<f64>,
    pub value: f64,
    /// The smallest eigenvalue, −γ.
    pub lowest: f64,
    /// The size of the computed gradient.
    pub gradient: f64,
    /// The unit vector of the smallest eigenvalue.
    pub direction: Vec<f64>,
}

/// The values of the first of some runs, step after step.
#[derive(Default)]
pub(super) struct Path {
    steps: Vec<f64>,
    values: Vec<f64>,
}

impl Path {
    fn note(&mut self, look: &Look) {
        if look.runs.first() == Some(&0) && look.step <= SHOWN {
            self.steps.push(look.step as f64);
            self.values.push(look.values[0]);
        }
    }

    pub fn curve(&self, name: &str, over: f64) -> Curve {
        let values = self.values.iter().map(|value| value / over).collect();
        curve(name, "step", self.steps.clone(), values, Vec::new())
    }
}

/// Whether descent from a saddle stays there.
pub(super) struct Stay {
    pub stays: bool,
    /// For so many steps.
    pub steps: u64,
}

/// What perturbed runs from a saddle did.
pub(super) struct Gone {
    pub left: usize,
    pub ended: usize,
    pub runs: usize,
}

/// Leaves saddles.
pub(super) struct Leaving<'a> {
    mover: &'a Mover<'a>,
    /// The global minimum, or a bound below it that a certificate proves.
    least: Option<f64>,
    zero: f64,
    /// Where escapes begin, and where they are over: so near that the Hessian is the saddle's, and beyond rounding.
    pub from: f64,
    pub to: f64,
}

impl<'a> Leaving<'a> {
    pub fn new(mover: &'a Mover<'a>) -> Self {
        // The square root of the round-off and its square root.
        let (from, to) = match mover.objective().space().device.precision {
            Precision::F64 => (1e-8, 1e-4),
            Precision::F32 => (3e-4, 2e-2),
        };
        Leaving {
            mover,
            least: mover.built.least().or(mover.proven),
            zero: origin(mover.built),
            from,
            to,
        }
    }

    fn runs(
        &self,
        method: Method,
        starts: &Points,
        (below, steps): (Option<f64>, u64),
        part: &str,
        watch: &mut dyn FnMut(&Look),
    ) -> Vec<End> {
        let plan = Plan {
            tuned: method.tuned(&self.mover.landscape, Constants::Practical, &Given::new()),
            goals: Goals {
                value: below,
                ..Goals::default()
            },
            steps,
            sphere: None,
        };
        let seeds = self.mover.lab.seeds(part, starts.count());
        self.mover.escape(starts, &plan, &seeds, watch)
    }

    fn block(&self, at: &[f64], count: usize) -> Points {
        let device = &self.mover.objective().space().device;
        Points::from_host(at.repeat(count), at.len(), device)
    }

    /// ηγ, by which descent with η = 1/ℓ grows at each step.
    fn growth(&self, gamma: f64) -> f64 {
        gamma / self.mover.landscape.smoothness
    }

    /// Whether descent that begins at the saddle stays there.
    ///
    /// Where the gradient is exactly zero, it does not move at all. Elsewhere each step brings at most the size g of a
    /// rounding, of which (g/γ)((1 + ηγ)^t − 1) has become after t steps: it stays nearer than the end of an escape for
    /// ln(1 + γ·distance/g)/ln(1 + ηγ) steps. A gradient that is more than rounding is none of a saddle.
    pub fn stay(&self, saddle: &Saddle, path: &mut Path, spent: &mut Spent) -> Stay {
        let (gamma, rounding) = (-saddle.lowest, self.mover.rounding);
        let exact = saddle.gradient == 0.0;
        let steps = match exact {
            true => STAY,
            false => ((gamma * self.to / rounding).ln_1p() / self.growth(gamma).ln_1p()) as u64,
        };
        let steps = steps.min(STAY);
        let mut farthest = 0.0f64;
        let starts = self.block(&saddle.at, 1);
        let ends = self.runs(Method::Descent, &starts, (None, steps), "stay", &mut |look| {
            path.note(look);
            let at = look.points.to_host();
            let squares = at.iter().zip(&saddle.at).map(|(x, s)| (x - s).powi(2));
            farthest = crate::largest([farthest, squares.sum::<f64>().sqrt()]);
        });
        spent.add(&ends[0].counts);
        let near = if exact { 0.0 } else { self.to };
        Stay {
            stays: saddle.gradient <= rounding && farthest <= near,
            steps,
        }
    }

    /// The steps of an escape.
    fn foreseen(&self, gamma: f64) -> f64 {
        (self.to / self.from).ln() / self.growth(gamma).ln_1p()
    }

    /// Escape times against γ, in ascending order, and the formula between them.
    pub fn times(&self, times: &[(f64, f64)]) -> Vec<Curve> {
        let ends = times.first().zip(times.last());
        // One place is no curve.
        let Some(((first, _), (last, _))) = ends.filter(|(first, last)| last.0 > 1.01 * first.0) else {
            return Vec::new();
        };
        let place = |k: usize| first + (last - first) * k as f64 / (PLACES - 1) as f64;
        let places: Vec<f64> = (0..PLACES).map(place).collect();
        let formula = places.iter().map(|gamma| self.foreseen(*gamma)).collect();
        let name = format!("steps from {:e} to {:e} beside a saddle", self.from, self.to);
        let along = "−λmin";
        let (gammas, seen) = times.iter().copied().unzip();
        vec![
            curve(&name, along, gammas, seen, Vec::new()),
            curve(&format!("{name}, formula"), along, places, formula, Vec::new()),
        ]
    }

    /// The steps in which the distance along the direction grows from where an escape begins to where it is over, and
    /// those of the formula.
    pub fn escape_time(&self, saddle: &Saddle, spent: &mut Spent) -> (f64, f64) {
        let foreseen = self.foreseen(-saddle.lowest).ceil();
        let pairs = saddle.at.iter().zip(&saddle.direction);
        let start: Vec<f64> = pairs.map(|(x, v)| x + self.from * v).collect();
        let mut time = f64::INFINITY;
        let limits = (None, foreseen as u64 + 100);
        let starts = self.block(&start, 1);
        let ends = self.runs(Method::Descent, &starts, limits, "escape", &mut |look| {
            if time.is_finite() {
                return;
            }
            let at = look.points.to_host();
            let pairs = at.iter().zip(&saddle.at).zip(&saddle.direction);
            let along: f64 = pairs.map(|((x, s), v)| (x - s) * v).sum();
            if along.abs() >= self.to {
                time = look.step as f64;
            }
        });
        spent.add(&ends[0].counts);
        (time, foreseen)
    }

    /// What perturbed runs from the saddle do: by how much they fall, and where descent brings them afterwards.
    pub fn perturbed(&self, saddle: &Saddle, number: usize, path: &mut Path, spent: &mut Spent) -> Gone {
        let method = Method::Perturbed2019 {
            noise: Timing::WhenSmall,
        };
        let height = saddle.value - self.least.unwrap_or(0.0);
        let below = saddle.value - FALL * height;
        // Past all saddles on the way: where it is not known how far down the minimum is, for all steps.
        let down = self.mover.built.least().map(|least| least + FALL * height);
        let starts = self.block(&saddle.at, RUNS);
        let part = format!("perturbed {number}");
        let ends = self.runs(method, &starts, (down, STEPS), &part, &mut |look| path.note(look));
        let left = ends.iter().filter(|end| end.value <= below).count();
        let seeds = self.mover.lab.seeds(&part, RUNS);
        let rough = self.mover.backtracking(&last(&ends), &seeds, &mut |_| ());
        let calm = self.mover.calmed(&last(&rough), &seeds, &mut |_| ());
        *spent = spent.and(Spent::by(ends.iter().chain(&rough).chain(&calm)));
        let small = |gap: f64| gap <= self.mover.study.within * self.zero;
        // Of several bounds below all values the highest counts: those of these ends, too.
        let bounds = calm
            .iter()
            .filter_map(|end| Some(end.value - certificate(self.mover.built, end)?.gap));
        let least = match self.mover.built.least() {
            None => bounds.chain(self.least).reduce(crate::larger),
            known => known,
        };
        let down = |end: &&End| least.is_some_and(|least| small(end.value - least));
        Gone {
            left,
            ended: calm.iter().filter(down).count(),
            runs: RUNS,
        }
    }
}
