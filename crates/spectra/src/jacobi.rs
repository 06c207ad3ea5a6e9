//! What the coefficients of a Lanczos run prove about where a spectrum ends.

use std::f64::consts::PI;

/// Halvings of an interval, after which its ends differ by rounding.
const HALVINGS: usize = 60;
/// A bound so many widths beyond the Ritz values says nothing.
const FAR: f64 = 1e6;

/// The Jacobi matrix of a start vector v: the coefficients of the three-term recurrence
/// β_{j+1} p_{j+1}(x) = (x − α_j) p_j(x) − β_j p_{j−1}(x) of the polynomials that are orthonormal for the measure
/// μ = Σ ⟨v, uᵢ⟩² δ(λᵢ) of the operator's eigenpairs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jacobi {
    /// α_0, α_1, …: one for each product.
    pub diagonal: Vec<f64>,
    /// β_1, β_2, …: as many, so that the last one leads to the vector that has not been multiplied.
    pub beside: Vec<f64>,
}

impl Jacobi {
    /// The smallest and the largest Ritz value, by halves.
    ///
    /// # Panics
    /// If there is no product yet.
    pub fn ends(&self) -> (f64, f64) {
        let beside = |i: usize| self.inner(i) + self.inner(i + 1);
        let reach = |sign: f64| {
            let ends = self
                .diagonal
                .iter()
                .enumerate()
                .map(|(i, a)| a + sign * beside(i));
            ends.fold(-sign * f64::INFINITY, |far, x| {
                if sign * (x - far) > 0.0 { x } else { far }
            })
        };
        let (low, high) = (reach(-1.0), reach(1.0));
        let where_count_exceeds = |most: usize| {
            let (mut inside, mut outside) = (low, high);
            for _ in 0..HALVINGS {
                let middle = 0.5 * (inside + outside);
                match self.values_below(middle) > most {
                    true => outside = middle,
                    false => inside = middle,
                }
            }
            outside
        };
        (
            where_count_exceeds(0),
            where_count_exceeds(self.diagonal.len() - 1),
        )
    }

    /// β_i between the products i − 1 and i; 0 outside of the matrix.
    fn inner(&self, i: usize) -> f64 {
        if i == 0 || i == self.diagonal.len() {
            return 0.0;
        }
        self.beside[i - 1]
    }

    /// How many Ritz values are below x: the negative pivots of the matrix less x (Sylvester's law of inertia).
    fn values_below(&self, x: f64) -> usize {
        let mut pivot = 1.0f64;
        let mut count = 0;
        for (i, alpha) in self.diagonal.iter().enumerate() {
            let beta = self.inner(i);
            pivot = alpha - x - beta * beta / pivot;
            if pivot == 0.0 {
                pivot = -f64::MIN_POSITIVE;
            }
            count += usize::from(pivot < 0.0);
        }
        count
    }

    /// The largest mass that a measure with these coefficients can have at x: the Christoffel function 1 / Σ p_j(x)²,
    /// with all polynomials that the coefficients determine (Akhiezer 1965, theorem 2.5.2).
    ///
    /// For the mass at x is at most ∫ q² dμ for every polynomial q with q(x) = 1, and the smallest such integral of this
    /// degree is that.
    pub fn mass_at_most(&self, x: f64) -> f64 {
        let (mut before, mut here, mut sum) = (0.0, 1.0, 1.0);
        let mut back = 0.0;
        for (alpha, &beta) in self.diagonal.iter().zip(&self.beside) {
            (before, here) = (here, ((x - alpha) * here - back * before) / beta);
            back = beta;
            sum += here * here;
            // The invariant space is spanned, or the mass is too small for f64: nothing lies at x.
            if !sum.is_finite() {
                return 0.0;
            }
        }
        1.0 / sum
    }

