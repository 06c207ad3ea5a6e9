//! Hessians of networks whose whole spectrum is known in closed form: dense, and by Lanczos, in f64 and in f32.

mod networks;

use crate::support::{double, hessian, normal};
use models::analytic::matrix_problems;
use models::{
    Architecture, CurvatureOperator, Device, Directions, Examples, Initialisation, Loss, Objective, Point,
    Precision, Risk, Seed, Targets,
};
use spectra::{Convergence, EigenPairs, Ends, Matrix, eigenvalues, extremes};
use std::ops::ControlFlow;

/// Numbers that f32 holds exactly, so that all devices have the same problem.
fn exact(count: usize, seed: u64) -> Vec<f64> {
    normal(count, seed)
        .into_iter()
        .map(|x| f64::from(x as f32))
        .collect()
}

fn rows(numbers: &[f64], width: usize) -> Matrix {
    Matrix::from_fn(numbers.len() / width, width, |i, j| numbers[i * width + j])
}

/// The eigenvalues of XᵀX for inputs in rows, by the singular values of X: as many as there are columns.
fn squares(x: &Matrix) -> Vec<f64> {
    let singular = x.singular_values().expect("finite numbers");
    let mut squares: Vec<f64> = singular.into_iter().map(|s| s * s).collect();
    squares.resize(x.ncols(), 0.0);
    squares
}

fn times(values: &[f64], factor: f64, copies: usize) -> Vec<f64> {
    let repeated = values
        .iter()
        .flat_map(|value| std::iter::repeat_n(factor * value, copies));
    repeated.collect()
}

/// A matrix of Kronecker's kind, by blocks: entry (i, j) of X times entry (k, l) of Y.
fn kronecker(x: &Matrix, y: &Matrix) -> Matrix {
    let c = y.nrows();
    let size = x.nrows() * c;
    Matrix::from_fn(size, size, |i, j| x[(i / c, j / c)] * y[(i % c, j % c)])
}

fn values(numbers: Vec<f64>, width: usize) -> Targets {
    Targets::Values {
        values: numbers,
        width,
    }
}

/// A network on examples, on any device.
struct Subject {
    architecture: Architecture,
    loss: Loss,
    inputs: Vec<f64>,
    dimension: usize,
    targets: Targets,
}

impl Subject {
    fn on(&self, device: &Device) -> Risk {
        let examples = Examples {
            inputs: self.inputs.clone(),
            dimension: self.dimension,
            targets: self.targets.clone(),
        };
        let outputs = self.loss.outputs(&self.targets);
        let network = self.architecture.build(self.dimension, outputs, Seed(1), device);
        Risk::new(network.into(), Initialisation::Torch, self.loss, &examples)
    }

    /// At a point, whose numbers are rounded on a device of f32.
    fn check(&self, name: &str, at: &[f64], truth: &[f64]) {
        let [double, single] =
            [Precision::F64, Precision::F32].map(|precision| self.on(&Device::cpu(precision)));
        assert_eq!(double.space().dimension, at.len(), "{name}");
        check(name, &double, &single, at, truth);
    }
}

