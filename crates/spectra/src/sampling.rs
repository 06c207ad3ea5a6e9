//! What the estimators of traces share: what is asked, what is answered, and the multiplication of many vectors.

use std::ops::ControlFlow;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::random::unit_vectors;
use crate::{Block, Estimate, Matrix, SelfAdjoint};

/// How many products an estimate may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampling {
    /// How many vectors are multiplied.
    pub products: usize,
    /// How many of them at once.
    pub block: usize,
    /// The seed of the random vectors.
    pub seed: u64,
}

impl Sampling {
    /// So many products, four at once.
    pub fn new(products: usize) -> Self {
        Self {
            products,
            block: 4,
            seed: 0,
        }
    }
}

/// The first two moments of a spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// tr H, the sum of the eigenvalues.
    pub trace: Estimate,
    /// ‖H‖_F², the sum of their squares; its [`root`](Estimate::root) is the Frobenius norm.
    pub square: Estimate,
    /// How many vectors were multiplied.
    pub products: usize,
    /// Whether it was stopped: then these are the means over the random vectors that had been multiplied, as by
    /// [`hutchinson`](crate::hutchinson).
    pub stopped: bool,
}

/// Multiplies with one operator, and counts.
pub(crate) struct Multiplier<'a, A, P> {
    pub operator: &'a A,
    pub products: usize,
    samples: Samples,
    block: usize,
    stream: ChaCha8Rng,
    progress: P,
}

impl<'a, A: SelfAdjoint, P: FnMut(usize) -> ControlFlow<()>> Multiplier<'a, A, P> {
    /// # Panics
    /// If there are fewer products than `least`, no columns in a block, or no dimension.
    pub fn new(operator: &'a A, sampling: &Sampling, least: usize, progress: P) -> Self {
        assert!(
            sampling.products >= least,
            "{} products are too few: at least {least} are needed",
            sampling.products
        );
        assert!(sampling.block > 0, "a block has at least one column");
        assert!(
            operator.dimension() > 0,
            "an operator of dimension zero has no trace"
        );
        Self {
            operator,
            products: 0,
            samples: Samples::default(),
            block: sampling.block,
            stream: ChaCha8Rng::seed_from_u64(sampling.seed),
            progress,
        }
    }

    /// Independent vectors, uniform on the unit sphere, in parts that are multiplied at once.
    pub fn random(&mut self, count: usize) -> Vec<A::Block> {
        let starts = (0..count).step_by(self.block);
        let sizes = starts.map(|start| self.block.min(count - start));
        sizes
            .map(|size| unit_vectors(self.operator, &mut self.stream, size))
            .collect()
    }

    /// The products with all parts, or none if the progress callback stopped it.
    pub fn times(&mut self, parts: &[A::Block]) -> Option<Vec<A::Block>> {
        parts.iter().map(|part| self.product(part)).collect()
    }

    /// The same with random vectors, as they were drawn: what they tell by themselves is noted.
    pub fn images(&mut self, parts: &[A::Block]) -> Option<Vec<A::Block>> {
        let image = |part: &A::Block| {
            let dimension = self.operator.dimension();
            let product = self.operator.apply(part);
            self.samples.add(part, &product, dimension);
            self.counted(part, product)
        };
        parts.iter().map(image).collect()
    }

    /// What the random vectors have told.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// What the random vectors have told until it was stopped; none if they were fewer than two.
    pub fn cut(&self) -> Option<Moments> {
        (self.samples.traces.len() > 1).then(|| Moments {
            stopped: true,
            ..self.samples.moments(0.0, 0.0, self.products)
        })
    }

    fn product(&mut self, part: &A::Block) -> Option<A::Block> {
        let product = self.operator.apply(part);
        self.counted(part, product)
    }

    fn counted(&mut self, part: &A::Block, product: A::Block) -> Option<A::Block> {
        self.products += part.columns();
        (self.progress)(self.products).is_continue().then_some(product)
    }
}

/// Values of random vectors of one space.
#[derive(Default)]
pub(crate) struct Samples {
    traces: Vec<f64>,
    squares: Vec<f64>,
}

impl Samples {
    /// One sample for each vector, which stands for a vector whose squared length is the dimension of its space.
    pub fn add<B: Block>(&mut self, vectors: &B, products: &B, dimension: usize) {
        let lengths = B::gram(&[vectors], vectors);
        let traces = B::gram(&[vectors], products);
        let squares = B::gram(&[products], products);
        let scaled = |matrix: &Matrix, j: usize| dimension as f64 * matrix[(j, j)] / lengths[(j, j)];
        for j in 0..vectors.columns() {
            self.traces.push(scaled(&traces, j));
            self.squares.push(scaled(&squares, j));
        }
    }

    /// Their means, added to what is known.
    pub fn moments(&self, trace: f64, square: f64, products: usize) -> Moments {
        Moments {
            trace: Estimate::of_mean(&self.traces).plus(trace),
            square: Estimate::of_mean(&self.squares).plus(square),
            products,
            stopped: false,
        }
    }
}

/// Some columns of a block.
pub(crate) fn select<B: Block>(block: &B, columns: &[usize]) -> B {
    let pick = |i: usize, j: usize| f64::from(u8::from(i == columns[j]));
    B::combine(&[block], &Matrix::from_fn(block.columns(), columns.len(), pick))
}

/// The sum of the products of the entries of two columns.
pub(crate) fn inner(a: &Matrix, i: usize, b: &Matrix, j: usize) -> f64 {
    (0..a.nrows()).map(|k| a[(k, i)] * b[(k, j)]).sum()
}

/// The square of the Frobenius norm.
pub(crate) fn square(matrix: &Matrix) -> f64 {
    matrix.squared_norm_l2()
}

/// The sum of the diagonal.
pub(crate) fn trace(matrix: &Matrix) -> f64 {
    (0..matrix.nrows()).map(|i| matrix[(i, i)]).sum()
}
