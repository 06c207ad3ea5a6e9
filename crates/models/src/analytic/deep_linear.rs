//! Deep linear networks: the global minimum in closed form.

use faer::Mat;

/// min ½‖X·W − Y‖² over matrices W of rank at most `rank`: the global minimum of a deep linear network whose
/// narrowest layer has that width (Eckart–Young; Kawaguchi 2016, Theorem 2.3).
///
/// X is `[n, d]` and Y `[n, c]`, both row-major. With X = QSVᵀ the minimum is ½(‖Y‖² − Σ_{i ≤ rank} σᵢ(QᵀY)²);
/// singular directions of X below 1e-12 of the largest are left out, as a pseudo-inverse does.
///
/// ```
/// // X = I: the best approximation of rank 1 of diag(3, 2) leaves ½·2² = 2.
/// let (x, y) = ([1.0, 0.0, 0.0, 1.0], [3.0, 0.0, 0.0, 2.0]);
/// assert!((models::analytic::deep_linear_minimum(&x, 2, &y, 2, 1) - 2.0).abs() < 1e-14);
/// assert!(models::analytic::deep_linear_minimum(&x, 2, &y, 2, 2).abs() < 1e-14);
/// ```
pub fn deep_linear_minimum(x: &[f64], d: usize, y: &[f64], c: usize, rank: usize) -> f64 {
    let n = x.len() / d;
    let x = Mat::from_fn(n, d, |i, j| x[i * d + j]);
    let targets = Mat::from_fn(n, c, |i, j| y[i * c + j]);
    let svd = x
        .thin_svd()
        .expect("finite inputs have a singular value decomposition");
    let singular = svd.S().column_vector();
    let kept = (0..singular.nrows())
        .take_while(|&k| singular[k] > 1e-12 * singular[0])
        .count();
    let projected = svd.U().subcols(0, kept).transpose() * &targets;
    let energies = projected
        .singular_values()
        .expect("finite targets have singular values");
    let total: f64 = y.iter().map(|y| y * y).sum();
    0.5 * (total - energies.iter().take(rank).map(|s| s * s).sum::<f64>())
}
