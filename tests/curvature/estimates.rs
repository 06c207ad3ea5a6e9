//! Densities and traces: bounds hold, errors are right, and moments agree.

use super::{Place, number};
use models::Loss;
use probes::{Finding, Operator};

/// The share of the eigenvalues up to a place.
fn up_to(spectrum: &[f64], place: f64) -> f64 {
    let count = spectrum.iter().filter(|value| **value <= place).count();
    count as f64 / spectrum.len() as f64
}

/// The Wasserstein-1 distance of a finding's nodes from a spectrum: the area between the distribution functions.
fn distance(finding: &Finding, spectrum: &[f64]) -> f64 {
    let rules: Vec<_> = finding
        .curves
        .iter()
        .filter(|curve| curve.name.starts_with("weights"))
        .collect();
    let atoms = || {
        rules.iter().flat_map(|rule| {
            let nodes = &rule.along.as_ref().expect("nodes").values;
            nodes
                .iter()
                .zip(&rule.values)
                .map(|(node, weight)| (*node, weight / rules.len() as f64))
        })
    };
    let total: f64 = atoms().map(|(_, weight)| weight).sum();
    assert!((total - 1.0).abs() <= 1e-12, "the weights sum to {total}");
    let mut places: Vec<f64> = atoms()
        .map(|(node, _)| node)
        .chain(spectrum.iter().copied())
        .collect();
    places.sort_by(f64::total_cmp);
    places
        .windows(2)
        .map(|pair| {
            let here: f64 = atoms()
                .filter(|(node, _)| *node <= pair[0])
                .map(|(_, weight)| weight)
                .sum();
            (pair[1] - pair[0]) * (here - up_to(spectrum, pair[0])).abs()
        })
        .sum()
}

/// Whether every bound of a density holds.
fn holds(finding: &Finding, spectrum: &[f64]) -> bool {
    let width = spectrum[spectrum.len() - 1] - spectrum[0];
    let far = distance(finding, spectrum);
    let by_names = |name: &str| number(finding, name).0;
    let near = far <= by_names("Wasserstein distance, at most")
        && far <= by_names("Wasserstein distance over λmax − λmin, at most") * width;
    let curve = |name: &str| {
        let curve = finding
            .curves
            .iter()
            .find(|curve| curve.name == name)
            .expect("a curve");
        let places = &curve.along.as_ref().expect("places").values;
        let values = curve.values.iter().zip(&curve.uncertainties);
        let all: Vec<(f64, f64, f64)> = places
            .iter()
            .zip(values)
            .map(|(x, (y, half))| (*x, *y, *half))
            .collect();
        all
    };
    let cumulative = curve("share of eigenvalues up to here")
        .iter()
        .all(|(place, share, half)| (share - up_to(spectrum, *place)).abs() <= half + 1e-12);
    let in_bins = |bins: Vec<(f64, f64, f64)>, of: &dyn Fn(f64) -> f64| {
        let half_bin = 0.5 * (bins[1].0 - bins[0].0);
        bins.iter().all(|(middle, share, half)| {
            let inside = |value: &&f64| (of(**value) - middle).abs() <= half_bin;
            let truth = spectrum.iter().filter(inside).count() as f64 / spectrum.len() as f64;
            (share - truth).abs() <= half + 1e-12
        })
    };
    let size = |sign: f64| {
        move |x: f64| {
            if x * sign > 0.0 {
                x.abs().log10()
            } else {
                f64::INFINITY
            }
        }
    };
    near && cumulative
        && in_bins(curve("share of eigenvalues in the bin around here"), &|x| x)
        && in_bins(
            curve("share of positive eigenvalues in the bin around here"),
            &size(1.0),
        )
        && in_bins(
            curve("share of negative eigenvalues in the bin around here"),
            &size(-1.0),
        )
}

