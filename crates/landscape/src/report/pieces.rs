//! The parts of a run's section.

use maud::{Markup, html};
use probes::{Curve, Finding};

use super::Run;
use super::number::{exact, measured};
use crate::records::Provenance;

/// Values of a curve that the page prints; the rest stays in `findings.jsonl`.
const CURVE_ROWS: usize = 40;

/// What the reader must know first, unless the run ended as it should.
pub(super) fn state(run: &Run) -> Markup {
    let sentence = match run.status.state.as_str() {
        "done" => return html! {},
        "running" => {
            "This run has not ended, or was killed before it could say so. The page shows what was written so far."
        }
        "diverged" => {
            "This run diverged: at least one variant left the finite numbers or grew without bound. The page shows everything up to there."
        }
        "interrupted" => "This run was interrupted before its end. The page shows everything up to there.",
        "failed" => "This run failed before its end. The page shows everything up to there.",
        _ => "This run did not end as planned. The page shows what was written.",
    };
    html! {
        div class={ "banner " (tone(&run.status.state)) } role="status" {
            strong { "State: " (run.status.state) ". " } (sentence)
        }
    }
}

/// The class that colours an outcome or a state.
pub(super) fn tone(outcome: &str) -> &'static str {
    match outcome {
        "diverged" | "failed" => "bad",
        "running" | "interrupted" | "stalled" | "time limit" => "open",
        _ => "plain",
    }
}

pub(super) fn verdict(run: &Run) -> Markup {
    html! {
        @if run.status.verdict.trim().is_empty() {
            p.verdict { em {
                @if run.status.state == "running" { "There is no verdict yet: a run says it when it has ended." }
                @else { "This run left no verdict." }
            } }
        } @else {
            p.verdict { (run.status.verdict) }
        }
    }
}

pub(super) fn checks(run: &Run) -> Markup {
    html! {
        ul.checks {
            @for check in &run.status.checks {
                li class=(if check.holds { "held" } else { "broken" }) {
                    strong { @if check.holds { "✓ held: " } @else { "✗ did not hold: " } }
                    @if let Some(kind) = check.kind { span.kind { (kind.word()) } " " }
                    (check.expectation)
                    @if !check.detail.is_empty() { " " span.detail { "(" (check.detail) ")" } }
                }
            }
        }
    }
}

/// How each variant ended, and at what kind of point.
pub(super) fn endings(run: &Run) -> Markup {
    html! {
        dl.endings {
            @for status in &run.status.variants {
                dt { (status.variant) ": " span class=(tone(&status.outcome)) { (status.outcome) } }
                dd { (sentence(&status.reason)) " " (status.point) }
            }
        }
    }
}

