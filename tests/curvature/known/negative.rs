//! The verdicts about negative curvature, and how often they are wrong.

use super::{Quadratic, analytic, found, scalar};
use crate::subjects;
use models::layers::{Activation, Linear};
use models::{CurvatureOperator, Device, Directions, Link, Loss, Objective, Point, Precision, Risk};
use probes::{Finding, NegativeCurvature, Probe};
use spectra::{eigenvalues, explicit};

fn ask(values: Vec<f64>, seed: u64, probe: NegativeCurvature) -> Finding {
    let place = Point::from_host(vec![0.0; values.len()], &Device::cpu(Precision::F64));
    found(
        &analytic(Quadratic(values)),
        &place,
        seed,
        Probe::NegativeCurvature(probe),
    )
}

fn with(epsilon: f64, products: usize) -> NegativeCurvature {
    NegativeCurvature {
        epsilon: Some(epsilon),
        products,
        ..NegativeCurvature::default()
    }
}

/// From `least` up to 1.
fn spread(count: usize, least: f64) -> Vec<f64> {
    (0..count)
        .map(|i| least + (1.0 - least) * i as f64 / (count - 1) as f64)
        .collect()
}

#[test]
fn each_verdict_is_given_where_it_is_right() {
    let negative = ask(spread(500, -0.3), 1, with(0.1, 128));
    assert!(
        negative.verdicts[0].starts_with("Negative curvature: along"),
        "{:?}",
        negative.verdicts
    );
    assert!(scalar(&negative, "smallest curvature found") < -0.05);
    assert!(
        !negative.incomplete && negative.cost.products < 60,
        "{:?}",
        negative.cost
    );

    let positive = ask(spread(500, 0.001), 1, with(0.01, 128));
    assert!(
        positive.verdicts[0].starts_with("No curvature below −1.000e-2 with probability 0.99"),
        "{:?}",
        positive.verdicts
    );
    let bound = scalar(&positive, "bound below all curvature");
    assert!((-0.01..0.001).contains(&bound), "{bound}");

    let whole = ask(spread(20, 0.0), 1, with(1e-12, 128));
    assert!(
        whole.verdicts[0].contains("for certain: the whole space"),
        "{:?}",
        whole.verdicts
    );

    let fine = ask(spread(500, 0.0), 1, with(1e-16, 128));
    assert!(
        fine.verdicts[0].starts_with("Below the noise floor"),
        "{:?}",
        fine.verdicts
    );

    let hasty = ask(spread(500, 0.0), 1, with(1e-3, 12));
    assert!(
        hasty.verdicts[0].starts_with("It cannot be told"),
        "{:?}",
        hasty.verdicts
    );
    assert!(
        hasty.incomplete && hasty.warnings[0].contains("allow more"),
        "{:?}",
        hasty.warnings
    );
}

/// Where one layer is trained and nothing after it bends, no product is needed.
#[test]
fn convex_risks_are_known_to_have_none() {
    let device = Device::cpu(Precision::F64);
    let at = |activation| {
        let links = subjects::chain("fixed second layer", activation, &device);
        let risk = subjects::risk(links, Loss::CrossEntropy, &device);
        let place = subjects::somewhere(&risk);
        found(
            &risk,
            &place,
            1,
            Probe::NegativeCurvature(NegativeCurvature::default()),
        )
    };
    let relu = at(Activation::Relu);
    assert!(
        relu.verdicts[0].starts_with("No negative curvature, for certain"),
        "{:?}",
        relu.verdicts
    );
    assert_eq!(relu.cost.products, 0);
    assert!(at(Activation::Tanh).cost.products > 0);
}

/// λmin = −1.02 ε: that there is none below −ε is wrong, and said in at most one of five cases.
#[test]
fn negative_curvature_is_missed_as_seldom_as_promised() {
    let (seeds, epsilon) = (300, 0.02);
    let probe = NegativeCurvature {
        delta: 0.2,
        ..with(epsilon, 128)
    };
    let mut values = spread(400, 0.0);
    values[0] = -1.02 * epsilon;
    let wrong = (0..seeds).filter(|seed| {
        let finding = ask(values.clone(), *seed, probe);
        finding.verdicts[0].starts_with("No curvature")
    });
    let wrong = wrong.count();
    println!("{wrong} of {seeds} miss it");
    // One in five, and four standard deviations of chance.
    assert!(wrong <= 60 + 28, "{wrong} of {seeds}");
}

