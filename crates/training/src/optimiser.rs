//! D: how a gradient becomes a step.

use models::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The optimiser of a config. Rates and corrections are f64; vectors have the precision of the point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Optimiser {
    /// θ ← θ − ηg. With mini-batches it is SGD.
    #[default]
    Descent,
    /// b ← μb + g, θ ← θ − ηb (Polyak 1964, in PyTorch's form).
    Momentum {
        /// μ.
        #[serde(default = "nine_tenths")]
        momentum: f64,
    },
    /// b ← μb + g, θ ← θ − η(g + μb) (Sutskever et al. 2013, in PyTorch's form).
    Nesterov {
        /// μ.
        #[serde(default = "nine_tenths")]
        momentum: f64,
    },
    /// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², θ ← θ − η·m̂/(√v̂ + ε) with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ):
    /// Adam (Kingma & Ba 2015), β = (0.9, 0.999), ε = 1e-8.
    Adam,
    /// θ ← (1 − ηλ)θ, then Adam's step: AdamW (Loshchilov & Hutter 2019), β = (0.9, 0.999), ε = 1e-8.
    AdamW {
        /// Decoupled weight decay.
        #[serde(default = "hundredth")]
        weight_decay: f64,
    },
    /// v ← αv + (1−α)g², θ ← θ − η·g/(√v + ε): RMSprop (Hinton 2012), α = 0.99, ε = 1e-8, no momentum.
    RmsProp,
    /// v ← v + g², θ ← θ − η·g/(√v + ε): AdaGrad (Duchi et al. 2011), ε = 1e-10.
    AdaGrad,
    /// Adan (Xie et al. 2022), β = (0.98, 0.92, 0.99), ε = 1e-8, with Adam's corrections: with d = g − g′ for the
    /// gradient g′ of the step before, m ← β₁m + (1−β₁)g, c ← β₂c + (1−β₂)d, v ← β₃v + (1−β₃)(g + β₂d)²,
    /// θ ← θ − η·(m̂ + β₂ĉ)/(√v̂ + ε).
    Adan,
    /// θ ← θ − η·sign(β₁m + (1−β₁)g), m ← β₂m + (1−β₂)g: Lion (Chen et al. 2023), β = (0.9, 0.99).
    Lion,
}

/// What the running average (or sum) of the squared gradients is called, by whose root an optimiser divides.
pub(crate) const SQUARE: &str = "square";

fn nine_tenths() -> f64 {
    0.9
}

fn hundredth() -> f64 {
    1e-2
}

impl Optimiser {
    /// The vectors `[P]` that it keeps from step to step, by name.
    pub fn keeps(self) -> &'static [&'static str] {
        match self {
            Optimiser::Descent => &[],
            Optimiser::Momentum { .. } | Optimiser::Nesterov { .. } => &["buffer"],
            Optimiser::Adam | Optimiser::AdamW { .. } => &["mean", SQUARE],
            Optimiser::RmsProp | Optimiser::AdaGrad => &[SQUARE],
            Optimiser::Adan => &["mean", "change", SQUARE, "gradient"],
            Optimiser::Lion => &["mean"],
        }
    }

    /// Whether it divides each direction by a root of squared gradients, [`Optimiser::divisor`].
    pub fn divides(self) -> bool {
        self.keeps().contains(&SQUARE)
    }

    /// What is wrong with the optimiser, if anything: the field, its value, and what would be right.
    pub fn problem(self) -> Option<Problem> {
        match self {
            Optimiser::Momentum { momentum } | Optimiser::Nesterov { momentum }
                if !(0.0..1.0).contains(&momentum) =>
            {
                Some(Problem::new(
                    "momentum",
                    format!("is {momentum}: it must lie in [0, 1)"),
                ))
            }
            Optimiser::AdamW { weight_decay } if !(weight_decay >= 0.0 && weight_decay.is_finite()) => {
                Some(Problem::new(
                    "weight_decay",
                    format!("is {weight_decay}: it must be a number of at least 0"),
                ))
            }
            _ => None,
        }
    }
}
