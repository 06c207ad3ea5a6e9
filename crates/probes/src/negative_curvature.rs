//! Is there negative curvature?

use crate::extent::{extent, problem, rounded_down};
use crate::units::{Floor, floor};
use crate::{Cost, Finding, Measurement, Scalar, Site, Subject};
use models::{Directions, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::{Ending, Extent, Sight};
use std::time::Instant;

/// Whether the Hessian has an eigenvalue below −ε: a direction with its interval, or that there is none, with
/// probability 1 − δ or for certain.
///
/// Lanczos from one random vector, without restarts. It stops as soon as an eigenvalue is certified below −ε/2, or the
/// smallest possible one ([`spectra::Sight::below`]) is above −ε, whichever is first: if λmin < −ε the second happens
/// with probability at most δ. About ½ ln(3.2 √P / δ) √(w / ε) products settle it, for a spectrum of width w.
/// Where outputs are piecewise linear in the parameters the Hessian is the Gauss–Newton matrix almost everywhere, and
/// all our losses are convex: no product is needed.
/// Where they are sums over hidden units, at most a quarter of the products give a bound for certain ([`models::Units`]):
/// one for each output where the activation is piecewise linear, one for each input elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NegativeCurvature {
    /// ε > 0. Default: 0.01 of the largest absolute eigenvalue found.
    pub epsilon: Option<f64>,
    /// δ, the probability with which negative curvature below −ε may be missed.
    pub delta: f64,
    /// The most products to spend; as many vectors are kept.
    pub products: usize,
}

impl Default for NegativeCurvature {
    /// One in a hundred may be missed. In a million dimensions 64 products settle ε = 0.01 ‖H‖ where there is none.
    fn default() -> Self {
        NegativeCurvature {
            epsilon: None,
            delta: 0.01,
            products: 128,
        }
    }
}

const FOUND: &str = "smallest curvature found";
const BOUND: &str = "bound below all curvature";
/// Found where the outputs are piecewise linear in the parameters or sums over hidden units.
const CERTAIN: &str = "bound below all curvature, for certain";

/// The share of the products that a bound for certain may take.
const BOUNDING: usize = 4;

/// ε where none is given, as a share of the largest absolute eigenvalue.
const SHARE: f64 = 0.01;

impl NegativeCurvature {
    fn epsilon(&self, sight: &Sight) -> f64 {
        let norm = sight.lowest.value.abs().max(sight.highest.value.abs());
        self.epsilon.unwrap_or(SHARE * norm)
    }

    fn seen(&self, sight: &Sight) -> bool {
        sight.lowest.value + sight.lowest.bound < -0.5 * self.epsilon(sight)
    }

    /// What follows, in a sentence, and whether it answers the question.
    fn verdict(&self, found: &Extent<Directions>, certain: Option<f64>) -> (String, bool) {
        let sight = &found.sight;
        let (low, noise, epsilon) = (sight.lowest, sight.noise, self.epsilon(sight));
        let sure = 1.0 - self.delta;
        let interval = format!("[{:.3e}, {:.3e}]", low.value - low.bound, low.value + low.bound);
        if self.seen(sight) {
            let text = format!(
                "Negative curvature: along a direction that was found it is {:.3e}, and an eigenvalue lies in {interval}.",
                low.value
            );
            return (text, true);
        }
        if let Some(certain) = certain.filter(|certain| *certain >= -epsilon && !found.whole()) {
            return (none_for_certain(epsilon, certain), true);
        }
        if sight.below >= -epsilon {
            let text = match found.whole() {
                true => format!(
                    "No curvature below −{epsilon:.3e}, for certain: the whole space was searched, and the smallest \
                     eigenvalue lies in {interval}."
                ),
                false => format!(
                    "No curvature below −{epsilon:.3e} with probability {sure}: no eigenvalue is below {}.",
                    rounded_down(sight.below)
                ),
            };
            return (text, true);
        }
        if epsilon <= 2.0 * noise {
            let text = format!(
                "Below the noise floor: products are exact to {noise:.1e}, so that curvature of −{epsilon:.1e} cannot be told \
                 from none."
            );
            return (text, true);
        }
        let bound = match sight.below.is_finite() {
            true => format!(
                "with probability {sure} no eigenvalue is below {}",
                rounded_down(sight.below)
            ),
            false => "there were too few steps for any bound".into(),
        };
        let text = format!(
            "It cannot be told whether there is curvature below −{epsilon:.3e}: the smallest found is {:.3e}, and {bound}.",
            low.value
        );
        (text, false)
    }
}

