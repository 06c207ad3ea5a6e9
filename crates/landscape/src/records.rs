//! What a run folder holds, one record per line or file. Reports are pure functions of these.

use probes::{Finding, null_as_nan};
use serde::{Deserialize, Serialize};

/// One line of `metrics.jsonl`: the state of one variant at one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Which variant of the experiment, such as `random labels`.
    pub variant: String,
    /// Updates made so far.
    pub step: u64,
    /// L(θ) on the whole training sample.
    #[serde(deserialize_with = "null_as_nan")]
    pub loss: f64,
    /// ‖∇L(θ)‖ on the whole training sample.
    #[serde(deserialize_with = "null_as_nan")]
    pub gradient_norm: f64,
    /// Share of training examples classified correctly; `None` for regression.
    pub train_accuracy: Option<f64>,
    /// Share of test examples classified correctly; `None` for regression or without a test set.
    pub test_accuracy: Option<f64>,
    /// L(θ) on the test set; `None` without one.
    pub test_loss: Option<f64>,
    /// The step size η(t) in force.
    #[serde(deserialize_with = "null_as_nan")]
    pub step_size: f64,
    /// Wall time since the variant began.
    pub seconds: f64,
}

/// One line of `findings.jsonl`: what a probe found along one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingRecord {
    /// Which variant of the experiment.
    pub variant: String,
    /// Updates made when the probe looked.
    pub step: u64,
    /// What somebody asked for with `landscape probe`: the probe, the device and the precision. Nothing where the run's
    /// config did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<serde_json::Value>,
    /// What it found.
    #[serde(flatten)]
    pub finding: Finding,
}

/// How a variant ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariantStatus {
    /// Which variant.
    pub variant: String,
    /// `running`, `converged`, `step limit`, `time limit`, `diverged`, `interrupted`.
    pub outcome: String,
    /// A sentence: what stopped it, where, and advice where it helps.
    pub reason: String,
    /// Updates made.
    pub steps: u64,
    /// The last loss.
    #[serde(deserialize_with = "null_as_nan")]
    pub loss: f64,
    /// What kind of point it stopped at, in a sentence.
    pub point: String,
}

/// `status.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The version of this folder's layout.
    pub schema: u32,
    /// `running`, `done`, `diverged`, `interrupted`, `failed`.
    pub state: String,
    /// One entry per variant begun.
    pub variants: Vec<VariantStatus>,
    /// The expectations of the config, checked.
    pub checks: Vec<Check>,
    /// One paragraph; empty until the run has ended.
    pub verdict: String,
}

/// One expectation and whether it held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What was expected, in words.
    pub expectation: String,
    /// Whether it held.
    pub holds: bool,
    /// The figures behind the answer.
    pub detail: String,
    /// What kind of statement it is, where a study predicted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<studies::Kind>,
}

impl Check {
    /// Whether something is wrong: a tendency that does not come out is told, and no more.
    pub fn violated(&self) -> bool {
        !self.holds && self.kind != Some(studies::Kind::Tendency)
    }
}

/// `provenance.json`: what is needed to believe the numbers, and to make them again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The program's version.
    pub version: String,
    /// The commit of its source, with a word where that was changed; none where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The command that makes the run again.
    pub command: String,
    /// The config's question.
    pub question: String,
    /// The config's name.
    pub name: String,
    /// Start of the run, RFC 3339.
    pub started: String,
    /// The seed.
    pub seed: u64,
    /// Which device, as `landscape devices` names it, with why it was taken.
    pub device: String,
    /// `f32` or `f64`.
    pub precision: String,
    /// Threads for matrix products.
    pub threads: usize,
    /// Operating system and processor architecture.
    pub platform: String,
    /// What was studied, in words, where no network was trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub study: Option<String>,
    /// Loss and its normalisation, such as `(1/n) Σ cross-entropy`.
    pub loss: String,
    /// Model in words, with the number of parameters.
    pub model: String,
    /// Data in words, with sizes.
    pub data: String,
    /// BLAKE3 of the training examples of each variant.
    pub data_hashes: Vec<(String, String)>,
    /// BLAKE3 of the test examples of each variant that has some.
    #[serde(default)]
    pub test_hashes: Vec<(String, String)>,
    /// BLAKE3 of all that is stored, from which the examples of each variant were taken; none where they were drawn.
    #[serde(default)]
    pub source_hashes: Vec<(String, String)>,
    /// BLAKE3 of the weights that were given, where a network was trained elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights_hash: Option<String>,
    /// When and how the run went on after it had stopped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resumed: Vec<Resumption>,
}

/// A run that went on after it had stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resumption {
    /// When, RFC 3339.
    pub time: String,
    /// The command.
    pub command: String,
    /// The commit of the program's source, as in [`Provenance::commit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What was changed in the config, field by field.
    pub changes: Vec<String>,
}
