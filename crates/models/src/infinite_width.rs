//! What the Gram matrix of a wide network tends to.

use crate::analytic::{relu_kernel_of_first_layer, relu_kernel_of_second_layer};
use crate::{Initialisation, Risk, SecondLayer};
use spectra::Matrix;

impl Risk {
    /// The limit of [`Risk::gram`] at the start of a two-layer ReLU network as its width grows, in closed form.
    ///
    /// `[nC, nC]`; `None` for other networks, and for starts without such a limit. With H the
    /// [`relu_kernel_of_first_layer`] and A the [`relu_kernel_of_second_layer`] of the inputs:
    ///
    /// - a second layer of fixed signs: H ⊗ I, for first layers N(0, σ²) of any σ > 0;
    /// - a second layer of ones: H ⊗ 11ᵀ, for the same starts;
    /// - both layers trained, from N(0, κ²): κ²(H + A) ⊗ I.
    ///
    /// Costs n²d operations (Jacot, Gabriel & Hongler 2018; Du et al. 2019).
    pub fn infinite_width_gram(&self) -> Option<Matrix> {
        let second_layer = self.network().wide_relu?;
        let gaussian = match self.initialisation() {
            Initialisation::Normal { std } => std > 0.0,
            Initialisation::He { scale } => scale > 0.0,
            _ => false,
        };
        let (c, d) = (self.network().outputs(), self.network().inputs());
        let x = self.inputs();
        let kernel = match (second_layer, self.initialisation()) {
            (SecondLayer::Trained, Initialisation::Normal { std }) => {
                let (first, second) = (
                    relu_kernel_of_first_layer(&x, d),
                    relu_kernel_of_second_layer(&x, d),
                );
                Matrix::from_fn(first.nrows(), first.ncols(), |i, j| {
                    std * std * (first[(i, j)] + second[(i, j)])
                })
            }
            (SecondLayer::FixedSigns | SecondLayer::FixedOnes, _) if gaussian => {
                relu_kernel_of_first_layer(&x, d)
            }
            _ => return None,
        };
        let n = kernel.nrows() * c;
        Some(Matrix::from_fn(n, n, |row, column| {
            if row % c == column % c || second_layer == SecondLayer::FixedOnes {
                kernel[(row / c, column / c)]
            } else {
                0.0
            }
        }))
    }
}
