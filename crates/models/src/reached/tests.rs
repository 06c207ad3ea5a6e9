//! What examples reach, against all parameters.

use super::*;
use crate::layers::Activation;
use crate::{Device, Examples, Initialisation, Loss, Parametrisation, Part, Targets, download};
use rand_distr::{Distribution, StandardNormal};
use std::sync::Arc;

const CLASSES: usize = 5;
const HIDDEN: usize = 256;
/// How many pairs are searched for.
const PAIRS: usize = 20;

fn perceptron() -> Architecture {
    perceptron_with(Activation::Tanh)
}

fn perceptron_with(activation: Activation) -> Architecture {
    Architecture::Perceptron {
        hidden: vec![HIDDEN, HIDDEN],
        activation,
        bias: true,
        skips: false,
        parametrisation: Parametrisation::Standard,
    }
}

/// Rows that are combinations of `rank` random ones, rounded to f32.
fn mixed(n: usize, d: usize, rank: usize) -> Vec<f64> {
    let mut stream = Seed(5).stream("mixed inputs");
    let mut normal = |rows: usize, columns: usize| {
        Mat::from_fn(rows, columns, |_, _| {
            Distribution::<f64>::sample(&StandardNormal, &mut stream)
        })
    };
    let x = normal(n, rank) * normal(rank, d);
    in_rows(x.as_ref(), d, d)
        .into_iter()
        .map(|x| f64::from(x as f32))
        .collect()
}

fn risk(model: &Architecture, inputs: Vec<f64>, d: usize, device: &Device) -> Risk {
    let n = inputs.len() / d;
    let examples = Examples {
        inputs,
        dimension: d,
        targets: Targets::Classes {
            labels: (0..n as u32).map(|i| i % CLASSES as u32).collect(),
            classes: CLASSES,
        },
    };
    let network = Arc::new(model.build(d, CLASSES, Seed(1), device));
    Risk::new(network, Initialisation::Torch, Loss::CrossEntropy, &examples)
}

/// The rank and the number of parameters that are reached.
fn found(model: &Architecture, inputs: Vec<f64>, d: usize, precision: Precision) -> Option<(usize, usize)> {
    let risk = risk(model, inputs, d, &Device::cpu(precision));
    let reached = risk.reached(&risk.start(Seed(2)), PAIRS)?;
    assert_eq!(reached.dead, 0);
    Some((reached.rank?, reached.at.dimension()))
}

#[test]
fn the_rank_is_that_of_the_inputs() {
    let others = HIDDEN + (HIDDEN + 1) * HIDDEN + (HIDDEN + 1) * CLASSES;
    let left = |rank: usize| Some((rank, (rank + 1) * HIDDEN + others));
    let found = |inputs, d| found(&perceptron(), inputs, d, Precision::F32);
    // Enlarged images, fewer examples than pixels, both, and pixels that are zero in all images.
    assert_eq!(found(mixed(400, 300, 7), 300), left(7));
    assert_eq!(found(mixed(40, 300, 300), 300), left(40));
    assert_eq!(found(mixed(40, 300, 7), 300), left(7));
    let dark = mixed(400, 300, 300).into_iter().enumerate();
    let dark = dark.map(|(i, x)| if i % 300 < 100 { 0.0 } else { x });
    assert_eq!(found(dark.collect(), 300), left(200));
}

#[test]
fn nothing_is_left_out_where_it_would_not_be_worth_the_while() {
    let model = perceptron();
    let single = |inputs, d| found(&model, inputs, d, Precision::F32);
    assert_eq!(single(mixed(400, 300, 300), 300), None, "of full rank");
    assert_eq!(single(mixed(20, 10, 3), 10), None, "few inputs");
    let double = found(&model, mixed(40, 300, 7), 300, Precision::F64);
    assert_eq!(double, None, "double precision");
    let small = Architecture::DeepLinear { hidden: vec![20] };
    assert_eq!(single_of(&small), None, "a small network");
    let bent = Architecture::Chain {
        layers: vec![
            Part::Activation(Activation::Tanh),
            Part::Linear {
                outputs: 1_000,
                bias: true,
            },
            Part::Linear {
                outputs: CLASSES,
                bias: true,
            },
        ],
    };
    assert_eq!(single_of(&bent), None, "the first layer bends its inputs");
}

fn single_of(model: &Architecture) -> Option<(usize, usize)> {
    found(model, mixed(40, 300, 7), 300, Precision::F32)
}

/// What a plan counts with is never less than what is found, and the same where all that is left out is that examples are few.
#[test]
fn what_is_planned_is_what_is_reached_at_most() {
    let wide = Architecture::WideRelu {
        width: 700,
        second_layer: crate::SecondLayer::FixedSigns,
    };
    for (model, n, rank) in [
        (perceptron(), 40, 40),
        (perceptron(), 40, 7),
        (perceptron(), 400, 7),
        (wide, 10, 10),
    ] {
        let planned = model.reached(300, CLASSES, n, Precision::F32).parameters;
        let all = model.sizes(300, CLASSES).parameters;
        let (_, dimension) = found(&model, mixed(n, 300, rank), 300, Precision::F32).expect("fewer");
        assert!(dimension <= planned && dimension < all && dimension >= Risk::LARGE);
        assert_eq!(dimension == planned, rank == n);
    }
}

