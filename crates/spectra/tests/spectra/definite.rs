//! Proven bounds of the smallest eigenvalue: never above the truth, and close below it.

use crate::support::{normal, rotated};
use proptest::prelude::*;
use spectra::{Matrix, eigenvalues, smallest_at_least, smallest_exceeds};

/// lcm(1, …, 2n − 1) / (i + j − 1): whole numbers, so that the matrix is exact.
fn hilbert(n: u64, multiple: u64) -> Matrix {
    Matrix::from_fn(n as usize, n as usize, |i, j| {
        let divisor = (i + j + 1) as u64;
        assert_eq!(multiple % divisor, 0);
        (multiple / divisor) as f64
    })
}

/// The second difference: its eigenvalues are 2 − 2 cos(kπ / (n + 1)).
fn second_difference(n: usize) -> (Matrix, f64) {
    let matrix = Matrix::from_fn(n, n, |i, j| [2.0, -1.0, 0.0][i.abs_diff(j).min(2)]);
    let half = 0.5 * std::f64::consts::PI / (n as f64 + 1.0);
    // The formula is rounded, upwards here.
    (matrix, 4.0 * half.sin().powi(2) * (1.0 + 4.0 * f64::EPSILON))
}

/// The share of the trace that a proof takes off: n u tr A / 2, with all that is lost on the way.
fn loss(matrix: &Matrix) -> f64 {
    let n = matrix.nrows();
    let trace: f64 = (0..n).map(|i| matrix[(i, i)].abs()).sum();
    (n as f64 + 8.0) * f64::EPSILON * trace
}

/// Rows, the multiple, and the smallest eigenvalue, computed with 60 digits.
const HILBERT: [(u64, u64, f64); 5] = [
    (3, 60, 0.161_240_421_346_411_75),
    (5, 2_520, 0.008_285_580_505_873_065),
    (8, 360_360, 4.005_541_819_219_733e-5),
    (10, 232_792_560, 2.544_780_760_871_700_1e-5),
    (12, 5_354_228_880, 5.610_944_868_661_327e-7),
];

#[test]
fn hilbert_matrices() {
    for (n, multiple, truth) in HILBERT {
        let matrix = hilbert(n, multiple);
        let proven = smallest_at_least(&matrix);
        println!("{n}: {truth:e} {proven:?}");
        assert!(proven.bound < truth, "{n}: {proven:?} exceeds {truth:e}");
        assert!(
            proven.bound > truth - loss(&matrix),
            "{n}: {proven:?} is far below {truth:e}"
        );
        assert!(smallest_exceeds(&matrix, proven.bound) && !smallest_exceeds(&matrix, truth));
    }
}

#[test]
fn second_differences_of_all_sizes() {
    for n in [1, 2, 3, 63, 64, 65, 128, 130, 300] {
        let (matrix, truth) = second_difference(n);
        let proven = smallest_at_least(&matrix);
        assert!(proven.bound < truth, "{n}: {proven:?} exceeds {truth:e}");
        assert!(
            proven.bound > truth - loss(&matrix),
            "{n}: {proven:?} is far below {truth:e}"
        );
        assert!(
            proven.bound > 0.0 && proven.factorisations < 12,
            "{n}: {proven:?}"
        );
        // The largest eigenvalue is bounded by the smallest of −A.
        let largest = -smallest_at_least(&(-&matrix)).bound;
        assert!(
            largest > 4.0 - truth && largest < 4.0 - truth + loss(&matrix),
            "{n}: {largest}"
        );
    }
}

/// Gram matrices of whole numbers with fewer columns than rows: the smallest eigenvalue is exactly zero.
#[test]
fn singular_gram_matrices_are_never_proven_definite() {
    for n in [2usize, 3, 10, 70, 150] {
        for seed in 0..30 {
            let rank = if seed % 2 == 0 { n - 1 } else { n.div_ceil(2) };
            let draws = normal(n, rank, seed);
            let whole = Matrix::from_fn(n, rank, |i, j| (100.0 * draws.column(j)[i]).round());
            let gram = &whole * whole.transpose();
            assert!(!smallest_exceeds(&gram, 0.0), "{n}, seed {seed}");
            let proven = smallest_at_least(&gram);
            assert!(
                proven.bound < 0.0 && proven.bound > -loss(&gram),
                "{n}, seed {seed}: {proven:?}"
            );
            // One added to the diagonal makes the smallest eigenvalue exactly one.
            let shifted = Matrix::from_fn(n, n, |i, j| gram[(i, j)] + f64::from(u8::from(i == j)));
            let proven = smallest_at_least(&shifted);
            assert!(
                proven.bound < 1.0 && proven.bound > 1.0 - loss(&shifted),
                "{n}, seed {seed}: {proven:?}"
            );
        }
    }
}

