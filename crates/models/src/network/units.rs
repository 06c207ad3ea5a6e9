//! Hidden units that a network's second derivative does not couple.

use super::{Link, Network};
use crate::layers::Layer;
use std::ops::Range;

/// The parameters of each hidden unit of a network whose outputs are sums over hidden units, z = Σⱼ fⱼ(x; θⱼ).
///
/// The residual part of a loss's Hessian, Σ (∂ℓ/∂z)·∇²z, is then block diagonal, one block for each unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Units {
    /// Of each unit the places of its parameters in the flat vector: the weights to the C outputs of the layer after it, where
    /// that layer is trained, then the weights from its inputs, then its bias. All are as many.
    pub parameters: Vec<Vec<usize>>,
    /// How many of them are weights to outputs: in these the outputs are linear.
    pub outward: usize,
    /// Those of a unit's parameters whose columns hold everything of its block that is not zero, up to symmetry: the weights
    /// to the outputs where the activation is piecewise linear, all others where it bends.
    pub columns: Range<usize>,
}

impl Network {
    /// The hidden units, where the outputs are sums over them: one trained linear layer, or two with nothing between them that
    /// mixes units, no activation that bends after units are mixed, and no skips.
    ///
    /// ```
    /// use models::{Architecture, Device, Precision, SecondLayer, Seed};
    /// let model = Architecture::WideRelu { width: 2, second_layer: SecondLayer::Trained };
    /// let network = model.build(3, 1, Seed(1), &Device::cpu(Precision::F64));
    /// let units = network.units().unwrap();
    /// // Weights [3, 2] from the inputs come first, then [2, 1] to the output.
    /// assert_eq!(units.parameters, [[6, 0, 2, 4], [7, 1, 3, 5]]);
    /// assert_eq!((units.outward, units.columns), (1, 0..1));
    /// ```
    pub fn units(&self) -> Option<Units> {
        let layers: Option<Vec<&dyn Layer>> = self
            .links
            .iter()
            .map(|link| match link {
                Link::Layer(layer) => Some(&**layer),
                Link::Fork | Link::Join => None,
            })
            .collect();
        let layers = layers?;
        let trained: Vec<usize> = (0..layers.len())
            .filter(|i| !self.ranges[*i].is_empty())
            .collect();
        let (first, second) = match trained[..] {
            [first] => (first, None),
            [first, second] => (first, Some(second)),
            _ => return None,
        };
        if !trained.iter().all(|i| layers[*i].is_linear()) {
            return None;
        }
        let after = first + 1;
        let apart = layers[after..]
            .iter()
            .take_while(|layer| layer.is_elementwise())
            .count();
        // Where units are first mixed.
        let mixed = after + apart;
        if second.is_some_and(|second| second != mixed) || layers[mixed..].iter().any(|layer| layer.bends()) {
            return None;
        }
        let shape = |link: usize| {
            let start = self.ranges[link].start;
            let weights = self.space.parameters.iter().find(|own| own.range.start == start);
            weights.map(|own| (own.shape[0], own.shape[1]))
        };
        let (inputs, width) = shape(first)?;
        let outward = match second {
            Some(second) => shape(second)?.1,
            None => 0,
        };
        let bias = self.ranges[first].len() > inputs * width;
        let of_unit = |j: usize| {
            let out = second.map_or(0, |second| self.ranges[second].start);
            let own = self.ranges[first].start;
            let to = (0..outward).map(|c| out + j * outward + c);
            let from = (0..inputs + usize::from(bias)).map(|k| own + k * width + j);
            to.chain(from).collect::<Vec<usize>>()
        };
        let bends = layers[after..mixed].iter().any(|layer| layer.bends());
        Some(Units {
            parameters: (0..width).map(of_unit).collect(),
            outward,
            columns: match bends {
                true => outward..outward + inputs + usize::from(bias),
                false => 0..outward,
            },
        })
    }
}
