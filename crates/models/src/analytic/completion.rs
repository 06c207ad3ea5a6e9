//! Matrix completion.

use super::critical::critical_point;
use super::planted::{between_one_and, normal_start, orthonormal, planted_minimum, planted_values, scaled};
use super::runs::{
    HessianAt, alone, by_rows, flat, in_turns, matrices, only, row_sums, together, totals, transposed,
};
use crate::{Curvature, Device, Directions, Known, Objective, Point, Points, Problem, Seed, Slope, Slopes};
use crate::{Space, download};
use burn::tensor::Tensor;
use rand::RngExt;
use spectra::{Matrix, eigenvalues};

/// f(U) = ½‖P_Ω(UUᵀ − M)‖² + λΣᵢ(‖Uᵢ‖ − α)₊⁴ for U `[d, r]` with rows Uᵢ and a planted M ⪰ 0 of rank at most r: matrix
/// completion (Ge, Lee & Ma 2016).
///
/// Each pair {i, j}, i ≤ j, is observed with probability p, and then both entries are. The gradient is 2P_Ω(UUᵀ − M)U,
/// plus 4λ(‖Uᵢ‖ − α)₊³Uᵢ/‖Uᵢ‖ in row i. If M is incoherent and p is above a multiple of some power of r, μ and log d over
/// d, all minima have UUᵀ = M, and all saddles are strict.
///
/// Residuals are `[d, d]` for each run: 4·s·d²·r operations for values and gradients of s runs.
///
/// ```
/// use models::analytic::MatrixCompletion;
/// use models::{Device, Objective, Precision, Seed};
/// let device = Device::cpu(Precision::F64);
/// let problem = MatrixCompletion::planted_at_random(&[2.0, 1.0], 30, 0.5, Seed(1), &device).unwrap();
/// assert!(problem.undetermined().is_none() && problem.value(&problem.planted()) < 1e-28);
/// ```
#[derive(Clone, Debug)]
pub struct MatrixCompletion {
    space: Space,
    /// 1 where an entry is observed, 0 elsewhere, `[1, d, d]`.
    observed: Tensor<3>,
    /// P_Ω(M) `[1, d, d]`.
    entries: Tensor<3>,
    probability: f64,
    /// How many entries of each row are observed.
    counts: Vec<usize>,
    /// U with UUᵀ = M `[d, r]`.
    planted: Matrix,
    incoherence: f64,
    regulariser: Regulariser,
}

/// λΣ(‖Uᵢ‖ − α)₊⁴ over the rows of a factor: it keeps rows from growing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regulariser {
    /// α: rows that are no longer cost nothing.
    pub bound: f64,
    /// λ.
    pub weight: f64,
}

impl MatrixCompletion {
    /// M = V·diag(λ)·Vᵀ `[d, d]` for a factor with as many columns as eigenvalues λ ≥ 0 are given, observed with
    /// probability p. The streams are `planted matrix` and `observations`.
    ///
    /// The regulariser has α = 2·maxᵢ‖Uᵢ‖ of the planted factor, so that it vanishes there, and λ = p·d/(μr): the theory
    /// says how these scale, not which they are.
    pub fn planted_at_random(
        planted: &[f64],
        d: usize,
        probability: f64,
        seed: Seed,
        device: &Device,
    ) -> Result<Self, Problem> {
        planted_values("planted", planted)?;
        between_one_and("planted values", planted.len(), d, "the dimension of the matrix")?;
        if !(probability > 0.0 && probability <= 1.0) {
            let complaint = format!("is {probability}: it must lie in (0, 1]");
            return Err(Problem::new("probability", complaint));
        }
        let rank = planted.len();
        let roots: Vec<f64> = planted.iter().map(|x| x.sqrt()).collect();
        let vectors = orthonormal(&mut seed.stream("planted matrix"), d, rank);
        let factor = scaled(&vectors, &roots);
        let positive: Vec<f64> = planted.iter().map(|x| f64::from(u8::from(*x > 0.0))).collect();
        let incoherence =
            d as f64 / positive.iter().sum::<f64>() * longest_row(&scaled(&vectors, &positive)).powi(2);
        let mut stream = seed.stream("observations");
        let mut observed = Matrix::zeros(d, d);
        for i in 0..d {
            for j in i..d {
                let seen = f64::from(u8::from(stream.random::<f64>() < probability));
                (observed[(i, j)], observed[(j, i)]) = (seen, seen);
            }
        }
        let matrix = &factor * factor.transpose();
        let entries = Matrix::from_fn(d, d, |i, j| matrix[(i, j)] * observed[(i, j)]);
        let count = |i: usize| (0..d).filter(|&j| observed[(i, j)] > 0.0).count();
        Ok(MatrixCompletion {
            space: Space::new([("factor".to_string(), vec![d, rank])], device.clone()),
            counts: (0..d).map(count).collect(),
            observed: device.upload(by_rows(&observed), [1, d, d]),
            entries: device.upload(by_rows(&entries), [1, d, d]),
            regulariser: Regulariser {
                bound: 2.0 * longest_row(&factor),
                weight: probability * d as f64 / (incoherence * rank as f64),
            },
            planted: factor,
            probability,
            incoherence,
        })
    }

