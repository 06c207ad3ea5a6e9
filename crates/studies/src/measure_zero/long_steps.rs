//! What becomes of the theorem where steps are too long for it.

use super::MeasureZero;
use crate::picture::{self, mark};
use crate::{Lab, Share};
use models::analytic::{Analytic, ClosedForm, Funnel};
use models::{Device, Points, Precision};
use probes::{Cost, Finding, Path, Scalar};
use rand::RngExt;
use training::escape::{Constants, End, Given, Goals, Landscape, Look, Method, Plan, escape};

pub(super) const AT_SADDLE: &str = "runs with long steps that end at the saddle";
pub(super) const OTHERWISE: &str = "runs with long steps that end elsewhere than their starts say";
pub(super) const RISES: &str = "long steps that violate the descent lemma";
pub(super) const BY_SHORT: &str = "runs with short steps that end at the saddle";

/// Starts are uniform in a square with this half side: a third of it lies beyond the border.
const SIDE: f64 = 1.5 * Funnel::BORDER;
pub(super) const FORESEEN: f64 = 1.0 / 3.0;
/// η of the short steps, below 1/L = 0.150.
const SHORT: f64 = 0.1;
/// ‖∇f‖ at which a run has come to rest, and the distance within which it is at a point.
const REST: f64 = 1e-8;
const NEAR: f64 = 1e-3;
/// The most steps of a run, and those that a picture shows.
const STEPS: u64 = 20_000;
const SHOWN: u64 = 100;

fn runs(lab: &Lab, step_size: f64, starts: &[f64], watch: &mut dyn FnMut(&Look)) -> Vec<End> {
    let known = Funnel.known();
    let landscape = Landscape {
        smoothness: known.smoothness.expect("it is known"),
        hessian_lipschitz: known.hessian_lipschitz.expect("it is known"),
        epsilon: 0.01,
        delta: 0.1,
        drop: 1.0,
        dimension: 2,
    };
    let given = Given::from([("step_size".into(), step_size)]);
    let plan = Plan {
        tuned: Method::Descent.tuned(&landscape, Constants::Practical, &given),
        goals: Goals {
            gradient_norm: Some(REST),
            ..Goals::default()
        },
        steps: STEPS,
        sphere: None,
    };
    let device = Device::cpu(Precision::F64);
    let objective = Analytic::new(Box::new(Funnel), device.clone());
    let seeds = lab.seeds("long steps", starts.len() / 2);
    let points = Points::from_host(starts.to_vec(), 2, &device);
    escape(&objective, points, &plan, &seeds, &mut |look| {
        watch(look);
        lab.flow()
    })
}

fn at_saddle(end: &End) -> bool {
    let at = end.point.to_host();
    at[0].hypot(at[1]) < NEAR
}

impl MeasureZero {
    /// The funnel with η = ¼ above 1/L and with η = 0.1 below it, from the same starts.
    pub(super) fn with_long_steps(&self, lab: &Lab) -> Finding {
        let mut stream = lab.seed.stream("long steps");
        let starts = (0..2 * self.starts).map(|_| stream.random_range(-SIDE..SIDE));
        let starts: Vec<f64> = starts.collect();
        let ends = runs(lab, Funnel::STEP_SIZE, &starts, &mut |_| ());
        let short = runs(lab, SHORT, &starts, &mut |_| ());
        let share = |ends: &[End]| Share {
            successes: ends.iter().filter(|end| at_saddle(end)).count(),
            trials: self.starts,
        };
        let caught = starts.chunks(2).map(|start| start[1].abs() >= Funnel::BORDER);
        let otherwise = ends
            .iter()
            .zip(caught)
            .filter(|(end, caught)| at_saddle(end) != *caught);
        let (long, by_short) = (share(&ends), share(&short));
        // One start of each kind, to look at.
        let mut ways: Vec<Path> = Vec::new();
        for (name, step_size, start) in [
            ("η = ¼", Funnel::STEP_SIZE, [10.0, 9.0]),
            ("η = ¼, from below the border", Funnel::STEP_SIZE, [-10.0, 7.0]),
            ("η = 0.1", SHORT, [10.0, 9.0]),
        ] {
            let mut way = Path {
                name: name.into(),
                x: Vec::new(),
                y: Vec::new(),
            };
            runs(lab, step_size, &start, &mut |look| {
                if look.step <= SHOWN {
                    let at = look.points.to_host();
                    way.x.push(at[0]);
                    way.y.push(at[1]);
                }
            });
            ways.push(way);
        }
        ways.extend(Funnel.known().critical.iter().map(mark));
        let lemma: u64 = ends.iter().map(|end| end.violations.descent).sum();
        Finding {
            scalars: vec![
                Scalar::exact(AT_SADDLE, long.successes as f64),
                Scalar::exact(OTHERWISE, otherwise.count() as f64),
                Scalar::exact(RISES, lemma as f64),
                Scalar::exact(BY_SHORT, by_short.successes as f64),
            ],
            grids: vec![picture::values(&Funnel, [(-SIDE, SIDE), (-SIDE, SIDE)])],
            paths: ways,
            verdicts: vec![format!(
                "With η = ¼ = {:.2}/L descent ends at the strict saddle from {long} starts, with η = {SHORT} = {:.2}/L from {by_short}.",
                Funnel::STEP_SIZE * Funnel.known().smoothness.expect("it is known"),
                SHORT * Funnel.known().smoothness.expect("it is known"),
            )],
            cost: Cost {
                gradients: crate::gradients(ends.iter().chain(&short)),
                ..Cost::default()
            },
            ..Finding::default()
        }
    }
}
