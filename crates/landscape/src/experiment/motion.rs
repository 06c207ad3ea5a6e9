//! How an experiment moves, in the words of the probes.

use super::Experiment;
use probes::{Motion, Rule};
use training::Optimiser;

impl Experiment {
    /// The motion at a step.
    pub fn motion(&self, step: u64) -> Motion {
        let rule = match self.plan.optimiser {
            Optimiser::Descent => Rule::Descent,
            Optimiser::Momentum { momentum } => Rule::HeavyBall { momentum },
            Optimiser::Nesterov { momentum } => Rule::Nesterov { momentum },
            Optimiser::Adam
            | Optimiser::AdamW { .. }
            | Optimiser::RmsProp
            | Optimiser::AdaGrad
            | Optimiser::Adan
            | Optimiser::Lion => Rule::Other,
        };
        Motion {
            step_size: self.plan.step_size * self.plan.schedule.factor(step),
            rule,
            whole_sample: self.plan.batch.is_none(),
        }
    }
}
