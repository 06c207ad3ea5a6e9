//! Twenty steps of every optimiser and noise, against the processor in f64.

use crate::subjects::{CLASSES, chain, relative_error, risk, somewhere};
use models::layers::Activation;
use models::{Device, Loss, Precision, Risk, Seed};
use training::{Goals, Limits, Noise, Observer, Optimiser, Outcome, Plan, Schedule, State, train};

/// Every optimiser, with a step size that moves the weights by some percent in twenty steps.
pub const OPTIMISERS: [(Optimiser, f64); 9] = [
    (Optimiser::Descent, 0.1),
    (Optimiser::Momentum { momentum: 0.9 }, 0.02),
    (Optimiser::Nesterov { momentum: 0.9 }, 0.02),
    (Optimiser::Adam, 0.01),
    (Optimiser::AdamW { weight_decay: 0.01 }, 0.01),
    (Optimiser::RmsProp, 0.001),
    (Optimiser::AdaGrad, 0.01),
    (Optimiser::Adan, 0.01),
    (Optimiser::Lion, 0.001),
];

/// Every noise; the ball's gradient threshold lets it jump at once.
pub const NOISES: [Noise; 6] = [
    Noise::None,
    Noise::Weights { std: 0.05 },
    Noise::Gradient { std: 0.1 },
    Noise::Sphere { radius: 0.5 },
    Noise::Labels { std: 0.5 },
    Noise::Ball {
        radius: 0.3,
        gradient: 1e3,
        wait: 5,
    },
];

/// An observer that looks away.
pub struct Nobody;

impl Observer for Nobody {
    fn wants(&self, _: u64) -> bool {
        false
    }

    fn observe(&mut self, _: &State, _: bool) {}
}

/// Twenty steps of plain descent on everything.
pub fn plan() -> Plan {
    Plan {
        optimiser: Optimiser::Descent,
        step_size: 0.1,
        schedule: Schedule::Constant,
        noise: Noise::None,
        batch: None,
        goals: Goals::default(),
        limits: Limits {
            steps: 20,
            seconds: None,
        },
        check_every: 1,
        seed: Seed(1),
    }
}

fn subject(device: &Device) -> Risk {
    risk(
        chain("biases", Activation::Tanh, device),
        Loss::CrossEntropy,
        device,
    )
}

fn outcome(plan: &Plan, device: &Device) -> (Outcome, Vec<f64>) {
    let risk = subject(device);
    let start = somewhere(&risk);
    let outcome = train(&risk, start.clone(), plan, &mut Nobody);
    let moved = outcome
        .end
        .at
        .to_host()
        .iter()
        .zip(start.to_host())
        .map(|(a, b)| a - b)
        .collect();
    (outcome, moved)
}

/// What twenty steps may add up to, relative to the way. A gradient is within 1e-5 of its largest entry (f64: 1e-12);
/// each step adds its own error and multiplies the earlier ones by at most 1 + ηλ, here close to 1. Optimisers that
/// divide by the gradient's size, or keep its sign alone, amplify the error of entries ten times below the largest
/// ten times.
fn tolerance(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => 1e-4,
        Precision::F64 => 1e-11,
    }
}

fn agree(name: &str, plan: &Plan, device: &Device) -> Result<(), String> {
    let (wanted, path) = outcome(plan, &Device::cpu(Precision::F64));
    let (found, moved) = outcome(plan, device);
    let error = relative_error(&moved, &path).max((found.slope.value / wanted.slope.value - 1.0).abs());
    println!("{name}: {error:.1e}");
    let allowed = tolerance(device.precision);
    let same = found.reason == wanted.reason && found.end.step == wanted.end.step;
    (same && error <= allowed)
        .then_some(())
        .ok_or_else(|| format!("{name}: {error:.1e} > {allowed:.0e}"))
}

pub fn optimisers_agree(device: &Device) {
    let runs = OPTIMISERS.map(|(optimiser, step_size)| {
        agree(
            &format!("{optimiser:?}"),
            &Plan {
                optimiser,
                step_size,
                ..plan()
            },
            device,
        )
    });
    let failures: Vec<String> = runs.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

pub fn noises_agree(device: &Device) {
    let runs = NOISES.map(|noise| agree(&format!("{noise:?}"), &Plan { noise, ..plan() }, device));
    let failures: Vec<String> = runs.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

pub fn batches_accuracy_and_patterns_agree(device: &Device) {
    agree(
        "batches of 3",
        &Plan {
            batch: Some(3),
            ..plan()
        },
        device,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let reference = subject(&Device::cpu(Precision::F64));
    let here = subject(device);
    let (there, at) = (somewhere(&reference), somewhere(&here));
    assert_eq!(here.accuracy(&at), reference.accuracy(&there));
    let pattern = here.activation_pattern(&at);
    assert_eq!(pattern, reference.activation_pattern(&there));
    assert_eq!(pattern.len(), 7 * (6 + 4));
    assert!(pattern.contains(&true) && pattern.contains(&false));
    assert_eq!(here.outputs(&at).len(), 7 * CLASSES);
}