/// Inputs of low rank: one column of them is zero, and a product of another matrix is noticed.
#[test]
fn products_are_those_of_all_parameters() {
    let device = Device::cpu(Precision::F32);
    for (n, rank) in [(400, 7), (40, 40)] {
        let risk = risk(&perceptron(), mixed(n, 300, rank), 300, &device);
        let at = risk.start(Seed(2));
        let reached = risk.reached(&at, PAIRS).expect("fewer parameters");
        let inputs = reached.risk.inputs();
        let width = inputs.len() / n;
        assert_eq!(width, rank + 1);
        assert!(inputs.chunks(width).all(|row| row[rank] == 0.0));
        same_products(&risk, &at, &reached);

        let sample = reached.sample(&risk.linearise(&at).slope().gradient);
        let product = risk.linearise(&at).hessian_times(&sample);
        let few = reached.risk.linearise(&reached.at);
        let norm = product.norms()[0];
        let defect = reached.defect(&sample, &product, |v| few.hessian_times(v));
        assert!(defect > 0.0 && defect < 1e-5 * norm, "{defect:.1e} of {norm:.1e}");
        // Products of another matrix are noticed.
        let other = |v: &Directions| few.gauss_newton_times(v).expect("a network");
        let other = reached.defect(&sample, &product, other);
        assert!(other > 1e-2 * norm, "{other:.1e} of {norm:.1e}");
    }
}

/// M = UM′Uᵀ for all three matrices, UᵀU = I, and the value is the same.
fn same_products(risk: &Risk, at: &Point, reached: &Reached) {
    let device = &risk.space().device;
    let (value, same) = (risk.value(at), reached.risk.value(&reached.at));
    assert!((value - same).abs() < 1e-5 * value, "{value} {same}");

    let mut stream = Seed(3).stream("directions");
    let mut draws = |count: usize, length: usize| -> Tensor<2> {
        let numbers = (0..count * length).map(|_| stream.random_range(-1.0..1.0));
        device.upload(numbers.collect(), [count, length])
    };
    let v = Directions::new(draws(3, at.dimension()));
    let w = Directions::new(draws(3, reached.at.dimension()));
    close(&reached.projected(&reached.lifted(&w)), &w, 1e-6);
    let (all, few) = (risk.linearise(at), reached.risk.linearise(&reached.at));
    let projected = reached.projected(&v);
    let lifted = |product: Option<Directions>| reached.lifted(&product.expect("a network"));
    close(
        &all.hessian_times(&v),
        &lifted(Some(few.hessian_times(&projected))),
        1e-5,
    );
    close(
        &all.gauss_newton_times(&v).expect("a network"),
        &lifted(few.gauss_newton_times(&projected)),
        1e-5,
    );
    close(
        &all.residual_times(&v).expect("a network"),
        &lifted(few.residual_times(&projected)),
        1e-5,
    );
}

/// A point where these units of the first layer, and half as many of the second, are off for every example: their biases are
/// far below zero.
fn with_dead(risk: &Risk, dead: &[usize]) -> Point {
    let mut at = download(risk.start(Seed(2)).tensor());
    let all = &risk.space().parameters;
    let biases = all[..all.len() - 2]
        .iter()
        .filter(|own| own.name.ends_with("bias"));
    let counts = [dead.len(), dead.len() / 2];
    for (bias, count) in biases.zip(counts) {
        dead[..count]
            .iter()
            .for_each(|unit| at[bias.range.start + unit] = -1e3);
    }
    Point::new(risk.space().device.upload(at.clone(), [at.len()]))
}

/// How many units of the first layer no example switches on.
fn dead_of_first(risk: &Risk, at: &Point) -> usize {
    let pattern = risk.activation_pattern(at);
    let width = risk.network().first_linear().expect("a linear layer");
    let all = (0..width).filter(|unit| !pattern.iter().skip(*unit).step_by(width).any(|on| *on));
    all.count()
}

/// Dead units beside inputs of low rank and of full rank, in every virtual block alone, and before a layer that is fixed.
#[test]
fn dead_units_are_left_out() {
    let device = Device::cpu(Precision::F32);
    let dead: Vec<usize> = (0..100).map(|i| (37 * i) % HIDDEN).collect();
    for (n, rank) in [(400, 7), (400, 300)] {
        let risk = risk(
            &perceptron_with(Activation::Relu),
            mixed(n, 300, rank),
            300,
            &device,
        );
        let at = with_dead(&risk, &dead);
        let reached = risk.reached(&at, PAIRS).expect("fewer parameters");
        // One dead unit of each layer stays, for its zeros.
        assert_eq!((reached.dead, reached.rank), (148, (rank == 7).then_some(7)));
        let (first, second) = (HIDDEN - 99, HIDDEN - 49);
        // So many directions of the inputs that the network stays large.
        let width = if rank == 7 { 202 } else { 300 };
        let left = (width + 1) * first + (first + 1) * second + (second + 1) * CLASSES;
        assert_eq!(reached.at.dimension(), left);
        same_products(&risk, &at, &reached);
        let blocks = risk
            .in_blocks_of(150)
            .reached(&at, PAIRS)
            .expect("fewer parameters");
        assert_eq!((blocks.dead, blocks.rank), (reached.dead, reached.rank));
        same_products(&risk, &at, &blocks);
    }
}

