//! From the accuracy of a spectral density to the work that guarantees it, and back.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// The largest dimension whose whole spectrum is computed when that costs fewer products: 128 MiB for the matrix.
const DENSE: usize = 4_096;

/// How accurately a spectral density is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// The largest Wasserstein-1 distance from the true density, in units of the spectral norm.
    pub distance: f64,
    /// The probability with which that must hold, and with it every other bound of the answer.
    pub confidence: f64,
    /// How many random starts are followed side by side. The basis holds so many times [`Effort::steps`] vectors.
    pub block: usize,
    /// The seed of the random vectors.
    pub seed: u64,
    /// The noise of a product with a unit vector, where it is known to exceed what rounding explains.
    #[serde(default)]
    pub noise: f64,
}

impl Default for Accuracy {
    /// A twentieth of the spectral norm, with probability 0.99.
    fn default() -> Self {
        Self {
            distance: 0.05,
            confidence: 0.99,
            block: 4,
            seed: 0,
            noise: 0.0,
        }
    }
}

impl Accuracy {
    /// What is wrong with the request, if anything.
    pub fn problem(&self) -> Option<String> {
        let Self {
            distance,
            confidence,
            block,
            ..
        } = *self;
        if !(distance > 0.0 && distance <= 2.0) {
            return Some(format!(
                "distance is {distance}: a share of the spectral norm is needed, above 0 and at most 2"
            ));
        }
        if !(confidence > 0.0 && confidence < 1.0) {
            return Some(format!(
                "confidence is {confidence}: a probability between 0 and 1 is needed"
            ));
        }
        (block == 0).then(|| "block is 0: at least one vector must be multiplied at once".into())
    }

    /// The fewest products that guarantee the accuracy for every symmetric operator of this dimension.
    ///
    /// A spectrum lies in an interval of length w ≤ 2‖H‖. The distance from the true density is at most
    ///
    /// w · ( π / 4k + √( ln(2n/η) / (r (n + 2)) ) )
    ///
    /// with probability 1 − η, for r random starts of k steps each.
    ///
    /// - The first term is that of the quadrature. By Kantorovich's duality the distance is the largest difference of
    ///   the integrals of a function f with slopes up to 1. A k-node Gauss rule integrates polynomials of degree
    ///   2k − 1 exactly, and one of them is within (π/2)(w/2)/2k of f (Jackson's theorem with Favard's constant;
    ///   Cheney 1966, chapter 4); both integrals may be off by that.
    ///   Chen, Trogdon and Ubaru (2021) have the same form with the constant 12 / (2k − 1), about eight
    ///   times as large.
    /// - The second term is that of the random starts (Chen, Trogdon and Ubaru 2021): the share of a unit
    ///   vector in an invariant subspace is Beta distributed, hence sub-Gaussian with variance proxy 1 / (2n + 4)
    ///   (Marchal and Arbel 2017); so is the average of r, with r times less, at each of at most n jumps.
    ///
    /// Half of 1 − confidence is η; the other half is for the ends of the spectrum, which turn the bound into
    /// one without w (see [`overshoot`]); there are always steps enough for those.
    ///
    /// ```
    /// let accuracy = spectra::Accuracy { distance: 0.1, ..Default::default() };
    /// // In high dimensions one random start is enough, and the steps do not depend on the dimension.
    /// let large = accuracy.effort(1_000_000_000);
    /// assert_eq!((large.steps, large.probes), (25, 1));
    /// assert!(accuracy.effort(1_000).probes > 1);
    /// ```
    ///
    /// # Panics
    /// If the request has a [`problem`](Self::problem), or the dimension is zero.
    pub fn effort(&self, dimension: usize) -> Effort {
        if let Some(problem) = self.problem() {
            panic!("{problem}");
        }
        assert!(dimension > 0, "an operator of dimension zero has no spectrum");
        let half = 0.5 * (1.0 - self.confidence);
        // Of a width of at most two norms, each of the terms takes its share.
        let wanted = 0.5 * self.distance;
        let fewest = (statistical(dimension, 1, half) / wanted).powi(2).floor() as usize + 1;
        // The best number of starts is about 9/4 of the fewest: there the derivative of the product vanishes.
        let efforts = (fewest..=4 * fewest + 4)
            .step_by(1 + fewest / 1_000)
            .map(|probes| {
                let left = wanted - statistical(dimension, probes, half);
                let steps = (PI / (4.0 * left)).ceil();
                let least = 0.5 * (1.0 + 8f64.sqrt() * reach(dimension, probes, 0.5 * half));
                Effort {
                    steps: steps.max(least.ceil()).min(dimension as f64) as usize,
                    probes,
                }
            });
        efforts
            .min_by_key(|effort| effort.products())
            .expect("at least one number of starts is tried")
    }

