//! Matrix-free spectral methods for symmetric operators.
//!
//! How do we read a matrix that we cannot store? By multiplying it with tall, skinny blocks of vectors.
//! This crate knows no tensors and no devices: a [`Block`] is anything that can do the few operations below.
//!
//! - [`extremes`]: the ends of a spectrum, by block Lanczos.
//! - [`eigen`], [`eigenvalues`], [`explicit`]: the whole spectrum of a small problem.
//! - [`orthonormalise`]: the step on which everything stands.
//! - [`ColumnBlock`], [`DenseOperator`], [`DiagonalOperator`]: vectors and operators on the host.

mod block;
mod column;
mod dense;
mod ends;
mod host;
mod krylov;
mod lanczos;
mod operator;
mod orthonormal;
mod residual;
mod ritz;

pub use block::Block;
pub use column::ColumnBlock;
pub use dense::{Eigen, Explicit, eigen, eigenvalues, explicit};
pub use ends::{Convergence, EigenPairs, Ending, Ends, Pair};
pub use host::{DenseOperator, DiagonalOperator};
pub use lanczos::extremes;
pub use operator::SelfAdjoint;
pub use orthonormal::{Orthonormal, orthogonality_defect, orthonormalise};

/// A small dense matrix on the host: Gram matrices, projected matrices, coefficients.
pub type Matrix = faer::Mat<f64>;
