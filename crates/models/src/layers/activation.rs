//! Elementwise activations: each gives φ, φ′ and φ″.

use super::{Layer, Linearised, Pulled};
use crate::{Device, host};
use burn::tensor::{Tensor, activation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::{PI, SQRT_2};

/// An elementwise activation y = φ(x).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// x.
    Identity,
    /// x².
    Square,
    /// max(x, 0), with φ′(0) = 0.
    Relu,
    /// x for x > 0, else x/100 (Maas et al. 2013).
    LeakyRelu,
    /// tanh x.
    Tanh,
    /// 1/(1 + e⁻ˣ).
    Sigmoid,
    /// x·Φ(x) with the standard normal distribution function Φ (Hendrycks & Gimpel 2016), not its tanh approximation.
    Gelu,
    /// log(1 + eˣ).
    Softplus,
}

/// Slope of the leaky ReLU for negative inputs.
pub(crate) const LEAK: f64 = 0.01;

impl Activation {
    /// Every activation, for tests and lists.
    pub const ALL: [Activation; 8] = [
        Activation::Identity,
        Activation::Square,
        Activation::Relu,
        Activation::LeakyRelu,
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Gelu,
        Activation::Softplus,
    ];

    /// What readers call it.
    pub fn name(self) -> &'static str {
        match self {
            Activation::Identity => "identity",
            Activation::Square => "square",
            Activation::Relu => "ReLU",
            Activation::LeakyRelu => "leaky ReLU",
            Activation::Tanh => "tanh",
            Activation::Sigmoid => "sigmoid",
            Activation::Gelu => "GELU",
            Activation::Softplus => "softplus",
        }
    }

    /// True where φ″ = 0 almost everywhere: the network is piecewise linear, and kinks have no Hessian.
    pub fn is_piecewise_linear(self) -> bool {
        matches!(
            self,
            Activation::Identity | Activation::Relu | Activation::LeakyRelu
        )
    }

    /// φ(x).
    pub fn value(self, x: Tensor<2>) -> Tensor<2> {
        if host::covers(self) && host::is_host(&x.device()) {
            return host::value(self, x);
        }
        match self {
            Activation::Identity => x,
            Activation::Square => x.clone() * x,
            Activation::Relu => activation::relu(x),
            Activation::LeakyRelu => activation::leaky_relu(x, LEAK),
            Activation::Tanh => x.tanh(),
            Activation::Sigmoid => sigmoid_and_slope(x).0,
            Activation::Gelu => x.clone() * normal_distribution(x),
            Activation::Softplus => softplus(x),
        }
    }

    /// φ(x), φ′(x) and φ″(x); the last is `None` where it is zero almost everywhere.
    pub fn jet(self, x: Tensor<2>) -> (Tensor<2>, Tensor<2>, Option<Tensor<2>>) {
        if host::covers(self) && host::is_host(&x.device()) {
            return host::jet(self, x);
        }
        match self {
            Activation::Identity => (x.clone(), x.ones_like(), None),
            Activation::Square => (
                x.clone() * x.clone(),
                x.clone().mul_scalar(2.0),
                Some(x.ones_like().mul_scalar(2.0)),
            ),
            Activation::Relu => {
                let slope = positive(&x);
                (activation::relu(x), slope, None)
            }
            Activation::LeakyRelu => {
                let slope = positive(&x).mul_scalar(1.0 - LEAK).add_scalar(LEAK);
                (x * slope.clone(), slope, None)
            }
            Activation::Tanh => {
                let y = x.tanh();
                let slope = (y.clone() * y.clone()).neg().add_scalar(1.0);
                let bend = y.clone().mul_scalar(-2.0) * slope.clone();
                (y, slope, Some(bend))
            }
            Activation::Sigmoid => {
                let (y, slope) = sigmoid_and_slope(x);
                let bend = slope.clone() * y.clone().mul_scalar(-2.0).add_scalar(1.0);
                (y, slope, Some(bend))
            }
            Activation::Gelu => {
                let distribution = normal_distribution(x.clone());
                let square = x.clone() * x.clone();
                let density = square
                    .clone()
                    .mul_scalar(-0.5)
                    .exp()
                    .mul_scalar(1.0 / (2.0 * PI).sqrt());
                let slope = distribution.clone() + x.clone() * density.clone();
                let bend = density * square.neg().add_scalar(2.0);
                (x * distribution, slope, Some(bend))
            }
            Activation::Softplus => {
                let (slope, bend) = sigmoid_and_slope(x.clone());
                (softplus(x), slope, Some(bend))
            }
        }
    }
}

