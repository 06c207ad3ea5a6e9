//! How sharp is the loss around a point, and what does the step size allow?

use crate::digits::digits;
use crate::{Cost, Finding, Measurement, Motion, Scalar, Site, Subject, rounding, search};
use models::{Directions, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::Block;
use std::time::Instant;

/// The largest eigenvalue of the Hessian against the largest that the run's steps do not amplify (Cohen et al. 2021),
/// and how far the loss rises within small balls and boxes around the point, also in versions that do not depend on the
/// scale of the layers.
///
/// | number | formula |
/// |---|---|
/// | sharpness | λmax(H), in an interval that contains an eigenvalue |
/// | largest stable sharpness | 2/η, with momentum as in [`Motion::stable_curvature`] |
/// | SAM sharpness | L(θ + ρg/‖g‖) − L(θ) with g = ∇L (Foret et al. 2021) |
/// | adaptive sharpness | L(θ + ρT²g/‖Tg‖) − L(θ) with T = diag(∣θ∣) (Kwon et al. 2021) |
/// | ε-sharpness | 100·(L(θ + z) − L(θ))/(1 + L(θ)) for a z in the box ∣zᵢ∣ ≤ ε(∣θᵢ∣ + 1) (Keskar et al. 2017, A = I) |
/// | Fisher–Rao norm squared | θᵀGθ with the Gauss–Newton matrix G (Liang et al. 2019) |
///
/// The second to the fourth after the limit are lower bounds of the largest rise within ‖δ‖ ≤ ρ, ‖T⁻¹δ‖ ≤ ρ and the box:
/// the first two take the point to which the linear model leads, the box takes the best of some steps to a corner chosen
/// by the gradient at the last one. All carry the normalisation of the loss.
///
/// Where a ReLU network's layers are multiplied by α and 1/α, the adaptive sharpness and the Fisher–Rao norm stay, the
/// others change (Dinh et al. 2017).
///
/// Cost: the products of the search, 1 more for the Fisher–Rao norm, `ascents` gradients, 5 forward passes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sharpness {
    /// ρ of the SAM sharpness, a length in parameter space.
    pub radius: f64,
    /// ρ of the adaptive sharpness, a share of the parameters' sizes.
    pub adaptive_radius: f64,
    /// ε of the ε-sharpness.
    pub epsilon: f64,
    /// Steps to a corner of the box.
    pub ascents: usize,
    /// Residual, relative to the eigenvalue, at which it counts as converged.
    pub tolerance: f64,
    /// The most products to spend.
    pub products: usize,
}

impl Default for Sharpness {
    /// ρ as Foret et al. (2021) and Kwon et al. (2021) recommend for CIFAR-10, ε as Keskar et al. (2017) chose it. Three
    /// ascents: a convex loss rises at each, and rarely by much after the second.
    fn default() -> Self {
        Sharpness {
            radius: 0.05,
            adaptive_radius: 0.5,
            epsilon: 1e-3,
            ascents: 3,
            tolerance: 1e-3,
            products: 400,
        }
    }
}

/// λmax(H).
pub const SHARPNESS: &str = "sharpness";
/// The largest λmax that the run's steps do not amplify, where there is such a number.
pub const STABLE_SHARPNESS: &str = "largest stable sharpness";
const RELATIVE: &str = "sharpness over the largest stable one";
const SAM: &str = "SAM sharpness, at least";
const ADAPTIVE: &str = "adaptive sharpness, at least";
const BOX: &str = "ε-sharpness, at least";
const FISHER_RAO: &str = "Fisher–Rao norm squared";

impl Sharpness {
    pub(crate) fn asked(&self) -> spectra::Ends {
        spectra::Ends {
            relative: self.tolerance,
            max_products: self.products,
            ..spectra::Ends::new(1, 0)
        }
    }

    /// The largest rise of the loss in the box that some steps from corner to corner find, and the gradients that they
    /// took. The linear model at a point is largest in the corner that its gradient's signs name.
    fn rise_in_box(&self, site: &Site, theta: &[f64]) -> (f64, usize) {
        let device = &site.objective.space().device;
        let mut towards = site.slope.gradient.to_host();
        let (mut best, mut gradients) = (0.0f64, 0);
        while gradients < self.ascents && !(site.interrupted)() {
            let sides = theta.iter().map(|x| self.epsilon * (x.abs() + 1.0));
            let corner = sides.zip(&towards).map(|(side, g)| side * sign(*g)).collect();
            let there = site
                .objective
                .slope(&site.at.plus(&Directions::from_host(corner, device), 1.0));
            gradients += 1;
            best = best.max(there.value - site.slope.value);
            towards = there.gradient.to_host();
        }
        (best, gradients)
    }
}

/// The sign, of which zero has none.
fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

impl Measurement for Sharpness {
    fn numbers(&self) -> Vec<String> {
        [
            SHARPNESS,
            STABLE_SHARPNESS,
            RELATIVE,
            SAM,
            ADAPTIVE,
            BOX,
            FISHER_RAO,
        ]
        .map(String::from)
        .to_vec()
    }

