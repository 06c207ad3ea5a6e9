//! What kind of point is it, and is it second-order stationary?

use crate::degenerate::Kernel;
use crate::extent::{extent, positive, problem, rounded_down};
use crate::noise::scaled;
use crate::point_kind::judge;
use crate::{Cost, Finding, Measurement, PointKind, Scalar, Site, Subject, nearby, operator};
use models::{Directions, Problem};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::{Block, Extent, Matrix, Sight, eigen, explicit};
use std::time::Instant;

/// What kind of point it is, and whether it is ε-second-order stationary: ‖∇L‖ ≤ ε and λmin ≥ −√(ρε) (Nesterov and
/// Polyak 2006; Jin et al. 2017).
///
/// Curvature counts where its interval lies beyond the larger of √(ρ‖∇L‖), what eigenvalues of zero may become beside
/// a critical point, and 1000 round-offs. A strict saddle comes with a point where the loss is lower, which holds
/// whatever the errors of the eigenvalues. Where ρ is given or known for the objective, and all eigenvalues are (with at
/// most 128 parameters) or have one sign, a critical point nearby is proven with its kind (Kantorovich 1948).
/// Where second order does not decide and there are at most 128 parameters, the
/// loss is followed along the kernel of the Hessian.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Stationarity {
    /// ε > 0. Default: 0.001 of the largest absolute eigenvalue found, a distance of 0.001 along its direction.
    pub epsilon: Option<f64>,
    /// ρ > 0, the Hessian's Lipschitz constant. Default: estimated nearby, from below.
    pub lipschitz: Option<f64>,
    /// δ, the probability with which the bound of the smallest eigenvalue may fail.
    pub delta: f64,
    /// The most products to spend on the spectrum; as many vectors are kept.
    pub products: usize,
}

impl Default for Stationarity {
    /// As the probe `negative-curvature`, whose search it uses.
    fn default() -> Self {
        Stationarity {
            epsilon: None,
            lipschitz: None,
            delta: 0.01,
            products: 128,
        }
    }
}

/// ε where none is given, as a share of the largest absolute eigenvalue.
const SHARE: f64 = 1e-3;
/// Residuals, relative to the largest absolute eigenvalue, at which the ends are known well enough.
const RESIDUAL: f64 = 1e-4;
/// Slack of the bounds, relative to the largest absolute eigenvalue, at which they are good enough.
const SLACK: f64 = 0.02;
/// Round-offs of the largest absolute eigenvalue under which an eigenvalue is zero.
const ROUNDING: f64 = 1e3;
/// The most parameters for which the loss is followed along the kernel.
const SMALL: usize = 128;

const GRADIENT: &str = "gradient norm";
const EPSILON: &str = "ε of stationarity";
const LIPSCHITZ: &str = "Lipschitz constant of the Hessian";
const SMALLEST: &str = "smallest curvature found";
const LARGEST: &str = "largest curvature found";
const BOUND: &str = "bound below all curvature";
const DECREASE: &str = "decrease along negative curvature";
const NEAR: &str = "distance to a proven critical point";

impl Measurement for Stationarity {
    fn numbers(&self) -> Vec<String> {
        [
            GRADIENT, EPSILON, LIPSCHITZ, SMALLEST, LARGEST, BOUND, DECREASE, NEAR,
        ]
        .map(String::from)
        .to_vec()
    }

    fn problem(&self, _subject: &Subject) -> Option<Problem> {
        positive("lipschitz", self.lipschitz).or_else(|| problem(self.epsilon, self.delta, self.products))
    }

    fn vectors(&self, _subject: &Subject) -> usize {
        self.products.saturating_add(10)
    }

    fn products(&self, _subject: &Subject) -> usize {
        self.products
    }

