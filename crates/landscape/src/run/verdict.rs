//! The verdict: a paragraph that says no more than was measured.

use super::Summary;
use super::recorder::Recorded;
use crate::config::Config;
use crate::experiment::Experiment;
use crate::records::Status;
use probes::classify;
use training::{Outcome, Reason};

/// What kind of point a variant stopped at, in a sentence.
pub(super) fn point(outcome: &Outcome, recorded: &Recorded) -> String {
    if matches!(outcome.reason, Reason::Diverged { .. }) {
        return "It diverged: the last point says nothing.".into();
    }
    let norm = outcome.slope.gradient.norms()[0];
    let ends = recorded
        .findings
        .iter()
        .rev()
        .find(|f| f.step == outcome.steps && f.finding.probe == "ends");
    let curve = |name: &str| {
        let curve = ends?.finding.curves.iter().find(|c| c.name == name)?;
        Some((*curve.values.first()?, *curve.uncertainties.first()?))
    };
    let (Some(low), Some(high)) = (curve("smallest eigenvalues"), curve("largest eigenvalues")) else {
        return format!("Its gradient norm is {norm:.2e}; the Hessian was not probed.");
    };
    let kind = classify(norm, low, high);
    format!(
        "It stopped at {}: gradient norm {norm:.2e}, Hessian eigenvalues from {} to {}.",
        kind.phrase(),
        interval(low),
        interval(high)
    )
}

fn interval((value, bound): (f64, f64)) -> String {
    format!("{value:.3e} ± {bound:.0e}")
}

/// One paragraph for the whole run.
pub(super) fn paragraph(
    config: &Config,
    experiments: &[Experiment],
    summaries: &[Summary],
    status: &Status,
) -> String {
    let mut sentences = Vec::new();
    for (experiment, summary) in experiments.iter().zip(summaries) {
        let metrics = &summary.recorded.metrics;
        let (Some(first), Some(last)) = (metrics.first(), metrics.last()) else {
            continue;
        };
        let mut sentence = format!(
            "{}: the training loss went from {:.3e} to {:.3e} in {} steps",
            capitalised(&experiment.name),
            first.loss,
            last.loss,
            summary.status.steps
        );
        if let Some(share) = last.train_accuracy {
            sentence += &format!(", training accuracy {:.1} %", 100.0 * share);
        }
        if let Some(share) = last.test_accuracy {
            let n = experiment.split.test.as_ref().map_or(1, models::Examples::len) as f64;
            let error = (share * (1.0 - share) / n).sqrt();
            sentence += &format!(
                ", test accuracy {:.1} % (standard error {:.1} %)",
                100.0 * share,
                100.0 * error
            );
        }
        sentences.push(format!("{sentence}. {}", summary.status.point));
        if summary.status.outcome == "diverged" {
            sentences.push(format!("It {}.", summary.status.reason));
        }
    }
    let held = status.checks.iter().filter(|check| check.holds).count();
    match (status.checks.len(), held) {
        (0, _) if status.state != "done" => {
            sentences.push(format!("The run is {}; nothing was judged.", status.state))
        }
        (0, _) => {}
        (all, held) if all == held => sentences.push(format!("All {all} expectations of the config held.")),
        (all, held) => sentences.push(format!(
            "{} of {all} expectations of the config did NOT hold.",
            all - held
        )),
    }
    if config.variants.len() > summaries.len() {
        sentences.push(format!(
            "{} of {} variants were not run.",
            config.variants.len() - summaries.len(),
            config.variants.len()
        ));
    }
    sentences.join(" ")
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