/// Before a layer that is fixed, with few inputs: as many zeros stay as pairs are searched for.
#[test]
fn a_few_dead_units_stay_for_their_zeros() {
    let model = Architecture::Perceptron {
        hidden: vec![14_000],
        activation: Activation::Relu,
        bias: true,
        skips: false,
        parametrisation: Parametrisation::Ntk,
    };
    let risk_of = |model| risk(model, mixed(60, 2, 2), 2, &Device::cpu(Precision::F32));
    let here = risk_of(&model);
    let at = with_dead(&here, &(2_000..5_000).collect::<Vec<_>>());
    let reached = here.reached(&at, 21).expect("fewer parameters");
    // 11 units stay, with two inputs each.
    let left_out = dead_of_first(&here, &at) - 11;
    assert!((2_989..3_200).contains(&left_out));
    assert_eq!((reached.dead, reached.rank), (left_out, None));
    assert_eq!(
        reached.at.dimension(),
        (14_000 - left_out) * (2 + 1 + CLASSES) + CLASSES
    );
    same_products(&here, &at, &reached);
    assert!(here.reached(&at, 14_001).is_none(), "more pairs than units");

    // Inputs in the first quadrant, of which many units see nothing.
    let model = Architecture::WideRelu {
        width: 60_000,
        second_layer: crate::SecondLayer::FixedSigns,
    };
    let inputs = mixed(60, 2, 2).into_iter().map(f64::abs).collect();
    let here = risk(&model, inputs, 2, &Device::cpu(Precision::F32));
    let at = here.start(Seed(2));
    let reached = here.reached(&at, PAIRS).expect("fewer parameters");
    assert!(reached.dead > 10_000);
    assert_eq!(reached.dead, dead_of_first(&here, &at) - 10);
    same_products(&here, &at, &reached);
}

/// Units that are off for every example, but not without slope, or in a skip that joins widths.
#[test]
fn only_dead_units_are_left_out() {
    let device = Device::cpu(Precision::F32);
    let dead: Vec<usize> = (0..100).collect();
    let reached = |model: &Architecture| {
        let risk = risk(model, mixed(400, 300, 300), 300, &device);
        let at = with_dead(&risk, &dead);
        risk.reached(&at, PAIRS).map(|reached| reached.dead)
    };
    assert_eq!(reached(&perceptron_with(Activation::LeakyRelu)), None);
    assert_eq!(reached(&perceptron_with(Activation::Softplus)), None);
    let with_skips = Architecture::Perceptron {
        hidden: vec![HIDDEN, HIDDEN],
        activation: Activation::Relu,
        bias: true,
        skips: true,
        parametrisation: Parametrisation::Standard,
    };
    assert_eq!(reached(&with_skips), None);
    // A unit that one example alone switches on, in one of several blocks.
    let risk = risk(
        &perceptron_with(Activation::Relu),
        mixed(400, 300, 300),
        300,
        &device,
    );
    let at = with_dead(&risk, &dead);
    let pre = risk
        .network()
        .pre_activations(at.tensor(), risk.blocks().next().unwrap().inputs);
    let unit: Vec<f64> = download(&pre[0]).into_iter().skip(5).step_by(HIDDEN).collect();
    let most = unit.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let mut raised = download(at.tensor());
    raised[risk.space().parameters[1].range.start + 5] -= most - 1e-3;
    let raised = Point::new(device.upload(raised.clone(), [raised.len()]));
    let count = |risk: &Risk, at: &Point| risk.reached(at, PAIRS).expect("fewer parameters").dead;
    for risk in [risk.in_blocks_of(100), risk] {
        assert_eq!(count(&risk, &raised) + 1, count(&risk, &at));
    }
}

fn close(a: &Directions, b: &Directions, allowed: f64) {
    for (difference, norm) in a.minus(b).norms().into_iter().zip(a.norms()) {
        assert!(difference <= allowed * norm, "{:.1e}", difference / norm);
    }
}

/// As everything on the host.
#[test]
fn the_bits_do_not_depend_on_the_threads() {
    let numbers = mixed(600, 500, 500);
    let x = Mat::from_fn(600, 500, |i, j| numbers[i * 500 + j]);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("threads").install(|| principal(&x, 1e-7))
    };
    assert!(with(1) == with(3));
}
