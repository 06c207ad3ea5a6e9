//! Vectors that were eigenvectors of an operator before it changed: whether they are so still.

use std::ops::ControlFlow;

use crate::krylov::{NOISE, RANDOM_TOLERANCE};
use crate::residual::quotients;
use crate::sampling::select;
use crate::{Block, Ends, Matrix, SelfAdjoint, orthonormalise};

/// Orthonormal vectors V whose residuals have not drifted.
pub(crate) struct Still<B> {
    pub vectors: B,
    /// VᵀHV, symmetric.
    pub projected: Matrix,
    /// The sum of the squares of the residuals.
    pub left: f64,
    pub norm: f64,
    pub asymmetry: f64,
}

/// The previous vectors, if they are as many as are wanted and the residual of each is under this share of its tolerance;
/// otherwise how many were multiplied until one was found that is not.
///
/// The first vector tells the norm, and with it the noise; then come those towards the middle, whose tolerances are the
/// smallest: what has drifted is mostly seen with two products.
pub(crate) fn still<A: SelfAdjoint>(
    operator: &A,
    ends: &Ends,
    previous: &A::Block,
    share: f64,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<Still<A::Block>, usize> {
    let count = previous.columns();
    if count != ends.wanted() || count > operator.dimension() {
        return Err(0);
    }
    let tolerance = RANDOM_TOLERANCE * operator.round_off();
    let own = orthonormalise(
        &[],
        select(previous, &(0..count).collect::<Vec<_>>()),
        0.0,
        tolerance,
    );
    let Some(vectors) = own.block.filter(|vectors| vectors.columns() == count) else {
        return Err(0);
    };
    let mut order: Vec<usize> = (0..count).collect();
    order[1..].sort_by_key(|&i| i.abs_diff(ends.largest));
    let mut along = Matrix::zeros(count, count);
    let (mut norm, mut left, mut products) = (0.0f64, 0.0, 0);
    for part in order.chunks(ends.block) {
        let own = select(&vectors, part);
        let product = operator.apply(&own);
        products += part.len();
        let coefficients = A::Block::gram(&[&vectors], &product);
        for (j, &to) in part.iter().enumerate() {
            (0..count).for_each(|i| along[(i, to)] = coefficients[(i, j)]);
        }
        let measured = quotients(&own, product);
        norm = measured
            .iter()
            .fold(norm, |norm, (value, residual)| norm.max(value.hypot(*residual)));
        let noise = (NOISE * operator.round_off() * norm).max(ends.noise);
        let drifted = |&(value, residual): &(f64, f64)| {
            let tolerance = (ends.relative * value.abs()).max(ends.absolute).max(noise);
            !(residual.is_finite() && residual <= share * tolerance)
        };
        if progress(products).is_break() || measured.iter().any(drifted) {
            return Err(products);
        }
        left += measured.iter().map(|(_, residual)| residual.powi(2)).sum::<f64>();
    }
    let mut asymmetry = 0.0f64;
    let projected = Matrix::from_fn(count, count, |i, j| {
        asymmetry = asymmetry.max((along[(i, j)] - along[(j, i)]).abs());
        0.5 * (along[(i, j)] + along[(j, i)])
    });
    Ok(Still {
        vectors,
        projected,
        left,
        norm,
        asymmetry,
    })
}
