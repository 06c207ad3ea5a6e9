//! Empirical risk: a network, a loss and a sample.

use crate::host;
use crate::linearisation::Linearisation;
use crate::network::Choice;
use crate::sample::{ExampleBlock, Sample};
use crate::{
    Curvature, Device, Directions, Examples, Initialisation, Known, Loss, Network, Objective, Point,
    Precision, Seed, Slope, Space, download,
};
use burn::tensor::Tensor;
use rayon::prelude::*;
use std::sync::Arc;

/// The loss of a network on a sample, as a function of the parameters.
///
/// The sample is cut into **virtual blocks** whose size depends on the problem alone. Each block is one pass
/// through the network, and partial sums are added in the order of the blocks, so that the result does not
/// depend on how many threads share the blocks nor on how many blocks are held in memory at once.
#[derive(Clone, Debug)]
pub struct Risk {
    network: Arc<Network>,
    initialisation: Initialisation,
    loss: Loss,
    sample: Sample,
    labels: Option<Arc<Vec<u32>>>,
    examples: usize,
    memory: usize,
}

/// Examples in one virtual block of a large network: adding its gradient costs 1 % of making it.
const LARGE_BLOCK: usize = 4096;
/// Examples in one virtual block of a small network: small enough that two cores share 500 examples.
const SMALL_BLOCK: usize = 256;
/// From this many parameters a network is large: its matrix products use all cores by themselves.
pub(crate) const LARGE_NETWORK: usize = 1 << 16;

impl Risk {
    /// Bytes of activations that a linearisation keeps, unless told otherwise.
    pub const MEMORY: usize = 4 << 30;

    /// Bytes of examples that are kept on a device beside the host, unless told otherwise; the others wait on the host.
    pub const SAMPLE: usize = 2 << 30;

    /// From this many parameters a network is large: its blocks are computed one after another, since the matrix products
    /// of one use all cores by themselves.
    pub const LARGE: usize = LARGE_NETWORK;

    /// Examples in one virtual block of a network with so many parameters.
    pub fn block_size(parameters: usize) -> usize {
        if parameters < LARGE_NETWORK {
            SMALL_BLOCK
        } else {
            LARGE_BLOCK
        }
    }

    /// The risk of a network on these examples. Panics where inputs or targets do not have the network's widths.
    pub fn new(
        network: Arc<Network>,
        initialisation: Initialisation,
        loss: Loss,
        examples: &Examples,
    ) -> Self {
        assert_eq!(
            examples.dimension,
            network.inputs(),
            "inputs do not have the network's width"
        );
        assert_eq!(
            loss.outputs(&examples.targets),
            network.outputs(),
            "targets do not have the network's width"
        );
        let block = Self::block_size(network.space().dimension);
        let device = &network.space().device;
        Risk {
            initialisation,
            loss,
            sample: Sample::new(examples, loss, block, budget(device), device),
            labels: examples.labels().map(|labels| Arc::new(labels.to_vec())),
            examples: examples.len(),
            memory: Self::MEMORY,
            network,
        }
    }

    /// The same risk, cut into virtual blocks of this many examples: equal up to rounding.
    pub fn in_blocks_of(&self, examples: usize) -> Self {
        assert!(examples > 0, "a block needs an example");
        Risk {
            sample: self.sample.in_blocks_of(examples),
            ..self.clone()
        }
    }

    /// The risk of a smaller network, which gets other inputs where there are some: `[n, d]` row after row, and d.
    pub(crate) fn smaller(&self, choice: &Choice, inputs: Option<(&[f64], usize)>) -> Self {
        let d = inputs.map_or(self.network.inputs(), |(_, d)| d);
        Risk {
            network: Arc::new(self.network.smaller(d, choice)),
            sample: match inputs {
                Some((inputs, d)) => self.sample.with_inputs(inputs, d),
                None => self.sample.clone(),
            },
            ..self.clone()
        }
    }

    /// The same risk on another device: network, inputs and targets rounded to its precision.
    pub fn on(&self, device: &Device) -> Self {
        Risk {
            network: Arc::new(self.network.on(device)),
            sample: self.sample.on(device, budget(device)),
            ..self.clone()
        }
    }

    /// The risk on some of the examples, normalised as a risk of that many. Panics where no index is that of an example.
    pub fn on_examples(&self, indices: &[usize]) -> Self {
        let mut indices = indices.to_vec();
        indices.sort_unstable();
        let labels = self.labels();
        Risk {
            sample: self
                .sample
                .taken(&indices, Self::block_size(self.network.space().dimension)),
            labels: labels.map(|labels| Arc::new(indices.iter().map(|&i| labels[i]).collect())),
            examples: indices.len(),
            ..self.clone()
        }
    }

