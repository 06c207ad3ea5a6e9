//! Planted saddles: their spectra against the formulas, and how they are left.

use super::Benign;
use super::built::Built;
use super::starts::landscape;
use crate::second_order::hessian;
use crate::{Lab, Share, curve, largest};
use models::{CriticalPoint, Objective, Point, Points};
use probes::{Cost, Curve, Finding, Scalar};
use spectra::{Eigen, eigen};
use training::escape::{Constants, End, Given, Goals, Landscape, Look, Method, Plan, Timing, escape};

pub(super) const POINTS: &str = "critical points";
pub(super) const STRICT: &str = "with negative curvature";
pub(super) const SPECTRUM: &str = "largest error of an eigenvalue, relative";
pub(super) const VALUE: &str = "largest error of a value, relative";
pub(super) const EXACT: &str = "saddles with a gradient of exactly zero";
pub(super) const KEPT: &str = "of these, descent stays at";
pub(super) const APART: &str = "largest difference to the escape time, in steps";
pub(super) const LEFT: &str = "perturbed runs that leave";
pub(super) const TRIALS: &str = "perturbed runs";

/// Where escapes begin, and where they are over: so near that the Hessian is the saddle's.
const FROM: f64 = 1e-8;
const TO: f64 = 1e-4;
/// Steps for which descent from a saddle is followed.
const STAY: u64 = 5000;
/// The share of what a saddle lies above the minimum by which a run must fall to have left it.
const FALL: f64 = 0.01;
/// Steps from a saddle that a figure shows.
const SHOWN: u64 = 500;
/// Perturbed runs from each saddle.
const RUNS: usize = 10;
/// Places of a formula in a figure.
const PLACES: usize = 40;

/// A point with negative curvature, and the direction of its smallest eigenvalue.
struct Saddle<'a> {
    point: &'a CriticalPoint,
    direction: Vec<f64>,
    /// A value below which it has been left.
    below: f64,
}

/// The values of the first of some runs, step after step.
#[derive(Default)]
struct Way {
    steps: Vec<f64>,
    values: Vec<f64>,
}

impl Way {
    fn note(&mut self, look: &Look) {
        if look.runs.first() == Some(&0) && look.step <= SHOWN {
            self.steps.push(look.step as f64);
            self.values.push(look.values[0]);
        }
    }

    fn curve(&self, name: &str, over: f64) -> Curve {
        let values = self.values.iter().map(|value| value / over).collect();
        curve(name, "step", self.steps.clone(), values, Vec::new())
    }
}

struct Looker<'a> {
    lab: &'a Lab<'a>,
    objective: &'a dyn Objective,
    landscape: Landscape,
}

