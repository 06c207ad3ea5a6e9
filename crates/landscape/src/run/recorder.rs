//! The observer that writes everything down.

use super::progress::{Progress, Talk};
use super::{FolderError, RunFolder};
use crate::experiment::Experiment;
use crate::records::{FindingRecord, Metrics};
use models::{Objective, Point, Seed};
use probes::Site;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use training::{Observer, State};

/// What was written of a variant.
#[derive(Default)]
pub(crate) struct Recorded {
    pub metrics: Vec<Metrics>,
    pub findings: Vec<FindingRecord>,
}

pub(super) struct Recorder<'a> {
    experiment: &'a Experiment,
    start: Point,
    folder: &'a mut RunFolder,
    interrupted: &'a Arc<AtomicBool>,
    talk: Talk,
    progress: Progress,
    recorded: Recorded,
    /// The first failure to write: the run then ends at the next step.
    failure: Option<FolderError>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(
        experiment: &'a Experiment,
        start: Point,
        folder: &'a mut RunFolder,
        talk: &Talk,
        interrupted: &'a Arc<AtomicBool>,
    ) -> Self {
        let progress = Progress::new(*talk, &experiment.name, experiment.plan.limits.steps);
        Recorder {
            experiment,
            start,
            folder,
            interrupted,
            talk: *talk,
            progress,
            recorded: Recorded::default(),
            failure: None,
        }
    }

    /// What was recorded, or why it could not be.
    pub(super) fn finish(self) -> Result<Recorded, FolderError> {
        self.progress.end();
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(self.recorded),
        }
    }

    fn record(&mut self, state: &State, last: bool) -> Result<(), FolderError> {
        let Experiment {
            name,
            train,
            test,
            config,
            ..
        } = self.experiment;
        let metrics = Metrics {
            variant: name.clone(),
            step: state.step,
            loss: state.slope.value,
            gradient_norm: state.slope.gradient.norms()[0],
            train_accuracy: train.accuracy(state.at),
            test_accuracy: test.as_ref().and_then(|test| test.accuracy(state.at)),
            test_loss: test.as_ref().map(|test| test.value(state.at)),
            step_size: state.step_size,
            seconds: state.seconds,
        };
        self.folder.metrics(&metrics)?;
        self.progress
            .detail(metrics.train_accuracy, metrics.gradient_norm);
        let finite = metrics.loss.is_finite() && metrics.gradient_norm.is_finite();
        self.recorded.metrics.push(metrics);
        if finite && (last || config.observe.probes(state.step)) {
            self.probe(state)?;
        }
        Ok(())
    }

    fn probe(&mut self, state: &State) -> Result<(), FolderError> {
        let interrupted = self.interrupted.clone();
        for probe in &self.experiment.config.probes {
            let site = Site {
                objective: &self.experiment.train,
                at: state.at,
                slope: state.slope,
                start: &self.start,
                seed: site_seed(self.experiment.config.seed, state.step),
                interrupted: &|| interrupted.load(Ordering::Relaxed),
            };
            let record = FindingRecord {
                variant: self.experiment.name.clone(),
                step: state.step,
                finding: probe.measure(&site),
            };
            self.folder.finding(&record)?;
            self.talk.found(&record);
            self.recorded.findings.push(record);
        }
        Ok(())
    }
}

/// The seed of the probes at one step: the same site is probed with the same vectors, whenever it is probed.
pub(crate) fn site_seed(seed: Seed, step: u64) -> Seed {
    seed.part(&format!("site {step}"))
}

impl Observer for Recorder<'_> {
    fn wants(&self, step: u64) -> bool {
        self.experiment.config.observe.records(step) || self.experiment.config.observe.probes(step)
    }

    fn observe(&mut self, state: &State, last: bool) {
        if self.failure.is_none() {
            self.failure = self.record(state, last).err();
        }
    }

    fn tick(&mut self, step: u64, loss: f64) -> ControlFlow<()> {
        self.progress.step(step, loss);
        if self.failure.is_some() || self.interrupted.load(Ordering::Relaxed) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
