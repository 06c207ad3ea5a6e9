//! Networks from small weights: at which values descent stays for a while.

use super::{Plateaus, TEACHER, widths};
use crate::second_order::largest_curvature;
use crate::{Lab, Share, Spent, curve, largest};
use models::analytic::DeepLinear;
use models::{Device, Objective, Point, Points, Precision, Seed};
use probes::{Curve, Finding, Scalar};
use training::escape::{Constants, End, Given, Goals, Landscape, Look, Method, Plan, escape};

pub(super) const PLATEAUS: &str = "plateaus";
pub(super) const ON: &str = "plateaus on a predicted value";
pub(super) const OFF: &str = "largest distance to a predicted value, relative";
pub(super) const ENDED: &str = "runs that end at the minimum";
pub(super) const BETWEEN: &str = "runs with a plateau between the first and the last";

/// So little a value changes along a plateau, relative to it; so long a plateau is, as a factor of the steps made.
const FLAT: f64 = 1e-4;
const LONG: f64 = 1.1;
/// So near to a predicted value, relative to it, a plateau lies on it.
const NEAR: f64 = 1e-4;
/// Looks for each power of ten of steps.
const PER_DECADE: f64 = 400.0;
/// ‖∇L‖ at which a run has come to rest, and the gap over L(0) of the minimum.
const REST: f64 = 1e-9;
const NONE: f64 = 1e-9;
/// What the largest curvature at the minimum is multiplied by.
const SAFETY: f64 = 2.0;
/// Predicted values that a figure has room for.
const SHOWN: usize = 5;

/// One look at a run.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Moment {
    step: f64,
    value: f64,
    gradient_norm: f64,
}

pub(super) fn look(study: &Plateaus, hidden: &[usize], lab: &Lab) -> Finding {
    let network = TEACHER
        .network(hidden, lab.seed, &Device::cpu(Precision::F64))
        .expect("the settings are checked");
    let predicted = network.critical_values().expect("there are few outputs");
    let (least, zero) = (predicted[0], predicted[predicted.len() - 1]);
    let seeds = lab.seeds(&widths(hidden), study.network_runs);
    let device = &network.space().device;
    let scale = if hidden.len() > 2 {
        study.deep_scale
    } else {
        study.scale
    };
    let start = |seed: &Seed| {
        let numbers = network.start(*seed).to_host();
        let small = numbers.into_iter().map(|x| scale * x).collect();
        Point::from_host(small, device)
    };
    let starts: Vec<Point> = seeds.iter().map(start).collect();
    let curvature = pilot(study, &network, &starts[..1], &seeds[..1], lab);
    let mut moments: Vec<Vec<Moment>> = vec![Vec::new(); starts.len()];
    let mut next = 0.0;
    let plan = (Method::Descent, SAFETY * curvature);
    let ends = run(study, &network, plan, &starts, &seeds, lab, &mut |look| {
        let step = look.step as f64;
        if step < next {
            return;
        }
        next = (step * 10f64.powf(1.0 / PER_DECADE)).max(step + 1.0);
        for ((run, value), gradient_norm) in look.runs.iter().zip(look.values).zip(look.gradient_norms) {
            moments[*run].push(Moment {
                step,
                value: *value,
                gradient_norm: *gradient_norm,
            });
        }
    });
    let nearest = |value: f64| {
        let distance = |c: &&f64| (*c - value).abs();
        let found = predicted
            .iter()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)));
        *found.expect("there is a critical value")
    };
    let found: Vec<Vec<f64>> = moments.iter().map(|moments| plateaus(moments)).collect();
    let all: Vec<f64> = found.iter().flatten().copied().collect();
    let distances = all.iter().map(|value| (value / nearest(*value) - 1.0).abs());
    let off = largest(distances.clone());
    let share = Share {
        successes: distances.filter(|distance| *distance <= NEAR).count(),
        trials: all.len(),
    };
    let stays = |found: &[f64]| -> Vec<f64> {
        let values = found.iter().map(|value| nearest(*value));
        values.filter(|value| *value != least && *value != zero).collect()
    };
    let between = found.iter().filter(|found| !stays(found).is_empty()).count();
    let ended = ends.iter().filter(|end| end.value - least <= NONE * zero).count();
    let spent = Spent::by(&ends);
    let mut finding = Finding {
        scalars: vec![
            Scalar::exact(PLATEAUS, all.len() as f64),
            Scalar::exact(ON, share.successes as f64),
            Scalar::exact(OFF, off),
            Scalar::exact(BETWEEN, between as f64),
            Scalar::exact(ENDED, ended as f64),
        ],
        curves: stairs(&moments[0], &stays(&found[0])),
        verdicts: vec![format!(
            "{share} plateaus lie on a predicted critical value; {between} of {runs} runs have one between that of the origin and \
             the minimum, and {ended} end there.",
            runs = starts.len()
        )],
        cost: spent.cost(),
        ..Finding::default()
    };
    finding.scalars.extend(spent.scalars());
    finding
}

