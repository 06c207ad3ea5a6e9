//! How long it takes from the origin of three layers, after a jump in a random direction.

use crate::{Lab, Spent, curve, larger, margins, median, slope};
use models::analytic::{Analytic, Chain};
use models::{Device, Points, Precision};
use probes::{Curve, Scalar};
use training::escape::{Constants, End, Ending, Given, Goals, Landscape, Method, Plan, Timing, escape};

pub(super) const POWER: &str = "power of 1/r in the time after a jump";
pub(super) const LEAST: &str = "least time after a jump, in 1/r";
pub(super) const MOST: &str = "longest time after a jump, in 1/r";
pub(super) const STAYED: &str = "jumps that led nowhere";

/// The layers that this is about: with more of them the powers are higher, and with two there is none.
pub(super) const DEPTH: usize = 3;
/// r: the largest length of a jump.
const RADII: [f64; 4] = [0.05, 0.02, 0.01, 0.005];
/// The most steps of a run, in 1/(ηr).
const PATIENCE: f64 = 1e3;
/// ½(w₁w₂w₃ − 1)² where the product is ½.
const OVER: f64 = 0.125;

/// Runs from the origin of perturbed descent without a return statement (Jin et al. 2021, Algorithm 4), which jumps once: the
/// next jump would come after the last step. Returns what it cost as well; `None` where it was interrupted.
///
/// Near the origin the gradient is quadratic in w, so that gradient flow from r·u takes 1/r times as long as from u, up to a
/// constant: Θ(1/(ηr)) steps, where a strict saddle is left after ln(1/r)/ηγ.
pub(super) fn look(
    step_size: f64,
    landscape: &Landscape,
    runs: usize,
    lab: &Lab,
) -> Option<(Vec<Scalar>, Curve, Spent)> {
    // From the same seeds: each run jumps in one direction, by all radii.
    let seeds = lab.seeds("jumps", runs);
    let device = Device::cpu(Precision::F64);
    let objective = Analytic::new(Box::new(Chain { depth: DEPTH }), device.clone());
    let method = Method::Perturbed2019 {
        noise: Timing::WhenSmall,
    };
    let (mut times, mut stayed, mut spent) = (Vec::new(), 0, Spent::default());
    for radius in RADII {
        let steps = (PATIENCE / (step_size * radius)).ceil();
        let given = Given::from([
            ("step_size".into(), step_size),
            // What this method draws is multiplied by the step size.
            ("radius".into(), radius / step_size),
            ("wait".into(), steps),
        ]);
        let plan = Plan {
            tuned: method.tuned(landscape, Constants::Practical, &given),
            goals: Goals {
                value: Some(OVER),
                ..Goals::default()
            },
            steps: steps as u64,
            sphere: None,
        };
        let starts = Points::from_host(vec![0.0; runs * DEPTH], DEPTH, &device);
        let ends = escape(&objective, starts, &plan, &seeds, &mut |_| lab.flow());
        if (lab.interrupted)() {
            return None;
        }
        stayed += ends.iter().filter(|end| end.ending != Ending::Goal).count();
        spent = spent.and(Spent::by(&ends));
        let time = |end: &End| end.steps as f64 * step_size;
        times.push(ends.iter().map(time).collect::<Vec<f64>>());
    }
    let medians: Vec<f64> = times.iter().map(|times| median(times)).collect();
    let halves = margins(&times);
    let logs = RADII.iter().zip(&medians).map(|(r, time)| (-r.ln(), time.ln()));
    let (power, error) = slope(&logs.collect::<Vec<(f64, f64)>>());
    let scaled = || {
        let pairs = RADII.iter().zip(&times);
        pairs.flat_map(|(r, times)| times.iter().map(move |time| time * r))
    };
    let scalars = vec![
        crate::about(POWER, power, error),
        Scalar::exact(LEAST, scaled().fold(f64::INFINITY, f64::min)),
        Scalar::exact(MOST, scaled().fold(0.0, larger)),
        Scalar::exact(STAYED, stayed as f64),
    ];
    let places = RADII.map(|r| 1.0 / r).to_vec();
    Some((
        scalars,
        curve("time after a jump", "1/r", places, medians, halves),
        spent,
    ))
}
