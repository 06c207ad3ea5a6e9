//! What is needed to believe the numbers, and to make them again.

use crate::config::Config;
use crate::device::Opened;
use crate::experiment::Checked;
use crate::records::Provenance;
use std::time::SystemTime;

pub(super) fn of(config: &Config, checked: &[Checked], opened: &Opened, command: &str) -> Provenance {
    let distinct = |describe: &dyn Fn(&Checked) -> String| {
        let mut seen: Vec<String> = Vec::new();
        for text in checked.iter().map(describe) {
            if !seen.contains(&text) {
                seen.push(text);
            }
        }
        seen.join("; ")
    };
    let hashes = |of: &dyn Fn(&Checked) -> Option<String>| {
        let named = checked
            .iter()
            .map(|checked| Some((checked.name.clone(), of(checked)?)));
        named.flatten().collect()
    };
    Provenance {
        version: env!("CARGO_PKG_VERSION").into(),
        commit: commit(),
        command: command.into(),
        question: config.question.clone(),
        name: config.name.clone(),
        started: now(),
        seed: config.seed.0,
        device: format!("{} (because {})", opened.label, opened.reason),
        precision: format!("{:?}", opened.device.precision).to_lowercase(),
        threads: rayon::current_num_threads(),
        platform: platform(),
        study: None,
        loss: distinct(&|checked| checked.config.loss.formula().to_string()),
        model: distinct(&|checked| format!("{}, {} parameters", checked.model, checked.parameters)),
        data: distinct(&|checked| checked.data.clone()),
        data_hashes: hashes(&|checked| Some(checked.hash.clone())),
        test_hashes: hashes(&|checked| checked.test_hash.clone()),
        source_hashes: hashes(&|checked| checked.source_hash.clone()),
        weights_hash: None,
        resumed: Vec::new(),
    }
}

/// The commit of the program's source, if it was built in a checkout.
pub(super) fn commit() -> Option<String> {
    let commit = env!("LANDSCAPE_COMMIT");
    (!commit.is_empty()).then(|| commit.into())
}

/// The time, RFC 3339.
pub(super) fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

/// Operating system and processor architecture.
pub(super) fn platform() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}
