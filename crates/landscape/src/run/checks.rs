//! The expectations of a config, checked against what came out.

use super::Summary;
use super::chance::{self, Chance};
use crate::config::{Config, Expectation};
use crate::experiment::Experiment;
use crate::records::{Check, FindingRecord, Metrics};

/// Every expectation for every variant that it concerns.
pub(super) fn all(config: &Config, experiments: &[Experiment], summaries: &[Summary]) -> Vec<Check> {
    let mut checks = Vec::new();
    for expected in &config.expect {
        for (experiment, summary) in experiments.iter().zip(summaries) {
            if expected.variants.is_empty() || expected.variants.contains(&experiment.name) {
                checks.push(one(&expected.expectation, experiment, summary));
            }
        }
    }
    checks
}

fn one(expectation: &Expectation, experiment: &Experiment, summary: &Summary) -> Check {
    let name = &experiment.name;
    let metrics = &summary.recorded.metrics;
    let (Some(first), Some(last)) = (metrics.first(), metrics.last()) else {
        return Check {
            expectation: name.clone(),
            holds: false,
            detail: "nothing was recorded".into(),
        };
    };
    let (text, holds, detail) = match *expectation {
        Expectation::TrainAccuracy { at_least } => accuracy(
            "training accuracy",
            last.train_accuracy,
            at_least,
            experiment.split.train.len(),
        ),
        Expectation::TestAccuracy { at_least } => accuracy(
            "test accuracy",
            last.test_accuracy,
            at_least,
            test_size(experiment),
        ),
        Expectation::TestAccuracyIsChance { sigmas } => is_chance(sigmas, experiment, summary),
        Expectation::RelativeLoss { at_most } => {
            let share = last.loss / first.loss;
            (
                format!("the loss falls to at most {at_most:e} of its start"),
                share <= at_most,
                format!("{:.4e} → {:.4e}: {share:.2e}", first.loss, last.loss),
            )
        }
        Expectation::RelativeLossStays { at_least } => {
            let share = last.loss / first.loss;
            (
                format!("the loss stays above {at_least} of its start"),
                share >= at_least,
                format!("{:.6e} → {:.6e}: {share:.6}", first.loss, last.loss),
            )
        }
        Expectation::GlobalMinimum { within } => match experiment.global_minimum() {
            None => (
                "the loss reaches its closed-form minimum".into(),
                false,
                "no closed form is known here".into(),
            ),
            Some(minimum) => {
                let gap = (last.loss - minimum).abs() / first.loss;
                (
                    format!("the loss reaches its closed-form minimum within {within:e} of its start"),
                    gap <= within,
                    format!(
                        "loss {:.9e}, minimum {minimum:.9e} (Eckart–Young), gap {gap:.1e} of the start",
                        last.loss
                    ),
                )
            }
        },
        Expectation::LinearConvergence { r_squared } => linear(metrics, r_squared),
        Expectation::NegativeCurvatureAtStart {} => {
            let found = smallest(&summary.recorded.findings, 0);
            (
                "the smallest Hessian eigenvalue at the start is negative".into(),
                found.is_some_and(|(value, bound, _)| value + bound < 0.0),
                found.map_or_else(not_probed, |(value, bound, _)| {
                    format!("{value:.4e} ± {bound:.1e}")
                }),
            )
        }
        Expectation::NoNegativeCurvatureAtEnd { beyond } => {
            let found = smallest(&summary.recorded.findings, last.step);
            (
                format!("the smallest Hessian eigenvalue at the end is above −{beyond} of the largest"),
                found.is_some_and(|(value, bound, largest)| value - bound >= -beyond * largest),
                found.map_or_else(not_probed, |(value, bound, largest)| {
                    format!("smallest {value:.4e} ± {bound:.1e}, largest {largest:.4e}")
                }),
            )
        }
    };
    Check {
        expectation: format!("{name}: {text}"),
        holds,
        detail,
    }
}

fn not_probed() -> String {
    "not probed: add the probe `ends` to the config".into()
}

fn test_size(experiment: &Experiment) -> usize {
    experiment.split.test.as_ref().map_or(0, models::Examples::len)
}

fn accuracy(name: &str, found: Option<f64>, at_least: f64, n: usize) -> (String, bool, String) {
    (
        format!("{name} reaches {:.1} %", 100.0 * at_least),
        found.is_some_and(|found| found >= at_least),
        found.map_or_else(
            || "there are no classes".into(),
            |found| format!("{:.2} % of {n}", 100.0 * found),
        ),
    )
}

/// Whether test accuracy is what answers without any relation to the classes would reach.
fn is_chance(sigmas: f64, experiment: &Experiment, summary: &Summary) -> (String, bool, String) {
    let found = experiment
        .test
        .as_ref()
        .and_then(|test| chance::of(test, &summary.at));
    let Some(Chance {
        accuracy,
        mean,
        deviation,
        examples,
        classes,
    }) = found
    else {
        return (
            "test accuracy is chance".into(),
            false,
            "there is no test set with classes".into(),
        );
    };
    let text = format!(
        "test accuracy is chance, {:.1} % ± {:.1} %",
        100.0 * mean,
        100.0 * sigmas * deviation
    );
    if (classes - 1) as f64 <= sigmas {
        let detail =
            format!("{classes} classes are too few to tell chance from more by {sigmas} standard deviations");
        return (text, false, detail);
    }
    (
        text,
        (accuracy - mean).abs() <= sigmas * deviation,
        format!(
            "{:.2} % of {examples}: {:+.1} standard deviations over permutations of the classes",
            100.0 * accuracy,
            (accuracy - mean) / deviation
        ),
    )
}

/// The squared correlation of log L with the step over the second half of the run.
fn linear(metrics: &[Metrics], r_squared: f64) -> (String, bool, String) {
    let text = format!("log loss falls linearly over the second half (r² ≥ {r_squared})");
    let half = metrics.last().map_or(0, |last| last.step / 2);
    let points: Vec<(f64, f64)> = metrics
        .iter()
        .filter(|m| m.step >= half && m.loss > 0.0)
        .map(|m| (m.step as f64, m.loss.ln()))
        .collect();
    let n = points.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let sum = |f: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>();
    let xy = sum(&|p| (p.0 - x) * (p.1 - y));
    let (xx, yy) = (sum(&|p| (p.0 - x).powi(2)), sum(&|p| (p.1 - y).powi(2)));
    let found = xy * xy / (xx * yy);
    let slope = xy / xx;
    let holds = points.len() >= 4 && slope < 0.0 && found >= r_squared;
    (
        text,
        holds,
        format!(
            "r² = {found:.5} over {} points, {slope:.3e} per step",
            points.len()
        ),
    )
}

/// The smallest eigenvalue at a step, its half-width, and the largest eigenvalue.
fn smallest(findings: &[FindingRecord], step: u64) -> Option<(f64, f64, f64)> {
    let record = findings
        .iter()
        .find(|f| f.step == step && f.finding.probe == "ends")?;
    let curve = |name: &str| record.finding.curves.iter().find(|c| c.name == name);
    let low = curve("smallest eigenvalues")?;
    let high = curve("largest eigenvalues")?;
    Some((
        *low.values.first()?,
        *low.uncertainties.first()?,
        *high.values.first()?,
    ))
}
