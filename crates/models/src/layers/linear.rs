//! The linear layer y = xW + b.

use super::{Layer, Linearised, Pulled, add, block_transposed_times, matrix_times, matrix_times_transposed};
use super::{times_matrix, transposed_times};
use crate::host;
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
        let y = x.clone().matmul(matrix.clone());
        if !self.bias {
            return y;
        }
        let start = x.dims()[1] * self.outputs;
        y + weights
            .clone()
            .slice(start..start + self.outputs)
            .reshape([1, self.outputs])
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
        (
            y,
            Box::new(LinearAt {
                layer: *self,
                matrix,
                x,
                kept: None,
            }),
        )
    }
}

struct LinearAt {
    layer: Linear,
    matrix: Tensor<2>,
    x: Tensor<2>,
    kept: Option<Kept>,
}

/// What the pullback leaves for its tangent.
struct Kept {
    /// ȳ `[n, h]`.
    cotangent: Tensor<2>,
    /// Wᵀ `[h, d]`, laid out for products on the host.
    transposed: Tensor<2>,
}

impl LinearAt {
    /// V `[s, d, h]` of the directions ẇ.
    fn matrices(&self, weights: &[Tensor<2>]) -> Tensor<3> {
        let [d, h] = self.matrix.dims();
        let s = weights[0].dims()[0];
        weights[0].clone().reshape([s, d, h])
    }
}

impl Linearised for LinearAt {
    fn pullback(&mut self, cotangent: Tensor<2>, wants_input: bool, remember: bool) -> Pulled<2, 1> {
        let [d, h] = self.matrix.dims();
        let input = wants_input.then(|| cotangent.clone().matmul(self.matrix.clone().transpose()));
        let mut weights = vec![
            self.x
                .clone()
                .transpose()
                .matmul(cotangent.clone())
                .reshape([d * h]),
        ];
        if self.layer.bias {
            weights.push(cotangent.clone().sum_dim(0).reshape([h]));
        }
        if remember {
            let transposed = self.matrix.clone().transpose();
            let transposed = if host::is_host(&transposed.device()) {
                host::contiguous(transposed)
            } else {
                transposed
            };
            self.kept = Some(Kept {
                cotangent,
                transposed,
            });
        }
        Pulled { input, weights }
    }

    fn pushforward(&self, weights: Option<&[Tensor<2>]>, x: Option<&Tensor<3>>) -> Option<Tensor<3>> {
        let from_weights = weights.map(|w| {
            let y = matrix_times(&self.x, self.matrices(w));
            match w.get(1) {
                Some(bias) => y + bias.clone().unsqueeze_dim::<3>(1),
                None => y,
            }
        });
        add(
            from_weights,
            x.map(|x| times_matrix(x.clone(), self.matrix.clone())),
        )
    }

    fn pullback_tangent(
        &self,
        weights: Option<&[Tensor<2>]>,
        x: Option<&Tensor<3>>,
        cotangent: Option<Tensor<3>>,
        wants_input: bool,
    ) -> Pulled<3, 2> {
        let [d, h] = self.matrix.dims();
        let kept = self
            .kept
            .as_ref()
            .expect("the pullback at this point was told to remember");
        let input = if wants_input {
            let moved = cotangent
                .clone()
                .map(|c| times_matrix(c, kept.transposed.clone()));
            let turned = weights.map(|w| matrix_times_transposed(&kept.cotangent, self.matrices(w)));
            add(moved, turned)
        } else {
            None
        };
        let from_x = x.map(|x| block_transposed_times(x.clone(), &kept.cotangent));
        let from_cotangent = cotangent.clone().map(|c| transposed_times(&self.x, c));
        let count = [
            weights.map(|w| w[0].dims()[0]),
            x.map(|x| x.dims()[0]),
            cotangent.as_ref().map(|c| c.dims()[0]),
        ];
        let s = count.into_iter().flatten().next().expect("a tangent is given");
        let zeros = |width: usize| Tensor::<2>::zeros([s, width], (&self.x.device(), self.x.dtype()));
        let matrix = add(from_x, from_cotangent);
        let mut parts = vec![matrix.map_or_else(|| zeros(d * h), |m| m.reshape([s, d * h]))];
        if self.layer.bias {
            parts.push(cotangent.map_or_else(|| zeros(h), |c| c.sum_dim(1).reshape([s, h])));
        }
        Pulled {
            input,
            weights: parts,
        }
    }
}
