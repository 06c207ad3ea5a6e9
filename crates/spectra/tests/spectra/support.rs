//! Operators for the tests.

use std::cell::Cell;
use std::f64::consts::PI;
use std::ops::ControlFlow;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use spectra::{Block, ColumnBlock, DenseOperator, Matrix, SelfAdjoint, orthonormalise};

/// A progress callback that never stops.
pub fn patient(_: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A matrix of standard normal numbers.
pub fn normal(rows: usize, columns: usize, seed: u64) -> ColumnBlock {
    let mut stream = ChaCha8Rng::seed_from_u64(seed);
    ColumnBlock::from_fn(rows, columns, |_, _| stream.sample(StandardNormal))
}

/// Q · diag(values) · Qᵀ with a random orthogonal Q.
pub fn rotated(values: &[f64], seed: u64) -> DenseOperator {
    let n = values.len();
    let q = orthonormalise(&[], normal(n, n, seed), 0.0, 1e-14).block.unwrap();
    let scaled = ColumnBlock::from_fn(n, n, |i, j| q.column(j)[i] * values[j]);
    let product = scaled.view() * q.view().transpose();
    DenseOperator::new(Matrix::from_fn(n, n, |i, j| {
        0.5 * (product[(i, j)] + product[(j, i)])
    }))
}

/// A block whose numbers are stored in f32, as on a GPU; inner products are f64.
#[derive(Clone, Debug)]
pub struct SingleBlock(ColumnBlock);

fn single(block: &ColumnBlock) -> ColumnBlock {
    ColumnBlock::from_fn(block.rows(), block.columns(), |i, j| {
        f64::from(block.column(j)[i] as f32)
    })
}

impl Block for SingleBlock {
    fn rows(&self) -> usize {
        self.0.rows()
    }

    fn columns(&self) -> usize {
        self.0.columns()
    }

    fn grams(basis: &[&Self], others: &[&Self]) -> Matrix {
        let inner = |blocks: &[&Self]| blocks.iter().map(|block| block.0.clone()).collect::<Vec<_>>();
        let (basis, others) = (inner(basis), inner(others));
        ColumnBlock::grams(
            &basis.iter().collect::<Vec<_>>(),
            &others.iter().collect::<Vec<_>>(),
        )
    }

    fn combine(basis: &[&Self], coefficients: &Matrix) -> Self {
        let basis: Vec<&ColumnBlock> = basis.iter().map(|block| &block.0).collect();
        Self(single(&ColumnBlock::combine(&basis, coefficients)))
    }

    fn subtract(&mut self, basis: &[&Self], coefficients: &Matrix) {
        self.0.subtract(
            &basis.iter().map(|block| &block.0).collect::<Vec<_>>(),
            coefficients,
        );
        self.0 = single(&self.0);
    }
}

/// An operator in f32: each product is rounded.
pub struct Single(pub DenseOperator);

impl SelfAdjoint for Single {
    type Block = SingleBlock;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn apply(&self, vectors: &SingleBlock) -> SingleBlock {
        SingleBlock(single(&self.0.apply(&vectors.0)))
    }

    fn block(&self, columns: &[Vec<f64>]) -> SingleBlock {
        SingleBlock(single(&ColumnBlock::from_columns(self.dimension(), columns)))
    }

    fn round_off(&self) -> f64 {
        f64::from(f32::EPSILON) / 2.0
    }
}

/// A product given by a closure; counts the vectors that it multiplied.
pub struct ByClosure<F> {
    pub dimension: usize,
    pub product: F,
    pub multiplied: Cell<usize>,
}

impl<F: Fn(usize, &ColumnBlock) -> ColumnBlock> ByClosure<F> {
    /// The closure gets the number of vectors multiplied before, and the vectors.
    pub fn new(dimension: usize, product: F) -> Self {
        Self {
            dimension,
            product,
            multiplied: Cell::new(0),
        }
    }
}

impl<F: Fn(usize, &ColumnBlock) -> ColumnBlock> SelfAdjoint for ByClosure<F> {
    type Block = ColumnBlock;

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn apply(&self, vectors: &ColumnBlock) -> ColumnBlock {
        let before = self.multiplied.get();
        self.multiplied.set(before + vectors.columns());
        (self.product)(before, vectors)
    }

    fn block(&self, columns: &[Vec<f64>]) -> ColumnBlock {
        ColumnBlock::from_columns(self.dimension, columns)
    }

    fn round_off(&self) -> f64 {
        f64::EPSILON / 2.0
    }
}

/// A diagonal operator whose first start is not random: unit vectors, which are its eigenvectors.
pub struct Invariant {
    pub values: Vec<f64>,
    pub started: Cell<bool>,
}

impl SelfAdjoint for Invariant {
    type Block = ColumnBlock;

    fn dimension(&self) -> usize {
        self.values.len()
    }

    fn apply(&self, vectors: &ColumnBlock) -> ColumnBlock {
        let scaled = |i, j| self.values[i] * vectors.column(j)[i];
        ColumnBlock::from_fn(vectors.rows(), vectors.columns(), scaled)
    }

    fn block(&self, columns: &[Vec<f64>]) -> ColumnBlock {
        if self.started.replace(true) {
            return ColumnBlock::from_columns(self.dimension(), columns);
        }
        ColumnBlock::from_fn(self.dimension(), columns.len(), |i, j| {
            f64::from(u8::from(i == j))
        })
    }

    fn round_off(&self) -> f64 {
        f64::EPSILON / 2.0
    }
}

/// The spectrum on which k steps are worst: one eigenvalue −1, and the others, in equal numbers, where the Chebyshev
/// polynomial of the proof has its extremes, so that no polynomial of degree k − 1 is small on all of them.
pub fn worst(n: usize, steps: usize, short: f64) -> Vec<f64> {
    let place = |i: usize| {
        let x = ((i % steps) as f64 * PI / (2.0 * steps as f64 - 1.0)).cos();
        short - 1.0 + (1.0 - short) * x * x
    };
    (0..n - 1).map(place).chain([-1.0]).collect()
}

/// The bound that holds for every spectrum: ε = (ln(1.648 √n / δ) / (2k − 1))² of the width.
pub fn short_of_all(n: usize, steps: usize, miss: f64) -> f64 {
    ((1.648 * (n as f64).sqrt() / miss).ln() / (2.0 * steps as f64 - 1.0)).powi(2)
}

thread_local! {
    static WAITS: Cell<usize> = const { Cell::new(0) };
}

/// How often the host has waited for numbers of a [`WaitingBlock`] on this thread: once for all inner products of a call.
pub fn waits() -> usize {
    WAITS.get()
}

/// A block as it would lie on a device: what the host learns of it are inner products.
#[derive(Clone, Debug)]
pub struct WaitingBlock(SingleBlock);

impl Block for WaitingBlock {
    fn rows(&self) -> usize {
        self.0.rows()
    }

    fn columns(&self) -> usize {
        self.0.columns()
    }

    fn grams(basis: &[&Self], others: &[&Self]) -> Matrix {
        WAITS.set(WAITS.get() + 1);
        let inner = |blocks: &[&Self]| blocks.iter().map(|block| block.0.clone()).collect::<Vec<_>>();
        let (basis, others) = (inner(basis), inner(others));
        SingleBlock::grams(
            &basis.iter().collect::<Vec<_>>(),
            &others.iter().collect::<Vec<_>>(),
        )
    }

    fn combine(basis: &[&Self], coefficients: &Matrix) -> Self {
        let basis: Vec<&SingleBlock> = basis.iter().map(|block| &block.0).collect();
        Self(SingleBlock::combine(&basis, coefficients))
    }

    fn subtract(&mut self, basis: &[&Self], coefficients: &Matrix) {
        self.0.subtract(
            &basis.iter().map(|block| &block.0).collect::<Vec<_>>(),
            coefficients,
        );
    }
}

/// An operator on such blocks.
pub struct Waiting(pub Single);

impl SelfAdjoint for Waiting {
    type Block = WaitingBlock;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn apply(&self, vectors: &WaitingBlock) -> WaitingBlock {
        WaitingBlock(self.0.apply(&vectors.0))
    }

    fn block(&self, columns: &[Vec<f64>]) -> WaitingBlock {
        WaitingBlock(self.0.block(columns))
    }

    fn round_off(&self) -> f64 {
        self.0.round_off()
    }
}
