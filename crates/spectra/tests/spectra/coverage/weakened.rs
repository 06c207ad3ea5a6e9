//! Solvers with a fault planted in their inner products.

use super::ends::{CONFIDENCE, ends, judge};
use super::spectra;
use spectra::{Block, ColumnBlock, DiagonalOperator, Ends, Matrix, SelfAdjoint};

/// Vectors of which the newest ones are looked at along the newest `SEEN` blocks only: what lies along all older ones reads
/// as zero, so that Gram–Schmidt takes nothing away there, as if it made no pass over the whole basis. (What a basis has along
/// itself is asked for with all of its blocks at once.)
#[derive(Clone, Debug)]
pub struct Forgetful<const SEEN: usize>(ColumnBlock);

impl<const SEEN: usize> Forgetful<SEEN> {
    fn inner<'a>(blocks: &[&'a Self]) -> Vec<&'a ColumnBlock> {
        blocks.iter().map(|block| &block.0).collect()
    }
}

impl<const SEEN: usize> Block for Forgetful<SEEN> {
    fn rows(&self) -> usize {
        self.0.rows()
    }

    fn columns(&self) -> usize {
        self.0.columns()
    }

    fn grams(basis: &[&Self], others: &[&Self]) -> Matrix {
        let mut grams = ColumnBlock::grams(&Self::inner(basis), &Self::inner(others));
        if others.len() <= SEEN {
            let old = basis.len().saturating_sub(SEEN);
            let rows: usize = basis[..old].iter().map(|block| block.columns()).sum();
            grams.as_mut().subrows_mut(0, rows).fill(0.0);
        }
        grams
    }

    fn combine(basis: &[&Self], coefficients: &Matrix) -> Self {
        Self(ColumnBlock::combine(&Self::inner(basis), coefficients))
    }

    fn subtract(&mut self, basis: &[&Self], coefficients: &Matrix) {
        self.0.subtract(&Self::inner(basis), coefficients);
    }
}

/// A diagonal operator on such vectors.
struct Forgetting<const SEEN: usize>(DiagonalOperator);

impl<const SEEN: usize> SelfAdjoint for Forgetting<SEEN> {
    type Block = Forgetful<SEEN>;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn apply(&self, vectors: &Self::Block) -> Self::Block {
        Forgetful(self.0.apply(&vectors.0))
    }

    fn block(&self, columns: &[Vec<f64>]) -> Self::Block {
        Forgetful(self.0.block(columns))
    }

    fn round_off(&self) -> f64 {
        self.0.round_off()
    }
}

/// Where copies of eigenvalues come back into a basis for want of passes over the whole basis, residuals by fresh products do not go
/// down with those of the iteration, so that the search ends nowhere: no wrong pair is called right even then.
#[test]
fn a_search_that_drops_a_pass_of_gram_schmidt_breaks_its_promise() {
    let (name, values) = spectra().remove(5);
    // One long basis of single searches: without restarts, which look at a basis for themselves.
    let asked = |seed| Ends {
        confirm: false,
        max_basis: Some(50),
        max_products: 90,
        relative: 1e-10,
        absolute: 1e-10,
        ..ends(4, 2, seed)
    };
    let diagonal = DiagonalOperator::new(values.clone());
    let whole = judge(&Forgetting::<{ usize::MAX }>(diagonal.clone()), &values, asked);
    assert!(whole.kept(CONFIDENCE), "{name}: {whole:?}");
    let weakened = judge(&Forgetting::<3>(diagonal), &values, asked);
    println!("{name}: {weakened:?} without passes over the whole basis");
    assert!(!weakened.kept(CONFIDENCE), "{name}: {weakened:?}");
}
