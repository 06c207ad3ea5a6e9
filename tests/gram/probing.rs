//! The probes `gram`, `pl` and `structural`, where the answer is known.

use crate::subjects::{CHAINS, chain, risk, somewhere};
use insta::assert_snapshot;
use models::layers::Activation;
use models::{
    Architecture, Device, Examples, Initialisation, Loss, Objective, Parametrisation, Point, Precision, Risk,
    SecondLayer, Seed, Targets,
};
use probes::{Finding, Gram, Measurement, Pl, Probe, Site, Start, Structural, Subject};
use rand::RngExt;
use spectra::{Matrix, eigenvalues};

pub fn measure(probe: &Probe, objective: &Risk, at: &Point, start: &Point) -> Finding {
    measure_unless(probe, objective, at, start, &|| false)
}

pub fn measure_unless(
    probe: &Probe,
    objective: &Risk,
    at: &Point,
    start: &Point,
    interrupted: &dyn Fn() -> bool,
) -> Finding {
    probe.measure(&Site {
        objective,
        double: None,
        at,
        slope: &objective.slope(at),
        motion: None,
        passed: &[],
        divisor: None,
        start: &Start::new(start.clone()),
        seed: Seed(1),
        interrupted,
        warm: None,
        noise: std::cell::OnceCell::new(),
    })
}

pub fn value(finding: &Finding, name: &str) -> (f64, f64) {
    let scalar = finding.scalars.iter().find(|scalar| scalar.name == name);
    let scalar = scalar.unwrap_or_else(|| panic!("no {name} in {finding:?}"));
    (scalar.value, scalar.uncertainty.unwrap_or(0.0))
}

pub fn perceptron(hidden: Vec<usize>, activation: Activation) -> Architecture {
    Architecture::Perceptron {
        hidden,
        activation,
        bias: true,
        skips: false,
        parametrisation: Parametrisation::Standard,
    }
}

pub fn random_inputs(n: usize, d: usize) -> Vec<f64> {
    let mut stream = Seed(13).stream("inputs");
    (0..n * d)
        .map(|_| f64::from(stream.random_range(-1.0f32..1.0)))
        .collect()
}

/// A perceptron on n random inputs with this many classes.
pub fn digits_like(n: usize, classes: usize, device: &Device) -> Risk {
    let examples = Examples {
        inputs: random_inputs(n, 20),
        dimension: 20,
        targets: Targets::Classes {
            labels: (0..n as u32).map(|i| i % classes as u32).collect(),
            classes,
        },
    };
    let network = perceptron(vec![24, 16], Activation::Tanh).build(20, classes, Seed(1), device);
    Risk::new(
        network.into(),
        Initialisation::Torch,
        Loss::CrossEntropy,
        &examples,
    )
}

const SMALLEST: &str = "smallest eigenvalue of the Gram matrix";
const PROVEN: &str = "proven lower bound of the Gram matrix's eigenvalues";
const LARGEST: &str = "largest eigenvalue of the Gram matrix";
const DRIFT: &str = "drift of the Gram matrix from the start";

/// On every device the numbers are those of f64 on the processor, for the point that the device holds.
pub fn agrees(device: &Device) {
    let risk = digits_like(12, 3, device);
    let (at, start) = (risk.start(Seed(2)), risk.start(Seed(3)));
    let finding = measure(&Probe::Gram(Gram { examples: 8 }), &risk, &at, &start);
    assert!(finding.warnings.is_empty(), "{:?}", finding.warnings);
    let exact = Device::cpu(Precision::F64);
    let gram = |point: &Point| {
        let first: Vec<usize> = (0..8).collect();
        let risk = digits_like(12, 3, &exact).on_examples(&first);
        risk.gram(&Point::from_host(point.to_host(), &exact))
    };
    let here = gram(&at);
    let values = eigenvalues(&here);
    let (smallest, width) = value(&finding, SMALLEST);
    assert!(
        (smallest - values[0]).abs() <= width && width < 1e-9 * values[23],
        "{width:e}"
    );
    let proven = value(&finding, PROVEN).0;
    assert!(proven < values[0] && proven > values[0] - 1e-9 * values[23]);
    let (largest, width) = value(&finding, LARGEST);
    assert!((largest - values[23]).abs() <= width);
    let difference = eigenvalues(&(&here - &gram(&start)));
    let (drift, width) = value(&finding, DRIFT);
    let wanted = difference[0].abs().max(difference[23]);
    assert!((drift - wanted).abs() <= width && width < 1e-9 * wanted);
    let pl = measure(&Probe::Pl(Pl::default()), &risk, &at, &start);
    assert!(pl.verdicts[0].contains("holds here"), "{:?}", pl.verdicts);
    let structural = measure(&Probe::Structural(Structural::default()), &risk, &at, &start);
    assert_eq!(value(&structural, "examples outside the sandwich").0, 0.0);
}

