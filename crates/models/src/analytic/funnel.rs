//! A function whose strict saddle attracts descent from a set of positive measure, with steps that are too long.

use super::ClosedForm;
use crate::{CriticalPoint, Known};

/// ½x² + h(|y|): a strict saddle at 0 and minima at (0, ±2.17…), with h′(y) = −y up to 1, h′(y) = 4y from 8 on, and the cubic
/// between that makes it continuously differentiable (ours).
///
/// With u = y − 1 that cubic is −1 − u + (85/49)u² − (45/343)u³, so that L = −1 + 85²/945 = 6.65 and ρ = 170/49. Descent with
/// η = [`Funnel::STEP_SIZE`] = ¼ moves y to y − y = 0 from everywhere with |y| ≥ [`Funnel::BORDER`] = 8: exactly, in floating
/// point as well, onto the axis from which it ends at the saddle. The theorem that descent from random starts does not (Lee,
/// Simchowitz, Jordan & Recht 2016) asks for η < 1/L = 0.150, with which a step is one to one; ¼ lies between 1/L and 2/L, so
/// that the value decreases nevertheless.
///
/// ```
/// use models::analytic::{ClosedForm, Funnel};
/// assert_eq!(Funnel.gradient(&[1.0, 0.5]), [1.0, -0.5]);
/// assert_eq!(Funnel.gradient(&[0.0, -9.0]), [0.0, -36.0]);
/// assert!((1.0 / Funnel::STEP_SIZE - 4.0).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funnel;

/// The coefficients of u² and u³, and their u at the border.
const SQUARE: f64 = 85.0 / 49.0;
const CUBE: f64 = -45.0 / 343.0;
const WIDTH: f64 = Funnel::BORDER - 1.0;

impl Funnel {
    /// η with which it attracts.
    pub const STEP_SIZE: f64 = 0.25;
    /// From this |y| on.
    pub const BORDER: f64 = 8.0;

    /// h, h′ and h″ at y ≥ 0.
    fn profile(y: f64) -> [f64; 3] {
        if y <= 1.0 {
            return [-0.5 * y * y, -y, -1.0];
        }
        let between = |u: f64| {
            [
                -0.5 - u - 0.5 * u * u + SQUARE * u.powi(3) / 3.0 + CUBE * u.powi(4) / 4.0,
                -1.0 - u + SQUARE * u * u + CUBE * u.powi(3),
                -1.0 + 2.0 * SQUARE * u + 3.0 * CUBE * u * u,
            ]
        };
        if y < Funnel::BORDER {
            return between(y - 1.0);
        }
        let curvature = 1.0 / Funnel::STEP_SIZE;
        let above = 0.5 * curvature * (y * y - Funnel::BORDER.powi(2));
        [between(WIDTH)[0] + above, curvature * y, curvature]
    }

    /// Where h′ is zero beyond 0.
    fn bottom() -> f64 {
        let mut y = 2.2;
        for _ in 0..20 {
            let [_, slope, curvature] = Funnel::profile(y);
            y -= slope / curvature;
        }
        y
    }
}

impl ClosedForm for Funnel {
    fn dimension(&self) -> usize {
        2
    }

    fn value(&self, x: &[f64]) -> f64 {
        0.5 * x[0] * x[0] + Funnel::profile(x[1].abs())[0]
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        vec![x[0], Funnel::profile(x[1].abs())[1] * x[1].signum()]
    }

    fn hessian_times(&self, x: &[f64], v: &[f64]) -> Vec<f64> {
        vec![v[0], Funnel::profile(x[1].abs())[2] * v[1]]
    }

    fn known(&self) -> Known {
        let bottom = Funnel::bottom();
        let [depth, _, curvature] = Funnel::profile(bottom);
        let minimum = |side: f64| CriticalPoint::of(vec![0.0, side * bottom], depth, vec![1.0, curvature]);
        Known {
            at_least: Some(depth),
            critical: vec![
                CriticalPoint::of(vec![0.0, 0.0], 0.0, vec![-1.0, 1.0]),
                minimum(1.0),
                minimum(-1.0),
            ],
            smoothness: Some(-1.0 - SQUARE * SQUARE / (3.0 * CUBE)),
            hessian_lipschitz: Some(2.0 * SQUARE),
        }
    }
}
