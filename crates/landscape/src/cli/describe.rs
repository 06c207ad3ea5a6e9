//! `landscape devices`, `landscape list`, `landscape config check`.

use super::{ConfigArguments, Failure, exit, print};
use crate::config;
use crate::experiment;
use crate::run::network_self_test;
use models::Loss;
use models::layers::Activation;
use probes::Probe;
use serde::Serialize;

/// Lists the devices.
pub(super) fn devices() -> Result<u8, Failure> {
    let rows: Vec<[String; 5]> = crate::device::list(network_self_test)
        .into_iter()
        .map(|device| {
            let precisions: Vec<String> = device
                .precisions
                .iter()
                .map(|p| format!("{p:?}").to_lowercase())
                .collect();
            let memory = device.memory.map_or_else(
                || "–".into(),
                |bytes| format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30)),
            );
            let verdict = match device.verdict {
                Ok(_) => "passes the self-test".to_string(),
                Err(error) => error.to_string(),
            };
            let kind = device.kind.map_or_else(|| "–".into(), |kind| kind.to_string());
            let hardware = if device.hardware.is_empty() {
                kind
            } else {
                format!("{kind}: {}", device.hardware)
            };
            [device.name, hardware, memory, precisions.join(" "), verdict]
        })
        .collect();
    print(&columns(
        &["name", "kind", "memory", "precision", "verdict"],
        &rows,
    ))?;
    Ok(exit::DONE)
}

/// Lists what configs can name.
pub(super) fn list() -> Result<u8, Failure> {
    let mut text = String::new();
    let mut section = |title: &str, entries: &[(String, String)]| {
        text += &format!("{title}\n");
        let width = entries
            .iter()
            .map(|(name, _)| name.chars().count())
            .max()
            .unwrap_or(0);
        for (name, meaning) in entries {
            let pad = " ".repeat(width - name.chars().count());
            text += format!("  {name}{pad}  {meaning}").trim_end();
            text.push('\n');
        }
    };
    let fixed = |entries: &[(&str, &str)]| -> Vec<(String, String)> {
        entries
            .iter()
            .map(|(name, meaning)| (name.to_string(), meaning.to_string()))
            .collect()
    };
    section("model.kind", &fixed(&MODELS));
    section(
        "model.activation",
        &Activation::ALL.map(|a| (name(a), String::new())),
    );
    section(
        "loss",
        &Loss::ALL.map(|loss| (name(loss), loss.formula().to_string())),
    );
    section("start.kind", &fixed(&STARTS));
    section("training.optimiser.kind", &fixed(&OPTIMISERS));
    section("training.schedule.kind", &fixed(&SCHEDULES));
    section("training.noise.kind", &fixed(&NOISES));
    section("data.source", &fixed(&SOURCES));
    section("labels", &fixed(&LABELS));
    section("probes.kind", &fixed(&Probe::CATALOG));
    print(&text)?;
    Ok(exit::DONE)
}

