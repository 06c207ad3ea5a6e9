//! Matrix sensing.

use super::critical::critical_point;
use super::planted::{
    at_least_one, between_one_and, normal, normal_start, orthonormal, planted_minimum, planted_values, scaled,
};
use super::runs::{HessianAt, alone, by_rows, flat, in_turns, matrices, only, together, totals, transposed};
use crate::{Curvature, Device, Directions, Known, Objective, Point, Points, Problem, Seed, Slope, Slopes};
use crate::{Space, download};
use burn::tensor::Tensor;
use rand::RngExt;
use spectra::{Matrix, eigenvalues};

/// f(U) = (1/2m)Σ(⟨Aᵢ, UUᵀ⟩ − bᵢ)² for U `[d, r]`, m symmetric Gaussian matrices Aᵢ and bᵢ = ⟨Aᵢ, M⟩ of a planted M ⪰ 0 of
/// rank at most r: matrix sensing (Bhojanapalli, Neyshabur & Srebro 2016).
///
/// Aᵢ = (G + Gᵀ)/2 with independent standard normal G, so that the mean of ⟨A, X⟩² is ‖X‖² for symmetric X, and that of f
/// is ½‖UUᵀ − M‖²: twice [`SymmetricFactorisation`](super::SymmetricFactorisation). With rᵢ = ⟨Aᵢ, UUᵀ⟩ − bᵢ the gradient
/// is (2/m)Σrᵢ·AᵢU. If the matrices keep the norms of all X of rank 2r up to a factor 1 ± δ with δ < 1/5, all minima are
/// global; δ < ½ is enough, and sharp (Zhang, Sojoudi & Lavaei 2019). Gaussian matrices do so for m of some d·r.
///
/// The Aᵢ are kept as `[m, d²]`. Values and gradients of s runs are products of `[s, d²]` with it: 4·s·m·d² operations.
///
/// ```
/// use models::analytic::MatrixSensing;
/// use models::{Device, Objective, Precision, Seed};
/// let device = Device::cpu(Precision::F64);
/// let problem = MatrixSensing::gaussian(&[2.0, 1.0], 6, 80, Seed(1), &device).unwrap();
/// assert!(problem.value(&problem.planted()) < 1e-28);
/// ```
#[derive(Clone, Debug)]
pub struct MatrixSensing {
    space: Space,
    /// A `[m, d²]`.
    measurements: Tensor<2>,
    /// b `[1, m]`.
    answers: Tensor<2>,
    /// U with UUᵀ = M `[d, r]`.
    planted: Matrix,
}

impl MatrixSensing {
    /// m measurements of M = V·diag(λ)·Vᵀ `[d, d]` by a factor with as many columns as eigenvalues λ ≥ 0 are given.
    /// The streams are `planted matrix` and `measurements`.
    pub fn gaussian(
        planted: &[f64],
        d: usize,
        m: usize,
        seed: Seed,
        device: &Device,
    ) -> Result<Self, Problem> {
        planted_values("planted", planted)?;
        between_one_and("planted values", planted.len(), d, "the dimension of the matrix")?;
        at_least_one("measurements", m)?;
        let rank = planted.len();
        let roots: Vec<f64> = planted.iter().map(|x| x.sqrt()).collect();
        let vectors = orthonormal(&mut seed.stream("planted matrix"), d, rank);
        let factor = scaled(&vectors, &roots);
        let matrix = by_rows(&(&factor * factor.transpose()));
        let mut stream = seed.stream("measurements");
        let mut numbers = Vec::with_capacity(m * d * d);
        let mut answers = Vec::with_capacity(m);
        for _ in 0..m {
            let one = normal(&mut stream, d, d);
            let start = numbers.len();
            numbers.extend((0..d * d).map(|k| 0.5 * (one[(k / d, k % d)] + one[(k % d, k / d)])));
            let products = numbers[start..].iter().zip(&matrix);
            answers.push(products.map(|(a, x)| a * x).sum());
        }
        Ok(MatrixSensing {
            space: Space::new([("factor".to_string(), vec![d, rank])], device.clone()),
            measurements: device.upload(numbers, [m, d * d]),
            answers: device.upload(answers, [1, m]),
            planted: factor,
        })
    }

