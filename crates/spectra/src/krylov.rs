//! A growing orthonormal basis and the projection of an operator on it.

mod restart;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use crate::drift::Drift;
use crate::jacobi::Jacobi;
use crate::orthonormal::{Foresight, Step, Stepped, orthonormalise_behind};
use crate::random::unit_vectors;
use crate::ritz::Ritz;
use crate::still::Still;
use crate::{Block, Matrix, SelfAdjoint, orthonormalise};

/// How many times the round-off, relative to ‖H‖, counts as noise.
///
/// Measured on random dense matrices of 100 to 1,000 rows, over up to 2,500 products: residuals end at 15 to 60
/// round-offs in f64, most of it from the sums of hundreds of terms that make a vector and a product,
/// and at 1 to 5 where those sums are wider than the numbers that are stored.
pub(crate) const NOISE: f64 = 32.0;

/// How much of a random unit vector there is in a start that is one mixture of length one of given vectors.
const FRESH: f64 = 0.3;

/// Random unit vectors lose length only to the basis: what is shorter than this is rounding.
pub(crate) const RANDOM_TOLERANCE: f64 = 100.0;

/// A nearly orthonormal basis V, the projection of H, and the block that comes next:
/// HV = V · projected + next · [0, coupling], up to what a fresh start has given up.
pub(crate) struct Krylov<'a, A: SelfAdjoint> {
    pub operator: &'a A,
    /// How many vectors are multiplied at once.
    pub width: usize,
    pub stream: ChaCha8Rng,
    /// The random unit vectors of the start are V · [start, 0]: independent, so not orthogonal.
    pub start: Matrix,
    /// The blocks of V, each multiplied already.
    pub basis: Vec<A::Block>,
    /// NᵀHN, symmetric, with N the orthonormal basis near V that [`Krylov::straightened`] leads to.
    pub projected: Matrix,
    /// Orthonormal, orthogonal to V, not multiplied yet; none when V spans the whole space.
    pub next: Option<A::Block>,
    /// Whether nothing has been multiplied since the latest thick restart.
    restarted: bool,
    /// What `next` may have along V.
    pub drift: Drift,
    /// What the vectors of the newest block of V have along each other beside the identity, where that was measured.
    unit: Option<Matrix>,
    /// How many vectors of V are known to be orthonormal to rounding: those kept when it was condensed.
    straight: usize,
    /// The coefficients of H · (last block of V, or all that a restart has kept) along `next`; rows of zeros belong to
    /// random vectors.
    pub coupling: Matrix,
    /// How many vectors of `next` are not random: as many rows of the coupling have been measured.
    measured: usize,
    /// How often it has started from random vectors.
    pub starts: usize,
    /// The squares of what vectors had along the blocks that fresh starts gave up.
    pub given_up: f64,
    /// How many blocks have been multiplied.
    pub steps: usize,
    pub norm: f64,
    /// The noise of a product that is known besides rounding.
    pub floor: f64,
    pub asymmetry: f64,
    pub products: usize,
}

/// A product had an entry that is not finite.
pub(crate) struct NotFinite;

impl<'a, A: SelfAdjoint> Krylov<'a, A> {
    /// Starts from `width` random vectors.
    pub fn new(operator: &'a A, width: usize, mut stream: ChaCha8Rng) -> Self {
        let random = unit_vectors(operator, &mut stream, width.min(operator.dimension()));
        Self::from(operator, width, stream, random)
    }

    /// Starts from one random vector, and from `width` − 1 random mixtures of the given vectors; where there is room for
    /// one vector alone, from a mixture with a little of the random one in it.
    ///
    /// Where they are nearly eigenvectors, powers of the operator take their mixtures apart again.
    pub fn near(operator: &'a A, width: usize, mut stream: ChaCha8Rng, vectors: &A::Block) -> Self {
        let random = unit_vectors(operator, &mut stream, 1);
        let count = vectors.columns();
        if width == 1 {
            let start = Matrix::from_fn(count + 1, 1, |i, _| match i {
                0 => FRESH,
                _ => stream.sample::<f64, _>(StandardNormal) / (count as f64).sqrt(),
            });
            let start = A::Block::combine(&[&random, vectors], &start);
            return Self::from(operator, width, stream, start);
        }
        let mixed = (width - 1).min(count).min(operator.dimension() - 1);
        if mixed == 0 {
            return Self::from(operator, width, stream, random);
        }
        let start = Matrix::from_fn(count + 1, mixed + 1, |i, j| match (i, j) {
            (0, 0) => 1.0,
            (0, _) | (_, 0) => 0.0,
            _ => stream.sample(StandardNormal),
        });
        let start = A::Block::combine(&[&random, vectors], &start);
        Self::from(operator, width, stream, start)
    }