    /// The same risk, which keeps at most this many bytes of examples on the device; the others wait on the host, and are
    /// sent whenever they are used. The results are the same bits.
    pub fn with_examples_within(&self, bytes: usize) -> Self {
        Risk {
            sample: self.sample.within(bytes),
            ..self.clone()
        }
    }

    /// The same risk, whose linearisations keep at most this many bytes of activations and make the rest again.
    /// The results are the same bits.
    pub fn with_memory(&self, bytes: usize) -> Self {
        Risk {
            memory: bytes,
            ..self.clone()
        }
    }

    /// Bytes that the rules of one example keep at a point in f64, roughly.
    pub fn bytes_per_example(&self) -> usize {
        bytes_per_example(&self.network, Precision::F64)
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The loss.
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// The number of examples n.
    pub fn examples(&self) -> usize {
        self.examples
    }

    /// The labels, where the targets are classes.
    pub fn labels(&self) -> Option<&[u32]> {
        self.labels.as_ref().map(|labels| labels.as_slice())
    }

    /// How the network begins.
    pub fn initialisation(&self) -> Initialisation {
        self.initialisation
    }

    /// The inputs on the host, row-major `[n, d]`, as the network gets them.
    pub fn inputs(&self) -> Vec<f64> {
        self.sample
            .iter()
            .flat_map(|block| download(&block.inputs))
            .collect()
    }

    /// The virtual blocks, one after another.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = ExampleBlock> {
        self.sample.iter()
    }

    /// Bytes that a linearisation keeps between products.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }

    /// How many examples each virtual block has.
    pub(crate) fn block_sizes(&self) -> impl Iterator<Item = usize> {
        self.sample.sizes()
    }

    /// The factor of each example's term in the loss.
    pub(crate) fn weight(&self) -> f64 {
        self.loss.weight(self.examples)
    }

    /// The risk on some of the examples: a mini-batch. Its normalisation is that of its own size,
    /// but ½Σ is multiplied by n/batch, so that a batch's gradient is an unbiased estimate in every case.
    /// Panics where no index is that of an example.
    pub fn batch(&self, indices: &[usize]) -> Batch {
        Batch {
            block: self.sample.gather(indices),
            weight: match self.loss {
                Loss::HalfSquared => self.examples as f64 / indices.len() as f64,
                _ => 1.0 / indices.len() as f64,
            },
        }
    }

    /// L and ∇L on a mini-batch.
    pub fn batch_slope(&self, at: &Point, batch: &Batch) -> Slope {
        let (value, gradient) = self.block_slope(at, &batch.block, batch.weight);
        Slope {
            value,
            gradient: Directions::new(gradient.unsqueeze()),
        }
    }

    /// Outputs z of all examples on the host, row-major `[n, C]`.
    pub fn outputs(&self, at: &Point) -> Vec<f64> {
        let parts = self
            .sample
            .iter()
            .map(|block| self.network.forward(at.tensor(), block.inputs));
        parts.flat_map(|z| download(&z)).collect()
    }

    /// The class that the outputs of each example predict: the largest, of equal ones the first; the sign of a single
    /// output decides between two classes.
    pub fn predictions(&self, at: &Point) -> Vec<u32> {
        self.outputs(at)
            .chunks(self.network.outputs())
            .map(predict)
            .collect()
    }

    /// The share of examples classified correctly; `None` where the targets are no classes.
    pub fn accuracy(&self, at: &Point) -> Option<f64> {
        let labels = self.labels()?;
        let taken = self.predictions(at);
        let hits = taken.iter().zip(labels).filter(|(taken, label)| taken == label);
        Some(hits.count() as f64 / labels.len() as f64)
    }

    /// L, and the share of examples classified correctly where the targets are classes, from one pass. On every device L
    /// is that of [`Objective::value`].
    pub fn value_and_accuracy(&self, at: &Point) -> (f64, Option<f64>) {
        let size = self.block_sizes().next().unwrap_or(0);
        let parts = self.for_blocks(|i, block| {
            let z = self.network.forward(at.tensor(), block.inputs.clone());
            let hits = self.labels().map(|labels| {
                let outputs = download(&z);
                let taken = outputs.chunks(self.network.outputs()).map(predict);
                taken
                    .zip(&labels[i * size..])
                    .filter(|(taken, label)| taken == *label)
                    .count()
            });
            (self.loss.total(z, &block.targets), hits)
        });
        let total: f64 = parts.iter().map(|part| part.0).sum();
        let hits: Option<usize> = parts.iter().map(|part| part.1).sum();
        let share = hits.map(|hits| hits as f64 / self.examples as f64);
        (self.weight() * total, share)
    }

