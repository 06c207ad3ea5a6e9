//! What examples reach, against all parameters.

use super::*;
use crate::layers::Activation;
use crate::{Device, Examples, Initialisation, Loss, Parametrisation, Part, Targets, download};
use burn::tensor::Tensor;
use rand_distr::{Distribution, StandardNormal};
use std::sync::Arc;

const CLASSES: usize = 5;
const HIDDEN: usize = 256;
/// How many pairs are searched for.
const PAIRS: usize = 20;

fn perceptron() -> Architecture {
    perceptron_of(&[HIDDEN, HIDDEN], Activation::Tanh, false)
}

fn perceptron_of(hidden: &[usize], activation: Activation, skips: bool) -> Architecture {
    Architecture::Perceptron {
        hidden: hidden.to_vec(),
        activation,
        bias: true,
        skips,
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

fn examples(inputs: Vec<f64>, d: usize) -> Examples {
    let n = inputs.len() / d;
    Examples {
        inputs,
        dimension: d,
        targets: Targets::Classes {
            labels: (0..n as u32).map(|i| i % CLASSES as u32).collect(),
            classes: CLASSES,
        },
    }
}

fn risk(model: &Architecture, inputs: Vec<f64>, d: usize, device: &Device) -> Risk {
    let examples = examples(inputs, d);
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

/// What a plan counts with before the point is known is what is found there, and with dead units never less.
#[test]
fn what_is_planned_is_what_is_reached_at_most() {
    let planned = |model: &Architecture, inputs: Vec<f64>, d: usize| {
        model.reached(&examples(inputs, d), CLASSES, Precision::F32)
    };
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
        let all = model.sizes(300, CLASSES).parameters;
        let (_, dimension) = found(&model, mixed(n, 300, rank), 300, Precision::F32).expect("fewer");
        assert_eq!(planned(&model, mixed(n, 300, rank), 300).parameters, dimension);
        assert!(dimension < all && dimension >= Risk::LARGE);
    }
    // Of full rank, and before a skip around the first layer, all inputs stay.
    for (model, rank) in [
        (perceptron(), 300),
        (perceptron_of(&[300, 300], Activation::Tanh, true), 40),
    ] {
        let all = Reach::all(model.sizes(300, CLASSES).parameters);
        let reach = planned(&model, mixed(400, 300, rank), 300);
        assert_eq!((reach.parameters, reach.pairs), (all.parameters, all.pairs));
        assert_eq!(found(&model, mixed(400, 300, rank), 300, Precision::F32), None);
    }
    // Of dead units fewer are left out where the network would be small without them.
    for hidden in [800, 1_500] {
        let model = perceptron_of(&[hidden], Activation::Relu, false);
        let most = planned(&model, mixed(40, 100, 40), 100).parameters;
        let risk = risk(&model, mixed(40, 100, 40), 100, &Device::cpu(Precision::F32));
        for dead in [0, 50, 100, 150, 400, 700] {
            let at = with_dead(&risk, &(0..dead).collect::<Vec<_>>());
            let reached = risk.reached(&at, PAIRS);
            let left = reached.map_or(risk.space().dimension, |reached| reached.at.dimension());
            assert!(left <= most, "{hidden}, {dead}: {left}, {most}");
        }
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

/// How many units of each hidden layer no example switches on.
fn dead_of(risk: &Risk, at: &Point) -> Vec<usize> {
    let inputs = risk.inputs();
    let inputs = risk
        .space()
        .device
        .upload(inputs, [risk.examples(), risk.network().inputs()]);
    let count = |x: Tensor<2>| {
        let width = x.dims()[1];
        let pattern = download(&x);
        let on = |unit: &usize| pattern.iter().skip(*unit).step_by(width).any(|x| *x > 0.0);
        (0..width).filter(|unit| !on(unit)).count()
    };
    let all = risk.network().pre_activations(at.tensor(), inputs);
    all.into_iter().map(count).collect()
}

/// Dead units beside inputs of low rank and of full rank, in several virtual blocks. With few examples no ReLU is so near its
/// kink that other rounding switches it.
#[test]
fn dead_units_are_left_out() {
    let device = Device::cpu(Precision::F32);
    let dead: Vec<usize> = (0..100).map(|i| (37 * i) % HIDDEN).collect();
    for (n, rank, widths) in [(60, 7, [420, 400]), (400, 300, [HIDDEN, HIDDEN])] {
        let model = perceptron_of(&widths, Activation::Relu, false);
        let risk = risk(&model, mixed(n, 300, rank), 300, &device);
        let at = with_dead(&risk, &dead);
        let reached = risk.reached(&at, PAIRS).expect("fewer parameters");
        let low = (rank == 7).then_some(7);
        // One dead unit of each layer stays, for its zeros.
        let counts = dead_of(&risk, &at);
        assert!(counts[0] >= 100 && counts[1] >= 50, "{counts:?}");
        assert_eq!((reached.dead, reached.rank), (counts[0] + counts[1] - 2, low));
        let [first, second] = [0, 1].map(|layer| widths[layer] - counts[layer] + 1);
        let width = low.map_or(300, |rank| rank + 1);
        let left = (width + 1) * first + (first + 1) * second + (second + 1) * CLASSES;
        assert_eq!(reached.at.dimension(), left);
        same_products(&risk, &at, &reached);
        let blocks = risk.in_blocks_of(n / 3 + 1).reached(&at, PAIRS);
        let blocks = blocks.expect("fewer parameters");
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
    let left_out = dead_of(&here, &at)[0] - 11;
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
    assert_eq!(reached.dead, dead_of(&here, &at)[0] - 10);
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
    let hidden = |activation, skips| perceptron_of(&[HIDDEN, HIDDEN], activation, skips);
    assert_eq!(reached(&hidden(Activation::LeakyRelu, false)), None);
    assert_eq!(reached(&hidden(Activation::Softplus, false)), None);
    assert_eq!(reached(&hidden(Activation::Relu, true)), None);
    // A unit that one example alone switches on, in one of several blocks.
    let risk = risk(
        &hidden(Activation::Relu, false),
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
