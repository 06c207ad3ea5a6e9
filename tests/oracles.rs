//! What every combination of layers, activation and loss must pass, on any device.
//!
//! Each oracle returns the largest relative error, so that a planted fault can be shown to fail.

use burn::tensor::Tensor;
use models::layers::{Activation, Fixed, Layer, Linear, Linearised, Pulled, Scale};
use models::{
    Device, Directions, Examples, Initialisation, Link, Loss, Network, Objective, Point, Precision, Risk,
    Seed,
};
use models::{Targets, download};
use rand::RngExt;
use std::sync::Arc;

const EXAMPLES: usize = 7;
const INPUTS: usize = 5;
const CLASSES: usize = 3;

/// The chains that are tested: every kind of link at least once.
const CHAINS: [&str; 6] = [
    "plain",
    "biases",
    "skip",
    "ntk",
    "fixed second layer",
    "deep linear",
];

fn chain(kind: &str, activation: Activation, device: &Device) -> Vec<Link> {
    let layer = |layer: Box<dyn Layer>| Link::Layer(layer);
    let linear = |outputs: usize, bias: bool| layer(Box::new(Linear { outputs, bias }));
    let phi = || layer(Box::new(activation));
    match kind {
        "plain" => vec![
            linear(6, false),
            phi(),
            linear(4, false),
            phi(),
            linear(CLASSES, false),
        ],
        "biases" => vec![
            linear(6, true),
            phi(),
            linear(4, true),
            phi(),
            linear(CLASSES, true),
        ],
        "skip" => vec![
            linear(6, true),
            phi(),
            Link::Fork,
            linear(4, true),
            phi(),
            linear(6, true),
            Link::Join,
            linear(CLASSES, true),
        ],
        "ntk" => vec![
            linear(6, true),
            layer(Box::new(Scale(0.6))),
            phi(),
            linear(CLASSES, false),
            layer(Box::new(Scale(0.4))),
        ],
        "fixed second layer" => {
            let signs = (0..6 * CLASSES)
                .map(|k| if k % 3 == 0 { -1.0 } else { 1.0 })
                .collect();
            let matrix = device.upload(signs, [6, CLASSES]);
            vec![
                linear(6, false),
                phi(),
                layer(Box::new(Fixed { matrix })),
                layer(Box::new(Scale(0.5))),
            ]
        }
        _ => vec![linear(6, false), linear(4, false), phi(), linear(CLASSES, false)],
    }
}

fn examples() -> Examples {
    let mut stream = Seed(3).stream("oracle data");
    Examples {
        inputs: (0..EXAMPLES * INPUTS)
            .map(|_| stream.random_range(-1.0..1.0))
            .collect(),
        dimension: INPUTS,
        targets: Targets::Classes {
            labels: (0..EXAMPLES as u32).map(|i| i % 3).collect(),
            classes: CLASSES,
        },
    }
}

fn risk(links: Vec<Link>, loss: Loss, device: &Device) -> Risk {
    let network = Arc::new(Network::new(INPUTS, links, device.clone()));
    Risk::new(network, Initialisation::Normal { std: 0.7 }, loss, &examples())
}

/// The initial point with biases moved off zero, so that no rule is tested at a special place.
fn somewhere(risk: &Risk) -> Point {
    let mut stream = Seed(5).stream("somewhere");
    let start = risk.start(Seed(4)).to_host();
    Point::from_host(
        start
            .into_iter()
            .map(|x| x + stream.random_range(-0.2..0.2))
            .collect(),
        &risk.space().device,
    )
}

fn random_directions(count: usize, risk: &Risk, name: &str) -> Directions {
    let mut stream = Seed(6).stream(name);
    let p = risk.space().dimension;
    let values = (0..count * p).map(|_| stream.random_range(-1.0..1.0)).collect();
    Directions::new(risk.space().device.upload(values, [count, p]))
}

fn relative_error(found: &[f64], wanted: &[f64]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    let scale = wanted.iter().fold(1e-3, |m: f64, x| m.max(x.abs()));
    let error = found
        .iter()
        .zip(wanted)
        .fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
    assert!(error.is_finite(), "not a number");
    error / scale
}

fn host(directions: &Directions) -> Vec<f64> {
    download(&directions.tensor())
}

fn row(directions: &Directions, i: usize) -> Directions {
    Directions::new(directions.tensor().slice([i..i + 1, 0..directions.dimension()]))
}

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

