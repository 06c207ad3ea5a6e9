//! Networks of width one: the length of the plateau, and what perturbed descent makes of the origin.

use super::{OVER, Plateaus, SETTLED, jumps};
use crate::{Lab, Share, Spent, curve, largest, slope};
use models::analytic::{Analytic, Chain, ClosedForm, plateau_time};
use models::{Device, Objective, Point, Points, Precision};
use probes::{Finding, Scalar, Stationarity};
use training::escape::{Constants, End, Given, Goals, Landscape, Look, Method, Plan, escape};

pub(super) const OFF: &str = "largest relative difference to gradient flow";
pub(super) const GROWTH: &str = "growth of the time";
pub(super) const LEFT: &str = "perturbed runs that return a minimum";
pub(super) const RETURNED: &str = "perturbed runs that return the origin";
pub(super) const TRIALS: &str = "perturbed runs";
pub(super) const SECOND_ORDER: &str = "origin second-order stationary, 1 for yes";

/// Steps between two questions whether to go on.
const PATIENCE: u64 = 1 << 16;
/// Steps between two places of a curve of a perturbed run.
const STRIDE: u64 = 10;
/// The most steps of a perturbed run.
const STEPS: u64 = 200_000;
/// A value under which a run is at a minimum.
const MINIMUM: f64 = 1e-4;

pub(super) fn look(study: &Plateaus, depth: usize, lab: &Lab) -> Option<Finding> {
    let chain = Chain { depth };
    let (mut times, mut steps) = (Vec::new(), 0);
    for start in &study.starts {
        let taken = plateau(&chain, *start, study.step_size, lab)?;
        steps += taken;
        times.push(taken as f64 * study.step_size);
    }
    let flow = |start: &f64| plateau_time(depth, *start, OVER).expect("the settings are checked");
    let foreseen: Vec<f64> = study.starts.iter().map(flow).collect();
    let off = times
        .iter()
        .zip(&foreseen)
        .map(|(time, flow)| (time / flow - 1.0).abs());
    let off = largest(off);
    let settled = study
        .starts
        .iter()
        .zip(&times)
        .filter(|(start, _)| **start <= SETTLED)
        .map(|(start, time)| (-start.ln(), if depth == 2 { *time } else { time.ln() }));
    let (growth, error) = slope(&settled.collect::<Vec<(f64, f64)>>());

    let objective = Analytic::new(Box::new(chain), Device::cpu(Precision::F64));
    let landscape = landscape(depth, study.epsilon);
    // The losses of the first run with practical constants.
    let (mut moments, mut losses) = (Vec::new(), Vec::new());
    let mut runs = perturbed(
        study,
        &objective,
        &landscape,
        Constants::Practical,
        lab,
        &mut |look| {
            if look.runs.first() == Some(&0) && look.step.is_multiple_of(STRIDE) {
                moments.push(look.step as f64);
                losses.push(look.values[0]);
            }
        },
    );
    runs.extend(perturbed(
        study,
        &objective,
        &landscape,
        Constants::Paper,
        lab,
        &mut |_| (),
    ));
    let count = |is: &dyn Fn(&Point) -> bool| {
        let returned = runs.iter().filter_map(|end| end.returned.as_ref());
        returned.filter(|point| is(point)).count()
    };
    let left = count(&|point| objective.value(point) <= MINIMUM);
    let returned = count(&|point| point.to_host().iter().all(|x| *x == 0.0));
    let origin = Point::from_host(vec![0.0; depth], &objective.space().device);
    let seen = lab.second_order(&objective, &origin, &landscape);
    let says = |words: &str| seen.verdicts.iter().find(|verdict| verdict.starts_with(words));
    let second_order = Stationarity::holds(&seen);
    let share = |successes| Share {
        successes,
        trials: runs.len(),
    };
    let mut verdicts = vec![match depth {
        2 => format!("The time grows by {growth:.3} for each factor e in 1/w₀."),
        _ => format!("The time grows like the power {growth:.3} of 1/w₀."),
    }];
    verdicts.push(match returned {
        0 => format!(
            "Perturbed descent from the origin returns a minimum in {} runs.",
            share(left)
        ),
        _ => format!(
            "Perturbed descent returns the origin in {} runs.",
            share(returned)
        ),
    });
    verdicts.extend(says("Second-order stationary").cloned());
    verdicts.extend(says("Not second-order stationary").cloned());
    verdicts.extend(says("It is a degenerate saddle").cloned());
    let places: Vec<f64> = study.starts.iter().map(|start| 1.0 / start).collect();
    let mut spent = Spent::by(&runs);
    let mut finding = Finding {
        scalars: vec![
            crate::about(GROWTH, growth, error),
            Scalar::exact(OFF, off),
            Scalar::exact(LEFT, left as f64),
            Scalar::exact(RETURNED, returned as f64),
            Scalar::exact(TRIALS, runs.len() as f64),
            Scalar::exact(SECOND_ORDER, f64::from(u8::from(second_order))),
        ],
        curves: vec![
            curve("plateau time", "1/w₀", places.clone(), times, Vec::new()),
            curve(
                "plateau time, gradient flow",
                "1/w₀",
                places,
                foreseen,
                Vec::new(),
            ),
            curve(
                "loss of perturbed descent from the origin until it returns",
                "step",
                moments,
                losses,
                Vec::new(),
            ),
        ],
        verdicts,
        ..Finding::default()
    };
    if depth == jumps::DEPTH {
        let (scalars, curve, jumped) = jumps::look(study.step_size, &landscape, study.runs, lab)?;
        finding.scalars.extend(scalars);
        finding.curves.push(curve);
        spent = spent.and(jumped);
    }
    finding.scalars.extend(spent.scalars());
    finding.cost = spent.cost();
    finding.cost.gradients += steps as usize;
    finding.cost.products += seen.cost.products;
    Some(finding)
}

/// The steps of descent from equal weights until they are over the end of the plateau; `None` where it was interrupted.
fn plateau(chain: &Chain, start: f64, step_size: f64, lab: &Lab) -> Option<u64> {
    let (mut at, mut steps) = (vec![start; chain.depth], 0);
    while at[0] < OVER {
        let gradient = chain.gradient(&at);
        at.iter_mut().zip(gradient).for_each(|(w, g)| *w -= step_size * g);
        steps += 1;
        if steps % PATIENCE == 0 && (lab.interrupted)() {
            return None;
        }
    }
    Some(steps)
}

/// Where all |wᵢ| ≤ 1: entries of the Hessian are at most 3 in size, and those of its derivative at most 8.
fn landscape(depth: usize, epsilon: f64) -> Landscape {
    let n = depth as f64;
    Landscape {
        smoothness: 3.0 * n,
        hessian_lipschitz: 8.0 * n.powf(1.5),
        epsilon,
        delta: 0.1,
        drop: 0.5,
        dimension: depth,
    }
}

fn perturbed(
    study: &Plateaus,
    objective: &dyn Objective,
    landscape: &Landscape,
    constants: Constants,
    lab: &Lab,
    watch: &mut dyn FnMut(&Look),
) -> Vec<End> {
    let plan = Plan {
        tuned: Method::Perturbed2017 { c: 1.0 }.tuned(landscape, constants, &Given::new()),
        goals: Goals::default(),
        steps: STEPS,
        sphere: None,
    };
    let depth = landscape.dimension;
    let seeds = lab.seeds(&format!("{constants:?} {depth}"), study.runs);
    let starts = Points::from_host(vec![0.0; study.runs * depth], depth, &objective.space().device);
    escape(objective, starts, &plan, &seeds, &mut |look| {
        watch(look);
        lab.flow()
    })
}
