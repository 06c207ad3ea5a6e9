//! What a network does first with its inputs.

use super::{Link, Network};

impl Network {
    /// The width of what the first link makes of the inputs, where it is linear with parameters.
    pub(crate) fn first_linear(&self) -> Option<usize> {
        match self.links.first()? {
            Link::Layer(layer) if layer.is_linear() => Some(layer.width(self.inputs)),
            _ => None,
        }
    }

    /// The same layers for inputs of another width. Panics where a skip needs the width that they have.
    pub(crate) fn with_inputs(&self, inputs: usize) -> Network {
        self.made_anew(inputs, &self.space.device)
    }
}
