//! Symmetric matrix factorisation.

use super::aligned::Beside;
use super::critical::critical_point;
use super::planted::{all_finite, between_one_and, normal_start, orthonormal, scaled, scaled_product};
use super::runs::{
    HessianAt, alone, by_rows, flat, matrices, only, row_sums, shared_times, totals, transposed,
    upload_matrix,
};
use super::sets::{check_set, known_sets, shortfall};
use crate::{CriticalPoint, Curvature, Device, Directions, Known, Objective, Point, Points, Problem, Seed};
use crate::{Slope, Slopes, Space};
use burn::tensor::Tensor;
use spectra::{Matrix, eigen};

/// f(U) = ¼‖UUᵀ − M‖² for U `[d, r]` and a symmetric M `[d, d]`: all minima are global, and all saddles strict where the
/// r-th eigenvalue of M is positive and larger than the next (Ge, Jin & Zheng 2017).
///
/// With M = Σ λᵢvᵢvᵢᵀ, λ₁ ≥ λ₂ ≥ …, the gradient is (UUᵀ − M)U, and f* = ¼Σλᵢ² over those i > r and those λᵢ < 0.
///
/// M is kept as WWᵀ + M̄ with WWᵀ its best approximation by a positive semidefinite matrix of rank r. With Q the
/// orthogonal matrix that brings WQ nearest to U, D = U − WQ and S = U + WQ:
///
/// - f − f* = ⅛(tr DᵀD·SᵀS + tr (DᵀS)²) − ½ tr DᵀM̄D,
/// - ∇f = ½(D·SᵀU + S·DᵀU) − M̄D,
///
/// exactly, for every Q. Nothing cancels as U comes near the minimum, where f − f* keeps its digits down to the square of
/// the round-off. No `[d, d]` matrix is made for a run: values and gradients of s runs cost one product of M̄ `[d, d]`
/// with `[d, s·r]`, none at all where M̄ is zero, s singular value decompositions of size r on the host, and O(s·d·r²).
///
/// ```
/// use models::analytic::SymmetricFactorisation;
/// use models::{Device, Objective, Point, Precision};
/// // M = diag(4, 1) by rank 1: the best is U = (2, 0), which leaves ¼.
/// let device = Device::cpu(Precision::F64);
/// let matrix = spectra::Matrix::from_fn(2, 2, |i, j| [[4.0, 0.0], [0.0, 1.0]][i][j]);
/// let problem = SymmetricFactorisation::of(&matrix, 1, &device).unwrap();
/// let at = |u: [f64; 2]| problem.value(&Point::from_host(u.to_vec(), &device));
/// assert!((at([2.0, 0.0]) - 0.25).abs() < 1e-15 && (at([0.0, 0.0]) - 4.25).abs() < 1e-14);
/// assert!((problem.known().at_least.unwrap() - 0.25).abs() < 1e-15);
/// // A saddle with the eigenvalues 2·1 and 1 − 4.
/// let spectrum = problem.critical(&[1]).unwrap().spectrum;
/// assert!((spectrum[0] + 3.0).abs() < 1e-14 && (spectrum[1] - 2.0).abs() < 1e-14);
/// ```
#[derive(Clone, Debug)]
pub struct SymmetricFactorisation {
    space: Space,
    rank: usize,
    eigenvalues: Vec<f64>,
    /// Their eigenvectors, column by column.
    vectors: Matrix,
    /// W `[d, r]`.
    best: Tensor<2>,
    /// M̄ `[d, d]`, unless it is zero.
    rest: Option<Tensor<2>>,
    least: f64,
}

/// How fast gradient and Hessian change in a region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Smoothness {
    /// ℓ: no eigenvalue of the Hessian is larger in magnitude there.
    pub gradient: f64,
    /// ρ: ‖∇²f(U) − ∇²f(U′)‖ ≤ ρ‖U − U′‖ there, in the spectral and the Frobenius norm.
    pub hessian: f64,
}

impl SymmetricFactorisation {
    /// M = V·diag(λ)·Vᵀ with these eigenvalues, in any order, and orthonormal V that the seed draws (stream
    /// `planted matrix`). Costs some 7·d³ operations.
    pub fn with_spectrum(
        eigenvalues: &[f64],
        rank: usize,
        seed: Seed,
        device: &Device,
    ) -> Result<Self, Problem> {
        all_finite("eigenvalues", eigenvalues)?;
        let d = eigenvalues.len();
        between_one_and("rank", rank, d, "the dimension of the matrix")?;
        let mut eigenvalues = eigenvalues.to_vec();
        eigenvalues.sort_by(|a, b| b.total_cmp(a));
        let vectors = orthonormal(&mut seed.stream("planted matrix"), d, d);
        Ok(Self::made_of(eigenvalues, vectors, rank, device))
    }

