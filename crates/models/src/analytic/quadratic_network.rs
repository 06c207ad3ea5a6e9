//! Two-layer networks with quadratic activation.

use super::critical::critical_point;
use super::planted::{all_finite, at_least_one, fills, normal_start};
use super::runs::{
    HessianAt, alone, flat, in_turns, matrices, only, row_sums, shared_times, together, totals,
};
use crate::{Curvature, Device, Directions, Known, Objective, Point, Points, Problem, Seed, Slope, Slopes};
use crate::{Space, download};
use burn::tensor::Tensor;
use spectra::{Matrix, eigenvalues, smallest_at_least};

/// L(W) = (1/2n)Σ(ŷᵢ − yᵢ)² + (λ/2)‖W‖² + ⟨C, WWᵀ⟩ for ŷᵢ = Σⱼ vⱼ(wⱼᵀxᵢ)², W `[d, k]` with columns wⱼ and a fixed second
/// layer v (Du & Lee 2018); C `[d, d]` is zero unless the network is [`perturbed`](Self::perturbed).
///
/// ŷᵢ = xᵢᵀMxᵢ with M = W·diag(v)·Wᵀ. With rᵢ = ŷᵢ − yᵢ the gradient in wⱼ is (2vⱼ/n)Σrᵢ(wⱼᵀxᵢ)xᵢ + λwⱼ + 2Cwⱼ. For v = 1
/// and λ > 0 all minima are global where k ≥ d; where k(k + 1)/2 > n they are for almost every C, however small. For v with
/// at least d numbers of each sign, λ = 0 and C = 0 they are too, and L is zero there for generic examples, of which there
/// are few enough (Soltanolkotabi, Javanmard & Lee 2019). Without decay, and for v = 1, it is the risk of [`Architecture::Quadratic`](crate::Architecture::Quadratic) with the
/// loss `MeanSquared`. Values and gradients of s runs are two products of X `[n, d]` with `[d, s·k]`: 4·s·n·d·k operations.
///
/// ```
/// use models::analytic::QuadraticNetwork;
/// use models::{Device, Objective, Point, Precision};
/// // One input 2, one unit: ½((2w)² − 3)² + ½w² at w = 1 is ½ + ½, with the slope 1·8 + 1.
/// let device = Device::cpu(Precision::F64);
/// let network = QuadraticNetwork::new(&[2.0], 1, &[3.0], &[1.0], 1.0, &device).unwrap();
/// let slope = network.slope(&Point::from_host(vec![1.0], &device));
/// assert_eq!((slope.value, slope.gradient.to_host()), (1.0, vec![9.0]));
/// ```
#[derive(Clone, Debug)]
pub struct QuadraticNetwork {
    space: Space,
    /// X `[n, d]`.
    inputs: Tensor<2>,
    /// y `[1, n, 1]`.
    targets: Tensor<3>,
    /// v, and as a tensor `[1, 1, k]`.
    second: Vec<f64>,
    signs: Tensor<3>,
    decay: f64,
    tilt: Option<Tilt>,
}

/// The perturbation C.
#[derive(Clone, Debug)]
struct Tilt {
    matrix: Matrix,
    on_device: Tensor<2>,
    /// At most its smallest eigenvalue.
    least: f64,
}

impl QuadraticNetwork {
    /// The network with this second layer, a number for each unit, and weight decay λ ≥ 0, on row-major inputs `[n, d]`
    /// and targets `[n]`.
    pub fn new(
        inputs: &[f64],
        d: usize,
        targets: &[f64],
        second: &[f64],
        decay: f64,
        device: &Device,
    ) -> Result<Self, Problem> {
        at_least_one("inputs' width", d)?;
        at_least_one("targets", targets.len())?;
        at_least_one("units", second.len())?;
        fills("inputs", inputs.len(), targets.len(), d)?;
        all_finite("inputs", inputs)?;
        all_finite("targets", targets)?;
        all_finite("second layer", second)?;
        if !(decay >= 0.0 && decay.is_finite()) {
            let complaint = format!("is {decay}: it must be finite and not negative");
            return Err(Problem::new("weight decay", complaint));
        }
        let (n, k) = (targets.len(), second.len());
        Ok(QuadraticNetwork {
            space: Space::new([("layer1.weight".to_string(), vec![d, k])], device.clone()),
            inputs: device.upload(inputs.to_vec(), [n, d]),
            targets: device.upload(targets.to_vec(), [1, n, 1]),
            signs: device.upload(second.to_vec(), [1, 1, k]),
            second: second.to_vec(),
            decay,
            tilt: None,
        })
    }

