//! Multiplication by a constant.

use super::{Layer, Linearised, Pulled};
use crate::Device;
use burn::tensor::Tensor;

/// y = c·x: the 1/√m of the NTK parametrisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale(pub f64);

impl Layer for Scale {
    fn is_elementwise(&self) -> bool {
        true
    }

    fn on(&self, _device: &Device) -> Box<dyn Layer> {
        Box::new(*self)
    }

    fn between(&self, _inputs: Option<&[usize]>, _outputs: Option<&[usize]>) -> Box<dyn Layer> {
        Box::new(*self)
    }

    fn forward(&self, _weights: Tensor<1>, x: Tensor<2>) -> Tensor<2> {
        x.mul_scalar(self.0)
    }

    fn linearise(&self, weights: Tensor<1>, x: Tensor<2>) -> (Tensor<2>, Box<dyn Linearised>) {
        (self.forward(weights, x), Box::new(*self))
    }
}

impl Linearised for Scale {
    fn pullback(&mut self, cotangent: Tensor<2>, wants_input: bool, _remember: bool) -> Pulled<2, 1> {
        Pulled {
            input: wants_input.then(|| cotangent.mul_scalar(self.0)),
            weights: Vec::new(),
        }
    }

    fn pushforward(&self, _weights: Option<&[Tensor<2>]>, x: Option<&Tensor<3>>) -> Option<Tensor<3>> {
        x.map(|x| x.clone().mul_scalar(self.0))
    }

    fn pullback_tangent(
        &self,
        _weights: Option<&[Tensor<2>]>,
        _x: Option<&Tensor<3>>,
        cotangent: Option<Tensor<3>>,
        wants_input: bool,
    ) -> Pulled<3, 2> {
        let input = cotangent.filter(|_| wants_input).map(|c| c.mul_scalar(self.0));
        Pulled {
            input,
            weights: Vec::new(),
        }
    }
}
