//! The linear layer y = xW + b.

use super::{Layer, Linearised, Pulled, add, batched, times_matrix};
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
        weights.clone().slice([0..inputs * self.outputs]).reshape([inputs, self.outputs])
    }

    fn apply(&self, weights: &Tensor<1>, matrix: &Tensor<2>, x: &Tensor<2>) -> Tensor<2> {
        let y = x.clone().matmul(matrix.clone());
        if !self.bias {
            return y;
        }
        let start = x.dims()[1] * self.outputs;
        y + weights.clone().slice([start..start + self.outputs]).reshape([1, self.outputs])
    }
}

impl Layer for Linear {
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
        (y, Box::new(LinearAt { layer: *self, matrix, x, cotangent: None }))
    }
}

struct LinearAt {
    layer: Linear,
    matrix: Tensor<2>,
    x: Tensor<2>,
    cotangent: Option<Tensor<2>>,
}

impl LinearAt {
    /// V `[s, d, h]` and the bias part `[s, 1, h]` of a block of directions ẇ `[s, p]`.
    fn split(&self, weights: &Tensor<2>) -> (Tensor<3>, Option<Tensor<3>>) {
        let s = weights.dims()[0];
        let [d, h] = self.matrix.dims();
        let matrix = weights.clone().slice([0..s, 0..d * h]).reshape([s, d, h]);
        let bias = self.layer.bias.then(|| weights.clone().slice([0..s, d * h..d * h + h]).reshape([s, 1, h]));
        (matrix, bias)
    }
}

impl Linearised for LinearAt {
    fn pullback(&mut self, cotangent: Tensor<2>, wants_input: bool, remember: bool) -> Pulled<2, 1> {
        let [d, h] = self.matrix.dims();
        let input = wants_input.then(|| cotangent.clone().matmul(self.matrix.clone().transpose()));
        let mut weights = vec![self.x.clone().transpose().matmul(cotangent.clone()).reshape([d * h])];
        if self.layer.bias {
            weights.push(cotangent.clone().sum_dim(0).reshape([h]));
        }
        if remember {
            self.cotangent = Some(cotangent);
        }
        Pulled { input, weights }
    }

    fn pushforward(&self, weights: Option<&Tensor<2>>, x: Option<&Tensor<3>>) -> Option<Tensor<3>> {
        let from_weights = weights.map(|w| {
            let (matrix, bias) = self.split(w);
            let y = batched(self.x.clone().unsqueeze(), matrix);
            bias.map_or(y.clone(), |b| y + b)
        });
        add(from_weights, x.map(|x| times_matrix(x.clone(), self.matrix.clone())))
    }

    fn pullback_tangent(
        &self,
        weights: Option<&Tensor<2>>,
        x: Option<&Tensor<3>>,
        cotangent: Option<Tensor<3>>,
        wants_input: bool,
    ) -> Pulled<3, 2> {
        let [d, h] = self.matrix.dims();
        let remembered = || {
            let kept = self.cotangent.clone().expect("the pullback at this point was told to remember");
            kept.unsqueeze::<3>()
        };
        let input = if wants_input {
            let moved = cotangent.clone().map(|c| times_matrix(c, self.matrix.clone().transpose()));
            let turned = weights.map(|w| batched(remembered(), self.split(w).0.swap_dims(1, 2)));
            add(moved, turned)
        } else {
            None
        };
        let from_x = x.map(|x| batched(x.clone().swap_dims(1, 2), remembered()));
        let from_cotangent =
            cotangent.clone().map(|c| batched(self.x.clone().transpose().unsqueeze(), c));
        let count = [weights.map(|w| w.dims()[0]), x.map(|x| x.dims()[0]), cotangent.as_ref().map(|c| c.dims()[0])];
        let s = count.into_iter().flatten().next().expect("a tangent is given");
        let zeros = |width: usize| Tensor::<2>::zeros([s, width], (&self.x.device(), self.x.dtype()));
        let matrix = add(from_x, from_cotangent.clone());
        let mut parts = vec![matrix.map_or_else(|| zeros(d * h), |m| m.reshape([s, d * h]))];
        if self.layer.bias {
            parts.push(cotangent.map_or_else(|| zeros(h), |c| c.sum_dim(1).reshape([s, h])));
        }
        Pulled { input, weights: parts }
    }
}