/// Random starts, and all eigenvalues. Of 300 seeds 3 may fail at the promised rate; 10 would be four standard errors more.
#[test]
fn the_bounds_of_densities_hold_as_often_as_promised() {
    let place = Place::new(Loss::CrossEntropy);
    let spectrum = place.spectrum(Operator::Hessian, None, false);
    let fails = (0..300)
        .filter(|seed| {
            let found = place.finds(*seed, "kind = \"density\"\naccuracy = 0.4");
            assert!(number(&found, "random starts").0 >= 1.0 && !found.incomplete);
            assert!(number(&found, "Wasserstein distance over λmax − λmin, at most").0 <= 0.4);
            !holds(&found, &spectrum)
        })
        .count();
    assert!(fails <= 9, "{fails} of 300");
    let whole = place.finds(1, "kind = \"density\"\naccuracy = 0.001");
    assert!(holds(&whole, &spectrum), "{:?}", whole.scalars);
    assert_eq!(whole.cost.products, spectrum.len());
    let wrong: Vec<f64> = spectrum.iter().map(|value| value + 0.1).collect();
    assert!(
        !holds(&whole, &wrong),
        "a density that fits everything says nothing"
    );
}

/// The estimators, their products, and on which matrix they are tried. The last one has 21 eigenvalues that are not zero.
const METHODS: [(&str, usize, &str, Operator); 5] = [
    ("hutchinson", 24, "hessian", Operator::Hessian),
    ("hutch-plus-plus", 24, "hessian", Operator::Hessian),
    ("x-trace", 24, "hessian", Operator::Hessian),
    ("x-trace", 24, "residual", Operator::Residual),
    ("x-nys-trace", 12, "gauss-newton", Operator::GaussNewton),
];

#[test]
fn traces_and_norms_are_within_their_errors() {
    let place = Place::new(Loss::MeanSquared);
    for (method, products, word, operator) in METHODS {
        let norm = method != "x-nys-trace";
        let spectrum = place.spectrum(operator, None, false);
        let trace: f64 = spectrum.iter().sum();
        let frobenius = spectrum.iter().map(|value| value * value).sum::<f64>().sqrt();
        // A number of Student's law with seven degrees of freedom, as that of Hutch++ here, is beyond 3 twice in 100.
        let mut beyond = [0, 0];
        for seed in 0..100 {
            let probe = format!(
                "kind = \"trace\"\nmethod = \"{method}\"\nproducts = {products}\noperator = \"{word}\""
            );
            let found = place.finds(seed, &probe);
            assert_eq!(
                (found.cost.products, found.scalars.len()),
                (products, 1 + usize::from(norm))
            );
            let misses =
                |(value, error): (f64, f64), truth: f64| usize::from((value - truth).abs() > 3.0 * error);
            beyond[0] += misses(
                (
                    found.scalars[0].value,
                    found.scalars[0].uncertainty.expect("an error"),
                ),
                trace,
            );
            if norm {
                let scalar = &found.scalars[1];
                beyond[1] += misses((scalar.value, scalar.uncertainty.expect("an error")), frobenius);
            }
        }
        println!("{method} of {word}: beyond three standard errors {beyond:?} of 100");
        assert!(
            beyond.iter().all(|beyond| *beyond <= 8),
            "{method} of {word}: {beyond:?} of 100"
        );
    }
}

#[test]
fn the_moments_of_a_density_are_those_of_the_spectrum() {
    let place = Place::new(Loss::CrossEntropy);
    let spectrum = place.spectrum(Operator::GaussNewton, Some("layer2.weight"), true);
    let trace: f64 = spectrum.iter().sum();
    let frobenius = spectrum.iter().map(|value| value * value).sum::<f64>().sqrt();
    let called = "of the preconditioned block layer2.weight of the Gauss–Newton matrix, by its density";
    let fields = "operator = \"gauss-newton\"\nblock = \"layer2.weight\"\npreconditioned = true";
    let found = place.finds(3, &format!("kind = \"density\"\naccuracy = 0.6\n{fields}"));
    let (value, error) = number(&found, &format!("trace {called}"));
    assert!(
        error > 0.0 && (value - trace).abs() <= 4.0 * error,
        "{value} ± {error}, not {trace}"
    );
    let (value, error) = number(&found, &format!("Frobenius norm {called}"));
    assert!(
        error > 0.0 && (value - frobenius).abs() <= 4.0 * error,
        "{value} ± {error}, not {frobenius}"
    );
    let whole = place.finds(3, &format!("kind = \"density\"\naccuracy = 0.001\n{fields}"));
    let (value, _) = number(&whole, &format!("trace {called}"));
    assert!(
        (value - trace).abs() <= 1e-12 * trace.abs(),
        "{value}, not {trace}"
    );
}
