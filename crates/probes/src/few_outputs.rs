//! All eigenvalues of the Gauss–Newton matrix, where there are few outputs.

use crate::operator::{Matrix, Operator};
use crate::tangent_kernel::{Examples, TangentKernel};
use crate::{Site, Subject};
use spectra::{Density, eigen, eigenvalues};

/// The most outputs of all examples together: (nC)³ operations take seconds.
const OUTPUTS: usize = 2_000;
/// Each eigenvalue is rounded by a few round-offs of the norm for each row.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

impl Matrix<'_> {
    /// Whether all its eigenvalues are computed from the outputs: it is the whole Gauss–Newton matrix, and there are few of
    /// them, and fewer than parameters.
    pub fn has_few_outputs(&self, subject: &Subject) -> bool {
        self.has_few(subject.examples, subject.outputs, subject.parameters)
    }

    /// The same at a site.
    pub fn has_few_outputs_at(&self, site: &Site) -> bool {
        let risk = site.objective.as_risk();
        let parameters = site.objective.space().dimension;
        risk.is_some_and(|risk| self.has_few(risk.examples(), risk.network().outputs(), parameters))
    }

    fn has_few(&self, examples: usize, outputs: usize, parameters: usize) -> bool {
        let rows = examples.saturating_mul(outputs);
        let whole = Matrix {
            operator: Operator::GaussNewton,
            ..Matrix::default()
        };
        *self == whole && rows <= OUTPUTS && rows < parameters
    }
}

/// The spectrum of G = w Σ Jᵢᵀ Sᵢ Jᵢ, in f64 on the processor; `None` if the site stops it.
///
/// Its eigenvalues other than zero are those of w RKR with K = JJᵀ `[nC, nC]` and R, the root of the block diagonal matrix of
/// the Sᵢ = ∂²ℓᵢ/∂zᵢ² `[C, C]`; the other P − nC are zero. Where K is wrong by a matrix of norm e, they are by at most
/// w max‖Sᵢ‖ e (Weyl).
///
/// # Panics
/// If the objective is no network's risk.
pub(crate) fn gauss_newton(site: &Site) -> Option<Density> {
    let all = Examples::first(site, usize::MAX).expect("the outputs are those of a network");
    let TangentKernel { mut matrix, error } = TangentKernel::at(site, &all.risk, &all.at)?;
    let (n, c) = (all.risk.examples(), all.risk.network().outputs());
    let bends = all.risk.output_hessians(&all.at);
    let weight = all.risk.loss().weight(n);
    if !matrix.is_all_finite() || bends.iter().any(|bend| !bend.is_finite()) {
        return Some(Density::of_eigenvalues(vec![f64::NAN], all.at.dimension(), error));
    }
    let mut steepest = 0.0f64;
    // R = VΛ^{1/2}Vᵀ, from the left and from the right.
    let roots: Vec<spectra::Matrix> = bends
        .chunks(c * c)
        .map(|bend| {
            let spectrum = eigen(&spectra::Matrix::from_fn(c, c, |i, j| bend[i * c + j]));
            steepest = spectrum
                .values
                .iter()
                .fold(steepest, |most, value| most.max(*value));
            let vectors = &spectrum.vectors;
            // Rounding makes a zero a little less.
            let scaled = spectra::Matrix::from_fn(c, c, |i, j| {
                vectors[(i, j)] * (weight * spectrum.values[j].max(0.0)).sqrt()
            });
            scaled * vectors.transpose()
        })
        .collect();
    for (i, root) in roots.iter().enumerate() {
        let rows = root * matrix.subrows(i * c, c);
        matrix.subrows_mut(i * c, c).copy_from(rows);
    }
    for (i, root) in roots.iter().enumerate() {
        let columns = matrix.subcols(i * c, c) * root;
        matrix.subcols_mut(i * c, c).copy_from(columns);
    }
    let values = eigenvalues(&matrix);
    let norm = values.iter().fold(0.0f64, |norm, value| norm.max(value.abs()));
    let noise = weight * steepest * error + ROUNDING * (n * c) as f64 * norm;
    Some(Density::of_eigenvalues(values, all.at.dimension(), noise))
}