pub(super) fn look(study: &Benign, built: &Built, lab: &Lab) -> Finding {
    let looker = Looker {
        lab,
        objective: built.objective(),
        landscape: landscape(study, built, lab),
    };
    let known = built.critical();
    let size = |numbers: &[f64]| numbers.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    // Where every Hessian is zero, errors are held against curvature elsewhere.
    let scale = match known
        .iter()
        .map(|point| size(&point.spectrum))
        .fold(0.0, crate::larger)
    {
        0.0 => looker.landscape.smoothness,
        scale => scale,
    };
    let height = known
        .iter()
        .map(|point| point.value.abs())
        .fold(0.0, crate::larger);
    let least = built.least().unwrap_or(0.0);
    let (mut spectrum_off, mut value_off) = (0.0f64, 0.0f64);
    let (mut exact, mut kept, mut adrift, mut strict) = (0, 0, 0, 0);
    let (mut left, mut trials, mut apart) = (0, 0, 0.0f64);
    let mut times: Vec<(f64, f64)> = Vec::new();
    let mut spent = Cost::default();
    let mut pictures = Vec::new();
    for point in &known {
        let at = Point::from_host(point.at.clone(), &looker.objective.space().device);
        let found: Eigen = eigen(&hessian(looker.objective, &at));
        spent.products += point.at.len();
        let pairs = found.values.iter().zip(&point.spectrum);
        let errors = pairs.map(|(a, b)| (a - b).abs() / scale);
        spectrum_off = largest(errors.chain([spectrum_off]));
        value_off = largest([
            value_off,
            (looker.objective.value(&at) - point.value).abs() / height,
        ]);
        if point.spectrum[0] >= 0.0 {
            continue;
        }
        strict += 1;
        let saddle = Saddle {
            point,
            direction: (0..point.at.len()).map(|i| found.vectors[(i, 0)]).collect(),
            below: point.value - FALL * (point.value - least),
        };
        let (mut plain, mut jumps) = (Way::default(), Way::default());
        let stays = !looker.leaves_by_itself(&saddle, &mut plain, &mut spent);
        let (gone, all) = looker.perturbed(&saddle, strict, &mut jumps, &mut spent);
        (left, trials) = (left + gone, trials + all);
        if looker.objective.slope(&at).gradient.norms()[0] == 0.0 {
            exact += 1;
            kept += usize::from(stays);
            if pictures.is_empty() {
                let name = "value over that of the saddle where it begins";
                let zero = looker.objective.value(&at);
                pictures = vec![
                    plain.curve(name, zero),
                    jumps.curve(&format!("{name}, perturbed"), zero),
                ];
            }
        } else {
            adrift += usize::from(!stays);
        }
        let (time, foreseen) = looker.escape_time(&saddle, &mut spent);
        apart = largest([apart, (time - foreseen).abs()]);
        times.push((-point.spectrum[0], time));
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut curves = looker.times(&times);
    curves.extend(pictures);
    let share = Share {
        successes: left,
        trials,
    };
    let mut verdicts = vec![format!(
        "Of {} critical points {strict} have negative curvature.",
        known.len()
    )];
    if strict > 0 {
        verdicts.push(format!(
            "Perturbed descent leaves them in {share} runs, descent from a gradient of exactly zero leaves {} of {exact}.",
            exact - kept
        ));
    }
    if strict > exact {
        verdicts.push(format!(
            "At the {} others rounding leaves a gradient, and carries descent away from {adrift} of them within {STAY} steps.",
            strict - exact
        ));
    }
    Finding {
        scalars: vec![
            Scalar::exact(POINTS, known.len() as f64),
            Scalar::exact(STRICT, strict as f64),
            Scalar::exact(SPECTRUM, spectrum_off),
            Scalar::exact(VALUE, value_off),
            Scalar::exact(EXACT, exact as f64),
            Scalar::exact(KEPT, kept as f64),
            Scalar::exact(APART, apart),
            Scalar::exact(LEFT, left as f64),
            Scalar::exact(TRIALS, trials as f64),
        ],
        curves,
        verdicts,
        cost: spent,
        ..Finding::default()
    }
}

impl Looker<'_> {
    fn runs(
        &self,
        method: Method,
        starts: Points,
        (below, steps): (Option<f64>, u64),
        part: &str,
        watch: &mut dyn FnMut(&Look),
    ) -> Vec<End> {
        let plan = Plan {
            tuned: method.tuned(&self.landscape, Constants::Practical, &Given::new()),
            goals: Goals {
                value: below,
                ..Goals::default()
            },
            steps,
            sphere: None,
        };
        let seeds = self.lab.seeds(part, starts.count());
        escape(self.objective, starts, &plan, &seeds, &mut |look| {
            watch(look);
            self.lab.flow()
        })
    }

    fn block(&self, at: &[f64], count: usize) -> Points {
        Points::from_host(at.repeat(count), at.len(), &self.objective.space().device)
    }

    /// Whether descent that begins at the saddle leaves it.
    fn leaves_by_itself(&self, saddle: &Saddle, way: &mut Way, spent: &mut Cost) -> bool {
        let starts = self.block(&saddle.point.at, 1);
        let limits = (Some(saddle.below), STAY);
        let ends = self.runs(Method::Descent, starts, limits, "stay", &mut |look| {
            way.note(look)
        });
        spent.gradients += ends[0].counts.gradients as usize;
        ends[0].value <= saddle.below
    }

    /// ln(1e4)/ln(1 + ηγ).
    fn foreseen(&self, gamma: f64) -> f64 {
        (TO / FROM).ln() / (gamma / self.landscape.smoothness).ln_1p()
    }

    /// Escape times against γ, in ascending order, and the formula between them.
    fn times(&self, times: &[(f64, f64)]) -> Vec<Curve> {
        let ends = times.first().zip(times.last());
        // One place is no curve.
        let Some(((first, _), (last, _))) = ends.filter(|(first, last)| last.0 > 1.01 * first.0) else {
            return Vec::new();
        };
        let place = |k: usize| first + (last - first) * k as f64 / (PLACES - 1) as f64;
        let places: Vec<f64> = (0..PLACES).map(place).collect();
        let formula = places.iter().map(|gamma| self.foreseen(*gamma)).collect();
        let (name, along) = ("steps from 1e-8 to 1e-4 beside a saddle", "−λmin");
        let (gammas, seen) = times.iter().copied().unzip();
        vec![
            curve(name, along, gammas, seen, Vec::new()),
            curve(&format!("{name}, formula"), along, places, formula, Vec::new()),
        ]
    }

    /// The steps in which the distance along the direction grows from 1e-8 to 1e-4, and those of the formula.
    fn escape_time(&self, saddle: &Saddle, spent: &mut Cost) -> (f64, f64) {
        let foreseen = self.foreseen(-saddle.point.spectrum[0]).ceil();
        let pairs = saddle.point.at.iter().zip(&saddle.direction);
        let start: Vec<f64> = pairs.map(|(x, v)| x + FROM * v).collect();
        let mut time = f64::INFINITY;
        let limits = (None, foreseen as u64 + 100);
        let ends = self.runs(
            Method::Descent,
            self.block(&start, 1),
            limits,
            "escape",
            &mut |look| {
                let at = look.points.to_host();
                let pairs = at.iter().zip(&saddle.point.at).zip(&saddle.direction);
                let along: f64 = pairs.map(|((x, s), v)| (x - s) * v).sum();
                if along.abs() >= TO {
                    time = time.min(look.step as f64);
                }
            },
        );
        spent.gradients += ends[0].counts.gradients as usize;
        (time, foreseen)
    }

    /// How many perturbed runs from the saddle leave it, and how many there were.
    fn perturbed(&self, saddle: &Saddle, number: usize, way: &mut Way, spent: &mut Cost) -> (usize, usize) {
        let method = Method::Perturbed2019 {
            noise: Timing::WhenSmall,
        };
        let limits = (Some(saddle.below), STAY);
        let starts = self.block(&saddle.point.at, RUNS);
        let ends = self.runs(
            method,
            starts,
            limits,
            &format!("perturbed {number}"),
            &mut |look| way.note(look),
        );
        spent.gradients += crate::gradients(&ends);
        let left = ends.iter().filter(|end| end.value <= saddle.below).count();
        (left, RUNS)
    }
}
