//! The verdict: a paragraph that says no more than was measured. What the config expects comes first.

use super::Summary;
use super::checks::Checked;
use super::recorded::Recorded;
use crate::report::number::{exact, measured, share};
use probes::{PointKind, classify};
use training::Reason;

/// The word of [`Reason::Diverged`].
pub(super) const DIVERGED: &str = "diverged";

/// A value and its half-width.
type Interval = (f64, f64);

/// Both ends of the Hessian's spectrum at the last point.
struct Ends {
    low: Interval,
    high: Interval,
    /// Whether the search stopped before its tolerance.
    incomplete: bool,
}

/// What kind of point a variant stopped at, where the probe `ends` looked there.
pub(super) fn kind(outcome: &str, recorded: &Recorded) -> Option<PointKind> {
    let Ends {
        low,
        high,
        incomplete,
    } = ends(outcome, recorded)?;
    match classify(recorded.metrics.last()?.gradient_norm, low, high) {
        // A search that was not completed may have missed what lies further out.
        PointKind::StrictMinimum if incomplete => Some(PointKind::FlatOrMinimum),
        kind => Some(kind),
    }
}

/// What is known of the point that a variant stopped at, in a sentence or two.
pub(super) fn point(outcome: &str, recorded: &Recorded) -> String {
    if outcome == DIVERGED {
        return "The last point of a diverged run says nothing.".into();
    }
    let norm = exact(
        recorded
            .metrics
            .last()
            .map_or(f64::NAN, |last| last.gradient_norm),
    );
    if outcome == Reason::Interrupted.word() {
        return format!(
            "It was interrupted: gradient norm {norm}; what the probe had found of the Hessian's ends by then may lie \
             far inside."
        );
    }
    let (
        Some(kind),
        Some(Ends {
            low,
            high,
            incomplete,
        }),
    ) = (kind(outcome, recorded), ends(outcome, recorded))
    else {
        return format!("Its gradient norm is {norm}; the Hessian was not probed.");
    };
    let caution = match incomplete {
        true => " The search for the ends was not completed within its products: more may lie further out.",
        false => "",
    };
    format!(
        "It stopped at {}: gradient norm {norm}, Hessian eigenvalues from {} to {}. {}{caution}",
        kind.phrase(),
        measured(low.0, Some(low.1)),
        measured(high.0, Some(high.1)),
        curvature(low, high)
    )
}

/// The smallest and the largest eigenvalue at the last point.
fn ends(outcome: &str, recorded: &Recorded) -> Option<Ends> {
    if outcome == DIVERGED || outcome == Reason::Interrupted.word() {
        return None;
    }
    let last = recorded.metrics.last()?.step;
    let found = recorded
        .findings
        .iter()
        .rev()
        .find(|f| f.step == last && f.finding.probe == "ends")?;
    let outermost = |name: &str| {
        let curve = found.finding.curves.iter().find(|curve| curve.name == name)?;
        Some((*curve.values.first()?, *curve.uncertainties.first()?))
    };
    Some(Ends {
        low: outermost("smallest eigenvalues")?,
        high: outermost("largest eigenvalues")?,
        incomplete: found.finding.incomplete,
    })
}

/// How much negative curvature was found, against the positive one.
fn curvature(low: Interval, high: Interval) -> String {
    if low.0 + low.1 >= 0.0 {
        return "No negative eigenvalue was found beyond its interval.".into();
    }
    let positive = high.0 - high.1;
    if positive <= low.1 - low.0 {
        return "The negative curvature is as strong as the positive one, or stronger.".into();
    }
    let most = percent((low.1 - low.0) / positive);
    format!("The strongest negative curvature found is at most {most} of the strongest positive one.")
}

