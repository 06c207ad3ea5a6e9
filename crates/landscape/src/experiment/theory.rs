//! What theory says of an experiment before it runs: a minimum, a rate.

use super::Experiment;
use crate::config::{Config, Training};
use models::{Architecture, Loss, SecondLayer};
use training::{Noise, Optimiser, Schedule};

impl Experiment {
    /// The global minimum of the training loss in closed form, for deep linear networks under a squared loss.
    pub fn global_minimum(&self) -> Option<f64> {
        let hidden = closed_form(&self.config)?;
        let loss = self.config.loss;
        let examples = &self.split.train;
        let outputs = loss.outputs(&examples.targets);
        let rank = hidden
            .iter()
            .copied()
            .chain([examples.dimension, outputs])
            .min()?;
        let targets = loss.encode(examples);
        let half = models::analytic::deep_linear_minimum(
            &examples.inputs,
            examples.dimension,
            &targets,
            outputs,
            rank,
        );
        Some(half * loss.weight(examples.len()))
    }

    /// λ₀ of Du et al. (2019), for wide ReLU networks with a fixed second layer, under the loss and the descent of
    /// their theorem.
    pub fn wide_relu_rate(&self) -> Option<f64> {
        let examples = &self.split.train;
        rate_is_proved(&self.config, self.train.network().outputs())
            .then(|| models::analytic::relu_kernel_ends(&examples.inputs, examples.dimension).0)
    }
}

/// The hidden widths of a network whose least loss is known in closed form.
pub(super) fn closed_form(config: &Config) -> Option<&[usize]> {
    match (&config.model, config.loss) {
        (Architecture::DeepLinear { hidden }, Loss::HalfSquared | Loss::MeanSquared) => Some(hidden),
        _ => None,
    }
}

/// Whether the theorem of Du et al. (2019) speaks of this model, loss and descent.
pub(super) fn rate_is_proved(config: &Config, outputs: usize) -> bool {
    let model = matches!(
        config.model,
        Architecture::WideRelu {
            second_layer: SecondLayer::FixedSigns | SecondLayer::FixedOnes,
            ..
        }
    );
    let Training {
        optimiser: Optimiser::Descent,
        schedule: Schedule::Constant,
        noise: Noise::None,
        batch: None,
        ..
    } = config.training
    else {
        return false;
    };
    // With several outputs the Gram matrix is a product with that of the second layer, whose λ₀ may be zero.
    model && config.loss == Loss::HalfSquared && outputs == 1
}
