//! The ends of the Hessian's spectrum, for probes that ask for more than them.

use crate::operator::Matrix;
use crate::{Site, Subject};
use models::{Curvature, Directions, Problem};
use rand::RngExt;
use spectra::{EigenPairs, Ends};

/// Searches the Hessian at a site, with random vectors from the stream of the probe `name`.
pub(crate) fn hessian_ends(
    site: &Site,
    here: &dyn Curvature,
    ends: &Ends,
    name: &str,
) -> EigenPairs<Directions> {
    let operator = Matrix::default().at(site, here);
    let ends = Ends {
        seed: site.seed.stream(name).random(),
        block: operator.at_once(),
        noise: site.noise().floor(),
        ..*ends
    };
    spectra::extremes(&operator, &ends, |_| site.flow())
}

/// How many vectors `[P]` such a search holds at once.
pub(crate) fn vectors(ends: &Ends, subject: &Subject) -> usize {
    let block = models::at_once(subject.on_host, subject.parameters);
    Ends { block, ..*ends }.vectors(subject.on_host)
}

/// What is wrong with the tolerance and the products of a search, if anything.
pub(crate) fn problem(tolerance: f64, products: usize) -> Option<Problem> {
    if !(tolerance > 0.0 && tolerance < 1.0) {
        let complaint = format!("is {tolerance}: it must lie between 0 and 1, for instance 1e-3");
        return Some(Problem::new("tolerance", complaint));
    }
    (products == 0).then(|| Problem::new("products", "is 0: at least one product is needed"))
}
