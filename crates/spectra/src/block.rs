//! Tall, skinny blocks of vectors.

use crate::Matrix;

/// A few vectors of one dimension, side by side: `rows` numbers each, `columns` of them.
///
/// A basis is a slice of blocks, so that it grows without copying.
/// Each operation is at most one round trip to a device, and every inner product is accumulated in f64:
/// f32 accumulation makes all eigenvalues too large by 1e-4 at 10⁶ rows while residuals still look like zero.
pub trait Block: Clone {
    /// The length of each vector.
    fn rows(&self) -> usize;

    /// How many vectors there are.
    fn columns(&self) -> usize;

    /// Inner products ⟨basis_i, other_j⟩, `[Σ columns of basis, columns of other]`, accumulated in f64.
    fn gram(basis: &[&Self], other: &Self) -> Matrix;

    /// basis · coefficients: a block with as many columns as `coefficients`, `[Σ columns of basis, columns]`.
    fn combine(basis: &[&Self], coefficients: &Matrix) -> Self;

    /// self ← self − basis · coefficients.
    fn subtract(&mut self, basis: &[&Self], coefficients: &Matrix);
}
