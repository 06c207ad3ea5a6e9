//! What is kept of a basis when it is made smaller.

use super::Krylov;
use crate::drift::Drift;
use crate::ritz::Ritz;
use crate::{Block, Matrix, SelfAdjoint, orthonormalise};

impl<A: SelfAdjoint> Krylov<'_, A> {
    /// Keeps only the chosen Ritz vectors and the next block: a thick restart (Wu and Simon 2000).
    pub fn restart(&mut self, ritz: &Ritz, chosen: &[usize]) {
        self.coupling = ritz.last(&self.coupling, chosen);
        self.restarted = true;
        self.keep(ritz, chosen);
        self.drift = Drift::none(self.size(), self.ahead());
    }

    /// Keeps only the chosen Ritz vectors, and nothing that would lead on from them.
    ///
    /// What the products of the chosen vectors have beside them lies along the block that is handed back, but for what a
    /// fresh start had given up: then nobody knows, and there is none.
    pub fn settle(&mut self, ritz: &Ritz, chosen: &[usize]) -> Option<A::Block> {
        self.keep(ritz, chosen);
        self.coupling = Matrix::zeros(0, chosen.len());
        self.next.take().filter(|_| self.starts == 1)
    }

    /// The chosen Ritz vectors as one block, and nothing else of the basis.
    ///
    /// Each restart has rounded the vectors that it kept, and over many that adds up: these are straightened once more, or
    /// made orthonormal anew where that would not do, so that no pair is told twice.
    pub fn finish(&mut self, ritz: &Ritz, chosen: &[usize]) -> A::Block {
        self.settle(ritz, chosen);
        self.straight = 0;
        let (turn, _) = self.straightened();
        let basis = std::mem::take(&mut self.basis);
        let blocks: Vec<&A::Block> = basis.iter().collect();
        let unit = Matrix::identity(chosen.len(), chosen.len());
        // What is left then is the square of what vectors had along each other.
        if (&turn - &unit).norm_max() < self.operator.round_off().sqrt() {
            return A::Block::combine(&blocks, &turn);
        }
        let split = orthonormalise(&[], A::Block::combine(&blocks, &unit), 0.0, 0.0);
        split.block.expect("Ritz vectors are independent")
    }

    /// Keeps only these vectors of those that were settled on.
    pub fn narrow(&mut self, columns: &[usize]) {
        let size = self.size();
        let choice = Matrix::from_fn(size, columns.len(), |i, j| f64::from(u8::from(i == columns[j])));
        self.basis = A::Block::condense(std::mem::take(&mut self.basis), &choice);
        self.straight = columns.len();
        let projected = &self.projected;
        self.projected = Matrix::from_fn(columns.len(), columns.len(), |i, j| {
            projected[(columns[i], columns[j])]
        });
        self.coupling = Matrix::zeros(0, columns.len());
    }

    /// Goes on from random vectors beside those that were kept; the squares of what these have beside them add up to this.
    pub fn start_afresh(&mut self, given_up: f64) {
        self.starts += 1;
        self.given_up += given_up;
        self.complete(None);
        self.drift = Drift::none(self.size(), self.ahead());
    }

    /// Keeps the chosen Ritz vectors and what comes next, straightened: they are orthonormal to rounding, for the
    /// coefficients are, in f64, and the rounding of a vector has no direction.
    fn keep(&mut self, ritz: &Ritz, chosen: &[usize]) {
        let (turn, last) = self.straightened();
        if let Some(next) = self.next.take() {
            let all: Vec<&A::Block> = self.basis.iter().chain([&next]).collect();
            self.next = Some(A::Block::combine(&all, &last));
        }
        let coefficients = turn * ritz.coefficients(chosen);
        self.basis = A::Block::condense(std::mem::take(&mut self.basis), &coefficients);
        self.straight = chosen.len();
        self.unit = None;
        let value = |i: usize, j: usize| if i == j { ritz.values[chosen[i]] } else { 0.0 };
        self.projected = Matrix::from_fn(chosen.len(), chosen.len(), value);
    }

    /// The columns of L⁻¹, those of V and those of the block that comes next, where [V, next] = N L with N orthonormal and
    /// L upper triangular, to second order in what the vectors have along each other.
    ///
    /// A basis that has drifted a little has the Lanczos coefficients of N (Simon 1984): `projected` is NᵀHN.
    pub fn straightened(&self) -> (Matrix, Matrix) {
        let all: Vec<&A::Block> = self.basis.iter().chain(&self.next).collect();
        let (mut first, mut blocks) = (0, 0);
        while first < self.straight {
            first += all[blocks].columns();
            blocks += 1;
        }
        let (size, count) = (self.size(), self.size() + self.ahead());
        let mut turn = Matrix::identity(count, count);
        if blocks < all.len() {
            let gram = A::Block::grams(&all, &all[blocks..]);
            for j in first..count {
                for i in 0..j {
                    turn[(i, j)] = -gram[(i, j - first)];
                }
                turn[(j, j)] = 1.5 - 0.5 * gram[(j, j - first)];
            }
        }
        let last = turn.subcols(size, count - size).to_owned();
        (turn.submatrix(0, 0, size, size).to_owned(), last)
    }
}

#[cfg(test)]
mod tests {
    use super::Krylov;
    use crate::{ColumnBlock, DiagonalOperator, Matrix, orthogonality_defect};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// Vectors that have drifted a little, and three of which the third is nearly the first.
    #[test]
    fn pairs_are_orthonormal_whatever_became_of_the_basis() {
        let operator = DiagonalOperator::new(vec![4.0, 3.0, 2.0, 1.0]);
        for along in [1e-12, 1e-9, 1e-4, 0.5, 1.0 - 1e-9] {
            let mut krylov = Krylov::new(&operator, 1, ChaCha8Rng::seed_from_u64(0));
            let beside = (1.0f64 - along * along).sqrt();
            let columns = [
                [1.0, 0.0, 0.0, 0.0],
                [along, beside, 0.0, 0.0],
                [along, 0.0, beside, 0.0],
            ];
            krylov.basis = columns
                .iter()
                .map(|column| ColumnBlock::from_columns(4, &[column.to_vec()]))
                .collect();
            krylov.next = None;
            krylov.projected = Matrix::from_fn(3, 3, |i, j| if i == j { i as f64 } else { 0.0 });
            krylov.coupling = Matrix::zeros(0, 3);
            let ritz = krylov.ritz();
            let found = krylov.finish(&ritz, &[2, 1, 0]);
            let defect = orthogonality_defect(&[&found]);
            assert!(defect < 4e-15, "{along}: {defect:e}");
        }
    }
}
