//! Lanczos in the complement of known vectors, without a basis.

use rand_chacha::ChaCha8Rng;

use crate::drift::Drift;
use crate::krylov::{NOISE, NotFinite, RANDOM_TOLERANCE};
use crate::orthonormal::{Foresight, Step, Stepped, orthonormalise_behind};
use crate::random::unit_vectors;
use crate::{Block, Matrix, SelfAdjoint, orthonormalise};

/// The three-term recurrence of A′ = (I − YYᵀ) H (I − YYᵀ), for orthonormal vectors Y, from one random vector.
///
/// Nothing is kept but the last two vectors. The products of Y are HY = YΘ + WS, so that a product Hv has YSᵀ(Wᵀv) along
/// Y, and the few vectors YSᵀ, made once, take it away. Then only rounding leads back to Y, which needs to be looked at as
/// seldom as a Lanczos basis ([`Drift`]).
pub(crate) struct Complement<'a, A: SelfAdjoint> {
    operator: &'a A,
    known: Vec<&'a A::Block>,
    /// Θ, diagonal, with room for the vector before the newest.
    values: Matrix,
    /// None where what the products of Y have beside it is not known.
    beyond: Option<Beyond<'a, A::Block>>,
    drift: Drift,
    norm: f64,
    /// What ‖v‖² of the newest vector is beside 1.
    unit: Option<Matrix>,
    before: Option<A::Block>,
    /// To be multiplied; none when the vectors seen span a space of their own.
    pub next: Option<A::Block>,
}

/// What the products of Y have beside it, WS.
struct Beyond<'a, B> {
    block: &'a B,
    /// YSᵀ.
    back: B,
    /// What the newest vector has along W, `[columns of W, 1]`, by what the product has that it was made of: nobody asks for
    /// it. It is measured with the next product, before it can have grown from step to step.
    newest: Matrix,
    /// What the vector before it has, as it was measured.
    before: Matrix,
}

impl<'a, A: SelfAdjoint> Complement<'a, A> {
    /// Beside `known` vectors with these `values`; `beyond` is W and S, and `norm` the norm of the operator.
    pub fn new(
        operator: &'a A,
        stream: &mut ChaCha8Rng,
        known: Vec<&'a A::Block>,
        values: &[f64],
        beyond: Option<(&'a A::Block, &Matrix)>,
        norm: f64,
    ) -> Self {
        let random = unit_vectors(operator, stream, 1);
        let next = orthonormalise(&known, random, 0.0, RANDOM_TOLERANCE * operator.round_off()).block;
        let size = values.len();
        let beyond = beyond.zip(next.as_ref()).map(|((block, s), next)| Beyond {
            block,
            back: A::Block::combine(&known, &s.transpose().to_owned()),
            newest: A::Block::gram(&[block], next),
            before: Matrix::zeros(block.columns(), 1),
        });
        Self {
            operator,
            values: Matrix::from_fn(size + 1, size + 1, |i, j| {
                if i == j && i < size { values[i] } else { 0.0 }
            }),
            known,
            beyond,
            drift: Drift::none(size, 1),
            norm,
            unit: None,
            before: None,
            next,
        }
    }

    /// One product: the next diagonal entry of the Jacobi matrix, and the one beside it, which is 0 at an end.
    pub fn step(&mut self) -> Result<(f64, f64), NotFinite> {
        let next = self.next.take().expect("there is a vector to multiply");
        let mut product = self.operator.apply(&next);
        if let Some(beyond) = &self.beyond {
            product.subtract(&[&beyond.back], &beyond.newest);
        }
        let recent = 1 + self.before.iter().count();
        let basis: Vec<&A::Block> = self
            .known
            .iter()
            .copied()
            .chain(&self.before)
            .chain([&next])
            .collect();
        let size = self.values.nrows() - 1;
        let round_off = self.operator.round_off();
        let values = self
            .values
            .submatrix(0, 0, size + recent - 1, size + recent - 1)
            .to_owned();
        let foresight = self.beyond.is_some().then_some(Foresight {
            drift: &mut self.drift,
            projected: &values,
            round_off,
        });
        let step = Step {
            basis: &basis,
            recent,
            scale: self.norm,
            tolerance: NOISE * round_off,
            unit: &mut self.unit,
            foresight,
            beside: self.beyond.as_ref().map(|beyond| beyond.block),
        };
        let Stepped {
            split,
            left,
            along_beside,
        } = orthonormalise_behind(step, product);
        if !split.lengths[0].is_finite() {
            self.next = Some(next);
            return Err(NotFinite);
        }
        // The vector before the newest is forgotten.
        let kept = |i| if i < size { i } else { i + recent - 1 };
        let left = left.iter();
        let left = left.map(|left| Matrix::from_fn(size + 1, left.ncols(), |i, j| left[(kept(i), j)]));
        self.drift.step(&left.collect::<Vec<_>>(), 1);
        let coefficient = |back: usize| match back < recent {
            true => split.along[(split.along.nrows() - 1 - back, 0)],
            false => 0.0,
        };
        let diagonal = coefficient(0);
        let within = if split.block.is_some() {
            split.within[(0, 0)]
        } else {
            0.0
        };
        if let Some(Beyond { newest, before, .. }) = &mut self.beyond {
            let measured = along_beside.subcols(0, 1).to_owned();
            let of = |i: usize| {
                let own =
                    along_beside[(i, 1)] - diagonal * measured[(i, 0)] - coefficient(1) * before[(i, 0)];
                if within == 0.0 { 0.0 } else { own / within }
            };
            *newest = Matrix::from_fn(measured.nrows(), 1, |i, _| of(i));
            *before = measured;
        }
        self.before = Some(next);
        self.next = split.block;
        Ok((diagonal, within.abs()))
    }
}
