//! Networks by name: what a config can ask for.

use crate::chain::{self, Part};
use crate::layers::{Activation, Fixed, Layer, Linear, Scale};
use crate::{Device, Link, Network, Problem, Seed};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A family of networks and its sizes. Inputs and outputs come from the data and the loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Architecture {
    /// x ↦ x·W₁⋯W_{H+1}: linear layers without biases (Kawaguchi 2016).
    DeepLinear {
        /// Widths of the H hidden layers, at least one.
        hidden: Vec<usize>,
    },
    /// Two layers with quadratic activation, x ↦ Σ_r v_r (w_rᵀx)² (Du & Lee 2018).
    Quadratic {
        /// Hidden units k.
        width: usize,
        /// The second layer v.
        #[serde(default)]
        second_layer: SecondLayer,
    },
    /// Two wide ReLU layers in the NTK parametrisation, x ↦ (1/√m) Σ_r a_r max(w_rᵀx, 0) (Du et al. 2019).
    WideRelu {
        /// Hidden units m.
        width: usize,
        /// The second layer a.
        #[serde(default)]
        second_layer: SecondLayer,
    },
    /// A multilayer perceptron of any depth.
    Perceptron {
        /// Widths of the hidden layers; none makes it a linear model.
        hidden: Vec<usize>,
        /// The activation between layers.
        #[serde(default = "relu")]
        activation: Activation,
        /// Whether layers have biases.
        #[serde(default = "yes")]
        bias: bool,
        /// Whether hidden layers of equal width have identity skips: h ↦ h + φ(hW + b).
        #[serde(default)]
        skips: bool,
        /// Standard, or NTK: a factor 1/√d after each linear layer.
        #[serde(default)]
        parametrisation: Parametrisation,
    },
    /// Any layers that there are, one after the other: for networks that were trained elsewhere.
    Chain {
        /// The layers in order, such as `[{ linear = { outputs = 32 } }, { activation = "tanh" }]`.
        layers: Vec<Part>,
    },
}

/// The second layer of a two-layer network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecondLayer {
    /// Fixed at ±1 with equal probability (stream `second layer`), as in Du et al. (2019).
    #[default]
    FixedSigns,
    /// Fixed at 1, as in Du & Lee (2018).
    FixedOnes,
    /// Trained like the first.
    Trained,
}

/// Where the scale of the weights sits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Parametrisation {
    /// In the initialisation.
    #[default]
    Standard,
    /// In the network: h ↦ (hW + b)/√d with weights N(0, 1) (Jacot et al. 2018, where the bias has a factor of its own).
    Ntk,
}

fn relu() -> Activation {
    Activation::Relu
}

fn yes() -> bool {
    true
}

impl Architecture {
    /// The width of what the network makes of its inputs first, where that is linear with parameters.
    pub(crate) fn first_linear(&self, inputs: usize, outputs: usize) -> Option<usize> {
        match self {
            // A skip around the first layer needs the inputs as they are.
            Architecture::Perceptron {
                hidden, skips: true, ..
            } if hidden.first() == Some(&inputs) => None,
            Architecture::DeepLinear { hidden } | Architecture::Perceptron { hidden, .. } => {
                Some(hidden.first().copied().unwrap_or(outputs))
            }
            Architecture::Quadratic { width, .. } | Architecture::WideRelu { width, .. } => Some(*width),
            Architecture::Chain { layers } => match layers.first()? {
                Part::Linear { outputs, .. } => Some(*outputs),
                _ => None,
            },
        }
    }

    /// The network for these widths on this device. Panics where a width is zero: configs are checked before.
    pub fn build(&self, inputs: usize, outputs: usize, seed: Seed, device: &Device) -> Network {
        let layer = |layer: Box<dyn Layer>| Link::Layer(layer);
        let linear = |outputs: usize, bias: bool| layer(Box::new(Linear { outputs, bias }));
        let second = |kind: SecondLayer, width: usize| match kind {
            SecondLayer::Trained => linear(outputs, false),
            SecondLayer::FixedOnes => layer(Box::new(constant(
                vec![1.0; width * outputs],
                width,
                outputs,
                device,
            ))),
            SecondLayer::FixedSigns => {
                let mut stream = seed.stream("second layer");
                let signs = (0..width * outputs)
                    .map(|_| if stream.random() { 1.0 } else { -1.0 })
                    .collect();
                layer(Box::new(constant(signs, width, outputs, device)))
            }
        };
        let links = match self {
            Architecture::DeepLinear { hidden } => hidden
                .iter()
                .chain([&outputs])
                .map(|&width| linear(width, false))
                .collect(),
            Architecture::Quadratic { width, second_layer } => vec![
                linear(*width, false),
                layer(Box::new(Activation::Square)),
                second(*second_layer, *width),
            ],
            Architecture::WideRelu { width, second_layer } => vec![
                linear(*width, false),
                layer(Box::new(Activation::Relu)),
                second(*second_layer, *width),
                layer(Box::new(Scale(1.0 / (*width as f64).sqrt()))),
            ],
            Architecture::Perceptron {
                hidden,
                activation,
                bias,
                skips,
                parametrisation,
            } => {
                let mut links = Vec::new();
                let mut width = inputs;
                let affine = |links: &mut Vec<Link>, width: usize, next: usize| {
                    links.push(linear(next, *bias));
                    if *parametrisation == Parametrisation::Ntk {
                        links.push(layer(Box::new(Scale(1.0 / (width as f64).sqrt()))));
                    }
                };
                for &next in hidden {
                    let skip = *skips && next == width;
                    links.extend(skip.then_some(Link::Fork));
                    affine(&mut links, width, next);
                    links.push(layer(Box::new(*activation)));
                    links.extend(skip.then_some(Link::Join));
                    width = next;
                }
                affine(&mut links, width, outputs);
                links
            }
            Architecture::Chain { layers } => chain::links(layers),
        };
        let wide_relu = match self {
            Architecture::WideRelu { second_layer, .. } => Some(*second_layer),
            _ => None,
        };
        let mut network = Network::new(inputs, links, device.clone());
        network.wide_relu = wide_relu;
        network
    }