/// One paragraph for the whole run.
pub(super) fn paragraph(
    answer: &str,
    variants: usize,
    summaries: &[Summary],
    checked: &[Checked],
    state: &str,
) -> String {
    let mut sentences = vec![expectations(answer, checked, variants, state)];
    sentences.push(outcomes(summaries));
    sentences.extend(summaries.iter().filter_map(numbers));
    if let Some(n) = summaries.first().and_then(|summary| summary.facts.test) {
        sentences.push(format!(
            "(± is one standard error of counting {n} test examples.)"
        ));
    }
    sentences.extend(points(summaries));
    let fitted = |s: &Summary| {
        s.facts.separable
            && s.kind == Some(PointKind::NotStationary)
            && s.recorded
                .metrics
                .last()
                .is_some_and(|last| last.train_accuracy == Some(1.0))
    };
    if summaries.iter().any(fitted) {
        // d/dt of the loss along scaling the outputs by 1 + t is the mean of E_p[z] − z_y: negative.
        sentences.push(
            "With every training example classified correctly this loss has no critical point: larger outputs of \
             the same signs and order lower it further."
                .into(),
        );
    }
    if variants > summaries.len() {
        sentences.push(format!(
            "{} of {variants} variants were not run.",
            variants - summaries.len()
        ));
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

/// What was expected and held, or did not. The config's answer stands only where all of it held.
fn expectations(answer: &str, checked: &[Checked], variants: usize, state: &str) -> String {
    if checked.is_empty() {
        return if state == "done" {
            String::new()
        } else {
            format!("The run is {state}; nothing was judged.")
        };
    }
    let failed: Vec<&Checked> = checked.iter().filter(|check| !check.holds).collect();
    let mut held: Vec<(&str, Vec<&str>)> = Vec::new();
    for check in checked.iter().filter(|check| check.holds) {
        match held.iter_mut().find(|(text, _)| *text == check.text) {
            Some((_, names)) => names.push(&check.variant),
            None => held.push((&check.text, vec![&check.variant])),
        }
    }
    let who = |names: &[&str]| match names.len() {
        _ if variants == 1 => String::new(),
        some if some == variants => format!(" ({})", count(some, some)),
        _ => format!(" ({})", names.join(", ")),
    };
    let held: Vec<String> = held
        .iter()
        .map(|(text, names)| format!("{text}{}", who(names)))
        .collect();
    let held = held.join("; ");
    if failed.is_empty() && !answer.is_empty() {
        return match checked.len() {
            1 => format!("{} The expectation held.", answer.trim()),
            all => format!("{} All {all} expectations held.", answer.trim()),
        };
    }
    if failed.is_empty() {
        return match checked.len() {
            1 => format!("The expectation held: {held}."),
            all => format!("All {all} expectations held: {held}."),
        };
    }
    let broken: Vec<String> = failed
        .iter()
        .map(|check| format!("with {}, {} ({})", check.variant, check.text, check.detail))
        .collect();
    let broken = format!(
        "{} of {} expectations did NOT hold: {}.",
        failed.len(),
        checked.len(),
        broken.join("; ")
    );
    if held.is_empty() {
        broken
    } else {
        format!("{broken} Held: {held}.")
    }
}

/// How the variants ended.
fn outcomes(summaries: &[Summary]) -> String {
    let (reached, others): (Vec<&Summary>, Vec<&Summary>) = summaries
        .iter()
        .partition(|summary| summary.status.outcome == Reason::Converged.word());
    let mut parts = Vec::new();
    if !reached.is_empty() {
        parts.push(format!(
            "{} reached {} goals",
            count(reached.len(), summaries.len()),
            its(reached.len())
        ));
    }
    parts.extend(others.iter().map(|summary| {
        let status = &summary.status;
        match status.outcome.as_str() {
            word @ ("step limit" | "time limit") => format!("{} ended at the {word}", status.variant),
            _ => format!("{} {}", status.variant, status.reason),
        }
    }));
    if parts.is_empty() {
        String::new()
    } else {
        format!("{}.", capitalised(&parts.join("; ")))
    }
}

/// The numbers of one variant.
fn numbers(summary: &Summary) -> Option<String> {
    let metrics = &summary.recorded.metrics;
    let (first, last) = (metrics.first()?, metrics.last()?);
    let mut sentence = format!(
        "{}: loss {} → {} in {} steps",
        capitalised(&summary.status.variant),
        short(first.loss),
        short(last.loss),
        last.step
    );
    if let Some(found) = last.train_accuracy {
        sentence += &format!(", training accuracy {}", share(found));
    }
    if let (Some(found), Some(test)) = (last.test_accuracy, summary.facts.test) {
        // Two hits and two misses more (Agresti & Coull 1998): else all hits would claim to be certain.
        let n = test as f64;
        let p = (found * n + 2.0) / (n + 4.0);
        let error = (p * (1.0 - p) / (n + 4.0)).sqrt();
        sentence += &format!(", test accuracy {:.1} % ± {:.1} %", 100.0 * found, 100.0 * error);
    }
    Some(format!("{sentence}."))
}

/// Which variants stopped at which kind of point.
fn points(summaries: &[Summary]) -> Option<String> {
    let mut kinds: Vec<(PointKind, Vec<&str>)> = Vec::new();
    for summary in summaries {
        let (Some(kind), name) = (summary.kind, summary.status.variant.as_str()) else {
            continue;
        };
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, names)) => names.push(name),
            None => kinds.push((kind, vec![name])),
        }
    }
    let parts: Vec<String> = kinds
        .iter()
        .map(|(kind, names)| {
            let who = match names.len() {
                all if all == summaries.len() => count(all, all),
                _ => names.join(", "),
            };
            format!("{who} stopped at {}", kind.phrase())
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{}.", capitalised(&parts.join("; "))))
}

fn count(some: usize, all: usize) -> String {
    match (some, all) {
        (_, 1) => "the run".into(),
        (2, 2) => "both variants".into(),
        (some, all) if some == all => format!("all {all} variants"),
        (1, all) => format!("1 of {all} variants"),
        (some, all) => format!("{some} of {all} variants"),
    }
}

fn its(some: usize) -> &'static str {
    if some == 1 { "its" } else { "their" }
}

