//! The space of parameters: named blocks in one flat vector.

use crate::Device;
use std::ops::Range;

/// One named block of parameters, such as a weight matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Dotted path, such as `layer1.weight`.
    pub name: String,
    /// Row-major shape. A weight matrix is `[inputs, outputs]`.
    pub shape: Vec<usize>,
    /// Where the block lies in the flat vector.
    pub range: Range<usize>,
}

/// Parameter space: named blocks, their shapes, the dimension P, the device and the precision.
#[derive(Clone, Debug)]
pub struct Space {
    /// The blocks in order; together they tile `0..dimension`.
    pub parameters: Vec<Parameter>,
    /// The number of parameters P.
    pub dimension: usize,
    /// Where points and directions live.
    pub device: Device,
}

impl Space {
    /// The space of these blocks, laid out one after the other.
    pub fn new(blocks: impl IntoIterator<Item = (String, Vec<usize>)>, device: Device) -> Self {
        let mut dimension = 0;
        let parameters = blocks
            .into_iter()
            .map(|(name, shape)| {
                let start = dimension;
                dimension += shape.iter().product::<usize>();
                Parameter {
                    name,
                    shape,
                    range: start..dimension,
                }
            })
            .collect();
        Space {
            parameters,
            dimension,
            device,
        }
    }
}
