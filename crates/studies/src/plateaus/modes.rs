//! Saxe's curve: how two layers learn the modes of a target, one after the other.

use crate::{Lab, curve, larger};
use models::analytic::{DeepLinear, Rotation, mode_strength};
use models::{Device, Objective, Point, Precision};
use probes::{Cost, Finding, Scalar};

pub(super) const NAME: &str = "modes of two layers";
pub(super) const OFF: &str = "largest distance to Saxe's curve, relative to a mode";
pub(super) const FORESEEN: &str = "delay of finite steps, by the formula";
pub(super) const FALL: &str = "factor by which half of the step size makes it smaller";
pub(super) const MIXED: &str = "largest product of two modes";

/// The strengths s of the modes.
const STRENGTHS: [f64; 4] = [4.0, 3.0, 2.0, 1.0];
/// a₀: how strong each is at the start.
const START: f64 = 1e-3;
/// The time until which the weakest has come near its end, where e^{2st} is so many times s/a₀.
const AFTER: f64 = 1e3;
/// Places of a figure.
const PLACES: u64 = 200;

/// One run from W₁ = √a₀·U, W₂ = √a₀·Vᵀ on ½‖W₁W₂ − U·diag(s)·Vᵀ‖²: the inputs are the unit vectors.
struct Run {
    off: f64,
    mixed: f64,
    /// Times, and the sum of all modes at them.
    times: Vec<f64>,
    sums: Vec<f64>,
    steps: u64,
}

/// U·diag(c)·Vᵀ for the columns of two rotations, row-major.
fn joined(factors: &[f64], left: &Rotation, right: Option<&Rotation>) -> Vec<f64> {
    let d = factors.len();
    let unit = |k: usize| -> Vec<f64> { (0..d).map(|i| f64::from(u8::from(i == k))).collect() };
    let mut sum = vec![0.0; d * d];
    for (k, factor) in factors.iter().enumerate() {
        let (u, v) = (
            left.times(&unit(k)),
            right.map_or_else(|| unit(k), |right| right.times(&unit(k))),
        );
        for (i, u) in u.iter().enumerate() {
            for (j, v) in v.iter().enumerate() {
                sum[i * d + j] += factor * u * v;
            }
        }
    }
    sum
}

fn run(step_size: f64, lab: &Lab) -> Option<Run> {
    let d = STRENGTHS.len();
    let (left, right) = (
        Rotation::random(d, lab.seed.part("inputs")),
        Rotation::random(d, lab.seed.part("outputs")),
    );
    let device = Device::cpu(Precision::F64);
    let inputs: Vec<f64> = (0..d * d).map(|k| f64::from(u8::from(k / d == k % d))).collect();
    let targets = joined(&STRENGTHS, &left, Some(&right));
    let network = DeepLinear::new(&inputs, d, &targets, d, &[d], &device).expect("a small network");
    // W₁ = √a₀·U and W₂ = (√a₀·V)ᵀ.
    let root = [START.sqrt(); 4];
    let second = joined(&root, &right, None);
    let mut weights = joined(&root, &left, None);
    weights.extend((0..d * d).map(|k| second[k % d * d + k / d]));
    let mut at = Point::from_host(weights, &device);
    let weakest = STRENGTHS[d - 1];
    let steps = ((AFTER * weakest / START).ln() / (2.0 * weakest * step_size)).ceil() as u64;
    let mut run = Run {
        off: 0.0,
        mixed: 0.0,
        times: Vec::new(),
        sums: Vec::new(),
        steps,
    };
    for step in 0..=steps {
        let time = step as f64 * step_size;
        let numbers = at.to_host();
        let (first, second) = numbers.split_at(d * d);
        // UᵀW₁ and W₂V, row by row and column by column.
        let column = |k: usize| -> Vec<f64> { (0..d).map(|i| first[i * d + k]).collect() };
        let turned: Vec<Vec<f64>> = (0..d).map(|k| left.transpose_times(&column(k))).collect();
        let back: Vec<Vec<f64>> = second.chunks(d).map(|row| right.transpose_times(row)).collect();
        let product = |i: usize, j: usize| (0..d).map(|k| turned[k][i] * back[k][j]).sum::<f64>();
        for (i, s) in STRENGTHS.iter().enumerate() {
            let strength = product(i, i);
            run.off = larger(run.off, (strength - mode_strength(*s, START, time)).abs() / s);
            let others = (0..d).filter(|j| *j != i).map(|j| product(i, j).abs());
            run.mixed = others.fold(run.mixed, larger);
        }
        if step % steps.div_ceil(PLACES) == 0 {
            run.times.push(time);
            run.sums.push((0..d).map(|i| product(i, i)).sum());
        }
        if step.is_multiple_of(256) && (lab.interrupted)() {
            return None;
        }
        let gradient = network.slope(&at).gradient;
        at = at.moved(gradient, -step_size);
    }
    Some(run)
}

/// Descent with a step size and with half of it, beside gradient flow.
///
/// A step multiplies a mode by (1 + η(s − a))², which is e^{2η(s − a)} up to −η²(s − a)²: until the middle of its rise, after
/// ln(s/a₀)/2s, that makes ½ηs·ln(s/a₀) in its logarithm, and a quarter of it in a/s, where the curve is steepest.
pub(super) fn look(step_size: f64, lab: &Lab) -> Option<Finding> {
    let (whole, half) = (run(step_size, lab)?, run(0.5 * step_size, lab)?);
    let delay = |s: &f64| 0.125 * step_size * s * (s / START).ln();
    let foreseen = STRENGTHS.iter().map(delay).fold(0.0, larger);
    let fall = whole.off / half.off;
    let saxe = |time: &f64| {
        let modes = STRENGTHS.iter().map(|s| mode_strength(*s, START, *time));
        modes.sum::<f64>()
    };
    let flow = whole.times.iter().map(saxe).collect();
    let (quantity, times) = ("sum of all modes", whole.times);
    Some(Finding {
        scalars: vec![
            Scalar::exact(OFF, whole.off),
            Scalar::exact(FORESEEN, foreseen),
            Scalar::exact(FALL, fall),
            Scalar::exact(MIXED, larger(whole.mixed, half.mixed)),
        ],
        curves: vec![
            curve(quantity, "time", times.clone(), whole.sums, Vec::new()),
            curve(
                &format!("{quantity}, Saxe's curve"),
                "time",
                times,
                flow,
                Vec::new(),
            ),
        ],
        verdicts: vec![format!(
            "The modes follow Saxe's curve up to {:.4}, and up to {:.4} with half of the step size.",
            whole.off, half.off
        )],
        cost: Cost {
            gradients: (whole.steps + half.steps) as usize,
            ..Cost::default()
        },
        ..Finding::default()
    })
}
