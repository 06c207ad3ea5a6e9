//! Step sizes along a run.

use models::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The factor of the step size at step t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Schedule {
    /// 1.
    #[default]
    Constant,
    /// `factor` to the power t/`every`, in steps of `every`.
    Decay {
        /// What the step size is multiplied by each time.
        factor: f64,
        /// Steps between two changes.
        every: u64,
    },
    /// From 1 to `end` along half a cosine over `steps`, then `end` (Loshchilov & Hutter 2017).
    Cosine {
        /// Steps until the end.
        steps: u64,
        /// The last factor.
        #[serde(default)]
        end: f64,
    },
    /// From 1 to `end` along a line over `steps`, then `end`.
    Linear {
        /// Steps until the end.
        steps: u64,
        /// The last factor.
        #[serde(default)]
        end: f64,
    },
    /// From 0 to 1 along a line over `steps`, then 1: the first step has the factor 1/`steps`.
    Warmup {
        /// Steps until the full step size.
        steps: u64,
    },
}

impl Schedule {
    /// The factor at step t.
    ///
    /// ```
    /// use training::Schedule;
    /// assert_eq!(Schedule::Decay { factor: 0.5, every: 10 }.factor(25), 0.25);
    /// assert!((Schedule::Cosine { steps: 10, end: 0.0 }.factor(5) - 0.5).abs() < 1e-15);
    /// ```
    pub fn factor(self, step: u64) -> f64 {
        let share = |steps: u64| (step as f64 / steps.max(1) as f64).min(1.0);
        match self {
            Schedule::Constant => 1.0,
            Schedule::Decay { factor, every } => factor.powf((step / every.max(1)) as f64),
            Schedule::Cosine { steps, end } => end + (1.0 - end) * 0.5 * (1.0 + (PI * share(steps)).cos()),
            Schedule::Linear { steps, end } => 1.0 + (end - 1.0) * share(steps),
            Schedule::Warmup { steps } => ((step + 1) as f64 / steps.max(1) as f64).min(1.0),
        }
    }

    /// What is wrong with the schedule, if anything: the field, its value, and what would be right.
    pub fn problem(self) -> Option<Problem> {
        let (name, complaint) = match self {
            Schedule::Decay { factor, .. } if !(factor > 0.0 && factor.is_finite()) => {
                ("factor", format!("is {factor}: it must be a positive number"))
            }
            Schedule::Decay { every: 0, .. } => ("every", "is 0: it must be at least 1".into()),
            Schedule::Cosine { end, .. } | Schedule::Linear { end, .. } if !(0.0..=1.0).contains(&end) => {
                ("end", format!("is {end}: it must lie between 0 and 1"))
            }
            Schedule::Cosine { steps: 0, .. }
            | Schedule::Linear { steps: 0, .. }
            | Schedule::Warmup { steps: 0 } => ("steps", "is 0: it must be at least 1".into()),
            _ => return None,
        };
        Some(Problem::new(name, complaint))
    }
}