    fn measure(&self, site: &Site) -> Finding {
        let clock = Instant::now();
        let here = site.objective.linearise(site.at);
        let enough = |sight: &Sight| {
            let norm = norm(sight);
            let slack = (sight.lowest.value - sight.below).max(sight.above - sight.highest.value);
            sight.lowest.bound.max(sight.highest.bound) <= RESIDUAL * norm && slack <= SLACK * norm
        };
        let limits = (self.products, self.delta);
        let found = extent(site, here.as_ref(), limits, "stationarity", enough);
        let mut cost = Cost {
            gradients: 1,
            products: found.products,
            ..Cost::default()
        };
        let sight = &found.sight;
        let scale = norm(sight);
        let epsilon = self.epsilon.unwrap_or(SHARE * scale);
        let gradient = site.slope.gradient.norms()[0];
        let nearby = || {
            cost.gradients += 1;
            cost.products += 2 * found.vectors.columns() + 1;
            lipschitz(site, here.as_ref(), &found.vectors)
        };
        let rho = self.lipschitz.unwrap_or_else(nearby);
        let (low, high) = (sight.lowest, sight.highest);
        let round_off = site.objective.space().device.precision.round_off();
        let flat = (rho.max(scale) * gradient)
            .sqrt()
            .max(ROUNDING * round_off * scale);
        let kind = judge(
            gradient,
            epsilon,
            (low.value, low.bound),
            (high.value, high.bound),
            flat,
        );

        let mut verdicts = vec![format!("This is {}.", kind.phrase())];
        let mut scalars = vec![
            Scalar::exact(GRADIENT, gradient),
            Scalar::exact(EPSILON, epsilon),
            Scalar::exact(LIPSCHITZ, rho),
            within(SMALLEST, low.value, low.bound),
            within(LARGEST, high.value, high.bound),
        ];
        scalars.extend(sight.below.is_finite().then(|| Scalar::exact(BOUND, sight.below)));
        if low.value + low.bound < 0.0 && kind != PointKind::NotStationary {
            let (distance, decrease) = descend(site, &found, rho);
            cost.gradients += 1;
            if decrease > ROUNDING * round_off * site.slope.value.abs() {
                scalars.push(Scalar::exact(DECREASE, decrease));
                verdicts.push(format!(
                    "At a distance of {distance:.1e} along the direction of the smallest curvature the loss is lower by \
                     {decrease:.3e}: this is no local minimum, whatever the errors of the eigenvalues."
                ));
            }
        }
        if kind == PointKind::StrictMinimum && sight.below > 0.0 {
            verdicts.push(format!(
                "Every eigenvalue is above {}, {}.",
                rounded_down(sight.below),
                self.sure(&found)
            ));
        }
        if kind == PointKind::FlatOrMinimum {
            let parameters = site.at.dimension();
            if parameters <= SMALL {
                cost.products += parameters;
                let matrix =
                    explicit(&operator::Matrix::default().at(site, here.as_ref()), parameters).matrix;
                let spectrum = eigen(&matrix);
                let mut stream = site.seed.stream("kernel");
                // Eigenvalues that are known to be within their own noise of zero are flat as well.
                let flat = flat.max(low.bound).max(sight.noise);
                let kernel = Kernel::follow(site.objective, site.at, &spectrum, flat, &mut stream);
                verdicts.push(kernel.told(high.value > flat));
            } else {
                verdicts.push(format!(
                    "The loss was not followed along the kernel of the Hessian: that is done for at most {SMALL} parameters."
                ));
            }
        }
        let proven = self.proven(site, here.as_ref(), &found, (kind, gradient), &mut cost);
        let certain = proven.as_ref().is_some_and(|proven| proven.certain);
        if let Some(proven) = proven {
            scalars.push(Scalar::exact(NEAR, proven.distance));
            verdicts.push(proven.verdict);
        }
        verdicts.push(self.second_order(&found, gradient, epsilon, rho));
        verdicts.extend(global(site, kind));
        cost.seconds = clock.elapsed().as_secs_f64();
        let finding = Finding {
            probe: "stationarity".into(),
            scalars,
            verdicts,
            incomplete: !(found.whole() || enough(sight)),
            warnings: kind
                .caveat()
                .filter(|_| !certain)
                .map(String::from)
                .into_iter()
                .collect(),
            cost,
            ..Finding::default()
        };
        match found.skewed() {
            Some(why) => finding.withheld(why),
            None => finding,
        }
    }
}

