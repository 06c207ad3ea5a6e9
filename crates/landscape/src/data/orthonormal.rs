//! Random matrices with orthonormal columns.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// The columns of a random matrix `[rows, columns]` with orthonormal columns, uniform (Haar) among all such.
///
/// A Gaussian matrix is orthonormalised by Gram–Schmidt; because its factor R has a positive diagonal, the
/// result is Haar distributed (Mezzadri 2007). Each column is made orthogonal twice, which is enough for full
/// accuracy.
/// Needs `columns ≤ rows`. Costs 4·rows·columns² operations.
pub(super) fn orthonormal(rng: &mut impl Rng, rows: usize, columns: usize) -> Vec<Vec<f64>> {
    assert!(
        columns <= rows,
        "{columns} orthonormal columns do not fit into {rows} rows"
    );
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(columns);
    for _ in 0..columns {
        let mut column: Vec<f64> = StandardNormal.sample_iter(&mut *rng).take(rows).collect();
        for _ in 0..2 {
            for earlier in &basis {
                let overlap = dot(earlier, &column);
                column
                    .iter_mut()
                    .zip(earlier)
                    .for_each(|(x, e)| *x -= overlap * e);
            }
        }
        let norm = dot(&column, &column).sqrt();
        column.iter_mut().for_each(|x| *x /= norm);
        basis.push(column);
    }
    basis
}

/// aᵀb.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