fn none_for_certain(epsilon: f64, certain: f64) -> String {
    format!(
        "No curvature below −{epsilon:.3e}, for certain: the Gauss–Newton part of the Hessian has none, and the residual part, \
         which couples no two hidden units, none below {}.",
        rounded_down(certain)
    )
}

impl Measurement for NegativeCurvature {
    fn numbers(&self) -> Vec<String> {
        [FOUND, BOUND, CERTAIN].map(String::from).to_vec()
    }

    fn problem(&self, _subject: &Subject) -> Option<Problem> {
        problem(self.epsilon, self.delta, self.products)
    }

    fn vectors(&self, _subject: &Subject) -> usize {
        self.products.saturating_add(4)
    }

    fn products(&self, _subject: &Subject) -> usize {
        self.products
    }

    fn measure(&self, site: &Site) -> Finding {
        let clock = Instant::now();
        let cost = |gradients, products, clock: Instant| Cost {
            gradients,
            products,
            seconds: clock.elapsed().as_secs_f64(),
        };
        let convex = |risk: &models::Risk| risk.network().is_piecewise_linear();
        if site.objective.as_risk().is_some_and(convex) {
            let verdict = "No negative curvature, for certain: the outputs are piecewise linear in the parameters and the \
                           loss is convex in the outputs, so that the Hessian is the Gauss–Newton matrix wherever there \
                           is one.";
            return Finding {
                probe: "negative-curvature".into(),
                scalars: vec![Scalar::exact(BOUND, 0.0), Scalar::exact(CERTAIN, 0.0)],
                verdicts: vec![verdict.into()],
                cost: cost(0, 0, clock),
                ..Finding::default()
            };
        }
        let here = site.objective.linearise(site.at);
        let floor = floor(site, here.as_ref(), self.products / BOUNDING);
        let spent = floor.as_ref().map_or(0, |floor| floor.products);
        let certain = floor.map(|Floor { bound, .. }| bound);
        if let (Some(epsilon), Some(certain)) = (self.epsilon, certain)
            && certain >= -epsilon
        {
            return Finding {
                probe: "negative-curvature".into(),
                scalars: vec![Scalar::exact(BOUND, certain), Scalar::exact(CERTAIN, certain)],
                verdicts: vec![none_for_certain(epsilon, certain)],
                cost: cost(1, spent, clock),
                ..Finding::default()
            };
        }
        let below = |sight: &Sight| sight.below.max(certain.unwrap_or(f64::NEG_INFINITY));
        let enough = |sight: &Sight| self.seen(sight) || below(sight) >= -self.epsilon(sight);
        let limits = (self.products - spent, self.delta);
        let found = extent(site, here.as_ref(), limits, "negative curvature", enough);
        let sight = &found.sight;
        let mut scalars = vec![Scalar {
            name: FOUND.into(),
            value: sight.lowest.value,
            uncertainty: Some(sight.lowest.bound),
            unit: String::new(),
        }];
        let below = Some(below(sight)).filter(|below| below.is_finite());
        scalars.extend(below.map(|below| Scalar::exact(BOUND, below)));
        scalars.extend(certain.map(|certain| Scalar::exact(CERTAIN, certain)));
        let (verdict, settled) = self.verdict(&found, certain);
        let mut warnings = Vec::new();
        if found.ending == Ending::NotFinite {
            warnings.push("A product is not finite: the Hessian has no spectrum at this point.".into());
        } else if !settled {
            warnings.push(format!(
                "{} products did not settle it: allow more, or a larger ε.",
                spent + found.products
            ));
        }
        let finding = Finding {
            probe: "negative-curvature".into(),
            scalars,
            verdicts: vec![verdict],
            incomplete: !settled,
            warnings,
            cost: cost(1, spent + found.products, clock),
            ..Finding::default()
        };
        match found.skewed() {
            Some(why) => finding.withheld(why),
            None => finding,
        }
    }
}
