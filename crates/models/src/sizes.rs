//! How large a network will be, before any of it is made.

use crate::{Architecture, Parametrisation, SecondLayer, chain};

/// The sizes of a network that is not built.
///
/// ```
/// use models::{Architecture, Sizes};
/// let model = Architecture::DeepLinear { hidden: vec![3] };
/// assert_eq!(model.sizes(4, 2), Sizes { parameters: 4 * 3 + 3 * 2, fixed: 0, widths: 3 + 2 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The number of parameters P.
    pub parameters: usize,
    /// Numbers in layers that are not trained.
    pub fixed: usize,
    /// The sum of the widths of all links' outputs, [`crate::Network::hidden_width`].
    pub widths: usize,
}

impl Architecture {
    /// The sizes that [`Architecture::build`] gives a network.
    pub fn sizes(&self, inputs: usize, outputs: usize) -> Sizes {
        match self {
            Architecture::DeepLinear { hidden } => {
                let mut sizes = Sizes {
                    parameters: 0,
                    fixed: 0,
                    widths: 0,
                };
                let mut width = inputs;
                for &next in hidden.iter().chain([&outputs]) {
                    sizes.parameters += width * next;
                    sizes.widths += next;
                    width = next;
                }
                sizes
            }
            Architecture::Quadratic { width, second_layer } => {
                two_layers(inputs, *width, outputs, *second_layer, 0)
            }
            Architecture::WideRelu { width, second_layer } => {
                two_layers(inputs, *width, outputs, *second_layer, outputs)
            }
            Architecture::Chain { layers } => chain::sizes(layers, inputs),
            Architecture::Perceptron {
                hidden,
                bias,
                skips,
                parametrisation,
                ..
            } => {
                let affine = |width: usize, next: usize| width * next + if *bias { next } else { 0 };
                let scaled = if *parametrisation == Parametrisation::Ntk {
                    1
                } else {
                    0
                };
                let mut sizes = Sizes {
                    parameters: 0,
                    fixed: 0,
                    widths: 0,
                };
                let mut width = inputs;
                for &next in hidden {
                    sizes.parameters += affine(width, next);
                    // The linear layer, its scale, the activation, and a skip's fork and join.
                    let skip = if *skips && next == width { 2 } else { 0 };
                    sizes.widths += (2 + scaled + skip) * next;
                    width = next;
                }
                sizes.parameters += affine(width, outputs);
                sizes.widths += (1 + scaled) * outputs;
                sizes
            }
        }
    }
}

impl Architecture {
    /// The names and sizes of the blocks of parameters that [`Architecture::build`] gives a network, in order.
    ///
    /// ```
    /// let model = models::Architecture::DeepLinear { hidden: vec![3] };
    /// assert_eq!(model.blocks(4, 2), [("layer1.weight".to_string(), 12), ("layer2.weight".to_string(), 6)]);
    /// ```
    pub fn blocks(&self, inputs: usize, outputs: usize) -> Vec<(String, usize)> {
        let (hidden, bias): (&[usize], bool) = match self {
            Architecture::DeepLinear { hidden } => (hidden, false),
            Architecture::Perceptron { hidden, bias, .. } => (hidden, *bias),
            Architecture::Chain { layers } => return chain::blocks(layers, inputs),
            Architecture::Quadratic { width, second_layer }
            | Architecture::WideRelu { width, second_layer } => {
                let first = ("layer1.weight".to_string(), inputs * width);
                let second = ("layer2.weight".to_string(), width * outputs);
                return match second_layer {
                    SecondLayer::Trained => vec![first, second],
                    SecondLayer::FixedSigns | SecondLayer::FixedOnes => vec![first],
                };
            }
        };
        let mut blocks = Vec::new();
        let mut width = inputs;
        for (i, &next) in hidden.iter().chain([&outputs]).enumerate() {
            blocks.push((format!("layer{}.weight", i + 1), width * next));
            blocks.extend(bias.then(|| (format!("layer{}.bias", i + 1), next)));
            width = next;
        }
        blocks
    }
}

/// Two layers with an activation between, and `more` links' widths after them.
fn two_layers(inputs: usize, width: usize, outputs: usize, second: SecondLayer, more: usize) -> Sizes {
    let (trained, fixed) = match second {
        SecondLayer::Trained => (width * outputs, 0),
        SecondLayer::FixedSigns | SecondLayer::FixedOnes => (0, width * outputs),
    };
    Sizes {
        parameters: inputs * width + trained,
        fixed,
        widths: 2 * width + outputs + more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Activation;
    use crate::{Device, Part, Precision, Seed};

    #[test]
    fn sizes_are_those_of_the_network() {
        let mut models = vec![
            Architecture::DeepLinear { hidden: vec![3] },
            Architecture::DeepLinear { hidden: vec![7, 2] },
        ];
        for second_layer in [
            SecondLayer::Trained,
            SecondLayer::FixedOnes,
            SecondLayer::FixedSigns,
        ] {
            models.push(Architecture::Quadratic {
                width: 6,
                second_layer,
            });
            models.push(Architecture::WideRelu {
                width: 6,
                second_layer,
            });
        }
        for hidden in [vec![], vec![6], vec![5, 5, 4]] {
            for (bias, skips) in [(false, false), (true, false), (true, true)] {
                for parametrisation in [Parametrisation::Standard, Parametrisation::Ntk] {
                    models.push(Architecture::Perceptron {
                        hidden: hidden.clone(),
                        activation: Activation::Tanh,
                        bias,
                        skips,
                        parametrisation,
                    });
                }
            }
        }
        let linear = |outputs: usize, bias: bool| Part::Linear { outputs, bias };
        let tanh = Part::Activation(Activation::Tanh);
        let layers = vec![
            linear(6, true),
            tanh,
            Part::Fork,
            Part::Scale(0.5),
            Part::Join,
            linear(3, false),
        ];
        models.push(Architecture::Chain { layers });
        for model in models {
            let network = model.build(5, 3, Seed(1), &Device::cpu(Precision::F32));
            let sizes = model.sizes(5, 3);
            assert_eq!(sizes.parameters, network.space().dimension, "{model:?}");
            assert_eq!(sizes.widths, network.hidden_width(), "{model:?}");
            let blocks: Vec<(String, usize)> = network
                .space()
                .parameters
                .iter()
                .map(|block| (block.name.clone(), block.range.len()))
                .collect();
            assert_eq!(model.blocks(5, 3), blocks, "{model:?}");
        }
    }
}
