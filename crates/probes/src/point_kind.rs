//! What kind of point is this?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the gradient and both ends of the Hessian's spectrum say about a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PointKind {
    /// The gradient is not small: "minimum" and "saddle" have no meaning here, only curvature has.
    NotStationary,
    /// Near-stationary, with a direction of certified negative curvature and one of positive curvature.
    StrictSaddle,
    /// Near-stationary, with certified negative curvature, and no direction of positive curvature was found.
    MaximumLike,
    /// Near-stationary, and the largest eigenvalue found is certified negative: a strict local maximum nearby, unless
    /// the probe missed a larger one.
    StrictMaximum,
    /// Near-stationary, and the smallest eigenvalue found is certified positive: a strict local minimum nearby, unless
    /// the probe missed a smaller one.
    StrictMinimum,
    /// Near-stationary, no significant negative curvature: a minimum, a flat piece, or a degenerate saddle.
    FlatOrMinimum,
}

/// ‖∇L‖/max|λ| under which a point counts as near-stationary. The ratio is a length in parameter space: how far off
/// the critical point lies if all of the gradient points along the stiffest direction. It lies further off if not.
const STATIONARY: f64 = 1e-3;

/// Classifies a point from ‖∇L‖ and the smallest and largest eigenvalue, each with its half-width.
///
/// Beside a degenerate minimum, eigenvalues that are zero at the minimum are small and of either sign. So negative
/// curvature counts only beyond √(ρ‖∇L‖), as in the definition of second-order stationary points (Nesterov & Polyak
/// 2006; Jin et al. 2017). The Hessian's Lipschitz constant ρ is not measured: max|λ| per unit length stands for it.
///
/// ```
/// use probes::{PointKind, classify};
/// assert_eq!(classify(0.0, (-2.0, 1e-9), (2.0, 1e-9)), PointKind::StrictSaddle);
/// assert_eq!(classify(0.0, (-2.0, 1e-9), (-1.0, 1e-9)), PointKind::StrictMaximum);
/// assert_eq!(classify(0.0, (1.0, 1e-9), (2.0, 1e-9)), PointKind::StrictMinimum);
/// assert_eq!(classify(0.0, (-1e-12, 1e-9), (2.0, 1e-9)), PointKind::FlatOrMinimum);
/// assert_eq!(classify(5.0, (-2.0, 1e-9), (2.0, 1e-9)), PointKind::NotStationary);
/// // √(2·5e-5) = 0.01.
/// assert_eq!(classify(5e-5, (-0.02, 1e-9), (2.0, 1e-9)), PointKind::StrictSaddle);
/// assert_eq!(classify(5e-5, (-0.005, 1e-9), (2.0, 1e-9)), PointKind::FlatOrMinimum);
/// ```
pub fn classify(gradient_norm: f64, smallest: (f64, f64), largest: (f64, f64)) -> PointKind {
    let scale = smallest.0.abs().max(largest.0.abs());
    let stationary = STATIONARY * scale.max(f64::MIN_POSITIVE);
    judge(
        gradient_norm,
        stationary,
        smallest,
        largest,
        (scale * gradient_norm).sqrt(),
    )
}

/// The same, where a gradient up to `stationary` counts as none, and curvature only beyond `significant`.
pub(crate) fn judge(
    gradient_norm: f64,
    stationary: f64,
    smallest: (f64, f64),
    largest: (f64, f64),
    significant: f64,
) -> PointKind {
    if gradient_norm > stationary {
        return PointKind::NotStationary;
    }
    let negative = smallest.0 + smallest.1 < -significant;
    let positive = largest.0 - largest.1 > significant;
    match (negative, positive) {
        (true, true) => PointKind::StrictSaddle,
        (true, false) if largest.0 + largest.1 < -significant => PointKind::StrictMaximum,
        (true, false) => PointKind::MaximumLike,
        (false, _) if smallest.0 - smallest.1 > significant => PointKind::StrictMinimum,
        (false, _) => PointKind::FlatOrMinimum,
    }
}

impl PointKind {
    /// What it is, to follow "the run stopped at".
    pub fn phrase(self) -> &'static str {
        match self {
            PointKind::NotStationary => "a point with a slope left, which is no critical point",
            PointKind::StrictSaddle => "a strict saddle",
            PointKind::MaximumLike => "a near-critical point with negative and without positive curvature",
            PointKind::StrictMaximum => "what looks like a strict local maximum",
            PointKind::StrictMinimum => "what looks like a strict local minimum",
            PointKind::FlatOrMinimum => "a near-critical point without significant negative curvature",
        }
    }

    /// What the reader must not conclude, if anything.
    pub fn caveat(self) -> Option<&'static str> {
        match self {
            PointKind::NotStationary => Some(
                "The gradient is not small here: eigenvalues describe the curvature, not the kind of a critical point.",
            ),
            PointKind::FlatOrMinimum => Some(
                "The smallest eigenvalue cannot be told from what it is at a critical point nearby: second order does not \
                 decide between a minimum, a flat piece and a degenerate saddle.",
            ),
            PointKind::StrictMinimum => Some(
                "Every eigenvalue found is positive; that no smaller one was missed is likely, but not proved.",
            ),
            PointKind::StrictMaximum => Some(
                "Every eigenvalue found is negative; that no larger one was missed is likely, but not proved.",
            ),
            PointKind::StrictSaddle | PointKind::MaximumLike => None,
        }
    }
}
