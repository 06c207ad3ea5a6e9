//! What goes wrong is said in a sentence.

use std::ops::ControlFlow;

use crate::support::{ByClosure, normal, patient, rotated};
use spectra::{Block, ColumnBlock, Convergence, DiagonalOperator, Ending, Ends, explicit, extremes};

fn linear(n: usize) -> Vec<f64> {
    (0..n).map(|i| i as f64).collect()
}

fn diagonal(values: &[f64], vectors: &ColumnBlock) -> ColumnBlock {
    ColumnBlock::from_fn(vectors.rows(), vectors.columns(), |i, j| {
        values[i] * vectors.column(j)[i]
    })
}

#[test]
fn an_interrupted_iteration_answers_with_what_it_knows() {
    let mut heard = Vec::new();
    let found = extremes(
        &DiagonalOperator::new(linear(500)),
        &Ends::new(3, 3),
        |products| {
            heard.push(products);
            if products >= 12 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    assert_eq!(heard, [4, 8, 12]);
    assert_eq!(
        (found.ending, found.pairs.len(), found.products),
        (Ending::Interrupted, 6, 19)
    );
    assert!(!found.converged());
    assert!(
        found
            .advice()
            .unwrap()
            .starts_with("Interrupted after 19 products: 6 of 6")
    );
}

#[test]
fn a_limit_on_products_is_kept_and_reported() {
    let ends = Ends {
        max_products: 100,
        relative: 1e-12,
        ..Ends::new(4, 4)
    };
    let operator = ByClosure::new(5000, |_, vectors: &ColumnBlock| diagonal(&linear(5000), vectors));
    let found = extremes(&operator, &ends, patient);
    assert_eq!((found.ending, found.products), (Ending::MaxProducts, 109));
    assert_eq!(found.products, operator.multiplied.get());
    assert!(!found.converged());
    assert!(found.advice().unwrap().contains("more products"));
}

#[test]
fn unconfirmed_pairs_are_not_called_converged() {
    let mut values = vec![1.0; 300];
    values[0] = 3.0;
    values[1] = 2.0;
    // Each eigenvector is found in the first space of three dimensions; the limit leaves nothing for a second look.
    let ends = Ends {
        block: 1,
        max_products: 3,
        ..Ends::new(2, 0)
    };
    let found = extremes(&DiagonalOperator::new(values), &ends, patient);
    assert!(
        found.pairs.iter().all(|pair| pair.residual < 1e-10),
        "{:?}",
        found.pairs
    );
    assert!(!found.converged() && found.advice().unwrap().contains("confirm"));
}

#[test]
fn products_that_are_not_finite_end_the_iteration() {
    for after in [0, 8, 40] {
        let operator = ByClosure::new(300, |before, vectors: &ColumnBlock| {
            let mut values = linear(300);
            values[17] = if before < after { 17.0 } else { f64::NAN };
            diagonal(&values, vectors)
        });
        let found = extremes(&operator, &Ends::new(2, 1), patient);
        assert_eq!(found.ending, Ending::NotFinite);
        assert!(!found.converged() && found.advice().unwrap().contains("not finite"));
        assert_eq!(found.vectors.columns(), found.pairs.len());
        assert!(found.pairs.iter().all(|pair| pair.value.is_nan()));
    }
}

#[test]
fn an_operator_that_is_not_symmetric_is_found_out() {
    let values = linear(200);
    let skew = |_: usize, vectors: &ColumnBlock| {
        let shifted = |i: usize, j: usize| vectors.column(j)[(i + 1) % 200];
        let straight = diagonal(&values, vectors);
        ColumnBlock::from_fn(200, vectors.columns(), |i, j| {
            straight.column(j)[i] + 1e-3 * shifted(i, j)
        })
    };
    let operator = ByClosure::new(200, skew);
    let found = extremes(
        &operator,
        &Ends {
            max_products: 200,
            ..Ends::new(2, 2)
        },
        patient,
    );
    assert!(
        found.advice().unwrap().contains("not symmetric"),
        "{:?}",
        found.advice()
    );
    assert!((explicit(&operator, 7).asymmetry - 1e-3).abs() < 1e-12);

    let honest = extremes(&rotated(&values, 3), &Ends::new(2, 2), patient);
    assert!(honest.asymmetry < 1e-11 && honest.advice().is_none());
}

/// Noise beyond what the round-off explains: the final check measures what the iteration cannot know.
#[test]
fn noisier_products_than_declared_are_found_out() {
    let operator = ByClosure::new(200, |before, vectors: &ColumnBlock| {
        let noise = normal(200, vectors.columns(), before as u64);
        let straight = diagonal(&linear(200), vectors);
        ColumnBlock::from_fn(200, vectors.columns(), |i, j| {
            straight.column(j)[i] + 1e-4 * noise.column(j)[i]
        })
    });
    let found = extremes(
        &operator,
        &Ends {
            relative: 1e-7,
            max_products: 600,
            ..Ends::new(2, 2)
        },
        patient,
    );
    // Each product carries noise of length 1e-4 √200 = 1.4e-3, a hundred million times what f64 explains.
    assert!((1e-3..1e-1).contains(&found.noise), "{:e}", found.noise);
    assert!(
        found
            .pairs
            .iter()
            .all(|pair| pair.convergence == Convergence::Noise),
        "{:?}",
        found.pairs
    );
    for (pair, truth) in found.pairs.iter().zip([199.0, 198.0, 1.0, 0.0]) {
        assert!((pair.value - truth).abs() <= pair.bound);
    }
}
