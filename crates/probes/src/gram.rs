//! The Gram matrix of the outputs' gradients.

use crate::tangent_kernel::{Examples, TangentKernel, bytes, interrupted, too_many};
use crate::{Cost, Finding, Measurement, Scalar, Site, Subject};
use models::{Point, Precision, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::{Matrix, eigenvalues, smallest_at_least};
use std::time::Instant;

/// The Gram matrix K = JJᵀ of the outputs' gradients on the first examples, the empirical neural tangent kernel.
///
/// K is `[nC, nC]` for n examples of C outputs, without the loss's normalisation; it is computed in f64, whatever the
/// device and the precision of the run (Jacot, Gabriel & Hongler 2018).
/// That λmin exceeds a bound is proven for the numbers of the matrix (Rump 2006); what rounding changed in these numbers
/// is measured, and taken off.
/// The drift is the spectral norm of K − K₀ for the run's start, and where the network has a limit of infinite width in
/// closed form, the distance is that of K − K∞.
///
/// Costs two Gram matrices at a point, some 4 (nC)³ operations, and four matrices of (nC)² numbers. It can be stopped between
/// blocks of a Gram matrix and between spectra, and not within a spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Gram {
    /// How many examples, the first of the sample; n·C is at most 20,000.
    pub examples: usize,
}

impl Default for Gram {
    /// 200: with ten outputs some seconds at each site.
    fn default() -> Self {
        Gram { examples: 200 }
    }
}

const SMALLEST: &str = "smallest eigenvalue of the Gram matrix";
const PROVEN: &str = "proven lower bound of the Gram matrix's eigenvalues";
const LARGEST: &str = "largest eigenvalue of the Gram matrix";
const DRIFT: &str = "drift of the Gram matrix from the start";
/// Found where the start's Gram matrix is not zero.
const RELATIVE_DRIFT: &str = "relative drift of the Gram matrix from the start";
/// Found where there is a limit in closed form, as for wide ReLU networks.
const DISTANCE: &str = "distance of the Gram matrix from its limit of infinite width";
const LIMIT: &str = "smallest eigenvalue of the limit of infinite width";

impl Measurement for Gram {
    fn multiplies(&self) -> bool {
        false
    }

    fn numbers(&self) -> Vec<String> {
        [SMALLEST, PROVEN, LARGEST, DRIFT, RELATIVE_DRIFT, DISTANCE, LIMIT]
            .map(String::from)
            .to_vec()
    }

    fn problem(&self, subject: &Subject) -> Option<Problem> {
        too_many(self.examples, subject)
    }

    fn host_bytes(&self, subject: &Subject) -> u64 {
        // Two matrices that are compared, their difference, and one to work in; their points, and one on its way.
        bytes(self.examples, 4, 3, subject)
    }

    fn measure(&self, site: &Site) -> Finding {
        let clock = Instant::now();
        let mut finding = Finding {
            probe: "gram".into(),
            ..Finding::default()
        };
        if let Some(examples) = Examples::first(site, self.examples)
            && look(&examples, site, &mut finding).is_none()
        {
            interrupted(&mut finding);
        }
        finding.cost = Cost {
            seconds: clock.elapsed().as_secs_f64(),
            ..Cost::default()
        };
        finding
    }
}

/// Adds what is known as soon as it is known; `None` where the site stopped it.
fn look(examples: &Examples, site: &Site, finding: &mut Finding) -> Option<()> {
    let risk = &examples.risk;
    let flow = || site.flow().continue_value();
    let here = TangentKernel::at(site, risk, &examples.at)?;
    if !here.matrix.is_all_finite() {
        let warning = "the Gram matrix has entries that are no numbers: the point or an input is not finite";
        finding.warnings.push(warning.into());
        finding.incomplete = true;
        return Some(());
    }
    let proven = smallest_at_least(&here.matrix);
    flow()?;
    let largest = norm(&here.matrix);
    let solver = solver_error(&here.matrix, largest);
    let least = proven.bound - here.error;
    finding.scalars.extend([
        scalar(
            SMALLEST,
            proven.estimate,
            (proven.estimate - proven.bound).max(solver) + here.error,
        ),
        Scalar {
            uncertainty: None,
            ..scalar(PROVEN, least, 0.0)
        },
        scalar(LARGEST, largest, solver + here.error),
    ]);
    let rows = here.matrix.nrows();
    let parameters = risk.network().space().dimension;
    finding.verdicts.push(if rows > parameters {
        format!(
            "On {} the Gram matrix has {rows} rows and there are {parameters} parameters, so that it is singular.",
            examples.words()
        )
    } else if least > 0.0 {
        format!(
            "On {} the Gram matrix is positive definite: every eigenvalue exceeds {least:.3e}.",
            examples.words()
        )
    } else {
        format!(
            "On {} it is not proven that the Gram matrix is positive definite.",
            examples.words()
        )
    });
    flow()?;
    let mut add = |name: &str, value: f64, uncertainty: f64| {
        finding.scalars.push(scalar(name, value, uncertainty));
    };
    let start = Point::from_host(site.start.at().to_host(), &risk.network().space().device);
    let start = TangentKernel::at(site, risk, &start)?;
    let difference = &here.matrix - &start.matrix;
    let drift = norm(&difference);
    let error = here.error + start.error + solver_error(&difference, drift);
    add(DRIFT, drift, error);
    flow()?;
    let size = norm(&start.matrix);
    if size > 0.0 {
        add(
            RELATIVE_DRIFT,
            drift / size,
            (error + drift / size * start.error) / size,
        );
    }
    // Room for the limit.
    drop((start, difference));
    flow()?;
    if let Some(limit) = risk.infinite_width_gram() {
        let difference = &here.matrix - &limit;
        let distance = norm(&difference);
        // Each entry of the limit is a handful of roundings of a sum of d products.
        let inputs = risk.network().inputs() as f64;
        let trace: f64 = (0..rows).map(|i| limit[(i, i)]).sum();
        let closed_form = (inputs + 16.0) * Precision::F64.round_off() * trace;
        add(
            DISTANCE,
            distance,
            here.error + closed_form + solver_error(&difference, distance),
        );
        drop(difference);
        flow()?;
        let least = smallest_at_least(&limit);
        let solver = solver_error(&limit, norm(&limit));
        add(
            LIMIT,
            least.estimate,
            (least.estimate - least.bound).max(solver) + closed_form,
        );
    }
    Some(())
}

fn scalar(name: &str, value: f64, uncertainty: f64) -> Scalar {
    Scalar {
        name: name.into(),
        value,
        uncertainty: Some(uncertainty),
        unit: String::new(),
    }
}

/// ‖A‖₂ of a symmetric matrix.
pub(crate) fn norm(matrix: &Matrix) -> f64 {
    let values = eigenvalues(matrix);
    let end = |value: Option<&f64>| value.map_or(0.0, |value| value.abs());
    end(values.first()).max(end(values.last()))
}

/// By how much a backward stable solver may miss an eigenvalue: n u ‖A‖ (Higham 2002).
pub(crate) fn solver_error(matrix: &Matrix, norm: f64) -> f64 {
    matrix.nrows() as f64 * Precision::F64.round_off() * norm
}
