//! The noise floor, operators that are not symmetric, and kinks.

use super::{analytic, at, found, scalar};
use crate::subjects;
use models::analytic::ClosedForm;
use models::layers::Activation;
use models::{CurvatureOperator, Device, Loss, Objective, Point, Precision, download};
use probes::{Ends, NegativeCurvature, Noise, Probe, Stationarity};
use spectra::{eigenvalues, explicit};

/// A bowl whose products lack the mirror image of one entry.
#[derive(Debug)]
struct Skewed;

impl ClosedForm for Skewed {
    fn dimension(&self) -> usize {
        30
    }

    fn value(&self, x: &[f64]) -> f64 {
        x.iter().map(|x| 0.5 * x * x).sum()
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        x.to_vec()
    }

    fn hessian_times(&self, _x: &[f64], v: &[f64]) -> Vec<f64> {
        let mut product = v.to_vec();
        product[0] += v[29];
        product
    }
}

#[test]
fn an_operator_that_is_not_symmetric_is_refused() {
    let objective = analytic(Skewed);
    let place = Point::from_host(vec![0.0; 30], &Device::cpu(Precision::F64));
    for probe in [
        Probe::Ends(Ends::default()),
        Probe::NegativeCurvature(NegativeCurvature::default()),
        Probe::Stationarity(Stationarity::default()),
    ] {
        let finding = found(&objective, &place, 1, probe);
        assert!(finding.scalars.is_empty() && finding.curves.is_empty() && finding.verdicts.is_empty());
        assert!(finding.incomplete);
        assert!(
            finding.warnings[0].starts_with("The operator is not symmetric"),
            "{:?}",
            finding.warnings
        );
    }
    // A trace that takes its products from a density takes them from the same operator.
    let all = ["kind = \"density\"", "kind = \"trace\"", "kind = \"ends\""].map(crate::curvature::asked);
    let heard = std::cell::Cell::new(0);
    at(&objective, &place, 1, |site| {
        probes::measure(&all, site, |_, finding| {
            heard.set(heard.get() + 1);
            assert!(finding.scalars.is_empty() && finding.incomplete, "{finding:?}");
            std::ops::ControlFlow::Continue(())
        });
    });
    assert_eq!(heard.get(), 3);
}

fn risk(kind: &str, activation: Activation, precision: Precision) -> models::Risk {
    let device = Device::cpu(precision);
    subjects::risk(
        subjects::chain(kind, activation, &device),
        Loss::CrossEntropy,
        &device,
    )
}

/// The intervals that are printed for f32 contain the eigenvalues of the same function in f64.
#[test]
fn intervals_in_f32_contain_the_eigenvalues_of_f64() {
    for (kind, activation) in [
        ("plain", Activation::Tanh),
        ("biases", Activation::Gelu),
        ("ntk", Activation::Softplus),
        ("plain", Activation::Relu),
        ("skip", Activation::Relu),
        ("biases", Activation::LeakyRelu),
    ] {
        let single = risk(kind, activation, Precision::F32);
        let place = subjects::somewhere(&single);
        let double = Device::cpu(Precision::F64);
        let exact = single.on(&double);
        let here = exact.linearise(&Point::from_host(place.to_host(), &double));
        let operator = CurvatureOperator {
            product: Box::new(|v| here.hessian_times(v)),
            device: double,
            dimension: place.dimension(),
        };
        let values = eigenvalues(&explicit(&operator, 8).matrix);
        let noise = at(&single, &place, 1, Noise::measure);
        let inexact = noise.inexactness.expect("f32 is compared");
        assert!(
            noise.compared == single.examples() && inexact > 0.0 && inexact < 1e-5 * noise.norm,
            "{noise:?}"
        );
        assert!(noise.refusal().is_none());
        for seed in 0..5 {
            let ends = Ends {
                largest: 3,
                smallest: 3,
                tolerance: 1e-6,
                ..Ends::default()
            };
            let finding = found(&single, &place, seed, Probe::Ends(ends));
            let curves = finding
                .curves
                .iter()
                .flat_map(|curve| curve.values.iter().zip(&curve.uncertainties));
            let n = values.len();
            let wanted = (1..=3).map(|i| values[n - i]).chain(values[..3].iter().copied());
            for ((value, bound), wanted) in curves.zip(wanted) {
                assert!(
                    (value - wanted).abs() <= *bound,
                    "{kind}: {value} ± {bound:.1e}, in f64 {wanted}"
                );
            }
        }
    }
}

