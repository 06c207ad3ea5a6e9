//! Small networks of every kind, their examples, and places to look: what oracles and devices are tested on.

use models::download;
use models::layers::{Activation, Fixed, Layer, Linear, Scale};
use models::{
    Device, Directions, Examples, Initialisation, Link, Loss, Network, Objective, Point, Risk, Seed, Targets,
};
use rand::RngExt;
use std::sync::Arc;

pub const EXAMPLES: usize = 7;
pub const INPUTS: usize = 5;
pub const CLASSES: usize = 3;

/// The chains that are tested: every kind of link at least once.
pub const CHAINS: [&str; 6] = [
    "plain",
    "biases",
    "skip",
    "ntk",
    "fixed second layer",
    "deep linear",
];

/// The links of one of [`CHAINS`].
pub fn chain(kind: &str, activation: Activation, device: &Device) -> Vec<Link> {
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

/// A few examples with classes.
pub fn examples() -> Examples {
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

/// The risk of a chain on these examples.
pub fn risk(links: Vec<Link>, loss: Loss, device: &Device) -> Risk {
    let network = Arc::new(Network::new(INPUTS, links, device.clone()));
    Risk::new(network, Initialisation::Normal { std: 0.7 }, loss, &examples())
}

/// The initial point with biases moved off zero, so that no rule is tested at a special place.
pub fn somewhere(risk: &Risk) -> Point {
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

/// Directions whose entries are uniform on −1..1.
pub fn random_directions(count: usize, risk: &Risk, name: &str) -> Directions {
    let mut stream = Seed(6).stream(name);
    let p = risk.space().dimension;
    let values = (0..count * p).map(|_| stream.random_range(-1.0..1.0)).collect();
    Directions::new(risk.space().device.upload(values, [count, p]))
}

/// The largest difference, relative to the largest number that is wanted.
pub fn relative_error(found: &[f64], wanted: &[f64]) -> f64 {
    assert_eq!(found.len(), wanted.len());
    // `f64::max` drops NaN, so that the error alone would hide it.
    assert!(found.iter().chain(wanted).all(|x| x.is_finite()), "not a number");
    let scale = wanted.iter().fold(1e-3, |m: f64, x| m.max(x.abs()));
    let error = found
        .iter()
        .zip(wanted)
        .fold(0.0f64, |m, (a, b)| m.max((a - b).abs()));
    error / scale
}

/// Directions on the host, row by row.
pub fn host(directions: &Directions) -> Vec<f64> {
    download(&directions.tensor())
}

/// One of several directions.
pub fn row(directions: &Directions, i: usize) -> Directions {
    Directions::new(directions.tensor().slice([i..i + 1, 0..directions.dimension()]))
}

/// ⟨a, b⟩.
pub fn inner(a: &Directions, b: &Directions) -> f64 {
    <Directions as spectra::Block>::gram(&[a], b)[(0, 0)]
}
