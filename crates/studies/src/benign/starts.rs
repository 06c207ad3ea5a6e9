//! Where runs from random starts end.

use super::built::Built;
use super::{Benign, Way};
use crate::second_order::largest_curvature;
use crate::{Lab, Share, curve, largest, median, spread};
use models::analytic::DualCertificate;
use models::{Point, Points, Seed};
use probes::{Cost, Curve, Finding, Scalar, Stationarity};
use training::escape::{Constants, End, Ending, Given, Goals, Landscape, Look, Method, Plan, escape};

pub(super) const REACHED: &str = "runs that reach the minimum";
pub(super) const GAP: &str = "largest gap over f(0)";
pub(super) const CERTIFIED: &str = "runs with a dual certificate";
pub(super) const BELOW: &str = "certificates below the gap";
pub(super) const FOUND: &str = "runs that find M";
pub(super) const ERROR: &str = "largest relative error of M";
pub(super) const STATIONARY: &str = "end points found second-order stationary";
pub(super) const RESTED: &str = "runs that rested at another critical value";
pub(super) const STAY: &str = "most steps at another critical value";
pub(super) const ABOVE: &str = "end points that one more column would lower";
pub(super) const STEPS: &str = "steps";

/// Runs from which the curvature is learned.
const PILOTS: usize = 3;
/// What their largest curvature is multiplied by.
const SAFETY: f64 = 2.0;
/// √(ρε) over ℓ: curvature that small is not left. The certified search can tell it from none.
const FLAT: f64 = 0.02;
/// So near to a critical value, relative to it, a run rests: for this share of its steps, or for so many.
const NEAR: f64 = 1e-6;
pub(super) const PART: f64 = 0.1;
pub(super) const LONG: u64 = 10_000;
/// Points of a figure for each power of ten of steps.
const PER_DECADE: f64 = 20.0;

/// ℓ, ρ and ε as far as some runs have seen them: ℓ is twice the largest curvature where they began and ended, ρ what a
/// polynomial of degree four with that curvature has, 2ℓ/‖θ‖.
pub(super) fn landscape(study: &Benign, built: &Built, lab: &Lab) -> Landscape {
    let objective = built.objective();
    let seeds = lab.seeds("pilots", PILOTS);
    let mut seen: Vec<Point> = seeds.iter().map(|seed| objective.start(*seed)).collect();
    let ends = backtracking(study, built, lab, &Points::of(&seen), &seeds, &mut |_| ());
    let length = |point: &Point| point.to_host().iter().map(|x| x * x).sum::<f64>().sqrt();
    let longest = ends.iter().map(|end| length(&end.point)).fold(0.0, crate::larger);
    seen.extend(ends.into_iter().map(|end| end.point));
    let smoothness = SAFETY * largest_curvature(objective, &seen);
    let hessian_lipschitz = 2.0 * smoothness / longest;
    Landscape {
        smoothness,
        hessian_lipschitz,
        epsilon: (FLAT * smoothness).powi(2) / hessian_lipschitz,
        delta: 0.1,
        drop: origin(built),
        dimension: objective.space().dimension,
    }
}

/// f(0).
pub(super) fn origin(built: &Built) -> f64 {
    let space = built.objective().space();
    let zero = Point::from_host(vec![0.0; space.dimension], &space.device);
    built.objective().value(&zero)
}

/// Descent with backtracking until the gradient is small, or no step lowers the value any more.
fn backtracking(
    study: &Benign,
    built: &Built,
    lab: &Lab,
    starts: &Points,
    seeds: &[Seed],
    watch: &mut dyn FnMut(&Look),
) -> Vec<End> {
    // The first step begins with η = 1 and is shrunk from there.
    let unknown = Landscape {
        smoothness: 1.0,
        hessian_lipschitz: 1.0,
        epsilon: 1.0,
        delta: 0.1,
        drop: 1.0,
        dimension: starts.dimension(),
    };
    let method = Method::Backtracking {
        sufficient: 0.1,
        shrink: 0.5,
    };
    run(study, built, lab, (method, &unknown), starts, seeds, watch)
}

