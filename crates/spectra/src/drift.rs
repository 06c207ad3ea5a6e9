//! How far a new block of a Lanczos basis may be from orthogonal to the blocks before.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Matrix;

/// Beyond so many tolerances along a block of the basis, a new block is looked at once more: the square of that is below
/// rounding, and projections feel only the square (Simon 1984).
const FAR: f64 = 64.0;
/// Where the next product is foreseen to have so many, it is looked at together with the newest blocks.
const NEAR: f64 = 32.0;
/// Then all blocks are looked at along which it is foreseen to have so many. Others are on their way too.
const NEARLY: f64 = 8.0;
/// The share of a product's rounding that may lie along one vector: half of it for a few hundred numbers in f64, and far
/// less for millions in f32, whose sums are wider.
const SHARE: f64 = 0.5;
/// How many draws of the roundings are followed.
const DRAWS: usize = 8;

/// What the newest blocks of a basis V may have along the blocks before them.
///
/// A product H V_j = V·along + Q·R makes VᵀQ·R = (HV)ᵀV_j − VᵀV·along, and HV is V·T but for the block that comes next.
/// So what the block V_j and the one before it have along V (Ω, without the ones on the diagonal) says what Q will have:
/// Ω⁺ R = T Ω_j − Ω_j A − Ω_{j−1} B, with A and B what `along` has along these two blocks (Simon 1984), and rounding, of
/// which each product has some. Nobody knows it; but all is linear in it, so that the recurrence is followed for several
/// random draws of it, and what is largest in any of them is what may be.
/// Only what may be far more than rounding must be measured and subtracted: partial reorthogonalisation. It grows from
/// two blocks in a row, so that both are corrected. The recurrence goes on to a product that is still to be made, as if its
/// coefficients were those of the product before: so the host knows what to look at before it asks, and asks once.
pub(crate) struct Drift {
    /// In each draw, what the block multiplied last has along the blocks before it: `[vectors before it, its columns]`.
    now: Vec<Matrix>,
    /// The same for the block before it; of no columns at a start.
    before: Vec<Matrix>,
    /// The blocks along which the next product is looked at.
    planned: Vec<bool>,
    /// Those along which the product after it is to be looked at too.
    second: Vec<bool>,
    stream: ChaCha8Rng,
}

impl Drift {
    /// A block of so many columns that is orthogonal to `size` vectors.
    pub fn none(size: usize, columns: usize) -> Self {
        Self {
            now: vec![Matrix::zeros(size, columns); DRAWS],
            before: vec![Matrix::zeros(size, 0); DRAWS],
            planned: Vec::new(),
            second: Vec::new(),
            stream: ChaCha8Rng::seed_from_u64(0),
        }
    }

    /// Ω⁺ in each draw, `[vectors of the basis, columns of Q]`, for `projected` = T without the block just multiplied,
    /// `along` with it, `inverse` = R⁻¹ and the `rounding` of a product. Along the newest two blocks there is rounding
    /// alone, and along vectors that were `looked` at what `stays` there of the product, `[vectors, columns]`.
    pub fn foreseen(
        &mut self,
        projected: &Matrix,
        along: &Matrix,
        inverse: &Matrix,
        rounding: f64,
        looked: &[bool],
        stays: &Matrix,
    ) -> Vec<Matrix> {
        let stream = &mut self.stream;
        let mut draw = |now: &Matrix, before: &Matrix| {
            let (size, columns, old) = (now.nrows(), now.ncols(), before.ncols());
            let first = size - old;
            let grown = projected.subrows(0, first) * now
                - now.subrows(0, first) * along.subrows(size, columns)
                - before.subrows(0, first) * along.subrows(first, old);
            let product = Matrix::from_fn(size + columns, columns, |i, j| {
                let rounded = if stream.random() { rounding } else { -rounding };
                let known = match (looked[i], i < first) {
                    (true, _) => stays[(i, j)],
                    (false, true) => grown[(i, j)],
                    (false, false) => 0.0,
                };
                SHARE * rounded + known
            });
            product * inverse
        };
        let draws = self.now.iter().zip(&self.before);
        draws.map(|(now, before)| draw(now, before)).collect()
    }

    /// Which of so many blocks to look at with the product that was just made.
    pub fn planned(&self, blocks: usize) -> Vec<bool> {
        (0..blocks)
            .map(|i| self.planned.get(i).is_some_and(|planned| *planned))
            .collect()
    }

    /// Which blocks to look at once more, if `beyond` says along which of them more than a limit is foreseen.
    pub fn once_more(&mut self, tolerance: f64, beyond: impl Fn(f64) -> Vec<bool>) -> Vec<bool> {
        let mut looked = beyond(FAR * tolerance);
        if looked.contains(&true) {
            looked = beyond(NEAR * tolerance);
            join(&mut self.second, &looked);
        }
        looked
    }

    /// What the next product may have along the blocks before the one multiplied last, in each draw, if its coefficients are
    /// those of this one: `diagonal` and `within` those of the block multiplied last, which leads to one with `left` along
    /// the basis. None where a direction was dropped.
    pub fn ahead(
        &self,
        projected: &Matrix,
        diagonal: &Matrix,
        within: &Matrix,
        inverse: &Matrix,
        left: &[Matrix],
    ) -> Vec<Matrix> {
        if within.nrows() != within.ncols() {
            return Vec::new();
        }
        let size = projected.nrows();
        let draws = left.iter().zip(&self.now);
        let draw = |(left, now): (&Matrix, &Matrix)| {
            let far = left.subrows(0, size);
            (projected * far - far * diagonal - now * within.transpose()) * inverse
        };
        draws.map(draw).collect()
    }

