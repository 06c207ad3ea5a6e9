//! Gauss quadrature of the measure that a vector sees, from Lanczos.

use crate::{Matrix, eigen};

/// A Gauss rule: ∫ f dμ ≈ Σ wᵢ f(xᵢ), where μ is the share of the start vector v in the eigenspaces, ∫ f dμ = vᵀf(H)v.
///
/// With k nodes it is exact for polynomials of degree 2k − 1 (Golub and Meurant 2010, chapter 6).
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The nodes, ascending: Ritz values of the start vector.
    pub nodes: Vec<f64>,
    /// The weights, positive or zero, with sum 1.
    pub weights: Vec<f64>,
    /// Whether the rule is the measure itself: the Krylov space was invariant.
    pub exact: bool,
}

impl Rule {
    /// The rule of `steps` Lanczos steps from `start` with a projection T of the operator.
    ///
    /// Steps with T are steps with H as long as T's basis spans the Krylov space of the start vector.
    /// A coupling under `tolerance` ends them: the space is invariant, and the rule is exact.
    /// So it is if T is the `whole` operator in another basis, and all its vectors are used up.
    /// Works in f64, reorthogonalises twice; costs 2 `steps` m² + 4 `steps`² m operations for T `[m, m]`.
    pub(crate) fn new(projected: &Matrix, start: &[f64], steps: usize, tolerance: f64, whole: bool) -> Self {
        let size = projected.nrows();
        let mut basis = Matrix::zeros(size, steps.min(size));
        let mut jacobi = Matrix::zeros(steps.min(size), steps.min(size));
        let mut vector = Matrix::from_fn(size, 1, |i, _| start.get(i).copied().unwrap_or(0.0));
        let mut length = vector.norm_l2();
        let mut count = 0;
        while count < jacobi.nrows() && (count == 0 || length > tolerance) {
            basis.col_mut(count).copy_from((&vector * (1.0 / length)).col(0));
            vector = projected * basis.subcols(count, 1);
            let known = basis.subcols(0, count + 1);
            for sweep in 0..2 {
                let along = known.transpose() * &vector;
                if sweep == 0 {
                    jacobi[(count, count)] = along[(count, 0)];
                }
                vector -= known * along;
            }
            length = vector.norm_l2();
            count += 1;
            if count < jacobi.nrows() {
                jacobi[(count, count - 1)] = length;
                jacobi[(count - 1, count)] = length;
            }
        }
        let exact = count < jacobi.nrows() || (whole && count == size);
        let pairs = eigen(&jacobi.submatrix(0, 0, count, count).to_owned());
        let squares: Vec<f64> = (0..count).map(|i| pairs.vectors[(0, i)].powi(2)).collect();
        let sum: f64 = squares.iter().sum();
        Self {
            nodes: pairs.values,
            weights: squares.into_iter().map(|square| square / sum).collect(),
            exact,
        }
    }

    /// The rule of a known spectrum: each eigenvalue with the same weight.
    pub(crate) fn of_spectrum(eigenvalues: Vec<f64>) -> Self {
        let weight = 1.0 / eigenvalues.len() as f64;
        Self {
            weights: vec![weight; eigenvalues.len()],
            nodes: eigenvalues,
            exact: true,
        }
    }

    /// The rule of a known spectrum of which only some eigenvalues are not zero.
    pub(crate) fn beside_zeros(eigenvalues: Vec<f64>, dimension: usize) -> Self {
        let (each, zeros) = (1.0 / dimension as f64, dimension - eigenvalues.len());
        let mut atoms: Vec<(f64, f64)> = eigenvalues.into_iter().map(|value| (value, each)).collect();
        if zeros > 0 {
            atoms.push((0.0, zeros as f64 * each));
        }
        atoms.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (nodes, weights) = atoms.into_iter().unzip();
        Self {
            nodes,
            weights,
            exact: true,
        }
    }

