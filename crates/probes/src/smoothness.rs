//! How fast does the gradient change around a point, and along the run?

use crate::digits::digits;
use crate::{Cost, Finding, Measurement, Scalar, Site, Subject, rounding, search};
use models::{Problem, Slope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::Pair;
use std::time::Instant;

/// How fast the gradient changes: at the point, over a gradient step, and from the start, beside what the step size
/// allows. With g = ∇L(θ) and θ′ = θ − ηg:
///
/// | number | formula |
/// |---|---|
/// | local smoothness | β = ‖H‖ = max(∣λmax∣, ∣λmin∣) |
/// | step size over 2/β | ηβ/2 |
/// | secant smoothness over a gradient step | ‖∇L(θ′) − g‖/‖θ′ − θ‖ |
/// | secant smoothness from the start | ‖g − ∇L(θ₀)‖/‖θ − θ₀‖ |
/// | Hessian-Lipschitz secant over a gradient step | 2‖∇L(θ′) − g − H(θ′ − θ)‖/‖θ′ − θ‖² |
///
/// Secants are at most the largest β, or the Hessian's largest Lipschitz constant ρ, between their ends (Nesterov 2018,
/// lemmas 1.2.2 and 1.2.4): they bound those constants from below, and nothing else from above.
/// The step is one of gradient descent on the whole sample, whatever the run's own steps are. The last site of the run
/// is not remembered, so that a finding depends on its point, the start and the step size alone.
///
/// Cost: the products of the search, 1 more, 4 gradients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Smoothness {
    /// Residual, relative to the eigenvalue, at which one counts as converged.
    pub tolerance: f64,
    /// The most products to spend.
    pub products: usize,
}

impl Default for Smoothness {
    /// As accurate as the probe `ends`: what figures need.
    fn default() -> Self {
        Smoothness {
            tolerance: 1e-3,
            products: 400,
        }
    }
}

const LOCAL: &str = "local smoothness";
const RELATIVE: &str = "step size over 2/β";
const STEP: &str = "secant smoothness over a gradient step";
const START: &str = "secant smoothness from the start";
const LIPSCHITZ: &str = "Hessian-Lipschitz secant over a gradient step";

impl Smoothness {
    pub(crate) fn asked(&self) -> spectra::Ends {
        spectra::Ends {
            relative: self.tolerance,
            max_products: self.products,
            ..spectra::Ends::new(1, 0)
        }
    }

    /// The eigenvalue of the largest size. The smallest one is sought no more accurately than the size of the largest
    /// asks for: many that are close together near zero need not be told apart.
    fn steepest(&self, site: &Site) -> Steepest {
        let top = search::hessian_ends(site, &self.asked(), "smoothness").pairs;
        let asked = spectra::Ends {
            largest: 0,
            smallest: 1,
            absolute: self.tolerance * top.norm,
            max_products: self.products.saturating_sub(top.products).max(1),
            ..self.asked()
        };
        let bottom = search::hessian_ends(site, &asked, "smoothness, smallest").pairs;
        let pairs = top.pairs.iter().chain(&bottom.pairs).copied();
        Steepest {
            pair: pairs.max_by(|a, b| a.value.abs().total_cmp(&b.value.abs())),
            noise: top.noise.max(bottom.noise),
            products: top.products + bottom.products,
            complete: top.converged() && bottom.converged(),
            warnings: top.advice().into_iter().chain(bottom.advice()).collect(),
        }
    }
}

/// What a search for the eigenvalue of the largest size found.
struct Steepest {
    pair: Option<Pair>,
    noise: f64,
    products: usize,
    complete: bool,
    warnings: Vec<String>,
}

impl Measurement for Smoothness {
    fn numbers(&self) -> Vec<String> {
        [LOCAL, RELATIVE, STEP, START, LIPSCHITZ]
            .map(String::from)
            .to_vec()
    }

    fn problem(&self, _subject: &Subject) -> Option<Problem> {
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
        let found = self.steepest(site);
        let steepest = found.pair.as_ref();
        let noise = rounding::of_gradient(site);
        let gradient = &site.slope.gradient;
        let mut scalars = Vec::new();
        let mut number = |name: &str, value: f64, uncertainty: f64| {
            scalars.push(Scalar {
                name: name.into(),
                value,
                uncertainty: Some(uncertainty),
                unit: String::new(),
            });
        };
        if let Some(pair) = steepest {
            number(LOCAL, pair.value.abs(), pair.bound);
        }
        let mut cost = Cost {
            gradients: 2,
            products: found.products,
            seconds: 0.0,
        };
        let mut verdicts = Vec::new();
        if let Some(motion) = site.motion {
            let size = motion.step_size;
            if let Some(pair) = steepest {
                number(RELATIVE, size * pair.value.abs() / 2.0, size * pair.bound / 2.0);
            }
            let there = site.at.plus(gradient, -size);
            let way = there.minus(site.at);
            let length = way.norms()[0];
            if length > 0.0 {
                let after = site.objective.slope(&there);
                let change = after.gradient.minus(gradient);
                number(STEP, change.norms()[0] / length, noise / length);
                let predicted = site.objective.linearise(site.at).hessian_times(&way);
                let bent = change.minus(&predicted).norms()[0];
                let doubt = noise + found.noise * length;
                number(
                    LIPSCHITZ,
                    2.0 * bent / length.powi(2),
                    2.0 * doubt / length.powi(2),
                );
                verdicts.extend(steepest.map(|pair| verdict(size, pair, site.slope, after.value)));
                cost.gradients += 1;
                cost.products += 1;
            }
        }
        let far = site.at.minus(site.start.at()).norms()[0];
        if far > 0.0 {
            let first = site.start.slope(site.objective);
            let change = gradient.minus(&first.gradient).norms()[0];
            number(START, change / far, noise / far);
            cost.gradients += 1;
        }
        cost.seconds = clock.elapsed().as_secs_f64();
        Finding {
            probe: "smoothness".into(),
            scalars,
            verdicts,
            incomplete: !found.complete,
            warnings: found.warnings,
            cost,
            ..Finding::default()
        }
    }
}

/// What a gradient step does beside what the descent lemma allows with the local β.
fn verdict(size: f64, pair: &Pair, slope: &Slope, after: f64) -> String {
    let beta = pair.value.abs();
    let half = size * beta / 2.0;
    let doubt = size * pair.bound / 2.0;
    let place = if half + doubt < 1.0 {
        "is smaller than"
    } else if half - doubt > 1.0 {
        "is larger than"
    } else {
        "cannot be told from"
    };
    let allowed = -size * (1.0 - half) * slope.gradient.norms()[0].powi(2);
    format!(
        "The step size {} {place} 2/β = {}: a gradient step changes the loss by {}, and the descent lemma with the β of \
         this point would allow at most {}.",
        digits(size),
        digits(2.0 / beta),
        digits(after - slope.value),
        digits(allowed),
    )
}
