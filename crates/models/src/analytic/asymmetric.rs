//! Asymmetric matrix factorisation.

use super::aligned::{Beside, turns};
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
use spectra::Matrix;

/// f(U, V) = ½‖UVᵀ − M‖² for U `[m, r]`, V `[n, r]` and any M `[m, n]`; if balanced, plus ⅛‖UᵀU − VᵀV‖² (Tu et al. 2016).
///
/// With B = UᵀU − VᵀV the gradient in U is (UVᵀ − M)V + ½UB, in V (UVᵀ − M)ᵀU − ½VB; without the balancing term the parts
/// with B are missing. f* = ½Σσᵢ² over the singular values i > r of M. All minima are global.
///
/// M is kept as W₁W₂ᵀ + M̄, where W₁W₂ᵀ is its best approximation of rank r with W₁ᵀW₁ = W₂ᵀW₂. Turned by one orthogonal Q to
/// be nearest to U and V, D₁ = U − W₁Q and D₂ = V − W₂Q give UVᵀ − M = D₁Vᵀ + W₁Q·D₂ᵀ − M̄ without cancellation near the
/// balanced minima, so that f − f* keeps its digits there. Values and gradients of s runs cost two products of M̄ with
/// `[·, s·r]`, none where M̄ is zero, s singular value decompositions of size r on the host, and O(s·(m + n)·r²).
///
/// ```
/// use models::analytic::AsymmetricFactorisation;
/// use models::{Device, Objective, Point, Precision, Seed};
/// let device = Device::cpu(Precision::F64);
/// let problem = AsymmetricFactorisation::with_singular_values(&[3.0], [1, 1], 1, true, Seed(1), &device).unwrap();
/// // M = ±3. At the origin the eigenvalues are ±σ.
/// let origin = problem.critical(&[]).unwrap();
/// assert_eq!((origin.value, origin.spectrum), (4.5, vec![-3.0, 3.0]));
/// assert_eq!(problem.critical(&[0]).unwrap().spectrum, [6.0, 6.0]);
/// ```
#[derive(Clone, Debug)]
pub struct AsymmetricFactorisation {
    space: Space,
    shape: [usize; 2],
    rank: usize,
    balanced: bool,
    /// min(m, n) singular values, descending, and their vectors.
    singular: Vec<f64>,
    vectors: [Matrix; 2],
    /// W₁ `[m, r]` and W₂ `[n, r]`.
    best: [Tensor<2>; 2],
    /// M̄ `[m, n]`, unless it is zero.
    rest: Option<Tensor<2>>,
    least: f64,
}

impl AsymmetricFactorisation {
    /// M of this shape `[m, n]` with these singular values, in any order, and further ones of zero; the seed draws
    /// orthonormal vectors (stream `planted matrix`).
    pub fn with_singular_values(
        singular: &[f64],
        shape: [usize; 2],
        rank: usize,
        balanced: bool,
        seed: Seed,
        device: &Device,
    ) -> Result<Self, Problem> {
        all_finite("singular values", singular)?;
        if let Some(i) = singular.iter().position(|x| *x < 0.0) {
            let complaint = format!("is {}: it must not be negative", singular[i]);
            return Err(Problem::new(format!("singular values.{i}"), complaint));
        }
        let most = shape[0].min(shape[1]);
        if singular.len() > most {
            let complaint = format!("are {}: a matrix of this shape has {most}", singular.len());
            return Err(Problem::new("singular values", complaint));
        }
        between_one_and("rank", rank, most, "the shorter side of the matrix")?;
        let mut stream = seed.stream("planted matrix");
        let vectors = shape.map(|side| orthonormal(&mut stream, side, most));
        let mut singular = singular.to_vec();
        singular.sort_by(|a, b| b.total_cmp(a));
        singular.resize(most, 0.0);
        Ok(Self::made_of(singular, vectors, rank, balanced, device))
    }

