//! Standard errors of traces and norms: how often the truth lies within one, and within two.

use super::{SEEDS, SIZE, fewest, spectra};
use crate::support::patient;
use crate::traces::METHODS;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use spectra::{Accuracy, DiagonalOperator, Estimate, Sampling, density, hutchinson};
use std::f64::consts::PI;

/// The probability that a number of Student's law (1908) is at most `limit` away from zero, by Simpson's rule.
fn student(degrees: usize, limit: f64) -> f64 {
    let power = 0.5 * (degrees as f64 + 1.0);
    // With x = √ν tan φ the density is a power of cos φ; the integral up to π/2 is that of the whole law.
    let integral = |to: f64| {
        let steps = 2_000;
        let width = to / f64::from(steps);
        let at = |i: i32| (f64::from(i) * width).cos().max(0.0).powf(2.0 * power - 2.0);
        let inner: f64 = (1..steps)
            .map(|i| if i % 2 == 1 { 4.0 * at(i) } else { 2.0 * at(i) })
            .sum();
        (at(0) + inner + at(steps)) * width / 3.0
    };
    integral((limit / (degrees as f64).sqrt()).atan()) / integral(0.5 * PI)
}

/// The shares of draws of a law that lie within one and two errors of its mean.
fn shares(draw: impl Fn(&mut ChaCha8Rng) -> Estimate) -> [f64; 2] {
    let mut stream = ChaCha8Rng::seed_from_u64(1);
    let draws: Vec<Estimate> = (0..50_000).map(|_| draw(&mut stream)).collect();
    [1.0, 2.0].map(|limit| {
        let within = draws.iter().filter(|e| (e.value - 1.0).abs() <= limit * e.error);
        within.count() as f64 / draws.len() as f64
    })
}

/// The square of a standard normal number, whose mean is one.
fn square(stream: &mut ChaCha8Rng) -> f64 {
    let x: f64 = stream.sample(StandardNormal);
    x * x
}

/// The shares for the means of so many squares of normal numbers, whose error is that of their scatter: what Hutchinson's
/// estimator is for a matrix of rank one, in high dimensions.
fn squares(count: usize) -> [f64; 2] {
    shares(|stream| {
        let draws: Vec<f64> = (0..count).map(|_| square(stream)).collect();
        Estimate::of_mean(&draws)
    })
}

/// The same where the error is that of the variance which the mean itself implies, as the rules of a density tell it.
fn implied(starts: usize) -> [f64; 2] {
    shares(|stream| {
        let value = (0..starts).map(|_| square(stream)).sum::<f64>() / starts as f64;
        let error = (2.0 * value / starts as f64).sqrt();
        Estimate { value, error }
    })
}

/// The numbers in the documentation of [`Estimate::error`] and of the moments of a density.
#[test]
fn laws_are_those_that_the_documentation_names() {
    let near = |found: [f64; 2], wanted: [f64; 2]| {
        let off = (0..2).all(|i| (found[i] - wanted[i]).abs() < 0.0075);
        assert!(off, "{found:?}, not {wanted:?}");
    };
    let student = |count: usize| [1.0, 2.0].map(|limit| student(count - 1, limit));
    // Half of Cauchy's law lies within one, and the normal law has its well-known shares.
    near(student(2), [0.5, 0.7048]);
    near(student(4), [0.61, 0.86]);
    near(student(12), [0.66, 0.93]);
    near(student(100_000), [0.6827, 0.9545]);
    near(squares(4), [0.53, 0.73]);
    near(squares(12), [0.615, 0.85]);
    near(squares(40), [0.655, 0.91]);
    near(implied(1), [0.55, 0.75]);
    near(implied(5), [0.65, 0.905]);
}

/// How many of the estimates from all seeds have the truth within one error, and within two.
fn within(truth: f64, estimate: impl Fn(u64) -> Estimate) -> [usize; 2] {
    let mut count = [0; 2];
    for seed in 0..SEEDS {
        let found = estimate(seed);
        // What is left of an estimate that is exact is the rounding of its sums.
        let off = (found.value - truth).abs() - 1e-12 * truth.abs();
        count[0] += usize::from(off <= found.error);
        count[1] += usize::from(off <= 2.0 * found.error);
    }
    count
}

fn enough(count: [usize; 2], promised: [f64; 2]) -> bool {
    (0..2).all(|i| count[i] >= fewest(SEEDS, promised[i]))
}

