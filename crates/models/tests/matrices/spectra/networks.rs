//! Networks of two and more layers at points where their whole spectrum is known.

use super::{Subject, exact, rows, times, values};
use crate::support::normal;
use models::{Architecture, Loss, SecondLayer};
use spectra::{Matrix, eigenvalues};

/// At the origin: ±σᵢ(XᵀY)/n for two layers, each as often as the hidden layer is wide, and zeros; nothing but zeros for
/// more layers (Kawaguchi 2016).
#[test]
fn deep_linear_networks_at_the_origin() {
    let (n, d, c) = (10, 5, 3);
    for hidden in [vec![4], vec![4, 3], vec![3, 3, 3]] {
        let widths: Vec<usize> = [&[d][..], &hidden, &[c]].concat();
        let p: usize = widths.windows(2).map(|pair| pair[0] * pair[1]).sum();
        let (inputs, targets) = (exact(n * d, 207), exact(n * c, 208));
        let correlation = rows(&inputs, d).transpose() * rows(&targets, c);
        let singular = correlation.singular_values().expect("finite numbers");
        let mut truth = match hidden.len() {
            1 => [1.0, -1.0]
                .map(|sign| times(&singular, sign / n as f64, 4))
                .concat(),
            _ => vec![],
        };
        truth.resize(p, 0.0);
        let subject = Subject {
            architecture: Architecture::DeepLinear { hidden },
            loss: Loss::MeanSquared,
            inputs,
            dimension: d,
            targets: values(targets, c),
        };
        subject.check("deep linear network at the origin", &vec![0.0; p], &truth);
    }
}

/// A matrix with orthonormal columns.
fn orthogonal(size: usize, seed: u64) -> Matrix {
    rows(&normal(size * size, seed), size).qr().compute_Q()
}

fn by_rows(matrix: &Matrix) -> Vec<f64> {
    let entries = (0..matrix.nrows()).flat_map(|i| (0..matrix.ncols()).map(move |j| (i, j)));
    entries.map(|place| matrix[place]).collect()
}

/// At a minimum without residual, with whitened inputs and balanced layers of singular values s^{1/N}: for each pair of
/// singular directions Σᵢ s_a^{2(N−i)/N} s_b^{2(i−1)/N}, where those that are missing count as zero; the largest is
/// N s^{2−2/N} (Mulayoff & Michaeli 2020).
#[test]
fn deep_linear_networks_at_balanced_minima() {
    for (d, c, depth) in [(4, 4, 2), (5, 3, 2), (4, 4, 3), (5, 3, 3), (3, 2, 4)] {
        let strengths = [2.0f64, 1.25, 0.5, 0.25, 0.1];
        let rank = d.min(c);
        let width = rank + 1;
        let power = |s: f64, exponent: f64| if exponent == 0.0 { 1.0 } else { s.powf(exponent) };
        let widths: Vec<usize> = (0..=depth)
            .map(|j| {
                if j == 0 {
                    d
                } else if j == depth {
                    c
                } else {
                    width
                }
            })
            .collect();
        let turns: Vec<Matrix> = (0..=depth)
            .map(|j| orthogonal(widths[j], 210 + j as u64))
            .collect();
        let root = |i: usize, j: usize| match i == j && i < rank {
            true => strengths[i].powf(1.0 / depth as f64),
            false => 0.0,
        };
        let layers: Vec<Matrix> = (0..depth)
            .map(|j| &turns[j] * Matrix::from_fn(widths[j], widths[j + 1], root) * turns[j + 1].transpose())
            .collect();
        let product = layers[1..]
            .iter()
            .fold(layers[0].clone(), |product, layer| product * layer);
        let identity = Matrix::identity(d, d);
        let strength = |i: usize| if i < rank { strengths[i] } else { 0.0 };
        let n = depth as f64;
        let pairs = (0..c).flat_map(|a| (0..d).map(move |b| (a, b)));
        let mut truth: Vec<f64> = pairs
            .map(|(a, b)| {
                let term = |i: usize| {
                    let i = i as f64;
                    power(strength(a), 2.0 * (n - i) / n) * power(strength(b), 2.0 * (i - 1.0) / n)
                };
                (1..=depth).map(term).sum()
            })
            .collect();
        let sharpest = n * strengths[0].powf(2.0 - 2.0 / n);
        assert!((truth[0] - sharpest).abs() < 1e-14 * sharpest);
        let at: Vec<f64> = layers.iter().flat_map(by_rows).collect();
        truth.resize(at.len(), 0.0);
        let subject = Subject {
            architecture: Architecture::DeepLinear {
                hidden: vec![width; depth - 1],
            },
            loss: Loss::HalfSquared,
            inputs: by_rows(&identity),
            dimension: d,
            targets: values(by_rows(&product), c),
        };
        subject.check(&format!("{depth} balanced layers"), &at, &truth);
    }
}

/// At zero: −(2/n) Σ yxxᵀ for each hidden unit (Du & Lee 2018, with units of weight one).
#[test]
fn quadratic_networks_at_zero() {
    let (n, d, width) = (15, 5, 3);
    let (inputs, targets) = (exact(n * d, 220), exact(n, 221));
    let x = rows(&inputs, d);
    let moment = Matrix::from_fn(d, d, |a, b| {
        let term = |i: usize| -2.0 / n as f64 * targets[i] * x[(i, a)] * x[(i, b)];
        (0..n).map(term).sum()
    });
    let truth = times(&eigenvalues(&moment), 1.0, width);
    let subject = Subject {
        architecture: Architecture::Quadratic {
            width,
            second_layer: SecondLayer::FixedOnes,
        },
        loss: Loss::MeanSquared,
        inputs,
        dimension: d,
        targets: values(targets, 1),
    };
    subject.check("quadratic network", &vec![0.0; d * width], &truth);
}

/// The outputs are linear in the first layer almost everywhere, so that H = JᵀJ: its eigenvalues other than zero are those of
/// the Gram matrix K, with entries xᵢᵀxⱼ/m times the number of units that both examples switch on (Du et al. 2019).
#[test]
fn first_layers_of_relu_networks() {
    for (n, d, m) in [(6, 4, 5), (12, 3, 7)] {
        let (inputs, at) = (exact(n * d, 222), exact(d * m, 223));
        let x = rows(&inputs, d);
        let active = &x * rows(&at, m);
        let gram = Matrix::from_fn(n, n, |i, j| {
            let both = (0..m)
                .filter(|&r| active[(i, r)] > 0.0 && active[(j, r)] > 0.0)
                .count();
            let inner: f64 = (0..d).map(|k| x[(i, k)] * x[(j, k)]).sum();
            inner * both as f64 / m as f64
        });
        let mut truth = eigenvalues(&gram);
        truth.resize(d * m, 0.0);
        let subject = Subject {
            architecture: Architecture::WideRelu {
                width: m,
                second_layer: SecondLayer::FixedSigns,
            },
            loss: Loss::HalfSquared,
            inputs,
            dimension: d,
            targets: values(exact(n, 224), 1),
        };
        subject.check("first layer", &at, &truth);
    }
}