fn run(
    study: &Benign,
    built: &Built,
    lab: &Lab,
    (method, landscape): (Method, &Landscape),
    starts: &Points,
    seeds: &[Seed],
    watch: &mut dyn FnMut(&Look),
) -> Vec<End> {
    let noisy = matches!(method, Method::NoisyDescent { .. });
    let returns = matches!(method, Method::Perturbed2017 { .. });
    let plan = Plan {
        tuned: method.tuned(landscape, Constants::Practical, &Given::new()),
        goals: Goals {
            gradient_norm: (!noisy && !returns).then_some(study.gradient_norm),
            ..Goals::default()
        },
        steps: if noisy { study.noisy_steps } else { study.steps },
        sphere: None,
    };
    escape(built.objective(), starts.clone(), &plan, seeds, &mut |look| {
        watch(look);
        lab.flow()
    })
}

/// The values of all runs at some steps, and how long they rested at critical values.
struct Record {
    offset: u64,
    places: Vec<u64>,
    values: Vec<Vec<f64>>,
    last: Vec<f64>,
    critical: Vec<f64>,
    resting: Vec<u64>,
    longest: Vec<u64>,
}

impl Record {
    fn new(runs: usize, critical: Vec<f64>) -> Self {
        Record {
            offset: 0,
            places: Vec::new(),
            values: Vec::new(),
            last: vec![f64::NAN; runs],
            critical,
            resting: vec![0; runs],
            longest: vec![0; runs],
        }
    }

    /// A step of a run has come to a value.
    fn at(&mut self, run: usize, value: f64) {
        self.last[run] = value;
        let rests = self.critical.iter().any(|c| (value - c).abs() <= NEAR * c);
        self.resting[run] = if rests { self.resting[run] + 1 } else { 0 };
        self.longest[run] = self.longest[run].max(self.resting[run]);
    }

    fn note(&mut self, look: &Look) {
        for (run, value) in look.runs.iter().zip(look.values) {
            self.at(*run, *value);
        }
        let step = self.offset + look.step;
        let due = self.places.last().is_none_or(|last| {
            let next = (*last as f64 * 10f64.powf(1.0 / PER_DECADE)).max(*last as f64 + 1.0);
            step as f64 >= next
        });
        if due {
            self.places.push(step);
            self.values.push(self.last.clone());
        }
    }

    /// The median of the runs' values above a reference and over f(0): its name says which reference.
    fn curve(&self, name: &str, reference: f64, zero: f64) -> Curve {
        let places = self.places.iter().map(|place| *place as f64).collect();
        let above = |values: &Vec<f64>| ((median(values) - reference) / zero).max(FLOOR);
        let medians = self.values.iter().map(above).collect();
        curve(name, "step", places, medians, Vec::new())
    }

    /// How many runs rested at another critical value, of so many steps each.
    fn rested(&self, steps: &[f64]) -> usize {
        let pairs = self.longest.iter().zip(steps);
        let long =
            |(longest, steps): &(&u64, &f64)| **longest as f64 >= (PART * **steps).clamp(1.0, LONG as f64);
        pairs.filter(long).count()
    }

    /// The next phase begins where all runs have ended this one.
    fn next(&mut self, ends: &[End]) {
        self.offset += ends.iter().map(|end| end.steps).max().unwrap_or(0);
        if self.places.last().is_some_and(|last| *last < self.offset) {
            self.places.push(self.offset);
            self.values.push(self.last.clone());
        }
    }
}

/// Runs that have come to rest.
struct Trip {
    ends: Vec<End>,
    record: Record,
    steps: Vec<f64>,
    gradients: u64,
}

