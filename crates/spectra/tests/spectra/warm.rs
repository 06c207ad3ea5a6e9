//! Starts from vectors that are nearly right, or not right at all.

use crate::support::{ByClosure, Single, normal, patient, rotated};
use spectra::{
    Block, ColumnBlock, DenseOperator, EigenPairs, Ending, Ends, Matrix, eigen, extremes, extremes_near,
};
use std::ops::ControlFlow;

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

/// What was found is kept as long as each residual is under its tolerance: two products for each pair, one for the
/// noise, a block beside them and the look, and no search. The bounds are those of the matrix as it is now.
#[test]
fn vectors_that_have_not_drifted_are_kept() {
    for block in [1, 4] {
        let ends = Ends {
            block,
            relative: 1e-3,
            ..Ends::new(12, 0)
        };
        for change in [0.0, 2e-5] {
            let [before, after] = drifted(&outliers(), change);
            let old = extremes(
                &before,
                &Ends {
                    relative: 1e-5,
                    ..ends
                },
                patient,
            );
            let cold = extremes(&after, &ends, patient);
            let warm = extremes_near(&after, &ends, &old.vectors, patient);
            verify(&warm, after.matrix());
            let (kept, searched) = (warm.products, cold.products);
            let look = kept - (2 * 12 + block + 1);
            assert!(look < 10 && kept < searched, "{block}: {kept} {searched}");
            // They are the old vectors, up to rotations.
            let cosines = ColumnBlock::gram(&[&old.vectors], &warm.vectors);
            assert!(cosines.squared_norm_l2() > 12.0 - 1e-6);
            let (unseen, truth) = (warm.unseen.unwrap(), eigen(after.matrix()).values);
            assert!(unseen.above >= truth[truth.len() - 13]);
        }
    }
}

/// Where a residual has drifted, that is seen early, and the search is that of vectors that are nearly right. It is the
/// smallest pair that drifts: the tolerance of the others is larger than all changes.
#[test]
fn vectors_that_have_drifted_are_searched_again() {
    let values = outliers()
        .into_iter()
        .map(|value| if value > 1.0 { 100.0 * value } else { value });
    let [before, after] = drifted(&values.collect::<Vec<_>>(), 0.02);
    let ends = Ends {
        block: 1,
        relative: 1e-3,
        ..Ends::new(12, 1)
    };
    let old = extremes(&before, &ends, patient);
    let mut heard = Vec::new();
    let warm = extremes_near(&after, &ends, &old.vectors, |products| {
        heard.push(products);
        ControlFlow::Continue(())
    });
    verify(&warm, after.matrix());
    // The largest and the smallest are multiplied, and then the search begins.
    assert_eq!(heard[..3], [1, 2, 3]);
    let broken = ByClosure::new(500, |_, v: &ColumnBlock| {
        ColumnBlock::from_fn(500, v.columns(), |_, _| f64::NAN)
    });
    let failed = extremes_near(&broken, &ends, &old.vectors, patient);
    assert_eq!(failed.ending, Ending::NotFinite);
    let few = Ends {
        max_products: 3,
        ..ends
    };
    let spent = extremes_near(&before, &few, &old.vectors, patient);
    assert_eq!(
        (spent.ending, spent.products),
        (Ending::MaxProducts, 3 + spent.pairs.len() + 1)
    );
    // What is stopped while the old vectors are multiplied ends there.
    let stopped = extremes_near(&before, &ends, &old.vectors, |_| ControlFlow::Break(()));
    assert_eq!(
        (stopped.ending, stopped.products > 2),
        (Ending::Interrupted, true)
    );
}

/// Residuals in one direction, and eigenvalues closer to each other than that drift: what becomes of vectors that have each
/// drifted less than is allowed may have a residual √k times as large. All are under their tolerance in the end.
#[test]
fn residuals_in_one_direction_do_not_add_up() {
    let values: Vec<f64> = (0..300)
        .map(|i| {
            if i < 9 {
                10.0 + 1e-4 * f64::from(i)
            } else {
                f64::from(i) / 150.0 - 1.0
            }
        })
        .collect();
    let before = rotated(&values, 11);
    let ends = Ends {
        block: 1,
        relative: 1e-3,
        ..Ends::new(9, 0)
    };
    let old = extremes(
        &before,
        &Ends {
            relative: 1e-6,
            ..ends
        },
        patient,
    );
    let beside = normal(300, 1, 5);
    let g = |i: usize| {
        (0..9).map(|j| old.vectors.column(j)[i] / 3.0).sum::<f64>() + beside.column(0)[i] / 300f64.sqrt()
    };
    let mut kept = 0;
    for step in 1..=8 {
        // Residuals of ε/3 beside the vectors, where 1e-2 is the tolerance.
        let epsilon = 4e-3 * f64::from(step);
        let entry = |i: usize, j: usize| before.matrix()[(i, j)] + epsilon * g(i) * g(j);
        let after = DenseOperator::new(Matrix::from_fn(300, 300, entry));
        let warm = extremes_near(&after, &ends, &old.vectors, patient);
        verify(&warm, after.matrix());
        kept += usize::from(warm.products < 9 + 9 + 12);
    }
    assert!((1..8).contains(&kept), "{kept}");
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