/// z = XW with more inputs than examples: K = XXᵀ ⊗ I, and the constants are its smallest eigenvalue, and that over n.
#[test]
fn the_constants_of_squared_losses_are_those_of_linear_regression() {
    let (n, d) = (6, 11);
    let device = Device::cpu(Precision::F64);
    let x = random_inputs(n, d);
    let gram = Matrix::from_fn(n, n, |i, j| (0..d).map(|k| x[i * d + k] * x[j * d + k]).sum());
    let values = eigenvalues(&gram);
    for (loss, factor) in [(Loss::HalfSquared, 1.0), (Loss::MeanSquared, 1.0 / n as f64)] {
        let examples = Examples {
            inputs: x.clone(),
            dimension: d,
            targets: Targets::Values {
                values: random_inputs(n, 2),
                width: 2,
            },
        };
        let model = Architecture::DeepLinear { hidden: vec![] };
        let network = model.build(d, 2, Seed(1), &device);
        let risk = Risk::new(network.into(), Initialisation::Torch, loss, &examples);
        let at = risk.start(Seed(1));
        let finding = measure(&Probe::Pl(Pl::default()), &risk, &at, &at);
        let lower = value(&finding, "lower bound of that ratio by the Gram matrix").0;
        let upper = value(&finding, "upper bound of that ratio by the Gram matrix").0;
        assert!(
            (lower / (factor * values[0]) - 1.0).abs() < 1e-10,
            "{loss:?}: {lower}"
        );
        assert!(
            (upper / (factor * values[n - 1]) - 1.0).abs() < 1e-10,
            "{loss:?}: {upper}"
        );
        let ratio = value(&finding, "Polyak–Łojasiewicz ratio").0;
        assert!(lower < ratio && ratio < upper);
        // ‖∇L‖²/2(L − L*) with another L*.
        let moved = measure(
            &Probe::Pl(Pl {
                least: 0.25 * risk.value(&at),
                ..Pl::default()
            }),
            &risk,
            &at,
            &at,
        );
        let moved = value(&moved, "Polyak–Łojasiewicz ratio").0;
        assert!((moved * 0.75 / ratio - 1.0).abs() < 1e-12);
    }
}

/// ∇L = w Jᵀr for every loss, so that the ratio lies within its bounds; and losses lie within theirs.
#[test]
fn bounds_hold_for_every_chain_and_loss() {
    let device = Device::cpu(Precision::F64);
    for kind in CHAINS {
        for loss in Loss::ALL {
            let risk = risk(chain(kind, Activation::Gelu, &device), loss, &device);
            let at = somewhere(&risk);
            let finding = measure(&Probe::Pl(Pl::default()), &risk, &at, &at);
            let of = |name: &str| value(&finding, name).0;
            let ratio = of("Polyak–Łojasiewicz ratio of the Gram matrix's examples");
            assert!(ratio >= of("lower bound of that ratio by the Gram matrix") && ratio > 0.0);
            assert!(ratio <= of("upper bound of that ratio by the Gram matrix"));
            let slope = risk.slope(&at);
            let wanted = slope.gradient.norms()[0].powi(2) / (2.0 * slope.value);
            assert!((of("Polyak–Łojasiewicz ratio") / wanted - 1.0).abs() < 1e-14);
            let finding = measure(&Probe::Structural(Structural::default()), &risk, &at, &at);
            let of = |name: &str| value(&finding, name).0;
            assert_eq!(of("examples outside the sandwich"), 0.0, "{kind}, {loss:?}");
            let mean = of("mean loss of the structural matrices' examples");
            assert!(of("lower bound of that loss by gradients and structure") <= mean);
            if let Some(above) = finding.scalars.iter().find(|s| s.name.starts_with("upper")) {
                assert!(above.value >= mean, "{kind}, {loss:?}: {finding:?}");
            }
        }
    }
}

