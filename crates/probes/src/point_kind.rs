//! What kind of point is this?

/// What the gradient and both ends of the Hessian's spectrum say about a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointKind {
    /// The gradient is not small: "minimum" and "saddle" have no meaning here, only curvature has.
    NotStationary,
    /// Near-stationary, with a direction of certified negative curvature and one of positive curvature.
    StrictSaddle,
    /// Near-stationary, and no direction of positive curvature was found.
    MaximumLike,
    /// Near-stationary, all curvature certified positive: a strict local minimum nearby.
    StrictMinimum,
    /// Near-stationary, no negative curvature beyond the interval: a minimum, a flat piece, or a degenerate saddle.
    FlatOrMinimum,
}

/// ‖∇L‖ relative to the largest |curvature| under which a point counts as near-stationary: a Newton-sized step
/// away from a critical point.
const STATIONARY: f64 = 1e-3;

/// Classifies a point from ‖∇L‖ and the smallest and largest eigenvalue, each with its half-width.
///
/// ```
/// use probes::{PointKind, classify};
/// assert_eq!(classify(0.0, (-2.0, 1e-9), (2.0, 1e-9)), PointKind::StrictSaddle);
/// assert_eq!(classify(0.0, (1.0, 1e-9), (2.0, 1e-9)), PointKind::StrictMinimum);
/// assert_eq!(classify(0.0, (-1e-12, 1e-9), (2.0, 1e-9)), PointKind::FlatOrMinimum);
/// assert_eq!(classify(5.0, (-2.0, 1e-9), (2.0, 1e-9)), PointKind::NotStationary);
/// ```
pub fn classify(gradient_norm: f64, smallest: (f64, f64), largest: (f64, f64)) -> PointKind {
    let scale = smallest.0.abs().max(largest.0.abs());
    if gradient_norm > STATIONARY * scale.max(f64::MIN_POSITIVE) && gradient_norm > 0.0 {
        return PointKind::NotStationary;
    }
    let negative = smallest.0 + smallest.1 < 0.0;
    let positive = largest.0 - largest.1 > 0.0;
    match (negative, positive) {
        (true, true) => PointKind::StrictSaddle,
        (true, false) => PointKind::MaximumLike,
        (false, _) if smallest.0 - smallest.1 > 0.0 => PointKind::StrictMinimum,
        (false, _) => PointKind::FlatOrMinimum,
    }
}

impl PointKind {
    /// What it is, to follow "the run stopped at".
    pub fn phrase(self) -> &'static str {
        match self {
            PointKind::NotStationary => "a point that is not stationary",
            PointKind::StrictSaddle => "a strict saddle",
            PointKind::MaximumLike => "a point without positive curvature",
            PointKind::StrictMinimum => "a strict local minimum",
            PointKind::FlatOrMinimum => {
                "a near-stationary point without measurable negative curvature (a minimum, or a flat piece)"
            }
        }
    }

    /// What the reader must not conclude, if anything.
    pub fn caveat(self) -> Option<&'static str> {
        match self {
            PointKind::NotStationary => Some(
                "The gradient is not small here: eigenvalues describe the curvature, not the kind of a critical point.",
            ),
            PointKind::FlatOrMinimum => Some(
                "The smallest eigenvalue cannot be told from zero: second order does not decide between a minimum, \
                 a flat piece and a degenerate saddle.",
            ),
            _ => None,
        }
    }
}