/// A reason, which follows a variant's name elsewhere, as a sentence of its own.
fn sentence(reason: &str) -> String {
    let mut letters = reason.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// Every finding, folded.
pub(super) fn findings(run: &Run) -> Markup {
    html! {
        @for variant in run.variants() {
            @for record in run.findings_of(variant) {
                details {
                    summary {
                        (record.finding.probe) " · " (variant)
                        @if run.provenance.study.is_none() { " · step " (record.step) }
                    }
                    (finding(&record.finding))
                }
            }
        }
    }
}

fn finding(finding: &Finding) -> Markup {
    html! {
        @if !finding.scalars.is_empty() {
            div.scroll { table {
                thead { tr { th { "number" } th { "value" } th { "unit" } } }
                tbody {
                    @for scalar in &finding.scalars {
                        tr {
                            th scope="row" { (scalar.name) }
                            td.number { (measured(scalar.value, scalar.uncertainty)) }
                            td { (scalar.unit) }
                        }
                    }
                }
            } }
        }
        @for verdict in &finding.verdicts { p.said { (verdict) } }
        @for each in &finding.curves { (curve(each)) }
        @for grid in &finding.grids {
            p.curve { (grid.name) }
            p.note {
                (grid.x.values.len()) " × " (grid.y.values.len()) " values over " (grid.x.name) " and " (grid.y.name)
                ", in findings.jsonl."
            }
        }
        @for warning in &finding.warnings { p.warning { (warning) } }
        p.note {
            "Cost: " (finding.cost.gradients) " gradients, " (finding.cost.products) " products, "
            (exact(finding.cost.seconds)) " s."
        }
    }
}

fn curve(curve: &Curve) -> Markup {
    let left = curve.values.len().saturating_sub(CURVE_ROWS);
    let place = |index: usize| curve.along.as_ref().and_then(|axis| axis.values.get(index));
    html! {
        p.curve { (curve.name) @if let Some(axis) = &curve.along { ", at places on the axis: " (axis.name) } }
        ol {
            @for (index, value) in curve.values.iter().take(CURVE_ROWS).enumerate() {
                li { @if let Some(place) = place(index) { "at " (exact(*place)) ": " } (measured(*value, curve.uncertainties.get(index).copied())) }
            }
        }
        @if left > 0 { p.note { "And " (left) " more in findings.jsonl." } }
    }
}

/// What the probes warned of, each sentence once with the places where it was said, and notes on the files.
pub(super) fn warnings(run: &Run) -> Markup {
    let mut said: Vec<(&str, Vec<Place>)> = Vec::new();
    for record in &run.findings {
        for warning in &record.finding.warnings {
            let place = (
                record.finding.probe.as_str(),
                record.variant.as_str(),
                vec![record.step],
            );
            let Some((_, places)) = said.iter_mut().find(|(known, _)| known == warning) else {
                said.push((warning, vec![place]));
                continue;
            };
            match places
                .iter_mut()
                .find(|(probe, variant, _)| (*probe, *variant) == (place.0, place.1))
            {
                Some((_, _, steps)) => steps.push(record.step),
                None => places.push(place),
            }
        }
    }
    html! {
        @if !(said.is_empty() && run.notes.is_empty()) {
            h2 { "Warnings" }
            ul.warnings {
                @for (warning, places) in said {
                    li { (warning) " " span.detail { "(" (places.iter().map(place).collect::<Vec<_>>().join("; ")) ")" } }
                }
                @for note in &run.notes { li { (note) } }
            }
        }
    }
}

/// A probe, a variant, and the steps at which something was said.
type Place<'a> = (&'a str, &'a str, Vec<u64>);

fn place((probe, variant, steps): &Place) -> String {
    let word = if steps.len() == 1 { "step" } else { "steps" };
    let steps: Vec<String> = steps.iter().map(u64::to_string).collect();
    format!("{probe}, {variant}, {word} {}", steps.join(", "))
}

pub(super) fn provenance(run: &Run) -> Markup {
    let p = &run.provenance;
    let rows = [
        ("run", run.id.clone()),
        ("study", p.study.clone().unwrap_or_default()),
        ("model", p.model.clone()),
        ("loss", p.loss.clone()),
        ("data", p.data.clone()),
        ("seed", p.seed.to_string()),
        ("device", p.device.clone()),
        ("precision", p.precision.clone()),
        ("threads", p.threads.to_string()),
        ("platform", p.platform.clone()),
        ("started", p.started.clone()),
        ("program", program(p)),
    ];
    html! {
        div.scroll { table.provenance { tbody {
            @for (name, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) { tr { th scope="row" { (name) } td { (value) } } }
            @for (what, hashes) in [
                ("training examples", &p.data_hashes),
                ("test examples", &p.test_hashes),
                ("stored data", &p.source_hashes),
            ] {
                @for (variant, hash) in hashes {
                    tr { th scope="row" { "BLAKE3 of the " (what) ", " (variant) } td { code { (hash) } } }
                }
            }
            @if let Some(hash) = &p.weights_hash {
                tr { th scope="row" { "BLAKE3 of the weights" } td { code { (hash) } } }
            }
        } } }
    }
}

/// The program by its version, and by the commit where that is known.
fn program(p: &Provenance) -> String {
    let commit = p.commit.as_ref().map(|commit| format!(", commit {commit}"));
    format!("landscape {}{}", p.version, commit.unwrap_or_default())
}
