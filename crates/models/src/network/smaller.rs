//! The same network with other inputs, and without units that are dead.

use super::{Link, Network};
use crate::{Parameter, download};
use burn::tensor::Tensor;

/// A linear layer whose units a ReLU switches on and off, by the numbers of the links.
struct Gated {
    linear: usize,
    relu: usize,
    /// The layer after them, which mixes the units.
    mixing: usize,
}

/// Which of the outputs of each link there are in a smaller network, in order; all where there is no list.
#[derive(Clone, Debug)]
pub(crate) struct Choice(Vec<Option<Vec<usize>>>);

impl Choice {
    fn inputs(&self, link: usize) -> Option<&[usize]> {
        self.outputs(link.checked_sub(1)?)
    }

    fn outputs(&self, link: usize) -> Option<&[usize]> {
        self.0[link].as_deref()
    }
}

/// Parameters of a network `[rows, columns]`, and which of them there are in a smaller one; all where there is no list.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub shape: [usize; 2],
    pub rows: Option<Vec<usize>>,
    pub columns: Option<Vec<usize>>,
}

impl Network {
    /// The width of what the first link makes of the inputs, where it is linear with parameters.
    pub(crate) fn first_linear(&self) -> Option<usize> {
        match self.links.first()? {
            Link::Layer(layer) if layer.is_linear() => Some(layer.width(self.inputs)),
            _ => None,
        }
    }

    /// The linear layers between which and the next layer that mixes units linearly there is a ReLU, and besides only constant
    /// factors: what is elementwise and no activation.
    fn gated(&self) -> Vec<Gated> {
        let layer = |link: usize| match self.links.get(link) {
            Some(Link::Layer(layer)) => Some(layer),
            _ => None,
        };
        let factor = |link: &usize| layer(*link).is_some_and(|l| l.is_elementwise() && !l.is_activation());
        let past_factors = |from: usize| (from..).find(|link| !factor(link)).expect("the chain ends");
        let gated = |linear: usize| {
            layer(linear).filter(|layer| layer.is_linear())?;
            let relu = past_factors(linear + 1);
            layer(relu).filter(|layer| layer.switches_off())?;
            let mixing = past_factors(relu + 1);
            layer(mixing).filter(|layer| !layer.is_elementwise())?;
            Some(Gated { linear, relu, mixing })
        };
        (0..self.links.len()).filter_map(gated).collect()
    }

    /// Whether there are any.
    pub(crate) fn has_gates(&self) -> bool {
        !self.gated().is_empty()
    }

    /// For each linear layer behind which units can be switched off, which of them are on for some of these inputs `[n, d]`.
    pub(crate) fn living(&self, at: &Tensor<1>, x: Tensor<2>) -> Vec<Vec<bool>> {
        let relus: Vec<usize> = self.gated().iter().map(|gated| gated.relu).collect();
        let mut living = Vec::with_capacity(relus.len());
        self.visit(at, x, |link, _, x| {
            if relus.contains(&link) {
                // What is not a number is not switched off.
                let most = download(&x.clone().max_dim(0));
                living.push(most.into_iter().map(|most| most > 0.0 || most.is_nan()).collect());
            }
        });
        living
    }

    /// The outputs of the links without dead units, but for a few: the second derivative has zeros at their parameters, and so
    /// many of these are left as pairs are searched for. As many units as pairs stay behind the first link. `None` where no
    /// unit is left out.
    pub(crate) fn without_dead(&self, living: &[Vec<bool>], pairs: usize) -> Option<Choice> {
        let mut choice = self.whole();
        for (gated, living) in self.gated().into_iter().zip(living) {
            let inputs = match choice.inputs(gated.linear) {
                Some(units) => units.len(),
                None => self.parameters_of(gated.linear).shape[0],
            };
            let alive = living.iter().filter(|alive| **alive).count();
            let few = if gated.linear == 0 {
                pairs.saturating_sub(alive)
            } else {
                0
            };
            let mut spared = pairs.div_ceil(inputs).max(few);
            if alive + spared >= living.len() {
                continue;
            }
            let units = living.iter().enumerate().filter(|(_, alive)| {
                let stays = **alive || spared > 0;
                spared -= usize::from(stays && !**alive);
                stays
            });
            let units: Vec<usize> = units.map(|(unit, _)| unit).collect();
            choice.0[gated.linear..gated.mixing].fill(Some(units));
        }
        choice.0.iter().any(Option::is_some).then_some(choice)
    }

    /// The weights of a linear link.
    fn parameters_of(&self, link: usize) -> &Parameter {
        let start = self.ranges[link].start;
        let all = self.space.parameters.iter();
        let mut own = all.filter(|parameter| parameter.range.start == start);
        own.next().expect("it has weights")
    }

    /// How many units a choice leaves out.
    pub(crate) fn left_out(&self, choice: &Choice) -> usize {
        let linear = |gated: &Gated| {
            choice
                .outputs(gated.linear)
                .map(|units| (gated.linear, units.len()))
        };
        let layers = self.gated();
        let layers = layers.iter().filter_map(linear);
        layers
            .map(|(link, left)| self.parameters_of(link).shape[1] - left)
            .sum()
    }

    /// All outputs of all links.
    pub(crate) fn whole(&self) -> Choice {
        Choice(vec![None; self.links.len()])
    }

    /// The network of these outputs, for inputs of another width. Panics where a skip needs the width that they have.
    pub(crate) fn smaller(&self, inputs: usize, choice: &Choice) -> Network {
        let links = self.links.iter().enumerate().map(|(i, link)| match link {
            Link::Layer(layer) => Link::Layer(layer.between(choice.inputs(i), choice.outputs(i))),
            Link::Fork => Link::Fork,
            Link::Join => Link::Join,
        });
        Network::new(inputs, links.collect(), self.space.device.clone())
    }

    /// Its parameters, those of each layer one after the other, and which of them the smaller network has.
    pub(crate) fn parts(&self, choice: &Choice) -> Vec<Part> {
        let part = |parameter: &Parameter| {
            let start = parameter.range.start;
            let link = self.ranges.iter().position(|range| range.contains(&start));
            let link = link.expect("parameters belong to a link");
            let list = |list: Option<&[usize]>| list.map(<[usize]>::to_vec);
            match parameter.shape[..] {
                [rows, columns] => Part {
                    shape: [rows, columns],
                    rows: list(choice.inputs(link)),
                    columns: list(choice.outputs(link)),
                },
                _ => Part {
                    shape: [1, parameter.range.len()],
                    rows: None,
                    columns: list(choice.outputs(link)),
                },
            }
        };
        self.space.parameters.iter().map(part).collect()
    }
}