    /// Which pre-activations are positive, one entry per example and hidden unit, in a fixed order.
    pub fn activation_pattern(&self, at: &Point) -> Vec<bool> {
        let all = self
            .sample
            .iter()
            .flat_map(|block| self.network.pre_activations(at.tensor(), block.inputs));
        all.flat_map(|x| download(&x).into_iter().map(|x| x > 0.0))
            .collect()
    }

    /// Σ over one block of weight·ℓ, added in f64, and its gradient `[P]`.
    fn block_slope(&self, at: &Point, block: &ExampleBlock, weight: f64) -> (f64, Tensor<1>) {
        let (z, mut network) = self.network.linearise(at.tensor(), block.inputs.clone());
        let loss = self.loss.linearise(z, block.targets.clone(), weight);
        (loss.value, network.pullback(loss.cotangent, false))
    }

    /// Makes something of every block. On the host, threads share the blocks of a small network; the products of a
    /// large one use all threads by themselves.
    pub(crate) fn for_blocks<T: Send>(&self, make: impl Fn(usize, &ExampleBlock) -> T + Sync) -> Vec<T> {
        let small = self.network.space().dimension < LARGE_NETWORK;
        let one = |i| make(i, &self.sample.block(i));
        let count = self.sample.len();
        if !(self.space().device.on_host && small && count > 1) {
            return (0..count).map(one).collect();
        }
        let made = (0..count).into_par_iter().map(one).collect();
        host::stay_awake(count);
        made
    }
}

/// A mini-batch of a risk's examples, on the device.
#[derive(Clone, Debug)]
pub struct Batch {
    block: ExampleBlock,
    weight: f64,
}

impl Objective for Risk {
    fn space(&self) -> &Space {
        self.network.space()
    }

    fn start(&self, seed: Seed) -> Point {
        self.initialisation.draw(self.space(), seed)
    }

    fn value(&self, at: &Point) -> f64 {
        let parts = self.for_blocks(|_, block| {
            let z = self.network.forward(at.tensor(), block.inputs.clone());
            self.loss.total(z, &block.targets)
        });
        self.weight() * parts.into_iter().sum::<f64>()
    }

    fn slope(&self, at: &Point) -> Slope {
        let parts = self.for_blocks(|_, block| self.block_slope(at, block, self.weight()));
        let value = parts.iter().map(|part| part.0).sum();
        Slope {
            value,
            gradient: Directions::new(sum(parts.into_iter().map(|part| part.1)).unsqueeze()),
        }
    }

    fn linearise<'a>(&'a self, at: &Point) -> Box<dyn Curvature + 'a> {
        Box::new(Linearisation::new(self, at))
    }

    /// No loss is negative.
    fn known(&self) -> Known {
        Known {
            at_least: Some(0.0),
            ..Known::default()
        }
    }

    fn as_risk(&self) -> Option<&Risk> {
        Some(self)
    }
}

/// The bytes of examples that are kept on a device.
fn budget(device: &Device) -> usize {
    if device.on_host { usize::MAX } else { Risk::SAMPLE }
}

fn predict(z: &[f64]) -> u32 {
    match z {
        [one] => u32::from(*one > 0.0),
        many => (0..many.len())
            .rev()
            .max_by(|&a, &b| many[a].total_cmp(&many[b]))
            .map_or(0, |class| class as u32),
    }
}

/// Σ of equal-shaped tensors in the order given.
pub(crate) fn sum<const D: usize>(parts: impl Iterator<Item = Tensor<D>>) -> Tensor<D> {
    parts.reduce(|a, b| a + b).expect("a risk has at least one block")
}

/// Bytes that the rules of one example of this network keep, roughly: every layer's input, slope and bend.
pub(crate) fn bytes_per_example(network: &Network, precision: Precision) -> usize {
    4 * network.hidden_width() * precision.bytes()
}

#[cfg(test)]
mod tests {
    use super::predict;

    #[test]
    fn the_largest_output_wins_the_first_of_equals_and_one_output_is_a_sign() {
        assert_eq!([predict(&[0.0, 2.0, 1.0]), predict(&[1.0, 1.0, 0.0])], [1, 0]);
        assert_eq!([predict(&[-1.0]), predict(&[3.0]), predict(&[0.0])], [0, 1, 0]);
    }
}
