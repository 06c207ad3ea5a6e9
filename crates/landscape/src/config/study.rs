//! Configs of studies: a question about objectives whose answer is known.

use super::{ConfigError, first_seed};
use crate::device::DeviceName;
use models::{Precision, Problem, Seed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use studies::{LARGE, Study};

/// A config with a `[study]`, as its file has it, with every default filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StudyConfig {
    /// The question that the run answers, as a sentence.
    pub question: String,
    /// The answer, said where every prediction held, and nowhere else. Default: the predictions themselves are listed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answer: String,
    /// The name of the run folder's parent. Default: the file's name.
    #[serde(default)]
    pub name: String,
    /// The one seed. Default 1.
    #[serde(default = "first_seed")]
    #[schemars(range(max = 9_223_372_036_854_775_807_i64))]
    pub seed: Seed,
    /// Where objectives of 16,384 parameters and more are computed; smaller ones are on the processor in f64. Default `cpu`.
    #[serde(default = "cpu")]
    pub device: DeviceName,
    /// `f32` or `f64`, for objectives of 16,384 parameters and more. Default `f64`: what is predicted of saddles lies far below
    /// the rounding of f32.
    #[serde(default = "double")]
    pub precision: Precision,
    /// What is asked.
    pub study: Study,
}

fn cpu() -> DeviceName {
    DeviceName::Cpu
}

fn double() -> Precision {
    Precision::F64
}

impl StudyConfig {
    /// The config as TOML: running it again makes the same run.
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self).expect("a config holds only what TOML can write")
    }

    /// What is wrong with it, if anything.
    pub fn check(&self) -> Result<(), ConfigError> {
        let asked = crate::experiment::named(&self.name, &self.question);
        let wrong = asked.or_else(|| {
            let refusal = crate::device::possible(self.device, self.precision).err()?;
            Some(Problem::new("device", format!("cannot be used: {refusal}")))
        });
        let wrong = wrong.or_else(|| self.study.inquiry().problem(self.precision));
        let wrong = wrong.or_else(|| {
            (self.precision == Precision::F32 && self.large().is_empty()).then(|| {
                let complaint = format!(
                    "is f32, in which nothing would be computed: no objective of this study has {LARGE} parameters, and smaller \
                     ones are computed on the processor in f64; leave it out, or set f64"
                );
                Problem::new("precision", complaint)
            })
        });
        wrong.map_or(Ok(()), |problem| Err(ConfigError::of(problem)))
    }

    /// The cases that are computed on the device in its precision. All others are computed on the processor in f64.
    pub fn large(&self) -> Vec<String> {
        let inquiry = self.study.inquiry();
        let cases = inquiry.cases().into_iter().enumerate();
        cases
            .filter_map(|(number, case)| inquiry.large(number).then_some(case))
            .collect()
    }
}
