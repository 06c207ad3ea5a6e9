//! Layers: a map and its derivative rules.
//!
//! Burn differentiates once. Curvature needs more, so a layer brings four rules of its own:
//!
//! | rule | meaning | cost of a linear layer `[d, h]` on n examples |
//! |---|---|---|
//! | [`Layer::linearise`] | the map x ↦ y | 1 matrix product |
//! | [`Linearised::pullback`] | ȳ ↦ (x̄, w̄), its reverse derivative | 2 |
//! | [`Linearised::pushforward`] | (ẇ, ẋ) ↦ ẏ, its tangent, for s directions at once | 2s |
//! | [`Linearised::pullback_tangent`] | (ẇ, ẋ, ȳ̇) ↦ (x̄̇, w̄̇), the tangent of the pullback | 4s |
//!
//! The second and fourth rule together make Hessian products exact (Pearlmutter 1994).
//! All four run on every device and in every precision, because they are plain tensor operations.
//! Gram matrices of Jacobians need less: `pull_inputs`, and `features` where there are parameters.
//! A new layer is one file here; the oracles in `tests/` check it against differences and Burn's own autodiff.

mod activation;
mod fixed;
mod linear;
mod products;
mod scale;

pub use activation::Activation;
pub(crate) use activation::{LEAK, sigmoid_and_slope};
pub use fixed::Fixed;
pub use linear::Linear;
pub(crate) use products::{Factor, single, sum_of_products};
pub use scale::Scale;

use crate::Device;
use burn::tensor::Tensor;
use std::fmt::Debug;

/// A map from n inputs of width d to n outputs of width h, with parameters.
pub trait Layer: Debug + Send + Sync {
    /// The width of the outputs for inputs of this width.
    fn width(&self, inputs: usize) -> usize {
        inputs
    }

    /// Name and shape of each parameter for inputs of this width, in the order of the flat vector.
    fn parameters(&self, _inputs: usize) -> Vec<(&'static str, Vec<usize>)> {
        Vec::new()
    }

    /// y for x `[n, d]`, and the derivative rules at this point. `weights` is the layer's part of the flat vector.
    fn linearise(&self, weights: Tensor<1>, x: Tensor<2>) -> (Tensor<2>, Box<dyn Linearised>);

    /// y alone, keeping nothing.
    fn forward(&self, weights: Tensor<1>, x: Tensor<2>) -> Tensor<2>;

    /// The same layer on another device, its numbers rounded to that device's precision.
    fn on(&self, device: &Device) -> Box<dyn Layer>;

    /// The same layer with those of its inputs and outputs that are listed; with all where there is no list. Only a linear
    /// layer with parameters leaves outputs out; what is elementwise has as many as inputs. Inputs that are left out are zero
    /// with all their derivatives: a layer that mixes its inputs must be linear in them.
    fn between(&self, inputs: Option<&[usize]>, outputs: Option<&[usize]>) -> Box<dyn Layer>;

    /// True for an elementwise activation, whose inputs are the network's pre-activations.
    fn is_activation(&self) -> bool {
        false
    }

    /// True where each output depends on one input alone, and on no parameter; unless it is an activation, in proportion.
    fn is_elementwise(&self) -> bool {
        self.is_activation()
    }

    /// True for y = xW + b with parameters `weight` `[d, h]` and perhaps `bias` `[h]`.
    fn is_linear(&self) -> bool {
        false
    }

    /// True for an activation whose slope jumps at zero: there the network has no Hessian.
    fn has_kinks(&self) -> bool {
        false
    }

    /// True for an activation that is zero with its derivatives wherever its input is not positive.
    fn switches_off(&self) -> bool {
        false
    }

    /// True where the second derivative in the inputs is not zero almost everywhere.
    fn bends(&self) -> bool {
        false
    }
}

/// A layer at one point: what its derivative rules need and that depends on the point alone.
///
/// Tangents are blocks of s directions, `[s, n, d]`; `None` is an exact zero.
pub trait Linearised: Send + Sync {
    /// The reverse derivative: from ȳ = ∂L/∂y `[n, h]` to x̄ `[n, d]` and w̄ (flat parts, in order).
    ///
    /// x̄ is left out unless `wants_input`. With `remember`, keeps what [`Linearised::pullback_tangent`] needs.
    fn pullback(&mut self, cotangent: Tensor<2>, wants_input: bool, remember: bool) -> Pulled<2, 1>;

    /// The tangent: ẏ `[s, n, h]` from ẇ, `[s, ·]` for each parameter, and ẋ `[s, n, d]`. Linear in both.
    fn pushforward(&self, weights: Option<&[Tensor<2>]>, x: Option<&Tensor<3>>) -> Option<Tensor<3>>;

    /// The tangent of the pullback: from ẇ, ẋ and ȳ̇ `[s, n, h]` to x̄̇ `[s, n, d]` and w̄̇ (flat parts `[s, ·]`).
    ///
    /// With ẇ = ẋ = `None` it is the pullback of a block of cotangents, which Gauss–Newton products use.
    fn pullback_tangent(
        &self,
        weights: Option<&[Tensor<2>]>,
        x: Option<&Tensor<3>>,
        cotangent: Option<Tensor<3>>,
        wants_input: bool,
    ) -> Pulled<3, 2>;

    /// x̄ `[s, n, d]` for a block of cotangents ȳ `[s, n, h]`: [`Linearised::pullback`] without the parameters. Needs no
    /// pullback before it.
    fn pull_inputs(&self, cotangents: Tensor<3>) -> Option<Tensor<3>> {
        self.pullback_tangent(None, None, Some(cotangents), true).input
    }

    /// What the gradients in the parameters are made of; `None` where there are no parameters.
    fn features(&self) -> Option<Features> {
        None
    }
}

/// What gradients in a layer's parameters are made of: that of ⟨ȳᵢ, yᵢ⟩ is the outer product of the features of
/// example i with ȳᵢ.
pub struct Features {
    /// The features `[n, d]` that differ between examples: inputs.
    pub inputs: Tensor<2>,
    /// Whether there is one more feature that is 1 for every example, as a bias has.
    pub constant: bool,
}

/// What a pullback returns: a cotangent for the inputs (rank `D`) and one for each parameter (flat, rank `E`).
pub struct Pulled<const D: usize, const E: usize> {
    /// Cotangent of the inputs; `None` where it is zero or was not wanted.
    pub input: Option<Tensor<D>>,
    /// Cotangents of the parameters, in the order of [`Layer::parameters`].
    pub weights: Vec<Tensor<E>>,
}

/// a + b, where `None` is an exact zero.
pub(crate) fn add<const D: usize>(a: Option<Tensor<D>>, b: Option<Tensor<D>>) -> Option<Tensor<D>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    }
}
