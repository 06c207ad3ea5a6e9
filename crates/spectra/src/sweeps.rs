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
    within: Matrix,
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
    /// often as for that.
    ///
    /// `unit` is VᵀV − I of the last block but one, where that is known, and becomes that of the last one. What is short
    /// beside W would drown in the lengths of vectors that are one only up to the rounding of their numbers.
    pub fn project_recent(&mut self, recent: usize, unit: &mut Option<Matrix>) -> Projection<'a, B> {
        let behind = self.basis.len() - recent;
        let chosen: Vec<bool> = (0..self.basis.len()).map(|i| i >= behind).collect();
        let both = self.with_own(&chosen);
        // The last block and W beside all: the rest of VᵀV is known from the step before, or the identity.
        let gram = B::grams(&both, &both[recent - 1..]);
        let columns = self.within.ncols();
        let vectors = gram.nrows() - columns;
        let last = gram.ncols() - columns;
        let first = vectors - last;
        let known = unit.take().filter(|unit| unit.nrows() == first);
        let drift = Matrix::from_fn(vectors, vectors, |i, j| match (i.min(j), i.max(j)) {
            (far, near) if near < first => known.as_ref().map_or(0.0, |unit| unit[(far, near)]),
            (far, near) => gram[(far, near - first)] - f64::from(u8::from(i == j)),
        });
        *unit = Some(drift.submatrix(first, first, last, last).to_owned());
        let lengths = (0..columns)
            .map(|j| gram[(vectors + j, last + j)].sqrt())
            .collect();
        let raw = gram.submatrix(0, last, vectors, columns);
        let along = raw - &drift * raw;
        let own = gram.submatrix(vectors, last, columns, columns);
        let left = own - raw.transpose() * &along - along.transpose() * raw
            + along.transpose() * (&along + &drift * &along);
        let places: Vec<usize> = (self.along.nrows() - vectors..self.along.nrows()).collect();
        self.note(&places, &along);
        Projection {
            lengths,
            blocks: self.basis[behind..].to_vec(),
            along,
            spectrum: spectrum_of(&left),
        }
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

    /// Which blocks of the basis the block may have more than `limit` along still.
    pub fn beyond(&self, limit: f64) -> Vec<bool> {
        let mut place = 0;
        let more = |block: &&B| {
            let rows = |left: &Matrix| left.subrows(place, block.columns()).to_owned();
            // Not finite is more than any limit.
            let far = |rows: Matrix| rows.norm_max() > limit || !rows.is_all_finite();
            let beyond = self.left.iter().map(rows).any(far);
            place += block.columns();
            beyond
        };
        self.basis.iter().map(more).collect()
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