    /// Between which bounds the measure lies, if its mass at each of its two ends is at least `least`.
    ///
    /// Beyond the Ritz values the mass that is possible at x falls with the distance: the first x at which it falls
    /// below `least` is found by halves. An infinite bound says that the coefficients prove nothing yet.
    pub fn bounds(&self, least: f64) -> (f64, f64) {
        let (low, high) = self.ends();
        let width = (high - low).max(self.beside[self.beside.len() - 1]);
        let beyond = |from: f64, sign: f64| {
            let possible = |distance: f64| self.mass_at_most(from + sign * distance) >= least;
            let mut outside = width;
            while outside > 0.0 && possible(outside) {
                outside *= 2.0;
                if outside > FAR * width {
                    return sign * f64::INFINITY;
                }
            }
            let mut inside = 0.0;
            for _ in 0..HALVINGS {
                let middle = 0.5 * (inside + outside);
                match possible(middle) {
                    true => inside = middle,
                    false => outside = middle,
                }
            }
            from + sign * outside
        };
        (beyond(low, -1.0), beyond(high, 1.0))
    }
}

/// What ⟨v, u⟩² exceeds with probability 1 − `miss`, for a fixed unit vector u and a v that is uniform on the unit sphere
/// of n dimensions: miss² π / 2n, since the density of ⟨v, u⟩ is at most √(n / 2π) near zero.
pub(crate) fn least_mass(dimension: usize, miss: f64) -> f64 {
    (miss * miss * PI / (2.0 * dimension as f64)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chebyshev's polynomials of the second kind: U_j(x / 2), orthonormal for the semicircle on [−2, 2].
    fn semicircle(size: usize) -> Jacobi {
        Jacobi {
            diagonal: vec![0.0; size],
            beside: vec![1.0; size],
        }
    }

    #[test]
    fn christoffel_function_of_the_semicircle() {
        // U_j(cosh t) = sinh((j + 1) t) / sinh t.
        let t = 0.3f64;
        let sum: f64 = (0..=7)
            .map(|j| (f64::from(j + 1) * t).sinh() / t.sinh())
            .map(|u| u * u)
            .sum();
        let found = semicircle(7).mass_at_most(2.0 * t.cosh());
        assert!((found * sum - 1.0).abs() < 1e-12, "{found} {sum}");
    }

    #[test]
    fn ritz_values_of_the_semicircle() {
        let (low, high) = semicircle(9).ends();
        assert!((high - 2.0 * (PI / 10.0).cos()).abs() < 1e-14 && (low + high).abs() < 1e-14);
    }

    /// At a node of a rule the bound is its weight: the measure may be the rule itself.
    #[test]
    fn two_points_are_known_exactly() {
        // Masses 0.3 at −1 and 0.7 at 2.
        let (a, b) = (0.3, 0.7);
        let mean = -a + 2.0 * b;
        let deviation = (a * (-1.0f64 - mean).powi(2) + b * (2.0f64 - mean).powi(2)).sqrt();
        let jacobi = Jacobi {
            diagonal: vec![mean, 1.0 - mean],
            beside: vec![deviation, 0.0],
        };
        assert!((jacobi.ends().0 + 1.0).abs() < 1e-14 && (jacobi.ends().1 - 2.0).abs() < 1e-14);
        let one = Jacobi {
            diagonal: vec![mean],
            beside: vec![deviation],
        };
        assert!((one.mass_at_most(-1.0) - a).abs() < 1e-14 && (one.mass_at_most(2.0) - b).abs() < 1e-14);
        let (below, above) = jacobi.bounds(1e-9);
        assert!(
            (below + 1.0).abs() < 1e-12 && (above - 2.0).abs() < 1e-12,
            "{below} {above}"
        );
    }

    #[test]
    fn too_few_coefficients_prove_nothing() {
        let (below, above) = Jacobi {
            diagonal: vec![1.0],
            beside: vec![0.0],
        }
        .bounds(0.5);
        assert!(
            (below, above) == (1.0, 1.0),
            "one product with no residual: an eigenvector"
        );
        let (below, above) = semicircle(1).bounds(1e-15);
        assert!(below == f64::NEG_INFINITY && above == f64::INFINITY);
    }
}
