//! Planted saddles: their spectra against the formulas, and how they are left.

mod leaving;

use super::Benign;
use super::built::Built;
use super::moving::Mover;
use crate::second_order::Curvatures;
use crate::{Lab, Share, Spent, larger, largest};
use leaving::{Leaving, Path, Saddle};
use models::{Point, Precision};
use probes::{Curve, Finding, Scalar};

pub(super) const POINTS: &str = "critical points";
pub(super) const STRICT: &str = "with negative curvature";
pub(super) const WHOLE: &str = "eigenvalues compared at each";
pub(super) const SPECTRUM: &str = "largest error of an eigenvalue, relative";
pub(super) const VALUE: &str = "largest error of a value, relative";
pub(super) const ALLOWED: &str = "allowed error, relative";
pub(super) const EXACT: &str = "saddles with a gradient of exactly zero";
pub(super) const GRADIENT: &str = "largest gradient at a saddle over what rounding explains";
pub(super) const STAYED: &str = "saddles at which descent stays";
pub(super) const FOLLOWED: &str = "fewest steps for which that was followed";
pub(super) const AWAY: &str = "allowed distance from a saddle";
pub(super) const APART: &str = "largest difference to the escape time, in steps";
pub(super) const BESIDE: &str = "distance from which escapes begin";
pub(super) const LEFT: &str = "perturbed runs that leave";
pub(super) const ENDED: &str = "perturbed runs that end at the global minimum";
pub(super) const TRIALS: &str = "perturbed runs";

/// The allowed error of eigenvalues and values relative to the largest.
fn allowed(precision: Precision) -> f64 {
    match precision {
        Precision::F64 => 1e-9,
        Precision::F32 => 1e-5,
    }
}

pub(super) fn look(study: &Benign, built: &Built, lab: &Lab) -> Finding {
    let mover = Mover::new(study, built, lab);
    let objective = mover.objective();
    let known = built.critical();
    let size = |numbers: &[f64]| numbers.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    // Where every Hessian is zero, errors are held against curvature elsewhere.
    let scale = match known.iter().map(|point| size(&point.spectrum)).fold(0.0, larger) {
        0.0 => mover.landscape.smoothness,
        scale => scale,
    };
    let height = known.iter().map(|point| point.value.abs()).fold(0.0, larger);
    let leaving = Leaving::new(&mover);
    let (mut spectrum_off, mut value_off, mut compared) = (0.0f64, 0.0f64, usize::MAX);
    let (mut exact, mut stayed, mut strict) = (0, 0, 0);
    let (mut gradient, mut followed) = (0.0f64, u64::MAX);
    let (mut left, mut ended, mut trials, mut apart) = (0, 0, 0, 0.0f64);
    let mut times: Vec<(f64, f64)> = Vec::new();
    let mut spent = Spent::default();
    let mut pictures: Option<(bool, Vec<Curve>)> = None;
    for point in &known {
        if (lab.interrupted)() {
            break;
        }
        let at = Point::from_host(point.at.clone(), &objective.space().device);
        let found = Curvatures::at(lab, objective, &at);
        spent.multiplied(found.products);
        compared = compared.min(found.values.len());
        spectrum_off = largest([spectrum_off, found.distance(&point.spectrum) / scale]);
        let zero = objective.value(&at);
        value_off = largest([value_off, (zero - point.value).abs() / height]);
        if point.spectrum[0] >= 0.0 {
            continue;
        }
        strict += 1;
        let saddle = Saddle {
            // As the device holds it.
            at: at.to_host(),
            value: point.value,
            lowest: point.spectrum[0],
            gradient: objective.slope(&at).gradient.norms()[0],
            direction: found.lowest,
        };
        let (mut plain, mut jumps) = (Path::default(), Path::default());
        let stay = leaving.stay(&saddle, &mut plain, &mut spent);
        stayed += usize::from(stay.stays);
        followed = followed.min(stay.steps);
        exact += usize::from(saddle.gradient == 0.0);
        gradient = largest([gradient, saddle.gradient / mover.rounding]);
        let gone = leaving.perturbed(&saddle, strict, &mut jumps, &mut spent);
        (left, ended, trials) = (left + gone.left, ended + gone.ended, trials + gone.runs);
        let sharp = saddle.gradient == 0.0;
        if pictures.as_ref().is_none_or(|(already, _)| sharp && !already) {
            let name = "value over that of the saddle where it begins";
            let curves = vec![
                plain.curve(name, zero),
                jumps.curve(&format!("{name}, perturbed"), zero),
            ];
            pictures = Some((sharp, curves));
        }
        let (time, foreseen) = leaving.escape_time(&saddle, &mut spent);
        apart = largest([apart, (time - foreseen).abs()]);
        times.push((-saddle.lowest, time));
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut curves = leaving.times(&times);
    curves.extend(pictures.into_iter().flat_map(|(_, curves)| curves));
    let share = Share {
        successes: ended,
        trials,
    };
    let mut verdicts = vec![format!(
        "Of {} critical points {strict} have negative curvature.",
        known.len()
    )];
    if strict > 0 {
        verdicts.push(format!(
            "Descent from the saddle stays at {stayed} of them, at {exact} because the gradient is exactly zero; perturbed \
             descent from there ends at the global minimum in {share} runs."
        ));
    }
    let mut finding = Finding {
        scalars: vec![
            Scalar::exact(POINTS, known.len() as f64),
            Scalar::exact(STRICT, strict as f64),
            Scalar::exact(WHOLE, compared as f64),
            Scalar::exact(SPECTRUM, spectrum_off),
            Scalar::exact(VALUE, value_off),
            Scalar::exact(ALLOWED, allowed(objective.space().device.precision)),
        ],
        curves,
        verdicts,
        cost: spent.cost(),
        ..Finding::default()
    };
    if strict > 0 {
        finding.scalars.extend([
            Scalar::exact(EXACT, exact as f64),
            Scalar::exact(GRADIENT, gradient),
            Scalar::exact(STAYED, stayed as f64),
            Scalar::exact(FOLLOWED, followed as f64),
            Scalar::exact(AWAY, leaving.to),
            Scalar::exact(APART, apart),
            Scalar::exact(BESIDE, leaving.from),
            Scalar::exact(LEFT, left as f64),
            Scalar::exact(ENDED, ended as f64),
            Scalar::exact(TRIALS, trials as f64),
        ]);
        finding.scalars.extend(spent.scalars());
    }
    finding
}