const MODELS: [(&str, &str); 4] = [
    ("deep-linear", "linear layers without biases: hidden = [widths]"),
    (
        "quadratic",
        "two layers with quadratic activation: width, second_layer",
    ),
    (
        "wide-relu",
        "two wide ReLU layers in the NTK parametrisation: width, second_layer",
    ),
    (
        "perceptron",
        "any depth: hidden = [widths], activation, bias, skips, parametrisation",
    ),
];
const STARTS: [(&str, &str); 7] = [
    ("normal", "N(0, std²)"),
    ("he", "N(0, 2/inputs) times scale"),
    ("xavier", "uniform ±√(6/(inputs + outputs)) times scale"),
    ("torch", "uniform ±1/√inputs, biases too"),
    (
        "balanced",
        "balanced factors of a Gaussian matrix with entries N(0, std²)",
    ),
    ("identity", "1 on the diagonal"),
    ("zero", "all zero"),
];
const OPTIMISERS: [(&str, &str); 9] = [
    ("descent", "θ ← θ − ηg"),
    ("momentum", "heavy ball: momentum"),
    ("nesterov", "Nesterov's momentum: momentum"),
    ("adam", "Adam"),
    ("adam-w", "AdamW: weight_decay"),
    ("rms-prop", "RMSprop"),
    ("ada-grad", "AdaGrad"),
    ("adan", "Adan"),
    ("lion", "Lion"),
];
const SCHEDULES: [(&str, &str); 5] = [
    ("constant", "1"),
    ("decay", "factor after every so many steps"),
    ("cosine", "half a cosine over steps, down to end"),
    ("linear", "a line over steps, down to end"),
    ("warmup", "a line over steps, up to 1"),
];
const NOISES: [(&str, &str); 5] = [
    ("none", "plain descent"),
    ("weights", "the gradient is taken at θ + N(0, std²)"),
    ("gradient", "N(0, std²) on the gradient at every step"),
    (
        "sphere",
        "a vector of length radius on the gradient at every step (Ge et al. 2015)",
    ),
    (
        "ball",
        "a jump in a ball when the gradient is small: radius, gradient, wait (Jin et al. 2017)",
    ),
];
const SOURCES: [(&str, &str); 11] = [
    ("digits", "1,797 handwritten digits, 8 × 8 pixels, embedded"),
    (
        "fashion",
        "the first 1,000 training images of Fashion-MNIST, 28 × 28 pixels, embedded",
    ),
    (
        "arrays",
        "IDX or npy files: inputs, targets, test_inputs, test_targets",
    ),
    ("npz", "an npz file such as Keras' mnist.npz: path"),
    (
        "csv",
        "a table with a column of labels: path, label, answer, test_path",
    ),
    ("cifar-10", "CIFAR-10, binary version: folder"),
    ("cifar-100", "CIFAR-100, binary version: folder, labels"),
    (
        "sphere",
        "inputs uniform on the sphere, Gaussian targets: dimension, width",
    ),
    (
        "teacher-linear",
        "Gaussian inputs, a linear teacher: dimension, width, noise",
    ),
    (
        "teacher-two-layer",
        "Gaussian inputs, a two-layer ReLU teacher: dimension, hidden, width, answer",
    ),
    (
        "low-rank",
        "Gaussian inputs, a linear map of given singular values: dimension, width, singular_values, whitened",
    ),
];
const LABELS: [(&str, &str); 6] = [
    ("true", "as they are"),
    (
        "corrupted-P",
        "each training label replaced by a uniform class with probability P",
    ),
    ("random-labels", "every training label uniform"),
    ("shuffled-pixels", "one permutation of the pixels for all images"),
    ("random-pixels", "a permutation of its own for each image"),
    (
        "gaussian",
        "images replaced by Gaussian noise of the same mean and variance",
    ),
];

/// The name that a config uses.
fn name(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        other => format!("{other:?}"),
    }
}

/// Checks a config and says what each variant would do.
pub(super) fn check(arguments: &ConfigArguments) -> Result<u8, Failure> {
    let config = config::load(&arguments.config, &arguments.sets)?;
    let rows: Vec<[String; 4]> = experiment::check(&config)
        .map_err(|e| e.within(&arguments.config))?
        .into_iter()
        .map(|checked| {
            [
                checked.name,
                checked.model,
                checked.parameters.to_string(),
                checked.data,
            ]
        })
        .collect();
    print(&columns(&["variant", "model", "parameters", "data"], &rows))?;
    Ok(exit::DONE)
}

/// Rows under a heading, two spaces between columns.
pub(super) fn columns<const N: usize>(heading: &[&str; N], rows: &[[String; N]]) -> String {
    let heading = heading.map(String::from);
    let all: Vec<&[String; N]> = std::iter::once(&heading).chain(rows).collect();
    let widths: Vec<usize> = (0..N)
        .map(|i| all.iter().map(|row| row[i].chars().count()).max().unwrap_or(0))
        .collect();
    let line = |row: &&[String; N]| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.chars().count())));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    all.iter().map(line).collect()
}
