//! Sweeps that take from a block what it has along a basis.

use crate::{Block, Eigen, Matrix, Orthonormal, eigen};

/// Two sweeps are enough for all but nearly dependent columns; each further one gains seven digits on those.
const MOST_SWEEPS: usize = 6;

/// Gram matrices know small eigenvalues only up to rounding; the next sweep, with unit columns, sees further.
const RESOLUTION: f64 = 1e-13;

/// The work in progress: original block = basis · along + block · within.
pub(crate) struct Split<'a, B> {
    basis: &'a [&'a B],
    /// None when no column is left.
    pub block: Option<B>,
    pub along: Matrix,
    pub within: Matrix,
    /// What `within` is multiplied with to give the identity.
    pub inverse: Matrix,
    /// What the block may have along the basis still, in each draw of [`Drift`](crate::drift::Drift); none without.
    pub left: Vec<Matrix>,
}

/// What one projection saw.
pub(crate) struct Projection<'a, B> {
    /// The lengths of the columns before it.
    pub lengths: Vec<f64>,
    /// The blocks of the basis along which something is to be subtracted.
    blocks: Vec<&'a B>,
    /// What lies along them, `[vectors of those blocks, columns]`.
    along: Matrix,
    /// The spectrum of the Gram matrix of what is left without that.
    spectrum: Eigen,
}

/// What a first projection leaves where it is.
pub(crate) struct Sides {
    /// What lies along blocks that were looked at and stays there, `[vectors of the basis, columns]`.
    pub stays: Matrix,
    /// What the last block of the basis and W have along a block beside the basis, one next to the other.
    pub beside: Matrix,
}

impl<B> Projection<'_, B> {
    /// Whether the columns are nearly orthonormal.
    fn nearly(&self) -> bool {
        self.spectrum
            .values
            .iter()
            .all(|value| (0.5..2.0).contains(value))
    }
}