    /// The factor U of M = UUᵀ: a global minimum, with value 0.
    pub fn planted(&self) -> Point {
        Point::from_host(by_rows(&self.planted), &self.space.device)
    }

    /// The number of columns r.
    pub fn rank(&self) -> usize {
        self.planted.ncols()
    }

    /// A lower bound of the restricted isometry constant δ of rank 2r, from random matrices.
    ///
    /// δ is the largest |(1/m)Σ⟨Aᵢ, X⟩² − 1| over all symmetric X of rank at most 2r with ‖X‖ = 1. Here it is the largest
    /// over `samples` random ones, P·diag(±1)·Pᵀ with Gaussian P, from the stream `isometry`. Finding δ itself is
    /// NP-hard: this number can refute a condition on δ, and never show that one holds.
    ///
    /// # Panics
    /// If there are no samples.
    pub fn sampled_rip(&self, samples: usize, seed: Seed) -> f64 {
        assert!(samples > 0, "a largest number of none");
        let (d, width) = (self.planted.nrows(), (2 * self.rank()).min(self.planted.nrows()));
        let mut stream = seed.stream("isometry");
        let mut numbers = Vec::with_capacity(samples * d * d);
        for _ in 0..samples {
            let sides = normal(&mut stream, d, width);
            let signs: Vec<f64> = (0..width)
                .map(|_| if stream.random() { 1.0 } else { -1.0 })
                .collect();
            let matrix = scaled(&sides, &signs) * sides.transpose();
            let size = matrix.norm_l2();
            numbers.extend(by_rows(&matrix).into_iter().map(|x| x / size));
        }
        let rows = self.space.device.upload(numbers, [samples, d * d]);
        let sizes = in_turns(&rows, d * d, |rows| {
            let products = rows.matmul(self.measurements.clone().transpose());
            totals(&(products.clone() * products))
        });
        let ratios = sizes.into_iter().flatten().map(|size| size / self.count() as f64);
        ratios.fold(0.0, |most, ratio| most.max((ratio - 1.0).abs()))
    }

    /// Γ = (1/m)ΣrᵢAᵢ on the host.
    pub(super) fn dual_matrix(&self, at: &Point) -> Matrix {
        let d = self.planted.nrows();
        let residuals = self.residuals(&self.factors(alone(at).tensor()));
        let sum = residuals.matmul(self.measurements.clone());
        let numbers = download(&sum.mul_scalar(1.0 / self.count() as f64));
        Matrix::from_fn(d, d, |i, j| numbers[i * d + j])
    }

    /// (1/m)Σgᵢgᵢᵀ with gᵢ = 2AᵢU, the Hessian `[d·r, d·r]` at the planted factor U, where all residuals vanish.
    fn planted_hessian(&self) -> Matrix {
        let (d, rank, m) = (self.planted.nrows(), self.rank(), self.count());
        let numbers = download(&self.measurements);
        let mut rows = Matrix::zeros(m, d * rank);
        for (i, numbers) in numbers.chunks(d * d).enumerate() {
            let one = 2.0 * Matrix::from_fn(d, d, |a, b| numbers[a * d + b]) * &self.planted;
            (0..d * rank).for_each(|k| rows[(i, k)] = one[(k / rank, k % rank)]);
        }
        let gram = rows.transpose() * &rows;
        Matrix::from_fn(d * rank, d * rank, |a, b| gram[(a, b)] / m as f64)
    }

    /// tr M.
    pub(super) fn planted_trace(&self) -> f64 {
        self.planted.squared_norm_l2()
    }

    /// The number of measurements m.
    fn count(&self) -> usize {
        self.measurements.dims()[0]
    }

    fn factors(&self, rows: &Tensor<2>) -> Tensor<3> {
        matrices(rows, 0, [self.planted.nrows(), self.rank()])
    }

    /// ⟨Aᵢ, UUᵀ⟩ − bᵢ `[s, m]`.
    fn residuals(&self, u: &Tensor<3>) -> Tensor<2> {
        let products = flat(u.clone().matmul(transposed(u)));
        products.matmul(self.measurements.clone().transpose()) - self.answers.clone()
    }