/// Runs from random starts by one method, then descent without noise from where it ended.
fn travel(study: &Benign, built: &Built, name: &str, way: Way, landscape: &Landscape, lab: &Lab) -> Trip {
    let objective = built.objective();
    // All methods begin at the same points.
    let seeds = lab.seeds(name, study.runs);
    let starts: Vec<Point> = seeds.iter().map(|seed| objective.start(*seed)).collect();
    let starts = Points::of(&starts);
    let others = built.critical_values().unwrap_or_default();
    let mut record = Record::new(study.runs, others.into_iter().skip(1).collect());
    let (mut steps, mut gradients) = (vec![0.0; study.runs], 0);
    let mut phase = |method: Option<(Method, &Landscape)>, starts: &Points| -> Vec<End> {
        let mut watch = |look: &Look| record.note(look);
        let ends = match method {
            Some(method) => run(study, built, lab, method, starts, &seeds, &mut watch),
            None => backtracking(study, built, lab, starts, &seeds, &mut watch),
        };
        record.next(&ends);
        for (sum, end) in steps.iter_mut().zip(&ends) {
            *sum += end.steps as f64;
            gradients += end.counts.gradients;
        }
        ends
    };
    let last = |ends: &[End]| {
        let point = |end: &End| end.returned.clone().unwrap_or_else(|| end.point.clone());
        Points::of(&ends.iter().map(point).collect::<Vec<Point>>())
    };
    let first = way
        .method()
        .map(|method| last(&phase(Some((method, landscape)), &starts)));
    let rough = phase(None, first.as_ref().unwrap_or(&starts));
    // Where values can no longer tell which step is better, gradients still can. Descent is stable up to η = 2/λmax.
    let calm = Landscape {
        smoothness: landscape.smoothness / SAFETY,
        ..*landscape
    };
    let ends = phase(Some((Method::Descent, &calm)), &last(&rough));
    Trip {
        ends,
        record,
        steps,
        gradients,
    }
}

/// Where runs from random starts by one method end.
pub(super) fn look(study: &Benign, built: &Built, name: &str, way: Way, lab: &Lab) -> Finding {
    let landscape = landscape(study, built, lab);
    let trip = travel(study, built, name, way, &landscape, lab);
    let (zero, least) = (origin(built), built.least());
    let small = |gap: f64| gap <= study.within * zero;
    // A certificate of what is no number would be none.
    let sound = |end: &&End| end.ending != Ending::Diverged && end.value.is_finite();
    let certified = trip.ends.iter().filter(sound);
    let certified: Vec<(&End, DualCertificate)> = certified
        .filter_map(|end| Some((end, built.certificate(&end.point)?)))
        .collect();
    let gaps: Vec<f64> = match least {
        Some(least) => trip.ends.iter().map(|end| end.value - least).collect(),
        None => certified.iter().map(|(_, certificate)| certificate.gap).collect(),
    };
    let share = Share {
        successes: gaps.iter().filter(|gap| small(**gap)).count(),
        trials: study.runs,
    };
    let stationary = stationary(lab, built, &landscape, &trip.ends);
    let mut finding = Finding {
        scalars: vec![
            Scalar::exact(REACHED, share.successes as f64),
            Scalar::exact(GAP, largest(gaps.iter().copied()) / zero),
            crate::about(STEPS, median(&trip.steps), spread(&trip.steps)),
            Scalar::exact(STATIONARY, stationary as f64),
        ],
        verdicts: vec![format!(
            "{share} runs end within {:e}·f(0) of the global minimum.",
            study.within
        )],
        cost: Cost {
            gradients: trip.gradients as usize,
            ..Cost::default()
        },
        ..Finding::default()
    };
    if !certified.is_empty() {
        let proven = certified.iter().filter(|(_, it)| small(it.gap)).count();
        finding.scalars.push(Scalar::exact(CERTIFIED, proven as f64));
        if let Some(least) = least {
            let below = |(end, it): &&(&End, DualCertificate)| it.gap < end.value - least - ROUNDING * zero;
            let below = certified.iter().filter(below).count();
            finding.scalars.push(Scalar::exact(BELOW, below as f64));
        }
        let lower = certified.iter().filter(|(_, it)| it.smallest < NEGATIVE).count();
        finding.scalars.push(Scalar::exact(ABOVE, lower as f64));
        let smallest = |proven: bool| {
            let some = certified.iter().filter(move |(_, it)| small(it.gap) == proven);
            some.map(|(_, it)| it.smallest)
        };
        if proven > 0 {
            finding.verdicts.push(format!(
                "{proven} are proven to be by their dual certificates; the smallest eigenvalue of a Γ is {:.1e}.",
                smallest(true).fold(f64::INFINITY, f64::min)
            ));
        }
        if proven < certified.len() {
            finding.verdicts.push(format!(
                "In {} the smallest eigenvalue of Γ is {:.1e} or less: where it is negative, one more column would lower the \
                 value.",
                certified.len() - proven,
                smallest(false).fold(f64::NEG_INFINITY, f64::max)
            ));
        }
    }
    if let Some(within) = built.found_within() {
        let errors: Vec<f64> = trip
            .ends
            .iter()
            .filter_map(|end| built.error(&end.point))
            .collect();
        let found = errors.iter().filter(|error| **error <= within).count();
        let largest = largest(errors);
        finding
            .scalars
            .extend([Scalar::exact(FOUND, found as f64), Scalar::exact(ERROR, largest)]);
        finding.verdicts.push(format!(
            "{found} of {} find M to {within:.0e}; the largest relative error is {largest:.1e}.",
            study.runs
        ));
    }
    if let Some(problem) = built.undetermined() {
        finding.verdicts.push(format!("M is not determined: {problem}."));
    }
    let record = &trip.record;
    if !record.critical.is_empty() {
        finding
            .scalars
            .push(Scalar::exact(RESTED, record.rested(&trip.steps) as f64));
        let longest = record.longest.iter().max().copied().unwrap_or(0);
        finding.scalars.push(Scalar::exact(STAY, longest as f64));
    }
    let (name, reference) = match least {
        Some(least) => ("median gap over f(0)", least),
        None => {
            let values = trip.ends.iter().map(|end| end.value);
            let lowest = values.fold(f64::INFINITY, f64::min);
            ("median above the lowest end over f(0)", lowest)
        }
    };
    finding.curves = vec![record.curve(name, reference, zero)];
    finding
}

