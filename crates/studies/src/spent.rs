//! What runs have cost.

use probes::{Cost, Scalar};
use training::escape::{Counts, End};

const VALUES: &str = "values without gradients, all runs";
const JUMPS: &str = "perturbations, all runs";

/// The sum of what some runs have cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    gradients: u64,
    values: u64,
    products: u64,
    perturbations: u64,
}

impl Spent {
    /// By these runs.
    pub fn by<'a>(ends: impl IntoIterator<Item = &'a End>) -> Self {
        let mut spent = Spent::default();
        ends.into_iter().for_each(|end| spent.add(&end.counts));
        spent
    }

    /// One run more.
    pub fn add(&mut self, counts: &Counts) {
        self.gradients += counts.gradients;
        self.values += counts.values;
        self.products += counts.products;
        self.perturbations += counts.perturbations;
    }

    /// Some runs more.
    pub fn and(mut self, more: Spent) -> Self {
        self.gradients += more.gradients;
        self.values += more.values;
        self.products += more.products;
        self.perturbations += more.perturbations;
        self
    }

    /// Products that were not a method's.
    pub fn multiplied(&mut self, products: usize) {
        self.products += products as u64;
    }

    /// What a finding records beside its cost: evaluations of values alone, and how often chance moved a run.
    pub fn scalars(self) -> [Scalar; 2] {
        [
            Scalar::exact(VALUES, self.values as f64),
            Scalar::exact(JUMPS, self.perturbations as f64),
        ]
    }

    /// Gradients and products, as the cost of a finding.
    pub fn cost(self) -> Cost {
        Cost {
            gradients: self.gradients as usize,
            products: self.products as usize,
            ..Cost::default()
        }
    }
}