/// The whole spectrum of the dense Hessian to 1e-9 in f64; and both ends by Lanczos: each eigenvalue in its place within its
/// interval, which is as small as 1e-9 in f64, and as the noise that is told where f32 reaches it.
fn check(name: &str, double: &dyn Objective, single: &dyn Objective, at: &[f64], truth: &[f64]) {
    let mut sorted = truth.to_vec();
    sorted.sort_by(f64::total_cmp);
    // Where the Hessian is zero, points and examples are of size one.
    let norm = sorted.iter().fold(0.0f64, |norm, x| norm.max(x.abs()));
    let scale = if norm > 0.0 { norm } else { 1.0 };
    let place = |objective: &dyn Objective| Point::from_host(at.to_vec(), &objective.space().device);
    let dense = hessian(double, &place(double)).0;
    let values = eigenvalues(&dense);
    assert_eq!(values.len(), sorted.len(), "{name}");
    for (found, wanted) in values.iter().zip(&sorted) {
        assert!(
            (found - wanted).abs() <= 1e-9 * scale,
            "{name}: {found}, not {wanted}"
        );
    }
    let wanted = 3.min(sorted.len() / 2);
    let precisely = Ends {
        relative: 0.0,
        absolute: 3e-10 * scale,
        ..Ends::new(wanted, wanted)
    };
    let found = ends(name, double, &place(double), &precisely, &sorted);
    assert!(found.converged(), "{name}: {:?}", found.advice());
    assert!(
        found.pairs.iter().all(|pair| pair.bound <= 1e-9 * scale),
        "{name}: {:?}",
        found.pairs
    );
    // By how much products in f32 are wrong is known here, as probes measure it.
    let noise = (&hessian(single, &place(single)).0 - &dense).norm_l2();
    let up_to_noise = Ends {
        absolute: 0.0,
        noise,
        ..precisely
    };
    let found = ends(name, single, &place(single), &up_to_noise, &sorted);
    let told = found.noise;
    // Four times the difference of two products, each as wrong as products are: that of a mixture, and the mixture of theirs.
    let most = 8.0 * noise.max(32.0 * f64::from(f32::EPSILON) / 2.0 * scale);
    assert!(told <= most, "{name}: the noise is {told:e}, not {noise:e}");
    for pair in &found.pairs {
        let reached = pair.convergence != Convergence::Unconverged && pair.bound <= 2.0 * told;
        assert!(reached, "{name}: {pair:?}, noise {told:e}");
    }
}

/// Both ends by Lanczos, each eigenvalue in its place within its interval.
fn ends(
    name: &str,
    objective: &dyn Objective,
    at: &Point,
    asked: &Ends,
    sorted: &[f64],
) -> EigenPairs<Directions> {
    let here = objective.linearise(at);
    let operator = CurvatureOperator {
        product: Box::new(|v| here.hessian_times(v)),
        device: objective.space().device.clone(),
        dimension: sorted.len(),
    };
    let found = extremes(&operator, asked, |_| ControlFlow::Continue(()));
    let size = sorted.iter().fold(1.0f64, |size, x| size.max(x.abs()));
    let top = found.largest().zip(sorted.iter().rev());
    for (pair, value) in top.chain(found.smallest().zip(sorted)) {
        // The closed form is rounded as well.
        let off = (pair.value - value).abs() - 1e-14 * size;
        assert!(off <= pair.bound, "{name}: {pair:?}, not {value}");
    }
    found
}

fn linear_model() -> Architecture {
    Architecture::DeepLinear { hidden: vec![] }
}

/// H = XᵀX/n for each output, whatever the targets and the point.
#[test]
fn linear_regression() {
    for (n, d, c) in [(12, 7, 2), (5, 7, 1), (3, 6, 3)] {
        let inputs = exact(n * d, 200);
        let truth = times(&squares(&rows(&inputs, d)), 1.0 / n as f64, c);
        let subject = Subject {
            architecture: linear_model(),
            loss: Loss::MeanSquared,
            inputs,
            dimension: d,
            targets: values(exact(n * c, 201), c),
        };
        subject.check("linear regression", &exact(d * c, 202), &truth);
    }
}

/// Krylov spaces that end early, after blocks that are ever shorter beside those before: the Hessian of few examples has a
/// low rank, and at zero every eigenvalue several times.
#[test]
fn residuals_reach_the_noise_of_single_precision_where_a_krylov_space_ends_early() {
    for (n, d, c) in [(4, 6, 3), (14, 5, 4), (9, 6, 2), (3, 6, 3), (2, 8, 3)] {
        for seed in 0..50 {
            let subject = Subject {
                architecture: linear_model(),
                loss: Loss::CrossEntropy,
                inputs: exact(n * d, 1000 + seed),
                dimension: d,
                targets: classes(n, c),
            };
            for at in [vec![0.0; d * c], exact(d * c, 5000 + seed)] {
                let double = subject.on(&Device::cpu(Precision::F64));
                let place = Point::from_host(at.clone(), &double.space().device);
                let truth = eigenvalues(&hessian(&double, &place).0);
                subject.check(&format!("softmax {n} {d} {c}, seed {seed}"), &at, &truth);
            }
        }
    }
}

