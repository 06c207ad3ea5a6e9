//! Matrix-free spectral methods for symmetric operators.
//!
//! How do we read a matrix that we cannot store? By multiplying it with tall, skinny blocks of vectors.
//! This crate knows no tensors and no devices: a [`Block`] is anything that can do the few operations below.

mod block;
mod operator;

pub use block::Block;
pub use operator::SelfAdjoint;

/// A small dense matrix on the host: Gram matrices, projected matrices, coefficients.
pub type Matrix = faer::Mat<f64>;
