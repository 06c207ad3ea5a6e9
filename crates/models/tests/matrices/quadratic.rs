//! Quadratic networks, and certificates of global optimality.

use crate::support::{descend, double, inner, norm, normal, relative_error, somewhere};
use models::analytic::{MatrixSensing, QuadraticNetwork, SymmetricFactorisation};
use models::{
    Architecture, Examples, Initialisation, Loss, Objective, Point, Points, Risk, SecondLayer, Seed, Targets,
};

const D: usize = 4;
const N: usize = 30;

fn network(k: usize, decay: f64) -> QuadraticNetwork {
    let targets: Vec<f64> = normal(N, 101).iter().map(|y| y.abs()).collect();
    QuadraticNetwork::new(&normal(N * D, 100), D, &targets, &vec![1.0; k], decay, &double()).unwrap()
}

fn ends(problem: &dyn Objective, runs: u64, step: f64, count: usize) -> Points {
    let starts: Vec<Point> = (0..runs).map(|seed| problem.start(Seed(seed))).collect();
    descend(problem, &Points::of(&starts), step, count)
}

#[test]
fn without_decay_it_is_the_risk_of_the_network() {
    let (x, y) = (normal(N * D, 102), normal(N, 103));
    let examples = Examples {
        inputs: x.clone(),
        dimension: D,
        targets: Targets::Values {
            values: y.clone(),
            width: 1,
        },
    };
    let architecture = Architecture::Quadratic {
        width: 3,
        second_layer: SecondLayer::FixedOnes,
    };
    let built = architecture.build(D, 1, Seed(1), &double());
    let risk = Risk::new(built.into(), Initialisation::Torch, Loss::MeanSquared, &examples);
    let problem = QuadraticNetwork::new(&x, D, &y, &[1.0; 3], 0.0, &double()).unwrap();
    assert_eq!(problem.space().parameters, risk.space().parameters);
    let at = risk.start(Seed(2));
    let (ours, theirs) = (problem.slope(&at), risk.slope(&at));
    assert!((ours.value / theirs.value - 1.0).abs() < 1e-13);
    assert!(relative_error(&ours.gradient.to_host(), &theirs.gradient.to_host()) < 1e-12);
    // Weight decay adds (λ/2)‖W‖².
    let decayed = QuadraticNetwork::new(&x, D, &y, &[1.0; 3], 0.2, &double()).unwrap();
    let squares = inner(&at.to_host(), &at.to_host());
    assert!((decayed.value(&at) - ours.value - 0.1 * squares).abs() < 1e-13 * ours.value);
}

#[test]
fn wide_networks_are_certified_and_a_single_unit_is_not() {
    let wide = network(D, 0.05);
    let found = ends(&wide, 10, 0.01, 15_000);
    let values = wide.values(&found);
    let best = values.iter().copied().fold(f64::INFINITY, f64::min);
    for (i, value) in values.iter().enumerate() {
        let certificate = wide.dual_certificate(&found.row(i)).unwrap();
        assert!(certificate.gap < 1e-9, "{certificate:?}");
        assert!(value - best <= certificate.gap + 1e-13);
    }
    let narrow = network(1, 0.05);
    let found = ends(&narrow, 10, 0.01, 15_000);
    for i in 0..10 {
        let at = found.row(i);
        let certificate = narrow.dual_certificate(&at).unwrap();
        assert!(norm(&narrow.slope(&at).gradient.to_host()) < 1e-9);
        // The single unit is above the best of all, by no more than the certificate says.
        let gap = narrow.value(&at) - best;
        assert!(gap > 1e-3 && gap <= certificate.gap, "{gap} {certificate:?}");
        assert!(certificate.smallest < -1e-3);
    }
}

/// At random points, which are not critical, the bound holds as well.
#[test]
fn certificates_bound_the_gap_everywhere() {
    let wide = network(D, 0.05);
    let best = wide.values(&ends(&wide, 1, 0.01, 15_000))[0];
    let least = |problem: &dyn Objective| problem.known().at_least.unwrap();
    let whole =
        SymmetricFactorisation::with_spectrum(&[2.0, 1.0, -0.5, -1.0], 2, Seed(1), &double()).unwrap();
    let sensing = MatrixSensing::gaussian(&[2.0, 1.0], 4, 40, Seed(1), &double()).unwrap();
    for seed in 0..20 {
        let scale = 0.1 + 0.1 * seed as f64;
        let at = somewhere(&wide, scale, seed);
        let bound = wide.dual_certificate(&at).unwrap().gap;
        assert!(wide.value(&at) - best <= bound);
        let at = somewhere(&whole, scale, seed);
        assert!(whole.value(&at) - least(&whole) <= whole.dual_certificate(&at).gap);
        let at = somewhere(&sensing, scale, seed);
        assert!(sensing.value(&at) <= sensing.dual_certificate(&at).gap);
    }
    let certificate = sensing.dual_certificate(&sensing.planted());
    assert!(certificate.gap.abs() < 1e-13 && certificate.smallest > -1e-14);
}

