//! What is needed to believe the numbers, and to make them again.

use crate::config::Config;
use crate::device::Opened;
use crate::experiment::Experiment;
use crate::records::Provenance;
use models::Objective;
use std::time::SystemTime;

pub(super) fn of(config: &Config, experiments: &[Experiment], opened: &Opened, command: &str) -> Provenance {
    let distinct = |all: Vec<String>| {
        let mut seen: Vec<String> = Vec::new();
        all.into_iter().for_each(|text| {
            if !seen.contains(&text) {
                seen.push(text);
            }
        });
        seen.join("; ")
    };
    let describe = |e: &Experiment| {
        let outputs = e.train.network().outputs();
        let model = e.config.model.describe(e.split.train.dimension, outputs);
        format!("{model}, {} parameters", e.train.space().dimension)
    };
    let hashes = |of: &dyn Fn(&Experiment) -> Option<String>| {
        let named = experiments.iter().map(|e| Some((e.name.clone(), of(e)?)));
        named.flatten().collect()
    };
    Provenance {
        version: env!("CARGO_PKG_VERSION").into(),
        command: command.into(),
        question: config.question.clone(),
        name: config.name.clone(),
        started: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        seed: config.seed.0,
        device: format!("{} (because {})", opened.label, opened.reason),
        precision: format!("{:?}", opened.device.precision).to_lowercase(),
        threads: rayon::current_num_threads(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        loss: distinct(
            experiments
                .iter()
                .map(|e| e.config.loss.formula().to_string())
                .collect(),
        ),
        model: distinct(experiments.iter().map(describe).collect()),
        data: distinct(experiments.iter().map(|e| e.split.description.clone()).collect()),
        data_hashes: hashes(&|e| Some(e.split.train.hash())),
        test_hashes: hashes(&|e| Some(e.split.test.as_ref()?.hash())),
        source_hashes: hashes(&|e| e.split.source_hash.clone()),
    }
}
