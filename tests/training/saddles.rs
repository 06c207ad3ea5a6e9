//! An exact saddle: plain descent stays, every noise escapes.

use super::{plan, risk, run};
use models::{Architecture, Examples, Initialisation, Loss, Objective, Point, Risk, Seed, Targets};
use training::{Noise, Plan};

/// ½‖W₁W₂ − diag(3, 2, 1)‖² at zero: the gradient vanishes, and the Hessian's smallest eigenvalue is −3.
fn saddle() -> (Risk, Point) {
    let identity = (0..9).map(|k| f64::from(u8::from(k / 3 == k % 3))).collect();
    let targets = (0..9)
        .map(|k| if k / 3 == k % 3 { 3.0 - (k / 3) as f64 } else { 0.0 })
        .collect();
    let examples = Examples {
        inputs: identity,
        dimension: 3,
        targets: Targets::Values {
            values: targets,
            width: 3,
        },
    };
    let model = Architecture::DeepLinear { hidden: vec![3] };
    let risk = risk(&model, Initialisation::Zero, Loss::HalfSquared, &examples);
    let start = risk.start(Seed(1));
    (risk, start)
}

#[test]
fn plain_descent_stays_on_the_saddle() {
    let (risk, start) = saddle();
    assert_eq!(risk.value(&start), 7.0);
    let (outcome, watch) = run(&risk, start.clone(), &plan(0.05, 500));
    assert_eq!(outcome.end.at.to_host(), start.to_host(), "not a bit moves");
    assert!(watch.losses.iter().all(|loss| *loss == 7.0));
}

#[test]
fn every_noise_leaves_the_saddle() {
    let (risk, start) = saddle();
    let noises = [
        Noise::Ball {
            radius: 0.01,
            gradient: 1e-3,
            wait: 50,
        },
        Noise::Gradient { std: 0.01 },
        Noise::Sphere { radius: 0.03 },
        Noise::Weights { std: 0.01 },
    ];
    for noise in noises {
        for seed in 1..=5 {
            let (outcome, _) = run(
                &risk,
                start.clone(),
                &Plan {
                    noise,
                    seed: Seed(seed),
                    ..plan(0.05, 1000)
                },
            );
            // The global minimum is 0; the saddles on the way have at least ½.
            let loss = outcome.slope.value;
            assert!(loss < 0.05, "{noise:?}, seed {seed}: the loss is still {loss}");
        }
    }
}

#[test]
fn one_kick_is_enough_and_comes_at_once() {
    let (risk, start) = saddle();
    let noise = Noise::Ball {
        radius: 0.01,
        gradient: 1e-6,
        wait: 50,
    };
    let (outcome, _) = run(
        &risk,
        start.clone(),
        &Plan {
            noise,
            ..plan(0.05, 1)
        },
    );
    // From zero the first step is the kick alone: inside the ball, and not nothing.
    let length = outcome.end.at.minus(&start).norms()[0];
    assert!(length > 0.0 && length <= 0.01, "the kick has length {length}");
    let (outcome, _) = run(
        &risk,
        start,
        &Plan {
            noise,
            ..plan(0.05, 400)
        },
    );
    assert!(
        outcome.slope.value < 0.05,
        "the loss is still {}",
        outcome.slope.value
    );
}