#[test]
fn nothing_is_more_exact_than_f64_and_noise_is_that_of_rounding() {
    let risk = risk("plain", Activation::Tanh, Precision::F64);
    let noise = at(&risk, &subjects::somewhere(&risk), 1, Noise::measure);
    assert_eq!(noise.inexactness, None);
    assert!(
        noise.floor() > 0.0 && noise.floor() < 1e-13 * noise.norm,
        "{noise:?}"
    );
    let finding = noise.finding();
    assert!(finding.verdicts[0].contains("they are computed in it"));
    assert_eq!(scalar(&finding, "noise floor of the Hessian"), noise.floor());
}

/// The same risk, made again: the same bits in the same precision, near in another, and fewer examples are a part.
#[test]
fn a_risk_is_made_again_elsewhere() {
    for kind in subjects::CHAINS {
        let risk = risk(kind, Activation::Tanh, Precision::F64);
        let place = subjects::somewhere(&risk);
        let double = Device::cpu(Precision::F64);
        assert_eq!(risk.on(&double).value(&place), risk.value(&place));
        let single = Device::cpu(Precision::F32);
        let rounded = risk.on(&single);
        let near = Point::from_host(place.to_host(), &single);
        assert!((rounded.value(&near) - risk.value(&place)).abs() < 1e-6);
        let part = risk.on_examples(&[0, 1]).on(&double).outputs(&place);
        assert_eq!(part[..], risk.outputs(&place)[..2 * subjects::CLASSES]);
    }
}

#[test]
fn the_kink_margin_is_the_smallest_pre_activation() {
    let device = Device::cpu(Precision::F64);
    let risk = risk("plain", Activation::Relu, Precision::F64);
    let place = subjects::somewhere(&risk);
    let inputs = device.upload(
        subjects::examples().inputs,
        [subjects::EXAMPLES, subjects::INPUTS],
    );
    let layers = risk.network().pre_activations(place.tensor(), inputs);
    let margin = |x: Vec<f64>| {
        let sizes: Vec<f64> = x.iter().map(|x| x.abs()).collect();
        sizes.iter().copied().fold(f64::INFINITY, f64::min) * sizes.len() as f64 / sizes.iter().sum::<f64>()
    };
    let wanted = layers
        .iter()
        .map(|x| margin(download(x)))
        .fold(f64::INFINITY, f64::min);
    let kinks = risk.kinks(&place).expect("ReLU has kinks");
    assert!(
        (kinks.margin - wanted).abs() < 1e-14,
        "{kinks:?} against {wanted}"
    );
    assert_eq!((kinks.touching, kinks.units), (0, 7 * 10));
    let finding = found(&risk, &place, 1, Probe::Ends(Ends::default()));
    assert_eq!(scalar(&finding, probes::KINK_MARGIN), kinks.margin);

    // At the origin every pre-activation is zero.
    let origin = Point::from_host(vec![0.0; place.dimension()], &device);
    let kinks = risk.kinks(&origin).expect("ReLU has kinks");
    assert_eq!((kinks.margin, kinks.touching), (0.0, 70));
    let finding = found(&risk, &origin, 1, Probe::Ends(Ends::default()));
    assert!(
        finding
            .warnings
            .iter()
            .any(|text| text.starts_with("70 of 70 pre-activations are zero")),
        "{:?}",
        finding.warnings
    );
}

#[test]
fn smooth_networks_have_no_kinks() {
    for activation in [Activation::Tanh, Activation::Identity] {
        let risk = risk("plain", activation, Precision::F64);
        let place = subjects::somewhere(&risk);
        assert_eq!(risk.kinks(&place), None);
        let finding = found(&risk, &place, 1, Probe::Ends(Ends::default()));
        assert!(
            finding
                .scalars
                .iter()
                .all(|scalar| scalar.name != probes::KINK_MARGIN)
        );
    }
}