impl Stationarity {
    /// How a verdict begins that finds a point ε-second-order stationary.
    const HOLDS: &str = "Second-order stationary";

    /// Whether a finding of this probe says that the point is ε-second-order stationary.
    pub fn holds(finding: &Finding) -> bool {
        finding
            .verdicts
            .iter()
            .any(|verdict| verdict.starts_with(Self::HOLDS))
    }

    /// The critical point that must lie nearby, where the Lipschitz constant of the Hessian is known.
    fn proven(
        &self,
        site: &Site,
        here: &dyn models::Curvature,
        found: &Extent<Directions>,
        (kind, gradient): (PointKind, f64),
        cost: &mut Cost,
    ) -> Option<Proven> {
        if matches!(kind, PointKind::NotStationary | PointKind::FlatOrMinimum) {
            return None;
        }
        let rho = self.lipschitz.or(site.objective.known().hessian_lipschitz)?;
        let (sight, parameters) = (&found.sight, site.at.dimension());
        // How many eigenvalues are negative, and what none is below in magnitude.
        let (negative, least) = if parameters <= SMALL {
            cost.products += parameters;
            let matrix = explicit(&operator::Matrix::default().at(site, here), parameters).matrix;
            let values = eigen(&matrix).values;
            let negative = values.iter().filter(|value| **value < 0.0).count();
            let least = values
                .iter()
                .fold(f64::INFINITY, |least, value| least.min(value.abs()));
            (negative, least - sight.noise)
        } else if sight.below > 0.0 {
            (0, sight.below)
        } else if sight.above < 0.0 {
            (parameters, -sight.above)
        } else {
            return None;
        };
        // The gradient is known up to the rounding of products with vectors as long as the point.
        let length = Directions::new(site.at.tensor().clone().unsqueeze()).norms()[0];
        let gradient = gradient + sight.noise * length.max(1.0);
        let distance = nearby::distance(gradient, least, rho)?;
        let what = match negative {
            0 => "a strict local minimum".to_string(),
            all if all == parameters => "a strict local maximum".into(),
            some => format!("a strict saddle with {some} negative of {parameters} eigenvalues"),
        };
        let certain = parameters <= SMALL || found.whole();
        let sure = match certain {
            true => "for certain".into(),
            false => self.sure(found),
        };
        Some(Proven {
            distance,
            certain,
            verdict: format!(
                "Within {distance:.1e} lies exactly one critical point, {what}, {sure} (Kantorovich, with ρ = {rho})."
            ),
        })
    }

    /// How sure a bound of the spectrum is.
    fn sure(&self, found: &Extent<Directions>) -> String {
        match found.whole() {
            true => "for certain".into(),
            false => format!("with probability {}", 1.0 - self.delta),
        }
    }

    /// Whether the point is ε-second-order stationary: it is, it is not, or it cannot be told.
    fn second_order(&self, found: &Extent<Directions>, gradient: f64, epsilon: f64, rho: f64) -> String {
        let sight = &found.sight;
        let depth = (rho * epsilon).sqrt();
        let about = match self.lipschitz {
            Some(_) => format!("ε = {epsilon:.1e}, √(ρε) = {depth:.1e}"),
            None => format!("ε = {epsilon:.1e}, √(ρε) = {depth:.1e} with ρ estimated nearby, from below"),
        };
        if gradient > epsilon {
            return format!("Not second-order stationary ({about}): the gradient norm is {gradient:.1e}.");
        }
        if sight.lowest.value + sight.lowest.bound < -depth {
            return format!(
                "Not second-order stationary ({about}): an eigenvalue is below {:.3e}.",
                sight.lowest.value + sight.lowest.bound
            );
        }
        if sight.below >= -depth {
            return format!(
                "{} ({about}), {}: no eigenvalue is below {}.",
                Self::HOLDS,
                self.sure(found),
                rounded_down(sight.below)
            );
        }
        format!(
            "Whether it is second-order stationary cannot be told ({about}): the smallest eigenvalue lies between {:.3e} and \
             {:.3e}.",
            sight.below,
            sight.lowest.value + sight.lowest.bound
        )
    }
}

