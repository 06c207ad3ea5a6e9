//! Proofs of positive definiteness by Cholesky in floating-point numbers.

use faer::linalg::matmul::matmul;
use faer::{Accum, ColRef, get_global_parallelism};

use crate::{Matrix, eigenvalues};

/// Columns that are factored before the rest is updated.
const PANEL: usize = 64;

/// Half the distance from 1 to the next number.
const ROUND_OFF: f64 = f64::EPSILON / 2.0;

/// Whether it is proven that all eigenvalues of a symmetric matrix are larger than `shift`.
///
/// Only the lower triangle is read; the statement is about exactly the numbers that are stored.
/// False means that there is no proof, not that there is such an eigenvalue.
///
/// If the Cholesky factorisation of B in floating-point numbers comes to its end, then
/// B + Σⱼ φⱼ bⱼⱼ I is positive definite, where φⱼ = γ / (1 − γ) with γ = (j + 2)u / (1 − (j + 2)u) for j = 1, …, n
/// and u = 2⁻⁵³: whatever was rounded, in whatever order of the sums, and with a term for underflow
/// (Rump 2006; Higham 2002, theorem 10.3).
/// So A − `shift` I, with that sum taken off its diagonal and rounded down, is factored.
/// Our γ is one round-off larger than the theorem's.
///
/// Costs n³/3 operations and a copy of the matrix.
///
/// ```
/// use spectra::{Matrix, smallest_exceeds};
/// // Eigenvalues 1 and 3.
/// let matrix = Matrix::from_fn(2, 2, |i, j| if i == j { 2.0 } else { 1.0 });
/// assert!(smallest_exceeds(&matrix, 1.0 - 1e-14));
/// assert!(!smallest_exceeds(&matrix, 1.0));
/// ```
///
/// # Panics
/// If the matrix is not square.
pub fn smallest_exceeds(matrix: &Matrix, shift: f64) -> bool {
    let n = matrix.nrows();
    assert_eq!(n, matrix.ncols(), "a symmetric matrix is square");
    let mut factor = matrix.clone();
    let mut rounding = 0.0;
    let mut largest: f64 = 0.0;
    for j in 0..n {
        let upper = (matrix[(j, j)] - shift).next_up();
        // A comparison that NaN fails as well.
        if !(upper > 0.0 && upper < f64::INFINITY) {
            return false;
        }
        let gamma = (j + 3) as f64 * ROUND_OFF;
        // γ / (1 − γ) with γ = x / (1 − x) is x / (1 − 2x).
        rounding += gamma / (1.0 - 2.0 * gamma) * upper;
        largest = largest.max(upper);
    }
    // What is rounded in the sum above, and in this line, is less than 2n round-offs of it.
    rounding *= 1.0 + (2 * n + 8) as f64 * f64::EPSILON;
    let underflow = 4.0 * n as f64 * f64::MIN_POSITIVE * (2.0 * n as f64 + largest);
    let taken = (rounding + underflow).next_up();
    for j in 0..n {
        factor[(j, j)] = ((matrix[(j, j)] - shift).next_down() - taken).next_down();
    }
    factors(factor)
}

/// Whether the Cholesky factorisation comes to its end, panel by panel.
///
/// Each entry is a sum of products, taken off in some order, and one division or root: nothing else is rounded.
fn factors(mut factor: Matrix) -> bool {
    let n = factor.nrows();
    for start in (0..n).step_by(PANEL) {
        let end = n.min(start + PANEL);
        for j in start..end {
            for k in start..j {
                let weight = factor[(j, k)];
                let (done, mut open) = factor.as_mut().split_at_col_mut(j);
                let done = contiguous(done.as_ref().col(k).subrows(j, n - j));
                let open = open.as_mut().col_mut(0).subrows_mut(j, n - j);
                let open = open.try_as_col_major_mut().expect(STORED).as_slice_mut();
                open.iter_mut()
                    .zip(done)
                    .for_each(|(open, done)| *open -= done * weight);
            }
            let pivot = factor[(j, j)];
            if !(pivot > 0.0 && pivot < f64::INFINITY) {
                return false;
            }
            let root = pivot.sqrt();
            factor[(j, j)] = root;
            for i in j + 1..n {
                factor[(i, j)] /= root;
            }
        }
        // The panels to come, each from its diagonal down.
        let (left, mut right) = factor.as_mut().split_at_col_mut(end);
        let panel = left.as_ref().subcols(start, end - start);
        for next in (end..n).step_by(PANEL) {
            let width = PANEL.min(n - next);
            matmul(
                right.as_mut().submatrix_mut(next, next - end, n - next, width),
                Accum::Add,
                panel.subrows(next, n - next),
                panel.subrows(next, width).transpose(),
                -1.0,
                get_global_parallelism(),
            );
        }
    }
    true
}

