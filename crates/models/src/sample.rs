//! The examples of a risk in virtual blocks, on the device or waiting on the host.

use crate::device::places;
use crate::{Device, Examples, Loss, download};
use burn::tensor::{Tensor, TensorData};
use std::sync::Arc;

/// Examples cut into virtual blocks. Those beyond a budget of bytes wait on the host, in the device's precision, and are
/// sent to the device each time they are used: the same bits, at the cost of the way there.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    device: Device,
    blocks: Vec<Kept>,
}

/// One virtual block on the device.
#[derive(Clone, Debug)]
pub(crate) struct ExampleBlock {
    /// Inputs `[n, d]`.
    pub inputs: Tensor<2>,
    /// Targets `[n, C]`.
    pub targets: Tensor<2>,
}

/// Where a block is kept.
#[derive(Clone, Debug)]
enum Kept {
    Device(Box<ExampleBlock>),
    Host {
        inputs: Arc<TensorData>,
        targets: Arc<TensorData>,
    },
}

impl Kept {
    fn examples(&self) -> usize {
        match self {
            Kept::Device(block) => block.inputs.dims()[0],
            Kept::Host { inputs, .. } => inputs.shape()[0],
        }
    }
}

impl Sample {
    /// The examples in blocks of `size`, of which at most `budget` bytes are kept on the device.
    pub fn new(examples: &Examples, loss: Loss, size: usize, budget: usize, device: &Device) -> Self {
        let width = loss.outputs(&examples.targets);
        let targets = loss.encode(examples);
        let d = examples.dimension;
        let blocks = (0..examples.len()).step_by(size).map(|start| {
            let end = examples.len().min(start + size);
            let n = end - start;
            (
                device.data(&examples.inputs[start * d..end * d], [n, d]),
                device.data(&targets[start * width..end * width], [n, width]),
            )
        });
        Sample::placed(blocks, budget, device)
    }

    /// Inputs and targets of each block; from the first one on that does not fit into the budget, they stay on the host.
    fn placed(
        blocks: impl Iterator<Item = (TensorData, TensorData)>,
        budget: usize,
        device: &Device,
    ) -> Self {
        let mut left = budget;
        let blocks = blocks.map(|(inputs, targets)| {
            let bytes = inputs.as_bytes().len() + targets.as_bytes().len();
            if bytes > left {
                left = 0;
                return Kept::Host {
                    inputs: Arc::new(inputs),
                    targets: Arc::new(targets),
                };
            }
            left -= bytes;
            Kept::Device(Box::new(ExampleBlock {
                inputs: device.send(inputs),
                targets: device.send(targets),
            }))
        });
        Sample {
            blocks: blocks.collect(),
            device: device.clone(),
        }
    }

    /// The number of blocks.
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// How many examples each block has.
    pub fn sizes(&self) -> impl Iterator<Item = usize> {
        self.blocks.iter().map(Kept::examples)
    }

    /// One block, on the device.
    pub fn block(&self, i: usize) -> ExampleBlock {
        match &self.blocks[i] {
            Kept::Device(block) => ExampleBlock::clone(block),
            Kept::Host { inputs, targets } => ExampleBlock {
                inputs: self.device.send(inputs.as_ref().clone()),
                targets: self.device.send(targets.as_ref().clone()),
            },
        }
    }

    /// All blocks in their order, on the device one after another.
    pub fn iter(&self) -> impl Iterator<Item = ExampleBlock> {
        (0..self.len()).map(|i| self.block(i))
    }

    /// These examples, on the device: block by block, each in the order of the indices. Of blocks on the host only these
    /// are sent.
    pub fn gather(&self, indices: &[usize]) -> ExampleBlock {
        let mut parts = Vec::new();
        let mut start = 0;
        for block in &self.blocks {
            let end = start + block.examples();
            let here = indices.iter().filter(|i| (start..end).contains(*i));
            let rows: Vec<usize> = here.map(|i| i - start).collect();
            if !rows.is_empty() {
                parts.push(self.select(block, &rows));
            }
            start = end;
        }
        ExampleBlock {
            inputs: stack(parts.iter().map(|part| part.inputs.clone())),
            targets: stack(parts.iter().map(|part| part.targets.clone())),
        }
    }

    fn select(&self, block: &Kept, rows: &[usize]) -> ExampleBlock {
        match block {
            Kept::Device(block) => {
                let rows = places(rows, &self.device.tensors);
                ExampleBlock {
                    inputs: block.inputs.clone().select(0, rows.clone()),
                    targets: block.targets.clone().select(0, rows),
                }
            }
            Kept::Host { inputs, targets } => {
                let send = |data: &TensorData| {
                    let width = data.shape()[1];
                    let bytes = width * self.device.precision.bytes();
                    let all = data.as_bytes();
                    let taken: Vec<u8> = rows
                        .iter()
                        .flat_map(|&i| &all[i * bytes..(i + 1) * bytes])
                        .copied()
                        .collect();
                    let shape = [rows.len(), width];
                    self.device
                        .send(TensorData::from_bytes_vec(taken, shape, data.dtype()))
                };
                ExampleBlock {
                    inputs: send(inputs),
                    targets: send(targets),
                }
            }
        }
    }

    /// The same examples in blocks of another size, all on the device.
    pub fn in_blocks_of(&self, size: usize) -> Self {
        let inputs = stack(self.iter().map(|block| block.inputs)).split(size, 0);
        let targets = stack(self.iter().map(|block| block.targets)).split(size, 0);
        let blocks = inputs.into_iter().zip(targets);
        Sample {
            blocks: blocks
                .map(|(inputs, targets)| Kept::Device(Box::new(ExampleBlock { inputs, targets })))
                .collect(),
            device: self.device.clone(),
        }
    }

    /// These examples alone, in blocks of `size`, in the order of [`Sample::gather`].
    pub fn taken(&self, indices: &[usize], size: usize) -> Self {
        let whole = Sample {
            blocks: vec![Kept::Device(Box::new(self.gather(indices)))],
            device: self.device.clone(),
        };
        whole.in_blocks_of(size)
    }

    /// The same blocks on another device, of which at most `budget` bytes are kept there.
    pub fn on(&self, device: &Device, budget: usize) -> Self {
        let there = |tensor: &Tensor<2>| device.data(&download(tensor), tensor.dims());
        let data = self
            .iter()
            .map(|block| (there(&block.inputs), there(&block.targets)));
        Sample::placed(data, budget, device)
    }

    /// The same blocks with other inputs, `[n, d]` row after row, on the device.
    pub fn with_inputs(&self, inputs: &[f64], d: usize) -> Self {
        let mut rest = inputs;
        let blocks = self.iter().map(|block| {
            let n = block.inputs.dims()[0];
            let (here, others) = rest.split_at(n * d);
            rest = others;
            Kept::Device(Box::new(ExampleBlock {
                inputs: self.device.send(self.device.data(here, [n, d])),
                targets: block.targets,
            }))
        });
        Sample {
            blocks: blocks.collect(),
            device: self.device.clone(),
        }
    }

    /// The same blocks, of which at most `budget` bytes are kept on the device.
    pub fn within(&self, budget: usize) -> Self {
        let data = self
            .iter()
            .map(|block| (block.inputs.to_data(), block.targets.to_data()));
        Sample::placed(data, budget, &self.device)
    }
}

/// Matrices below each other.
fn stack(parts: impl Iterator<Item = Tensor<2>>) -> Tensor<2> {
    let mut parts: Vec<Tensor<2>> = parts.collect();
    match parts.len() {
        1 => parts.remove(0),
        _ => Tensor::cat(parts, 0),
    }
}
