//! When a run writes down where it stands.

use super::on_log_grid;
use models::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How often a checkpoint is written, besides the start, the end, and where a signal stops the run. What lies between
/// the last one and a crash is computed again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Checkpoints {
    /// Every so many steps. Default: by time alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_steps: Option<u64>,
    /// When the last one is so many seconds old; `inf` for never.
    pub every_seconds: f64,
    /// Keep one every so many steps, for `landscape probe`. Default: none but those of the start and of the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_every: Option<u64>,
    /// Keep those of so many steps of each decade, evenly on a log axis. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_per_decade: Option<u32>,
}

impl Default for Checkpoints {
    /// One a minute: the most that a crash costs, for less than a fiftieth of the time.
    fn default() -> Self {
        Checkpoints {
            every_steps: None,
            every_seconds: 60.0,
            keep_every: None,
            keep_per_decade: None,
        }
    }
}

impl Checkpoints {
    /// What is wrong, if anything: the field, its value, and what would be right.
    pub fn problem(&self) -> Option<Problem> {
        if self.every_steps == Some(0) {
            let complaint = "is 0: it must be at least 1; leave it out to go by time alone";
            return Some(Problem::new("every_steps", complaint));
        }
        let kept = [
            ("keep_every", self.keep_every),
            ("keep_per_decade", self.keep_per_decade.map(u64::from)),
        ];
        if let Some((name, _)) = kept.into_iter().find(|(_, number)| *number == Some(0)) {
            let complaint = "is 0: it must be at least 1; leave it out to keep the start and the end alone";
            return Some(Problem::new(name, complaint));
        }
        let seconds = self.every_seconds;
        (seconds.is_nan() || seconds <= 0.0).then(|| {
            let complaint = format!("is {seconds}: it must be a positive number, or inf for never");
            Problem::new("every_seconds", complaint)
        })
    }

    /// Whether a checkpoint is due before this step, when the last one is so old.
    ///
    /// ```
    /// use landscape::config::Checkpoints;
    /// use std::time::Duration;
    /// let checkpoints = Checkpoints { every_steps: Some(10), ..Checkpoints::default() };
    /// let due = |step, seconds| checkpoints.due(step, Duration::from_secs(seconds));
    /// assert!(due(20, 0) && !due(21, 59) && due(21, 60));
    /// ```
    pub fn due(&self, step: u64, age: Duration) -> bool {
        self.every_steps.is_some_and(|every| step.is_multiple_of(every))
            || age.as_secs_f64() >= self.every_seconds
    }

    /// Whether the checkpoint of this step is kept, apart from those of the start and of the end.
    ///
    /// ```
    /// use landscape::config::Checkpoints;
    /// let checkpoints = Checkpoints { keep_per_decade: Some(2), keep_every: Some(50), ..Checkpoints::default() };
    /// let steps: Vec<u64> = (0..=100).filter(|step| checkpoints.keeps(*step)).collect();
    /// assert_eq!(steps, [1, 3, 10, 32, 50, 100]);
    /// ```
    pub fn keeps(&self, step: u64) -> bool {
        step > 0
            && (self.keep_every.is_some_and(|every| step.is_multiple_of(every))
                || self.keep_per_decade.is_some_and(|count| on_log_grid(step, count)))
    }

    /// How many checkpoints a run of so many steps keeps at most, with those of its start, its end and its way.
    pub(crate) fn files(&self, steps: u64) -> u64 {
        2 + self.passed(steps)
    }

    /// How many of its points a run of so many steps keeps before its end at most, with its start.
    pub(crate) fn passed(&self, steps: u64) -> u64 {
        let every = self.keep_every.map_or(0, |every| steps / every.max(1));
        let decades = (steps as f64).max(1.0).log10();
        let on_grid = self
            .keep_per_decade
            .map_or(0.0, |count| f64::from(count) * decades + 1.0);
        1 + every.saturating_add(on_grid as u64).min(steps)
    }
}
