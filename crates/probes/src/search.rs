//! The ends of the Hessian's spectrum, for probes that ask for more than them.

use crate::Site;
use models::{Curvature, CurvatureOperator, Directions, Problem};
use rand::RngExt;
use spectra::{EigenPairs, Ends};
use std::ops::ControlFlow;

/// Searches the Hessian at a site, with random vectors from the stream of the probe `name`.
pub(crate) fn hessian_ends(
    site: &Site,
    here: &dyn Curvature,
    ends: &Ends,
    name: &str,
) -> EigenPairs<Directions> {
    let space = site.objective.space();
    let operator = CurvatureOperator {
        product: Box::new(|v| here.hessian_times(v)),
        device: space.device.clone(),
        dimension: space.dimension,
    };
    let ends = Ends {
        seed: site.seed.stream(name).random(),
        block: operator.at_once(),
        noise: site.noise().floor(),
        ..*ends
    };
    spectra::extremes(&operator, &ends, |_| match (site.interrupted)() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    })
}

/// What is wrong with the tolerance and the products of a search, if anything.
pub(crate) fn problem(tolerance: f64, products: usize) -> Option<Problem> {
    if !(tolerance > 0.0 && tolerance < 1.0) {
        let complaint = format!("is {tolerance}: it must lie between 0 and 1, for instance 1e-3");
        return Some(Problem::new("tolerance", complaint));
    }
    (products == 0).then(|| Problem::new("products", "is 0: at least one product is needed"))
}
