//! Which figures a run has.

use std::collections::BTreeMap;

use probes::Finding;

use super::Run;
use super::grids::grids;
use super::slices::curves;
use super::stability::{largest_stable, stability};
use crate::figure::{Axis, Figure, Line, Mark, Panel, Scale, Series, Style};
use crate::records::Metrics;

/// The probe whose curves are the ends of the Hessian's spectrum.
pub(super) const ENDS: &str = "ends";
pub(super) const LARGEST: &str = "largest eigenvalues";
pub(super) const SMALLEST: &str = "smallest eigenvalues";

/// A value with the half-width of its interval; `None` means exact up to rounding.
pub(super) type Measured = (f64, Option<f64>);

/// Every figure of a run that has data: loss, accuracy, gradient norm, the ends of the Hessian's spectrum, its largest
/// eigenvalue beside what the step size allows, and for each other probe its numbers along the run, its curves and its
/// grids.
pub fn figures(run: &Run) -> Vec<Figure> {
    let mut figures = vec![loss(run), accuracy(run), gradient(run), ends(run), stability(run)];
    figures.extend(others(run));
    figures.extend(curves(run));
    figures.extend(grids(run));
    figures.into_iter().filter(|figure| !figure.is_empty()).collect()
}

fn loss(run: &Run) -> Figure {
    let panels = vec![
        sized(run, "training loss", |metrics| Some(metrics.loss)),
        sized(run, "test loss", |metrics| metrics.test_loss),
    ];
    let caption = format!("Loss {} against steps. {EXACT}", run.provenance.loss);
    figure("loss", "Loss on the whole sample", &caption, panels)
}

fn accuracy(run: &Run) -> Figure {
    let share = |label: &str, read: fn(&Metrics) -> Option<f64>| Panel {
        x: Axis::steps(),
        y: Axis {
            shows: Some((0.0, 1.0)),
            ..Axis::new(label, Scale::Linear)
        },
        series: series(run, read),
        field: None,
    };
    let panels = vec![
        share("training accuracy", |metrics| metrics.train_accuracy),
        share("test accuracy", |metrics| metrics.test_accuracy),
    ];
    let caption = "Share of examples classified correctly, counted over the whole training and test sample.";
    figure("accuracy", "Accuracy", caption, panels)
}

fn gradient(run: &Run) -> Figure {
    let panels = vec![sized(run, "gradient norm", |metrics| Some(metrics.gradient_norm))];
    figure(
        "gradient",
        "Norm of the loss's gradient",
        &format!("‖∇L(θ)‖ on the whole training sample. {EXACT}"),
        panels,
    )
}

const EXACT: &str =
    "Each point is exact up to rounding. Zero has a place of its own, marked 0, on both axes.";

fn ends(run: &Run) -> Figure {
    let panels = [LARGEST, SMALLEST].map(|name| {
        let series: Vec<Series> = run
            .variants()
            .iter()
            .enumerate()
            .flat_map(|(hue, variant)| end(run, variant, hue, name))
            .chain(
                (name == LARGEST)
                    .then(|| largest_stable(run, ENDS))
                    .into_iter()
                    .flatten(),
            )
            .filter(|series| !series.points.is_empty())
            .collect();
        let values: Vec<f64> = series
            .iter()
            .flat_map(|series| &series.points)
            .flat_map(extent)
            .collect();
        let scale = Scale::fitting(&values);
        // How far the eigenvalues are from zero is the question, unless all are above it on a logarithmic axis.
        let shows = (scale != Scale::Log).then_some((0.0, 0.0));
        Panel {
            x: Axis::steps(),
            y: Axis {
                shows,
                ..Axis::new(name, scale)
            },
            series,
            field: None,
        }
    });
    let caption = "The largest and the smallest eigenvalues of the Hessian. The outermost one is joined by a line; its \
                   bar spans the interval that contains it, and is smaller than the marker where none shows. The next \
                   ones are the small light markers; their intervals are in the CSV. A dashed line is the largest \
                   eigenvalue that the run's steps do not amplify: 2/η for descent.";
    figure(
        "hessian-ends",
        "Ends of the Hessian's spectrum",
        caption,
        panels.into(),
    )
}

/// What an axis must have room for. A value that cannot be told from zero has no place on a logarithmic axis: the ends
/// of its interval stand for it.
fn extent(mark: &Mark) -> Vec<f64> {
    let half = mark.uncertainty.unwrap_or(0.0);
    let ends = [mark.y - half, mark.y + half];
    let open = half >= mark.y.abs() && ends.iter().all(|end| end.is_finite());
    if open { ends.to_vec() } else { vec![mark.y] }
}

/// One series for each place in the curve: first the outermost eigenvalue, then its fainter companions.
fn end(run: &Run, variant: &str, hue: usize, name: &str) -> Vec<Series> {
    // By step, whatever the order in which they were probed; of two at one step the later one.
    let sites: BTreeMap<u64, Vec<Measured>> = run
        .findings_of(variant)
        .filter_map(|record| Some((record.step, outermost_first(&record.finding, name)?)))
        .collect();
    let longest = sites.values().map(Vec::len).max().unwrap_or(0);
    let place = |rank: usize| {
        let mark = |(step, values): (&u64, &Vec<Measured>)| {
            values.get(rank).map(|(y, uncertainty)| Mark {
                x: *step as f64,
                y: *y,
                uncertainty: *uncertainty,
            })
        };
        let (label, line) = match rank {
            0 => (variant.to_string(), Line::Solid),
            _ => (format!("{variant}, number {}", rank + 1), Line::None),
        };
        Series {
            label,
            points: sites.iter().filter_map(mark).collect(),
            style: Style {
                hue,
                line,
                faint: rank > 0,
            },
        }
    };
    (0..longest).map(place).collect()
}