    /// The network with ⟨C, WWᵀ⟩ added, for a positive semidefinite C `[d, d]`, row-major.
    ///
    /// A critical point of rank k has (C + λ/2·I + (1/n)Σrᵢxᵢxᵢᵀ)W = 0, so that C lies in a set of dimension
    /// n + d(d + 1)/2 − k(k + 1)/2 at most: for almost every C there is none where k(k + 1)/2 > n, and a minimum of smaller
    /// rank is global.
    ///
    /// ```
    /// # use models::analytic::QuadraticNetwork;
    /// # use models::{Device, Objective, Point, Precision};
    /// let device = Device::cpu(Precision::F64);
    /// let network = QuadraticNetwork::new(&[2.0], 1, &[3.0], &[1.0], 1.0, &device).unwrap();
    /// // ¾w² more than before.
    /// let at = Point::from_host(vec![1.0], &device);
    /// assert_eq!(network.perturbed(&[0.75]).unwrap().value(&at), 1.75);
    /// ```
    pub fn perturbed(self, tilt: &[f64]) -> Result<Self, Problem> {
        let d = self.inputs.dims()[1];
        fills("perturbation", tilt.len(), d, d)?;
        all_finite("perturbation", tilt)?;
        let matrix = Matrix::from_fn(d, d, |i, j| 0.5 * (tilt[i * d + j] + tilt[j * d + i]));
        let skew = (0..d * d).any(|k| tilt[k] != tilt[k % d * d + k / d]);
        let least = smallest_at_least(&matrix).bound;
        let norm = matrix.norm_l2();
        if skew || (norm > 0.0 && least < -1e-12 * norm) {
            let complaint = "must be symmetric and positive semidefinite";
            return Err(Problem::new("perturbation", complaint));
        }
        Ok(QuadraticNetwork {
            tilt: Some(Tilt {
                on_device: self.space.device.upload(tilt.to_vec(), [d, d]),
                matrix,
                least: least.max(0.0),
            }),
            ..self
        })
    }

    /// The number of hidden units k.
    pub fn units(&self) -> usize {
        self.second.len()
    }

    /// Γ = (1/n)Σrᵢxᵢxᵢᵀ + (λ/2)I + C on the host, for a second layer of ones.
    pub(super) fn dual_matrix(&self, at: &Point) -> Option<Matrix> {
        if self.second.iter().any(|v| *v != 1.0) {
            return None;
        }
        let hidden = self.hidden(alone(at).tensor());
        let mut gamma = self.weighted_covariance(self.residual(&hidden));
        (0..gamma.nrows()).for_each(|i| gamma[(i, i)] += 0.5 * self.decay);
        if let Some(tilt) = &self.tilt {
            gamma += &tilt.matrix;
        }
        Some(gamma)
    }

    /// L(W)/(λ/2 + λmin(C)), which the trace of an optimal X does not exceed: (λ/2)tr X* + ⟨C, X*⟩ ≤ F(X*) ≤ L(W).
    pub(super) fn trace_bound(&self, at: &Point) -> f64 {
        let least = self.tilt.as_ref().map_or(0.0, |tilt| tilt.least);
        self.value(at) / (0.5 * self.decay + least)
    }

    /// (1/n)Σcᵢxᵢxᵢᵀ on the host, for coefficients `[1, n, 1]`.
    fn weighted_covariance(&self, coefficients: Tensor<3>) -> Matrix {
        let [n, d] = self.inputs.dims();
        let weighted = self.inputs.clone() * coefficients.reshape([n, 1]);
        let sums = download(&self.inputs.clone().transpose().matmul(weighted));
        let entry = |i: usize, j: usize| (sums[i * d + j] + sums[j * d + i]) / (2 * n) as f64;
        Matrix::from_fn(d, d, entry)
    }

    fn layer(&self, rows: &Tensor<2>) -> Tensor<3> {
        matrices(rows, 0, [self.inputs.dims()[1], self.units()])
    }

    /// XW `[s, n, k]`.
    fn hidden(&self, rows: &Tensor<2>) -> Tensor<3> {
        shared_times(&self.inputs, self.layer(rows))
    }

    /// ŷ − y `[s, n, 1]`.
    fn residual(&self, hidden: &Tensor<3>) -> Tensor<3> {
        let outputs = (hidden.clone() * hidden.clone() * self.signs.clone()).sum_dim(2);
        outputs - self.targets.clone()
    }

    /// CW `[s, d, k]`, where there is a C.
    fn tilted(&self, rows: &Tensor<2>) -> Option<Tensor<3>> {
        let tilt = self.tilt.as_ref()?;
        Some(shared_times(&tilt.on_device, self.layer(rows)))
    }

