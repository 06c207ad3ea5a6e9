//! Samples without variety: one example, one class of two, one value for all targets.

use super::{found, scalar};
use models::{
    Architecture, Device, Examples, Initialisation, Loss, Objective, Point, Precision, Risk, Seed, Targets,
};
use probes::{Density, Ends, PointKind, Probe, Stationarity};
use spectra::Matrix;

const D: usize = 4;

fn inputs(n: usize) -> Vec<f64> {
    (0..n * D)
        .map(|k| ((k * k + 3 * k) as f64 * 0.37).sin())
        .collect()
}

/// A linear model x ↦ xW, whose Hessians are known at every point.
fn linear(n: usize, loss: Loss, targets: Targets) -> Risk {
    let device = Device::cpu(Precision::F64);
    let outputs = loss.outputs(&targets);
    let network = Architecture::DeepLinear { hidden: vec![] }.build(D, outputs, Seed(1), &device);
    let examples = Examples {
        inputs: inputs(n),
        dimension: D,
        targets,
    };
    Risk::new(network.into(), Initialisation::Torch, loss, &examples)
}

/// XᵀX's eigenvalues by the singular values of X, ascending.
fn squares(n: usize) -> Vec<f64> {
    let numbers = inputs(n);
    let x = Matrix::from_fn(n, D, |i, j| numbers[i * D + j]);
    let singular = x.singular_values().expect("finite numbers");
    let mut squares: Vec<f64> = singular.into_iter().map(|s| s * s).collect();
    squares.resize(D, 0.0);
    squares.sort_by(f64::total_cmp);
    squares
}

/// What the three probes find, held against all eigenvalues, ascending, and the kind of the point.
fn probed(risk: &Risk, at: &Point, spectrum: &[f64], kind: PointKind) {
    let norm = spectrum[spectrum.len() - 1];
    let caveat: Vec<String> = kind.caveat().map(String::from).into_iter().collect();
    let ends = Ends {
        tolerance: 1e-9,
        ..Ends::default()
    };
    let finding = found(risk, at, 1, Probe::Ends(ends));
    assert!(!finding.incomplete && finding.warnings == caveat, "{finding:?}");
    let last = spectrum.len() - 1;
    let wanted = [spectrum[last], spectrum[last - 1], spectrum[0], spectrum[1]];
    let curves = finding.curves.iter();
    let pairs = curves.flat_map(|curve| curve.values.iter().zip(&curve.uncertainties));
    for ((value, bound), wanted) in pairs.zip(wanted) {
        assert!(
            (value - wanted).abs() <= *bound + 1e-14 * norm,
            "{value} ± {bound}, not {wanted}"
        );
        assert!(*bound <= 1e-8 * norm, "± {bound}");
    }
    if spectrum.len() > wanted.len() {
        assert!(scalar(&finding, "bound of all other eigenvalues from below") >= -1e-8 * norm);
    }

    let density = found(risk, at, 1, Probe::Density(Density::default()));
    assert!(!density.incomplete && density.warnings.is_empty(), "{density:?}");
    let all = &density.curves[0].along.as_ref().expect("eigenvalues").values;
    assert_eq!(all.len(), spectrum.len());
    for (value, wanted) in all.iter().zip(spectrum) {
        assert!((value - wanted).abs() <= 1e-13 * norm, "{value}, not {wanted}");
    }

    let said = found(risk, at, 1, Probe::Stationarity(Stationarity::default()));
    assert!(!said.incomplete && said.warnings == caveat, "{said:?}");
    assert_eq!(said.verdicts[0], format!("This is {}.", kind.phrase()));
    assert_eq!(
        Stationarity::holds(&said),
        kind == PointKind::StrictMinimum,
        "{said:?}"
    );
    let says = |words: &str| said.verdicts.iter().any(|verdict| verdict.contains(words));
    assert_eq!(
        says("which no value is below"),
        kind != PointKind::NotStationary,
        "{said:?}"
    );
    // Along the kernel the Hessian does not change, so that no ρ is found: nothing is claimed then.
    let flat = kind == PointKind::FlatOrMinimum;
    assert_eq!(says("It looks like a degenerate minimum"), flat, "{said:?}");
    assert_eq!(
        says("Whether it is second-order stationary cannot be told"),
        flat,
        "{said:?}"
    );
    // A sum of convex terms has no negative curvature, and none is claimed.
    assert!(scalar(&said, "bound below all curvature") >= -1e-8 * norm);
    let falls = |name: &str| said.scalars.iter().any(|scalar| scalar.name == name);
    assert!(!falls("decrease along negative curvature"), "{said:?}");
}

fn origin(c: usize, risk: &Risk) -> Point {
    Point::from_host(vec![0.0; D * c], &risk.space().device)
}

/// One example x of two outputs: ‖x‖² twice, and zeros along all other directions.
#[test]
fn one_example() {
    let targets = Targets::Values {
        values: vec![1.0, -2.0],
        width: 2,
    };
    let risk = linear(1, Loss::MeanSquared, targets);
    let square: f64 = inputs(1).iter().map(|x| x * x).sum();
    let mut spectrum = vec![0.0; 2 * D];
    spectrum[2 * D - 2..].fill(square);
    let away = risk.start(Seed(1));
    probed(&risk, &away, &spectrum, PointKind::NotStationary);
    // W = x yᵀ/‖x‖² fits the example.
    let x = inputs(1);
    let fitted = x.iter().flat_map(|x| [x / square, -2.0 * x / square]).collect();
    let fitted = Point::from_host(fitted, &risk.space().device);
    assert!(risk.value(&fitted) < 1e-30);
    probed(&risk, &fitted, &spectrum, PointKind::FlatOrMinimum);
}

/// All targets zero: the weights of zero are a minimum without residual, whose Hessian is XᵀX/n for each output.
#[test]
fn constant_targets() {
    let n = 9;
    let targets = Targets::Values {
        values: vec![0.0; n],
        width: 1,
    };
    let risk = linear(n, Loss::MeanSquared, targets);
    let spectrum: Vec<f64> = squares(n).iter().map(|x| x / n as f64).collect();
    assert!(spectrum[0] > 1e-3);
    probed(&risk, &risk.start(Seed(1)), &spectrum, PointKind::NotStationary);
    probed(&risk, &origin(1, &risk), &spectrum, PointKind::StrictMinimum);
}

/// Two classes, of which one has no example: at weights of zero XᵀX/4n ⊗ (I − 11ᵀ/2) · 2, whose eigenvalues are those of
/// XᵀX/2n and zeros. There is no minimum: the loss falls for ever.
#[test]
fn one_class_of_two() {
    let n = 9;
    let targets = Targets::Classes {
        labels: vec![1; n],
        classes: 2,
    };
    let risk = linear(n, Loss::CrossEntropy, targets);
    let mut spectrum = vec![0.0; D];
    spectrum.extend(squares(n).iter().map(|x| x / (2 * n) as f64));
    let at = origin(2, &risk);
    assert!((risk.value(&at) - 2f64.ln()).abs() < 1e-15);
    probed(&risk, &at, &spectrum, PointKind::NotStationary);
}
