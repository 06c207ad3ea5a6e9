//! Closed forms against differences, and the kinds of their critical points.

use super::{analytic, found, scalar};
use models::analytic::{Analytic, ClosedForm, RippledBowl, taxonomy};
use models::{CriticalKind, Device, Point, Precision, Seed};
use probes::{Probe, Stationarity};
use rand::RngExt;
use spectra::{Matrix, eigenvalues};

fn unit(n: usize, i: usize) -> Vec<f64> {
    (0..n).map(|k| f64::from(u8::from(k == i))).collect()
}

fn moved(x: &[f64], i: usize, h: f64) -> Vec<f64> {
    let mut x = x.to_vec();
    x[i] += h;
    x
}

#[test]
fn closed_forms_agree_with_differences_and_with_what_is_known() {
    let mut stream = Seed(8).stream("taxonomy");
    for (name, form) in taxonomy() {
        let n = form.dimension();
        let x: Vec<f64> = (0..n).map(|_| stream.random_range(-1.5..1.5)).collect();
        let h = 1e-5;
        let gradient = form.gradient(&x);
        for (i, along) in gradient.iter().enumerate() {
            let (up, down) = (moved(&x, i, h), moved(&x, i, -h));
            let slope = (form.value(&up) - form.value(&down)) / (2.0 * h);
            assert!((slope - along).abs() < 1e-7, "{name}: {slope} against {along}");
            let (up, down) = (form.gradient(&up), form.gradient(&down));
            let product = form.hessian_times(&x, &unit(n, i));
            for j in 0..n {
                let bend = (up[j] - down[j]) / (2.0 * h);
                assert!(
                    (bend - product[j]).abs() < 1e-7,
                    "{name}: {bend} against {}",
                    product[j]
                );
            }
        }
        let known = form.known();
        for point in known.critical {
            assert!(form.gradient(&point.at).iter().all(|g| g.abs() < 1e-14), "{name}");
            assert!((form.value(&point.at) - point.value).abs() < 1e-15, "{name}");
            assert!(known.at_least.is_none_or(|least| least <= point.value), "{name}");
            let matrix = Matrix::from_fn(n, n, |i, j| form.hessian_times(&point.at, &unit(n, j))[i]);
            for (found, wanted) in eigenvalues(&matrix).iter().zip(&point.spectrum) {
                assert!((found - wanted).abs() < 1e-12, "{name}: {found} against {wanted}");
            }
        }
    }
}

/// What the probe says of each kind.
fn words(kind: CriticalKind) -> &'static str {
    match kind {
        CriticalKind::StrictMinimum => "This is what looks like a strict local minimum.",
        CriticalKind::StrictMaximum => "This is what looks like a strict local maximum.",
        CriticalKind::StrictSaddle => "This is a strict saddle.",
        CriticalKind::DegenerateMinimum => "It looks like a degenerate minimum:",
        CriticalKind::DegenerateMaximum => "It looks like a degenerate maximum:",
        CriticalKind::DegenerateSaddle => "It is a degenerate saddle:",
    }
}

const KINDS: [CriticalKind; 6] = [
    CriticalKind::StrictMinimum,
    CriticalKind::StrictMaximum,
    CriticalKind::StrictSaddle,
    CriticalKind::DegenerateMinimum,
    CriticalKind::DegenerateMaximum,
    CriticalKind::DegenerateSaddle,
];

/// The reference set of 18 points, and the valley of the shortest chain.
#[test]
fn every_critical_point_of_the_taxonomy_is_told() {
    let mut told = 0;
    for (name, form) in taxonomy() {
        let known = form.known();
        let objective = Analytic::new(form, Device::cpu(Precision::F64));
        for point in known.critical {
            let place = Point::from_host(point.at.clone(), &Device::cpu(Precision::F64));
            let finding = found(
                &objective,
                &place,
                1,
                Probe::Stationarity(Stationarity::default()),
            );
            let said = finding.verdicts.join(" ");
            println!("{name} at {:?}: {said}", point.at);
            for kind in KINDS {
                assert_eq!(
                    said.contains(words(kind)),
                    kind == point.kind,
                    "{name} at {:?} is a {:?}: {said}",
                    point.at,
                    point.kind
                );
            }
            assert!((scalar(&finding, "smallest curvature found") - point.spectrum[0]).abs() < 1e-9);
            let second = said.contains("Not second-order stationary");
            let negative = point.spectrum[0] < 0.0;
            assert_eq!(second, negative, "{name}: {said}");
            if negative {
                assert!(scalar(&finding, "decrease along negative curvature") > 0.0);
            }
            told += 1;
        }
    }
    assert_eq!(told, 19);
}