const STORED: &str = "matrices are stored by columns";

/// A column as a slice.
fn contiguous(column: ColRef<'_, f64>) -> &[f64] {
    column.try_as_col_major().expect(STORED).as_slice()
}

/// A proven lower bound of the smallest eigenvalue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Certified {
    /// Every eigenvalue is larger than this.
    pub bound: f64,
    /// The smallest eigenvalue as far as a dense solver knows it: near the truth, and not proven.
    pub estimate: f64,
    /// How many factorisations were tried.
    pub factorisations: usize,
}

/// The best lower bound of the smallest eigenvalue of a symmetric matrix that [`smallest_exceeds`] can prove.
///
/// The lower triangle is read. Between a bound that is proven, first tried a few roundings below the eigenvalue that a
/// dense solver finds, and one that is not, the interval is halved until it is shorter than an eighth of what the proof
/// itself takes off, about n u tr A / 2. The bound may be negative.
/// A matrix with an entry that is not finite gives minus infinity.
///
/// Costs the eigenvalues (4/3 n³) and some six factorisations (n³/3 each).
///
/// ```
/// use spectra::{Matrix, smallest_at_least};
/// let matrix = Matrix::from_fn(2, 2, |i, j| if i == j { 2.0 } else { 1.0 });
/// let proven = smallest_at_least(&matrix);
/// assert!(proven.bound < 1.0 && proven.bound > 1.0 - 1e-14);
/// ```
///
/// # Panics
/// If the matrix is not square.
pub fn smallest_at_least(matrix: &Matrix) -> Certified {
    let n = matrix.nrows();
    let values = eigenvalues(matrix);
    let estimate = values.first().copied().unwrap_or(f64::INFINITY);
    let mut certified = Certified {
        bound: if n == 0 { f64::INFINITY } else { f64::NEG_INFINITY },
        estimate,
        factorisations: 0,
    };
    if n == 0 || !estimate.is_finite() {
        return certified;
    }
    let size = values[n - 1].abs().max(estimate.abs());
    let mut prove = |shift: f64| {
        certified.factorisations += 1;
        let proven = smallest_exceeds(matrix, shift);
        if proven {
            certified.bound = certified.bound.max(shift);
        }
        proven
    };
    // The proof takes off Σ φⱼ (aⱼⱼ − λ).
    let taken: f64 = (0..n)
        .map(|j| (j + 3) as f64 * ROUND_OFF * (matrix[(j, j)] - estimate))
        .sum();
    let least = taken.max(4.0 * ROUND_OFF * size).max(f64::MIN_POSITIVE);
    let mut step = 2.0 * least;
    let mut above = estimate;
    let mut below = estimate - step;
    while !prove(below) {
        above = below;
        step *= 4.0;
        // A matrix whose proof fails even far below its eigenvalues overflows on the way.
        if step > 4.0 * n as f64 * size.max(1e-290) {
            return certified;
        }
        below = estimate - step;
    }
    while above - below > 0.125 * least {
        let middle = below + 0.5 * (above - below);
        if middle <= below || middle >= above {
            break;
        }
        if prove(middle) {
            below = middle;
        } else {
            above = middle;
        }
    }
    certified
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fault is planted here: without the shift, singular matrices of whole numbers factor to the end.
    #[test]
    fn a_factorisation_alone_proves_nothing() {
        let mut passed = 0;
        for seed in 0..50usize {
            let n = 20 + seed;
            let whole =
                |i: usize, j: usize| ((i * 7_919 + j * 104_729 + seed * 611_953 + i * i * j) % 2_003) as f64;
            let half = Matrix::from_fn(n, n - 1, |i, j| whole(i, j) - 1_001.0);
            let gram = &half * half.transpose();
            passed += usize::from(factors(gram.clone()));
            assert!(!smallest_exceeds(&gram, 0.0), "seed {seed}");
        }
        assert!(passed > 5, "{passed} of 50");
    }
}
