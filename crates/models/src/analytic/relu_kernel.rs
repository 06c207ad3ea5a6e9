//! The kernels of infinitely wide two-layer ReLU networks.

use spectra::{Matrix, eigenvalues};
use std::f64::consts::PI;

/// The part of the first layer in the Gram matrix of an infinitely wide two-layer ReLU network.
///
/// H∞ `[n, n]` with H∞_ij = E_w[xᵢᵀxⱼ 1{wᵀxᵢ ≥ 0, wᵀxⱼ ≥ 0}] = xᵢᵀxⱼ(π − θᵢⱼ)/2π for w ~ N(0, κ²I) with any κ, where θᵢⱼ is
/// the angle between the inputs: the limit of (1/m) Σ_r for a second layer of signs (Du et al. 2019, Definition 3.1;
/// Cho & Saul 2009, order 0). X is `[n, d]`, row-major. Cost: n²d operations.
///
/// ```
/// // At 60°: ½·(2/3)/2 = 1/6 beside the diagonal, where it is ½.
/// let kernel = models::analytic::relu_kernel_of_first_layer(&[1.0, 0.0, 0.5, 0.75f64.sqrt()], 2);
/// assert!((kernel[(0, 1)] - 1.0 / 6.0).abs() < 1e-15 && kernel[(0, 0)] == 0.5);
/// ```
pub fn relu_kernel_of_first_layer(x: &[f64], d: usize) -> Matrix {
    pairwise(x, d, |pair| pair.product * pair.supplement / (2.0 * PI))
}

/// The part of the second layer in the Gram matrix of an infinitely wide two-layer ReLU network.
///
/// `[n, n]` with E_w[φ(wᵀxᵢ) φ(wᵀxⱼ)] = ‖xᵢ‖‖xⱼ‖(sin θᵢⱼ + (π − θᵢⱼ) cos θᵢⱼ)/2π for w ~ N(0, I) (Cho & Saul 2009, order 1).
/// X is `[n, d]`, row-major. Cost: n²d operations.
///
/// ```
/// // Orthogonal unit vectors: 1/2π beside the diagonal, where it is E[φ(w)²] = ½.
/// let kernel = models::analytic::relu_kernel_of_second_layer(&[1.0, 0.0, 0.0, 1.0], 2);
/// assert!((kernel[(0, 1)] - 0.5 / std::f64::consts::PI).abs() < 1e-15 && kernel[(0, 0)] == 0.5);
/// ```
pub fn relu_kernel_of_second_layer(x: &[f64], d: usize) -> Matrix {
    pairwise(x, d, |pair| {
        let (sine, cosine) = pair.supplement.sin_cos();
        pair.norms * (sine - pair.supplement * cosine) / (2.0 * PI)
    })
}

/// The smallest and the largest eigenvalue, (λ₀, λmax), of [`relu_kernel_of_first_layer`].
///
/// λ₀ > 0 if no two inputs are parallel (Du et al. 2019, Theorem 3.1). Cost: n²d + O(n³) operations.
///
/// ```
/// // Two orthogonal unit vectors: ½ on the diagonal, 0 beside it.
/// let (least, most) = models::analytic::relu_kernel_ends(&[1.0, 0.0, 0.0, 1.0], 2);
/// assert!((least - 0.5).abs() < 1e-14 && (most - 0.5).abs() < 1e-14);
/// // At 60°: 1/6 beside the diagonal.
/// let (least, most) = models::analytic::relu_kernel_ends(&[1.0, 0.0, 0.5, 0.75f64.sqrt()], 2);
/// assert!((least - 1.0 / 3.0).abs() < 1e-14 && (most - 2.0 / 3.0).abs() < 1e-14);
/// ```
pub fn relu_kernel_ends(x: &[f64], d: usize) -> (f64, f64) {
    let values = eigenvalues(&relu_kernel_of_first_layer(x, d));
    let end = |value: Option<&f64>| value.copied().unwrap_or(0.0);
    (end(values.first()), end(values.last()))
}

/// What a kernel needs of two inputs.
struct Pair {
    /// xᵢᵀxⱼ.
    product: f64,
    /// ‖xᵢ‖‖xⱼ‖.
    norms: f64,
    /// π − θ for the angle θ between the inputs.
    supplement: f64,
}

/// From this |cos θ| on, the arc cosine is wrong by much more than a rounding.
const NEARLY_PARALLEL: f64 = 0.9;

/// A kernel at all pairs; zero where an input is zero, which has no angle.
fn pairwise(x: &[f64], d: usize, kernel: impl Fn(&Pair) -> f64) -> Matrix {
    let rows: Vec<&[f64]> = x.chunks_exact(d).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let norms: Vec<f64> = rows.iter().map(|row| dot(row, row).sqrt()).collect();
    let mut matrix = Matrix::zeros(rows.len(), rows.len());
    for j in 0..rows.len() {
        for i in j..rows.len() {
            let product = dot(rows[i], rows[j]);
            let size = norms[i] * norms[j];
            let cosine = product / size;
            let supplement = if i == j {
                PI
            } else if cosine.abs() < NEARLY_PARALLEL {
                PI - cosine.acos()
            } else {
                // Kahan's formula: the angle of two vectors of equal length is that of the halves of their sum and difference.
                let scaled = rows[i]
                    .iter()
                    .zip(rows[j])
                    .map(|(a, b)| (a * norms[j], b * norms[i]));
                let (sum, difference) = scaled.fold((0.0, 0.0), |(sum, difference), (a, b)| {
                    (sum + (a + b) * (a + b), difference + (a - b) * (a - b))
                });
                2.0 * sum.sqrt().atan2(difference.sqrt())
            };
            let pair = Pair {
                product,
                norms: size,
                supplement,
            };
            let value = if size == 0.0 { 0.0 } else { kernel(&pair) };
            matrix[(i, j)] = value;
            matrix[(j, i)] = value;
        }
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearly_parallel_inputs_keep_their_angle() {
        // H∞ of two unit vectors at a small angle θ: ½ and cos θ (π − θ)/2π, whose difference is θ/2π + O(θ²).
        let angle: f64 = 1e-9;
        let (least, _) = relu_kernel_ends(&[1.0, 0.0, angle.cos(), angle.sin()], 2);
        assert!((least / (angle / (2.0 * PI)) - 1.0).abs() < 1e-6, "{least:e}");
    }

    #[test]
    fn inputs_of_zeros_and_opposite_inputs_have_no_kernel() {
        let x = [1.0, 0.0, -2.0, 0.0, 0.0, 0.0];
        for kernel in [
            relu_kernel_of_first_layer(&x, 2),
            relu_kernel_of_second_layer(&x, 2),
        ] {
            assert_eq!([kernel[(0, 1)], kernel[(0, 2)], kernel[(2, 2)]], [0.0; 3]);
            assert!((kernel[(1, 1)] - 2.0).abs() < 1e-15);
        }
    }
}
