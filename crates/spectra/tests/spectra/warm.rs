//! Starts from vectors that are nearly right, or not right at all.

use crate::support::{Single, normal, patient, rotated};
use spectra::{Block, ColumnBlock, DenseOperator, EigenPairs, Ends, Matrix, eigen, extremes, extremes_near};

/// A matrix, and the same after a small step: H + change · noise.
fn drifted(values: &[f64], change: f64) -> [DenseOperator; 2] {
    let n = values.len();
    let before = rotated(values, 11);
    let noise = normal(n, n, 12);
    let scale = change / (2.0 * n as f64).sqrt();
    let entry =
        |i: usize, j: usize| before.matrix()[(i, j)] + scale * (noise.column(i)[j] + noise.column(j)[i]);
    let after = DenseOperator::new(Matrix::from_fn(n, n, entry));
    [before, after]
}

/// The largest values against a dense solver.
fn verify<B>(found: &EigenPairs<B>, matrix: &Matrix) {
    let truth = eigen(matrix).values;
    assert!(found.converged(), "{:?}", found.advice());
    for (pair, truth) in found.largest().zip(truth.iter().rev()) {
        assert!(
            (pair.value - truth).abs() <= pair.bound + 1e-11,
            "{pair:?} {truth}"
        );
    }
    for (pair, truth) in found.smallest().zip(&truth) {
        assert!(
            (pair.value - truth).abs() <= pair.bound + 1e-11,
            "{pair:?} {truth}"
        );
    }
}

fn outliers() -> Vec<f64> {
    (0..500)
        .map(|i| {
            if i < 12 {
                3.0 - 0.1 * f64::from(i)
            } else {
                f64::from(i) / 500.0 - 0.5
            }
        })
        .collect()
}

#[test]
fn a_small_step_costs_fewer_products() {
    let [before, after] = drifted(&outliers(), 1e-3);
    for block in [1, 4] {
        let ends = Ends {
            block,
            relative: 1e-3,
            ..Ends::new(10, 0)
        };
        let old = extremes(&before, &ends, patient);
        let cold = extremes(&after, &ends, patient);
        let warm = extremes_near(&after, &ends, &old.vectors, patient);
        verify(&warm, after.matrix());
        assert!(
            warm.products < cold.products,
            "{block}: {} {}",
            warm.products,
            cold.products
        );
    }
}

/// The fault that warm starts are known for: a mode that rises orthogonally to all the old vectors.
#[test]
fn a_mode_that_rises_beside_the_old_ones_is_found() {
    let mut values = outliers();
    let before = rotated(&values, 11);
    for confirm in [false, true] {
        let ends = Ends {
            relative: 1e-6,
            confirm,
            ..Ends::new(4, 1)
        };
        let old = extremes(&before, &ends, patient);
        // The same eigenvectors: the old ones stay exact, and the new one is orthogonal to them.
        values[300] = 7.0;
        let after = rotated(&values, 11);
        let warm = extremes_near(&after, &ends, &old.vectors, patient);
        verify(&warm, after.matrix());
        assert!((warm.pairs[0].value - 7.0).abs() < 1e-6);
    }
}

#[test]
fn useless_vectors_do_no_harm() {
    let [operator, _] = drifted(&outliers(), 0.0);
    let ends = Ends {
        relative: 1e-6,
        ..Ends::new(3, 3)
    };
    let zeros = ColumnBlock::from_fn(500, 4, |_, _| 0.0);
    let copies = ColumnBlock::from_fn(500, 5, |i, _| (i as f64).sin());
    for previous in [zeros, copies, normal(500, 1, 3), normal(500, 40, 4)] {
        verify(
            &extremes_near(&operator, &ends, &previous, patient),
            operator.matrix(),
        );
    }
    for n in 1..8 {
        let small = rotated(&outliers()[..n], 2);
        for block in [1, 2, 9] {
            let ends = Ends {
                block,
                ..Ends::new(2, 1)
            };
            verify(
                &extremes_near(&small, &ends, &normal(n, 3, 5), patient),
                small.matrix(),
            );
        }
    }
}

#[test]
fn single_precision() {
    let [before, after] = drifted(&outliers(), 1e-3);
    let ends = Ends {
        relative: 1e-3,
        ..Ends::new(5, 0)
    };
    let old = extremes(&Single(before), &ends, patient);
    assert_eq!(old.vectors.columns(), 5);
    let matrix = after.matrix().clone();
    verify(
        &extremes_near(&Single(after), &ends, &old.vectors, patient),
        &matrix,
    );
}
