//! Gram matrices, combinations, differences and norms of blocks, against plain sums on the host.

use crate::subjects::host;
use models::{Device, Directions, Precision, Seed};
use rand::RngExt;
use spectra::{Block, Matrix};

/// No multiple of the numbers that a device adds at once (1,024), nor of a vector register.
const DIMENSION: usize = 2_501;

/// How much larger than one rounding a sum over 1,024 products in f32 may be wrong: rounding grows like the root of
/// the number of terms.
const CHUNK: f64 = 32.0;

fn block(count: usize, name: &str, device: &Device) -> Directions {
    let mut stream = Seed(9).stream(name);
    let values = (0..count * DIMENSION)
        .map(|_| stream.random_range(-1.0..1.0))
        .collect();
    Directions::new(device.upload(values, [count, DIMENSION]))
}

fn rows(blocks: &[&Directions]) -> Vec<Vec<f64>> {
    blocks
        .iter()
        .flat_map(|b| host(b).chunks(DIMENSION).map(<[f64]>::to_vec).collect::<Vec<_>>())
        .collect()
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub fn agree(device: &Device) {
    let (a, b, other) = (
        block(3, "a", device),
        block(2, "b", device),
        block(4, "other", device),
    );
    let basis = [&a, &b];
    let (left, right) = (rows(&basis), rows(&[&other]));
    let rounding = device.precision.round_off();
    // On `cpu` sums run in f64 whatever the precision.
    let in_f64 = device.tensors == Device::cpu(device.precision).tensors;
    let sum_error = if in_f64 {
        64.0 * Precision::F64.round_off()
    } else {
        CHUNK * rounding
    };

    let gram = Directions::gram(&basis, &other);
    assert_eq!((gram.nrows(), gram.ncols()), (5, 4));
    for (i, u) in left.iter().enumerate() {
        for (j, v) in right.iter().enumerate() {
            let scale = (inner(u, u) * inner(v, v)).sqrt();
            let error = (gram[(i, j)] - inner(u, v)).abs() / scale;
            assert!(
                error <= sum_error,
                "gram ({i}, {j}) is wrong by {error:.1e}, allowed {sum_error:.1e}"
            );
        }
    }
    for (found, v) in other.norms().iter().zip(&right) {
        let wanted = inner(v, v).sqrt();
        assert!(
            (found / wanted - 1.0).abs() <= sum_error,
            "norm {found}, not {wanted}"
        );
    }

    let coefficients = Matrix::from_fn(5, 4, |i, j| (1 + i) as f64 * 0.37 - (1 + j) as f64 * 0.61);
    let combined = Directions::combine(&basis, &coefficients);
    let mut difference = other.clone();
    difference.subtract(&basis, &coefficients);
    let (combined, difference) = (rows(&[&combined]), rows(&[&difference]));
    for j in 0..4 {
        for k in 0..DIMENSION {
            let terms = || (0..5).map(|i| coefficients[(i, j)] * left[i][k]);
            let wanted: f64 = terms().sum();
            // Five products and their sum, the coefficients rounded first: at most eight roundings of each term.
            let size = terms().map(f64::abs).sum::<f64>() + right[j][k].abs();
            let slack = 8.0 * rounding * size;
            assert!((combined[j][k] - wanted).abs() <= slack, "combination ({j}, {k})");
            assert!(
                (difference[j][k] - (right[j][k] - wanted)).abs() <= slack,
                "difference ({j}, {k})"
            );
        }
    }
}
