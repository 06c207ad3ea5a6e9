//! What is known of the eigenvalues that are not among the pairs.

use serde::{Deserialize, Serialize};

use crate::{EigenPairs, Ends, Pair};

/// Where the eigenvalues beside the pairs lie: all in [below, above], with a probability.
///
/// Lanczos from a random vector beside the pairs, and beside more Ritz vectors, gives the coefficients of the measure that
/// the vector has on the spectrum there. At each of the two extreme eigenvalues its mass exceeds δ² π / 8n, both with
/// probability 1 − δ (each look takes nine tenths of the chance that is left); and the coefficients tell beyond which
/// points no such mass is possible (the Christoffel function, Akhiezer 1965). So the bounds follow the spectrum at hand:
/// where the extreme Ritz value has converged, they are close to it, as the bounds of Kuczyński and Woźniakowski (1992),
/// which hold for every spectrum, never are.
/// From there to the whole space leads the small matrix of the Ritz values, bordered with their residuals and the bound
/// (Weyl). The interval is wider than that by the noise, and by twice what fresh starts have given up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unseen {
    /// No eigenvalue beside the pairs is smaller.
    pub below: f64,
    /// No eigenvalue beside the pairs is larger.
    pub above: f64,
    /// The probability that both hold; 1 if the basis spanned the whole space.
    pub confidence: f64,
}

impl Unseen {
    /// From all eigenvalues, ascending. Nothing may be left: then the interval is empty.
    pub(crate) fn in_whole_space(ends: &Ends, values: &[f64]) -> Self {
        let last = values.len().saturating_sub(ends.largest);
        let (below, above) = match values.get(ends.smallest..last) {
            Some([first, .., last]) => (*first, *last),
            Some([only]) => (*only, *only),
            _ => (f64::INFINITY, f64::NEG_INFINITY),
        };
        Self {
            below,
            above,
            confidence: 1.0,
        }
    }

    pub(crate) fn wider(self, by: f64) -> Self {
        Self {
            below: self.below - by,
            above: self.above + by,
            ..self
        }
    }
}

/// A pair that stands alone: bounds that are much smaller than its residual.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The distance from the value to the nearest place where another eigenvalue may lie.
    pub gap: f64,
    /// The eigenvalue lies within this distance of `value`: r² / gap, plus the noise (Kato 1949, Temple 1928).
    pub bound: f64,
    /// A bound on the sine of the angle between the vector and the eigenvector: r / gap (Davis and Kahan 1970).
    pub sine: f64,
}

impl<B> EigenPairs<B> {
    /// For each pair, what the gap around it gives; none where there is no gap beyond its own interval.
    ///
    /// A gap is certified by the intervals of the other pairs and by [`Unseen`], and holds with its probability.
    /// Pairs whose intervals overlap have no gap: a cluster is known by its intervals only.
    ///
    /// ```
    /// use spectra::{DiagonalOperator, Ends, extremes};
    /// use std::ops::ControlFlow;
    /// let values = (0..3000).map(|i| if i == 0 { 10.0 } else { f64::from(i) / 3000.0 }).collect();
    /// let ends = Ends { relative: 1e-4, ..Ends::new(1, 0) };
    /// let found = extremes(&DiagonalOperator::new(values), &ends, |_| ControlFlow::Continue(()));
    /// let alone = found.gaps()[0].unwrap();
    /// assert!(alone.gap > 5.0 && alone.bound < found.pairs[0].bound);
    /// assert!((found.pairs[0].value - 10.0).abs() <= alone.bound);
    /// ```
    pub fn gaps(&self) -> Vec<Option<Gap>> {
        let one = |(i, pair): (usize, &Pair)| {
            let unseen = self.unseen?;
            let others = self.pairs.iter().enumerate().filter(|&(j, _)| j != i);
            let places = others.map(|(_, other)| (other.value - other.bound, other.value + other.bound));
            let left = (unseen.below <= unseen.above).then_some((unseen.below, unseen.above));
            let distance = |(low, high): (f64, f64)| (low - pair.value).max(pair.value - high);
            let gap = places.chain(left).map(distance).fold(f64::INFINITY, f64::min);
            let residual = pair.residual + self.noise;
            (gap > pair.bound).then(|| Gap {
                gap,
                bound: (residual * residual / gap).min(pair.residual) + self.noise,
                sine: residual / gap,
            })
        };
        self.pairs.iter().enumerate().map(one).collect()
    }

    /// A bound on the absolute value of every eigenvalue beside the pairs, from ‖H‖_F² or a bound of it. No chance.
    ///
    /// Some k eigenvalues lie within ρ = √(Σ r²) of the k values (Kahan 1967; Parlett 1998, theorem 11.5.1), up to the
    /// noise; what their squares leave of ‖H‖_F² is at least the square of any other.
    /// Good where the spectrum decays, of little use where a bulk carries the norm.
    ///
    /// ```
    /// use spectra::{DiagonalOperator, Ends, extremes};
    /// use std::ops::ControlFlow;
    /// let operator = DiagonalOperator::new((0..100).map(|i| 0.5f64.powi(i)).collect());
    /// let found = extremes(&operator, &Ends::new(3, 0), |_| ControlFlow::Continue(()));
    /// let rest = found.rest_at_most(4.0 / 3.0);
    /// // The fourth is 1/8, and all others together have the root of 4/3 of its square.
    /// assert!(rest >= 0.125 && rest < 0.15);
    /// ```
    pub fn rest_at_most(&self, square: f64) -> f64 {
        let residuals: f64 = self.pairs.iter().map(|pair| pair.residual * pair.residual).sum();
        let off = residuals.sqrt() + self.noise;
        let known = |pair: &Pair| (pair.value.abs() - off).max(0.0).powi(2);
        (square - self.pairs.iter().map(known).sum::<f64>())
            .max(0.0)
            .sqrt()
    }
}
