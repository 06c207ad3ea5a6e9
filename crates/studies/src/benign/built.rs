//! One face for all problems.

use models::analytic::{
    AsymmetricFactorisation, DeepLinear, DualCertificate, MatrixCompletion, MatrixSensing, QuadraticNetwork,
    SymmetricFactorisation,
};
use models::{Objective, Point, Points, Problem};
use spectra::Matrix;

/// A problem, ready to be looked at.
pub(super) enum Built {
    Symmetric(SymmetricFactorisation),
    Asymmetric(AsymmetricFactorisation),
    Sensing(MatrixSensing),
    Completion(MatrixCompletion),
    /// With a second layer of ones.
    Quadratic(QuadraticNetwork),
    /// With enough units of both signs to follow all targets.
    BothSigns(QuadraticNetwork),
    Linear(DeepLinear),
}

impl Built {
    pub fn objective(&self) -> &dyn Objective {
        match self {
            Built::Symmetric(it) => it,
            Built::Asymmetric(it) => it,
            Built::Sensing(it) => it,
            Built::Completion(it) => it,
            Built::Quadratic(it) | Built::BothSigns(it) => it,
            Built::Linear(it) => it,
        }
    }

    /// The least value, where a closed form knows it.
    pub fn least(&self) -> Option<f64> {
        match self {
            Built::Quadratic(_) => None,
            other => other.objective().known().at_least,
        }
    }

    /// How far a point is from the global minimum at most, where convex duality can tell.
    pub fn certificate(&self, at: &Point) -> Option<DualCertificate> {
        match self {
            Built::Symmetric(it) => {
                let positive = it.eigenvalues().iter().filter(|value| **value > 0.0).count();
                (positive <= it.rank()).then(|| it.dual_certificate(at))
            }
            Built::Sensing(it) => Some(it.dual_certificate(at)),
            Built::Quadratic(it) => it.dual_certificate(at),
            Built::Asymmetric(_) | Built::Completion(_) | Built::BothSigns(_) | Built::Linear(_) => None,
        }
    }

    /// The largest ‖UUᵀ − M‖/‖M‖ that counts as having found a planted M, where the value is not all that is asked for.
    pub fn found_within(&self) -> Option<f64> {
        match self {
            Built::Sensing(_) => Some(1e-6),
            Built::Completion(_) => Some(1e-4),
            _ => None,
        }
    }

    /// ‖UUᵀ − M‖/‖M‖ for a planted M.
    pub fn error(&self, at: &Point) -> Option<f64> {
        match self {
            Built::Sensing(it) => {
                let (rank, planted) = (it.rank(), it.planted());
                let square = |point: &Point| {
                    let numbers = point.to_host();
                    let u = Matrix::from_fn(numbers.len() / rank, rank, |i, j| numbers[i * rank + j]);
                    &u * u.transpose()
                };
                let matrix = square(&planted);
                Some((square(at) - &matrix).norm_l2() / matrix.norm_l2())
            }
            Built::Completion(it) => Some(it.errors(&Points::of(std::slice::from_ref(at)))[0]),
            _ => None,
        }
    }

    /// Why a planted M cannot be found, where that is certain.
    pub fn undetermined(&self) -> Option<Problem> {
        match self {
            Built::Completion(it) => it.undetermined(),
            _ => None,
        }
    }

    /// The values of all critical points, where there are finitely many and they are known.
    pub fn critical_values(&self) -> Option<Vec<f64>> {
        match self {
            Built::Linear(it) => it.critical_values().ok(),
            _ => None,
        }
    }

    /// Critical points with their values and spectra: those that the problem names, and for factorisations one for each
    /// set of eigenvalues or singular values.
    pub fn critical(&self) -> Vec<models::CriticalPoint> {
        match self {
            Built::Symmetric(it) => all_sets(it.eigenvalues(), it.rank(), |set| it.critical(set)),
            Built::Asymmetric(it) => {
                let rank = it.space().parameters[0].shape[1];
                all_sets(it.singular_values(), rank, |set| it.critical(set))
            }
            other => other.objective().known().critical,
        }
    }
}

/// Values of which all sets are taken, and of which they are where matrices are large.
const MOST: usize = 6;
const FEW: usize = 2;
/// Values from which a matrix is large.
const MANY: usize = 500;

/// The critical points of all sets of at most `rank` of the positive values, of which the largest six are taken, or two.
fn all_sets(
    values: &[f64],
    rank: usize,
    point: impl Fn(&[usize]) -> Result<models::CriticalPoint, Problem>,
) -> Vec<models::CriticalPoint> {
    let most = if values.len() < MANY { MOST } else { FEW };
    let positive = values.iter().filter(|value| **value > 0.0).count().min(most);
    let members = |bits: u32| -> Vec<usize> { (0..positive).filter(|i| bits & (1 << i) != 0).collect() };
    let sets = (0u32..1 << positive).filter(|bits| bits.count_ones() as usize <= rank);
    sets.filter_map(|bits| point(&members(bits)).ok()).collect()
}
