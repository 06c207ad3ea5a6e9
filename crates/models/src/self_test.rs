//! Does a device compute what the host computes?

use crate::layers::Activation;
use crate::{
    Architecture, Device, Directions, Examples, Initialisation, Loss, Objective, Parametrisation, Precision,
};
use crate::{Risk, Seed, Targets};
use rand::RngExt;
use std::sync::Arc;

/// Compares the value, gradient and Hessian product of a small network with the host's, in f64.
///
/// Returns the largest relative error, or which quantity is wrong and by how much. Panics of the device are the
/// caller's to catch. Cost: a few milliseconds on a CPU, plus the compilation of shaders on a GPU.
pub fn self_test(device: &Device) -> Result<f64, String> {
    let wanted = quantities(&Device::cpu(Precision::F64));
    let found = quantities(device);
    // A few hundred products of numbers of order one: rounding grows like their square root; 100 leaves room.
    let allowed = 100.0 * device.precision.round_off();
    let mut worst = 0.0f64;
    for ((name, wanted), (_, found)) in wanted.iter().zip(&found) {
        let scale = wanted.iter().fold(f64::MIN_POSITIVE, |m, x| m.max(x.abs()));
        let error = wanted.iter().zip(found).fold(0.0f64, |m, (a, b)| {
            let difference = (a - b).abs() / scale;
            if difference.is_nan() {
                f64::INFINITY
            } else {
                m.max(difference)
            }
        });
        if error > allowed {
            return Err(format!(
                "its {name} is wrong by {error:.1e} relative (allowed {allowed:.1e})"
            ));
        }
        worst = worst.max(error);
    }
    Ok(worst)
}

fn quantities(device: &Device) -> [(&'static str, Vec<f64>); 4] {
    let seed = Seed(2016);
    let (n, d, classes) = (40, 23, 5);
    let mut stream = seed.stream("self-test");
    let examples = Examples {
        inputs: (0..n * d).map(|_| stream.random_range(-1.0..1.0)).collect(),
        dimension: d,
        targets: Targets::Classes {
            labels: (0..n as u32).map(|i| i % classes).collect(),
            classes: classes as usize,
        },
    };
    let architecture = Architecture::Perceptron {
        hidden: vec![33, 17],
        activation: Activation::Tanh,
        bias: true,
        skips: false,
        parametrisation: Parametrisation::Standard,
    };
    let network = Arc::new(architecture.build(d, classes as usize, seed, device));
    let risk = Risk::new(network, Initialisation::Torch, Loss::CrossEntropy, &examples);
    let at = risk.start(seed);
    let directions: Vec<f64> = (0..2 * at.dimension())
        .map(|_| stream.random_range(-1.0..1.0))
        .collect();
    let directions = Directions::new(device.upload(directions, [2, at.dimension()]));
    let here = risk.linearise(&at);
    let product = here.hessian_times(&directions);
    let gram = <Directions as spectra::Block>::gram(&[&directions], &product);
    let slope = here.slope();
    [
        ("loss", vec![slope.value]),
        ("gradient", crate::download(&slope.gradient.tensor())),
        ("Hessian product", crate::download(&product.tensor())),
        (
            "inner product",
            gram.col_iter()
                .flat_map(|c| c.iter().copied().collect::<Vec<_>>())
                .collect(),
        ),
    ]
}
