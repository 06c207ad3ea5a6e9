//! The ends of a small network's Hessian, against the whole spectrum.

use super::allowed;
use models::layers::Activation;
use models::{
    Architecture, CurvatureOperator, Device, Directions, Examples, Initialisation, Loss, Objective,
    Parametrisation, Point, Precision, Risk, Seed, Targets, overhead,
};
use probes::{Measurement, NegativeCurvature, Probe, Site, Start, Stationarity};
use rand::RngExt;
use spectra::{Ends, eigenvalues, explicit, extremes};
use std::cell::OnceCell;
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

/// The whole spectrum of the Hessian at a point, in f64.
fn whole(at: &Point) -> Vec<f64> {
    let device = Device::cpu(Precision::F64);
    let reference = risk(&device);
    let same = Point::from_host(at.to_host(), &device);
    let dense = reference.linearise(&same);
    let whole = explicit(
        &CurvatureOperator {
            product: Box::new(|v| dense.hessian_times(v)),
            device,
            dimension: same.dimension(),
        },
        16,
    );
    let values = eigenvalues(&whole.matrix);
    let norm = values.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    assert!(
        whole.asymmetry <= 1e-12 * norm,
        "the dense Hessian is not symmetric: {:.1e}",
        whole.asymmetry
    );
    values
}

/// Each of the four largest and four smallest eigenvalues lies in its interval, and none is missed, whether the basis lies
/// on the device or in the host's memory.
pub fn agrees(device: &Device) {
    let here = risk(device);
    let at = here.start(Seed(2));
    let wanted = whole(&at);
    let norm = wanted.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    let linear = here.linearise(&at);
    let operator = || CurvatureOperator {
        product: Box::new(|v| linear.hessian_times(v)),
        device: device.clone(),
        dimension: at.dimension(),
    };
    let on_host = operator().from_host();
    assert!(on_host.device.on_host);
    contains(&operator(), &wanted, allowed(device) * norm);
    contains(&on_host, &wanted, allowed(device) * norm);
}

/// The interval is about the device's own Hessian, which is the true one up to the accuracy of its products.
fn contains(operator: &CurvatureOperator, wanted: &[f64], products: f64) {
    let ends = Ends {
        relative: 1e-5,
        ..Ends::new(4, 4)
    };
    let found = extremes(operator, &ends, |_| ControlFlow::Continue(()));
    assert!(found.converged(), "{}", found.advice().unwrap_or_default());
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

/// A large network whose inputs have the rank 3, and a fifth of whose first units are dead: the search among the parameters
/// that the examples reach finds eigenvectors of the whole Hessian, and Gauss–Newton products are the same.
pub fn reached_parameters_agree(device: &Device) {
    let (width, dead) = (330, 66);
    let (n, d) = (20, 200);
    let wave = |k: usize, j: usize| f64::from(((k + 1) * (j + 1)) as f32).sin();
    let examples = Examples {
        inputs: (0..n * d)
            .map(|place| (0..3).map(|k| wave(k, place / d) * wave(k + 3, place % d)).sum())
            .collect(),
        dimension: d,
        targets: Targets::Classes {
            labels: (0..n as u32).map(|i| i % 4).collect(),
            classes: 4,
        },
    };
    let model = Architecture::Perceptron {
        hidden: vec![width, 256],
        activation: Activation::Relu,
        bias: true,
        skips: false,
        parametrisation: Parametrisation::Standard,
    };
    let network = Arc::new(model.build(d, 4, Seed(1), device));
    let all = Risk::new(network, Initialisation::Torch, Loss::CrossEntropy, &examples);
    let mut at = all.start(Seed(2)).to_host();
    let biases = all.space().parameters[1].range.start;
    at[biases..biases + dead].fill(-100.0);
    let at = Point::from_host(at, device);
    let ends = Ends {
        relative: 1e-4,
        ..Ends::new(2, 1)
    };
    let Some(reached) = all.reached(&at, ends.wanted()) else {
        assert_eq!(
            device.precision,
            Precision::F64,
            "in single precision there are fewer"
        );
        return;
    };
    assert_eq!(reached.rank, Some(3));
    assert!(reached.dead + 1 >= dead, "{}", reached.dead);
    let (here, there) = (all.linearise(&at), reached.risk.linearise(&reached.at));
    let operator = CurvatureOperator {
        product: Box::new(|v| there.hessian_times(v)),
        device: device.clone(),
        dimension: reached.at.dimension(),
    };
    let ends = ends.in_blocks_for(overhead(device.on_host, n, operator.dimension));
    let found = extremes(&operator, &ends, |_| ControlFlow::Continue(()));
    assert!(found.converged(), "{}", found.advice().unwrap_or_default());
    let vectors = reached.lifted(&found.vectors);
    let products = here.hessian_times(&vectors);
    for ((value, norm), pair) in vectors
        .inner_products(&products)
        .into_iter()
        .zip(vectors.norms())
        .zip(&found.pairs)
    {
        assert!((norm - 1.0).abs() < allowed(device), "{norm}");
        let error = (value - pair.value).abs();
        assert!(
            error < pair.bound + allowed(device) * found.norm,
            "{value} {pair:?}"
        );
    }
    let sample = reached.sample(&here.slope().gradient);
    let product = here.gauss_newton_times(&sample).expect("a network");
    let other = |v: &Directions| there.gauss_newton_times(v).expect("a network");
    let defect = reached.defect(&sample, &product, other);
    assert!(defect < allowed(device) * found.norm, "{defect:.1e}");
}

/// The probes of negative curvature and of stationarity: their intervals, which know the noise of the device, contain the
/// smallest eigenvalue in f64, and so does the bound below it.
pub fn curvature_agrees(device: &Device) {
    let here = risk(device);
    let at = here.start(Seed(2));
    let wanted = whole(&at)[0];
    let site = Site {
        objective: &here,
        double: None,
        at: &at,
        slope: &here.slope(&at),
        motion: None,
        passed: &[],
        divisor: None,
        start: &Start::new(at.clone()),
        seed: Seed(9),
        interrupted: &|| false,
        warm: None,
        noise: OnceCell::new(),
    };
    let noise = site.noise();
    assert!(
        noise.floor() > 0.0 && noise.floor() < allowed(device) * 10.0 * noise.norm,
        "{noise:?}"
    );
    for probe in [
        Probe::NegativeCurvature(NegativeCurvature::default()),
        Probe::Stationarity(Stationarity::default()),
    ] {
        let finding = probe.measure(&site);
        let number = |name: &str| finding.scalars.iter().find(|scalar| scalar.name == name);
        // A search that has found negative curvature stops before there is a bound.
        let bound = number("bound below all curvature").map(|scalar| scalar.value);
        assert!(
            bound.is_none_or(|bound| bound <= wanted),
            "{bound:?} is above {wanted}"
        );
        let least = number("smallest curvature found").expect("a number");
        assert!(
            least.value + least.uncertainty.expect("an interval") >= wanted,
            "{finding:?}"
        );
        assert!(
            finding
                .verdicts
                .iter()
                .any(|text| text.contains("egative curvature") || text.contains("slope left"))
        );
    }
}