    /// Any matrix M. Costs its singular value decomposition.
    pub fn of(matrix: &Matrix, rank: usize, balanced: bool, device: &Device) -> Result<Self, Problem> {
        all_finite("matrix", &by_rows(matrix))?;
        let most = matrix.nrows().min(matrix.ncols());
        between_one_and("rank", rank, most, "the shorter side of the matrix")?;
        let svd = matrix.thin_svd().expect("a finite matrix has singular values");
        let values = svd.S().column_vector();
        let singular = (0..most).map(|i| values[i]).collect();
        let vectors = [svd.U().to_owned(), svd.V().to_owned()];
        Ok(Self::made_of(singular, vectors, rank, balanced, device))
    }

    fn made_of(
        singular: Vec<f64>,
        vectors: [Matrix; 2],
        rank: usize,
        balanced: bool,
        device: &Device,
    ) -> Self {
        let shape = [vectors[0].nrows(), vectors[1].nrows()];
        let left: Vec<f64> = (0..singular.len())
            .map(|i| if i < rank { 0.0 } else { singular[i] })
            .collect();
        let roots: Vec<f64> = singular.iter().take(rank).map(|x| x.sqrt()).collect();
        let none = left.iter().all(|x| *x == 0.0);
        let rest = (!none).then(|| upload_matrix(&scaled_product(&vectors[0], &left, &vectors[1]), device));
        let blocks = ["left", "right"].into_iter().zip(shape);
        let blocks = blocks.map(|(name, side)| (name.to_string(), vec![side, rank]));
        AsymmetricFactorisation {
            space: Space::new(blocks, device.clone()),
            best: [0, 1].map(|side| upload_matrix(&scaled(&vectors[side], &roots), device)),
            least: 0.5 * left.iter().map(|x| x * x).sum::<f64>(),
            rest,
            singular,
            vectors,
            shape,
            rank,
            balanced,
        }
    }

    /// The singular values of M, descending.
    pub fn singular_values(&self) -> &[f64] {
        &self.singular
    }

    /// f(Uᵢ, Vᵢ) − f* of each point, with all its digits near balanced minima.
    pub fn gaps(&self, at: &Points) -> Vec<f64> {
        let here = self.here(at.tensor());
        let rest = self.rest_times(&here.right.difference);
        self.gaps_of(&here, rest.as_ref())
    }

    /// The balanced critical point U_S = A_S·Σ_S^{1/2}, V_S = B_S·Σ_S^{1/2} of a set S of at most r places of positive
    /// singular values, with its whole spectrum.
    ///
    /// The eigenvalues of the Hessian are, for i, k ∈ S, j ∉ S, with q = min(m, n):
    ///
    /// - σᵢ + σₖ and 0 for each ordered pair (i, k), i = k too; if balanced, σᵢ + σₖ again in place of the 0 for each pair
    ///   i ≤ k;
    /// - σᵢ ± σⱼ, and σᵢ for each of the |m − n| vectors that have no partner;
    /// - for each of the r − |S| columns that are zero: ±σⱼ; 0 twice for each i, if balanced 0 and σᵢ; and 0 |m − n| times.
    pub fn critical(&self, set: &[usize]) -> Result<CriticalPoint, Problem> {
        check_set(set, &self.singular, self.rank)?;
        let mut at = Vec::with_capacity(self.space.dimension);
        for vectors in &self.vectors {
            let column = |row: usize, column: usize| {
                let place = set.get(column);
                place.map_or(0.0, |&i| self.singular[i].sqrt() * vectors[(row, i)])
            };
            at.extend(by_rows(&Matrix::from_fn(vectors.nrows(), self.rank, column)));
        }
        let missing = shortfall(set, &self.singular, self.rank);
        let value = self.least + 0.5 * missing;
        Ok(critical_point(at, value, self.spectrum(set), missing == 0.0))
    }

