//! The kernel of an infinitely wide ReLU network whose first layer is trained.

use faer::{Mat, Side};
use std::f64::consts::PI;

/// The smallest and the largest eigenvalue, (λ₀, λmax), of the Gram matrix H∞ `[n, n]` of an infinitely wide two-layer
/// ReLU network: H∞_ij = E_w[xᵢᵀxⱼ 1{wᵀxᵢ ≥ 0, wᵀxⱼ ≥ 0}] = xᵢᵀxⱼ(π − θᵢⱼ)/2π for w ~ N(0, I), where θᵢⱼ is the angle
/// between the inputs (Du et al. 2019, Definition 3.1). λ₀ > 0 if no two inputs are parallel.
///
/// X is `[n, d]`, row-major. Cost: n²d + O(n³) operations.
///
/// ```
/// // Two orthogonal unit vectors: ½ on the diagonal, 0 beside it.
/// let (least, most) = models::analytic::relu_kernel_ends(&[1.0, 0.0, 0.0, 1.0], 2);
/// assert!((least - 0.5).abs() < 1e-14 && (most - 0.5).abs() < 1e-14);
/// // At 60°: ½·(2/3)/2 = 1/6 beside the diagonal.
/// let (least, most) = models::analytic::relu_kernel_ends(&[1.0, 0.0, 0.5, 0.75f64.sqrt()], 2);
/// assert!((least - 1.0 / 3.0).abs() < 1e-14 && (most - 2.0 / 3.0).abs() < 1e-14);
/// ```
pub fn relu_kernel_ends(x: &[f64], d: usize) -> (f64, f64) {
    let rows: Vec<&[f64]> = x.chunks_exact(d).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let norms: Vec<f64> = rows.iter().map(|row| dot(row, row).sqrt()).collect();
    let gram = Mat::from_fn(rows.len(), rows.len(), |i, j| {
        let product = dot(rows[i], rows[j]);
        // The angle of an input with itself is 0, which rounding would miss by √ε.
        let angle = if i == j {
            0.0
        } else {
            (product / (norms[i] * norms[j])).clamp(-1.0, 1.0).acos()
        };
        // An input of zeros has no angle, and no gradient.
        if product == 0.0 {
            0.0
        } else {
            product * (PI - angle) / (2.0 * PI)
        }
    });
    let values = gram
        .self_adjoint_eigenvalues(Side::Lower)
        .expect("finite inputs have finite eigenvalues");
    let fold = |pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick).unwrap_or(0.0);
    (fold(f64::min), fold(f64::max))
}
