//! How a run moves at a site: what the stability of its steps depends on.

/// The steps that a run makes at a site.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    /// η at this step.
    pub step_size: f64,
    /// How a gradient becomes a step.
    pub rule: Rule,
    /// Whether each step sees the whole sample, rather than a mini-batch.
    pub whole_sample: bool,
}

/// How a gradient g becomes a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// θ ← θ − ηg.
    Descent,
    /// b ← μb + g, θ ← θ − ηb.
    HeavyBall {
        /// μ.
        momentum: f64,
    },
    /// b ← μb + g, θ ← θ − η(g + μb).
    Nesterov {
        /// μ.
        momentum: f64,
    },
    /// A rule whose steps are no linear function of the gradients seen.
    Other,
}

impl Motion {
    /// The largest curvature λ for which steps on ½λx² do not grow: 2/η for descent, (2 + 2μ)/η for the heavy ball,
    /// (2 + 2μ)/(η(1 + 2μ)) for Nesterov's momentum; `None` for other rules.
    ///
    /// With a = ηλ the steps obey xₜ₊₁ = (1 + μ − a)xₜ − μxₜ₋₁, or xₜ₊₁ = (1 + μ)(1 − a)xₜ − μ(1 − a)xₜ₋₁ for Nesterov's.
    /// As a grows, the first root of the characteristic polynomial to leave the unit disc leaves it at −1, which gives
    /// the formulas (Cohen et al. 2021, appendix B).
    ///
    /// ```
    /// use probes::{Motion, Rule};
    /// let limit = |rule| Motion { step_size: 0.1, rule, whole_sample: true }.stable_curvature();
    /// assert_eq!(limit(Rule::Descent), Some(20.0));
    /// assert_eq!(limit(Rule::HeavyBall { momentum: 0.5 }), Some(30.0));
    /// assert_eq!(limit(Rule::Nesterov { momentum: 0.5 }), Some(15.0));
    /// assert_eq!(limit(Rule::Other), None);
    /// ```
    pub fn stable_curvature(&self) -> Option<f64> {
        let factor = match self.rule {
            Rule::Descent => 2.0,
            Rule::HeavyBall { momentum } => 2.0 + 2.0 * momentum,
            Rule::Nesterov { momentum } => (2.0 + 2.0 * momentum) / (1.0 + 2.0 * momentum),
            Rule::Other => return None,
        };
        Some(factor / self.step_size)
    }

    /// The formula of [`Motion::stable_curvature`].
    pub(crate) fn formula(&self) -> &'static str {
        match self.rule {
            Rule::Descent => "2/η",
            Rule::HeavyBall { .. } => "(2 + 2μ)/η",
            Rule::Nesterov { .. } => "(2 + 2μ)/(η(1 + 2μ))",
            Rule::Other => "",
        }
    }
}
