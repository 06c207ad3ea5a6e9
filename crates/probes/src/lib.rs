//! What we measure: each probe looks around a point and returns a [`Finding`].
//!
//! A finding is self-describing data, so that a report draws a new probe without knowing it.
//! To add a probe: one file here, one line in [`Probe`] (see `CONTRIBUTING.md`).

mod ends;
mod finding;
mod movement;
mod point_kind;
mod probe;

pub use ends::{Ends, Operator};
pub use finding::{Axis, Cost, Curve, Finding, Grid, Scalar, null_as_nan};
pub use movement::{Movement, PATTERNS_CHANGED, RELATIVE_DISTANCE};
pub use point_kind::{PointKind, classify};
pub use probe::{Measurement, Probe, Site, Start, Subject};
