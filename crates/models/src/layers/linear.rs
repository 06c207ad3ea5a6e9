//! The linear layer y = xW + b.

use super::{Factor, Features, Layer, Linearised, Pulled, single, sum_of_products};
use crate::{Device, host};
use burn::tensor::Tensor;

/// y = xW + b, with W `[d, outputs]` and an optional bias b `[outputs]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linear {
    /// The width h of the outputs.
    pub outputs: usize,
    /// Whether there is a bias.
    pub bias: bool,
}

impl Linear {
    fn matrix(&self, weights: &Tensor<1>, inputs: usize) -> Tensor<2> {
        weights
            .clone()
            .slice(0..inputs * self.outputs)
            .reshape([inputs, self.outputs])
    }

    fn apply(&self, weights: &Tensor<1>, matrix: &Tensor<2>, x: &Tensor<2>) -> Tensor<2> {
        let bias = self.bias.then(|| {
            let start = x.dims()[1] * self.outputs;
            let bias = weights.clone().slice(start..start + self.outputs);
            bias.reshape([1, self.outputs])
        });
        single(sum_of_products(
            &[(Factor::shared(x), Factor::shared(matrix))],
            bias,
        ))
    }
}

impl Layer for Linear {
    fn is_linear(&self) -> bool {
        true
    }

    fn on(&self, _device: &Device) -> Box<dyn Layer> {
        Box::new(*self)
    }

    fn between(&self, _inputs: Option<&[usize]>, outputs: Option<&[usize]>) -> Box<dyn Layer> {
        Box::new(Linear {
            outputs: outputs.map_or(self.outputs, <[usize]>::len),
            ..*self
        })
    }

    fn width(&self, _inputs: usize) -> usize {
        self.outputs
    }

    fn parameters(&self, inputs: usize) -> Vec<(&'static str, Vec<usize>)> {
        let mut all = vec![("weight", vec![inputs, self.outputs])];
        if self.bias {
            all.push(("bias", vec![self.outputs]));
        }
        all
    }

    fn forward(&self, weights: Tensor<1>, x: Tensor<2>) -> Tensor<2> {
        let matrix = self.matrix(&weights, x.dims()[1]);
        self.apply(&weights, &matrix, &x)
    }

    fn linearise(&self, weights: Tensor<1>, x: Tensor<2>) -> (Tensor<2>, Box<dyn Linearised>) {
        let matrix = self.matrix(&weights, x.dims()[1]);
        let y = self.apply(&weights, &matrix, &x);
        (
            y,
            Box::new(LinearAt {
                layer: *self,
                matrix,
                x,
                cotangent: None,
            }),
        )
    }
}

struct LinearAt {
    layer: Linear,
    matrix: Tensor<2>,
    x: Tensor<2>,
    /// ȳ `[n, h]`, which the pullback leaves for its tangent.
    cotangent: Option<Tensor<2>>,
}

impl LinearAt {
    /// V `[s, d, h]` of the directions ẇ.
    fn matrices(&self, weights: &[Tensor<2>]) -> Factor {
        let [d, h] = self.matrix.dims();
        let s = weights[0].dims()[0];
        Factor::block(&weights[0].clone().reshape([s, d, h]))
    }
}

impl Linearised for LinearAt {
    fn pullback(&mut self, cotangent: Tensor<2>, wants_input: bool, remember: bool) -> Pulled<2, 1> {
        let [d, h] = self.matrix.dims();
        let arrived = Factor::shared(&cotangent);
        let (matrix, x) = (Factor::shared(&self.matrix), Factor::shared(&self.x));
        let input =
            wants_input.then(|| single(sum_of_products(&[(arrived.clone(), matrix.transposed())], None)));
        let mut weights = vec![single(sum_of_products(&[(x.transposed(), arrived)], None)).reshape([d * h])];
        if self.layer.bias {
            weights.push(column_sums(cotangent.clone().unsqueeze()).reshape([h]));
        }
        if remember {
            self.cotangent = Some(cotangent);
        }
        Pulled { input, weights }
    }

    fn pushforward(&self, weights: Option<&[Tensor<2>]>, x: Option<&Tensor<3>>) -> Option<Tensor<3>> {
        let mut terms = Vec::with_capacity(2);
        if let Some(weights) = weights {
            terms.push((Factor::shared(&self.x), self.matrices(weights)));
        }
        if let Some(x) = x {
            terms.push((Factor::block(x), Factor::shared(&self.matrix)));
        }
        let bias = weights.and_then(|weights| weights.get(1)).cloned();
        sum_of_products(&terms, bias)
    }

    fn pullback_tangent(
        &self,
        weights: Option<&[Tensor<2>]>,
        x: Option<&Tensor<3>>,
        cotangent: Option<Tensor<3>>,
        wants_input: bool,
    ) -> Pulled<3, 2> {
        let [d, h] = self.matrix.dims();
        let kept = self.cotangent.as_ref();
        let kept = Factor::shared(kept.expect("the pullback at this point was told to remember"));
        let moved = cotangent.as_ref().map(Factor::block);
        let mut to_input = Vec::with_capacity(2);
        let mut to_matrix = Vec::with_capacity(2);
        if let Some(moved) = &moved {
            to_input.push((moved.clone(), Factor::shared(&self.matrix).transposed()));
            to_matrix.push((Factor::shared(&self.x).transposed(), moved.clone()));
        }
        if let Some(weights) = weights {
            to_input.push((kept.clone(), self.matrices(weights).transposed()));
        }
        if let Some(x) = x {
            to_matrix.push((Factor::block(x).transposed(), kept));
        }
        let input = wants_input.then(|| sum_of_products(&to_input, None)).flatten();
        let count = [
            weights.map(|w| w[0].dims()[0]),
            x.map(|x| x.dims()[0]),
            moved.map(|moved| moved.count()),
        ];
        let s = count.into_iter().flatten().next().expect("a tangent is given");
        let zeros = |width: usize| Tensor::<2>::zeros([s, width], (&self.x.device(), self.x.dtype()));
        let matrix = sum_of_products(&to_matrix, None);
        let mut parts = vec![matrix.map_or_else(|| zeros(d * h), |m| m.reshape([s, d * h]))];
        if self.layer.bias {
            parts.push(cotangent.map_or_else(|| zeros(h), column_sums));
        }
        Pulled {
            input,
            weights: parts,
        }
    }

    fn pull_inputs(&self, cotangents: Tensor<3>) -> Option<Tensor<3>> {
        let matrix = Factor::shared(&self.matrix).transposed();
        sum_of_products(&[(Factor::block(&cotangents), matrix)], None)
    }

    fn features(&self) -> Option<Features> {
        Some(Features {
            inputs: self.x.clone(),
            constant: self.layer.bias,
        })
    }
}

/// Σ over the rows of each matrix `[s, n, h]`: `[s, h]`.
fn column_sums(matrices: Tensor<3>) -> Tensor<2> {
    if host::is_host(&matrices.device()) {
        return host::column_sums(&matrices);
    }
    matrices.sum_dim(1).squeeze_dim(1)
}