/// ρ = 13.5 is known of the rippled bowl, and so are its critical points: a minimum, a saddle and a minimum.
#[test]
fn critical_points_beside_a_point_are_proven_with_their_kind() {
    let bowl = analytic(RippledBowl);
    let kinds = [
        "a strict local minimum,",
        "a strict saddle with 1 negative of 2 eigenvalues,",
        "a strict local minimum,",
    ];
    for (critical, kind) in RippledBowl.known().critical.into_iter().zip(kinds) {
        for off in [0.0, 1e-6, -1e-4] {
            let at = vec![critical.at[0] + off, critical.at[1] - off];
            let place = Point::from_host(at, &Device::cpu(Precision::F64));
            let probe = Stationarity {
                epsilon: Some(0.1),
                ..Stationarity::default()
            };
            let finding = found(&bowl, &place, 1, Probe::Stationarity(probe));
            let told = finding.verdicts.iter().find(|text| text.starts_with("Within"));
            let told = told.unwrap_or_else(|| panic!("{off}: {:?}", finding.verdicts));
            assert!(told.contains(kind) && told.contains("for certain"), "{told}");
            let distance = scalar(&finding, "distance to a proven critical point");
            let true_distance = 2f64.sqrt() * off.abs();
            assert!(
                true_distance <= distance && distance <= 1.01 * true_distance * 5.5 / 2.0 + 1e-12,
                "{distance} against {true_distance}"
            );
            assert!(finding.warnings.is_empty(), "{:?}", finding.warnings);
        }
    }
    // Further off than Newton's method is sure to come back from.
    let place = Point::from_host(vec![1.0, 0.0], &Device::cpu(Precision::F64));
    let probe = Stationarity {
        epsilon: Some(10.0),
        ..Stationarity::default()
    };
    let finding = found(&bowl, &place, 1, Probe::Stationarity(probe));
    assert!(
        finding.verdicts.iter().all(|text| !text.starts_with("Within")),
        "{:?}",
        finding.verdicts
    );
}

#[test]
fn a_slope_is_no_critical_point() {
    let chain = analytic(models::analytic::Chain { depth: 2 });
    let place = Point::from_host(vec![1.0, 2.0], &Device::cpu(Precision::F64));
    let finding = found(&chain, &place, 1, Probe::Stationarity(Stationarity::default()));
    assert!(
        finding.verdicts[0].contains("a slope left"),
        "{:?}",
        finding.verdicts
    );
    assert!(
        finding.verdicts[1].starts_with("Not second-order stationary"),
        "{:?}",
        finding.verdicts
    );
}

/// √(ρε) is 0.1 with ρ = 1 and ε = 0.01: an eigenvalue of −0.05 is allowed, and −0.2 is not.
#[test]
fn second_order_stationarity_is_held_against_its_definition() {
    let ask = |least: f64, products: usize| {
        let values = (0..400).map(|i| if i == 0 { least } else { 1.0 + f64::from(i) / 400.0 });
        let objective = analytic(super::Quadratic(values.collect()));
        let place = Point::from_host(vec![0.0; 400], &Device::cpu(Precision::F64));
        let probe = Stationarity {
            epsilon: Some(0.01),
            lipschitz: Some(1.0),
            products,
            ..Stationarity::default()
        };
        let said = found(&objective, &place, 3, Probe::Stationarity(probe)).verdicts;
        said.iter()
            .find(|text| text.contains("econd-order stationary"))
            .cloned()
            .expect("a verdict")
    };
    assert!(
        ask(-0.05, 128).starts_with("Second-order stationary"),
        "{}",
        ask(-0.05, 128)
    );
    assert!(
        ask(-0.2, 128).starts_with("Not second-order stationary"),
        "{}",
        ask(-0.2, 128)
    );
    assert!(ask(-0.05, 4).contains("cannot be told"), "{}", ask(-0.05, 4));
}
