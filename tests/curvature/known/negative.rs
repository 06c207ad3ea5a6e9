//! The verdicts about negative curvature, and how often they are wrong.

use super::{Quadratic, analytic, found, scalar};
use crate::subjects;
use models::layers::Activation;
use models::{Device, Loss, Point, Precision};
use probes::{Finding, NegativeCurvature, Probe};

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

    let whole = ask(spread(20, -0.004), 1, with(0.01, 128));
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