    /// ∫ xᵖ dμ.
    pub fn moment(&self, power: i32) -> f64 {
        let terms = self.nodes.iter().zip(&self.weights);
        terms.map(|(node, weight)| weight * node.powi(power)).sum()
    }

    /// A lower and an upper bound of μ((−∞, x]), and the rule's own value.
    ///
    /// Between two nodes the truth may differ by the weight of the node below, and of the one above
    /// (inequalities of Chebyshev, Markov and Stieltjes; Szegő 1939, section 3.41).
    pub(crate) fn cumulative(&self, x: f64) -> [f64; 3] {
        let below = self.nodes.partition_point(|&node| node <= x);
        let value: f64 = self.weights[..below].iter().sum();
        if self.exact {
            return [value; 3];
        }
        let last = if below > 0 { self.weights[below - 1] } else { 0.0 };
        // At a node itself the node above adds nothing.
        let next = match (below > 0 && self.nodes[below - 1] == x, self.weights.get(below)) {
            (false, Some(weight)) => *weight,
            _ => 0.0,
        };
        [value - last, value, value + next]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The matrix of the Legendre polynomials: its first vector sees the uniform measure on [−1, 1].
    fn legendre(size: usize) -> Matrix {
        let coupling = |k: f64| k / (4.0 * k * k - 1.0).sqrt();
        Matrix::from_fn(size, size, |i, j| match i.abs_diff(j) {
            1 => coupling(i.max(j) as f64),
            _ => 0.0,
        })
    }

    #[test]
    fn three_steps_give_the_gauss_legendre_rule() {
        let rule = Rule::new(&legendre(40), &[2.0], 3, 1e-13, false);
        let node = 0.6f64.sqrt();
        for (found, truth) in rule.nodes.iter().zip([-node, 0.0, node]) {
            assert!((found - truth).abs() < 1e-14, "{rule:?}");
        }
        for (found, truth) in rule.weights.iter().zip([5.0 / 18.0, 8.0 / 18.0, 5.0 / 18.0]) {
            assert!((found - truth).abs() < 1e-14, "{rule:?}");
        }
        assert!(!rule.exact);
        // Exact to degree five, and not to degree six: ∫ x⁶ = 1/7.
        assert!((rule.moment(4) - 0.2).abs() < 1e-14 && rule.moment(5).abs() < 1e-14);
        assert!((rule.moment(6) - 1.0 / 7.0).abs() > 1e-3);
    }

    #[test]
    fn bounds_contain_the_measure_everywhere() {
        for steps in 1..20 {
            let rule = Rule::new(&legendre(40), &[1.0], steps, 1e-13, false);
            for i in 0..=2_000 {
                let x = f64::from(i) / 1_000.0 - 1.0;
                let [below, value, above] = rule.cumulative(x);
                let truth = 0.5 * (x + 1.0);
                assert!(
                    below <= truth + 1e-14 && truth <= above + 1e-14,
                    "{steps} steps at {x}"
                );
                assert!(below <= value && value <= above);
            }
        }
    }

    #[test]
    fn an_invariant_space_ends_the_steps() {
        let matrix = Matrix::from_fn(6, 6, |i, j| if i == j { f64::from(i as u8 / 2) } else { 0.0 });
        let rule = Rule::new(&matrix, &[1.0, 0.0, 1.0, 1.0], 6, 1e-13, true);
        assert!(rule.exact);
        assert_eq!(rule.nodes.len(), 2);
        assert!((rule.nodes[1] - 1.0).abs() < 1e-14 && (rule.weights[1] - 2.0 / 3.0).abs() < 1e-14);
        assert!(Rule::new(&Matrix::zeros(3, 3), &[1.0], 3, 0.0, true).exact);
        // Three steps fill a truncated matrix, but nobody knows what comes after it.
        assert!(!Rule::new(&legendre(3), &[1.0], 3, 1e-13, false).exact);
        assert!(Rule::new(&legendre(3), &[1.0], 3, 1e-13, true).exact);
    }
}
