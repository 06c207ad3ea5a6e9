//! How many vectors a search holds at once.

use crate::support::patient;
use spectra::{Block, ColumnBlock, DiagonalOperator, Ends, Matrix, SelfAdjoint, extremes};
use std::cell::Cell;

thread_local! {
    static NOW: Cell<usize> = const { Cell::new(0) };
    static MOST: Cell<usize> = const { Cell::new(0) };
}

/// Vectors that are counted from when they are made to when they are dropped. A basis is condensed in place, or beside itself.
#[derive(Debug)]
struct Held<const IN_PLACE: bool>(ColumnBlock);

impl<const IN_PLACE: bool> Held<IN_PLACE> {
    fn new(block: ColumnBlock) -> Self {
        NOW.set(NOW.get() + block.columns());
        MOST.set(MOST.get().max(NOW.get()));
        Self(block)
    }

    fn inner(blocks: &[&Self]) -> Vec<ColumnBlock> {
        blocks.iter().map(|block| block.0.clone()).collect()
    }
}

impl<const IN_PLACE: bool> Clone for Held<IN_PLACE> {
    fn clone(&self) -> Self {
        Self::new(self.0.clone())
    }
}

impl<const IN_PLACE: bool> Drop for Held<IN_PLACE> {
    fn drop(&mut self) {
        NOW.set(NOW.get() - self.0.columns());
    }
}

impl<const IN_PLACE: bool> Block for Held<IN_PLACE> {
    fn rows(&self) -> usize {
        self.0.rows()
    }

    fn columns(&self) -> usize {
        self.0.columns()
    }

    fn grams(basis: &[&Self], others: &[&Self]) -> Matrix {
        let (basis, others) = (Self::inner(basis), Self::inner(others));
        ColumnBlock::grams(
            &basis.iter().collect::<Vec<_>>(),
            &others.iter().collect::<Vec<_>>(),
        )
    }

    fn combine(basis: &[&Self], coefficients: &Matrix) -> Self {
        let basis = Self::inner(basis);
        Self::new(ColumnBlock::combine(
            &basis.iter().collect::<Vec<_>>(),
            coefficients,
        ))
    }

    fn subtract(&mut self, basis: &[&Self], coefficients: &Matrix) {
        let basis = Self::inner(basis);
        self.0.subtract(&basis.iter().collect::<Vec<_>>(), coefficients);
    }

    fn condense(basis: Vec<Self>, coefficients: &Matrix) -> Vec<Self> {
        if !IN_PLACE {
            return spectra::combine_in_parts(&basis, coefficients);
        }
        let inner = Self::inner(&basis.iter().collect::<Vec<_>>());
        drop(basis);
        let condensed = spectra::combine_in_parts(&inner, coefficients);
        condensed.into_iter().map(Self::new).collect()
    }
}

/// An operator on such vectors.
struct Holding<const IN_PLACE: bool>(DiagonalOperator);

impl<const IN_PLACE: bool> SelfAdjoint for Holding<IN_PLACE> {
    type Block = Held<IN_PLACE>;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn apply(&self, vectors: &Self::Block) -> Self::Block {
        Held::new(self.0.apply(&vectors.0))
    }

    fn block(&self, columns: &[Vec<f64>]) -> Self::Block {
        Held::new(self.0.block(columns))
    }

    fn round_off(&self) -> f64 {
        self.0.round_off()
    }
}

/// The most vectors at once in such a search.
fn most<const IN_PLACE: bool>(ends: &Ends) -> usize {
    let values = (0..1000).map(|i| f64::from(i) / 999.0 - 0.5).collect();
    MOST.set(0);
    let found = extremes(&Holding::<IN_PLACE>(DiagonalOperator::new(values)), ends, patient);
    assert!(found.converged());
    assert!(
        found.products > 2 * ends.most_vectors(),
        "a basis that is never full"
    );
    drop(found);
    assert_eq!(NOW.get(), 0);
    MOST.get()
}

/// A search that fills its basis holds what its plan says, no more and no less where the basis is condensed in place.
#[test]
fn a_search_holds_what_was_planned() {
    for (largest, smallest) in [(1, 0), (2, 2), (10, 0), (10, 10)] {
        for block in [1, 4] {
            for confirm in [false, true] {
                let ends = Ends {
                    block,
                    confirm,
                    relative: 1e-8,
                    ..Ends::new(largest, smallest)
                };
                assert_eq!(most::<true>(&ends), ends.vectors(true), "{ends:?}");
                let (beside, planned) = (most::<false>(&ends), ends.vectors(false));
                assert!(
                    (planned - block..=planned).contains(&beside),
                    "{beside} of {planned}: {ends:?}"
                );
            }
        }
    }
}