    /// Any symmetric matrix M. Costs its eigenvectors, some 9·d³ operations.
    pub fn of(matrix: &Matrix, rank: usize, device: &Device) -> Result<Self, Problem> {
        let d = matrix.nrows();
        all_finite("matrix", &by_rows(matrix))?;
        let size = by_rows(matrix).iter().fold(0.0f64, |most, x| most.max(x.abs()));
        let symmetric = matrix.ncols() == d
            && (0..d).all(|i| (0..i).all(|j| (matrix[(i, j)] - matrix[(j, i)]).abs() <= 1e-12 * size));
        if !symmetric {
            return Err(Problem::new("matrix", "is not symmetric"));
        }
        between_one_and("rank", rank, d, "the dimension of the matrix")?;
        let pairs = eigen(matrix);
        let eigenvalues = pairs.values.iter().rev().copied().collect();
        let vectors = Matrix::from_fn(d, d, |i, j| pairs.vectors[(i, d - 1 - j)]);
        Ok(Self::made_of(eigenvalues, vectors, rank, device))
    }

    fn made_of(eigenvalues: Vec<f64>, vectors: Matrix, rank: usize, device: &Device) -> Self {
        let d = eigenvalues.len();
        let kept: Vec<f64> = eigenvalues.iter().take(rank).map(|x| x.max(0.0)).collect();
        let left: Vec<f64> = (0..d)
            .map(|i| eigenvalues[i] - kept.get(i).unwrap_or(&0.0))
            .collect();
        let roots: Vec<f64> = kept.iter().map(|x| x.sqrt()).collect();
        let none = left.iter().all(|x| *x == 0.0);
        let rest = (!none).then(|| upload_matrix(&scaled_product(&vectors, &left, &vectors), device));
        SymmetricFactorisation {
            space: Space::new([("factor".to_string(), vec![d, rank])], device.clone()),
            rank,
            best: upload_matrix(&scaled(&vectors, &roots), device),
            rest,
            least: 0.25 * left.iter().map(|x| x * x).sum::<f64>(),
            eigenvalues,
            vectors,
        }
    }

    /// The number of columns r.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// The eigenvalues of M, descending.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// M `[d, d]` on the host. Costs 2·d³ operations.
    pub fn matrix(&self) -> Matrix {
        scaled_product(&self.vectors, &self.eigenvalues, &self.vectors)
    }

    /// f(Uᵢ) − f* of each point, with all its digits however small it is.
    pub fn gaps(&self, at: &Points) -> Vec<f64> {
        let beside = self.beside(&self.factors(at.tensor()));
        self.gaps_of(&beside, self.rest_times(&beside.difference).as_ref())
    }

    /// The critical point U_S = V_S·Λ_S^{1/2} for a set S of at most r places in [`eigenvalues`](Self::eigenvalues) whose
    /// eigenvalues are positive, with its whole spectrum.
    ///
    /// The eigenvalues of the Hessian are, for i, k ∈ S and j ∉ S: 2λᵢ; λᵢ + λₖ and 0 for each pair i < k; λᵢ − λⱼ; and
    /// for each of the r − |S| columns that are zero, −λⱼ, and 0 for each i.
    pub fn critical(&self, set: &[usize]) -> Result<CriticalPoint, Problem> {
        let d = self.eigenvalues.len();
        check_set(set, &self.eigenvalues, self.rank)?;
        let mut at = Matrix::zeros(d, self.rank);
        for (column, &i) in set.iter().enumerate() {
            let root = self.eigenvalues[i].sqrt();
            (0..d).for_each(|row| at[(row, column)] = root * self.vectors[(row, i)]);
        }
        let spectrum = spectrum(&self.eigenvalues, set, self.rank);
        let missing = shortfall(set, &self.eigenvalues, self.rank);
        let value = self.least + 0.25 * missing;
        Ok(critical_point(by_rows(&at), value, spectrum, missing == 0.0))
    }

    /// ℓ and ρ of the region ‖U‖² ≤ `radius_squared`, in the spectral norm.
    ///
    /// The Hessian maps Δ to UΔᵀU + ΔUᵀU + (UUᵀ − M)Δ, so that with Γ = `radius_squared` no eigenvalue is larger than
    /// ℓ = 2Γ + max(λ₁, Γ − λ_d), and of its derivative's six terms none is larger than √Γ: ρ = 6√Γ. For λ_d ≥ 0 and
    /// Γ ≥ λ₁ this is ℓ = 3Γ; Jin et al. (2017, lemma 6) have 8Γ and 12√Γ for twice this objective.
    pub fn smoothness(&self, radius_squared: f64) -> Smoothness {
        let (largest, smallest) = (self.eigenvalues[0], self.eigenvalues[self.eigenvalues.len() - 1]);
        Smoothness {
            gradient: 2.0 * radius_squared + largest.max(radius_squared - smallest),
            hessian: 6.0 * radius_squared.sqrt(),
        }
    }

    fn factors(&self, rows: &Tensor<2>) -> Tensor<3> {
        matrices(rows, 0, [self.eigenvalues.len(), self.rank])
    }

