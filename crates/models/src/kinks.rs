//! How far a point is from where a piecewise linear network has no Hessian.

use crate::{Device, Objective, Point, Risk, download};
use burn::tensor::Tensor;

/// The pre-activations of layers whose slope jumps at zero (ReLU and its leaky kind), over all examples and units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kinks {
    /// The smallest |pre-activation|, in units of the mean of its layer (over the examples of a virtual block).
    pub margin: f64,
    /// How many are within rounding of zero: 16 round-offs of that mean, or zero itself.
    pub touching: u64,
    /// How many there are.
    pub units: u64,
}

/// Round-offs of the mean under which a pre-activation cannot be told from zero.
const ROUNDING: f64 = 16.0;

impl Kinks {
    /// Of one layer, from its pre-activations `[n, h]`.
    fn of(x: Tensor<2>, device: &Device) -> Self {
        let [n, h] = x.dims();
        let size = x.abs();
        let number = |tensor: Tensor<1>| download(&tensor)[0];
        let mean = number(size.clone().mean());
        let limit = ROUNDING * device.precision.round_off() * mean;
        let near = size.clone().lower_equal_elem(limit);
        let touching = number(size.zeros_like().mask_fill(near, 1.0).sum());
        Kinks {
            margin: if mean > 0.0 {
                number(size.min()) / mean
            } else {
                0.0
            },
            touching: touching as u64,
            units: (n * h) as u64,
        }
    }
}

impl Risk {
    /// How far the point is from the kinks of the network; `None` where it has none. Costs a forward pass.
    pub fn kinks(&self, at: &Point) -> Option<Kinks> {
        let device = &self.space().device;
        let parts = self.for_blocks(|_, block| {
            let layers = self.network().kinked(at.tensor(), block.inputs.clone());
            layers
                .into_iter()
                .map(|x| Kinks::of(x, device))
                .collect::<Vec<_>>()
        });
        parts.into_iter().flatten().reduce(|a, b| Kinks {
            margin: a.margin.min(b.margin),
            touching: a.touching + b.touching,
            units: a.units + b.units,
        })
    }
}
