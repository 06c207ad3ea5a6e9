//! How far a new block of a Lanczos basis may be from orthogonal to the blocks before.

use crate::Matrix;

/// Bounds of what the newest blocks of a basis V have along the blocks before them.
///
/// A product H V_j = V·along + Q·R makes VᵀQ·R = (HV)ᵀV_j − VᵀV·along, and HV is V·T but for the block that comes next.
/// So what the block V_j and the one before it have along V (Ω, without the ones on the diagonal) says what Q will have:
/// Ω⁺ R = T Ω_j − Ω_j A − Ω_{j−1} B, with A and B what `along` has along these two blocks (Simon 1984), and rounding, of
/// which each product has some. Here all terms are taken by their sizes, so that none can hide another.
/// Only what may have grown to be more than rounding must be measured and subtracted: partial reorthogonalisation.
pub(crate) struct Drift {
    /// What the block multiplied last may have along the blocks before it: `[vectors before it, its columns]`.
    now: Matrix,
    /// The same for the block before it; of no columns at a start.
    before: Matrix,
}

impl Drift {
    /// A block of so many columns that is orthogonal to `size` vectors.
    pub fn none(size: usize, columns: usize) -> Self {
        Self {
            now: Matrix::zeros(size, columns),
            before: Matrix::zeros(size, 0),
        }
    }

    /// Ω⁺, `[size, columns of Q]`, for `projected` = T without the block just multiplied, `along` with it, `inverse` = R⁻¹
    /// and what `rounding` adds to a product along each vector. Beside the newest two blocks, which the first sweep of a
    /// step has measured, there is nothing else.
    pub fn foreseen(&self, projected: &Matrix, along: &Matrix, inverse: &Matrix, rounding: f64) -> Matrix {
        let (size, columns, old) = (self.now.nrows(), self.now.ncols(), self.before.ncols());
        let first = size - old;
        let sum = |i: usize, j: usize| {
            if i >= first {
                return rounding;
            }
            let own = |k: usize| if k == j { projected[(i, i)] } else { 0.0 } - along[(size + k, j)];
            let own = (0..columns).map(|k| own(k).abs() * self.now[(i, k)]);
            let others = (0..size).filter(|&k| k != i);
            let others = others.map(|k| projected[(i, k)].abs() * self.now[(k, j)]);
            let before = (0..old).map(|k| self.before[(i, k)] * along[(first + k, j)].abs());
            rounding + own.sum::<f64>() + others.sum::<f64>() + before.sum::<f64>()
        };
        let sizes = Matrix::from_fn(inverse.nrows(), inverse.ncols(), |i, j| inverse[(i, j)].abs());
        Matrix::from_fn(size + columns, columns, sum) * sizes
    }

    /// Goes on to the next block, which has this along all before it; further columns have nothing along them.
    pub fn step(&mut self, along: &Matrix, columns: usize) {
        let entry = |i, j| if j < along.ncols() { along[(i, j)] } else { 0.0 };
        let wider = Matrix::from_fn(along.nrows(), columns, entry);
        self.before = std::mem::replace(&mut self.now, wider);
    }
}

#[cfg(test)]
mod tests {
    use crate::krylov::Krylov;
    use crate::{Block, ColumnBlock, DiagonalOperator, orthogonality_defect};
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

    /// Vectors have along each other what the bounds say, rounding apart (sweeps let them drift 32 times as far); and some
    /// have more than that, or nothing would have been saved.
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
                    let bounds = &krylov.drift.now;
                    for j in 0..gram.ncols() {
                        for i in 0..gram.nrows() {
                            let (is, bound) = (gram[(i, j)].abs(), bounds[(i, j)] + 32.0 * f64::EPSILON);
                            assert!(is <= bound, "width {width}, step {step}: {is:e} beyond {bound:e}");
                        }
                    }
                    farthest = farthest.max(gram.norm_max());
                }
            }
        }
        assert!(farthest > 64.0 * f64::EPSILON, "{farthest:e}");
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