fn inner(a: &Directions, b: &Directions) -> f64 {
    <Directions as spectra::Block>::gram(&[a], b)[(0, 0)]
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
        .find(|(_, error, allowed)| !(error <= allowed))
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

/// Value, gradient, Hessian and Gauss–Newton products of every combination on a device, against the CPU in f64:
/// the largest relative error.
pub fn worst_error_on(device: &Device) -> f64 {
    let reference = Device::cpu(Precision::F64);
    let mut worst = 0.0f64;
    for kind in CHAINS {
        for activation in Activation::ALL {
            for loss in Loss::ALL {
                let results = [&reference, device].map(|device| {
                    let risk = risk(chain(kind, activation, device), loss, device);
                    let at = somewhere(&risk);
                    let v = random_directions(2, &risk, "device");
                    let here = risk.linearise(&at);
                    let slope = here.slope();
                    let products = [
                        host(&here.hessian_times(&v)),
                        host(&here.gauss_newton_times(&v).expect("network")),
                    ];
                    (
                        vec![slope.value],
                        host(&slope.gradient),
                        products,
                        here.jacobian_times(&v).expect("network"),
                    )
                });
                let [wanted, found] = results;
                for (found, wanted) in [
                    (&found.0, &wanted.0),
                    (&found.1, &wanted.1),
                    (&found.2[0], &wanted.2[0]),
                    (&found.2[1], &wanted.2[1]),
                    (&found.3, &wanted.3),
                ] {
                    worst = worst.max(relative_error(found, wanted));
                }
            }
        }
    }
    worst
}

/// A tanh layer with one sign wrong in one of its rules.
#[derive(Clone, Copy, Debug)]
struct Faulty(&'static str);

impl Layer for Faulty {
    fn forward(&self, weights: Tensor<1>, x: Tensor<2>) -> Tensor<2> {
        Activation::Tanh.forward(weights, x)
    }

    fn linearise(&self, weights: Tensor<1>, x: Tensor<2>) -> (Tensor<2>, Box<dyn Linearised>) {
        let (y, right) = Activation::Tanh.linearise(weights, x);
        (y, Box::new(FaultyAt { fault: self.0, right }))
    }
}

struct FaultyAt {
    fault: &'static str,
    right: Box<dyn Linearised>,
}

impl Linearised for FaultyAt {
    fn pullback(&mut self, cotangent: Tensor<2>, wants_input: bool, remember: bool) -> Pulled<2, 1> {
        let mut pulled = self.right.pullback(cotangent, wants_input, remember);
        if self.fault == "pullback" {
            pulled.input = pulled.input.map(Tensor::neg);
        }
        pulled
    }

    fn pushforward(&self, weights: Option<&Tensor<2>>, x: Option<&Tensor<3>>) -> Option<Tensor<3>> {
        let y = self.right.pushforward(weights, x);
        if self.fault == "pushforward" {
            y.map(Tensor::neg)
        } else {
            y
        }
    }

    fn pullback_tangent(
        &self,
        weights: Option<&Tensor<2>>,
        x: Option<&Tensor<3>>,
        cotangent: Option<Tensor<3>>,
        wants_input: bool,
    ) -> Pulled<3, 2> {
        // The part that comes from φ″ alone has the wrong sign.
        let flat = self
            .right
            .pullback_tangent(weights, None, cotangent.clone(), wants_input)
            .input;
        let mut pulled = self.right.pullback_tangent(weights, x, cotangent, wants_input);
        if self.fault == "pullback tangent" {
            pulled.input = pulled
                .input
                .zip(flat)
                .map(|(all, flat)| flat.mul_scalar(2.0) - all);
        }
        pulled
    }
}

#[test]
fn a_rule_with_one_wrong_sign_fails_the_oracles() {
    let device = Device::cpu(Precision::F64);
    let run = |fault: &'static str| {
        let linear = |outputs: usize| Link::Layer(Box::new(Linear { outputs, bias: true }));
        let links = vec![linear(6), Link::Layer(Box::new(Faulty(fault))), linear(CLASSES)];
        verdict(
            &risk(links, Loss::CrossEntropy, &device),
            Loss::CrossEntropy,
            [("", 0.0, 0.0), ("", 0.0, 0.0)],
        )
    };
    assert_eq!(run("none"), Ok(()));
    for fault in ["pullback", "pushforward", "pullback tangent"] {
        let error = run(fault).expect_err(fault);
        println!("{fault}: {error}");
    }
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
