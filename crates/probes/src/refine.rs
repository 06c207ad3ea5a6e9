//! Eigenpairs that were found in single precision, found again in double precision.

use crate::Site;
use crate::operator::Matrix;
use models::{Directions, Objective, Point};
use spectra::{EigenPairs, Ending};

/// The residual of a refined pair, relative to its value or to the norm of the matrix: two hundred times below what
/// single precision can tell, 32 · 2⁻²⁴.
const REFINED: f64 = 1e-8;

/// The pairs of a matrix at the same point of the same objective in double precision, searched for from the vectors that
/// single precision has found.
///
/// Residuals and intervals are those of products in double precision. Where the site stops it, the pairs stay as they
/// were, and say that they were interrupted. Cost: products in double precision, whose number is added to that of the
/// pairs.
pub(crate) fn refine(
    double: &dyn Objective,
    site: &Site,
    matrix: Matrix,
    coarse: EigenPairs<Directions>,
    ends: &spectra::Ends,
) -> EigenPairs<Directions> {
    if coarse.ending == Ending::NotFinite {
        return coarse;
    }
    let space = double.space();
    let at = Point::from_host(site.at.to_host(), &space.device);
    let here = double.linearise(&at);
    let divisor = site.divisor.map(|divisor| divisor.on(&space.device));
    let operator = matrix.over(space, divisor.as_ref(), &*here);
    let ends = spectra::Ends {
        relative: REFINED,
        absolute: REFINED * coarse.norm,
        ..*ends
    };
    let shape = [coarse.vectors.count(), coarse.vectors.dimension()];
    let vectors = space.device.upload(coarse.vectors.to_host(), shape);
    let mut fine = spectra::extremes_near(&operator, &ends, &Directions::new(vectors), |_| site.flow());
    let products = coarse.products + fine.products;
    if fine.ending == Ending::Interrupted {
        fine = coarse;
        fine.ending = Ending::Interrupted;
    }
    fine.products = products;
    fine
}