    fn problem(&self, _subject: &Subject) -> Option<Problem> {
        let sizes = [
            ("radius", self.radius),
            ("adaptive_radius", self.adaptive_radius),
            ("epsilon", self.epsilon),
        ];
        let wrong = sizes.iter().find(|(_, size)| !(*size > 0.0 && size.is_finite()));
        if let Some((field, size)) = wrong {
            return Some(Problem::new(
                *field,
                format!("is {size}: it must be a positive number"),
            ));
        }
        if self.ascents == 0 {
            return Some(Problem::new("ascents", "is 0: it must be at least 1"));
        }
        search::problem(self.tolerance, self.products)
    }

    fn vectors(&self, subject: &Subject) -> usize {
        search::vectors(&self.asked(), subject)
    }

    fn products(&self, _subject: &Subject) -> usize {
        self.products + 1
    }

    fn measure(&self, site: &Site) -> Finding {
        let clock = Instant::now();
        let found = search::hessian_ends(site, &self.asked(), "sharpness").pairs;
        let mut warnings: Vec<String> = found.advice().into_iter().collect();
        let (mut scalars, mut verdicts) = (Vec::new(), Vec::new());
        let mut number = |name: &str, value: f64, uncertainty: Option<f64>| {
            scalars.push(Scalar {
                name: name.into(),
                value,
                uncertainty,
                unit: String::new(),
            });
        };
        let top = found.largest().next();
        if let Some(top) = top {
            number(SHARPNESS, top.value, Some(top.bound));
        }
        let limit = site
            .motion
            .and_then(|motion| Some((motion, motion.stable_curvature()?)));
        if let Some((motion, limit)) = limit {
            number(STABLE_SHARPNESS, limit, None);
            if let Some(top) = top {
                number(RELATIVE, top.value / limit, Some(top.bound / limit));
                verdicts.push(verdict(&motion, limit, (top.value, top.bound), found.converged()));
            }
        }

        let device = &site.objective.space().device;
        let rounding = rounding::of_loss(site);
        let theta = site.at.to_host();
        let gradient = site.slope.gradient.to_host();
        let rise = |step: Vec<f64>| {
            let there = site.at.plus(&Directions::from_host(step, device), 1.0);
            site.objective.value(&there) - site.slope.value
        };
        let length = site.slope.gradient.norms()[0];
        let scaled = theta
            .iter()
            .zip(&gradient)
            .map(|(x, g)| (x * g).powi(2))
            .sum::<f64>()
            .sqrt();
        if length > 0.0 {
            let step = gradient.iter().map(|g| self.radius / length * g).collect();
            number(SAM, rise(step), Some(rounding));
        } else {
            warnings.push("The gradient is zero: it leads nowhere in the ball of the SAM sharpness.".into());
        }
        if scaled > 0.0 {
            let step = theta
                .iter()
                .zip(&gradient)
                .map(|(x, g)| self.adaptive_radius / scaled * x * x * g);
            number(ADAPTIVE, rise(step.collect()), Some(rounding));
        }
        let (best, gradients) = self.rise_in_box(site, &theta);
        let percent = 100.0 / (1.0 + site.slope.value);
        number(BOX, percent * best, Some(percent * rounding));
        let along = Directions::from_host(theta, device);
        let product = site.objective.linearise(site.at).gauss_newton_times(&along);
        if let Some(product) = &product {
            number(FISHER_RAO, Block::gram(&[&along], product)[(0, 0)], None);
        }
        Finding {
            probe: "sharpness".into(),
            scalars,
            verdicts,
            incomplete: !found.converged(),
            warnings,
            cost: Cost {
                gradients: 1 + gradients,
                products: found.products + usize::from(product.is_some()),
                seconds: clock.elapsed().as_secs_f64(),
            },
            ..Finding::default()
        }
    }
}

/// Where λmax, found as a value with a half-width, lies beside the limit.
fn verdict(motion: &Motion, limit: f64, (value, bound): (f64, f64), complete: bool) -> String {
    let limit_words = format!("{} = {}", motion.formula(), digits(limit));
    let sharpness = format!("The sharpness {} ± {bound:.1e}", digits(value));
    let sentence = if value - bound > limit {
        format!(
            "{sharpness} lies above {limit_words}: on the quadratic model of the loss here, the run's steps grow along the \
             sharpest direction."
        )
    } else if !complete {
        format!(
            "{sharpness} is not above {limit_words}, but the search was not complete: a larger eigenvalue may have been \
             missed."
        )
    } else if value + bound < limit {
        format!(
            "{sharpness} lies below {limit_words}: on the quadratic model of the loss here, the run's steps are stable."
        )
    } else {
        format!("{sharpness} cannot be told from {limit_words}, the edge of stability.")
    };
    match motion.whole_sample {
        true => sentence,
        false => format!(
            "{sentence} The limit is that of steps on the whole sample; the noise of mini-batches lowers it."
        ),
    }
}
