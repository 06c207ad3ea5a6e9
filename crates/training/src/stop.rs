//! When a run stops, and how it says so.

use models::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a run is meant to reach. It has converged when every goal given holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Goals {
    /// L(θ) at most this.
    pub loss: Option<f64>,
    /// L(θ) at most this share of L at the start.
    pub relative_loss: Option<f64>,
    /// ‖∇L(θ)‖ at most this.
    pub gradient_norm: Option<f64>,
    /// Training accuracy of at least this, in [0, 1].
    pub accuracy: Option<f64>,
}

impl Goals {
    /// What is wrong with the goals, if anything: the field, its value, and what would be right.
    pub fn problem(&self) -> Option<Problem> {
        if let Some(accuracy) = self.accuracy.filter(|share| !(0.0..=1.0).contains(share)) {
            return Some(Problem::new(
                "accuracy",
                format!("is {accuracy}: it is a share, between 0 and 1"),
            ));
        }
        let sizes = [
            ("loss", self.loss),
            ("relative_loss", self.relative_loss),
            ("gradient_norm", self.gradient_norm),
        ];
        let (name, size) = sizes
            .into_iter()
            .find(|(_, size)| size.is_some_and(|size| size.is_nan() || size < 0.0))?;
        Some(Problem::new(
            name,
            format!("is {}: it must be a number of at least 0", size?),
        ))
    }
}

/// Where a run ends whatever it has reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Steps.
    pub steps: u64,
    /// Wall time in seconds; no limit where it is absent.
    pub seconds: Option<f64>,
}

impl Default for Limits {
    /// 1,000 steps: enough to see a trend, too few to wait for.
    fn default() -> Self {
        Limits {
            steps: 1000,
            seconds: None,
        }
    }
}

impl Limits {
    /// What is wrong with the limits, if anything: the field, its value, and what would be right.
    pub fn problem(&self) -> Option<Problem> {
        let seconds = self
            .seconds
            .filter(|seconds| seconds.is_nan() || *seconds <= 0.0)?;
        Some(Problem::new(
            "seconds",
            format!("is {seconds}: it must be a positive number; leave it out for no limit"),
        ))
    }
}

/// Why a run stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Reason {
    /// Every goal holds.
    Converged,
    /// The steps are used up.
    StepLimit,
    /// The time is used up.
    TimeLimit,
    /// A quantity is no longer a number, or grew out of all proportion.
    Diverged {
        /// Which quantity.
        quantity: String,
        /// Its last value, as text, since it may be no number.
        value: String,
    },
    /// An observer asked to stop.
    Interrupted,
}

impl Reason {
    /// One or two words for tables.
    pub fn word(&self) -> &'static str {
        match self {
            Reason::Converged => "converged",
            Reason::StepLimit => "step limit",
            Reason::TimeLimit => "time limit",
            Reason::Diverged { .. } => "diverged",
            Reason::Interrupted => "interrupted",
        }
    }

    /// A sentence, with advice where it helps.
    pub fn sentence(&self, step: u64, step_size: f64) -> String {
        match self {
            Reason::Converged => format!("reached its goals at step {step}"),
            Reason::StepLimit => format!("stopped at its limit of {step} steps; raise limits.steps to go on"),
            Reason::TimeLimit => {
                format!("stopped at its time limit after {step} steps; raise limits.seconds to go on")
            }
            Reason::Diverged { quantity, value } => format!(
                "diverged at step {step}: the {quantity} became {value}; try a step size below {step_size:.3e}, \
                 for instance {:.1e} (gradient descent is stable below 2/λmax of the Hessian)",
                step_size / 4.0
            ),
            Reason::Interrupted => format!("was interrupted after {step} steps"),
        }
    }
}