/// The largest curvature where descent with backtracking ends from these starts.
fn pilot(study: &Plateaus, network: &DeepLinear, starts: &[Point], seeds: &[Seed], lab: &Lab) -> f64 {
    let method = Method::Backtracking {
        sufficient: 0.1,
        shrink: 0.5,
    };
    let ends = run(study, network, (method, 1.0), starts, seeds, lab, &mut |_| ());
    let points: Vec<Point> = ends.into_iter().map(|end| end.point).collect();
    largest_curvature(network, &points)
}

fn run(
    study: &Plateaus,
    network: &DeepLinear,
    (method, smoothness): (Method, f64),
    starts: &[Point],
    seeds: &[Seed],
    lab: &Lab,
    watch: &mut dyn FnMut(&Look),
) -> Vec<End> {
    // Descent asks for ℓ alone.
    let landscape = Landscape {
        smoothness,
        hessian_lipschitz: smoothness,
        epsilon: smoothness.min(1.0),
        delta: 0.1,
        drop: 1.0,
        dimension: network.space().dimension,
    };
    let plan = Plan {
        tuned: method.tuned(&landscape, Constants::Practical, &Given::new()),
        goals: Goals {
            gradient_norm: Some(REST),
            ..Goals::default()
        },
        steps: study.steps,
        sphere: None,
    };
    escape(network, Points::of(starts), &plan, seeds, &mut |look| {
        watch(look);
        lab.flow()
    })
}

/// The values where a run stays for a while: where its gradient is smallest within a stretch of flat values that is long
/// in the logarithm of the steps.
fn plateaus(moments: &[Moment]) -> Vec<f64> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < moments.len() {
        let here = moments[i];
        let flat = |other: &Moment| (other.value - here.value).abs() <= FLAT * here.value.abs();
        let before = moments[..i].iter().rev().take_while(|other| flat(other)).count();
        let after = moments[i..].iter().take_while(|other| flat(other)).count();
        let stretch = &moments[i - before..i + after];
        let least = stretch
            .iter()
            .all(|other| other.gradient_norm >= here.gradient_norm);
        let (first, last) = (stretch[0].step, stretch[stretch.len() - 1].step);
        if least && last >= LONG * first && last > first {
            found.push(here.value);
            i += after;
        } else {
            i += 1;
        }
    }
    found
}

/// The losses of a run, and the predicted values at which it stays between the first and the last.
fn stairs(moments: &[Moment], stays: &[f64]) -> Vec<Curve> {
    let moments: Vec<&Moment> = moments.iter().filter(|moment| moment.step > 0.0).collect();
    let steps: Vec<f64> = moments.iter().map(|moment| moment.step).collect();
    let losses = moments.iter().map(|moment| moment.value).collect();
    let ends: Vec<f64> = [steps.first(), steps.last()]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    let level = |value: &f64| {
        let name = format!("loss, predicted {}", crate::short(*value));
        curve(&name, "step", ends.clone(), vec![*value; ends.len()], Vec::new())
    };
    let mut curves = vec![curve("loss", "step", steps.clone(), losses, Vec::new())];
    curves.extend(stays.iter().take(SHOWN).map(level));
    curves
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(values: impl Iterator<Item = (f64, f64)>) -> Vec<Moment> {
        let one = |(i, (value, gradient_norm)): (usize, (f64, f64))| Moment {
            step: i as f64,
            value,
            gradient_norm,
        };
        values.enumerate().map(one).collect()
    }

    #[test]
    fn a_staircase_has_its_levels_and_a_slope_has_none() {
        let step = |i: usize| match i {
            0..20 => (3.0, 0.1),
            20..30 => (3.0 - 0.1 * (i - 19) as f64, 1.0),
            _ => (1.9, 0.01),
        };
        assert_eq!(plateaus(&moments((0..60).map(step))), [3.0, 1.9]);
        let slope = |i: usize| (1.0 / (1.0 + i as f64), 1.0 / (1.0 + i as f64).powi(2));
        assert!(plateaus(&moments((1..60).map(slope))).is_empty());
    }
}
