//! The probe `movement`.

use super::{assert_number, look};
use crate::training::{at, risk};
use models::layers::Activation;
use models::{Architecture, Examples, Initialisation, Loss, Parametrisation, Targets};
use probes::{Measurement, Movement};

/// φ(x) + φ(x) for x = ±1 becomes φ(x) + φ(−x): of the four activations the two of the second unit are others.
#[test]
fn distance_and_patterns_are_those_by_hand() {
    let examples = Examples {
        inputs: vec![1.0, -1.0],
        dimension: 1,
        targets: Targets::Values {
            values: vec![0.0; 2],
            width: 1,
        },
    };
    let model = Architecture::Perceptron {
        hidden: vec![2],
        activation: Activation::Relu,
        bias: false,
        skips: false,
        parametrisation: Parametrisation::Standard,
    };
    let network = risk(&model, Initialisation::Zero, Loss::HalfSquared, &examples);
    let moved = |start: [f64; 4]| {
        let here = at(&[1.0, -1.0, 1.0, 1.0]);
        look(&network, &at(&start), &here, None, &Movement::default())
    };
    let found = moved([1.0; 4]);
    assert_number(&found, "distance from the start", 2.0);
    assert_number(&found, "relative distance from the start", 1.0);
    assert_number(&found, "share of activation patterns changed", 0.5);
    let names: Vec<&str> = found.scalars.iter().map(|scalar| scalar.name.as_str()).collect();
    assert_eq!(names, Movement::default().numbers());
    // From zero there is no relative distance, and units that are off for all examples.
    let found = moved([0.0; 4]);
    assert_number(&found, "distance from the start", 2.0);
    assert_number(&found, "share of activation patterns changed", 0.5);
    assert_eq!(found.scalars.len(), 2);
}
