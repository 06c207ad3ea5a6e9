//! Where runs from random starts end.

use super::built::Built;
use super::moving::{Mover, last, origin};
use super::record::Record;
use super::{Benign, Way};
use crate::{LARGE, Lab, Share, Spent, largest, margin, median};
use models::analytic::DualCertificate;
use models::{Point, Points};
use probes::{Finding, Scalar, Stationarity};
use training::escape::{End, Ending, Landscape};

pub(super) const REACHED: &str = "runs that reach the minimum";
pub(super) const GAP: &str = "largest gap over f(0)";
pub(super) const CERTIFIED: &str = "runs with a dual certificate";
pub(super) const SURE: &str = "gap over f(0) that certificates prove";
pub(super) const BELOW: &str = "certificates below the gap";
pub(super) const FOUND: &str = "runs that find M";
pub(super) const ERROR: &str = "largest relative error of M";
pub(super) const STATIONARY: &str = "end points found second-order stationary";
pub(super) const RESTED: &str = "runs that rested at another critical value";
pub(super) const STAY: &str = "most steps at another critical value";
pub(super) const ABOVE: &str = "end points that one more column would lower";
pub(super) const STEPS: &str = "steps";

/// Runs that have come to rest.
struct Trip {
    ends: Vec<End>,
    record: Record,
    steps: Vec<f64>,
    spent: Spent,
}

/// Runs from random starts by one method, then descent without noise from where it ended.
fn travel(mover: &Mover, name: &str, way: Way) -> Trip {
    let (objective, runs) = (mover.objective(), mover.study.runs);
    // All methods begin at the same points.
    let seeds = mover.lab.seeds(name, runs);
    let starts: Vec<Point> = seeds.iter().map(|seed| objective.start(*seed)).collect();
    let starts = Points::of(&starts);
    let others = mover.built.critical_values().unwrap_or_default();
    let mut record = Record::new(runs, others.into_iter().skip(1).collect());
    let (mut steps, mut spent) = (vec![0.0; runs], Spent::default());
    let mut account = |record: &mut Record, ends: &[End]| {
        record.next(ends);
        for (sum, end) in steps.iter_mut().zip(ends) {
            *sum += end.steps as f64;
            spent.add(&end.counts);
        }
    };
    let mut from = starts;
    if let Some(method) = way.method() {
        let ends = mover.by(method, &from, &seeds, &mut |look| record.note(look));
        account(&mut record, &ends);
        from = last(&ends);
    }
    let rough = mover.backtracking(&from, &seeds, &mut |look| record.note(look));
    account(&mut record, &rough);
    let ends = mover.calmed(&last(&rough), &seeds, &mut |look| record.note(look));
    account(&mut record, &ends);
    Trip {
        ends,
        record,
        steps,
        spent,
    }
}

/// Where runs from random starts by one method end.
pub(super) fn look(study: &Benign, built: &Built, name: &str, way: Way, lab: &Lab) -> Finding {
    let mover = Mover::new(study, built, lab);
    let trip = travel(&mover, name, way);
    let (zero, least) = (origin(built), built.least());
    let small = |gap: f64| gap <= study.within * zero;
    let certified: Vec<(&End, DualCertificate)> = trip
        .ends
        .iter()
        .filter_map(|end| Some((end, certificate(built, end)?)))
        .collect();
    let gaps: Vec<f64> = match least {
        Some(least) => trip.ends.iter().map(|end| end.value - least).collect(),
        None => certified.iter().map(|(_, certificate)| certificate.gap).collect(),
    };
    let share = Share {
        successes: gaps.iter().filter(|gap| small(**gap)).count(),
        trials: study.runs,
    };
    let stationary = stationary(lab, built, &mover.landscape, &trip.ends);
    let mut finding = Finding {
        scalars: vec![
            Scalar::exact(REACHED, share.successes as f64),
            Scalar::exact(GAP, largest(gaps.iter().copied()) / zero),
            crate::about(STEPS, median(&trip.steps), margin(&trip.steps)),
            Scalar::exact(STATIONARY, stationary as f64),
        ],
        verdicts: vec![format!(
            "{share} runs end within {:e}·f(0) of the global minimum.",
            study.within
        )],
        cost: trip.spent.cost(),
        ..Finding::default()
    };
    finding.scalars.extend(trip.spent.scalars());
    if !certified.is_empty() {
        // Γ is of first order in the roundings of the point.
        let rounding = ROUND_OFFS * mover.round_off();
        let sure = study.within.max(rounding);
        let proves = |it: &DualCertificate| it.gap <= sure * zero;
        let proven = certified.iter().filter(|(_, it)| proves(it)).count();
        finding
            .scalars
            .extend([Scalar::exact(CERTIFIED, proven as f64), Scalar::exact(SURE, sure)]);
        if let Some(least) = least {
            let slack = ROUNDING.max(rounding) * zero;
            let below = |(end, it): &&(&End, DualCertificate)| it.gap < end.value - least - slack;
            let below = certified.iter().filter(below).count();
            finding.scalars.push(Scalar::exact(BELOW, below as f64));
        }
        let lower = certified.iter().filter(|(_, it)| it.smallest < NEGATIVE).count();
        finding.scalars.push(Scalar::exact(ABOVE, lower as f64));
        let smallest = |proven: bool| {
            let some = certified.iter().filter(move |(_, it)| proves(it) == proven);
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

/// The dual certificate at an end, where there is one: one of what is no number would be none.
pub(super) fn certificate(built: &Built, end: &End) -> Option<DualCertificate> {
    let sound = end.ending != Ending::Diverged && end.value.is_finite();
    sound.then(|| built.certificate(&end.point)).flatten()
}

/// λmin(Γ) of a global minimum is zero up to what is left of the gradient; below this it is negative.
const NEGATIVE: f64 = -1e-6;
/// By so much of f(0) rounding can put a certificate below the gap, and by so many round-offs of f(0) in f32.
const ROUNDING: f64 = 1e-12;
const ROUND_OFFS: f64 = 64.0;

/// How many end points the certified search finds second-order stationary.
///
/// It takes most of the time of a study: some hundredths of a second for each, where descent moves all runs together.
fn stationary(lab: &Lab, built: &Built, landscape: &Landscape, ends: &[End]) -> usize {
    let objective = built.objective();
    let says = |end: &End| Stationarity::holds(&lab.second_order(objective, &end.point, landscape));
    let found = match objective.space().dimension >= LARGE {
        // Threads share each product.
        true => ends
            .iter()
            .map(|end| (!(lab.interrupted)()).then(|| says(end)))
            .collect(),
        false => lab.on_all_cores(ends, says),
    };
    found.into_iter().filter(|holds| *holds == Some(true)).count()
}
