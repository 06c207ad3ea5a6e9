//! What we measure: each probe looks around a point and returns a [`Finding`].
//!
//! A finding is self-describing data, so that a report draws a new probe without knowing it.
//! To add a probe: one file here, one line in [`Probe`] (see `CONTRIBUTING.md`).

mod degenerate;
mod density;
mod digits;
mod direction;
mod ends;
mod extent;
mod few_outputs;
mod finding;
mod gram;
mod motion;
mod movement;
mod nearby;
mod negative_curvature;
mod noise;
mod operator;
mod pl;
mod point_kind;
mod probe;
mod refine;
mod rounding;
mod search;
mod share;
mod sharpness;
mod smoothness;
mod stationarity;
mod structural;
mod surface;
mod tangent_kernel;
mod trace;
mod trajectory;
mod units;
mod warm;

pub use density::Density;
pub use direction::Along;
pub use ends::Ends;
pub use finding::{Axis, Cost, Curve, Finding, Grid, Path, Scalar, null_as_nan};
pub use gram::Gram;
pub use motion::{Motion, Rule};
pub use movement::{Movement, PATTERNS_CHANGED, RELATIVE_DISTANCE};
pub use negative_curvature::NegativeCurvature;
pub use noise::{KINK_MARGIN, Noise};
pub use operator::Operator;
pub use pl::Pl;
pub use point_kind::{PointKind, classify};
pub use probe::{Measurement, Probe, Site, Start, Subject};
pub use share::{SAVED, beside, measure};
pub use sharpness::{SHARPNESS, STABLE_SHARPNESS, Sharpness};
pub use smoothness::Smoothness;
pub use stationarity::Stationarity;
pub use structural::Structural;
pub use surface::{Slice, Surface};
pub use trace::{Method, Trace};
pub use trajectory::passed;
pub use warm::Warm;
