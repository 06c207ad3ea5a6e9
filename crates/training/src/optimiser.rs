//! D: how a gradient becomes a step.

use burn::optim::{AdaGradConfig, AdamConfig, AdamWConfig, AdanConfig, LionConfig, Optimizer, RmsPropConfig};
use burn::tensor::Tensor;
use models::{Directions, Point, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The optimiser of a config. Plain descent and momentum are ours, in full precision; the others are Burn's, which
/// keep their decay rates in f32 whatever the precision of the tensors.
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
    /// Adam (Kingma & Ba 2015), β = (0.9, 0.999), ε = 1e-8.
    Adam,
    /// AdamW (Loshchilov & Hutter 2019), β = (0.9, 0.999), ε = 1e-8.
    AdamW {
        /// Decoupled weight decay.
        #[serde(default = "hundredth")]
        weight_decay: f32,
    },
    /// RMSprop (Hinton 2012), α = 0.99, ε = 1e-8, no momentum.
    RmsProp,
    /// AdaGrad (Duchi et al. 2011), ε = 1e-10.
    AdaGrad,
    /// Adan (Xie et al. 2022), β = (0.98, 0.92, 0.99), ε = 1e-8.
    Adan,
    /// Lion (Chen et al. 2023), β = (0.9, 0.99).
    Lion,
}

fn nine_tenths() -> f64 {
    0.9
}

fn hundredth() -> f32 {
    1e-2
}

/// An optimiser at work, with its memory.
pub trait Mover {
    /// The next point, from the step size, the point and the gradient there.
    fn step(&mut self, step_size: f64, at: Point, gradient: Directions) -> Point;
}

impl Optimiser {
    /// The optimiser at the start of a run.
    pub fn begin(self) -> Box<dyn Mover> {
        match self {
            Optimiser::Descent => Box::new(Plain),
            Optimiser::Momentum { momentum } => Box::new(Heavy {
                momentum,
                nesterov: false,
                buffer: None,
            }),
            Optimiser::Nesterov { momentum } => Box::new(Heavy {
                momentum,
                nesterov: true,
                buffer: None,
            }),
            Optimiser::Adam => burns(AdamConfig::new().with_epsilon(1e-8).build()),
            Optimiser::AdamW { weight_decay } => burns(
                AdamWConfig::new()
                    .with_epsilon(1e-8)
                    .with_weight_decay(weight_decay)
                    .build(),
            ),
            Optimiser::RmsProp => burns(RmsPropConfig::new().with_epsilon(1e-8).with_momentum(0.0).build()),
            Optimiser::AdaGrad => burns(AdaGradConfig::new().with_epsilon(1e-10).build()),
            Optimiser::Adan => burns(AdanConfig::new().build()),
            Optimiser::Lion => burns(LionConfig::new().build()),
        }
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

struct Plain;

impl Mover for Plain {
    fn step(&mut self, step_size: f64, at: Point, gradient: Directions) -> Point {
        at.moved(gradient, -step_size)
    }
}

struct Heavy {
    momentum: f64,
    nesterov: bool,
    buffer: Option<Tensor<1>>,
}

impl Mover for Heavy {
    fn step(&mut self, step_size: f64, at: Point, gradient: Directions) -> Point {
        let gradient = gradient.into_flat();
        let buffer = match self.buffer.take() {
            Some(buffer) => buffer.mul_scalar(self.momentum) + gradient.clone(),
            None => gradient.clone(),
        };
        self.buffer = Some(buffer.clone());
        let step = if self.nesterov {
            gradient + buffer.mul_scalar(self.momentum)
        } else {
            buffer
        };
        at.moved(Directions::new(step.unsqueeze()), -step_size)
    }
}

/// One of Burn's optimisers on the flat vector: they are elementwise, so blocks do not matter.
struct Burns<O: Optimizer> {
    optimizer: O,
    state: Option<O::State<1>>,
}

fn burns<O: Optimizer + 'static>(optimizer: O) -> Box<dyn Mover> {
    Box::new(Burns {
        optimizer,
        state: None,
    })
}

impl<O: Optimizer> Mover for Burns<O> {
    fn step(&mut self, step_size: f64, at: Point, gradient: Directions) -> Point {
        let (at, state) = self.optimizer.step::<1>(
            step_size,
            at.into_tensor(),
            gradient.into_flat(),
            self.state.take(),
        );
        self.state = state;
        Point::new(at)
    }
}
