//! Linearise once, push many: second-order products of a risk at one point.

use crate::host;
use crate::losses::LossAt;
use crate::network::{NetworkAt, side_by_side};
use crate::risk::{LARGE_NETWORK, Risk, bytes_per_example, sum};
use crate::sample::ExampleBlock;
use crate::{Curvature, Directions, Objective, Point, Slope};
use burn::tensor::Tensor;

/// A risk at one point, with everything that depends on the point alone done once.
///
/// A Hessian product then costs 6 matrix products per inner layer and 2 for the input layer, which is the floor.
/// Virtual blocks beyond the memory budget are linearised again at every product; the results are the same bits.
pub struct Linearisation<'a> {
    risk: &'a Risk,
    at: Point,
    /// One per virtual block; `None` beyond the memory budget.
    kept: Vec<Option<BlockAt<'a>>>,
    slope: Slope,
}

/// One virtual block at one point.
struct BlockAt<'a> {
    network: NetworkAt<'a>,
    loss: LossAt,
}

impl<'a> Linearisation<'a> {
    /// Linearises a risk at a point: forward and pullback once.
    pub fn new(risk: &'a Risk, at: &Point) -> Self {
        let device = &risk.space().device;
        let per_block =
            bytes_per_example(risk.network(), device.precision) * risk.block_sizes().next().unwrap_or(0);
        let budget = risk.memory() / per_block.max(1);
        let parts = risk.for_blocks(|i, block| {
            let (here, value, gradient) = BlockAt::new(risk, at, block);
            ((i < budget).then_some(here), value, gradient)
        });
        let value = parts.iter().map(|part| part.1).sum();
        let mut kept = Vec::with_capacity(parts.len());
        let mut gradients = Vec::with_capacity(parts.len());
        for (here, _, gradient) in parts {
            kept.push(here);
            gradients.push(gradient);
        }
        let gradient = Directions::new(sum(gradients.into_iter()).unsqueeze());
        Linearisation {
            risk,
            at: at.clone(),
            kept,
            slope: Slope { value, gradient },
        }
    }

    /// Σ over the virtual blocks of a product with directions `[s, P]`, which comes in parts `[s, ·]`.
    fn over_blocks(
        &self,
        directions: &Directions,
        product: impl Fn(&BlockAt<'a>, &Tensor<2>) -> Vec<Tensor<2>> + Sync,
    ) -> Directions {
        let all = |here: &BlockAt<'a>| self.one_or_all(directions.rows(), |v| product(here, v));
        let parts = self.risk.for_blocks(|i, block| match &self.kept[i] {
            Some(here) => all(here),
            None => all(&BlockAt::new(self.risk, &self.at, block).0),
        });
        Directions::new(sum(parts.into_iter()))
    }

    /// The product with all directions at once, or with each by itself where that is faster: on a CPU, one direction of a
    /// large network is work enough for a core, and its activations stay in the caches.
    fn one_or_all(&self, v: &Tensor<2>, product: impl Fn(&Tensor<2>) -> Vec<Tensor<2>> + Sync) -> Tensor<2> {
        let [s, p] = v.dims();
        if s == 1 || !host::is_host(&v.device()) || p < LARGE_NETWORK {
            return side_by_side(product(v));
        }
        host::rows([s, p], &v.device(), v.dtype(), |i| {
            product(&v.clone().slice([i..i + 1, 0..p]))
        })
    }
}

impl<'a> BlockAt<'a> {
    fn new(risk: &'a Risk, at: &Point, block: &ExampleBlock) -> (Self, f64, Tensor<1>) {
        let (z, mut network) = risk.network().linearise(at.tensor(), block.inputs.clone());
        let loss = risk.loss().linearise(z, block.targets.clone(), risk.weight());
        let gradient = network.pullback(loss.cotangent.clone(), true);
        let value = loss.value;
        (BlockAt { network, loss }, value, gradient)
    }
}

impl Curvature for Linearisation<'_> {
    fn slope(&self) -> Slope {
        self.slope.clone()
    }

    fn hessian_times(&self, directions: &Directions) -> Directions {
        self.over_blocks(directions, |here, v| {
            let pushed = here.network.pushforward(v);
            let cotangent = pushed.outputs.clone().map(|z| here.loss.hessian_times(z));
            here.network.pullback_tangent(Some(&pushed), cotangent)
        })
    }

    fn gauss_newton_times(&self, directions: &Directions) -> Option<Directions> {
        Some(self.over_blocks(directions, |here, v| {
            let cotangent = here
                .network
                .pushforward(v)
                .outputs
                .map(|z| here.loss.hessian_times(z));
            here.network.pullback_tangent(None, cotangent)
        }))
    }

    fn residual_times(&self, directions: &Directions) -> Option<Directions> {
        Some(self.over_blocks(directions, |here, v| {
            let pushed = here.network.pushforward(v);
            here.network.pullback_tangent(Some(&pushed), None)
        }))
    }

    fn jacobian_times(&self, directions: &Directions) -> Option<Vec<f64>> {
        let v = directions.tensor();
        let s = directions.count();
        let parts = self.risk.for_blocks(|i, block| {
            let push = |here: &BlockAt| here.network.pushforward(&v).outputs;
            match &self.kept[i] {
                Some(here) => push(here),
                None => push(&BlockAt::new(self.risk, &self.at, block).0),
            }
        });
        let parts: Vec<Tensor<3>> = parts.into_iter().flatten().collect();
        let outputs = Tensor::cat(parts, 1);
        debug_assert_eq!(outputs.dims()[0], s);
        Some(crate::download(&outputs))
    }

    fn jacobian_transpose_times(&self, outputs: &[f64]) -> Option<Directions> {
        let c = self.risk.network().outputs();
        let n = self.risk.examples();
        let s = outputs.len() / (n * c);
        assert_eq!(
            outputs.len(),
            s * n * c,
            "output cotangents have the shape [s, n, C]"
        );
        let device = &self.risk.space().device;
        let all = device.upload(outputs.to_vec(), [s, n, c]);
        let sizes: Vec<usize> = self.risk.block_sizes().collect();
        let starts: Vec<usize> = sizes
            .iter()
            .scan(0, |start, n| Some(std::mem::replace(start, *start + n)))
            .collect();
        let parts = self.risk.for_blocks(|i, block| {
            let cotangent = Some(all.clone().slice([0..s, starts[i]..starts[i] + sizes[i], 0..c]));
            let pull = |here: &BlockAt| side_by_side(here.network.pullback_tangent(None, cotangent.clone()));
            match &self.kept[i] {
                Some(here) => pull(here),
                None => pull(&BlockAt::new(self.risk, &self.at, block).0),
            }
        });
        Some(Directions::new(sum(parts.into_iter())))
    }
}
