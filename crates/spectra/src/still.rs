//! Vectors that were eigenvectors of an operator before it changed: whether they are so still.

use std::ops::ControlFlow;

use crate::krylov::{NOISE, RANDOM_TOLERANCE};
use crate::sampling::select;
use crate::{Block, Ends, Matrix, SelfAdjoint, eigen, orthonormalise};

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

/// The previous vectors, if they are as many as are wanted and the residual of each is under this share of its tolerance, before
/// and after they have become Ritz vectors of their span; otherwise how many were multiplied until one was found that is not.
///
/// An outermost vector tells the norm, and with it the noise; then come those towards the middle, whose tolerances are the
/// smallest: what has drifted is mostly seen with two products.
pub(crate) fn still<A: SelfAdjoint>(
    operator: &A,
    ends: &Ends,
    previous: &A::Block,
    share: f64,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<Still<A::Block>, usize> {
    let count = previous.columns();
    if count != ends.wanted() || count + ends.block >= ends.max_products.min(operator.dimension()) {
        return Err(0);
    }
    let mut order: Vec<usize> = (0..count).collect();
    if ends.largest == 0 {
        order.rotate_right(1);
    }
    order[1..].sort_by_key(|&i| i.abs_diff(ends.largest));
    let shortest = RANDOM_TOLERANCE * operator.round_off();
    let own = orthonormalise(&[], select(previous, &order), 0.0, shortest);
    let Some(vectors) = own.block.filter(|vectors| vectors.columns() == count) else {
        return Err(0);
    };
    let mut along = Matrix::zeros(count, count);
    let (mut residuals, mut norm, mut products) = (Vec::new(), 0.0f64, 0);
    for start in (0..count).step_by(ends.block) {
        let part: Vec<usize> = (start..count.min(start + ends.block)).collect();
        let mut product = operator.apply(&select(&vectors, &part));
        products += part.len();
        let coefficients = A::Block::gram(&[&vectors], &product);
        product.subtract(&[&vectors], &coefficients);
        let beside = A::Block::gram(&[&product], &product);
        along.subcols_mut(start, part.len()).copy_from(&coefficients);
        residuals.push(product);
        let lengths = |j: usize| (coefficients.col(j).norm_l2(), beside[(j, j)].sqrt());
        norm = (0..part.len()).fold(norm, |norm, j| norm.max(lengths(j).0.hypot(lengths(j).1)));
        let drifted = |j: usize| {
            let value = coefficients[(start + j, j)];
            let residual = lengths(j).1;
            !residual.is_finite() || residual > share * tolerance(operator, ends, norm, value)
        };
        if progress(products).is_break() || (0..part.len()).any(drifted) {
            return Err(products);
        }
    }
    let mut asymmetry = 0.0f64;
    let projected = Matrix::from_fn(count, count, |i, j| {
        asymmetry = asymmetry.max((along[(i, j)] - along[(j, i)]).abs());
        0.5 * (along[(i, j)] + along[(j, i)])
    });
    let all: Vec<&A::Block> = residuals.iter().collect();
    let left = A::Block::grams(&all, &all);
    let ritz = eigen(&projected);
    let turned = ritz.vectors.transpose() * &left * &ritz.vectors;
    let drifted = |i: usize| {
        let residual = turned[(i, i)].max(0.0).sqrt();
        residual > share * tolerance(operator, ends, norm, ritz.values[i])
    };
    if (0..count).any(drifted) {
        return Err(products);
    }
    Ok(Still {
        vectors,
        projected,
        left: (0..count).map(|i| left[(i, i)]).sum(),
        norm,
        asymmetry,
    })
}

/// What the residual of a pair may be.
fn tolerance<A: SelfAdjoint>(operator: &A, ends: &Ends, norm: f64, value: f64) -> f64 {
    let noise = (NOISE * operator.round_off() * norm).max(ends.noise);
    (ends.relative * value.abs()).max(ends.absolute).max(noise)
}