    fn from(operator: &'a A, width: usize, stream: ChaCha8Rng, random: A::Block) -> Self {
        let split = orthonormalise(&[], random, 0.0, RANDOM_TOLERANCE * operator.round_off());
        let mut krylov = Self::empty(operator, width, stream);
        krylov.start = split.within;
        krylov.complete(split.block);
        krylov.drift = Drift::none(0, krylov.ahead());
        krylov
    }

    /// Starts from `width` random vectors beside eigenvectors that are known.
    pub fn beside(operator: &'a A, width: usize, stream: ChaCha8Rng, known: Still<A::Block>) -> Self {
        let count = known.vectors.columns();
        let mut krylov = Self {
            basis: vec![known.vectors],
            projected: known.projected,
            straight: count,
            coupling: Matrix::zeros(0, count),
            products: count,
            norm: known.norm,
            asymmetry: known.asymmetry,
            ..Self::empty(operator, width, stream)
        };
        krylov.start_afresh(known.left);
        krylov
    }

    fn empty(operator: &'a A, width: usize, stream: ChaCha8Rng) -> Self {
        Self {
            operator,
            width,
            stream,
            start: Matrix::zeros(0, 0),
            basis: Vec::new(),
            projected: Matrix::zeros(0, 0),
            next: None,
            restarted: false,
            drift: Drift::none(0, 0),
            unit: None,
            straight: 0,
            coupling: Matrix::zeros(0, 0),
            measured: 0,
            starts: 1,
            given_up: 0.0,
            steps: 0,
            norm: 0.0,
            floor: 0.0,
            asymmetry: 0.0,
            products: 0,
        }
    }

    /// How many vectors the basis holds.
    pub fn size(&self) -> usize {
        self.projected.nrows()
    }

    /// How many vectors come next.
    fn ahead(&self) -> usize {
        self.next.as_ref().map_or(0, Block::columns)
    }

    /// The noise of a product.
    pub fn noise(&self) -> f64 {
        (NOISE * self.operator.round_off() * self.norm).max(self.floor)
    }

    /// Multiplies the next block, and takes it into the basis.
    pub fn advance(&mut self) -> Result<(), NotFinite> {
        let block = self
            .next
            .take()
            .expect("a basis of the whole space is not extended");
        let mut product = self.operator.apply(&block);
        self.products += block.columns();
        self.steps += 1;
        // What the pairs have along what a fresh start gave up, nobody knows.
        let known = self.starts == 1;
        // The operator is symmetric: what the first product after a restart has along all that were kept is their coupling.
        let back = (known && self.restarted).then(|| self.coupling.transpose().to_owned());
        if let Some(back) = &back {
            product.subtract(&self.basis.iter().collect::<Vec<_>>(), back);
        }
        self.basis.push(block);

        let basis: Vec<&A::Block> = self.basis.iter().collect();
        // Otherwise products have nothing along blocks but the last two, for the products of all others are in the basis.
        let recent = match self.restarted {
            true if known => 1,
            true => basis.len(),
            false => basis.len().min(2),
        };
        let (round_off, norm) = (self.operator.round_off(), self.norm);
        let foresight = known.then_some(Foresight {
            drift: &mut self.drift,
            projected: &self.projected,
            round_off,
        });
        let step = Step {
            basis: &basis,
            recent,
            scale: norm,
            tolerance: NOISE * round_off,
            unit: &mut self.unit,
            foresight,
            beside: None,
        };
        let Stepped { split, left, .. } = orthonormalise_behind(step, product);
        if !split.lengths.iter().all(|length| length.is_finite()) {
            self.next = self.basis.pop();
            return Err(NotFinite);
        }
        self.norm = split.lengths.iter().copied().fold(self.norm, f64::max);
        let mut along = split.along;
        if known {
            // What else was subtracted is what vectors of the basis have along each other, not what products have.
            let columns = basis[basis.len() - recent..].iter().map(|block| block.columns());
            let far = along.nrows() - columns.sum::<usize>();
            along.subrows_mut(0, far).fill(0.0);
        }
        if let Some(back) = back {
            along.subrows_mut(0, back.nrows()).copy_from(&back);
        }
        self.project(along);
        self.coupling = split.within;
        self.complete(split.block);
        self.restarted = false;
        let ahead = self.ahead();
        self.drift.step(&left, ahead);
        Ok(())
    }

