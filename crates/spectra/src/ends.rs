//! What is asked of the spectrum, and what is answered.

use serde::{Deserialize, Serialize};

use crate::Unseen;

/// Which eigenpairs at the ends of a spectrum are wanted, how accurately, and at what cost.
///
/// ```
/// let ends = spectra::Ends { seed: 7, ..spectra::Ends::new(3, 1) };
/// assert_eq!((ends.wanted(), ends.block), (4, 4));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ends {
    /// How many of the largest eigenvalues.
    pub largest: usize,
    /// How many of the smallest eigenvalues.
    pub smallest: usize,
    /// How many vectors are multiplied at once.
    pub block: usize,
    /// The most vectors in the basis; smaller values than wanted + 4 · block + 8 are raised to that,
    /// for a restart that keeps nothing beside the wanted vectors forgets what it has learnt of the others.
    /// None: two and a half times the wanted vectors, no fewer than 32 and two blocks, or 16 beside two for each.
    pub max_basis: Option<usize>,
    /// No further product once so many vectors have been multiplied.
    /// The check of the residuals comes on top: one product for each pair, and one for the noise.
    pub max_products: usize,
    /// A pair is converged when its residual is under `relative` · |value|,
    pub relative: f64,
    /// or under `absolute`, or under the noise of the products.
    pub absolute: f64,
    /// Look from a random vector beside the pairs found whether one is missing.
    /// Without it an eigenvalue is found at most as often as the block is wide.
    pub confirm: bool,
    /// The probability with which that look must have shown a pair that is missing.
    pub confidence: f64,
    /// The seed of the random vectors.
    pub seed: u64,
    /// The noise of a product with a unit vector, where it is known to exceed what rounding explains.
    #[serde(default)]
    pub noise: f64,
}

impl Ends {
    /// Blocks of four, the usual basis, relative residuals of 1e-6, confirmed with probability 0.999, at most 4,000 products.
    pub fn new(largest: usize, smallest: usize) -> Self {
        Self {
            largest,
            smallest,
            block: 4,
            max_basis: None,
            max_products: 4_000,
            relative: 1e-6,
            absolute: 0.0,
            confirm: true,
            confidence: 0.999,
            seed: 0,
            noise: 0.0,
        }
    }

    /// The same with the block that is fastest where a product takes as long as `overhead` + b with b vectors.
    ///
    /// With blocks of b vectors a search for w pairs takes about 1 + b/w times as many products, for each vector of a block
    /// has as far to go as one alone; and each takes 1 + `overhead`/b times as long. The least time has b = √(`overhead` · w),
    /// which is rounded down, for products are what a search is limited to. More than [`Self::MOST_AT_ONCE`] are not worth
    /// their memory.
    ///
    /// ```
    /// let blocks = |largest, overhead| spectra::Ends::new(largest, 0).in_blocks_for(overhead).block;
    /// assert_eq!([blocks(1, 0.5), blocks(10, 0.5), blocks(40, 0.1), blocks(1, f64::INFINITY)], [1, 2, 2, 4]);
    /// ```
    pub fn in_blocks_for(self, overhead: f64) -> Self {
        // A cast keeps within the integers.
        let best = (overhead * self.wanted() as f64).sqrt() as usize;
        Self {
            block: best.clamp(1, Self::MOST_AT_ONCE),
            ..self
        }
    }

    /// The most vectors that [`Self::in_blocks_for`] multiplies at once.
    pub const MOST_AT_ONCE: usize = 4;

    /// How many vectors may live at once: the basis and two blocks, or twice the pairs at the end. Where the basis is
    /// not condensed in place ([`crate::Block::condense`]), a restart holds the vectors that it keeps beside the old ones.
    ///
    /// ```
    /// assert_eq!(spectra::Ends::new(2, 2).vectors(true), 40 + 8);
    /// assert_eq!(spectra::Ends::new(2, 2).vectors(false), 40 + 20 + 8);
    /// ```
    pub fn vectors(&self, in_place: bool) -> usize {
        // A search that may not multiply so often has no larger basis.
        let basis = self
            .most_vectors()
            .min(self.max_products.saturating_add(self.block));
        let restart = match in_place {
            true => 0,
            false => self.wanted() + self.extra(),
        };
        (basis + restart).max(2 * self.wanted()) + 2 * self.block
    }

    /// The most vectors in the basis: no fewer than a restart keeps, and some steps more.
    pub fn most_vectors(&self) -> usize {
        let wanted = self.wanted();
        let usual = || (2 * (wanted + (wanted / 4).max(8))).max(32 + 2 * self.block);
        self.max_basis
            .unwrap_or_else(usual)
            .max(wanted + 4 * self.block + 8)
    }

    /// How many vectors a restart keeps beside those wanted: half of the room. (Fewer cost products, more cost restarts.)
    pub(crate) fn extra(&self) -> usize {
        (self.most_vectors() - self.wanted() - self.block) / 2
    }

    /// How many pairs are wanted, both ends together.
    pub fn wanted(&self) -> usize {
        self.largest + self.smallest
    }
}

