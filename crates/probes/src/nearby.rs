//! The critical point that must lie beside a point.

/// How far off a critical point is at most.
///
/// Newton's method converges from a point with a gradient of norm `gradient`, no eigenvalue of whose Hessian is smaller
/// than `least` > 0 in magnitude, if the Hessian is ρ-Lipschitz and h = ρ‖∇f‖/least² ≤ ½ (Kantorovich 1948): exactly one
/// critical point lies within (1 − √(1 − 2h))·least/ρ. For h < ½ the eigenvalues change by less than `least` on the way
/// (Weyl), so that each has the same sign there.
///
/// None where h ≥ ½, or where a number is not finite.
pub(crate) fn distance(gradient: f64, least: f64, rho: f64) -> Option<f64> {
    let h = rho * gradient / (least * least);
    let holds = least > 0.0 && (0.0..0.5).contains(&h);
    // The same without a difference of nearly equal numbers, and for ρ = 0.
    holds.then(|| 2.0 * gradient / (least * (1.0 + (1.0 - 2.0 * h).sqrt())))
}

#[cfg(test)]
mod tests {
    use super::distance;

    /// x²/2 + x³/6 has ρ = 1, the Hessian 1 + x, and its minimum at 0: the bound is attained where the curvature falls on the
    /// way there.
    #[test]
    fn the_distance_is_attained_by_a_cubic() {
        let found = |x: f64| distance((x + 0.5 * x * x).abs(), 1.0 + x, 1.0).expect("near enough");
        for x in [0.2, 0.01] {
            assert!((found(x) - x).abs() < 1e-15, "{} against {x}", found(x));
            assert!(found(-x) > x, "{} against {x}", found(-x));
        }
        // A quadratic.
        assert_eq!(distance(3.0, 2.0, 0.0), Some(1.5));
    }

    #[test]
    fn what_is_too_far_off_is_not_claimed() {
        assert_eq!(distance(0.5, 1.0, 1.0), None);
        assert_eq!(distance(0.0, 0.0, 1.0), None);
        assert_eq!(distance(f64::NAN, 1.0, 1.0), None);
    }
}