    fn spectrum(&self, set: &[usize]) -> Vec<f64> {
        let sigma = |i: usize| self.singular[i];
        let alone = self.shape[0].abs_diff(self.shape[1]);
        let others: Vec<f64> = (0..self.singular.len())
            .filter(|j| !set.contains(j))
            .map(sigma)
            .collect();
        let mut spectrum = Vec::with_capacity(self.space.dimension);
        for (place, &i) in set.iter().enumerate() {
            for (other, &k) in set.iter().enumerate() {
                let sum = sigma(i) + sigma(k);
                let second = if self.balanced && place <= other { sum } else { 0.0 };
                spectrum.extend([sum, second]);
            }
            spectrum.extend(
                others
                    .iter()
                    .flat_map(|other| [sigma(i) + other, sigma(i) - other]),
            );
            spectrum.extend((0..alone).map(|_| sigma(i)));
        }
        for _ in set.len()..self.rank {
            spectrum.extend(others.iter().flat_map(|other| [*other, -other]));
            let turned = |&i: &usize| [0.0, if self.balanced { sigma(i) } else { 0.0 }];
            spectrum.extend(set.iter().flat_map(turned));
            spectrum.extend((0..alone).map(|_| 0.0));
        }
        spectrum
    }

    fn factors(&self, rows: &Tensor<2>) -> [Tensor<3>; 2] {
        let [m, n] = self.shape;
        let left = matrices(rows, 0, [m, self.rank]);
        [left, matrices(rows, m * self.rank, [n, self.rank])]
    }

    fn here(&self, rows: &Tensor<2>) -> Here {
        let [u, v] = self.factors(rows);
        let [first, second] = &self.best;
        let overlaps = shared_times(&first.clone().transpose(), u.clone())
            + shared_times(&second.clone().transpose(), v.clone());
        let turns = turns(&overlaps, &self.space.device);
        Here {
            left: Beside::new(&u, first, &turns),
            right: Beside::new(&v, second, &turns),
            u,
            v,
        }
    }

    /// M̄·B.
    fn rest_times(&self, blocks: &Tensor<3>) -> Option<Tensor<3>> {
        let rest = self.rest.as_ref()?;
        Some(shared_times(rest, blocks.clone()))
    }

    /// M̄ᵀ·B.
    fn turned_rest_times(&self, blocks: &Tensor<3>) -> Option<Tensor<3>> {
        let rest = self.rest.as_ref()?;
        Some(shared_times(&rest.clone().transpose(), blocks.clone()))
    }

    /// ½‖E‖² − ⟨D₁, M̄D₂⟩ with E = D₁Vᵀ + W₁Q·D₂ᵀ, and ⅛‖B‖².
    fn gaps_of(&self, here: &Here, rest: Option<&Tensor<3>>) -> Vec<f64> {
        let (d1, d2, p1) = (&here.left.difference, &here.right.difference, &here.left.turned);
        let gram = |a: &Tensor<3>, b: &Tensor<3>| transposed(a).matmul(b.clone());
        let squares = gram(d1, d1) * gram(&here.v, &here.v) + gram(p1, p1) * gram(d2, d2);
        let mixed = gram(d1, p1) * gram(&here.v, d2);
        let mut sums = vec![row_sums(squares.mul_scalar(0.5) + mixed)];
        if let Some(rest) = rest {
            sums.push(row_sums(d1.clone() * rest.clone()).neg());
        }
        if self.balanced {
            let imbalance = here.imbalance();
            sums.push(row_sums((imbalance.clone() * imbalance).mul_scalar(0.125)));
        }
        totals(&Tensor::cat(sums, 1))
    }
}

/// Both factors beside the best ones.
struct Here {
    u: Tensor<3>,
    v: Tensor<3>,
    left: Beside,
    right: Beside,
}

impl Here {
    /// UᵀU − VᵀV.
    fn imbalance(&self) -> Tensor<3> {
        self.left.gram_difference() - self.right.gram_difference()
    }
}

