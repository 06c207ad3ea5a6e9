//! Empirical risk of a network.

/// The empirical risk of a network on a sample.
pub struct Risk;
