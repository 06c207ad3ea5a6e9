//! Networks: chains of layers, with skips.

mod smaller;
mod units;

pub(crate) use smaller::{Choice, Part};
pub use units::Units;

use crate::host;
use crate::layers::{Features, Layer, Linearised, add};
use crate::{Device, SecondLayer, Space};
use burn::tensor::Tensor;
use std::ops::Range;

/// One link of a chain.
#[derive(Debug)]
pub enum Link {
    /// A layer.
    Layer(Box<dyn Layer>),
    /// Remembers its input until the matching [`Link::Join`].
    Fork,
    /// Adds what the last open [`Link::Fork`] remembered: an identity skip.
    Join,
}

/// A network: a chain of links and the space of its parameters.
#[derive(Debug)]
pub struct Network {
    links: Vec<Link>,
    /// The part of the flat vector that belongs to each link.
    ranges: Vec<Range<usize>>,
    space: Space,
    inputs: usize,
    outputs: usize,
    /// The second layer of a wide two-layer ReLU network, whose Gram matrix has a limit in closed form.
    pub(crate) wide_relu: Option<SecondLayer>,
}

impl Network {
    /// The network of this chain. Panics where forks and joins do not match or join different widths.
    pub fn new(inputs: usize, links: Vec<Link>, device: Device) -> Self {
        let mut width = inputs;
        let mut forks = Vec::new();
        let mut blocks = Vec::new();
        let mut ranges = Vec::new();
        let mut position = 0;
        let mut weighted = 0;
        for link in &links {
            let start = position;
            match link {
                Link::Layer(layer) => {
                    let parameters = layer.parameters(width);
                    weighted += usize::from(!parameters.is_empty());
                    for (name, shape) in parameters {
                        position += shape.iter().product::<usize>();
                        blocks.push((format!("layer{weighted}.{name}"), shape));
                    }
                    width = layer.width(width);
                }
                Link::Fork => forks.push(width),
                Link::Join => {
                    let forked = forks.pop().expect("a join needs an open fork");
                    assert_eq!(forked, width, "a skip joins widths {forked} and {width}");
                }
            }
            ranges.push(start..position);
        }
        assert!(forks.is_empty(), "a fork is never joined");
        Network {
            links,
            ranges,
            space: Space::new(blocks, device),
            inputs,
            outputs: width,
            wide_relu: None,
        }
    }

    /// The same network on another device, its constants rounded to that device's precision.
    pub fn on(&self, device: &Device) -> Network {
        let links = self.links.iter().map(|link| match link {
            Link::Layer(layer) => Link::Layer(layer.on(device)),
            Link::Fork => Link::Fork,
            Link::Join => Link::Join,
        });
        Network {
            wide_relu: self.wide_relu,
            ..Network::new(self.inputs, links.collect(), device.clone())
        }
    }

    /// Whether its outputs are piecewise linear in its parameters: one layer is trained, and no activation after it bends.
    /// Then the Hessian of a loss is its Gauss–Newton matrix wherever there is one.
    pub fn is_piecewise_linear(&self) -> bool {
        let mut trained = self
            .ranges
            .iter()
            .enumerate()
            .filter(|(_, range)| !range.is_empty());
        let (Some((first, _)), None) = (trained.next(), trained.next()) else {
            return false;
        };
        self.links[first..].iter().all(|link| match link {
            Link::Layer(layer) => !layer.bends(),
            Link::Fork | Link::Join => true,
        })
    }

    /// The space of its parameters.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The width d of its inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The width C of its outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The sum of the widths of all links' outputs: numbers that one example leaves behind.
    pub fn hidden_width(&self) -> usize {
        let mut width = self.inputs;
        let widths = self.links.iter().map(|link| {
            if let Link::Layer(layer) = link {
                width = layer.width(width);
            }
            width
        });
        widths.sum()
    }

    fn weights(&self, at: &Tensor<1>, link: usize) -> Tensor<1> {
        at.clone().slice([self.ranges[link].clone()])
    }

    /// Outputs z `[n, C]` for inputs x `[n, d]`.
    pub fn forward(&self, at: &Tensor<1>, x: Tensor<2>) -> Tensor<2> {
        self.visit(at, x, |_, _, _| {})
    }

    /// The pre-activations of each elementwise layer, `[n, h]` each: their signs are the ReLU patterns.
    pub fn pre_activations(&self, at: &Tensor<1>, x: Tensor<2>) -> Vec<Tensor<2>> {
        self.seen_by(at, x, |layer| layer.is_activation())
    }

