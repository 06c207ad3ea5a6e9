//! Run folders made up for tests: three variants, one of which reaches a loss of exactly zero.

use std::fs;
use std::path::Path;

use probes::{Cost, Curve, Finding, Scalar};
use tempfile::TempDir;

use crate::records::{Check, FindingRecord, Metrics, Provenance, Status, VariantStatus};

pub const VARIANTS: [&str; 3] = ["true labels", "random labels", "shuffled pixels"];

pub fn metrics(variant: usize, step: u64) -> Metrics {
    let decay = (-(step as f64) / (20.0 * (variant + 1) as f64)).exp();
    Metrics {
        variant: VARIANTS[variant].into(),
        step,
        loss: if variant == 0 && step > 600 {
            0.0
        } else {
            2.3 * decay
        },
        gradient_norm: 1.7 * decay,
        train_accuracy: Some(1.0 - 0.9 * decay),
        test_accuracy: Some(0.1 + 0.8 / (1.0 + variant as f64) * (1.0 - decay)),
        test_loss: Some(2.3 + (1.0 - decay)),
        step_size: 0.5,
        seconds: step as f64 / 100.0,
    }
}

pub fn ends(variant: usize, step: u64) -> FindingRecord {
    let size = 40.0 / (1.0 + step as f64 / 100.0) * (1.0 + variant as f64);
    let curve = |name: &str, values: Vec<f64>| Curve {
        name: name.into(),
        along: None,
        uncertainties: vec![0.013; values.len()],
        values,
    };
    let finding = Finding {
        probe: "ends".into(),
        scalars: vec![Scalar {
            name: "noise floor".into(),
            value: 1e-4,
            uncertainty: None,
            unit: "loss per θ²".into(),
        }],
        curves: vec![
            curve("largest eigenvalues", vec![size, size / 2.0]),
            curve("smallest eigenvalues", vec![-size / 100.0, -size / 300.0]),
        ],
        incomplete: true,
        warnings: vec!["the second pair did not converge".into()],
        cost: Cost {
            gradients: 1,
            products: 60,
            seconds: 0.5,
        },
        ..Finding::default()
    };
    FindingRecord {
        variant: VARIANTS[variant].into(),
        step,
        asked: None,
        finding,
    }
}

pub fn provenance() -> Provenance {
    Provenance {
        version: "0.1.0".into(),
        commit: None,
        command: "landscape run runs/random-labels/0/config.toml --device cpu".into(),
        question: "Can the network fit labels that mean nothing?".into(),
        name: "random-labels".into(),
        started: "2026-11-21T12:00:00Z".into(),
        seed: 7,
        device: "cpu (flex): no GPU was found".into(),
        precision: "f32".into(),
        threads: 2,
        platform: "linux x86_64".into(),
        study: None,
        loss: "(1/n) Σ cross-entropy".into(),
        model: "MLP 64-256-10, ReLU, 19,210 parameters".into(),
        data: "digits, 1,000 training and 797 test examples".into(),
        data_hashes: VARIANTS
            .iter()
            .map(|variant| (variant.to_string(), "0a1b2c".into()))
            .collect(),
        test_hashes: Vec::new(),
        source_hashes: vec![(VARIANTS[0].into(), "3d4e5f".into())],
        weights_hash: None,
        resumed: Vec::new(),
    }
}

pub fn status() -> Status {
    let variant = |(index, name): (usize, &&str)| VariantStatus {
        variant: name.to_string(),
        outcome: "converged".into(),
        reason: "The loss fell below 1e-6.".into(),
        steps: 1000,
        loss: metrics(index, 1000).loss,
        point: "No negative eigenvalue beyond the noise floor was found.".into(),
    };
    let checks = vec![
        Check {
            expectation: "random labels reach 100 % training accuracy".into(),
            holds: true,
            detail: "100.00 %".into(),
            kind: None,
        },
        Check {
            expectation: "random labels stay at chance on the test set".into(),
            holds: false,
            detail: "50.00 %".into(),
            kind: None,
        },
    ];
    Status {
        schema: crate::run::SCHEMA,
        state: "done".into(),
        variants: VARIANTS.iter().enumerate().map(variant).collect(),
        checks,
        verdict: "Yes: it fits all of them, and stops at a point without a direction downwards.".into(),
    }
}

pub fn json(folder: &Path, name: &str, value: &impl serde::Serialize) {
    fs::write(folder.join(name), serde_json::to_vec_pretty(value).expect("JSON")).expect("a writable folder");
}

pub fn lines<T: serde::Serialize>(folder: &Path, name: &str, records: &[T]) {
    let text: String = records
        .iter()
        .map(|record| serde_json::to_string(record).expect("JSON") + "\n")
        .collect();
    fs::write(folder.join(name), text).expect("a writable folder");
}

pub fn all_metrics() -> Vec<Metrics> {
    (0..3)
        .flat_map(|variant| [0, 1, 10, 100, 500, 700, 1000].map(|step| metrics(variant, step)))
        .collect()
}

pub fn all_findings() -> Vec<FindingRecord> {
    (0..3)
        .flat_map(|variant| [0, 500, 1000].map(|step| ends(variant, step)))
        .collect()
}

pub fn run_folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    json(folder.path(), "provenance.json", &provenance());
    json(folder.path(), "status.json", &status());
    lines(folder.path(), "metrics.jsonl", &all_metrics());
    lines(folder.path(), "findings.jsonl", &all_findings());
    folder
}