    /// Whether all eigenvalues cost no more products than the random starts, and fit on the host.
    pub(crate) fn takes_whole(&self, dimension: usize) -> bool {
        dimension <= DENSE && dimension <= self.effort(dimension).products()
    }

    /// How many vectors may live at once: the basis and two blocks, and the first basis where others follow it.
    /// Where all eigenvalues are computed, a matrix of the squared dimension on the host comes on top.
    ///
    /// ```
    /// let accuracy = spectra::Accuracy { distance: 0.1, ..Default::default() };
    /// assert_eq!(accuracy.vectors(1_000_000_000), 25 + 2);
    /// ```
    pub fn vectors(&self, dimension: usize) -> usize {
        let effort = self.effort(dimension);
        if self.takes_whole(dimension) {
            return dimension + 2 * self.block;
        }
        let first = if effort.probes > self.block {
            effort.steps
        } else {
            0
        };
        (first + effort.steps + 2) * self.block.min(effort.probes)
    }
}

/// The work behind a spectral density.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effort {
    /// How many Lanczos steps each random start makes.
    pub steps: usize,
    /// How many random starts there are.
    pub probes: usize,
}

impl Effort {
    /// How many vectors are multiplied.
    pub fn products(&self) -> usize {
        self.steps.saturating_mul(self.probes)
    }
}

/// The largest distance of the distribution functions, averaged over the starts and true, with probability 1 − `eta`.
pub(crate) fn statistical(dimension: usize, probes: usize, eta: f64) -> f64 {
    let n = dimension as f64;
    ((2.0 * n / eta).ln() / (probes as f64 * (n + 2.0))).sqrt()
}

/// How far beyond the extreme Ritz value of random starts an eigenvalue may lie, in units of the width of the spectrum.
///
/// After k steps a Ritz value falls short of the largest eigenvalue by more than ε times the width of the spectrum
/// with probability at most 1.648 √n exp(−(2k − 1) √ε) (Kuczyński and Woźniakowski 1992, theorem 4.2, for vectors
/// uniform on the sphere). All of r independent starts fall short with the r-th power of that.
/// So, with probability at least 1 − `eta`, the shortfall is at most the ε that is returned:
/// ε = ( ln(1.648 √n / η^(1/r)) / (2k − 1) )².
///
/// ```
/// // After 100 steps in a million dimensions, half a percent of the width.
/// assert!((spectra::overshoot(1_000_000, 100, 1, 1e-3) - 0.00518).abs() < 1e-5);
/// ```
pub fn overshoot(dimension: usize, steps: usize, probes: usize, eta: f64) -> f64 {
    if steps >= dimension {
        return 0.0;
    }
    (reach(dimension, probes, eta) / (2.0 * steps as f64 - 1.0)).powi(2)
}

/// ln(1.648 √n / η^(1/r)).
fn reach(dimension: usize, probes: usize, eta: f64) -> f64 {
    (1.648 * (dimension as f64).sqrt()).ln() - eta.ln() / probes as f64
}