    /// The same problem with another regulariser: α > 0 and λ ≥ 0.
    pub fn with_regulariser(self, regulariser: Regulariser) -> Result<Self, Problem> {
        let Regulariser { bound, weight } = regulariser;
        if !(bound > 0.0 && bound.is_finite()) {
            let complaint = format!("is {bound}: it must be positive and finite");
            return Err(Problem::new("regulariser.bound", complaint));
        }
        if !(weight >= 0.0 && weight.is_finite()) {
            let complaint = format!("is {weight}: it must be finite and not negative");
            return Err(Problem::new("regulariser.weight", complaint));
        }
        Ok(MatrixCompletion { regulariser, ..self })
    }

    /// The factor U of M = UUᵀ. The value there is 0 unless the regulariser has been changed.
    pub fn planted(&self) -> Point {
        Point::from_host(by_rows(&self.planted), &self.space.device)
    }

    /// ‖UᵢUᵢᵀ − M‖/‖M‖ of each point, over all entries, observed or not.
    pub fn errors(&self, at: &Points) -> Vec<f64> {
        let matrix = by_rows(&(&self.planted * self.planted.transpose()));
        let d = self.planted.nrows();
        let matrix = self.space.device.upload(matrix, [1, d, d]);
        let size = totals(&row_sums(matrix.clone() * matrix.clone()))[0];
        let squares = in_turns(at.tensor(), d * d, |rows| {
            let u = self.factors(&rows);
            let off = u.clone().matmul(transposed(&u)) - matrix.clone();
            totals(&row_sums(off.clone() * off))
        });
        let squares = squares.into_iter().flatten();
        squares.map(|square| (square / size).sqrt()).collect()
    }

    /// μ = (d/r)·maxᵢ‖Vᵢ‖² of the rows of M's eigenvectors V `[d, r]`: from 1, where all rows are as long, to d/r.
    pub fn incoherence(&self) -> f64 {
        self.incoherence
    }

    /// The regulariser.
    pub fn regulariser(&self) -> Regulariser {
        self.regulariser
    }

    /// ln d / d: with a smaller probability rows without any observed entry are to be expected (the coupon collector's
    /// limit), and M is not determined. Theorems ask for more, by factors of the rank, the incoherence and ln d.
    ///
    /// ```
    /// assert!((models::analytic::MatrixCompletion::coupon_limit(100) - 0.046).abs() < 1e-3);
    /// ```
    pub fn coupon_limit(d: usize) -> f64 {
        (d as f64).ln() / d as f64
    }

    /// Why M cannot be found, if some row has fewer than r observed entries: that row of U, r numbers, is then free.
    ///
    /// Rows without any are to be expected below the [limit](Self::coupon_limit).
    pub fn undetermined(&self) -> Option<Problem> {
        let rank = self.planted.ncols();
        let (row, count) = self.counts.iter().enumerate().find(|(_, count)| **count < rank)?;
        let complaint = format!(
            "is {}: row {row} has {count} observed entries, and its {rank} unknowns need as many",
            self.probability
        );
        Some(Problem::new("probability", complaint))
    }

    /// Σ over observed (i, j) of JᵢⱼJᵢⱼᵀ with Jᵢⱼ = eᵢ⊗Uⱼ + eⱼ⊗Uᵢ, the gradient of (UUᵀ)ᵢⱼ: the Hessian `[d·r, d·r]` at the
    /// planted factor U, where all residuals vanish and no row is long.
    fn planted_hessian(&self) -> Matrix {
        let (d, rank, u) = (self.planted.nrows(), self.planted.ncols(), &self.planted);
        let observed = download(&self.observed);
        let mut sum = Matrix::zeros(d * rank, d * rank);
        for (i, j) in (0..d * d)
            .map(|k| (k / d, k % d))
            .filter(|(i, j)| observed[i * d + j] > 0.0)
        {
            for ((at, of), (to, by)) in [
                ((i, j), (i, j)),
                ((i, j), (j, i)),
                ((j, i), (i, j)),
                ((j, i), (j, i)),
            ] {
                for (a, b) in (0..rank * rank).map(|k| (k / rank, k % rank)) {
                    sum[(at * rank + a, to * rank + b)] += u[(of, a)] * u[(by, b)];
                }
            }
        }
        sum
    }

    fn factors(&self, rows: &Tensor<2>) -> Tensor<3> {
        matrices(rows, 0, [self.planted.nrows(), self.planted.ncols()])
    }

    /// P_Ω(UUᵀ − M).
    fn residual(&self, u: &Tensor<3>) -> Tensor<3> {
        u.clone().matmul(transposed(u)) * self.observed.clone() - self.entries.clone()
    }

    /// For each row ‖Uᵢ‖, at least α so that one can divide by it, and (‖Uᵢ‖ − α)₊: `[s, d, 1]`.
    fn excess(&self, u: &Tensor<3>) -> (Tensor<3>, Tensor<3>) {
        let bound = self.regulariser.bound;
        let lengths = (u.clone() * u.clone()).sum_dim(2).sqrt().clamp_min(bound);
        (lengths.clone(), lengths.sub_scalar(bound))
    }

