//! The figure of the loss, and of the sharpness beside the largest that the steps do not amplify.

use probes::{SHARPNESS, STABLE_SHARPNESS};

use super::Run;
use super::figures::{figure, sized};
use crate::figure::{Axis, Figure, Line, Mark, Panel, Scale, Series, Style};

/// Loss and sharpness along the run; without panels where nobody asked for the probe `sharpness`.
pub(super) fn stability(run: &Run) -> Figure {
    let variants = || run.variants().into_iter().enumerate();
    let sharpness = |(hue, variant): (usize, &str)| Series {
        label: variant.to_string(),
        points: along(run, variant, SHARPNESS, SHARPNESS),
        style: Style::line(hue),
    };
    let mut series: Vec<Series> = variants().map(sharpness).collect();
    series.extend(largest_stable(run, SHARPNESS));
    series.retain(|series| !series.points.is_empty());
    let values: Vec<f64> = series
        .iter()
        .flat_map(|series| &series.points)
        .map(|mark| mark.y)
        .collect();
    let panels = match series.is_empty() {
        true => Vec::new(),
        false => vec![
            sized(run, "training loss", |metrics| Some(metrics.loss)),
            Panel {
                x: Axis::steps(),
                y: Axis::new(SHARPNESS, Scale::fitting(&values)),
                series,
                field: None,
            },
        ],
    };
    let caption = "The training loss, and the largest eigenvalue of the Hessian with the interval that contains it. The \
                   dashed line is the largest that the run's steps do not amplify: 2/η for descent, more with a heavy \
                   ball, less with Nesterov's momentum.";
    figure(
        "stability",
        "Sharpness and what the step size allows",
        caption,
        panels,
    )
}

/// The largest eigenvalues that the variants' steps do not amplify, as a probe tells them: one line where all are the same.
pub(super) fn largest_stable(run: &Run, probe: &str) -> Vec<Series> {
    let variants = run.variants();
    let dashed = |label: String, hue, points| Series {
        label,
        points,
        style: Style {
            line: Line::Dashed,
            ..Style::line(hue)
        },
    };
    let lines = variants.iter().enumerate().map(|(hue, variant)| {
        let points = along(run, variant, probe, STABLE_SHARPNESS);
        dashed(format!("{variant}, largest stable"), hue, points)
    });
    let lines: Vec<Series> = lines.filter(|line| !line.points.is_empty()).collect();
    let marks: Vec<Mark> = lines.iter().flat_map(|line| line.points.clone()).collect();
    if lines.len() < 2 || marks.iter().any(|mark| mark.y != marks[0].y) {
        return lines;
    }
    let ends = [f64::min, f64::max].map(|outer| {
        let x = marks.iter().map(|mark| mark.x).fold(marks[0].x, outer);
        Mark { x, ..marks[0] }
    });
    vec![dashed("largest stable".into(), variants.len(), ends.to_vec())]
}

/// A number of a probe along a variant, by step.
fn along(run: &Run, variant: &str, probe: &str, name: &str) -> Vec<Mark> {
    let mut marks: Vec<Mark> = run
        .findings_of(variant)
        .filter(|record| record.finding.probe == probe)
        .flat_map(|record| {
            let scalars = record.finding.scalars.iter().filter(|scalar| scalar.name == name);
            scalars.map(|scalar| Mark {
                x: record.step as f64,
                y: scalar.value,
                uncertainty: scalar.uncertainty,
            })
        })
        .collect();
    marks.sort_by(|a, b| a.x.total_cmp(&b.x));
    marks
}