impl Objective for AsymmetricFactorisation {
    fn space(&self) -> &Space {
        &self.space
    }

    /// Independent normal entries of variance σ₁/√(mn), so that ‖U‖ ‖V‖ is near σ₁.
    fn start(&self, seed: Seed) -> Point {
        let size = if self.singular[0] > 0.0 {
            self.singular[0]
        } else {
            1.0
        };
        let [m, n] = self.shape.map(|side| side as f64);
        let std = (size / (m * n).sqrt()).sqrt();
        normal_start(seed, std, self.space.dimension, &self.space.device)
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
        let here = self.here(at.tensor());
        let (u, v) = (&here.u, &here.v);
        let (d1, d2, p1) = (&here.left.difference, &here.right.difference, &here.left.turned);
        let gram = |a: &Tensor<3>, b: &Tensor<3>| transposed(a).matmul(b.clone());
        let rest = self.rest_times(d2);
        let gaps = self.gaps_of(&here, rest.as_ref());
        let mut left = d1.clone().matmul(gram(v, v)) + p1.clone().matmul(gram(d2, v));
        let mut right = v.clone().matmul(gram(d1, u)) + d2.clone().matmul(gram(p1, u));
        if let (Some(rest), Some(turned)) = (rest, self.turned_rest_times(d1)) {
            left = left - rest;
            right = right - turned;
        }
        if self.balanced {
            let half = here.imbalance().mul_scalar(0.5);
            left = left + u.clone().matmul(half.clone());
            right = right - v.clone().matmul(half);
        }
        Slopes {
            values: gaps.into_iter().map(|gap| self.least + gap).collect(),
            gradients: Directions::new(Tensor::cat(vec![flat(left), flat(right)], 1)),
        }
    }

    fn linearise<'a>(&'a self, at: &Point) -> Box<dyn Curvature + 'a> {
        let here = self.here(alone(at).tensor());
        let imbalance = here.imbalance().mul_scalar(0.5);
        let [first, second] = self.best.clone().map(|best| best.unsqueeze::<3>());
        let gram = |a: &Tensor<3>, b: &Tensor<3>| transposed(a).matmul(b.clone());
        let (of_u, of_v) = (gram(&here.u, &here.u), gram(&here.v, &here.v));
        let times = move |rows: Tensor<2>| {
            let [x, y] = self.factors(&rows);
            let (u, v) = (&here.u, &here.v);
            let (ux, vy) = (gram(u, &x), gram(v, &y));
            // (XVᵀ + UYᵀ)V + (UVᵀ − M)Y, and likewise for V.
            let mut left = x.clone().matmul(of_v.clone()) + u.clone().matmul(transposed(&vy) + vy.clone())
                - first.clone().matmul(gram(&second, &y));
            let mut right = y.clone().matmul(of_u.clone()) + v.clone().matmul(transposed(&ux) + ux.clone())
                - second.clone().matmul(gram(&first, &x));
            if let (Some(rest), Some(turned)) = (self.rest_times(&y), self.turned_rest_times(&x)) {
                left = left - rest;
                right = right - turned;
            }
            if self.balanced {
                let moved = (transposed(&ux) + ux - transposed(&vy) - vy).mul_scalar(0.5);
                left = left + x.matmul(imbalance.clone()) + u.clone().matmul(moved.clone());
                right = right - y.matmul(imbalance.clone()) - v.clone().matmul(moved);
            }
            Tensor::cat(vec![flat(left), flat(right)], 1)
        };
        Box::new(HessianAt {
            slope: self.slope(at),
            times: Box::new(times),
        })
    }

    /// f*, and the balanced critical points of no singular value, of the best r, and of some other sets.
    fn known(&self) -> Known {
        known_sets(self.least, &self.singular, self.rank, |set| self.critical(set))
    }
}
