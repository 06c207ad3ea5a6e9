//! What every combination of layers, activation and loss must pass.
//!
//! Each oracle returns the largest relative error, so that a planted fault can be shown to fail.

mod faulty;

use crate::subjects::{
    CHAINS, CLASSES, EXAMPLES, INPUTS, chain, examples, host, inner, random_directions, relative_error, risk,
    row, somewhere,
};
use burn::tensor::Tensor;
use models::layers::Activation;
use models::{Architecture, Examples, Initialisation, Parametrisation, Targets};
use models::{Device, Loss, Network, Objective, Precision, Risk, Seed, download};
use rand::RngExt;
use std::sync::Arc;

/// Gradient against central differences of the value along random directions.
fn gradient_by_differences(risk: &Risk) -> f64 {
    let at = somewhere(risk);
    let v = random_directions(4, risk, "differences");
    let gradient = risk.slope(&at).gradient;
    let h = 1e-5;
    let pairs = (0..4).map(|i| {
        let v = row(&v, i);
        let difference = (risk.value(&at.plus(&v, h)) - risk.value(&at.plus(&v, -h))) / (2.0 * h);
        (inner(&gradient, &v), difference)
    });
    let (found, wanted): (Vec<f64>, Vec<f64>) = pairs.unzip();
    relative_error(&found, &wanted)
}

/// Hessian product against central differences of the gradient.
fn hessian_by_differences(risk: &Risk) -> f64 {
    let at = somewhere(risk);
    let v = random_directions(1, risk, "differences");
    let h = 1e-5;
    let up = host(&risk.slope(&at.plus(&v, h)).gradient);
    let down = host(&risk.slope(&at.plus(&v, -h)).gradient);
    let wanted: Vec<f64> = up.iter().zip(&down).map(|(a, b)| (a - b) / (2.0 * h)).collect();
    relative_error(&host(&risk.linearise(&at).hessian_times(&v)), &wanted)
}

/// Gradient and Hessian product against Burn's own reverse mode: the same chain on an autodiff device.
/// The Hessian product is the gradient of ⟨∇L, v⟩, whose tape holds the forward maps and their tangents only.
fn against_the_tape(kind: &str, activation: Activation, loss: Loss, device: &Device) -> (f64, f64) {
    let plain = risk(chain(kind, activation, device), loss, device);
    let at = somewhere(&plain);
    let v = random_directions(1, &plain, "tape");
    let taped = Device {
        tensors: device.tensors.clone().autodiff(),
        ..device.clone()
    };
    let network = Network::new(INPUTS, chain(kind, activation, &taped), taped.clone());
    let data = examples();
    let x: Tensor<2> = taped.upload(data.inputs.clone(), [EXAMPLES, INPUTS]);
    let y: Tensor<2> = taped.upload(loss.encode(&data), [EXAMPLES, CLASSES]);
    let weight = loss.weight(EXAMPLES);

    let leaf: Tensor<1> = taped.upload(at.to_host(), [at.dimension()]).require_grad();
    let value = loss
        .per_example(network.forward(&leaf, x.clone()), y.clone())
        .sum()
        .mul_scalar(weight);
    let gradient = leaf.grad(&value.backward()).expect("the leaf has a gradient");
    let first = relative_error(&host(&plain.slope(&at).gradient), &download(&gradient));

    let leaf: Tensor<1> = taped.upload(at.to_host(), [at.dimension()]).require_grad();
    let (z, here) = network.linearise(&leaf, x);
    let moved = here
        .pushforward(&taped.upload(host(&v), [1, at.dimension()]))
        .outputs
        .expect("outputs move");
    let slope = loss.linearise(z, y, weight).cotangent;
    let along = (slope * moved.squeeze_dim::<2>(0)).sum();
    let second = leaf.grad(&along.backward()).expect("the leaf has a gradient");
    (
        first,
        relative_error(&host(&plain.linearise(&at).hessian_times(&v)), &download(&second)),
    )
}

/// ⟨u, Hv⟩ = ⟨Hu, v⟩.
fn symmetry(risk: &Risk) -> f64 {
    let at = somewhere(risk);
    let (u, v) = (random_directions(1, risk, "u"), random_directions(1, risk, "v"));
    let here = risk.linearise(&at);
    relative_error(
        &[inner(&u, &here.hessian_times(&v))],
        &[inner(&here.hessian_times(&u), &v)],
    )
}

