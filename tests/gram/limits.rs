//! Gram matrices of finite networks tend to the closed forms.

use models::{
    Architecture, Device, Examples, Initialisation, Loss, Objective, Precision, Risk, SecondLayer, Seed,
    Targets,
};
use rand::RngExt;
use spectra::Matrix;

const INPUTS: usize = 4;
const EXAMPLES: usize = 5;
const OUTPUTS: usize = 2;

fn wide(second_layer: SecondLayer, start: Initialisation, width: usize, seed: Seed) -> Risk {
    let mut stream = Seed(12).stream("inputs");
    let mut inputs: Vec<f64> = (0..EXAMPLES * INPUTS)
        .map(|_| stream.random_range(-1.0..1.0))
        .collect();
    // Two inputs at a small angle, where the closed forms are hard.
    for k in 0..INPUTS {
        inputs[INPUTS + k] = inputs[k] + if k == 0 { 0.05 } else { 0.0 };
    }
    let examples = Examples {
        inputs,
        dimension: INPUTS,
        targets: Targets::Values {
            values: vec![0.0; EXAMPLES * OUTPUTS],
            width: OUTPUTS,
        },
    };
    let model = Architecture::WideRelu { width, second_layer };
    let network = model.build(INPUTS, OUTPUTS, seed, &Device::cpu(Precision::F64));
    Risk::new(network.into(), start, Loss::HalfSquared, &examples)
}

/// The largest distance of the mean over the starts from the limit, in standard errors. The mean over all starts is the
/// limit at every width.
fn deviation(second_layer: SecondLayer, start: Initialisation, against: Option<Initialisation>) -> f64 {
    const STARTS: u64 = 400;
    let limit = wide(second_layer, against.unwrap_or(start), 12, Seed(0)).infinite_width_gram();
    let limit = limit.expect("a limit");
    let grams: Vec<Matrix> = (0..STARTS)
        .map(|seed| {
            let risk = wide(second_layer, start, 12, Seed(seed));
            risk.gram(&risk.start(Seed(seed)))
        })
        .collect();
    let mut worst: f64 = 0.0;
    for j in 0..limit.ncols() {
        for i in j..limit.nrows() {
            let mean = grams.iter().map(|gram| gram[(i, j)]).sum::<f64>() / STARTS as f64;
            let squares = grams.iter().map(|gram| (gram[(i, j)] - mean).powi(2));
            let error = (squares.sum::<f64>() / (STARTS * (STARTS - 1)) as f64).sqrt();
            if error > 0.0 {
                worst = worst.max((mean - limit[(i, j)]).abs() / error);
            } else {
                assert!((mean - limit[(i, j)]).abs() < 1e-12);
            }
        }
    }
    worst
}

/// 55 entries, four cases: 4.5 standard errors are exceeded by chance with a probability of 0.2 %.
#[test]
fn the_mean_over_starts_is_the_limit() {
    let normal = Initialisation::Normal { std: 1.0 };
    for (second_layer, start) in [
        (SecondLayer::FixedSigns, normal),
        (SecondLayer::FixedSigns, Initialisation::He { scale: 1.0 }),
        (SecondLayer::FixedOnes, normal),
        (SecondLayer::Trained, Initialisation::Normal { std: 0.7 }),
    ] {
        let worst = deviation(second_layer, start, None);
        assert!(
            worst < 4.5,
            "{second_layer:?}, {start:?}: {worst:.1} standard errors"
        );
    }
    // A start that is a tenth wider is told apart.
    let worst = deviation(
        SecondLayer::Trained,
        Initialisation::Normal { std: 0.77 },
        Some(Initialisation::Normal { std: 0.7 }),
    );
    assert!(worst > 4.5, "{worst:.1}");
}

#[test]
fn networks_and_starts_without_a_limit_say_so() {
    for (second_layer, start) in [
        (SecondLayer::Trained, Initialisation::He { scale: 1.0 }),
        (SecondLayer::FixedSigns, Initialisation::Xavier { scale: 1.0 }),
        (SecondLayer::FixedSigns, Initialisation::Normal { std: 0.0 }),
    ] {
        assert!(
            wide(second_layer, start, 3, Seed(1))
                .infinite_width_gram()
                .is_none()
        );
    }
}
