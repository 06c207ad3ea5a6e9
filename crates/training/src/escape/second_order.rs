//! Steps along negative curvature that Lanczos has found.

use super::accelerated::better;
use super::ground::Ground;
use super::rows;
use super::runs::{Here, Machine, Run};
use super::{Ending, Tuned};
use burn::tensor::Tensor;
use models::{CurvatureOperator, Directions, Points, Seed};
use rand::RngExt;
use spectra::{Search, extent};
use std::ops::ControlFlow;

/// Descent while the gradient is large, then a step along the lowest Ritz vector.
///
/// It asks the same search as the probe of negative curvature, [`spectra::extent`], with a noise floor that it measures at
/// the point as the probe does. It has none of the probe's shortcuts: no comparison of f32 with f64 on examples, and no
/// bound by hidden units.
pub(crate) struct NegativeCurvature {
    step_size: f64,
    gradient: f64,
    /// √(ρε).
    curvature: f64,
    hessian_lipschitz: f64,
    /// δ for each search.
    miss: f64,
    products: usize,
}

impl NegativeCurvature {
    pub(crate) fn new(tuned: &Tuned, products: usize) -> Self {
        NegativeCurvature {
            step_size: tuned.number("step_size"),
            gradient: tuned.number("gradient"),
            curvature: tuned.number("curvature"),
            hessian_lipschitz: tuned.landscape.hessian_lipschitz,
            miss: tuned.landscape.delta,
            products,
        }
    }

    /// A unit vector and the γ of its curvature −γ, or why the run ends: there is no curvature below −√(ρε) with
    /// probability 1 − δ, or no products are left to say so.
    fn search(
        &self,
        ground: &Ground,
        here: &Here,
        row: usize,
        run: &mut Run,
    ) -> Result<(Directions, f64), Ending> {
        let linearised = ground.objective.linearise(&here.at.row(row));
        let operator = CurvatureOperator {
            product: Box::new(|directions: &Directions| linearised.hessian_times(directions)),
            device: ground.device().clone(),
            dimension: ground.dimension(),
        };
        let (noise, spent) = noise(&operator, run.seed, here.step);
        run.counts.products += spent;
        let search = Search {
            products: self.products,
            miss: self.miss,
            noise,
            seed: run.seed.stream_at("curvature", here.step).random(),
        };
        let enough = |value: f64, bound: f64| value + bound <= -0.5 * self.curvature;
        let found = extent(&operator, &search, |sight| {
            let decided = enough(sight.lowest.value, sight.lowest.bound) || sight.below >= -self.curvature;
            match decided {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        run.counts.products += found.products as u64;
        // Eigenvalues of a matrix that is not symmetric are no curvatures.
        if found.skewed().is_some() {
            return Err(Ending::Undecided);
        }
        let lowest = found.sight.lowest;
        if enough(lowest.value, lowest.bound) {
            return Ok((rows::directions(&found.vectors, &[0]), -lowest.value));
        }
        Err(match found.sight.below >= -self.curvature {
            true => Ending::Returned,
            false => Ending::Undecided,
        })
    }
}

/// Measured on two vectors, the noise is taken to be as many times as large, as in the probe of negative curvature.
const CAUTION: f64 = 4.0;

/// The noise of a product with a unit vector, and the products that it took to measure it: four times the largest defect of
/// linearity for a random u and v ∝ Hu, ‖H(u + v) − Hu − Hv‖ and ‖H(2v) − 2Hv‖. What two products differ by for want of
/// symmetry is seen by the search itself, on all vectors of its basis.
fn noise(operator: &CurvatureOperator, seed: Seed, step: u64) -> (f64, u64) {
    let mut stream = seed.stream_at("curvature, noise", step);
    let dimension = operator.dimension;
    let draws: Vec<f64> = (0..dimension).map(|_| stream.random_range(-1.0..1.0)).collect();
    let times = |v: &Directions| (operator.product)(v);
    let scaled = |v: &Directions, c: f64| Directions::new(v.tensor().mul_scalar(c));
    let u = Directions::new(operator.device.upload(draws, [1, dimension]));
    let u = scaled(&u, 1.0 / u.norms()[0]);
    let hu = times(&u);
    let length = hu.norms()[0];
    if !(length > 0.0 && length.is_finite()) {
        return (0.0, 1);
    }
    let v = scaled(&hu, 1.0 / length);
    let hv = times(&v);
    let additive = times(&u.plus(&v)).minus(&hu).minus(&hv).norms()[0];
    let homogeneous = times(&scaled(&v, 2.0)).minus(&scaled(&hv, 2.0)).norms()[0];
    (CAUTION * additive.max(homogeneous), 4)
}

impl Machine for NegativeCurvature {
    fn step(&mut self, ground: &Ground, here: &Here, runs: &mut [Run]) -> Points {
        let next = ground.moved_alike(&here.at, &here.slopes.gradients, -self.step_size);
        let flat = rows::places(&here.norms, |norm| *norm <= self.gradient);
        let (mut places, mut ways, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
        for &row in &flat {
            match self.search(ground, here, row, &mut runs[row]) {
                Ok((way, gamma)) => {
                    places.push(row);
                    ways.push(way.tensor());
                    lengths.push(2.0 * gamma / self.hessian_lipschitz);
                }
                Err(ending) => {
                    let returned = ending == Ending::Returned;
                    runs[row].returned = returned.then(|| here.at.row(row));
                    runs[row].ending = Some(ending);
                }
            }
        }
        if places.is_empty() {
            return next;
        }
        let ways = Directions::new(Tensor::cat(ways, 0));
        let (best, values) = better(ground, &rows::points(&here.at, &places), &ways, &lengths);
        for (&row, value) in places.iter().zip(values) {
            runs[row].counts.values += 2;
            runs[row].counts.curvature_steps += 1;
            // The cubic bound promises a decrease: without one ρ is too small, or rounding decides.
            if value >= here.slopes.values[row] {
                runs[row].ending = Some(Ending::Stalled);
            }
        }
        Points::new(rows::replaced(
            next.tensor().clone(),
            &places,
            best.tensor().clone(),
        ))
    }

    fn keep(&mut self, _rows: &[usize]) {}
}