impl<'a, B: Block> Split<'a, B> {
    pub fn new(basis: &'a [&'a B], block: B) -> Self {
        let vectors = basis.iter().map(|block| block.columns()).sum();
        let columns = block.columns();
        Self {
            basis,
            block: Some(block),
            along: Matrix::zeros(vectors, columns),
            within: Matrix::identity(columns, columns),
            inverse: Matrix::identity(columns, columns),
            left: Vec::new(),
        }
    }

    /// Measures what lies along the chosen blocks of the basis, and takes note of it but for blocks along which nothing
    /// lies that exceeds `negligible`.
    pub fn project(&mut self, chosen: &[bool], negligible: f64) -> Projection<'a, B> {
        let own = self.block.as_ref().expect("columns are left");
        let gram = B::gram(&self.with_own(chosen), own);
        let vectors = gram.nrows() - gram.ncols();
        let own = gram.subrows(vectors, gram.ncols());
        let lengths = (0..own.ncols()).map(|j| own[(j, j)].sqrt()).collect();
        let mut blocks = Vec::new();
        // The rows of what is subtracted, in this Gram matrix and in the whole basis.
        let mut rows = Vec::with_capacity(vectors);
        let (mut row, mut place) = (0, 0);
        for (&block, &looked) in self.basis.iter().zip(chosen) {
            let columns = block.columns();
            if looked {
                let subtracted = gram.subrows(row, columns).norm_max() > negligible;
                if subtracted {
                    blocks.push(block);
                    rows.extend((row..row + columns).zip(place..));
                }
                for i in 0..columns {
                    for j in 0..gram.ncols() {
                        let is = if subtracted { 0.0 } else { gram[(row + i, j)] };
                        self.left.iter_mut().for_each(|left| left[(place + i, j)] = is);
                    }
                }
                row += columns;
            }
            place += columns;
        }
        let along = Matrix::from_fn(rows.len(), gram.ncols(), |i, j| gram[(rows[i].0, j)]);
        let left = own.to_owned() - along.transpose() * &along;
        let places: Vec<usize> = rows.into_iter().map(|(_, place)| place).collect();
        self.note(&places, &along);
        Projection {
            lengths,
            blocks,
            along,
            spectrum: spectrum_of(&left),
        }
    }

    /// [`Split::project`] on the last `recent` blocks, whose vectors V may have drifted a little: along them lies
    /// (VᵀV)⁻¹VᵀW, where VᵀW alone would multiply what they have along each other at each step. The memory is read as
    /// often as for that. So it is with the other blocks that are `looked` at, among which the recent ones must be, for all
    /// that the last block has along them.
    ///
    /// `unit` is VᵀV − I of the last block but one, where that is known, and becomes that of the last one. What is short
    /// beside W would drown in the lengths of vectors that are one only up to the rounding of their numbers.
    ///
    /// Where what is left of W, made orthonormal, has no more than `negligible` along a block that is not recent, it stays
    /// there. What W and the last block have along a block `beside` the basis is measured with the rest.
    pub fn project_recent(
        &mut self,
        recent: usize,
        looked: &[bool],
        negligible: f64,
        unit: &mut Option<Matrix>,
        beside: Option<&'a B>,
    ) -> (Projection<'a, B>, Sides) {
        let all = self.with_own(looked);
        // The last block and W beside all: what else is in VᵀV is known from the step before, or the identity. Along other
        // blocks both recent ones may have drifted.
        let alone = all.len() == recent + 1;
        let measured = if alone { 1 } else { recent };
        let rows: Vec<&B> = all.iter().copied().chain(beside).collect();
        let gram = B::grams(&rows, &all[all.len() - 1 - measured..]);
        let columns = self.within.ncols();
        let outside = beside.map_or(0, Block::columns);
        let newest = columns + all[all.len() - 2].columns();
        let beside = gram
            .submatrix(gram.nrows() - outside, gram.ncols() - newest, outside, newest)
            .to_owned();
        let gram = gram.subrows(0, gram.nrows() - outside);
        let vectors = gram.nrows() - columns;
        let last = gram.ncols() - columns;
        let first = vectors - last;
        let known = unit.take().filter(|unit| alone && unit.nrows() == first);
        let drift = Matrix::from_fn(vectors, vectors, |i, j| match (i.min(j), i.max(j)) {
            (low, high) if high < first => known.as_ref().map_or(0.0, |unit| unit[(low, high)]),
            (low, high) => gram[(low, high - first)] - f64::from(u8::from(i == j)),
        });
        let newest = vectors - all[all.len() - 2].columns();
        let size = vectors - newest;
        *unit = Some(drift.submatrix(newest, newest, size, size).to_owned());
        let lengths = (0..columns)
            .map(|j| gram[(vectors + j, last + j)].sqrt())
            .collect();
        let raw = gram.submatrix(0, last, vectors, columns);
        let mut along = raw - &drift * raw;
        let own = gram.submatrix(vectors, last, columns, columns);
        let left = own - raw.transpose() * &along - along.transpose() * raw
            + along.transpose() * (&along + &drift * &along);
        let spectrum = spectrum_of(&left);
        // What is left becomes a block at most so many times as long.
        let least = spectrum.values.iter().copied().fold(f64::INFINITY, f64::min);
        let little = negligible * least.max(0.0).sqrt() / (columns as f64).sqrt();
        let mut places = Vec::with_capacity(vectors);
        let mut blocks = Vec::new();
        let mut stays = Matrix::zeros(self.along.nrows(), columns);
        let (mut place, mut row, behind) = (0, 0, self.basis.len() - recent);
        let mut kept = Vec::with_capacity(vectors);
        for (i, (&block, &looked)) in self.basis.iter().zip(looked).enumerate() {
            let size = block.columns();
            if looked {
                let found = along.subrows(row, size);
                if i < behind && found.norm_max() <= little {
                    stays.subrows_mut(place, size).copy_from(found);
                } else {
                    kept.extend(row..row + size);
                    places.extend(place..place + size);
                    blocks.push(block);
                }
                row += size;
            }
            place += size;
        }
        along = Matrix::from_fn(kept.len(), columns, |i, j| along[(kept[i], j)]);
        self.note(&places, &along);
        let sweep = Projection {
            lengths,
            blocks,
            along,
            spectrum,
        };
        (sweep, Sides { stays, beside })
    }

    /// The chosen blocks and the own one.
    fn with_own(&self, chosen: &[bool]) -> Vec<&B> {
        let looked = self
            .basis
            .iter()
            .copied()
            .zip(chosen)
            .filter(|(_, chosen)| **chosen);
        looked.map(|(block, _)| block).chain(&self.block).collect()
    }

    /// Takes note of what is subtracted along these vectors of the basis.
    fn note(&mut self, places: &[usize], along: &Matrix) {
        let more = along * &self.within;
        for (i, &place) in places.iter().enumerate() {
            for j in 0..more.ncols() {
                self.along[(place, j)] += more[(i, j)];
            }
        }
    }

    /// Sweeps over the chosen blocks until one finds no more to correct than rounding.
    pub fn correct(&mut self, chosen: &[bool], shortest: f64, negligible: f64) {
        for number in 2..=MOST_SWEEPS {
            let sweep = self.project(chosen, negligible);
            let unit = |value: &f64| (value - 1.0).abs() <= negligible;
            if sweep.blocks.is_empty() && sweep.spectrum.values.iter().all(unit) {
                return;
            }
            let least = (number == MOST_SWEEPS).then_some(0.5);
            if !self.whiten(&sweep, shortest, least) || sweep.nearly() {
                return;
            }
        }
    }

    pub fn done(self, lengths: Vec<f64>) -> Orthonormal<B> {
        Orthonormal {
            block: self
                .block
                .filter(|_| lengths.iter().all(|length| length.is_finite())),
            along: self.along,
            within: self.within,
            lengths,
        }
    }

    /// Subtracts what the `sweep` found and makes the columns orthonormal, as far as the spectrum of what is left can
    /// tell: one combination, rounded once.
    ///
    /// Drops directions shorter than `shortest`, and those whose eigenvalue is under `least`. Columns that are nearly
    /// orthonormal, and of which none is dropped, turn as little as possible (Löwdin):
    /// a block that was orthonormal stays what it was. False if no column is left.
    pub fn whiten(&mut self, sweep: &Projection<'a, B>, shortest: f64, least: Option<f64>) -> bool {
        let spectrum = &sweep.spectrum;
        let count = spectrum.values.len();
        let turn = &spectrum.vectors;
        let floor = RESOLUTION * sweep.lengths.iter().copied().fold(0.0, f64::max).powi(2);
        let roots: Vec<f64> = spectrum
            .values
            .iter()
            .map(|value| value.max(floor).sqrt())
            .collect();
        let stretch = Matrix::from_fn(count, count, |i, j| roots[i] * turn[(j, i)]);
        let rows = &stretch * &self.within;
        let length = |i: usize| {
            (0..rows.ncols())
                .map(|j| rows[(i, j)].powi(2))
                .sum::<f64>()
                .sqrt()
        };
        let lengths: Vec<f64> = (0..count).map(length).collect();
        let kept: Vec<usize> = (0..count)
            .filter(|&i| lengths[i] > shortest && least.is_none_or(|least| spectrum.values[i] >= least))
            .collect();
        if kept.is_empty() {
            self.within = Matrix::zeros(0, rows.ncols());
            self.block = None;
            return false;
        }
        let shrink = Matrix::from_fn(count, kept.len(), |i, j| turn[(i, kept[j])] / roots[kept[j]]);
        let (turned, within) = if sweep.nearly() && kept.len() == count {
            let back = Matrix::from_fn(count, count, |i, j| turn[(j, kept[i])]);
            let forth = Matrix::from_fn(count, count, |i, j| turn[(i, j)]);
            (&shrink * back, forth * rows)
        } else {
            let kept_rows = Matrix::from_fn(kept.len(), rows.ncols(), |i, j| rows[(kept[i], j)]);
            (shrink, kept_rows)
        };
        let minus = &sweep.along * &turned;
        let vectors = minus.nrows();
        let coefficients = Matrix::from_fn(vectors + count, turned.ncols(), |i, j| {
            if i < vectors {
                -minus[(i, j)]
            } else {
                turned[(i - vectors, j)]
            }
        });
        let all: Vec<&B> = sweep.blocks.iter().copied().chain(&self.block).collect();
        self.block = Some(B::combine(&all, &coefficients));
        self.within = within;
        self.inverse = &self.inverse * &turned;
        self.left.iter_mut().for_each(|left| *left = &*left * &turned);
        true
    }
}

/// The spectrum of a matrix that is symmetric but for rounding.
fn spectrum_of(matrix: &Matrix) -> Eigen {
    eigen(&Matrix::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        0.5 * (matrix[(i, j)] + matrix[(j, i)])
    }))
}