fn classes(n: usize, classes: usize) -> Targets {
    Targets::Classes {
        labels: (0..n as u32).map(|i| (i * i + i / 3) % classes as u32).collect(),
        classes,
    }
}

/// H = (1/n) XᵀX ⊗ (I − 11ᵀ/C)/C where all weights are zero (Böhning 1992): the eigenvalues of XᵀX/nC, each C − 1 times,
/// and d zeros. Elsewhere (1/n) Σ xxᵀ ⊗ (diag p − ppᵀ), put together entry by entry.
#[test]
fn softmax_regression() {
    for (n, d, c) in [(14, 5, 4), (9, 6, 2), (4, 6, 3)] {
        let subject = Subject {
            architecture: linear_model(),
            loss: Loss::CrossEntropy,
            inputs: exact(n * d, 203),
            dimension: d,
            targets: classes(n, c),
        };
        let x = rows(&subject.inputs, d);
        let mut truth = times(&squares(&x), 1.0 / (n * c) as f64, c - 1);
        truth.resize(d * c, 0.0);
        subject.check("softmax regression at zero", &vec![0.0; d * c], &truth);

        let at = exact(d * c, 204);
        let scores = &x * rows(&at, c);
        let mut whole = Matrix::zeros(d * c, d * c);
        for i in 0..n {
            let exponentials: Vec<f64> = (0..c).map(|k| scores[(i, k)].exp()).collect();
            let sum: f64 = exponentials.iter().sum();
            let p = |k: usize| exponentials[k] / sum;
            let own = |k: usize, l: usize| if k == l { p(k) } else { 0.0 } - p(k) * p(l);
            let outer = Matrix::from_fn(d, d, |a, b| x[(i, a)] * x[(i, b)] / n as f64);
            whole += kronecker(&outer, &Matrix::from_fn(c, c, own));
        }
        subject.check("softmax regression", &at, &eigenvalues(&whole));
    }
}

/// H = Xᵀ diag(σ(1 − σ)) X/n: XᵀX/4n where all weights are zero, and elsewhere the squared singular values of the rows
/// of X, each times the root of its σ(1 − σ)/n.
#[test]
fn logistic_regression() {
    let (n, d) = (11, 6);
    let subject = Subject {
        architecture: linear_model(),
        loss: Loss::Logistic,
        inputs: exact(n * d, 205),
        dimension: d,
        targets: classes(n, 2),
    };
    let x = rows(&subject.inputs, d);
    let truth = times(&squares(&x), 0.25 / n as f64, 1);
    subject.check("logistic regression at zero", &vec![0.0; d], &truth);
    let at = exact(d, 206);
    let scaled = Matrix::from_fn(n, d, |i, j| {
        let score: f64 = (0..d).map(|k| x[(i, k)] * at[k]).sum();
        x[(i, j)] / (n as f64).sqrt() / (2.0 * (0.5 * score).cosh())
    });
    subject.check("logistic regression", &at, &squares(&scaled));
}

/// Saddles and minima of the matrix problems, as `what_is_known_is_so` has them dense.
#[test]
fn critical_points_of_matrix_problems() {
    let singles = matrix_problems(&Device::cpu(Precision::F32));
    for ((name, double), (_, single)) in matrix_problems(&double()).iter().zip(&singles) {
        for point in double.known().critical {
            check(name, double.as_ref(), single.as_ref(), &point.at, &point.spectrum);
        }
    }
}
