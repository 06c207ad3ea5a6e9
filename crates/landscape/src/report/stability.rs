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
    series.extend(variants().map(|(hue, variant)| largest_stable(run, variant, hue, SHARPNESS)));
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

/// The largest eigenvalue that a variant's steps do not amplify, as a probe tells it.
pub(super) fn largest_stable(run: &Run, variant: &str, hue: usize, probe: &str) -> Series {
    Series {
        label: format!("{variant}, largest stable"),
        points: along(run, variant, probe, STABLE_SHARPNESS),
        style: Style {
            line: Line::Dashed,
            ..Style::line(hue)
        },
    }
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