/// The slope of one example bounds its loss from both sides, for random outputs.
#[test]
fn slopes_bound_losses() {
    let device = Device::cpu(Precision::F64);
    let mut stream = Seed(14).stream("outputs");
    for loss in Loss::ALL {
        for c in [1, 2, 5] {
            for size in [0.1, 1.0, 4.0] {
                let z: Vec<f64> = (0..50 * c)
                    .map(|_| size * stream.random_range(-1.0..1.0))
                    .collect();
                let targets = match loss {
                    Loss::CrossEntropy => (0..50 * c).map(|k| f64::from(u8::from(k % c == 0))).collect(),
                    _ => (0..50 * c).map(|k| if k % 3 == 0 { -1.0 } else { 1.0 }).collect(),
                };
                let z = device.upload(z, [50, c]);
                let y = device.upload(targets, [50, c]);
                let losses = models::download(&loss.per_example(z.clone(), y.clone()));
                let slopes = models::download(&loss.linearise(z, y, 1.0).cotangent);
                for (found, slope) in losses.iter().zip(slopes.chunks(c)) {
                    let (least, most) = loss.given_slope(slope.iter().map(|r| r * r).sum(), c);
                    assert!(
                        least <= found + 1e-12 && *found <= most + 1e-12,
                        "{loss:?}, {c} outputs: {least} ≤ {found} ≤ {most}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_wide_network_is_near_its_limit() {
    let device = Device::cpu(Precision::F32);
    let examples = Examples {
        inputs: random_inputs(10, 8),
        dimension: 8,
        targets: Targets::Values {
            values: random_inputs(10, 1),
            width: 1,
        },
    };
    let distance = |width: usize| {
        let model = Architecture::WideRelu {
            width,
            second_layer: SecondLayer::FixedSigns,
        };
        let network = model.build(8, 1, Seed(1), &device);
        let start = Initialisation::Normal { std: 1.0 };
        let risk = Risk::new(network.into(), start, Loss::HalfSquared, &examples);
        let at = risk.start(Seed(1));
        let finding = measure(&Probe::Gram(Gram::default()), &risk, &at, &at);
        assert_eq!(value(&finding, DRIFT).0, 0.0);
        let limit = value(&finding, "smallest eigenvalue of the limit of infinite width").0;
        let (least, _) = models::analytic::relu_kernel_ends(&examples.inputs, 8);
        assert!((limit - least).abs() < 1e-12);
        value(
            &finding,
            "distance of the Gram matrix from its limit of infinite width",
        )
        .0
    };
    // 1/√m: a hundred times the width, a tenth of the distance, give or take chance.
    let ratio = distance(100) / distance(10_000);
    assert!(ratio > 4.0 && ratio < 25.0, "{ratio}");
}

#[test]
fn points_and_samples_that_say_nothing() {
    let device = Device::cpu(Precision::F64);
    let probes = [
        Probe::Gram(Gram::default()),
        Probe::Pl(Pl::default()),
        Probe::Structural(Structural::default()),
    ];
    let warnings = |risk: &Risk, at: &Point| {
        let found = probes
            .iter()
            .map(|probe| measure(probe, risk, at, &risk.start(Seed(1))));
        let said: Vec<String> = found.flat_map(|f| [f.verdicts, f.warnings].concat()).collect();
        said.join("\n")
    };
    let whole = digits_like(4, 2, &device);
    let mut broken = whole.start(Seed(1)).to_host();
    broken[3] = f64::NAN;
    assert_snapshot!(warnings(&whole, &Point::from_host(broken, &device)), @"
    the Gram matrix has entries that are no numbers: the point or an input is not finite
    the loss or its gradient is no finite number
    gradients of examples are no finite numbers: the point or an input is not finite
    ");
    // More rows than parameters; one example; one class.
    let small = |n: usize, classes: usize, d: usize| {
        let examples = Examples {
            inputs: random_inputs(n, d),
            dimension: d,
            targets: Targets::Classes {
                labels: vec![0; n],
                classes,
            },
        };
        let network = perceptron(vec![], Activation::Relu).build(d, classes, Seed(1), &device);
        Risk::new(
            network.into(),
            Initialisation::Torch,
            Loss::CrossEntropy,
            &examples,
        )
    };
    for (n, classes, d) in [(9, 2, 3), (1, 3, 2), (3, 1, 4)] {
        let risk = small(n, classes, d);
        let said = warnings(&risk, &risk.start(Seed(1)));
        match (n, classes) {
            (9, _) => assert_snapshot!(said, @"
            On all 9 examples the Gram matrix has 18 rows and there are 8 parameters, so that it is singular.
            On all 9 examples the Gram matrix gives no Polyak–Łojasiewicz constant: it is not proven positive definite.
            On all 9 examples every gradient lies in its sandwich.
            "),
            (1, _) => assert_snapshot!(said, @"
            On the one example the Gram matrix is positive definite: every eigenvalue exceeds 1.940e0.
            On the one example the Polyak–Łojasiewicz inequality holds here with μ = 5.846e-1, by the Gram matrix.
            On the one example every gradient lies in its sandwich.
            "),
            _ => assert_snapshot!(said, @"
            On all 3 examples the Gram matrix is positive definite: every eigenvalue exceeds 9.784e-1.
            the loss is L* itself: the Polyak–Łojasiewicz ratio has no value
            there is one class, so that cross-entropy and all its slopes are zero
            "),
        }
    }
}

#[test]
fn settings_that_cannot_be() {
    let subject = Subject {
        parameters: 1000,
        reached: models::Reach::all(1000),
        examples: 60_000,
        outputs: 10,
        blocks: Vec::new(),
        divides: false,
        on_host: true,
        number: 4,
        kept: 1,
        has_density: false,
        widths: 20,
    };
    let problem = |probe: Probe| probe.problem(&subject).map(|p| p.to_string()).unwrap_or_default();
    assert_snapshot!(problem(Probe::Gram(Gram { examples: 2001 })), @"examples is 2001: with 10 outputs the Gram matrix would have 20010 rows, and at most 20000 are possible; ask for at most 2000");
    assert_snapshot!(problem(Probe::Gram(Gram { examples: 0 })), @"examples is 0: at least one example is needed");
    assert_snapshot!(problem(Probe::Pl(Pl { least: -1.0, ..Pl::default() })), @"least is -1: it must be a number of at least 0, as every loss is");
    assert_snapshot!(problem(Probe::Pl(Pl { least: f64::NAN, ..Pl::default() })), @"least is NaN: it must be a number of at least 0, as every loss is");
    assert_snapshot!(problem(Probe::Pl(Pl { examples: 70_000, least: 0.0 })), @"examples is 70000: with 10 outputs the Gram matrix would have 600000 rows, and at most 20000 are possible; ask for at most 2000");
    assert_snapshot!(problem(Probe::Structural(Structural { examples: 0 })), @"examples is 0: at least one example is needed");
    assert_eq!(problem(Probe::Gram(Gram { examples: 2000 })), "");
}

/// A probe that is stopped says so, keeps what it knows, and is asked before each block of a Gram matrix.
#[test]
fn probes_of_gram_matrices_can_be_stopped() {
    let device = Device::cpu(Precision::F64);
    let risk = digits_like(12, 3, &device);
    let at = risk.start(Seed(3));
    let asked = std::cell::Cell::new(0);
    let after = |count: usize| {
        asked.set(0);
        let asked = &asked;
        move || {
            asked.set(asked.get() + 1);
            asked.get() > count
        }
    };
    let blocks = risk.with_memory(0);
    assert!(blocks.gram_unless(&at, after(77)).is_none());
    // Twelve blocks of one example, and so their pairs.
    assert!(blocks.gram_unless(&at, after(78)).is_some());
    assert_eq!(asked.get(), 78);
    for (probe, most) in [(Probe::Gram(Gram::default()), 4), (Probe::Pl(Pl::default()), 2)] {
        let whole = measure(&probe, &risk, &at, &at);
        assert!(!whole.incomplete);
        let mut known = 0;
        for count in 0..most {
            let found = measure_unless(&probe, &risk, &at, &at, &after(count));
            assert!(
                found.incomplete && found.scalars.len() < whole.scalars.len(),
                "{count}: {found:?}"
            );
            assert!(
                found.warnings[0].starts_with("Interrupted before"),
                "{:?}",
                found.warnings
            );
            assert!(found.scalars.len() >= known && whole.scalars.starts_with(&found.scalars));
            known = found.scalars.len();
        }
    }
}