    /// Σcᵢ·Aᵢ for coefficients `[s, m]`, `[s, d, d]`.
    fn combined(&self, coefficients: Tensor<2>) -> Tensor<3> {
        let d = self.planted.nrows();
        let sums = coefficients.matmul(self.measurements.clone());
        let count = sums.dims()[0];
        sums.reshape([count, d, d])
    }

    fn values_of(&self, residuals: &Tensor<2>) -> Vec<f64> {
        let share = 0.5 / self.count() as f64;
        let squares = totals(&(residuals.clone() * residuals.clone()));
        squares.into_iter().map(|sum| share * sum).collect()
    }

    /// Numbers that a run needs on the way.
    fn numbers_of_each(&self) -> usize {
        self.planted.nrows().pow(2) + self.count()
    }
}

impl Objective for MatrixSensing {
    fn space(&self) -> &Space {
        &self.space
    }

    /// Independent normal entries of variance tr M/(d·r).
    fn start(&self, seed: Seed) -> Point {
        let p = self.space.dimension;
        let std = (self.planted_trace() / p as f64).sqrt();
        normal_start(seed, std, p, &self.space.device)
    }

    fn value(&self, at: &Point) -> f64 {
        self.values(&alone(at))[0]
    }

    fn slope(&self, at: &Point) -> Slope {
        only(self.slopes(&alone(at)))
    }

    fn values(&self, at: &Points) -> Vec<f64> {
        let values = in_turns(at.tensor(), self.numbers_of_each(), |rows| {
            self.values_of(&self.residuals(&self.factors(&rows)))
        });
        values.concat()
    }

    fn slopes(&self, at: &Points) -> Slopes {
        let scale = 2.0 / self.count() as f64;
        together(in_turns(at.tensor(), self.numbers_of_each(), |rows| {
            let u = self.factors(&rows);
            let residuals = self.residuals(&u);
            let gradients = self.combined(residuals.clone()).matmul(u).mul_scalar(scale);
            Slopes {
                values: self.values_of(&residuals),
                gradients: Directions::new(flat(gradients)),
            }
        }))
    }

    fn linearise<'a>(&'a self, at: &Point) -> Box<dyn Curvature + 'a> {
        let u = self.factors(alone(at).tensor());
        let bent = self.combined(self.residuals(&u));
        let times = move |rows: Tensor<2>| {
            let parts = in_turns(&rows, self.numbers_of_each(), |rows| {
                let v = self.factors(&rows);
                // ⟨A, UVᵀ + VUᵀ⟩ = 2⟨A, VUᵀ⟩ for a symmetric A.
                let moved = flat(v.clone().matmul(transposed(&u))).mul_scalar(2.0);
                let moved = moved.matmul(self.measurements.clone().transpose());
                let product = self.combined(moved).matmul(u.clone()) + bent.clone().matmul(v);
                flat(product.mul_scalar(2.0 / self.count() as f64))
            });
            Tensor::cat(parts, 0)
        };
        Box::new(HessianAt {
            slope: self.slope(at),
            times: Box::new(times),
        })
    }

    /// The least value 0; the origin, where the Hessian has the eigenvalues of −(2/m)ΣbᵢAᵢ, each r times; and, up to 1,000
    /// parameters, the planted factor U, where it is (1/m)Σgᵢgᵢᵀ with gᵢ = 2AᵢU.
    fn known(&self) -> Known {
        let origin = Point::from_host(vec![0.0; self.space.dimension], &self.space.device);
        let values = eigenvalues(&self.dual_matrix(&origin)).into_iter();
        let spectrum = values.flat_map(|x| std::iter::repeat_n(2.0 * x, self.rank()));
        let value = self.value(&origin);
        let point = critical_point(origin.to_host(), value, spectrum.collect(), value == 0.0);
        let minimum = planted_minimum(&self.planted, || self.planted_hessian());
        Known {
            at_least: Some(0.0),
            critical: [point].into_iter().chain(minimum).collect(),
            ..Known::default()
        }
    }
}
