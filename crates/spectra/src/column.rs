//! Blocks of vectors in the memory of the host.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatRef, Par};

use crate::{Block, Matrix};

/// A block of f64 vectors on the host, column by column.
///
/// For tests, for host problems, and as the reference of every other [`Block`].
///
/// ```
/// use spectra::{Block, ColumnBlock};
/// let block = ColumnBlock::from_columns(3, &[vec![1.0, 2.0, 2.0], vec![0.0, 1.0, -1.0]]);
/// let gram = ColumnBlock::gram(&[&block], &block);
/// assert_eq!((gram[(0, 0)], gram[(0, 1)], gram[(1, 1)]), (9.0, 0.0, 2.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnBlock {
    rows: usize,
    columns: usize,
    /// Column-major: entry (i, j) is at `i + j · rows`.
    entries: Vec<f64>,
}

impl ColumnBlock {
    /// The block with these columns, each of length `rows`.
    ///
    /// # Panics
    /// If a column has another length.
    pub fn from_columns(rows: usize, columns: &[Vec<f64>]) -> Self {
        let mut entries = Vec::with_capacity(rows * columns.len());
        for (j, column) in columns.iter().enumerate() {
            assert_eq!(
                column.len(),
                rows,
                "column {j} has {} entries instead of {rows}",
                column.len()
            );
            entries.extend_from_slice(column);
        }
        Self {
            rows,
            columns: columns.len(),
            entries,
        }
    }

    /// The block with entry `entry(i, j)` in row i of column j.
    pub fn from_fn(rows: usize, columns: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        let entries = (0..columns).flat_map(|j| (0..rows).map(move |i| (i, j)));
        Self {
            rows,
            columns,
            entries: entries.map(|(i, j)| entry(i, j)).collect(),
        }
    }

    /// The vector in column `j`.
    pub fn column(&self, j: usize) -> &[f64] {
        &self.entries[j * self.rows..(j + 1) * self.rows]
    }

    /// The block as a matrix `[rows, columns]`, without a copy.
    pub fn view(&self) -> MatRef<'_, f64> {
        MatRef::from_column_major_slice(&self.entries, self.rows, self.columns)
    }

    /// The block with the entries of a matrix.
    fn from_matrix(matrix: &Matrix) -> Self {
        Self::from_fn(matrix.nrows(), matrix.ncols(), |i, j| matrix[(i, j)])
    }

    /// matrix ← matrix + factor · basis · coefficients.
    fn accumulate(matrix: &mut Matrix, basis: &[&Self], coefficients: &Matrix, factor: f64) {
        let mut start = 0;
        for block in basis {
            let part = coefficients.as_ref().subrows(start, block.columns);
            matmul(matrix.as_mut(), Accum::Add, block.view(), part, factor, Par::Seq);
            start += block.columns;
        }
        assert_eq!(
            start,
            coefficients.nrows(),
            "one row of coefficients for each vector of the basis"
        );
    }
}

impl Block for ColumnBlock {
    fn rows(&self) -> usize {
        self.rows
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn grams(basis: &[&Self], others: &[&Self]) -> Matrix {
        let width = |blocks: &[&Self]| blocks.iter().map(|block| block.columns).sum();
        let mut grams = Matrix::zeros(width(basis), width(others));
        let mut first = 0;
        for other in others {
            let mut start = 0;
            for block in basis {
                let part = grams
                    .as_mut()
                    .submatrix_mut(start, first, block.columns, other.columns);
                let left = block.view().transpose();
                matmul(part, Accum::Replace, left, other.view(), 1.0, Par::Seq);
                start += block.columns;
            }
            first += other.columns;
        }
        grams
    }

    fn combine(basis: &[&Self], coefficients: &Matrix) -> Self {
        let mut result = Matrix::zeros(basis.first().map_or(0, |block| block.rows), coefficients.ncols());
        Self::accumulate(&mut result, basis, coefficients, 1.0);
        Self::from_matrix(&result)
    }

    fn subtract(&mut self, basis: &[&Self], coefficients: &Matrix) {
        let mut result = self.view().to_owned();
        Self::accumulate(&mut result, basis, coefficients, -1.0);
        *self = Self::from_matrix(&result);
    }
}
