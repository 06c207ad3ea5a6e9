//! Matrix-free spectral methods for symmetric operators.
//!
//! How do we read a matrix that we cannot store? By multiplying it with tall, skinny blocks of vectors.
//! This crate knows no tensors and no devices: a [`Block`] is anything that can do the few operations below.
//!
//! - [`extremes`]: the ends of a spectrum, by block Lanczos; [`EigenPairs::gaps`] and [`Unseen`] say what lies between
//!   and beyond.
//! - [`extent`]: where all eigenvalues lie, with a probability that holds at every step; for finding negative curvature.
//! - [`density`]: which share of the eigenvalues lies where, as accurately as is asked for; [`survey`] has both from one run.
//! - [`hutchinson`], [`hutch_plus_plus`], [`xtrace`], [`xnystrace`]: traces and Frobenius norms.
//! - [`eigen`], [`eigenvalues`], [`explicit`]: the whole spectrum of a small problem.
//! - [`smallest_at_least`], [`smallest_exceeds`]: what is proven of the smallest eigenvalue of a matrix.
//! - [`orthonormalise`]: the step on which everything stands.
//! - [`ColumnBlock`], [`DenseOperator`], [`DiagonalOperator`]: vectors and operators on the host.

mod accuracy;
mod beside;
mod block;
mod column;
mod complement;
mod definite;
mod dense;
mod density;
mod drift;
mod ends;
mod estimate;
mod exchangeable;
mod extent;
mod host;
mod hutchinson;
mod jacobi;
mod krylov;
mod lanczos;
mod operator;
mod orthonormal;
mod quadrature;
mod random;
mod residual;
mod ritz;
mod sampling;
mod still;
mod survey;
mod sweeps;
mod unseen;
mod views;

pub use accuracy::{Accuracy, Effort, overshoot};
pub use block::{Block, combine_in_parts};
pub use column::ColumnBlock;
pub use definite::{Certified, smallest_at_least, smallest_exceeds};
pub use dense::{Eigen, Explicit, eigen, eigenvalues, explicit, fix_parts};
pub use density::{Bounded, Density, density};
pub use ends::{Convergence, EigenPairs, Ending, Ends, Pair};
pub use estimate::Estimate;
pub use exchangeable::{Semidefinite, xnystrace, xtrace};
pub use extent::{Extent, Outermost, Search, Sight, extent};
pub use host::{DenseOperator, DiagonalOperator};
pub use hutchinson::{hutch_plus_plus, hutchinson};
pub use lanczos::{extremes, extremes_near};
pub use operator::SelfAdjoint;
pub use orthonormal::{Orthonormal, orthogonality_defect, orthonormalise};
pub use quadrature::Rule;
pub use sampling::{Moments, Sampling};
pub use survey::{Survey, survey};
pub use unseen::{Gap, Unseen};
pub use views::Magnitudes;

/// A small dense matrix on the host: Gram matrices, projected matrices, coefficients.
pub type Matrix = faer::Mat<f64>;
