//! The structural matrices of a network so small that they are worked out by hand.

use super::probing::{measure, value};
use models::{Architecture, Device, Examples, Initialisation, Loss, Point, Precision, Risk, Seed, Targets};
use probes::{Probe, Structural};

/// x ↦ x (1, 2) W with W = diag(3, 1), at the inputs 1 and 2, whose outputs are (3, 2) and (6, 4).
///
/// A = x² WᵀW + ‖x (1, 2)‖² I = x² diag(14, 6).
fn tiny(loss: Loss, targets: Targets) -> (Risk, Point) {
    let device = Device::cpu(Precision::F64);
    let network = Architecture::DeepLinear { hidden: vec![2] }.build(1, 2, Seed(1), &device);
    let examples = Examples {
        inputs: vec![1.0, 2.0],
        dimension: 1,
        targets,
    };
    let risk = Risk::new(network.into(), Initialisation::Torch, loss, &examples);
    (
        risk,
        Point::from_host(vec![1.0, 2.0, 3.0, 0.0, 0.0, 1.0], &device),
    )
}

#[test]
fn structural_errors_are_those_by_hand() {
    let names = [
        "structural error U = −log₂ λmin, mean",
        "structural error L = −log₂ λmax, mean",
        "structural error U − L, mean",
        "mean squared gradient norm of single examples",
        "examples outside the sandwich",
        "mean loss of the structural matrices' examples",
        "lower bound of that loss by gradients and structure",
        "upper bound of that loss by gradients and structure",
    ];
    // λ = 6, 14 and 24, 56: U = −(log₂ 6 + log₂ 24)/2 = −(log₂ 6 + 1), and L likewise. With targets of zero the slopes are
    // (3, 2) and (6, 4), so that ‖g‖² = 14 · 9 + 6 · 4 = 150 and 16 times that, and ℓ = 13/2 and 26; the bounds of ℓ are
    // 150/28 and 2400/112, and 150/12 and 2400/48.
    let zeros = Targets::Values {
        values: vec![0.0; 4],
        width: 2,
    };
    let (risk, at) = tiny(Loss::MeanSquared, zeros);
    let finding = measure(&Probe::Structural(Structural::default()), &risk, &at, &at);
    let wanted = [
        -3.584_962_500_721_156,
        -4.807_354_922_057_604,
        1.222_392_421_336_448,
        1_275.0,
        0.0,
        16.25,
        13.392_857_142_857_142,
        31.25,
    ];
    for (name, wanted) in names.iter().zip(wanted) {
        let (found, _) = value(&finding, name);
        assert!(
            (found - wanted).abs() <= 1e-12 * wanted.abs(),
            "{name}: {found}, not {wanted}"
        );
    }

    // Slopes of cross-entropy are orthogonal to 1: along (1, −1)/√2 the matrices are 10 and 40, and nothing is lost
    // between the bounds. The right class is the first: r = (−q, q), q = 1/(1 + e^x).
    let first = Targets::Classes {
        labels: vec![0, 0],
        classes: 2,
    };
    let (risk, at) = tiny(Loss::CrossEntropy, first);
    let finding = measure(&Probe::Structural(Structural::default()), &risk, &at, &at);
    let q = [1.0f64, 2.0].map(|x| 1.0 / (1.0 + x.exp()));
    let gradients = 0.5 * (20.0 * q[0] * q[0] + 80.0 * q[1] * q[1]);
    let loss = -0.5 * ((1.0 - q[0]).ln() + (1.0 - q[1]).ln());
    let wanted = [
        -4.321_928_094_887_363,
        -4.321_928_094_887_363,
        0.0,
        gradients,
        0.0,
        loss,
        loss,
        loss,
    ];
    for (name, wanted) in names.iter().zip(wanted) {
        let (found, _) = value(&finding, name);
        assert!(
            (found - wanted).abs() <= 1e-12 * wanted.abs().max(1.0),
            "{name}: {found}, not {wanted}"
        );
    }
}
