//! The observer that writes everything down.

use super::checkpoint::{self, Counts, Moment};
use super::progress::{Progress, Talk};
use super::{FolderError, RunError, RunFolder, passed};
use crate::experiment::Experiment;
use crate::records::{FindingRecord, Metrics};
use models::{Objective, Seed};
use probes::{Finding, Measurement, Site, Start};
use std::cell::OnceCell;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use training::{Observer, Standing, State};

pub(super) struct Recorder<'a> {
    experiment: &'a Experiment,
    start: Start,
    folder: &'a mut RunFolder,
    interrupted: &'a Arc<AtomicBool>,
    talk: Talk,
    progress: Progress,
    recorded: Counts,
    probe_seconds: f64,
    /// The step of the last checkpoint, or of the beginning, and when it was written.
    saved: (u64, Instant),
    /// The first failure to write, or to read what was kept: the run then ends at the next step.
    failure: Option<RunError>,
}

impl<'a> Recorder<'a> {
    /// A recorder for a variant that begins or goes on at a step, after so many records.
    pub(super) fn new(
        experiment: &'a Experiment,
        step: u64,
        recorded: Counts,
        folder: &'a mut RunFolder,
        talk: Talk,
        interrupted: &'a Arc<AtomicBool>,
    ) -> Self {
        let progress = Progress::new(talk, &experiment.name, experiment.plan.limits.steps);
        Recorder {
            experiment,
            start: Start::new(experiment.start()),
            folder,
            interrupted,
            talk,
            progress,
            recorded,
            probe_seconds: 0.0,
            saved: (step, Instant::now()),
            failure: None,
        }
    }

    /// The seconds that went into probes, or why something could not be recorded.
    pub(super) fn finish(self) -> Result<f64, RunError> {
        self.progress.end();
        self.failure.map_or(Ok(self.probe_seconds), Err)
    }

    fn record(&mut self, state: &State, last: bool) -> Result<(), RunError> {
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
        self.recorded.metrics += 1;
        self.progress
            .detail(metrics.train_accuracy, metrics.gradient_norm);
        let finite = metrics.loss.is_finite() && metrics.gradient_norm.is_finite();
        if finite && (last || config.observe.probes(state.step)) {
            self.probe(state)?;
        }
        Ok(())
    }

    fn probe(&mut self, state: &State) -> Result<(), RunError> {
        let Recorder {
            experiment,
            start,
            folder,
            interrupted,
            talk,
            recorded,
            probe_seconds,
            ..
        } = self;
        let config = &experiment.config;
        let divisor = config.training.optimiser.divisor(state.kept, state.step);
        let passed = passed(folder.path(), experiment, &config.probes, start, state.step)?;
        let site = Site {
            objective: &experiment.train,
            double: None,
            at: state.at,
            slope: state.slope,
            motion: Some(experiment.motion(state.step)),
            start,
            passed: &passed,
            divisor: divisor.as_ref(),
            seed: site_seed(config.seed, state.step),
            interrupted: &|| interrupted.load(Ordering::Relaxed),
            warm: None,
            noise: OnceCell::new(),
        };
        let mut written = Ok(());
        let mut found = |finding: Finding| {
            let record = FindingRecord {
                variant: experiment.name.clone(),
                step: state.step,
                asked: None,
                finding,
            };
            written = folder.finding(&record);
            if written.is_err() {
                return ControlFlow::Break(());
            }
            recorded.findings += 1;
            *probe_seconds += record.finding.cost.seconds;
            talk.found(&record);
            ControlFlow::Continue(())
        };
        let subject = experiment.subject();
        let multiplies = config.probes.iter().any(|probe| probe.products(&subject) > 0);
        if !multiplies || found(site.noise().finding()).is_continue() {
            probes::measure(&config.probes, &site, |_, finding| found(finding));
        }
        Ok(written?)
    }

    /// Writes the latest checkpoint where it is due, and the one of a step that is kept.
    fn save(&mut self, standing: &Standing) -> Result<(), FolderError> {
        let (step, since) = self.saved;
        let checkpoints = &self.experiment.config.checkpoints;
        let due = checkpoints.due(standing.step, since.elapsed());
        let keeps = checkpoints.keeps(standing.step);
        // A point that is no longer finite is found to have diverged; there is nothing to go on from.
        if !(keeps || due) || !standing.is_finite() {
            return Ok(());
        }
        if keeps {
            self.write(Moment::Step(standing.step), standing)?;
        }
        if due && standing.step != step {
            self.write(Moment::Latest, standing)?;
            self.saved = (standing.step, Instant::now());
        }
        Ok(())
    }

    /// Writes a checkpoint, the records before it first, so that it never knows of lines that the disk does not have.
    fn write(&self, moment: Moment, standing: &Standing) -> Result<(), FolderError> {
        self.folder.sync()?;
        checkpoint::write(self.folder, self.experiment, moment, standing, self.recorded)
    }
}

/// The seed of the probes at one step: the same site is probed with the same vectors, whenever it is probed.
pub(crate) fn site_seed(seed: Seed, step: u64) -> Seed {
    seed.part(&format!("site {step}"))
}

impl Observer for Recorder<'_> {
    fn before(&mut self, standing: &Standing) {
        if self.failure.is_none() {
            self.failure = self.save(standing).err().map(RunError::from);
        }
    }

    fn wants(&self, step: u64) -> bool {
        self.experiment.config.observe.records(step) || self.experiment.config.observe.probes(step)
    }

    fn observe(&mut self, state: &State, last: bool) {
        if self.failure.is_none() {
            self.failure = self.record(state, last).err();
        }
    }

    fn tick(&mut self, step: u64, loss: f64) {
        self.progress.step(step, loss);
    }

    fn interrupts(&self) -> bool {
        self.failure.is_some() || self.interrupted.load(Ordering::Relaxed)
    }
}
