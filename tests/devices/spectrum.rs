//! The ends of a small network's Hessian, against the whole spectrum.

use super::allowed;
use models::layers::Activation;
use models::{
    Architecture, CurvatureOperator, Device, Examples, Initialisation, Loss, Objective, Parametrisation,
    Point, Precision, Risk, Seed, Targets,
};
use rand::RngExt;
use spectra::{Ends, eigenvalues, explicit, extremes};
use std::ops::ControlFlow;
use std::sync::Arc;

/// A perceptron with 316 parameters on 30 examples.
pub fn risk(device: &Device) -> Risk {
    let (n, inputs, classes) = (30, 8, 4);
    let mut stream = Seed(11).stream("spectrum");
    let examples = Examples {
        // Numbers that f32 holds exactly: every precision sees the same function.
        inputs: (0..n * inputs)
            .map(|_| f64::from(stream.random_range(-1.0f32..1.0)))
            .collect(),
        dimension: inputs,
        targets: Targets::Classes {
            labels: (0..n as u32).map(|i| i % classes).collect(),
            classes: 4,
        },
    };
    let model = Architecture::Perceptron {
        hidden: vec![16, 8],
        activation: Activation::Tanh,
        bias: true,
        skips: false,
        parametrisation: Parametrisation::Standard,
    };
    let network = Arc::new(model.build(inputs, classes as usize, Seed(1), device));
    Risk::new(network, Initialisation::Torch, Loss::CrossEntropy, &examples)
}

/// Each of the four largest and four smallest eigenvalues lies in its interval, and none is missed.
pub fn agrees(device: &Device) {
    let reference = risk(&Device::cpu(Precision::F64));
    let here = risk(device);
    let at = here.start(Seed(2));
    let same = Point::from_host(at.to_host(), &Device::cpu(Precision::F64));
    let dense = reference.linearise(&same);
    let whole = explicit(
        &CurvatureOperator {
            product: Box::new(|v| dense.hessian_times(v)),
            device: Device::cpu(Precision::F64),
            dimension: same.dimension(),
        },
        16,
    );
    let wanted = eigenvalues(&whole.matrix);
    let norm = wanted.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    assert!(
        whole.asymmetry <= 1e-12 * norm,
        "the dense Hessian is not symmetric: {:.1e}",
        whole.asymmetry
    );

    let linear = here.linearise(&at);
    let operator = CurvatureOperator {
        product: Box::new(|v| linear.hessian_times(v)),
        device: device.clone(),
        dimension: at.dimension(),
    };
    let ends = Ends {
        relative: 1e-5,
        ..Ends::new(4, 4)
    };
    let found = extremes(&operator, &ends, |_| ControlFlow::Continue(()));
    assert!(found.converged(), "{}", found.advice().unwrap_or_default());
    // The interval is about the device's own Hessian, which is the true one up to the accuracy of its products.
    let products = allowed(device) * norm;
    let expected = wanted.iter().rev().take(4).chain(wanted.iter().take(4).rev());
    for (i, (pair, wanted)) in found.pairs.iter().zip(expected).enumerate() {
        let error = (pair.value - wanted).abs();
        assert!(
            error <= pair.bound + products,
            "eigenvalue {i} is {:.9e} ± {:.1e}, the whole spectrum has {wanted:.9e}",
            pair.value,
            pair.bound
        );
    }
}
