//! Training against what theory and paper and pencil say, in f64.

mod labels;
mod methods;
pub mod resuming;
mod saddles;
mod stopping;

use models::{
    Architecture, Device, Examples, Initialisation, Loss, Objective, Parametrisation, Point, Precision, Risk,
    Seed, Targets,
};
use std::sync::Arc;
use training::{Goals, Limits, Noise, Observer, Optimiser, Outcome, Plan, Schedule, State, train};

/// ½ Σ (sᵢ wᵢ)²: linear regression without bias, on inputs diag(s) and targets of zero. Its Hessian is diag(s²).
pub fn bowl(scales: &[f64]) -> Risk {
    let d = scales.len();
    let examples = Examples {
        inputs: (0..d * d)
            .map(|k| if k / d == k % d { scales[k / d] } else { 0.0 })
            .collect(),
        dimension: d,
        targets: Targets::Values {
            values: vec![0.0; d],
            width: 1,
        },
    };
    let model = Architecture::Perceptron {
        hidden: Vec::new(),
        activation: models::layers::Activation::Identity,
        bias: false,
        skips: false,
        parametrisation: Parametrisation::Standard,
    };
    risk(&model, Initialisation::Zero, Loss::HalfSquared, &examples)
}

pub fn risk(model: &Architecture, start: Initialisation, loss: Loss, examples: &Examples) -> Risk {
    let outputs = loss.outputs(&examples.targets);
    let device = Device::cpu(Precision::F64);
    Risk::new(
        Arc::new(model.build(examples.dimension, outputs, Seed(1), &device)),
        start,
        loss,
        examples,
    )
}

pub fn at(coordinates: &[f64]) -> Point {
    Point::from_host(coordinates.to_vec(), &Device::cpu(Precision::F64))
}

/// So many steps of plain descent on everything.
pub fn plan(step_size: f64, steps: u64) -> Plan {
    Plan {
        optimiser: Optimiser::Descent,
        step_size,
        schedule: Schedule::Constant,
        noise: Noise::None,
        batch: None,
        goals: Goals::default(),
        limits: Limits { steps, seconds: None },
        check_every: 1,
        seed: Seed(1),
    }
}

/// Watches every step, and interrupts when its time has come.
#[derive(Default)]
pub struct Watch {
    steps: Vec<u64>,
    losses: Vec<f64>,
    step_sizes: Vec<f64>,
    ends: usize,
    interrupt_at: Option<u64>,
    now: u64,
}

impl Observer for Watch {
    fn wants(&self, _: u64) -> bool {
        true
    }

    fn observe(&mut self, state: &State, last: bool) {
        self.steps.push(state.step);
        self.losses.push(state.slope.value);
        self.step_sizes.push(state.step_size);
        self.ends += usize::from(last);
    }

    fn tick(&mut self, step: u64, _: f64) {
        self.now = step;
    }

    fn interrupts(&self) -> bool {
        self.interrupt_at == Some(self.now)
    }
}

pub fn run(objective: &dyn Objective, start: Point, plan: &Plan) -> (Outcome, Watch) {
    let mut watch = Watch::default();
    let outcome = train(objective, start, plan, &mut watch);
    (outcome, watch)
}

/// Equal up to rounding, entry by entry.
fn close(found: &[f64], wanted: &[f64], relative: f64) {
    assert_eq!(found.len(), wanted.len());
    for (a, b) in found.iter().zip(wanted) {
        assert!(
            (a - b).abs() <= relative * b.abs(),
            "{found:?} is not {wanted:?} within {relative:.0e}"
        );
    }
}