/// A block of products equals the products one by one.
fn block_one_by_one(risk: &Risk) -> f64 {
    let at = somewhere(risk);
    let v = random_directions(3, risk, "block");
    let here = risk.linearise(&at);
    let one_by_one: Vec<f64> = (0..3)
        .flat_map(|i| host(&here.hessian_times(&row(&v, i))))
        .collect();
    relative_error(&host(&here.hessian_times(&v)), &one_by_one)
}

/// G·v = Jᵀ(∂²L/∂z²)Jv put together from Jacobian products, and ⟨Jv, w⟩ = ⟨v, Jᵀw⟩.
fn jacobians(risk: &Risk, loss: Loss) -> f64 {
    let at = somewhere(risk);
    let device = &risk.space().device;
    let v = random_directions(2, risk, "jacobian");
    let here = risk.linearise(&at);
    let moved = here.jacobian_times(&v).expect("a network has outputs");
    let shape = [2, EXAMPLES, CLASSES];
    let z = device.upload(risk.outputs(&at), [EXAMPLES, CLASSES]);
    let y = device.upload(loss.encode(&examples()), [EXAMPLES, CLASSES]);
    let bent = loss
        .linearise(z, y, loss.weight(EXAMPLES))
        .hessian_times(device.upload(moved.clone(), shape));
    let wanted = here
        .jacobian_transpose_times(&download(&bent))
        .expect("a network has outputs");
    let product = here
        .gauss_newton_times(&v)
        .expect("a network has a Gauss–Newton matrix");
    let mut stream = Seed(8).stream("cotangent");
    let w: Vec<f64> = (0..moved.len()).map(|_| stream.random_range(-1.0..1.0)).collect();
    let back = here.jacobian_transpose_times(&w).expect("a network has outputs");
    let left: f64 = moved
        .iter()
        .zip(&w)
        .take(EXAMPLES * CLASSES)
        .map(|(a, b)| a * b)
        .sum();
    let adjoint = relative_error(&[left], &[inner(&row(&v, 0), &row(&back, 0))]);
    relative_error(&host(&product), &host(&wanted)).max(adjoint)
}

/// J·v against central differences of the outputs.
fn jacobian_by_differences(risk: &Risk) -> f64 {
    let at = somewhere(risk);
    let v = random_directions(1, risk, "differences");
    let h = 1e-5;
    let (up, down) = (risk.outputs(&at.plus(&v, h)), risk.outputs(&at.plus(&v, -h)));
    let wanted: Vec<f64> = up.iter().zip(&down).map(|(a, b)| (a - b) / (2.0 * h)).collect();
    relative_error(
        &risk
            .linearise(&at)
            .jacobian_times(&v)
            .expect("a network has outputs"),
        &wanted,
    )
}

/// Everything above, for one chain in f64: the first oracle that fails, with its error.
fn check(kind: &str, activation: Activation, loss: Loss) -> Result<(), String> {
    let device = Device::cpu(Precision::F64);
    let (gradient, hessian) = against_the_tape(kind, activation, loss, &device);
    let risk = risk(chain(kind, activation, &device), loss, &device);
    verdict(
        &risk,
        loss,
        [
            ("gradient on the tape", gradient, 1e-12),
            ("Hessian product on the tape", hessian, 1e-12),
        ],
    )
    .map_err(|e| format!("{kind}, {activation:?}, {loss:?}: {e}"))
}

fn verdict(risk: &Risk, loss: Loss, more: [(&str, f64, f64); 2]) -> Result<(), String> {
    let own = [
        ("symmetry", symmetry(risk), 1e-12),
        ("block = one by one", block_one_by_one(risk), 1e-12),
        ("Jacobians and Gauss–Newton", jacobians(risk, loss), 1e-12),
        ("gradient by differences", gradient_by_differences(risk), 1e-6),
        ("Jacobian by differences", jacobian_by_differences(risk), 1e-6),
        ("Hessian by differences", hessian_by_differences(risk), 1e-6),
    ];
    match own
        .into_iter()
        .chain(more)
        .find(|(_, error, allowed)| error.is_nan() || error > allowed)
    {
        Some((name, error, allowed)) => Err(format!("{name}: {error:.1e} > {allowed:.1e}")),
        None => Ok(()),
    }
}