/// The values of one end with their uncertainties, the outermost first; `None` if the finding has no such curve.
pub(super) fn outermost_first(finding: &Finding, name: &str) -> Option<Vec<Measured>> {
    if finding.probe != ENDS {
        return None;
    }
    let curve = finding.curves.iter().find(|curve| curve.name == name)?;
    let uncertainty = |index: usize| curve.uncertainties.get(index).copied();
    let mut values: Vec<Measured> = curve
        .values
        .iter()
        .enumerate()
        .map(|(index, value)| (*value, uncertainty(index)))
        .collect();
    values.sort_by(|a, b| {
        if name == LARGEST {
            b.0.total_cmp(&a.0)
        } else {
            a.0.total_cmp(&b.0)
        }
    });
    // NaN sorts as if it were the largest number; it is no eigenvalue and goes last.
    values.sort_by_key(|(value, _)| value.is_nan());
    Some(values)
}

/// One figure for each other probe, one panel for each of its numbers that was taken at two steps or more.
fn others(run: &Run) -> Vec<Figure> {
    let mut probes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for record in run.findings.iter().filter(|record| record.finding.probe != ENDS) {
        let names = probes.entry(&record.finding.probe).or_default();
        for scalar in &record.finding.scalars {
            if !names.contains(&scalar.name.as_str()) {
                names.push(&scalar.name);
            }
        }
    }
    let drawn = |(probe, names): (&str, Vec<&str>)| {
        let panels: Vec<Panel> = names
            .into_iter()
            .filter_map(|name| scalar_panel(run, probe, name))
            .collect();
        let caption = format!(
            "What the probe `{probe}` found along the run. Bars span the interval that contains the number."
        );
        figure(&file_name(probe), &format!("Probe: {probe}"), &caption, panels)
    };
    probes.into_iter().map(drawn).collect()
}

fn scalar_panel(run: &Run, probe: &str, name: &str) -> Option<Panel> {
    let mut unit = String::new();
    let mut series = Vec::new();
    for (hue, variant) in run.variants().into_iter().enumerate() {
        let mut points = Vec::new();
        for record in run
            .findings_of(variant)
            .filter(|record| record.finding.probe == probe)
        {
            for scalar in record.finding.scalars.iter().filter(|scalar| scalar.name == name) {
                points.push(Mark {
                    x: record.step as f64,
                    y: scalar.value,
                    uncertainty: scalar.uncertainty,
                });
                unit.clone_from(&scalar.unit);
            }
        }
        series.push(Series {
            label: variant.to_string(),
            points,
            style: Style::line(hue),
        });
    }
    if series.iter().all(|series| series.points.len() < 2) {
        return None;
    }
    let values: Vec<f64> = series
        .iter()
        .flat_map(|series| &series.points)
        .map(|mark| mark.y)
        .collect();
    let label = if unit.is_empty() {
        name.to_string()
    } else {
        format!("{name} ({unit})")
    };
    Some(Panel {
        x: Axis::steps(),
        y: Axis::new(label, Scale::fitting(&values)),
        series,
        field: None,
    })
}

/// A panel for sizes, logarithmic unless some are negative.
pub(super) fn sized(run: &Run, label: &str, read: fn(&Metrics) -> Option<f64>) -> Panel {
    let series = series(run, read);
    let values: Vec<f64> = series
        .iter()
        .flat_map(|series| &series.points)
        .map(|mark| mark.y)
        .collect();
    let scale = if values.iter().any(|value| *value < 0.0) {
        Scale::fitting(&values)
    } else {
        Scale::Log
    };
    Panel {
        x: Axis::steps(),
        y: Axis::new(label, scale),
        series,
        field: None,
    }
}

/// One series a variant.
fn series(run: &Run, read: fn(&Metrics) -> Option<f64>) -> Vec<Series> {
    let one = |(hue, variant): (usize, &str)| Series {
        label: variant.to_string(),
        points: run
            .metrics_of(variant)
            .filter_map(|metrics| Some(Mark::exact(metrics.step as f64, read(metrics)?)))
            .collect(),
        style: Style::line(hue),
    };
    run.variants().into_iter().enumerate().map(one).collect()
}

/// Adds to the caption how many points have no place.
pub(super) fn figure(name: &str, title: &str, caption: &str, panels: Vec<Panel>) -> Figure {
    let points = panels
        .iter()
        .flat_map(|panel| &panel.series)
        .flat_map(|series| &series.points);
    let fields = panels
        .iter()
        .flat_map(|panel| &panel.field)
        .flat_map(|field| &field.values);
    let lost =
        points.filter(|mark| !mark.is_finite()).count() + fields.filter(|value| !value.is_finite()).count();
    let caption = match lost {
        0 => caption.to_string(),
        1 => format!("{caption} One value is not finite and is left out."),
        lost => format!("{caption} {lost} values are not finite and are left out."),
    };
    Figure {
        name: name.into(),
        title: title.into(),
        caption,
        panels,
    }
}

/// A probe's name as a file name.
pub(super) fn file_name(probe: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    format!("probe-{}", probe.chars().map(safe).collect::<String>())
}