/// A number to three digits: the table has more.
fn short(value: f64) -> String {
    format!("{value:.2e}")
        .parse()
        .map_or_else(|_| exact(value), exact)
}

/// A ratio in percent to two digits, rounded up.
fn percent(ratio: f64) -> String {
    if ratio < 1e-6 {
        return "less than 0.0001 %".into();
    }
    let digits = (1.0 - (100.0 * ratio).log10().floor()).clamp(0.0, 6.0) as usize;
    let unit = 10f64.powi(-(digits as i32));
    // A hair below, so that rounding in the division does not lift a whole number of units to the next.
    let up = (100.0 * ratio / unit * (1.0 - 1e-12)).ceil() * unit;
    format!("{up:.digits$} %")
}

fn capitalised(text: &str) -> String {
    // A symbol, as in `m = 256`, stays as it is.
    if text.chars().nth(1).is_none_or(|second| !second.is_alphabetic()) {
        return text.into();
    }
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variant: &str, text: &str, holds: bool) -> Checked {
        Checked {
            variant: variant.into(),
            text: text.into(),
            holds,
            detail: "0.5".into(),
        }
    }

    #[test]
    fn expectations_are_grouped_and_failures_come_first() {
        let all = [
            check("a", "x", true),
            check("b", "x", true),
            check("b", "y", true),
        ];
        assert_eq!(
            expectations("", &all, 2, "done"),
            "All 3 expectations held: x (both variants); y (b)."
        );
        let some = [check("a", "x", true), check("b", "x", false)];
        assert_eq!(
            expectations("Yes.", &some, 2, "done"),
            "1 of 2 expectations did NOT hold: with b, x (0.5). Held: x (a)."
        );
        assert_eq!(
            expectations("Yes.", &all, 2, "done"),
            "Yes. All 3 expectations held."
        );
        assert_eq!(
            expectations("Yes.", &[], 2, "diverged"),
            "The run is diverged; nothing was judged."
        );
    }

    #[test]
    fn negative_curvature_is_said_only_where_it_is_certain() {
        assert_eq!(
            curvature((-1e-3, 2e-3), (1.0, 0.0)),
            "No negative eigenvalue was found beyond its interval."
        );
        assert_eq!(
            curvature((-2.4e-3, 1e-4), (1.0, 0.0)),
            "The strongest negative curvature found is at most 0.25 % of the strongest positive one."
        );
        assert!(curvature((-2.0, 0.0), (2.0, 0.0)).contains("as strong as"));
    }
}
