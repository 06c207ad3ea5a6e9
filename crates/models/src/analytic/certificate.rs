//! Proofs that a factor is globally optimal, from convex duality.

use super::{MatrixSensing, QuadraticNetwork, SymmetricFactorisation};
use crate::Point;
use spectra::{Matrix, smallest_at_least};

/// How far a factor can be from the global minimum at most, by convex duality.
///
/// If f(U) = F(UUᵀ) for a convex F, then with Γ = ∇F(UUᵀ) every X ⪰ 0 has F(X) ≥ F(UUᵀ) + ⟨Γ, X − UUᵀ⟩, so that
///
/// f(U) − F* ≤ ⟨Γ, UUᵀ⟩ + max(0, −λmin(Γ))·tr X*
///
/// for the minimum F* of F over all X ⪰ 0 of any rank, taken at X*. F* is no larger than the least value of f, and equal to
/// it where the factor has as many columns as X* has rank. At a critical point ΓU = 0: it is a global minimum if Γ ⪰ 0
/// (Burer & Monteiro 2005; Journée et al. 2010).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DualCertificate {
    /// A proven lower bound of λmin(Γ), as tight as rounding allows. Γ itself is rounded as the device rounds.
    pub smallest: f64,
    /// The bound of f(U) − F*; infinite where tr X* has no bound and Γ has a negative eigenvalue.
    pub gap: f64,
}

/// The certificate of Γ at the factor U `[d, k]`, where tr X* is at most `trace`.
fn certificate(gamma: &Matrix, factor: &Matrix, trace: f64) -> DualCertificate {
    let smallest = smallest_at_least(gamma).bound;
    let image = gamma * factor;
    let places = (0..factor.nrows()).flat_map(|i| (0..factor.ncols()).map(move |j| (i, j)));
    let inside: f64 = places.map(|(i, j)| image[(i, j)] * factor[(i, j)]).sum();
    let below = if smallest < 0.0 { -smallest * trace } else { 0.0 };
    DualCertificate {
        smallest,
        gap: inside + below,
    }
}

fn factor(at: &Point, columns: usize) -> Matrix {
    let numbers = at.to_host();
    Matrix::from_fn(numbers.len() / columns, columns, |i, j| numbers[i * columns + j])
}

impl SymmetricFactorisation {
    /// The certificate of F(X) = ¼‖X − M‖², with Γ = ½(UUᵀ − M) and X* the positive part of M.
    ///
    /// It proves nothing near the minimum if M has more positive eigenvalues than U has columns, since X* then has a larger
    /// rank. On the host, some 10·d³ operations.
    ///
    /// ```
    /// use models::analytic::SymmetricFactorisation;
    /// use models::{Device, Point, Precision, Seed};
    /// let device = Device::cpu(Precision::F64);
    /// let problem = SymmetricFactorisation::with_spectrum(&[4.0, 1.0, -1.0], 2, Seed(1), &device).unwrap();
    /// let at = |set: &[usize]| Point::from_host(problem.critical(set).unwrap().at, &device);
    /// let best = problem.dual_certificate(&at(&[0, 1]));
    /// assert!(best.smallest > -1e-14 && best.gap.abs() < 1e-13);
    /// // Without the second eigenvalue ¼ more is lost, and the bound is ½·1·(4 + 1).
    /// let saddle = problem.dual_certificate(&at(&[0]));
    /// assert!((saddle.smallest + 0.5).abs() < 1e-13 && (saddle.gap - 2.5).abs() < 1e-12);
    /// ```
    pub fn dual_certificate(&self, at: &Point) -> DualCertificate {
        let u = factor(at, self.rank());
        let residual = &u * u.transpose() - self.matrix();
        let gamma = Matrix::from_fn(u.nrows(), u.nrows(), |i, j| 0.5 * residual[(i, j)]);
        let trace = self.eigenvalues().iter().map(|x| x.max(0.0)).sum();
        certificate(&gamma, &u, trace)
    }
}

impl MatrixSensing {
    /// The certificate of F(X) = (1/2m)Σ(⟨Aᵢ, X⟩ − bᵢ)², with Γ = (1/m)Σ(⟨Aᵢ, UUᵀ⟩ − bᵢ)Aᵢ and X* = M, which fits.
    pub fn dual_certificate(&self, at: &Point) -> DualCertificate {
        certificate(
            &self.dual_matrix(at),
            &factor(at, self.rank()),
            self.planted_trace(),
        )
    }
}

impl QuadraticNetwork {
    /// The certificate of F(X) = (1/2n)Σ(xᵢᵀXxᵢ − yᵢ)² + (λ/2)tr X + ⟨C, X⟩ for a second layer of ones, with
    /// Γ = (1/n)Σrᵢxᵢxᵢᵀ + (λ/2)I + C and tr X* ≤ L(W)/(λ/2 + λmin(C)). `None` for another second layer.
    ///
    /// Any critical point has ΓW = 0. It is global if Γ ⪰ 0, as at second-order points whose rank is below the number of
    /// units, and if W has rank d, since then Γ = 0 (Du & Lee 2018).
    pub fn dual_certificate(&self, at: &Point) -> Option<DualCertificate> {
        let gamma = self.dual_matrix(at)?;
        Some(certificate(
            &gamma,
            &factor(at, self.units()),
            self.trace_bound(at),
        ))
    }
}