/// A critical point nearby.
struct Proven {
    distance: f64,
    certain: bool,
    verdict: String,
}

/// The largest absolute Ritz value.
fn norm(sight: &Sight) -> f64 {
    sight.lowest.value.abs().max(sight.highest.value.abs())
}

/// The largest ‖(H(θ + tv) − H(θ))w‖/t over the given vectors, beyond the noise: v is the sum of the given vectors and a
/// random one, w each of them. t is the cube root of the round-off, in units of the point's length or one.
fn lipschitz(site: &Site, here: &dyn models::Curvature, vectors: &Directions) -> f64 {
    let space = site.objective.space();
    let mut stream = site.seed.stream("lipschitz");
    let draws: Vec<f64> = (0..space.dimension)
        .map(|_| stream.random_range(-1.0..1.0))
        .collect();
    let random = Directions::new(space.device.upload(draws, [1, space.dimension]));
    let random = scaled(&random, 1.0 / random.norms()[0]);
    let count = vectors.columns() + 1;
    let mixed = Directions::combine(&[vectors, &random], &Matrix::from_fn(count, 1, |_, _| 1.0));
    let length = mixed.norms()[0];
    let origin = models::Directions::new(site.at.tensor().clone().unsqueeze()).norms()[0];
    let t = space.device.precision.round_off().cbrt() * origin.max(1.0);
    let moved = site.at.plus(&mixed, t / length);
    let there = site.objective.linearise(&moved);
    let mut change = there.hessian_times(vectors);
    let identity = Matrix::identity(vectors.columns(), vectors.columns());
    change.subtract(&[&here.hessian_times(vectors)], &identity);
    let noise = 2.0 * site.noise().floor();
    let most = change.norms().into_iter().fold(0.0, f64::max);
    (most - noise).max(0.0) / t
}

/// How far to go along the direction of the smallest curvature −γ, and by how much the loss falls there: 2γ/ρ lowers a
/// function with a ρ-Lipschitz Hessian by 2γ³/3ρ² on one of the two sides. At most a tenth of the point's length or one.
fn descend(site: &Site, found: &Extent<Directions>, rho: f64) -> (f64, f64) {
    let mut coefficients = Matrix::zeros(found.vectors.columns(), 1);
    coefficients[(0, 0)] = 1.0;
    let direction = Directions::combine(&[&found.vectors], &coefficients);
    let depth = -(found.sight.lowest.value + found.sight.lowest.bound);
    let length = models::Directions::new(site.at.tensor().clone().unsqueeze()).norms()[0];
    let distance = (2.0 * depth / rho).min(0.1 * length.max(1.0));
    let value = |side: f64| site.objective.value(&site.at.plus(&direction, side * distance));
    (distance, site.slope.value - value(1.0).min(value(-1.0)))
}

/// Whether a minimum is global, as far as a bound of all values can tell.
fn global(site: &Site, kind: PointKind) -> Option<String> {
    if !matches!(kind, PointKind::StrictMinimum | PointKind::FlatOrMinimum) {
        return None;
    }
    let least = site.objective.known().at_least;
    Some(match least {
        Some(least) => format!(
            "The loss is {:.3e} above {least:.3e}, which no value is below.",
            site.slope.value - least
        ),
        None => "Whether it is global is not known here.".into(),
    })
}

fn within(name: &str, value: f64, bound: f64) -> Scalar {
    Scalar {
        uncertainty: Some(bound),
        ..Scalar::exact(name, value)
    }
}
