//! Hessians: whole ones of objectives with few parameters, both ends of others.

use crate::{LARGE, Lab};
use models::{CurvatureOperator, Objective, Point};
use probes::Noise;
use rand::RngExt;
use spectra::{Eigen, Matrix, Outermost, Search, eigen, eigenvalues, explicit, extent};
use std::ops::ControlFlow;

/// Vectors that are multiplied at once.
const BLOCK: usize = 64;
/// The most products of a search for both ends of a spectrum; as many vectors are kept.
const PRODUCTS: usize = 400;
/// The probability with which a search may miss an end.
const MISS: f64 = 1e-3;

/// What is known of a Hessian's spectrum.
pub(crate) struct Curvatures {
    /// All eigenvalues, ascending, or the smallest and the largest where there are many.
    pub values: Vec<f64>,
    /// The eigenvalue of each lies so near.
    pub half: f64,
    /// The unit vector of the smallest.
    pub lowest: Vec<f64>,
    /// What it cost.
    pub products: usize,
}

impl Curvatures {
    /// Those at a point: of the whole matrix, or where the objective is large by a certified Lanczos search.
    pub fn at(lab: &Lab, objective: &dyn Objective, at: &Point) -> Self {
        match objective.space().dimension >= LARGE {
            true => Self::ends(lab, objective, at),
            false => Self::whole(objective, at),
        }
    }

    fn whole(objective: &dyn Objective, at: &Point) -> Self {
        let found: Eigen = eigen(&hessian(objective, at));
        let size = found.values.len();
        Curvatures {
            half: 0.0,
            lowest: (0..size).map(|i| found.vectors[(i, 0)]).collect(),
            products: size,
            values: found.values,
        }
    }

    /// Until both residuals are √u of the largest eigenvalue, so that the eigenvalues, which are off by the residual's
    /// square over the gap, are exact up to rounding.
    fn ends(lab: &Lab, objective: &dyn Objective, at: &Point) -> Self {
        let here = objective.linearise(at);
        let operator = operator(objective, here.as_ref());
        let search = Search {
            products: PRODUCTS,
            miss: MISS,
            noise: lab.at(objective, at, Noise::measure).floor(),
            seed: lab.seed.stream("ends of a Hessian").random(),
        };
        let near = objective.space().device.precision.round_off().sqrt();
        let found = extent(&operator, &search, |sight| {
            let size = sight.lowest.value.abs().max(sight.highest.value.abs());
            let sharp = |end: Outermost| end.bound - sight.noise <= near * size;
            match sight.below.is_finite() && sharp(sight.lowest) && sharp(sight.highest) {
                true => ControlFlow::Break(()),
                false => lab.flow(),
            }
        });
        let (lowest, highest) = (found.sight.lowest, found.sight.highest);
        let vectors = models::download(&found.vectors.tensor());
        Curvatures {
            values: vec![lowest.value, highest.value],
            half: lowest.bound.max(highest.bound),
            lowest: vectors[..objective.space().dimension].to_vec(),
            products: found.products,
        }
    }

    /// A bound of every magnitude of an eigenvalue.
    pub fn size(&self) -> f64 {
        self.values
            .iter()
            .fold(0.0f64, |most, value| most.max(value.abs()))
            + self.half
    }

    /// How far the values are from those of a whole spectrum, ascending, at most: all of them, or the ends.
    pub fn distance(&self, spectrum: &[f64]) -> f64 {
        let wanted = match self.values.len() == spectrum.len() {
            true => spectrum.to_vec(),
            false => vec![spectrum[0], spectrum[spectrum.len() - 1]],
        };
        let pairs = self.values.iter().zip(&wanted);
        crate::largest(pairs.map(|(found, wanted)| (found - wanted).abs()))
    }
}

fn operator<'a>(objective: &dyn Objective, here: &'a dyn models::Curvature) -> CurvatureOperator<'a> {
    CurvatureOperator {
        product: Box::new(|directions| here.hessian_times(directions)),
        device: objective.space().device.clone(),
        dimension: objective.space().dimension,
    }
}

/// ∇²f at a point `[P, P]`, by P products.
fn hessian(objective: &dyn Objective, at: &Point) -> Matrix {
    let here = objective.linearise(at);
    explicit(&operator(objective, here.as_ref()), BLOCK).matrix
}

/// The largest magnitude of an eigenvalue of ∇²f at some points of an objective with few parameters.
pub(crate) fn largest_curvature(objective: &dyn Objective, points: &[Point]) -> f64 {
    let at = |point: &Point| {
        let spectrum = eigenvalues(&hessian(objective, point));
        spectrum.iter().fold(0.0f64, |most, value| most.max(value.abs()))
    };
    points.iter().map(at).fold(0.0, crate::larger)
}
