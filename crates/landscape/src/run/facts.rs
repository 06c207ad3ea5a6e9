//! What expectations and the verdict need of an experiment once it has ended, so that it need not stay in memory.

use crate::config::Expectation;
use crate::experiment::Experiment;
use models::{Loss, Objective, Point};

/// What is known of a variant besides its records.
pub(crate) struct Facts {
    /// The number of training examples.
    pub train: usize,
    /// The number of test examples, where there are any.
    pub test: Option<usize>,
    /// The numbers in one target: classes, where there are any.
    pub classes: usize,
    /// How many test examples of class i (row) are taken for class j at the last point, where an expectation asks.
    pub confusion: Option<Vec<f64>>,
    /// The closed-form minimum of the loss, where an expectation asks and one is known.
    pub global_minimum: Option<f64>,
    /// λ₀ of wide networks, where an expectation asks and the theorem applies.
    pub wide_relu_rate: Option<f64>,
    /// η at the start.
    pub step_size: f64,
    /// The unit round-off of the tensors.
    pub round_off: f64,
    /// Whether right classes leave the loss without a critical point.
    pub separable: bool,
}

impl Facts {
    /// What is known of an experiment, and of its last point where that means something.
    pub fn of(experiment: &Experiment, end: Option<&Point>) -> Self {
        let Experiment {
            name,
            config,
            split,
            train,
            test,
            ..
        } = experiment;
        // What only a good end is judged by is not worked out for others.
        let asks = |kind: fn(&Expectation) -> bool| {
            let concerned = |named: &[String]| named.is_empty() || named.contains(name);
            let mut expected = config.expect.iter();
            end.is_some()
                && expected.any(|expected| concerned(&expected.variants) && kind(&expected.expectation))
        };
        let classes = split.train.target_width();
        let confusion = || {
            let test = test.as_ref()?;
            let labels = test.labels().filter(|_| classes > 1)?;
            Some(confusion(&test.predictions(end?), labels, classes))
        };
        Facts {
            train: split.train.len(),
            test: split.test.as_ref().map(models::Examples::len),
            classes,
            confusion: asks(|e| matches!(e, Expectation::TestAccuracyIsChance { .. }))
                .then(confusion)
                .flatten(),
            global_minimum: asks(|e| matches!(e, Expectation::GlobalMinimum { .. }))
                .then(|| experiment.global_minimum())
                .flatten(),
            wide_relu_rate: asks(|e| matches!(e, Expectation::WideReluRate {}))
                .then(|| experiment.wide_relu_rate())
                .flatten(),
            step_size: experiment.plan.step_size,
            round_off: train.space().device.precision.round_off(),
            separable: match config.loss {
                Loss::CrossEntropy => true,
                // Of several ±1 outputs the largest may be right while others have the wrong sign.
                Loss::Logistic => train.network().outputs() == 1,
                Loss::HalfSquared | Loss::MeanSquared => false,
            },
        }
    }
}

/// N `[C, C]`: how many examples of class i (row) are taken for class j.
pub(super) fn confusion(taken: &[u32], labels: &[u32], classes: usize) -> Vec<f64> {
    let mut counts = vec![0.0; classes * classes];
    for (taken, label) in taken.iter().zip(labels) {
        counts[*label as usize * classes + *taken as usize] += 1.0;
    }
    counts
}
