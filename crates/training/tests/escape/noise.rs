//! Noise at every step.

use super::{Bowl, given, objective, of_saddle, plan, run, watched};
use models::layers::Activation;
use models::{
    Architecture, Device, Examples, Initialisation, Loss, Objective, Parametrisation, Precision, Risk, Seed,
    Targets,
};
use std::sync::Arc;
use training::escape::{Constants, Goals, Landscape, Method, Plan, Timing};

const DIMENSION: usize = 10;

/// The mean square of all coordinates on ½Σax² around 0, after the first steps.
fn variance(method: Method, a: f64, numbers: &[(&str, f64)]) -> f64 {
    let bowl = Bowl {
        eigenvalues: vec![a; DIMENSION],
        bound: 0.0,
    };
    variance_on(&objective(bowl), 100, method, a, numbers)
}

fn variance_on(
    objective: &dyn Objective,
    runs: usize,
    method: Method,
    a: f64,
    numbers: &[(&str, f64)],
) -> f64 {
    let landscape = Landscape {
        smoothness: a,
        hessian_lipschitz: 1.0,
        epsilon: 0.01,
        delta: 0.1,
        drop: 1.0,
        dimension: DIMENSION,
    };
    let plan = Plan {
        tuned: method.tuned(&landscape, Constants::Practical, &given(numbers)),
        goals: Goals::default(),
        steps: 6000,
        sphere: None,
    };
    let (mut sum, mut count) = (0.0, 0);
    watched(objective, &vec![vec![0.0; DIMENSION]; runs], &plan, |look| {
        if look.step > 200 {
            let numbers = look.points.to_host();
            sum += numbers.iter().map(|x| x * x).sum::<f64>();
            count += numbers.len();
        }
    });
    sum / count as f64
}

/// η²σ²/(1 − (1 − ηa)²) for noise of variance σ² per coordinate.
fn stationary(eta: f64, a: f64, noise: f64) -> f64 {
    eta * eta * noise / (1.0 - (1.0 - eta * a).powi(2))
}

fn close(found: f64, wanted: f64) {
    assert!((found / wanted - 1.0).abs() < 0.02, "{found} and {wanted}");
}

#[test]
fn noisy_descent_has_the_stationary_variance_of_theory() {
    for (eta, a) in [(0.1, 2.0), (0.5, 1.0)] {
        let found = variance(Method::NoisyDescent { radius: 1.0 }, a, &[("step_size", eta)]);
        close(found, stationary(eta, a, 1.0 / DIMENSION as f64));
    }
}

#[test]
fn gradient_noise_has_the_stationary_variance_of_theory() {
    let found = variance(Method::GradientNoise { std: 0.3 }, 1.0, &[("step_size", 0.3)]);
    close(found, stationary(0.3, 1.0, 0.09));
}

#[test]
fn noise_every_step_has_its_radius() {
    let method = Method::Perturbed2019 {
        noise: Timing::EveryStep,
    };
    let found = variance(method, 1.0, &[("step_size", 0.3), ("radius", 2.0)]);
    close(found, stationary(0.3, 1.0, 4.0 / DIMENSION as f64));
}

#[test]
fn noise_of_gradients_and_of_the_method_are_independent() {
    let method = Method::Stochastic2019 { std: 0.5 };
    let found = variance(method, 1.0, &[("step_size", 0.3), ("radius", 2.0)]);
    close(found, stationary(0.3, 1.0, 0.25 + 4.0 / DIMENSION as f64));
}

/// ½ Σᵢ (sxᵢ − yᵢ)²/n or its n-fold: linear regression on the inputs s·I and targets of zero.
fn regression(scale: f64, loss: Loss) -> Risk {
    let examples = Examples {
        inputs: (0..DIMENSION * DIMENSION)
            .map(|k| {
                if k / DIMENSION == k % DIMENSION {
                    scale
                } else {
                    0.0
                }
            })
            .collect(),
        dimension: DIMENSION,
        targets: Targets::Values {
            values: vec![0.0; DIMENSION],
            width: 1,
        },
    };
    let model = Architecture::Perceptron {
        hidden: Vec::new(),
        activation: Activation::Identity,
        bias: false,
        skips: false,
        parametrisation: Parametrisation::Standard,
    };
    let network = model.build(DIMENSION, 1, Seed(1), &Device::cpu(Precision::F64));
    Risk::new(Arc::new(network), Initialisation::Zero, loss, &examples)
}

#[test]
fn noise_on_labels_reaches_the_gradient_through_the_jacobian() {
    // The gradient's noise is s·std a coordinate, the curvature s²; both are weighted by 1/n in a mean.
    let (scale, std, eta) = (2.0, 0.5, 0.3);
    for (loss, weight) in [(Loss::HalfSquared, 1.0), (Loss::MeanSquared, 0.1)] {
        let a = weight * scale * scale;
        let risk = regression(scale, loss);
        let method = Method::LabelNoise { std };
        let found = variance_on(&risk, 20, method, a, &[("step_size", eta / a)]);
        close(found, stationary(eta / a, a, (weight * scale * std).powi(2)));
        assert_eq!(method.misfit(&risk), None);
    }
}

fn one() -> Bowl {
    Bowl {
        eigenvalues: vec![1.0],
        bound: 0.0,
    }
}

const LABELS: Method = Method::LabelNoise { std: 1.0 };

#[test]
fn label_noise_needs_targets_that_are_numbers() {
    let found = LABELS.misfit(&regression(1.0, Loss::Logistic));
    assert_eq!(found.expect("a misfit").field, "kind");
    assert!(LABELS.misfit(&objective(one())).is_some());
}

#[test]
#[should_panic(expected = "kind is label-noise")]
fn label_noise_without_labels_is_a_bug() {
    let plan = plan(LABELS, &of_saddle(1), Constants::Practical, 1);
    run(&objective(one()), &[vec![1.0]], &plan);
}
