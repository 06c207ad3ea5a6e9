//! The methods, by the names that configs use.

use super::Landscape;
use super::constants::{Constants, Given};
use models::{Loss, Objective, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A method of leaving saddles. Its numbers come from a [`Landscape`], see [`Method::tuned`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Method {
    /// x ← x − η∇f(x).
    Descent,
    /// Descent whose step size is shrunk until f(x − ηg) ≤ f(x) − cη‖g‖² (Armijo 1966). A step begins with the last
    /// accepted size, once enlarged.
    Backtracking {
        /// c.
        #[serde(default = "armijo")]
        sufficient: f64,
        /// What η is multiplied by where the decrease is too small, and divided by before the next step.
        #[serde(default = "half")]
        shrink: f64,
    },
    /// x ← x − η(∇f(x) + n), n uniform on a sphere, at every step (Ge et al. 2015).
    NoisyDescent {
        /// The radius of the sphere: 1 in the paper.
        #[serde(default = "one")]
        radius: f64,
    },
    /// x ← x − η(∇f(x) + n), n ~ N(0, std²·I), at every step.
    GradientNoise {
        /// Standard deviation per coordinate.
        std: f64,
    },
    /// x ← x − η∇f(x) with fresh noise N(0, std²) on every target of an empirical risk with a squared loss, at every step:
    /// with the residuals' weight w and the outputs' Jacobian J, the gradient gains −wJᵀn (Blanc et al. 2020). Each step
    /// costs one linearisation a run beside its gradient.
    LabelNoise {
        /// Standard deviation of each target's noise.
        std: f64,
    },
    /// Descent, and a jump uniform in a ball where ‖∇f‖ ≤ g_thres and the last jump is more than t_thres steps ago.
    /// Where t_thres steps after a jump f has not fallen by f_thres, the point before the jump is returned (Jin et al.
    /// 2017, Algorithm 2).
    #[serde(rename = "perturbed-2017")]
    Perturbed2017 {
        /// c, an absolute constant that the paper does not give, at most 1.
        #[serde(default = "one")]
        c: f64,
    },
    /// Perturbed descent without a return statement (Jin et al. 2021, arXiv 1902.04811).
    #[serde(rename = "perturbed-2019")]
    Perturbed2019 {
        /// When it perturbs.
        #[serde(default)]
        noise: Timing,
    },
    /// x ← x − η(g(x) + ξ), ξ ~ N(0, (r²/d)·I), with gradients g(x) = ∇f(x) + N(0, std²·I) (Jin et al. 2021,
    /// Algorithm 2).
    #[serde(rename = "stochastic-2019")]
    Stochastic2019 {
        /// Standard deviation per coordinate of the gradients' own noise.
        std: f64,
    },
    /// Accelerated descent with perturbations, and steps along the momentum where it has seen negative curvature (Jin,
    /// Netrapalli & Jordan 2018).
    PerturbedAccelerated {
        /// c, an absolute constant that the paper does not give, at least 1.
        #[serde(default = "one")]
        c: f64,
    },
    /// Descent while ‖∇f‖ > ε. Then a direction v with vᵀ∇²f v = −γ ≤ −√(ρε)/2 by Lanczos from a random start, and the
    /// better of x ± (2γ/ρ)v, which lowers f by at least 2γ³/3ρ²; where there is none, x is returned. The search is that of
    /// the probe `negative-curvature`, within the noise of the products, which four of them measure.
    NegativeCurvature {
        /// The most products of one search.
        #[serde(default = "hundred")]
        products: usize,
    },
    /// Descent while ‖∇f‖ > ε. Then negative curvature from differences of gradients, u ← u − η(∇f(x + u) − ∇f(x)) (Xu et
    /// al. 2018), and the better of x ± s·u/‖u‖; where f does not fall by f_thres, x is returned.
    Neon {
        /// u is brought back to one length after each step (Zhang & Li 2021), instead of growing until it is long.
        #[serde(default)]
        renormalised: bool,
    },
}

/// When [`Method::Perturbed2019`] perturbs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Timing {
    /// x ← x − ηξ, ξ uniform in a ball, where ‖∇f‖ ≤ ε and the last time is more than 𝒯 steps ago (Algorithm 4).
    #[default]
    WhenSmall,
    /// x ← x − η(∇f(x) + ξ), ξ ~ N(0, (r²/d)·I), at every step (Algorithm 1).
    EveryStep,
}

/// Nocedal & Wright (2006, §3.1).
fn armijo() -> f64 {
    1e-4
}

fn half() -> f64 {
    0.5
}

fn one() -> f64 {
    1.0
}

fn hundred() -> usize {
    100
}

impl Method {
    /// What is wrong with the method on this landscape, if anything: the field, its value, and what would be right.
    /// Fields of the landscape are those of [`Landscape`], numbers of the user's own are `given.NAME`.
    pub fn problem(
        &self,
        landscape: &Landscape,
        constants: Constants,
        given: &Given,
        sphere: Option<usize>,
    ) -> Option<Problem> {
        landscape
            .problem()
            .or_else(|| self.own_problem(constants))
            .or_else(|| self.misplaced(landscape, sphere))
            .or_else(|| self.draft(landscape, constants, given).problem())
    }

    /// What is wrong with the method on this objective, if anything.
    pub fn misfit(&self, objective: &dyn Objective) -> Option<Problem> {
        let Method::LabelNoise { .. } = self else {
            return None;
        };
        let loss = objective.as_risk().map(|risk| risk.loss());
        let squared = matches!(loss, Some(Loss::HalfSquared | Loss::MeanSquared));
        (!squared).then(|| {
            let complaint =
                "is label-noise: it needs examples, and a squared loss, whose targets are numbers; networks have it \
                 as the noise labels of [training]";
            Problem::new("kind", complaint)
        })
    }

    fn own_problem(&self, constants: Constants) -> Option<Problem> {
        let refused = |name: &str, size: f64, right: &str| {
            Some(Problem::new(name, format!("is {size}: it must {right}")))
        };
        let positive = |size: f64| size > 0.0 && size.is_finite();
        match *self {
            Method::Backtracking { sufficient, .. } if !(sufficient > 0.0 && sufficient < 1.0) => {
                refused("sufficient", sufficient, "lie between 0 and 1")
            }
            Method::Backtracking { shrink, .. } if !(shrink > 0.0 && shrink < 1.0) => {
                refused("shrink", shrink, "lie between 0 and 1")
            }
            Method::NoisyDescent { radius } if !positive(radius) => {
                refused("radius", radius, "be a positive number")
            }
            Method::GradientNoise { std } | Method::LabelNoise { std } if !positive(std) => {
                refused("std", std, "be a positive number")
            }
            Method::Stochastic2019 { std } if !(std >= 0.0 && std.is_finite()) => {
                refused("std", std, "be a number of at least 0")
            }
            Method::Perturbed2017 { c } if !(c > 0.0 && c <= 1.0) => refused(
                "c",
                c,
                "lie above 0 and at most at 1, so that the step size c/ℓ is at most 1/ℓ",
            ),
            Method::PerturbedAccelerated { c } if !(c >= 1.0 && c.is_finite()) => {
                refused("c", c, "be a number of at least 1")
            }
            Method::NegativeCurvature { products: 0 } => refused("products", 0.0, "be at least 1"),
            Method::Neon { renormalised: false } if constants == Constants::Paper => Some(Problem::new(
                "constants",
                "is paper: only the form with renormalised = true has its paper's constants here",
            )),
            _ => None,
        }
    }

    fn misplaced(&self, landscape: &Landscape, sphere: Option<usize>) -> Option<Problem> {
        let length = sphere?;
        if length == 0 || !landscape.dimension.is_multiple_of(length) {
            let complaint = format!(
                "is {}: it must be a multiple of the unit vectors' length {length}",
                landscape.dimension
            );
            return Some(Problem::new("dimension", complaint));
        }
        let name = match self {
            Method::PerturbedAccelerated { .. } => "perturbed-accelerated",
            Method::NegativeCurvature { .. } => "negative-curvature",
            Method::Neon { .. } => "neon",
            _ => return None,
        };
        Some(Problem::new(
            "kind",
            format!("is {name}: it moves in flat space only, and these points are unit vectors"),
        ))
    }
}
