//! Operators whose numbers lie on the host.

use crate::{Block, ColumnBlock, Matrix, SelfAdjoint};

/// A symmetric matrix that is stored, as an operator in f64. One product costs n² multiplications.
///
/// ```
/// use spectra::{ColumnBlock, DenseOperator, Matrix, SelfAdjoint};
/// let swap = DenseOperator::new(Matrix::from_fn(2, 2, |i, j| if i == j { 0.0 } else { 1.0 }));
/// let product = swap.apply(&ColumnBlock::from_columns(2, &[vec![3.0, 5.0]]));
/// assert_eq!(product.column(0), [5.0, 3.0]);
/// ```
#[derive(Clone, Debug)]
pub struct DenseOperator {
    matrix: Matrix,
}

impl DenseOperator {
    /// The operator of a symmetric matrix; what rounding left of asymmetry is averaged away.
    ///
    /// # Panics
    /// If the matrix is not square, or if two mirrored entries differ by more than 1e-12 of the largest entry.
    pub fn new(matrix: Matrix) -> Self {
        assert_eq!(matrix.nrows(), matrix.ncols(), "a symmetric matrix is square");
        let tolerance = 1e-12 * matrix.norm_max();
        for j in 0..matrix.ncols() {
            for i in 0..j {
                let (above, below) = (matrix[(i, j)], matrix[(j, i)]);
                assert!(
                    (above - below).abs() <= tolerance,
                    "entry ({i}, {j}) is {above} and entry ({j}, {i}) is {below}: the matrix is not symmetric"
                );
            }
        }
        let mirrored = |i, j| 0.5 * (matrix[(i, j)] + matrix[(j, i)]);
        Self {
            matrix: Matrix::from_fn(matrix.nrows(), matrix.ncols(), mirrored),
        }
    }

    /// The matrix.
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }
}

impl SelfAdjoint for DenseOperator {
    type Block = ColumnBlock;

    fn dimension(&self) -> usize {
        self.matrix.nrows()
    }

    fn apply(&self, vectors: &ColumnBlock) -> ColumnBlock {
        let product = self.matrix.as_ref() * vectors.view();
        ColumnBlock::from_fn(product.nrows(), product.ncols(), |i, j| product[(i, j)])
    }

    fn block(&self, columns: &[Vec<f64>]) -> ColumnBlock {
        ColumnBlock::from_columns(self.dimension(), columns)
    }

    fn round_off(&self) -> f64 {
        f64::EPSILON / 2.0
    }
}

/// A diagonal matrix as an operator in f64: the eigenvalues are the entries. One product costs n multiplications.
///
/// ```
/// use spectra::{ColumnBlock, DiagonalOperator, SelfAdjoint};
/// let operator = DiagonalOperator::new(vec![2.0, -1.0]);
/// let product = operator.apply(&ColumnBlock::from_columns(2, &[vec![3.0, 5.0]]));
/// assert_eq!(product.column(0), [6.0, -5.0]);
/// ```
#[derive(Clone, Debug)]
pub struct DiagonalOperator {
    diagonal: Vec<f64>,
}

impl DiagonalOperator {
    /// The operator with these eigenvalues, in any order.
    pub fn new(diagonal: Vec<f64>) -> Self {
        Self { diagonal }
    }
}

impl SelfAdjoint for DiagonalOperator {
    type Block = ColumnBlock;

    fn dimension(&self) -> usize {
        self.diagonal.len()
    }

    fn apply(&self, vectors: &ColumnBlock) -> ColumnBlock {
        let scaled = |i, j| self.diagonal[i] * vectors.column(j)[i];
        ColumnBlock::from_fn(vectors.rows(), vectors.columns(), scaled)
    }

    fn block(&self, columns: &[Vec<f64>]) -> ColumnBlock {
        ColumnBlock::from_columns(self.dimension(), columns)
    }

    fn round_off(&self) -> f64 {
        f64::EPSILON / 2.0
    }
}
