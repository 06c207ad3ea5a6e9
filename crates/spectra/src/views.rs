//! Ways to look at a spectral density, each made from its nodes and weights.

use std::f64::consts::TAU;

use crate::Density;

/// How the absolute values of a spectrum are spread over the decades.
#[derive(Clone, Debug, PartialEq)]
pub struct Magnitudes {
    /// log₁₀|λ| at the edges of the bins, ascending.
    pub edges: Vec<f64>,
    /// The share of the negative eigenvalues in each bin.
    pub negative: Vec<f64>,
    /// The share of the positive eigenvalues in each bin.
    pub positive: Vec<f64>,
    /// The share that is too small for the first bin, zeros among them.
    pub below: f64,
    /// The share that is too large for the last bin.
    pub beyond: f64,
}

impl Density {
    /// The nodes and weights of all rules, as one measure with sum 1.
    pub fn atoms(&self) -> impl Iterator<Item = (f64, f64)> {
        let count = self.rules.len() as f64;
        self.rules.iter().flat_map(move |rule| {
            let atoms = rule.nodes.iter().zip(&rule.weights);
            atoms.map(move |(&node, &weight)| (node, weight / count))
        })
    }

    /// The share of the eigenvalues in each bin [edge, next edge); the last bin contains its upper edge as well.
    ///
    /// ```
    /// use spectra::{Accuracy, DiagonalOperator, density};
    /// let operator = DiagonalOperator::new(vec![1.0, 2.0, 2.5, 9.0]);
    /// let found = density(&operator, &Accuracy::default(), |_| std::ops::ControlFlow::Continue(()));
    /// assert_eq!(found.histogram(&[0.0, 1.5, 3.0]), [0.25, 0.5]);
    /// ```
    ///
    /// # Panics
    /// If the edges do not ascend, or are fewer than two.
    pub fn histogram(&self, edges: &[f64]) -> Vec<f64> {
        ascending(edges);
        let mut shares = vec![0.0; edges.len() - 1];
        for (node, weight) in self.atoms() {
            if let Some(bin) = bin(edges, node) {
                shares[bin] += weight;
            }
        }
        shares
    }

    /// The density at each of the points, smoothed: Σ w φ((x − node) / width) / width with the normal density φ.
    ///
    /// The area under it is 1. Smoothing is a way of drawing: the bounds are those of the distribution function.
    ///
    /// ```
    /// use spectra::{Accuracy, DiagonalOperator, density};
    /// let operator = DiagonalOperator::new(vec![3.0]);
    /// let found = density(&operator, &Accuracy::default(), |_| std::ops::ControlFlow::Continue(()));
    /// assert!((found.smooth(&[3.0], 2.0)[0] - 0.5 * 0.3989422804).abs() < 1e-10);
    /// ```
    ///
    /// # Panics
    /// If the width is not above zero.
    pub fn smooth(&self, points: &[f64], width: f64) -> Vec<f64> {
        assert!(
            width > 0.0,
            "a width of {width} smooths nothing: one above zero is needed"
        );
        let height = 1.0 / (TAU.sqrt() * width);
        let bump = |x: f64, node: f64| height * (-0.5 * ((x - node) / width).powi(2)).exp();
        let at = |&x: &f64| self.atoms().map(|(node, weight)| weight * bump(x, node)).sum();
        points.iter().map(at).collect()
    }

    /// The shares of log₁₀|λ| in bins with these edges, for both signs.
    ///
    /// ```
    /// use spectra::{Accuracy, DiagonalOperator, density};
    /// let operator = DiagonalOperator::new(vec![-0.5, 0.0, 0.02, 50.0]);
    /// let found = density(&operator, &Accuracy::default(), |_| std::ops::ControlFlow::Continue(()));
    /// let decades = found.magnitudes(&[-2.0, -1.0, 0.0]);
    /// assert_eq!((decades.negative, decades.positive), (vec![0.0, 0.25], vec![0.25, 0.0]));
    /// assert_eq!((decades.below, decades.beyond), (0.25, 0.25));
    /// ```
    ///
    /// # Panics
    /// If the edges do not ascend, or are fewer than two.
    pub fn magnitudes(&self, edges: &[f64]) -> Magnitudes {
        ascending(edges);
        let mut seen = Magnitudes {
            edges: edges.to_vec(),
            negative: vec![0.0; edges.len() - 1],
            positive: vec![0.0; edges.len() - 1],
            below: 0.0,
            beyond: 0.0,
        };
        for (node, weight) in self.atoms() {
            let size = node.abs().log10();
            match bin(edges, size) {
                Some(bin) if node < 0.0 => seen.negative[bin] += weight,
                Some(bin) => seen.positive[bin] += weight,
                None if size < edges[0] => seen.below += weight,
                None => seen.beyond += weight,
            }
        }
        seen
    }
}

fn ascending(edges: &[f64]) {
    assert!(
        edges.len() > 1 && edges.windows(2).all(|pair| pair[0] < pair[1]),
        "the edges of bins ascend, and there are two at least"
    );
}

/// The bin that contains x.
fn bin(edges: &[f64], x: f64) -> Option<usize> {
    let last = edges.len() - 1;
    if x == edges[last] {
        return Some(last - 1);
    }
    let above = edges.partition_point(|&edge| edge <= x);
    (above > 0 && above <= last).then(|| above - 1)
}
