//! Eigenpairs of a projected matrix, seen in the whole space.

use crate::{Matrix, eigen};

/// The eigenpairs of VᵀHV, and bounds on their residuals in the whole space.
pub(crate) struct Ritz {
    /// Ascending.
    pub values: Vec<f64>,
    /// Bounds of ‖Hx − θx‖ with x = Vy.
    pub residuals: Vec<f64>,
    coefficients: Matrix,
}

impl Ritz {
    /// The residual of x = Vy lies along the next block, `coupling` times the last entries of y,
    /// and along what fresh starts have dropped, `lost` times the first entries of y.
    pub fn new(projected: &Matrix, coupling: &Matrix, lost: &Matrix) -> Self {
        let pairs = eigen(projected);
        let mut ritz = Self {
            residuals: Vec::new(),
            values: pairs.values,
            coefficients: pairs.vectors,
        };
        let all: Vec<usize> = (0..ritz.values.len()).collect();
        let (ahead, dropped) = (ritz.last(coupling, &all), ritz.first(lost, &all));
        let square =
            |matrix: &Matrix, j: usize| (0..matrix.nrows()).map(|i| matrix[(i, j)].powi(2)).sum::<f64>();
        ritz.residuals = all
            .iter()
            .map(|&j| (square(&ahead, j) + square(&dropped, j)).sqrt())
            .collect();
        ritz
    }

    /// The coefficients y of the chosen vectors, one column each.
    pub fn coefficients(&self, chosen: &[usize]) -> Matrix {
        Matrix::from_fn(self.values.len(), chosen.len(), |i, j| {
            self.coefficients[(i, chosen[j])]
        })
    }

    /// factor · (first entries of y), one column for each chosen vector.
    pub fn first(&self, factor: &Matrix, chosen: &[usize]) -> Matrix {
        factor * self.coefficients(chosen).subrows(0, factor.ncols())
    }

    /// factor · (last entries of y), one column for each chosen vector.
    pub fn last(&self, factor: &Matrix, chosen: &[usize]) -> Matrix {
        factor
            * self
                .coefficients(chosen)
                .subrows(self.values.len() - factor.ncols(), factor.ncols())
    }
}
