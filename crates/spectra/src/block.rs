//! Tall, skinny blocks of vectors.

use crate::Matrix;

/// Vectors that are made from a basis at once, so that no large piece of memory is asked for between smaller ones.
const PART: usize = 8;

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
    fn gram(basis: &[&Self], other: &Self) -> Matrix {
        Self::grams(basis, &[other])
    }

    /// [`Block::gram`] with several blocks side by side, `[Σ columns of basis, Σ columns of others]`: the basis is read once.
    fn grams(basis: &[&Self], others: &[&Self]) -> Matrix;

    /// basis · coefficients: a block with as many columns as `coefficients`, `[Σ columns of basis, columns]`.
    fn combine(basis: &[&Self], coefficients: &Matrix) -> Self;

    /// self ← self − basis · coefficients.
    fn subtract(&mut self, basis: &[&Self], coefficients: &Matrix);

    /// basis · coefficients as blocks that take the basis's place: no more vectors than it has.
    ///
    /// Done in parts, beside the basis; a block whose numbers can be changed where they lie needs no memory for it.
    fn condense(basis: Vec<Self>, coefficients: &Matrix) -> Vec<Self> {
        combine_in_parts(&basis, coefficients)
    }
}

/// basis · coefficients, a few columns at a time, so that no large piece of memory is asked for between smaller ones.
///
/// ```
/// use spectra::{ColumnBlock, Matrix, combine_in_parts};
/// let unit = ColumnBlock::from_fn(20, 20, |i, j| f64::from(u8::from(i == j)));
/// let parts = combine_in_parts(&[unit], &Matrix::from_fn(20, 9, |i, j| (i * j) as f64));
/// assert_eq!(parts[1].column(0)[3], 24.0);
/// ```
pub fn combine_in_parts<B: Block>(basis: &[B], coefficients: &Matrix) -> Vec<B> {
    let blocks: Vec<&B> = basis.iter().collect();
    let columns = coefficients.ncols();
    let part = |start: usize| coefficients.subcols(start, PART.min(columns - start)).to_owned();
    let starts = (0..columns).step_by(PART);
    starts.map(|start| B::combine(&blocks, &part(start))).collect()
}