    /// Plans what to look at with the next product, if `beyond` says along which blocks more than a limit is foreseen of it.
    pub fn plan(&mut self, tolerance: f64, beyond: impl Fn(f64) -> Vec<bool>) {
        self.planned = std::mem::take(&mut self.second);
        if beyond(NEAR * tolerance).contains(&true) {
            self.second = beyond(NEARLY * tolerance);
            join(&mut self.planned, &self.second);
        }
    }

    /// Goes on to the next block, which has this along all before it in each draw; further columns have nothing along them.
    pub fn step(&mut self, along: &[Matrix], columns: usize) {
        let wider = |along: &Matrix| {
            let entry = |i, j| if j < along.ncols() { along[(i, j)] } else { 0.0 };
            Matrix::from_fn(along.nrows(), columns, entry)
        };
        self.before = std::mem::replace(&mut self.now, along.iter().map(wider).collect());
    }
}

/// Adds the blocks of the other list.
fn join(blocks: &mut Vec<bool>, others: &[bool]) {
    blocks.resize(blocks.len().max(others.len()), false);
    blocks
        .iter_mut()
        .zip(others)
        .for_each(|(block, other)| *block |= other);
}

#[cfg(test)]
mod tests {
    use super::Drift;
    use crate::krylov::Krylov;
    use crate::{Block, ColumnBlock, DiagonalOperator, Matrix, orthogonality_defect};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Spectra with and without values that stand alone, towards which vectors drift fastest.
    fn operators() -> Vec<DiagonalOperator> {
        let bulk = |i: usize| (i as f64 * 0.37).sin();
        let spiked = |i: usize| if i < 4 { 5.0 + 4.0 * i as f64 } else { bulk(i) };
        vec![
            DiagonalOperator::new((0..600).map(bulk).collect()),
            DiagonalOperator::new((0..600).map(spiked).collect()),
        ]
    }

    /// Vectors have along each other about what is foreseen, rounding apart (sweeps let them drift 32 times as far), and
    /// never so much that it counts; and some have more than rounding, or nothing would have been saved.
    #[test]
    fn vectors_drift_no_farther_than_foreseen() {
        let mut farthest: f64 = 0.0;
        for operator in operators() {
            for width in [1, 3] {
                let mut krylov = Krylov::new(&operator, width, ChaCha8Rng::seed_from_u64(5));
                for step in 0..48 {
                    assert!(krylov.advance().is_ok());
                    let basis: Vec<&ColumnBlock> = krylov.basis.iter().collect();
                    let gram = ColumnBlock::gram(&basis, krylov.next.as_ref().unwrap());
                    let foreseen = krylov.drift.now.iter().map(Matrix::norm_max).fold(0.0, f64::max);
                    let is = gram.norm_max();
                    assert!(
                        is <= 4.0 * foreseen + 32.0 * f64::EPSILON,
                        "width {width}, step {step}: {is:e} beyond {foreseen:e}"
                    );
                    farthest = farthest.max(gram.norm_max());
                }
            }
        }
        assert!(
            farthest > 64.0 * f64::EPSILON && farthest < f64::EPSILON.sqrt(),
            "{farthest:e}"
        );
    }

    /// Drift grows from two blocks in a row: the product after one that was looked at is looked at too, along the same blocks.
    #[test]
    fn two_products_in_a_row_are_looked_at() {
        let nothing = |_| vec![false; 4];
        let mut drift = Drift::none(4, 1);
        let foreseen = [100.0, 1.0, 10.0, 40.0];
        let beyond = |limit| foreseen.iter().map(|&is| is > limit).collect();
        drift.plan(1.0, beyond);
        assert_eq!(drift.planned(5), [true, false, true, true, false]);
        drift.plan(1.0, nothing);
        assert_eq!(drift.planned(5), [true, false, true, true, false]);
        drift.plan(1.0, nothing);
        assert_eq!(drift.planned(5), [false; 5]);
        // What is on its way only is left alone.
        drift.plan(10.0, beyond);
        assert_eq!(drift.planned(4), [false; 4]);
        // What was not foreseen in time is looked at once more at once, and with the next product.
        assert_eq!(drift.once_more(1.0, beyond), [true, false, false, true]);
        drift.plan(1.0, nothing);
        assert_eq!(drift.planned(4), [true, false, false, true]);
        drift.plan(1.0, nothing);
        assert_eq!(drift.planned(4), [false; 4]);
    }

    /// A restart makes an orthonormal basis of one that has drifted.
    #[test]
    fn what_has_drifted_is_straightened() {
        for operator in operators() {
            let mut krylov = Krylov::new(&operator, 1, ChaCha8Rng::seed_from_u64(6));
            for _ in 0..30 {
                assert!(krylov.advance().is_ok());
            }
            let basis: Vec<&ColumnBlock> = krylov.basis.iter().collect();
            let drifted = orthogonality_defect(&basis);
            let straight = ColumnBlock::combine(&basis, &krylov.straightened().0);
            let defect = orthogonality_defect(&[&straight]);
            assert!(defect < 1e-14 && drifted > 2.0 * defect, "{drifted:e} {defect:e}");
        }
    }
}