#[test]
fn indefinite_by_one_rounding() {
    for n in [2, 5, 100] {
        // The eigenvalues are 1 − b, and 1 + (n − 1) b.
        let of = |b: f64| Matrix::from_fn(n, n, |i, j| if i == j { 1.0 } else { b });
        assert!(!smallest_exceeds(&of(1.0), 0.0));
        assert!(!smallest_exceeds(&of(1f64.next_up()), 0.0));
        assert!(!smallest_exceeds(&of(1f64.next_down()), 0.0));
        assert!(smallest_exceeds(&of(1.0 - 1e-10), 0.0));
        assert!(!smallest_exceeds(&of(0.25), 0.75) && smallest_exceeds(&of(0.25), 0.75 - 1e-10));
    }
}

#[test]
fn what_cannot_be_proven() {
    let nan = Matrix::from_fn(3, 3, |i, j| {
        if (i, j) == (2, 1) {
            f64::NAN
        } else {
            f64::from(u8::from(i == j))
        }
    });
    assert!(!smallest_exceeds(&nan, 0.0));
    assert_eq!(smallest_at_least(&nan).bound, f64::NEG_INFINITY);
    let infinite = Matrix::from_fn(3, 3, |i, j| if i == j { f64::INFINITY } else { 0.0 });
    assert!(!smallest_exceeds(&infinite, 0.0));
    let huge = Matrix::from_fn(3, 3, |i, j| if i == j { 1e308 } else { 9e307 });
    assert!(smallest_exceeds(&huge, 0.0));
    assert!(!smallest_exceeds(&Matrix::identity(3, 3), f64::NAN));
    assert!(!smallest_exceeds(&Matrix::identity(3, 3), f64::INFINITY));
    assert!(smallest_exceeds(&Matrix::identity(3, 3), -1e300));
    assert_eq!(smallest_at_least(&Matrix::zeros(0, 0)).bound, f64::INFINITY);
    // Below all normal numbers a proof would need more than underflow leaves.
    let tiny = Matrix::from_fn(3, 3, |i, j| if i == j { 1e-310 } else { 0.0 });
    assert!(!smallest_exceeds(&tiny, 0.0));
    let zero = smallest_at_least(&Matrix::zeros(4, 4));
    assert!(zero.bound < 0.0 && zero.bound > -1e-300, "{zero:?}");
}

#[test]
fn gram_matrices_of_a_known_spectrum() {
    let values: Vec<f64> = (0..200).map(|i| 1e-6 + f64::from(i)).collect();
    for seed in 0..5 {
        let operator = rotated(&values, seed);
        let proven = smallest_at_least(operator.matrix());
        // The matrix itself is only known up to the rounding of its making.
        assert!(
            (proven.bound - 1e-6).abs() < loss(operator.matrix()) && proven.bound < proven.estimate,
            "{proven:?}"
        );
        assert!(eigenvalues(operator.matrix())[0] + 1e-11 > proven.bound);
    }
}

/// The leading minors of a matrix of whole numbers, exactly: it is positive definite where all are positive.
fn positive_definite(m: [i128; 6]) -> bool {
    let [a, b, c, d, e, f] = m;
    let second = a * d - b * b;
    let third = a * (d * f - e * e) - b * (b * f - e * c) + c * (b * e - d * c);
    a > 0 && second > 0 && third > 0
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20_000) })]

    /// Gram matrices of three whole vectors in the plane, off by a few: on the very border of definiteness.
    #[test]
    fn a_proof_is_never_false(
        x in proptest::collection::vec(-1_000_000i64..1_000_000, 6),
        off in proptest::collection::vec(-2i64..=2, 6),
    ) {
        let inner = |i: usize, j: usize| x[2 * i] * x[2 * j] + x[2 * i + 1] * x[2 * j + 1];
        let m = [
            inner(0, 0) + off[0], inner(0, 1) + off[1], inner(0, 2) + off[2],
            inner(1, 1) + off[3], inner(1, 2) + off[4], inner(2, 2) + off[5],
        ];
        let index = [[0, 1, 2], [1, 3, 4], [2, 4, 5]];
        let matrix = Matrix::from_fn(3, 3, |i, j| m[index[i][j]] as f64);
        let truth = positive_definite(m.map(i128::from));
        let proven = smallest_exceeds(&matrix, 0.0);
        prop_assert!(truth || !proven, "{m:?}");
        // And with a margin far above the rounding, it is found.
        let margin = Matrix::from_fn(3, 3, |i, j| matrix[(i, j)] + if i == j { 10.0 } else { 0.0 });
        prop_assert!(smallest_exceeds(&margin, 0.0), "{m:?}");
    }
}
