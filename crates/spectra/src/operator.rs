//! Symmetric operators that are known by their products.

use crate::Block;

/// A symmetric operator on vectors of length `dimension`, known only by its products with blocks.
pub trait SelfAdjoint {
    /// The kind of block that the operator multiplies.
    type Block: Block;

    /// The length of the vectors.
    fn dimension(&self) -> usize;

    /// The product with each column: one pass, whatever the number of columns.
    fn apply(&self, vectors: &Self::Block) -> Self::Block;

    /// A block with these columns, each of length `dimension`, rounded to the operator's precision.
    fn block(&self, columns: &[Vec<f64>]) -> Self::Block;

    /// The unit round-off of the arithmetic in which products are computed: 2⁻²⁴ for f32, 2⁻⁵³ for f64.
    fn round_off(&self) -> f64;
}
