//! Noise on labels: what it does to a step.

use crate::devices::training::Nobody;
use crate::subjects::{chain, risk, somewhere};
use models::layers::Activation;
use models::{Device, Loss, Objective, Precision, Seed};
use training::{Limits, Noise, Plan, train};

const STD: f64 = 0.5;
const STEP_SIZE: f64 = 0.1;
/// Each gives one sample of the noise.
const SEEDS: u64 = 3000;

/// E‖ξ‖² = w²·std²·‖J‖² over all examples, and on batches of b of n examples, of which each is as likely, the share b/n of
/// that with the weight w of the batch: 1/b in a mean, n/b in a sum. Along a unit vector u it is w²·std²·‖Ju‖².
#[test]
fn its_variance_is_that_of_the_jacobian() {
    let device = Device::cpu(Precision::F64);
    for loss in [Loss::HalfSquared, Loss::MeanSquared] {
        let risk = risk(chain("biases", Activation::Tanh, &device), loss, &device);
        let at = somewhere(&risk);
        let (n, c) = (risk.examples(), risk.network().outputs());
        let here = risk.linearise(&at);
        let unit = |k: usize| (0..n * c).map(move |i| f64::from(u8::from(i == k)));
        let rows: Vec<f64> = (0..n * c).flat_map(unit).collect();
        let jacobian = here.jacobian_transpose_times(&rows).expect("outputs");
        let jacobian = models::download(&jacobian.tensor());
        let p = jacobian.len() / (n * c);
        let whole: f64 = jacobian.iter().map(|x| x * x).sum();
        let along: f64 = jacobian.iter().step_by(p).map(|x| x * x).sum();
        for batch in [None, Some(n / 2)] {
            let plan = |noise: Noise, seed: u64| Plan {
                noise,
                batch,
                step_size: STEP_SIZE,
                limits: Limits {
                    steps: 1,
                    seconds: None,
                },
                seed: Seed(seed),
                ..crate::devices::training::plan()
            };
            let moved =
                |noise: Noise, seed: u64| train(&risk, at.clone(), &plan(noise, seed), &mut Nobody).end.at;
            let (mut squares, mut fourths, mut first, mut mean) = (0.0, 0.0, 0.0, 0.0);
            for seed in 0..SEEDS {
                let noisy = moved(Noise::Labels { std: STD }, seed);
                let way = models::download(&noisy.minus(&moved(Noise::None, seed)).tensor());
                let xi: Vec<f64> = way.iter().map(|x| -x / STEP_SIZE).collect();
                let square: f64 = xi.iter().map(|x| x * x).sum();
                (squares, fourths) = (squares + square, fourths + square * square);
                (first, mean) = (first + xi[0] * xi[0], mean + xi[0]);
            }
            let count = SEEDS as f64;
            let b = batch.unwrap_or(n) as f64;
            let weight = match loss {
                Loss::HalfSquared => n as f64 / b,
                _ => 1.0 / b,
            };
            let share = weight * weight * STD * STD * b / n as f64;
            let (found, wanted) = (squares / count, share * whole);
            let error = ((fourths / count - found * found) / count).sqrt();
            let told = format!("{loss:?}, batch {batch:?}: {found} ± {error} against {wanted}");
            assert!(
                (found - wanted).abs() < 4.0 * error && error < 0.03 * wanted,
                "{told}"
            );
            // A mixture of normal laws over batches has a heavier fourth moment than one of them.
            let (found, wanted) = (first / count, share * along);
            let error = wanted * (4.0 / count).sqrt();
            assert!((found - wanted).abs() < 4.0 * error, "{found} against {wanted}");
            assert!(
                (mean / count).abs() < 4.0 * (wanted / count).sqrt(),
                "mean {mean}"
            );
        }
    }
}

/// Each step draws anew, and a run is a function of its seed.
#[test]
fn each_step_has_noise_of_its_own() {
    let device = Device::cpu(Precision::F64);
    let links = chain("biases", Activation::Tanh, &device);
    let risk = risk(links, Loss::MeanSquared, &device);
    let after = |steps: u64| {
        let plan = Plan {
            noise: Noise::Labels { std: STD },
            // So short that the point does not change.
            step_size: 1e-9,
            limits: Limits { steps, seconds: None },
            ..crate::devices::training::plan()
        };
        train(&risk, somewhere(&risk), &plan, &mut Nobody).end.at
    };
    let (start, one, two) = (somewhere(&risk), after(1), after(2));
    let (first, second) = (one.minus(&start), two.minus(&one));
    let apart = first.minus(&second).norms()[0];
    assert!(apart > 0.1 * first.norms()[0]);
    assert_eq!(after(2).to_host(), two.to_host());
}