    /// The pre-activations of the layers whose slope jumps at zero, `[n, h]` each.
    pub(crate) fn kinked(&self, at: &Tensor<1>, x: Tensor<2>) -> Vec<Tensor<2>> {
        self.seen_by(at, x, |layer| layer.has_kinks())
    }

    fn seen_by(&self, at: &Tensor<1>, x: Tensor<2>, wanted: fn(&dyn Layer) -> bool) -> Vec<Tensor<2>> {
        let mut all = Vec::new();
        self.visit(at, x, |_, layer, x| all.extend(wanted(layer).then(|| x.clone())));
        all
    }

    fn visit(
        &self,
        at: &Tensor<1>,
        x: Tensor<2>,
        mut see: impl FnMut(usize, &dyn Layer, &Tensor<2>),
    ) -> Tensor<2> {
        let mut forks = Vec::new();
        self.links.iter().enumerate().fold(x, |x, (i, link)| match link {
            Link::Layer(layer) => {
                see(i, layer.as_ref(), &x);
                layer.forward(self.weights(at, i), x)
            }
            Link::Fork => {
                forks.push(x.clone());
                x
            }
            Link::Join => x + forks.pop().expect("checked by the constructor"),
        })
    }

    /// Outputs z `[n, C]`, and the network's derivative rules at this point.
    pub fn linearise(&self, at: &Tensor<1>, x: Tensor<2>) -> (Tensor<2>, NetworkAt<'_>) {
        let mut forks = Vec::new();
        let mut layers = Vec::with_capacity(self.links.len());
        let mut x = x;
        for (i, link) in self.links.iter().enumerate() {
            let mut at_here = None;
            x = match link {
                Link::Layer(layer) => {
                    let (y, linearised) = layer.linearise(self.weights(at, i), x);
                    at_here = Some(linearised);
                    y
                }
                Link::Fork => {
                    forks.push(x.clone());
                    x
                }
                Link::Join => x + forks.pop().expect("checked by the constructor"),
            };
            layers.push(at_here);
        }
        (
            x,
            NetworkAt {
                network: self,
                layers,
            },
        )
    }
}

/// A network at one point: its layers' rules, chained.
pub struct NetworkAt<'a> {
    network: &'a Network,
    /// One per link; `None` for forks and joins.
    layers: Vec<Option<Box<dyn Linearised>>>,
}

/// The tangents that a push forward left at each link, for the pullback's tangent.
pub struct Pushed {
    /// ẇ of each link's parameters; `None` for links without.
    weights: Vec<Option<Vec<Tensor<2>>>>,
    /// ẋ of each link's inputs.
    inputs: Vec<Option<Tensor<3>>>,
    /// ż `[s, n, C]`.
    pub outputs: Option<Tensor<3>>,
}

