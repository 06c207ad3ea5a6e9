//! Eigenpairs of a projected matrix, seen in the whole space.

use crate::{Matrix, eigen};

/// The eigenpairs of VᵀHV, and their residuals in the whole space.
pub(crate) struct Ritz {
    /// Ascending.
    pub values: Vec<f64>,
    /// ‖Hx − θx‖ with x = Vy.
    pub residuals: Vec<f64>,
    coefficients: Matrix,
}

impl Ritz {
    /// The residual of x = Vy lies along the next block: `coupling` times the last entries of y.
    pub fn new(projected: &Matrix, coupling: &Matrix) -> Self {
        let pairs = eigen(projected);
        let mut ritz = Self {
            residuals: Vec::new(),
            values: pairs.values,
            coefficients: pairs.vectors,
        };
        let all: Vec<usize> = (0..ritz.values.len()).collect();
        let ahead = ritz.last(coupling, &all);
        let length = |j: usize| {
            (0..ahead.nrows())
                .map(|i| ahead[(i, j)].powi(2))
                .sum::<f64>()
                .sqrt()
        };
        ritz.residuals = all.into_iter().map(length).collect();
        ritz
    }

    /// The coefficients y of the chosen vectors, one column each.
    pub fn coefficients(&self, chosen: &[usize]) -> Matrix {
        Matrix::from_fn(self.values.len(), chosen.len(), |i, j| {
            self.coefficients[(i, chosen[j])]
        })
    }

    /// factor · (last entries of y), one column for each chosen vector.
    pub fn last(&self, factor: &Matrix, chosen: &[usize]) -> Matrix {
        factor
            * self
                .coefficients(chosen)
                .subrows(self.values.len() - factor.ncols(), factor.ncols())
    }
}
