//! A linear map that is not trained.

use super::{Factor, Layer, Linearised, Pulled, single, sum_of_products};
use crate::device::places;
use crate::{Device, download};
use burn::tensor::Tensor;

/// y = xA with a constant matrix A `[d, outputs]`: the second layer of Du et al. (2019), fixed at ±1.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// A, on the network's device.
    pub matrix: Tensor<2>,
}

impl Layer for Fixed {
    fn width(&self, _inputs: usize) -> usize {
        self.matrix.dims()[1]
    }

    fn on(&self, device: &Device) -> Box<dyn Layer> {
        Box::new(Fixed {
            matrix: device.upload(download(&self.matrix), self.matrix.dims()),
        })
    }

    fn between(&self, inputs: Option<&[usize]>, _outputs: Option<&[usize]>) -> Box<dyn Layer> {
        let matrix = self.matrix.clone();
        Box::new(Fixed {
            matrix: match inputs {
                Some(rows) => matrix.select(0, places(rows, &self.matrix.device())),
                None => matrix,
            },
        })
    }

    fn forward(&self, _weights: Tensor<1>, x: Tensor<2>) -> Tensor<2> {
        single(sum_of_products(
            &[(Factor::shared(&x), Factor::shared(&self.matrix))],
            None,
        ))
    }

    fn linearise(&self, weights: Tensor<1>, x: Tensor<2>) -> (Tensor<2>, Box<dyn Linearised>) {
        (self.forward(weights, x), Box::new(self.clone()))
    }
}

impl Linearised for Fixed {
    fn pullback(&mut self, cotangent: Tensor<2>, wants_input: bool, _remember: bool) -> Pulled<2, 1> {
        // A single output makes this an outer product, for which multiplying is cheaper than a matrix product.
        let input = wants_input.then(|| match self.matrix.dims()[1] {
            1 => cotangent * self.matrix.clone().transpose(),
            _ => {
                let matrix = Factor::shared(&self.matrix).transposed();
                single(sum_of_products(&[(Factor::shared(&cotangent), matrix)], None))
            }
        });
        Pulled {
            input,
            weights: Vec::new(),
        }
    }

    fn pushforward(&self, _weights: Option<&[Tensor<2>]>, x: Option<&Tensor<3>>) -> Option<Tensor<3>> {
        x.and_then(|x| sum_of_products(&[(Factor::block(x), Factor::shared(&self.matrix))], None))
    }

    fn pullback_tangent(
        &self,
        _weights: Option<&[Tensor<2>]>,
        _x: Option<&Tensor<3>>,
        cotangent: Option<Tensor<3>>,
        wants_input: bool,
    ) -> Pulled<3, 2> {
        let matrix = || Factor::shared(&self.matrix).transposed();
        let input = cotangent
            .filter(|_| wants_input)
            .and_then(|c| sum_of_products(&[(Factor::block(&c), matrix())], None));
        Pulled {
            input,
            weights: Vec::new(),
        }
    }
}