/// 1 where x > 0, else 0.
fn positive(x: &Tensor<2>) -> Tensor<2> {
    x.zeros_like().mask_fill(x.clone().greater_elem(0.0), 1.0)
}

/// 1/(1 + e⁻ˣ) and its slope e^{−|x|}/(1 + e^{−|x|})². Neither overflows, nor cancels far from zero.
pub(crate) fn sigmoid_and_slope(x: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    let e = x.clone().abs().neg().exp();
    let share = e.clone().add_scalar(1.0).recip();
    let value = x.clamp_max(0.0).exp() * share.clone();
    (value, e * share.clone() * share)
}

/// Φ(x) = ½(1 + erf(x/√2)).
fn normal_distribution(x: Tensor<2>) -> Tensor<2> {
    x.mul_scalar(1.0 / SQRT_2).erf().mul_scalar(0.5).add_scalar(0.5)
}

/// log(1 + eˣ) = max(x, 0) + log(1 + e^{−|x|}).
fn softplus(x: Tensor<2>) -> Tensor<2> {
    activation::relu(x.clone()) + x.abs().neg().exp().log1p()
}

impl Layer for Activation {
    fn is_activation(&self) -> bool {
        true
    }

    fn between(&self, _inputs: Option<&[usize]>, _outputs: Option<&[usize]>) -> Box<dyn Layer> {
        Box::new(*self)
    }

    fn switches_off(&self) -> bool {
        *self == Activation::Relu
    }

    fn has_kinks(&self) -> bool {
        matches!(self, Activation::Relu | Activation::LeakyRelu)
    }

    fn bends(&self) -> bool {
        !self.is_piecewise_linear()
    }

    fn on(&self, _device: &Device) -> Box<dyn Layer> {
        Box::new(*self)
    }

    fn forward(&self, _weights: Tensor<1>, x: Tensor<2>) -> Tensor<2> {
        self.value(x)
    }

    fn linearise(&self, _weights: Tensor<1>, x: Tensor<2>) -> (Tensor<2>, Box<dyn Linearised>) {
        let (y, slope, curvature) = self.jet(x);
        (
            y,
            Box::new(ActivationAt {
                slope,
                curvature,
                bend: None,
            }),
        )
    }
}

struct ActivationAt {
    /// φ′(x).
    slope: Tensor<2>,
    /// φ″(x), until the pullback turns it into `bend`.
    curvature: Option<Tensor<2>>,
    /// φ″(x)∘ȳ.
    bend: Option<Tensor<2>>,
}

impl Linearised for ActivationAt {
    fn pullback(&mut self, cotangent: Tensor<2>, wants_input: bool, remember: bool) -> Pulled<2, 1> {
        if remember {
            self.bend = self
                .curvature
                .take()
                .map(|curvature| times(curvature, &cotangent));
        }
        Pulled {
            input: wants_input.then(|| times(cotangent, &self.slope)),
            weights: Vec::new(),
        }
    }

    fn pushforward(&self, _weights: Option<&[Tensor<2>]>, x: Option<&Tensor<3>>) -> Option<Tensor<3>> {
        x.map(|x| times(x.clone(), &self.slope))
    }

    fn pullback_tangent(
        &self,
        _weights: Option<&[Tensor<2>]>,
        x: Option<&Tensor<3>>,
        cotangent: Option<Tensor<3>>,
        wants_input: bool,
    ) -> Pulled<3, 2> {
        let bent = x.zip(self.bend.as_ref()).filter(|_| wants_input);
        let moved = cotangent.filter(|_| wants_input);
        let input = match (moved, bent) {
            (Some(moved), Some((x, bend))) => Some(times_plus(moved, &self.slope, x, bend)),
            (Some(moved), None) => Some(times(moved, &self.slope)),
            (None, Some((x, bend))) => Some(times(x.clone(), bend)),
            (None, None) => None,
        };
        Pulled {
            input,
            weights: Vec::new(),
        }
    }
}

/// a∘b for a block a `[s, n, h]` or a matrix, and one matrix b.
fn times<const D: usize>(a: Tensor<D>, b: &Tensor<2>) -> Tensor<D> {
    if host::is_host(&b.device()) {
        return host::times(a, b);
    }
    a * b.clone().unsqueeze()
}

/// a∘b + c∘d for blocks a and c, and one matrix b and d each.
fn times_plus(a: Tensor<3>, b: &Tensor<2>, c: &Tensor<3>, d: &Tensor<2>) -> Tensor<3> {
    if host::is_host(&b.device()) {
        return host::times_plus(a, b, c, d);
    }
    a * b.clone().unsqueeze() + c.clone() * d.clone().unsqueeze()
}
