//! Optimisers, schedules and batches.

use super::{at, bowl, close, plan, run};
use models::{Objective, Seed};
use training::{Batches, Optimiser, Plan, Schedule};

const SCALES: [f64; 3] = [2.0, 1.0, 0.25];
const START: [f64; 3] = [1.0, -2.0, 3.0];

/// The point after so many steps on the bowl with Hessian diag(4, 1, 1/16), from (1, −2, 3).
fn after(steps: u64, change: impl FnOnce(&mut Plan)) -> Vec<f64> {
    let mut plan = plan(0.1, steps);
    change(&mut plan);
    run(&bowl(&SCALES), at(&START), &plan).0.end.at.to_host()
}

/// One parameter, L = ½w², w = 1: the first three points.
fn first_three(optimiser: Optimiser) -> Vec<f64> {
    let one = |steps| {
        run(
            &bowl(&[1.0]),
            at(&[1.0]),
            &Plan {
                optimiser,
                ..plan(0.1, steps)
            },
        )
        .0
        .end
        .at
        .to_host()[0]
    };
    vec![one(1), one(2), one(3)]
}

#[test]
fn descent_contracts_each_eigendirection_by_one_minus_eta_lambda() {
    for steps in [1, 10, 50] {
        let wanted: Vec<f64> = SCALES
            .iter()
            .zip(START)
            .map(|(s, w)| w * (1.0 - 0.1 * s * s).powi(steps as i32))
            .collect();
        close(&after(steps, |_| {}), &wanted, 1e-13);
    }
}

#[test]
fn losses_on_the_way_are_those_of_the_points() {
    let (_, watch) = run(&bowl(&[1.0]), at(&[1.0]), &plan(0.1, 20));
    let wanted: Vec<f64> = (0..=20).map(|t| 0.5 * 0.9f64.powi(2 * t)).collect();
    close(&watch.losses, &wanted, 1e-13);
    assert_eq!(watch.steps, (0..=20).collect::<Vec<u64>>());
}

#[test]
fn momentum_and_nesterov_take_the_steps_computed_by_hand() {
    // b = 1, 1.8, 2.34; w = 1 − 0.1·1, 0.9 − 0.1·1.8, 0.72 − 0.1·2.34.
    close(
        &first_three(Optimiser::Momentum { momentum: 0.9 }),
        &[0.9, 0.72, 0.486],
        1e-14,
    );
    // b = 1, 1.71, 2.1141; steps g + 0.9·b = 1.9, 2.349, 2.47779.
    close(
        &first_three(Optimiser::Nesterov { momentum: 0.9 }),
        &[0.81, 0.5751, 0.327_321],
        1e-14,
    );
    // Without momentum both are plain descent.
    for optimiser in [
        Optimiser::Momentum { momentum: 0.0 },
        Optimiser::Nesterov { momentum: 0.0 },
    ] {
        close(&first_three(optimiser), &[0.9, 0.81, 0.729], 1e-14);
    }
}

#[test]
fn adaptive_first_steps_have_the_size_of_the_step_size() {
    let signed = |size: f64| START.map(|w| w - size * w.signum());
    // Adam: m̂/√v̂ = sign(g) at the first step; so does Lion by definition, and AdaGrad by g/√g². Their ε moves the
    // smallest entry of the gradient, 3/16, by ε/g ≈ 1e-7, and Burn's decay rates are f32.
    for optimiser in [Optimiser::Adam, Optimiser::Lion, Optimiser::AdaGrad] {
        close(&after(1, |plan| plan.optimiser = optimiser), &signed(0.1), 1e-7);
    }
    // RMSprop begins with v = 0.01 g²: ten times as far.
    let rms_prop = after(1, |plan| {
        (plan.optimiser, plan.step_size) = (Optimiser::RmsProp, 0.01)
    });
    close(&rms_prop, &signed(0.1), 1e-5);
    // AdamW shrinks the weights by 1 − ηλ first.
    let shrunk = START.map(|w| w * (1.0 - 0.1 * 0.5) - 0.1 * w.signum());
    close(
        &after(1, |plan| plan.optimiser = Optimiser::AdamW { weight_decay: 0.5 }),
        &shrunk,
        1e-7,
    );
}