    /// Whether there are activations between its layers.
    pub fn has_activations(&self) -> bool {
        match self {
            Architecture::DeepLinear { .. } => false,
            Architecture::Quadratic { .. } | Architecture::WideRelu { .. } => true,
            Architecture::Perceptron { hidden, .. } => !hidden.is_empty(),
            Architecture::Chain { layers } => layers.iter().any(|part| matches!(part, Part::Activation(_))),
        }
    }

    /// The width of its outputs where its layers decide it, and not the data.
    pub fn outputs(&self, inputs: usize) -> Option<usize> {
        match self {
            Architecture::Chain { layers } => Some(chain::outputs(layers, inputs)),
            _ => None,
        }
    }

    /// What is wrong with it whatever its data, if anything; no layer may be wider than this.
    pub fn problem(&self, widest: usize) -> Option<Problem> {
        let named: Vec<(String, usize)> = match self {
            Architecture::DeepLinear { hidden } if hidden.is_empty() => {
                let complaint = "is empty: a deep linear network has at least one hidden layer";
                return Some(Problem::new("hidden", complaint));
            }
            Architecture::DeepLinear { hidden } | Architecture::Perceptron { hidden, .. } => hidden
                .iter()
                .enumerate()
                .map(|(i, width)| (format!("hidden.{i}"), *width))
                .collect(),
            Architecture::Quadratic { width, .. } | Architecture::WideRelu { width, .. } => {
                vec![("width".into(), *width)]
            }
            Architecture::Chain { layers } => return chain::problem(layers, widest),
        };
        let (name, complaint) = named.into_iter().find_map(|(name, width)| match width {
            0 => Some((name, "is 0: a layer needs at least 1 unit".to_string())),
            _ if width <= widest => None,
            _ => Some((name, format!("is {width}: a layer has at most {widest} units"))),
        })?;
        Some(Problem::new(name, complaint))
    }

    /// Whether any activation bends, so that it has a second derivative besides kinks.
    ///
    /// ```
    /// use models::{Architecture, SecondLayer};
    /// assert!(!Architecture::DeepLinear { hidden: vec![3] }.bends());
    /// assert!(Architecture::Quadratic { width: 3, second_layer: SecondLayer::Trained }.bends());
    /// ```
    pub fn bends(&self) -> bool {
        match self {
            Architecture::DeepLinear { .. } | Architecture::WideRelu { .. } => false,
            Architecture::Quadratic { .. } => true,
            Architecture::Perceptron { activation, .. } => !activation.is_piecewise_linear(),
            Architecture::Chain { layers } => layers.iter().any(
                |part| matches!(part, Part::Activation(activation) if !activation.is_piecewise_linear()),
            ),
        }
    }

    /// The family and its sizes in words.
    pub fn describe(&self, inputs: usize, outputs: usize) -> String {
        let chain = |hidden: &[usize]| {
            let widths = [inputs]
                .iter()
                .chain(hidden)
                .chain([&outputs])
                .map(usize::to_string)
                .collect::<Vec<_>>();
            widths.join("-")
        };
        let second = |kind: &SecondLayer| match kind {
            SecondLayer::FixedSigns => "second layer fixed at ±1",
            SecondLayer::FixedOnes => "second layer fixed at 1",
            SecondLayer::Trained => "both layers trained",
        };
        match self {
            Architecture::DeepLinear { hidden } => format!("deep linear network {}", chain(hidden)),
            Architecture::Quadratic { width, second_layer } => {
                format!(
                    "two-layer quadratic network {}, {}",
                    chain(&[*width]),
                    second(second_layer)
                )
            }
            Architecture::WideRelu { width, second_layer } => {
                format!(
                    "wide two-layer ReLU network {} scaled by 1/√{width}, {}",
                    chain(&[*width]),
                    second(second_layer)
                )
            }
            Architecture::Perceptron {
                hidden,
                activation,
                bias,
                skips,
                parametrisation,
            } => {
                let name = activation.name();
                let mut words = format!("perceptron {} with {name}", chain(hidden));
                words += if *bias { " and biases" } else { ", no biases" };
                words += if *skips { ", identity skips" } else { "" };
                words += if *parametrisation == Parametrisation::Ntk {
                    ", NTK parametrisation"
                } else {
                    ""
                };
                words
            }
            Architecture::Chain { layers } => chain::describe(layers, inputs),
        }
    }
}

fn constant(values: Vec<f64>, rows: usize, columns: usize, device: &Device) -> Fixed {
    Fixed {
        matrix: device.upload(values, [rows, columns]),
    }
}