/// The spectra of all tests, whether many eigenvalues carry the variance, and a matrix of rank one.
fn all() -> Vec<(&'static str, Vec<f64>, bool)> {
    let few = ["spiked bulk", "geometric"];
    let all = spectra().into_iter();
    let one = (0..SIZE).map(|i| f64::from(u8::from(i == 0))).collect();
    all.map(|(name, values)| (name, values, !few.contains(&name)))
        .chain([("rank one", one, false)])
        .collect()
}

/// How many random vectors stand behind an estimate of so many products.
fn vectors(method: &str, products: usize) -> usize {
    match method {
        "hutchinson" | "xnystrace" => products,
        "hutch++" => products - 2 * (products / 3),
        _ => products / 2,
    }
}

#[test]
fn errors_of_traces_hold_as_often_as_promised() {
    for products in [12, 40] {
        let floors = METHODS.map(|method| squares(vectors(method.0, products)));
        for (name, values, many) in all() {
            let operator = DiagonalOperator::new(values.clone());
            let definite = values.iter().all(|&value| value >= 0.0);
            for (method, floor) in METHODS.iter().zip(floors) {
                let powers = match method.0 {
                    // Those of the jackknife hold more often the more vectors there are.
                    "xtrace" | "xnystrace" if products > 12 => 0,
                    "xnystrace" if !definite => 0,
                    "xnystrace" => 1,
                    _ => 2,
                };
                for power in 0..powers {
                    let truth = values.iter().map(|value| value.powi(power + 1)).sum();
                    let count = within(truth, |seed| {
                        let sampling = Sampling {
                            seed,
                            ..Sampling::new(products)
                        };
                        method.1(&operator, &sampling)[power as usize].expect("an estimate")
                    });
                    let who = format!("{name}, {}, {products} products, power {}", method.0, power + 1);
                    println!("{who}: {count:?}");
                    assert!(enough(count, floor), "{who}: {count:?}, not {floor:?}");
                    if many {
                        let degrees = vectors(method.0, products) - 1;
                        let law = [1.0, 2.0].map(|limit| student(degrees, limit));
                        assert!(enough(count, law), "{who}: {count:?}, not {law:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn errors_of_the_moments_of_a_density_hold_as_often_as_promised() {
    for (name, values, many) in all() {
        // Five of each, so that one start costs less than all eigenvalues.
        let often = if name == "rank one" { 0.0 } else { 1.0 };
        let copies = |value: &f64| [*value, often * value, often * value, often * value, often * value];
        let values: Vec<f64> = values.iter().flat_map(copies).collect();
        let operator = DiagonalOperator::new(values.clone());
        // With more starts where it takes them to be right.
        let distances: &[f64] = if name == "rank one" { &[0.3, 0.5] } else { &[0.5] };
        for &distance in distances {
            let accuracy = Accuracy {
                distance,
                ..Accuracy::default()
            };
            let starts = accuracy.effort(values.len()).probes;
            let found = |seed| density(&operator, &Accuracy { seed, ..accuracy }, patient);
            let moments: Vec<_> = (0..SEEDS).map(found).collect();
            let floor = implied(starts);
            for power in 1..=2 {
                let truth = values.iter().map(|value| value.powi(power)).sum();
                let count = within(truth, |seed| match power {
                    1 => moments[seed as usize].trace(),
                    _ => moments[seed as usize].square(),
                });
                println!("{name}, {starts} starts, power {power}: {count:?}");
                assert!(enough(count, floor), "{name}: {count:?}, not {floor:?}");
                assert!(!many || enough(count, [0.6827, 0.9545]), "{name}: {count:?}");
            }
        }
    }
}

/// The fault is planted by halving the errors.
#[test]
fn halved_errors_break_the_promise() {
    for (name, values, _) in all() {
        let operator = DiagonalOperator::new(values.clone());
        let count = within(values.iter().sum(), |seed| {
            let sampling = Sampling {
                seed,
                ..Sampling::new(40)
            };
            let trace = hutchinson(&operator, &sampling, patient)
                .expect("nobody stops it")
                .trace;
            Estimate {
                error: 0.5 * trace.error,
                ..trace
            }
        });
        assert!(!enough(count, squares(40)), "{name}: {count:?}");
    }
}