#[test]
fn every_chain_activation_and_loss_passes_the_oracles_in_f64() {
    let mut failures = Vec::new();
    for kind in CHAINS {
        for activation in Activation::ALL {
            for loss in Loss::ALL {
                failures.extend(check(kind, activation, loss).err());
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn blocks_held_in_memory_and_threads_do_not_change_a_bit() {
    let device = Device::cpu(Precision::F32);
    let whole = risk(
        chain("skip", Activation::Gelu, &device),
        Loss::CrossEntropy,
        &device,
    )
    .in_blocks_of(2);
    let at = somewhere(&whole);
    let v = random_directions(2, &whole, "blocks");
    let all = |risk: &Risk| {
        let here = risk.linearise(&at);
        let slope = risk.slope(&at);
        let products = [
            here.hessian_times(&v),
            here.gauss_newton_times(&v).expect("network"),
        ];
        let parts = [slope.gradient, here.slope().gradient]
            .into_iter()
            .chain(products);
        let bits: Vec<u64> = parts.flat_map(|d| host(&d)).map(f64::to_bits).collect();
        (bits, slope.value.to_bits(), risk.value(&at).to_bits())
    };
    let wanted = all(&whole);
    for memory in [0, 2000, usize::MAX] {
        assert!(
            all(&whole.with_memory(memory)) == wanted,
            "{memory} bytes of memory change the result"
        );
    }
    for threads in [1, 2, 3, 5] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a thread pool");
        assert!(
            pool.install(|| all(&whole)) == wanted,
            "{threads} threads change the result"
        );
    }
    let one_block = risk(
        chain("skip", Activation::Gelu, &device),
        Loss::CrossEntropy,
        &device,
    );
    let error = relative_error(
        &host(&one_block.slope(&at).gradient),
        &host(&whole.slope(&at).gradient),
    );
    assert!(error < 1e-6, "blocks of two change the gradient by {error:.1e}");
}

/// A network whose matrix products are shared by threads, and whose directions are pushed one after the other.
#[test]
fn threads_do_not_change_a_bit_of_a_large_network() {
    let device = Device::cpu(Precision::F32);
    let architecture = Architecture::Perceptron {
        hidden: vec![256, 256],
        activation: Activation::Relu,
        bias: true,
        skips: false,
        parametrisation: Parametrisation::Standard,
    };
    let (n, d) = (512, 64);
    let mut stream = Seed(9).stream("large");
    let examples = Examples {
        inputs: (0..n * d).map(|_| stream.random_range(-1.0..1.0)).collect(),
        dimension: d,
        targets: Targets::Classes {
            labels: (0..n as u32).map(|i| i % 10).collect(),
            classes: 10,
        },
    };
    let network = Arc::new(architecture.build(d, 10, Seed(9), &device));
    let risk = Risk::new(
        network,
        Initialisation::He { scale: 1.0 },
        Loss::CrossEntropy,
        &examples,
    );
    assert!(risk.space().dimension > 1 << 16, "the network is not large");
    let at = risk.start(Seed(9));
    let v = random_directions(3, &risk, "large");
    let all = || {
        let here = risk.linearise(&at);
        let parts = [risk.slope(&at).gradient, here.hessian_times(&v)];
        parts
            .iter()
            .flat_map(host)
            .map(f64::to_bits)
            .collect::<Vec<u64>>()
    };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a thread pool").install(all)
    };
    let wanted = on(1);
    for threads in [2, 3, 4] {
        assert!(on(threads) == wanted, "{threads} threads change the result");
    }
    let here = risk.linearise(&at);
    let one_by_one: Vec<f64> = (0..3)
        .flat_map(|i| host(&here.hessian_times(&row(&v, i))))
        .collect();
    assert_eq!(host(&here.hessian_times(&v)), one_by_one);
}

#[test]
#[should_panic(expected = "not a number")]
fn a_result_that_is_no_number_fails() {
    relative_error(&[1.0, f64::NAN], &[1.0, 1.0]);
}
