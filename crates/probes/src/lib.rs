//! What we measure.

mod finding;

pub use finding::{Cost, Curve, Finding, Scalar};