/// A critical point of the perturbed network is certified with C, and not without.
#[test]
fn perturbed_networks_are_certified_and_have_smaller_rank() {
    // k(k + 1)/2 = 10 > 8 with k = D: the perturbation alone takes the rank below k.
    let (x, y) = (normal(8 * D, 100), normal(8, 101));
    let plain = QuadraticNetwork::new(&x, D, &y, &[1.0; D], 0.0, &double()).unwrap();
    let root = normal(D * D, 104);
    let entry = |k: usize| {
        let (i, j) = (k / D, k % D);
        0.02 * inner(&root[i * D..(i + 1) * D], &root[j * D..(j + 1) * D])
    };
    let tilt: Vec<f64> = (0..D * D).map(entry).collect();
    let tilted = plain.clone().perturbed(&tilt).unwrap();
    let found = ends(&tilted, 5, 0.01, 30_000);
    for i in 0..5 {
        let at = found.row(i);
        let certificate = tilted.dual_certificate(&at).unwrap();
        assert!(certificate.gap < 1e-7, "{certificate:?}");
        assert!(plain.dual_certificate(&at).unwrap().smallest < -1e-3);
        let numbers = at.to_host();
        let gram = spectra::Matrix::from_fn(D, D, |a, b| {
            (0..D).map(|i| numbers[i * D + a] * numbers[i * D + b]).sum()
        });
        let squares = spectra::eigenvalues(&gram);
        assert!(squares[0] < 1e-6 * squares[D - 1], "{squares:?}");
    }
    for seed in 0..20 {
        let at = somewhere(&tilted, 0.1 + 0.1 * seed as f64, seed);
        let best = tilted.value(&found.row(0));
        assert!(tilted.value(&at) - best <= tilted.dual_certificate(&at).unwrap().gap);
    }
}

#[test]
fn certificates_say_where_they_know_nothing() {
    let signs = QuadraticNetwork::new(
        &normal(N * D, 100),
        D,
        &normal(N, 101),
        &[1.0, -1.0],
        0.1,
        &double(),
    );
    let signs = signs.unwrap();
    assert_eq!(signs.dual_certificate(&signs.start(Seed(1))), None);
    // Without decay no trace is bounded.
    let free = network(2, 0.0);
    let certificate = free.dual_certificate(&somewhere(&free, 0.1, 1)).unwrap();
    assert!(certificate.smallest < 0.0 && certificate.gap == f64::INFINITY);
}

#[test]
fn parameters_that_cannot_be_are_refused() {
    let said = |x: &[f64], d, y: &[f64], v: &[f64], decay| {
        QuadraticNetwork::new(x, d, y, v, decay, &double())
            .unwrap_err()
            .to_string()
    };
    let (x, y, v) = ([1.0, 2.0], [1.0], [1.0]);
    assert_eq!(
        said(&x, 1, &y, &v, 0.0),
        "inputs has 2 numbers: 1 rows of 1 are 1"
    );
    assert_eq!(
        said(&x, 0, &y, &v, 0.0),
        "inputs' width is 0: there must be at least 1"
    );
    assert_eq!(
        said(&[], 2, &[], &v, 0.0),
        "targets is 0: there must be at least 1"
    );
    assert_eq!(said(&x, 2, &y, &[], 0.0), "units is 0: there must be at least 1");
    assert_eq!(
        said(&x, 2, &y, &v, -1.0),
        "weight decay is -1: it must be finite and not negative"
    );
    assert_eq!(
        said(&x, 2, &y, &[f64::NAN], 0.0),
        "second layer.0 is NaN: it must be a finite number"
    );
    let tilted = |tilt: &[f64]| network(2, 0.1).perturbed(tilt).unwrap_err().to_string();
    let mut tilt = [0.0; D * D];
    assert_eq!(
        tilted(&tilt[1..]),
        "perturbation has 15 numbers: 4 rows of 4 are 16"
    );
    tilt[1] = 1.0;
    assert_eq!(
        tilted(&tilt),
        "perturbation must be symmetric and positive semidefinite"
    );
    tilt[4] = 1.0;
    assert_eq!(
        tilted(&tilt),
        "perturbation must be symmetric and positive semidefinite"
    );
}