    fn beside(&self, u: &Tensor<3>) -> Beside {
        Beside::nearest(u, &self.best, &self.space.device)
    }

    /// M̄·B.
    fn rest_times(&self, blocks: &Tensor<3>) -> Option<Tensor<3>> {
        let rest = self.rest.as_ref()?;
        Some(shared_times(rest, blocks.clone()))
    }

    fn gaps_of(&self, beside: &Beside, rest: Option<&Tensor<3>>) -> Vec<f64> {
        let (d, s) = (&beside.difference, &beside.sum);
        let mixed = transposed(d).matmul(s.clone());
        let pure = transposed(d).matmul(d.clone()) * transposed(s).matmul(s.clone());
        let turned = row_sums((pure + mixed.clone() * transposed(&mixed)).mul_scalar(0.125));
        totals(&match rest {
            Some(rest) => Tensor::cat(
                vec![turned, row_sums((d.clone() * rest.clone()).mul_scalar(-0.5))],
                1,
            ),
            None => turned,
        })
    }
}

/// The Hessian's eigenvalues at U_S for a set S of the eigenvalues of M, `[d·r]`, in no order.
fn spectrum(eigenvalues: &[f64], set: &[usize], rank: usize) -> Vec<f64> {
    let spare = rank - set.len();
    let others: Vec<f64> = (0..eigenvalues.len())
        .filter(|j| !set.contains(j))
        .map(|j| eigenvalues[j])
        .collect();
    let mut spectrum = Vec::with_capacity(eigenvalues.len() * rank);
    for (place, &i) in set.iter().enumerate() {
        spectrum.push(2.0 * eigenvalues[i]);
        let earlier = set[..place].iter();
        spectrum.extend(earlier.flat_map(|&k| [eigenvalues[i] + eigenvalues[k], 0.0]));
        spectrum.extend(others.iter().map(|other| eigenvalues[i] - other));
        spectrum.extend((0..spare).map(|_| 0.0));
    }
    (0..spare).for_each(|_| spectrum.extend(others.iter().map(|other| -other)));
    spectrum
}

impl Objective for SymmetricFactorisation {
    fn space(&self) -> &Space {
        &self.space
    }

    /// Independent normal entries of variance ‖M‖/d, so that ‖U‖² is near ‖M‖.
    fn start(&self, seed: Seed) -> Point {
        let d = self.eigenvalues.len();
        let size = self.eigenvalues[0].abs().max(self.eigenvalues[d - 1].abs());
        let size = if size > 0.0 { size } else { 1.0 };
        normal_start(
            seed,
            (size / d as f64).sqrt(),
            self.space.dimension,
            &self.space.device,
        )
    }

    fn value(&self, at: &Point) -> f64 {
        self.values(&alone(at))[0]
    }

    fn slope(&self, at: &Point) -> Slope {
        only(self.slopes(&alone(at)))
    }

    fn values(&self, at: &Points) -> Vec<f64> {
        self.gaps(at).into_iter().map(|gap| self.least + gap).collect()
    }

    fn slopes(&self, at: &Points) -> Slopes {
        let u = self.factors(at.tensor());
        let beside = self.beside(&u);
        let rest = self.rest_times(&beside.difference);
        let (d, s) = (&beside.difference, &beside.sum);
        let along = d.clone().matmul(transposed(s).matmul(u.clone()))
            + s.clone().matmul(transposed(d).matmul(u.clone()));
        let mut gradients = along.mul_scalar(0.5);
        if let Some(rest) = &rest {
            gradients = gradients - rest.clone();
        }
        let gaps = self.gaps_of(&beside, rest.as_ref());
        Slopes {
            values: gaps.into_iter().map(|gap| self.least + gap).collect(),
            gradients: Directions::new(flat(gradients)),
        }
    }

    fn linearise<'a>(&'a self, at: &Point) -> Box<dyn Curvature + 'a> {
        let u = self.factors(alone(at).tensor());
        let gram = transposed(&u).matmul(u.clone());
        let best: Tensor<3> = self.best.clone().unsqueeze();
        let times = move |rows: Tensor<2>| {
            let v = self.factors(&rows);
            // U·VᵀU + V·UᵀU + U·UᵀV − W·WᵀV − M̄V.
            let across = transposed(&u).matmul(v.clone());
            let product = u.clone().matmul(transposed(&across) + across) + v.clone().matmul(gram.clone())
                - best.clone().matmul(transposed(&best).matmul(v.clone()));
            flat(match self.rest_times(&v) {
                Some(rest) => product - rest,
                None => product,
            })
        };
        Box::new(HessianAt {
            slope: self.slope(at),
            times: Box::new(times),
        })
    }

    /// f*, and the critical points of no eigenvalue, of the best r, and of some other sets.
    fn known(&self) -> Known {
        known_sets(self.least, &self.eigenvalues, self.rank, |set| self.critical(set))
    }
}