#[test]
fn every_optimiser_descends() {
    let risk = bowl(&SCALES);
    let before = risk.value(&at(&START));
    for (optimiser, step_size) in crate::devices::training::OPTIMISERS {
        let (outcome, _) = run(
            &risk,
            at(&START),
            &Plan {
                optimiser,
                ..plan(step_size, 300)
            },
        );
        assert!(
            outcome.slope.value < 0.9 * before,
            "{optimiser:?}: {before} → {}",
            outcome.slope.value
        );
    }
}

#[test]
fn schedules_multiply_the_step_size() {
    let schedules: [(Schedule, [f64; 5]); 5] = [
        (Schedule::Constant, [1.0; 5]),
        (
            Schedule::Decay {
                factor: 0.5,
                every: 2,
            },
            [1.0, 1.0, 0.5, 0.5, 0.25],
        ),
        (Schedule::Linear { steps: 4, end: 0.2 }, [1.0, 0.8, 0.6, 0.4, 0.2]),
        (Schedule::Cosine { steps: 2, end: 0.2 }, [1.0, 0.6, 0.2, 0.2, 0.2]),
        (Schedule::Warmup { steps: 4 }, [0.25, 0.5, 0.75, 1.0, 1.0]),
    ];
    for (schedule, factors) in schedules {
        let (outcome, watch) = run(
            &bowl(&[1.0]),
            at(&[1.0]),
            &Plan {
                schedule,
                ..plan(0.1, 4)
            },
        );
        close(&watch.step_sizes, &factors.map(|f| 0.1 * f), 1e-14);
        let wanted: f64 = factors[..4].iter().map(|f| 1.0 - 0.1 * f).product();
        close(&outcome.end.at.to_host(), &[wanted], 1e-14);
    }
}

#[test]
fn batches_pass_through_every_example_once_an_epoch() {
    let at = |step: u64| Batches::new(23, 5, Seed(3)).at(step).to_vec();
    let mut batches = Batches::new(23, 5, Seed(3));
    let mut epoch = |number: u64| -> Vec<usize> {
        (5 * number..5 * number + 5)
            .flat_map(|t| batches.at(t).to_vec())
            .collect()
    };
    for number in 0..20 {
        let mut seen = epoch(number);
        seen.sort();
        assert_eq!(seen, (0..23).collect::<Vec<_>>(), "epoch {number}");
    }
    assert_ne!(epoch(0), epoch(1));
    assert_ne!(
        epoch(0),
        (5..10)
            .flat_map(|t| Batches::new(23, 5, Seed(4)).at(t).to_vec())
            .collect::<Vec<_>>()
    );
    // In whatever order steps are asked for, each has its batch.
    for step in [13, 2, 14, 13, 0] {
        assert_eq!(batches.at(step), at(step));
    }
    let sizes: Vec<usize> = (0..5).map(|t| batches.at(t).len()).collect();
    assert_eq!(sizes, [5, 5, 5, 5, 3]);
}

#[test]
fn batch_gradients_average_to_the_gradient() {
    let risk = bowl(&[2.0, 1.0, 0.25, 3.0]);
    let here = at(&[1.0, -2.0, 3.0, 0.5]);
    let mut batches = Batches::new(4, 2, Seed(1));
    let [first, second] = [0, 1].map(|t| risk.batch_slope(&here, &risk.batch(batches.at(t))));
    let mean: Vec<f64> = crate::subjects::host(&first.gradient.plus(&second.gradient))
        .iter()
        .map(|g| g / 2.0)
        .collect();
    close(&mean, &crate::subjects::host(&risk.slope(&here).gradient), 1e-14);
    close(&[(first.value + second.value) / 2.0], &[risk.value(&here)], 1e-14);
}
