//! The table: one row a variant.

use maud::{Markup, html};

use super::figures::{LARGEST, Measured, SMALLEST, outermost_first};
use super::number::{exact, measured, share};
use super::{Run, pieces};
use crate::records::Metrics;

/// The table of one run, or of several with a column that names the run.
pub(super) fn of(runs: &[Run]) -> Markup {
    let several = runs.len() > 1;
    html! {
        div.scroll {
            table.variants {
                thead {
                    tr {
                        @if several { th { "run" } }
                        @for name in ["variant", "outcome", "steps", "training loss", "training accuracy", "test accuracy"] {
                            th { (name) }
                        }
                        @for name in ["largest eigenvalue", "smallest eigenvalue"] {
                            th { (name) }
                        }
                        th { "gradient norm" }
                    }
                }
                tbody {
                    @for (index, run) in runs.iter().enumerate() {
                        @let variants = run.variants();
                        @for (place, variant) in variants.iter().enumerate() {
                            tr {
                                @if several && place == 0 {
                                    td rowspan=(variants.len()) {
                                        a href={ "#run-" (index + 1) } { (index + 1) ". " (run.provenance.name) }
                                    }
                                }
                                (row(run, variant))
                            }
                        }
                    }
                }
            }
        }
        p.note {
            "Loss, accuracy and gradient norm: at the last recorded step, on the whole sample, exact up to rounding"
            @if let [run] = runs { " in " (run.provenance.precision) "; loss is " (run.provenance.loss) }
            @else { "; which loss, and in which precision, is said in the section of each run" }
            ". Eigenvalues of the Hessian: value ± half-width of the interval that contains it, at the first and the last step where they were measured."
        }
    }
}

fn row(run: &Run, variant: &str) -> Markup {
    let last = run.metrics_of(variant).last();
    let status = run.status_of(variant);
    let outcome = status.map_or("not begun or still running", |status| status.outcome.as_str());
    let steps = status
        .map(|status| status.steps)
        .or(last.map(|metrics| metrics.step));
    let number = |read: fn(&Metrics) -> f64| last.map_or("–".to_string(), |metrics| exact(read(metrics)));
    let part = |read: fn(&Metrics) -> Option<f64>| last.and_then(read).map_or("–".to_string(), share);
    html! {
        th scope="row" { (variant) }
        td class=(pieces::tone(outcome)) { (outcome) }
        td.number { (steps.map_or("–".to_string(), |steps| steps.to_string())) }
        td.number { (number(|metrics| metrics.loss)) }
        td.number { (part(|metrics| metrics.train_accuracy)) }
        td.number { (part(|metrics| metrics.test_accuracy)) }
        @for name in [LARGEST, SMALLEST] { (eigenvalues(run, variant, name)) }
        td.number { (number(|metrics| metrics.gradient_norm)) }
    }
}

/// The outermost eigenvalue where it was measured first, and last.
fn eigenvalues(run: &Run, variant: &str, name: &str) -> Markup {
    let mut sites: Vec<(u64, Measured)> = run
        .findings_of(variant)
        .filter_map(|record| Some((record.step, *outermost_first(&record.finding, name)?.first()?)))
        .collect();
    sites.sort_by_key(|(step, _)| *step);
    let last = sites.len().saturating_sub(1);
    html! {
        td.number {
            @for (_, (step, (value, uncertainty))) in sites.iter().enumerate().filter(|(at, _)| *at == 0 || *at == last) {
                div { (measured(*value, *uncertainty)) " " small { "step " (step) } }
            }
            @if sites.is_empty() { "–" }
        }
    }
}