    /// (2/n)Xᵀ·B·diag(v) + λW + 2CW as rows `[s, P]`.
    fn pulled(&self, cotangents: Tensor<3>, rows: &Tensor<2>) -> Tensor<2> {
        let scale = 2.0 / self.inputs.dims()[0] as f64;
        let turned = self.inputs.clone().transpose();
        let product = shared_times(&turned, cotangents * self.signs.clone());
        let pulled = flat(product).mul_scalar(scale) + rows.clone().mul_scalar(self.decay);
        match self.tilted(rows) {
            Some(tilted) => pulled + flat(tilted).mul_scalar(2.0),
            None => pulled,
        }
    }

    fn values_of(&self, residual: &Tensor<3>, rows: &Tensor<2>) -> Vec<f64> {
        let layer = self.layer(rows);
        let squares = row_sums(residual.clone() * residual.clone());
        let decay = row_sums(layer.clone() * layer.clone());
        let mut parts = vec![
            squares.mul_scalar(0.5 / self.inputs.dims()[0] as f64),
            decay.mul_scalar(0.5 * self.decay),
        ];
        parts.extend(self.tilted(rows).map(|tilted| row_sums(layer * tilted)));
        totals(&Tensor::cat(parts, 1))
    }

    /// Numbers that a run needs on the way.
    fn numbers_of_each(&self) -> usize {
        self.inputs.dims()[0] * self.units()
    }
}

impl Objective for QuadraticNetwork {
    fn space(&self) -> &Space {
        &self.space
    }

    /// Independent normal weights of variance 1/d.
    fn start(&self, seed: Seed) -> Point {
        let std = (self.inputs.dims()[1] as f64).sqrt().recip();
        normal_start(seed, std, self.space.dimension, &self.space.device)
    }

    fn value(&self, at: &Point) -> f64 {
        self.values(&alone(at))[0]
    }

    fn slope(&self, at: &Point) -> Slope {
        only(self.slopes(&alone(at)))
    }

    fn values(&self, at: &Points) -> Vec<f64> {
        let values = in_turns(at.tensor(), self.numbers_of_each(), |rows| {
            self.values_of(&self.residual(&self.hidden(&rows)), &rows)
        });
        values.concat()
    }

    fn slopes(&self, at: &Points) -> Slopes {
        together(in_turns(at.tensor(), self.numbers_of_each(), |rows| {
            let hidden = self.hidden(&rows);
            let residual = self.residual(&hidden);
            Slopes {
                values: self.values_of(&residual, &rows),
                gradients: Directions::new(self.pulled(hidden * residual, &rows)),
            }
        }))
    }

    fn linearise<'a>(&'a self, at: &Point) -> Box<dyn Curvature + 'a> {
        let hidden = self.hidden(alone(at).tensor());
        let residual = self.residual(&hidden);
        let times = move |rows: Tensor<2>| {
            let parts = in_turns(&rows, self.numbers_of_each(), |rows| {
                let moved = self.hidden(&rows);
                let outputs = (moved.clone() * hidden.clone() * self.signs.clone()).sum_dim(2);
                let bent = moved * residual.clone() + hidden.clone() * outputs.mul_scalar(2.0);
                self.pulled(bent, &rows)
            });
            Tensor::cat(parts, 0)
        };
        Box::new(HessianAt {
            slope: self.slope(at),
            times: Box::new(times),
        })
    }

    /// The bound 0, and W = 0, where the Hessian's block of unit j is λI + 2C − (2vⱼ/n)Σyᵢxᵢxᵢᵀ, and the others are zero.
    /// Targets are anybody's, so that no global minimum is planted: the dual certificate tells one.
    fn known(&self) -> Known {
        let covariance = self.weighted_covariance(self.targets.clone());
        let mut spectra: Vec<(f64, Vec<f64>)> = Vec::new();
        for v in &self.second {
            if spectra.iter().any(|(known, _)| known == v) {
                continue;
            }
            let mut block = Matrix::from_fn(covariance.nrows(), covariance.ncols(), |i, j| {
                let decay = if i == j { self.decay } else { 0.0 };
                decay - 2.0 * v * covariance[(i, j)]
            });
            if let Some(tilt) = &self.tilt {
                block += 2.0 * &tilt.matrix;
            }
            spectra.push((*v, eigenvalues(&block)));
        }
        let of_unit = |v: &f64| {
            let found = spectra.iter().find(|(known, _)| known == v);
            found.expect("every unit was looked at").1.clone()
        };
        let spectrum = self.second.iter().flat_map(of_unit).collect();
        let origin = Point::from_host(vec![0.0; self.space.dimension], &self.space.device);
        let value = self.value(&origin);
        Known {
            at_least: Some(0.0),
            critical: vec![critical_point(origin.to_host(), value, spectrum, value == 0.0)],
            ..Known::default()
        }
    }
}
