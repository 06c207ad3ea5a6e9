//! How many vectors a search multiplies at once.

use super::asked;
use models::layers::Activation;
use models::{
    Architecture, Device, Examples, Initialisation, Loss, Objective, Parametrisation, Precision, Risk, Seed,
    Targets,
};
use probes::{Measurement, Site, Start};
use std::cell::{Cell, OnceCell};

/// A perceptron on so many examples with five inputs and one output.
fn risk(examples: usize, hidden: usize) -> Risk {
    let wave = |i: usize| f64::from(((i * i + 3) as f32).sin());
    let model = Architecture::Perceptron {
        hidden: vec![hidden],
        activation: Activation::Tanh,
        bias: true,
        skips: false,
        parametrisation: Parametrisation::Standard,
    };
    let network = model.build(5, 1, Seed(1), &Device::cpu(Precision::F64));
    let examples = Examples {
        inputs: (0..5 * examples).map(wave).collect(),
        dimension: 5,
        targets: Targets::Values {
            values: (0..examples).map(|i| wave(7 * i)).collect(),
            width: 1,
        },
    };
    let start = Initialisation::He { scale: 1.0 };
    Risk::new(network.into(), start, Loss::MeanSquared, &examples)
}

/// How often a search for the largest eigenvalues multiplies before it has 12 products.
fn multiplications(risk: &Risk, largest: usize) -> usize {
    let at = risk.start(Seed(2));
    let asked_for = Cell::new(0);
    let found = asked(&format!(
        "kind = \"ends\"\nlargest = {largest}\nsmallest = 0\nproducts = 12\ntolerance = 1e-12"
    ))
    .measure(&Site {
        objective: risk,
        double: None,
        at: &at,
        slope: &risk.slope(&at),
        motion: None,
        start: &Start::new(at.clone()),
        passed: &[],
        divisor: None,
        seed: Seed(3),
        interrupted: &|| {
            asked_for.set(asked_for.get() + 1);
            false
        },
        warm: None,
        noise: OnceCell::new(),
    });
    assert_eq!(found.cost.products, 12 + largest + 1, "{found:?}");
    asked_for.get()
}

/// One where a product costs much, more where it costs little or many pairs are wanted: √(3·10⁶ w / ((n + 400) P)), at most four.
#[test]
fn blocks_go_by_the_cost_of_a_product_and_by_the_pairs_wanted() {
    // P = 7 · 400 + 1 = 2,801, n = 1,000: √0.77, √(4 · 0.77) and √(10 · 0.77).
    let large = risk(1000, 400);
    let found = [1, 4, 10].map(|largest| multiplications(&large, largest));
    assert_eq!(found, [12, 12, 6]);
    // The same network on 100 examples: √2.1, √(4 · 2.1), and √(10 · 2.1).
    let found = [1, 4, 10].map(|largest| multiplications(&risk(100, 400), largest));
    assert_eq!(found, [12, 6, 3]);
    // P = 211 on 10 examples: √35.
    assert_eq!(multiplications(&risk(10, 30), 1), 3);
}