/// Which test a residual passed: the one with the largest threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Convergence {
    /// The residual is under the relative tolerance times |value|.
    Relative,
    /// The residual is under the absolute tolerance.
    Absolute,
    /// The residual is no larger than the noise of the products: more accuracy cannot be had from them.
    Noise,
    /// The residual is larger than all three.
    Unconverged,
}

/// One eigenvalue, and how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The Rayleigh quotient xᵀHx of the unit vector x.
    pub value: f64,
    /// ‖Hx − value · x‖, from a fresh product.
    pub residual: f64,
    /// Some eigenvalue lies within this distance of `value`: the residual plus the noise of the products.
    pub bound: f64,
    /// Which test the residual passed.
    pub convergence: Convergence,
}

/// Why the iteration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// All wanted pairs were converged (and confirmed, where that was asked for).
    Converged,
    /// The basis spans the whole space: nothing is missing.
    WholeSpace,
    /// `max_products` was reached.
    MaxProducts,
    /// The progress callback asked to stop.
    Interrupted,
    /// A product had an entry that is not finite.
    NotFinite,
}

/// Eigenpairs at the ends of a spectrum.
#[derive(Clone, Debug)]
pub struct EigenPairs<B> {
    /// The pairs, by descending value: first those at the top, last those at the bottom.
    pub pairs: Vec<Pair>,
    /// The orthonormal eigenvectors: column i belongs to pair i.
    pub vectors: B,
    /// Why the iteration ended.
    pub ending: Ending,
    /// How many vectors were multiplied, those of the final check included.
    pub products: usize,
    /// ‖VᵀV − I‖ of the eigenvectors (Frobenius).
    pub orthogonality_defect: f64,
    /// The largest |uᵀHv − vᵀHu| seen on vectors of the basis: rounding, or a bug in the operator.
    pub asymmetry: f64,
    /// The largest ‖Hv‖ seen for a unit vector v: a lower bound of the spectral norm, and close to it.
    pub norm: f64,
    /// The noise of products and vectors, the largest of three: 32 · round-off · `norm`, what [`Ends::noise`] said, and
    /// four times the deviation of the products from linearity, ‖H Σ cᵢxᵢ − Σ cᵢHxᵢ‖ with a unit vector c times 0.7.
    pub noise: f64,
    /// Where eigenvalues beside the pairs may lie, if a confirmation has looked for them; none before.
    pub unseen: Option<Unseen>,
    pub(crate) asked: (usize, usize),
}

impl<B> EigenPairs<B> {
    /// The largest eigenvalues that were asked for, the largest first.
    pub fn largest(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter().take(self.asked.0)
    }

    /// The smallest eigenvalues that were asked for, the smallest first.
    pub fn smallest(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter().rev().take(self.asked.1)
    }

    /// Whether as many pairs as were asked for (or all there are) came out, each converged, none left unconfirmed.
    pub fn converged(&self) -> bool {
        matches!(self.ending, Ending::Converged | Ending::WholeSpace)
            && self
                .pairs
                .iter()
                .all(|pair| pair.convergence != Convergence::Unconverged)
    }

    /// Says so where the operator is not symmetric beyond rounding: then it need not have these eigenvalues.
    pub fn skewed(&self) -> Option<String> {
        skewed(self.asymmetry, self.noise)
    }

    /// What to do if not all is well: one sentence, or two.
    pub fn advice(&self) -> Option<String> {
        let open = self
            .pairs
            .iter()
            .filter(|pair| pair.convergence == Convergence::Unconverged)
            .count();
        let count = format!("{open} of {} eigenpairs did not converge", self.pairs.len());
        let spent = match self.ending {
            Ending::NotFinite => {
                return Some("A product is not finite: the operator has no spectrum at this point.".into());
            }
            Ending::Interrupted => format!("Interrupted after {} products: {count}.", self.products),
            Ending::MaxProducts if open == 0 => format!(
                "All residuals are small, but {} products did not suffice to confirm that no pair is missing: \
                 allow more products.",
                self.products
            ),
            Ending::MaxProducts => format!(
                "{count} within {} products: allow more products, or a larger tolerance.",
                self.products
            ),
            Ending::Converged | Ending::WholeSpace if open > 0 => format!(
                "{count}: fresh products do not reproduce the small residuals of the iteration, \
                 so the products are noisier than {:.1e}; loosen the tolerance or use a higher precision.",
                self.noise
            ),
            Ending::Converged | Ending::WholeSpace => String::new(),
        };
        let skewed = self.skewed().unwrap_or_default();
        let sentences: Vec<String> = [spent, skewed]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }
}

/// Says so where uᵀHv and vᵀHu differ by more than a hundred times the noise of the products.
pub(crate) fn skewed(asymmetry: f64, noise: f64) -> Option<String> {
    (asymmetry > 100.0 * noise).then(|| {
        format!(
            "The operator is not symmetric: uᵀHv and vᵀHu differ by {asymmetry:.1e} where rounding explains {noise:.1e}."
        )
    })
}