impl NetworkAt<'_> {
    /// The gradient `[P]` from ∂L/∂z `[n, C]`. Without `remember`, frees each layer once it is done.
    pub fn pullback(&mut self, cotangent: Tensor<2>, remember: bool) -> Tensor<1> {
        let mut joins: Vec<Option<Tensor<2>>> = Vec::new();
        let mut parts = Vec::new();
        let mut cotangent = Some(cotangent);
        for i in (0..self.network.links.len()).rev() {
            let wants_input = self.network.ranges[i].start > 0;
            cotangent = match &self.network.links[i] {
                Link::Layer(_) => {
                    let layer = self.layers[i]
                        .as_mut()
                        .expect("a layer's rules are kept until its pullback");
                    let Some(arrived) = cotangent else { break };
                    let pulled = layer.pullback(arrived, wants_input, remember);
                    parts.extend(pulled.weights.into_iter().rev());
                    pulled.input
                }
                Link::Join => {
                    joins.push(cotangent.clone());
                    cotangent
                }
                Link::Fork => add(cotangent, joins.pop().expect("checked by the constructor")),
            };
            if !remember {
                self.layers[i] = None;
            }
        }
        parts.reverse();
        let parts = parts
            .into_iter()
            .map(|part: Tensor<1>| part.unsqueeze())
            .collect();
        side_by_side(parts).squeeze_dim(0)
    }

    /// J·V: output tangents ż for a block of directions `[s, P]`, with the tangents at each link.
    pub fn pushforward(&self, directions: &Tensor<2>) -> Pushed {
        let mut forks: Vec<Option<Tensor<3>>> = Vec::new();
        let mut inputs = Vec::with_capacity(self.layers.len());
        let mut x = None;
        let weights: Vec<_> = (0..self.layers.len()).map(|i| self.part(directions, i)).collect();
        for (i, link) in self.network.links.iter().enumerate() {
            let y = match link {
                Link::Layer(_) => self.layer(i).pushforward(weights[i].as_deref(), x.as_ref()),
                Link::Fork => {
                    forks.push(x.clone());
                    x.clone()
                }
                Link::Join => add(x.clone(), forks.pop().expect("checked by the constructor")),
            };
            inputs.push(x);
            x = y;
        }
        Pushed {
            weights,
            inputs,
            outputs: x,
        }
    }

    /// The tangent of the gradient, in parts `[s, ·]` one for each parameter, from the push forward of directions and the
    /// tangent of ∂L/∂z.
    ///
    /// Without `moved` it is Jᵀ·Ȳ for a block of output cotangents `[s, n, C]`.
    pub fn pullback_tangent(&self, moved: Option<&Pushed>, cotangent: Option<Tensor<3>>) -> Vec<Tensor<2>> {
        let mut joins: Vec<Option<Tensor<3>>> = Vec::new();
        let mut parts = Vec::new();
        let mut cotangent = cotangent;
        for i in (0..self.network.links.len()).rev() {
            let range = &self.network.ranges[i];
            cotangent = match &self.network.links[i] {
                Link::Layer(_) => {
                    let weights = moved.and_then(|pushed| pushed.weights[i].as_deref());
                    let x = moved.and_then(|pushed| pushed.inputs[i].as_ref());
                    let pulled = self
                        .layer(i)
                        .pullback_tangent(weights, x, cotangent, range.start > 0);
                    parts.extend(pulled.weights.into_iter().rev());
                    pulled.input
                }
                Link::Join => {
                    joins.push(cotangent.clone());
                    cotangent
                }
                Link::Fork => add(cotangent, joins.pop().expect("checked by the constructor")),
            };
        }
        parts.reverse();
        parts
    }

    /// What the gradients of ⟨z̄ᵢ, zᵢ⟩ in the parameters are made of, for cotangents z̄ `[s, n, C]`: for each layer that
    /// has parameters its features, and the cotangents of its outputs `[s, n, h]`, last layer first.
    pub fn outer_factors(&self, cotangents: Tensor<3>) -> Vec<(Features, Tensor<3>)> {
        let mut joins: Vec<Option<Tensor<3>>> = Vec::new();
        let mut factors = Vec::new();
        let mut cotangent = Some(cotangents);
        for i in (0..self.network.links.len()).rev() {
            cotangent = match &self.network.links[i] {
                Link::Layer(_) => {
                    let Some(arrived) = cotangent else { break };
                    let layer = self.layer(i);
                    if let Some(features) = layer.features() {
                        factors.push((features, arrived.clone()));
                    }
                    match self.network.ranges[i].start > 0 {
                        true => layer.pull_inputs(arrived),
                        false => None,
                    }
                }
                Link::Join => {
                    joins.push(cotangent.clone());
                    cotangent
                }
                Link::Fork => add(cotangent, joins.pop().expect("checked by the constructor")),
            };
        }
        factors
    }

    fn layer(&self, link: usize) -> &dyn Linearised {
        self.layers[link]
            .as_deref()
            .expect("the pullback was told to remember")
    }

    /// The parts of a block of directions that belong to one link, `[s, ·]` for each parameter; `None` without any.
    fn part(&self, directions: &Tensor<2>, link: usize) -> Option<Vec<Tensor<2>>> {
        let range = &self.network.ranges[link];
        let s = directions.dims()[0];
        let own = self
            .network
            .space
            .parameters
            .iter()
            .filter(|p| range.start <= p.range.start && p.range.end <= range.end);
        let parts: Vec<_> = own
            .map(|parameter| {
                let range = parameter.range.clone();
                let width = range.len();
                match s {
                    // A piece of one flat vector is a view; a piece of a block is copied, here and only once.
                    1 => directions
                        .clone()
                        .reshape([-1])
                        .slice([range])
                        .reshape([1, width]),
                    _ => directions
                        .clone()
                        .slice([0..s, range])
                        .reshape([s * width])
                        .reshape([s, width]),
                }
            })
            .collect();
        (!parts.is_empty()).then_some(parts)
    }
}

/// The parts `[s, ·]` side by side.
pub(crate) fn side_by_side(mut parts: Vec<Tensor<2>>) -> Tensor<2> {
    match parts.len() {
        1 => parts.remove(0),
        _ if parts[0].dims()[0] == 1 && host::is_host(&parts[0].device()) => host::join(&parts),
        _ => Tensor::cat(parts, 1),
    }
}
