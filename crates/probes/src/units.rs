//! A lower bound of the Hessian's spectrum from its residual part, hidden unit by hidden unit.

use crate::Site;
use models::{Curvature, Directions, Units};
use spectra::{Matrix, eigenvalues};

/// A number below all eigenvalues of the Hessian.
pub(crate) struct Floor {
    /// The number.
    pub bound: f64,
    /// The products that it took.
    pub products: usize,
}

/// A lower bound of λmin(H) for networks whose outputs are sums over hidden units, with at most so many products.
///
/// H = G + R, where the Gauss–Newton part G has no negative eigenvalue because all losses are convex, so that
/// λmin(H) ≥ λmin(R) (Weyl). R is block diagonal, one block for each hidden unit ([`Units`]). A product with the sum of the
/// unit vectors of one parameter of every unit gives that column of all blocks at once: one product for each output where
/// the activation is piecewise linear, and the block of a unit is [[0, Tᵀ], [T, 0]], whose smallest eigenvalue is −‖T‖; one
/// for each input and the bias elsewhere. What rounding may have changed is taken off.
pub(crate) fn floor(site: &Site, here: &dyn Curvature, most: usize) -> Option<Floor> {
    let units = site.objective.as_risk()?.network().units()?;
    let products = units.columns.len();
    if products > most {
        return None;
    }
    let columns = columns(site, here, &units)?;
    let least = |(unit, own): (usize, &Vec<usize>)| match units.columns.end == units.outward {
        true => {
            let part = Matrix::from_fn(own.len() - units.outward, units.outward, |i, k| {
                columns[k][own[units.outward + i]]
            });
            let squares = eigenvalues(&(part.transpose() * &part));
            -squares.last().map_or(0.0, |square| square.max(0.0).sqrt())
        }
        false => lowest(&columns, &units, unit),
    };
    let all: Vec<f64> = units.parameters.iter().enumerate().map(least).collect();
    // `min` of floats skips NaN.
    if all.iter().any(|value| value.is_nan()) {
        return None;
    }
    let lowest = all.into_iter().fold(0.0, f64::min);
    // Each product is with a vector of norm √(number of units), and each of its numbers stands twice in a block.
    let count = (units.parameters.len() * products) as f64;
    let bound = lowest - (2.0 * count).sqrt() * site.noise().floor();
    bound.is_finite().then_some(Floor { bound, products })
}

/// The products with the sums of unit vectors, `[P]` each.
fn columns(site: &Site, here: &dyn Curvature, units: &Units) -> Option<Vec<Vec<f64>>> {
    let space = site.objective.space();
    let mut columns = Vec::new();
    for place in units.columns.clone() {
        let mut sum = vec![0.0; space.dimension];
        for own in &units.parameters {
            sum[own[place]] = 1.0;
        }
        let product = here.residual_times(&Directions::from_host(sum, &space.device))?;
        columns.push(product.to_host());
        if (site.interrupted)() {
            return None;
        }
    }
    Some(columns)
}

/// The smallest eigenvalue of a unit's block, from its columns beside those of the weights to the outputs.
fn lowest(columns: &[Vec<f64>], units: &Units, unit: usize) -> f64 {
    let own = &units.parameters[unit];
    let entry = |i: usize, k: usize| columns[k - units.outward][own[i]];
    let block = Matrix::from_fn(own.len(), own.len(), |i, k| {
        match (i < units.outward, k < units.outward) {
            // In the weights to the outputs, the outputs are linear.
            (true, true) => 0.0,
            (true, false) => entry(i, k),
            (false, true) => entry(k, i),
            (false, false) => 0.5 * (entry(i, k) + entry(k, i)),
        }
    });
    eigenvalues(&block).first().copied().unwrap_or(0.0)
}
