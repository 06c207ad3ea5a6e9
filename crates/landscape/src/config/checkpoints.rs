//! When a run writes down where it stands.

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
}

impl Default for Checkpoints {
    /// One a minute: the most that a crash costs, for less than a fiftieth of the time.
    fn default() -> Self {
        Checkpoints {
            every_steps: None,
            every_seconds: 60.0,
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
    /// let checkpoints = Checkpoints { every_steps: Some(10), every_seconds: 60.0 };
    /// let due = |step, seconds| checkpoints.due(step, Duration::from_secs(seconds));
    /// assert!(due(20, 0) && !due(21, 59) && due(21, 60));
    /// ```
    pub fn due(&self, step: u64, age: Duration) -> bool {
        self.every_steps.is_some_and(|every| step.is_multiple_of(every))
            || age.as_secs_f64() >= self.every_seconds
    }
}
