//! Probes of single examples that are stopped half-way.

use super::probing::{measure, measure_unless, perceptron, random_inputs};
use models::layers::Activation;
use models::{Device, Examples, Initialisation, Loss, Objective, Precision, Risk, Seed, Targets};
use probes::{Probe, Structural};
use std::sync::Arc;

/// Of a probe that is stopped the first examples are there, as they are without the others.
#[test]
fn structural_matrices_of_the_first_examples_outlive_an_interruption() {
    let (n, d) = (150, 5);
    let device = Device::cpu(Precision::F64);
    let examples = Examples {
        inputs: random_inputs(n, d),
        dimension: d,
        targets: Targets::Values {
            values: random_inputs(n, 2),
            width: 2,
        },
    };
    let model = perceptron(vec![4], Activation::Tanh);
    let network = Arc::new(model.build(d, 2, Seed(1), &device));
    let risk = Risk::new(network, Initialisation::Torch, Loss::MeanSquared, &examples);
    let at = risk.start(Seed(2));
    let asked = |examples| Probe::Structural(Structural { examples });
    let stopped = measure_unless(&asked(150), &risk, &at, &at, &|| true);
    let (few, all) = (
        measure(&asked(64), &risk, &at, &at),
        measure(&asked(150), &risk, &at, &at),
    );
    assert!(stopped.incomplete && !few.incomplete && !all.incomplete);
    assert_eq!(stopped.warnings, ["Interrupted after 64 of 150 examples."]);
    assert!(stopped.verdicts[0].starts_with("On the first 64 of 150 examples"));
    assert_eq!(stopped.scalars, few.scalars);
    for (some, all) in stopped.curves.iter().zip(&all.curves) {
        assert!(some.values.len() == 64 && all.values.len() == 150);
        assert_eq!(some.values, all.values[..64]);
    }
}