    /// Slopes 4λ(‖Uᵢ‖ − α)₊³/‖Uᵢ‖ of the regulariser, `[s, d, 1]`.
    fn pull(&self, lengths: &Tensor<3>, excess: &Tensor<3>) -> Tensor<3> {
        let cube = excess.clone() * excess.clone() * excess.clone();
        (cube / lengths.clone()).mul_scalar(4.0 * self.regulariser.weight)
    }

    fn values_of(&self, residual: &Tensor<3>, excess: &Tensor<3>) -> Vec<f64> {
        let squares = row_sums(residual.clone() * residual.clone()).mul_scalar(0.5);
        let square = excess.clone() * excess.clone();
        let fourth = row_sums(square.clone() * square).mul_scalar(self.regulariser.weight);
        totals(&(squares + fourth))
    }
}

fn longest_row(matrix: &Matrix) -> f64 {
    let rows = (0..matrix.nrows()).map(|i| matrix.row(i).norm_l2());
    rows.fold(0.0, f64::max)
}

impl Objective for MatrixCompletion {
    fn space(&self) -> &Space {
        &self.space
    }

    /// Independent normal entries of variance tr M/(d·r).
    fn start(&self, seed: Seed) -> Point {
        let p = self.space.dimension;
        let std = (self.planted.squared_norm_l2() / p as f64).sqrt();
        normal_start(seed, std, p, &self.space.device)
    }

    fn value(&self, at: &Point) -> f64 {
        self.values(&alone(at))[0]
    }

    fn slope(&self, at: &Point) -> Slope {
        only(self.slopes(&alone(at)))
    }

    fn values(&self, at: &Points) -> Vec<f64> {
        let values = in_turns(at.tensor(), self.planted.nrows().pow(2), |rows| {
            let u = self.factors(&rows);
            self.values_of(&self.residual(&u), &self.excess(&u).1)
        });
        values.concat()
    }

    fn slopes(&self, at: &Points) -> Slopes {
        together(in_turns(at.tensor(), self.planted.nrows().pow(2), |rows| {
            let u = self.factors(&rows);
            let residual = self.residual(&u);
            let (lengths, excess) = self.excess(&u);
            let pull = self.pull(&lengths, &excess);
            let gradients = residual.clone().matmul(u.clone()).mul_scalar(2.0) + u * pull;
            Slopes {
                values: self.values_of(&residual, &excess),
                gradients: Directions::new(flat(gradients)),
            }
        }))
    }

    fn linearise<'a>(&'a self, at: &Point) -> Box<dyn Curvature + 'a> {
        let u = self.factors(alone(at).tensor());
        let residual = self.residual(&u);
        let (lengths, excess) = self.excess(&u);
        let pull = self.pull(&lengths, &excess);
        // The regulariser's Hessian in a row is c·I + e·UᵢUᵢᵀ with c its pull.
        let bend = (excess.clone() * excess).mul_scalar(12.0 * self.regulariser.weight);
        let along = (bend - pull.clone()) / (lengths.clone() * lengths);
        let times = move |rows: Tensor<2>| {
            let parts = in_turns(&rows, self.planted.nrows().pow(2), |rows| {
                let v = self.factors(&rows);
                let moved = v.clone().matmul(transposed(&u));
                let moved = (moved.clone() + transposed(&moved)) * self.observed.clone();
                let product = moved.matmul(u.clone()) + residual.clone().matmul(v.clone());
                let inner = (v.clone() * u.clone()).sum_dim(2) * along.clone();
                flat(product.mul_scalar(2.0) + v * pull.clone() + u.clone() * inner)
            });
            Tensor::cat(parts, 0)
        };
        Box::new(HessianAt {
            slope: self.slope(at),
            times: Box::new(times),
        })
    }

    /// The bound 0, which is the least value unless the regulariser reaches the planted factor; the origin, where the Hessian
    /// has the eigenvalues of −2P_Ω(M), each r times; and, up to 1,000 parameters, the planted factor.
    fn known(&self) -> Known {
        let (d, rank) = (self.planted.nrows(), self.planted.ncols());
        let entries = download(&self.entries);
        let values = eigenvalues(&Matrix::from_fn(d, d, |i, j| -2.0 * entries[i * d + j])).into_iter();
        let spectrum = values.flat_map(|x| std::iter::repeat_n(x, rank)).collect();
        let value = 0.5 * entries.iter().map(|x| x * x).sum::<f64>();
        let origin = critical_point(vec![0.0; d * rank], value, spectrum, value == 0.0);
        let free = self.regulariser.weight == 0.0 || longest_row(&self.planted) < self.regulariser.bound;
        let minimum = free
            .then(|| planted_minimum(&self.planted, || self.planted_hessian()))
            .flatten();
        Known {
            at_least: Some(0.0),
            critical: [origin].into_iter().chain(minimum).collect(),
            ..Known::default()
        }
    }
}