    /// Borders the projected matrix with the coefficients `along` of the newest products.
    ///
    /// The coefficients of the block before are known twice, here and as its coupling, unless a fresh start has dropped a
    /// part of that. What differs is asymmetry, and the little that drifted vectors have along each other, so that the
    /// coupling is the better one.
    fn project(&mut self, mut along: Matrix) {
        let old = &self.projected;
        let (size, full) = (old.nrows(), along.nrows());
        let measured = if self.starts == 1 { self.measured } else { 0 };
        let coupled = size - self.coupling.ncols();
        for j in 0..full - size {
            for i in 0..j {
                let differs = (along[(size + i, j)] - along[(size + j, i)]).abs();
                self.asymmetry = self.asymmetry.max(differs);
            }
            for i in coupled..if j < measured { size } else { coupled } {
                let known = self.coupling[(j, i - coupled)];
                self.asymmetry = self.asymmetry.max((along[(i, j)] - known).abs());
                along[(i, j)] = known;
            }
        }
        self.projected = Matrix::from_fn(full, full, |i, j| match (i < size, j < size) {
            (true, true) => old[(i, j)],
            (true, false) => along[(i, j - size)],
            (false, true) => along[(j, i - size)],
            (false, false) => 0.5 * (along[(i, j - size)] + along[(j, i - size)]),
        });
    }

    /// Sets the next block: the given one, filled up with random vectors that nothing couples to.
    fn complete(&mut self, found: Option<A::Block>) {
        let room = self.operator.dimension() - self.size();
        let wanted = self.width.min(room);
        self.next = found;
        // Once is enough with probability 1; the bound is for arithmetic that never gives what was asked for.
        for _ in 0..3 {
            let have = self.next.as_ref().map_or(0, Block::columns);
            if have >= wanted {
                break;
            }
            let random = unit_vectors(self.operator, &mut self.stream, wanted - have);
            let beside: Vec<&A::Block> = self.basis.iter().chain(&self.next).collect();
            let tolerance = RANDOM_TOLERANCE * self.operator.round_off();
            let Some(random) = orthonormalise(&beside, random, 0.0, tolerance).block else {
                continue;
            };
            self.next = Some(match self.next.take() {
                Some(found) => {
                    let columns = have + random.columns();
                    A::Block::combine(&[&found, &random], &Matrix::identity(columns, columns))
                }
                None => random,
            });
        }
        let rows = self.ahead();
        let known = &self.coupling;
        self.measured = known.nrows();
        let entry = |i, j| if i < known.nrows() { known[(i, j)] } else { 0.0 };
        self.coupling = Matrix::from_fn(rows, known.ncols(), entry);
    }

    /// The eigenpairs of the projected matrix, with bounds of their residuals that cost no product.
    pub fn ritz(&mut self) -> Ritz {
        let ritz = Ritz::new(&self.projected, &self.coupling);
        self.norm = ritz
            .values
            .iter()
            .fold(self.norm, |norm, value| norm.max(value.abs()));
        ritz
    }

    /// The coefficients of the steps, of single vectors without a restart.
    pub fn jacobi(&self) -> Jacobi {
        let size = self.size();
        Jacobi {
            diagonal: (0..size).map(|i| self.projected[(i, i)]).collect(),
            beside: (1..size)
                .map(|i| self.projected[(i, i - 1)].abs())
                .chain([self.coupling[(0, 0)].abs()])
                .collect(),
        }
    }

    /// The Ritz vectors of these numbers, as one block.
    pub fn vectors(&self, ritz: &Ritz, chosen: &[usize]) -> A::Block {
        let basis: Vec<&A::Block> = self.basis.iter().collect();
        let (turn, _) = self.straightened();
        A::Block::combine(&basis, &(turn * ritz.coefficients(chosen)))
    }
}