/// λmin(Γ) of a global minimum is zero up to what is left of the gradient; below this it is negative.
const NEGATIVE: f64 = -1e-6;
/// By so much of f(0) rounding can put a certificate below the gap.
const ROUNDING: f64 = 1e-12;
/// The least gap over f(0) that a figure shows.
const FLOOR: f64 = 1e-16;

/// How many end points the certified search finds second-order stationary.
///
/// It takes most of the time of a study: some hundredths of a second for each, where descent moves all runs together.
fn stationary(lab: &Lab, built: &Built, landscape: &Landscape, ends: &[End]) -> usize {
    let says = |end: &&End| Stationarity::holds(&lab.second_order(built.objective(), &end.point, landscape));
    let going = ends.iter().take_while(|_| !(lab.interrupted)());
    going.filter(says).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 200 steps one run spends none at another critical value, one 10, one 40, and one 40 but not in a row; and one has
    /// a million steps and stays for 10,000.
    #[test]
    fn a_run_that_stays_at_another_critical_value_rests() {
        let mut record = Record::new(5, vec![2.0]);
        let mut stay = |run: usize, steps: u64| {
            (0..steps).for_each(|_| record.at(run, 2.0 * (1.0 + 1e-7)));
            record.at(run, 1.0);
        };
        // Four short stays are no long one.
        for (run, steps) in [(1, 10), (2, 40), (3, 10), (3, 10), (3, 10), (3, 10), (4, 10_000)] {
            stay(run, steps);
        }
        record.at(0, 2.0 * (1.0 + 1e-5));
        assert_eq!(record.longest, [0, 10, 40, 10, 10_000]);
        assert_eq!(record.rested(&[200.0, 200.0, 200.0, 200.0, 1e6]), 2);
    }
}