const CERTAIN: &str = "bound below all curvature, for certain";

/// The smallest eigenvalues of the Hessian and of its residual part.
fn smallest(risk: &Risk, place: &Point) -> [f64; 2] {
    let here = risk.linearise(place);
    let least = |product: &dyn Fn(&Directions) -> Directions| {
        let operator = CurvatureOperator {
            product: Box::new(product),
            device: risk.space().device.clone(),
            dimension: risk.space().dimension,
        };
        eigenvalues(&explicit(&operator, 8).matrix)[0]
    };
    [
        least(&|v| here.hessian_times(v)),
        least(&|v| here.residual_times(v).expect("a network")),
    ]
}

/// Where outputs are sums over hidden units, the residual part bounds all curvature from below, for certain.
#[test]
fn hidden_units_bound_all_curvature_for_certain() {
    let device = Device::cpu(Precision::F64);
    for (kind, activation, products) in [
        ("ntk", Activation::Relu, 3),
        ("ntk", Activation::Tanh, 6),
        ("ntk", Activation::Square, 6),
        ("fixed second layer", Activation::Tanh, 5),
    ] {
        for loss in [Loss::CrossEntropy, Loss::MeanSquared] {
            let risk = subjects::risk(subjects::chain(kind, activation, &device), loss, &device);
            let place = subjects::somewhere(&risk);
            let [hessian, residual] = smallest(&risk, &place);
            let ask = |epsilon| found(&risk, &place, 1, Probe::NegativeCurvature(with(epsilon, 24)));
            // Between the two bounds: a direction may be found, but none beyond what is certain.
            let open = ask(-0.4 * residual);
            let certain = scalar(&open, CERTAIN);
            assert!(
                certain <= hessian && residual <= hessian,
                "{kind} {activation:?}: {certain} {hessian}"
            );
            assert!(
                (certain - residual).abs() < 1e-9 * residual.abs(),
                "{certain} {residual}"
            );
            // Beyond it nothing is searched.
            let settled = ask(-1.01 * residual);
            assert_eq!(settled.cost.products, products, "{kind} {activation:?}");
            let said = "for certain: the Gauss–Newton part of the Hessian has none, and the residual part";
            assert!(
                settled.verdicts[0].contains(said) && !settled.incomplete,
                "{:?}",
                settled.verdicts
            );
        }
    }
    // At the origin of two linear layers the Gauss–Newton part is zero, and the bound is the smallest eigenvalue.
    let layer = |outputs| Link::Layer(Box::new(Linear { outputs, bias: false }));
    let risk = subjects::risk(
        vec![layer(4), layer(subjects::CLASSES)],
        Loss::MeanSquared,
        &device,
    );
    let origin = Point::from_host(vec![0.0; risk.space().dimension], &device);
    let finding = found(&risk, &origin, 1, Probe::NegativeCurvature(with(1e-3, 24)));
    let (certain, [hessian, _]) = (scalar(&finding, CERTAIN), smallest(&risk, &origin));
    assert!(
        hessian < 0.0 && (certain - hessian).abs() < 1e-9,
        "{certain} {hessian}"
    );
    // Where units are coupled there is no such bound.
    for kind in ["plain", "skip", "deep linear"] {
        let risk = subjects::risk(
            subjects::chain(kind, Activation::Relu, &device),
            Loss::MeanSquared,
            &device,
        );
        let probe = Probe::NegativeCurvature(NegativeCurvature::default());
        let finding = found(&risk, &subjects::somewhere(&risk), 1, probe);
        assert!(
            finding.scalars.iter().all(|scalar| scalar.name != CERTAIN),
            "{kind}"
        );
    }
}
