//! Figures of curves: what probes found along an axis of their own.

use std::collections::BTreeMap;

use probes::Curve;

use super::Run;
use super::figures::{figure, file_name};
use crate::figure::{Axis, Figure, Line, Mark, Panel, Scale, Series, Style};
use crate::records::FindingRecord;

/// What a panel shows: a probe, a quantity, and what it is a function of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    probe: &'a str,
    quantity: &'a str,
    along: &'a str,
}

/// One figure for each probe with curves along an axis, one panel for each quantity and axis: the curve at the last site
/// of each variant, and lighter that at the first.
pub(super) fn curves(run: &Run) -> Vec<Figure> {
    let mut places: Vec<Place> = Vec::new();
    for record in &run.findings {
        for (curve, axis) in drawn(record) {
            let place = Place {
                probe: &record.finding.probe,
                quantity: quantity(&curve.name),
                along: &axis.name,
            };
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    let mut probes: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
    for place in places {
        probes.entry(place.probe).or_default().push(place);
    }
    let drawn = |(probe, places): (&str, Vec<Place>)| {
        let panels = places.iter().map(|place| panel(run, place)).collect();
        let (title, caption) = match run.provenance.study {
            Some(_) => (
                format!("Study: {probe}"),
                format!(
                    "What the study `{probe}` found along an axis, case by case. Bars span what the numbers vary by."
                ),
            ),
            None => (
                format!("Probe: {probe}"),
                format!(
                    "What the probe `{probe}` found along an axis, at the last step of each variant where it looked; lighter, \
                     at the first. Bars span the interval that contains the number."
                ),
            ),
        };
        let name = format!("{}-curves", file_name(probe));
        figure(
            &name,
            &title,
            &format!("{caption}{}", left_out(run, probe)),
            panels,
        )
    };
    probes.into_iter().map(drawn).collect()
}

/// Curves of one quantity that a panel has room for.
const MOST: usize = 6;

/// The curves of a finding that have an axis, but for those of which there are too many to tell apart.
fn drawn(record: &FindingRecord) -> impl Iterator<Item = (&Curve, &probes::Axis)> {
    let curves = &record.finding.curves;
    let few = |curve: &&Curve| alike(curves, quantity(&curve.name)) <= MOST;
    curves
        .iter()
        .filter(few)
        .filter_map(|curve| Some((curve, curve.along.as_ref()?)))
}

/// How many of the curves show this quantity.
fn alike(curves: &[Curve], of: &str) -> usize {
    curves.iter().filter(|curve| quantity(&curve.name) == of).count()
}

/// What the figure of a probe leaves out, and where it is; nothing where it shows all.
fn left_out(run: &Run, probe: &str) -> String {
    let mut most: BTreeMap<&str, usize> = BTreeMap::new();
    for record in run.findings.iter().filter(|record| record.finding.probe == probe) {
        let curves = &record.finding.curves;
        for curve in curves.iter().filter(|curve| curve.along.is_some()) {
            let of = quantity(&curve.name);
            let count = most.entry(of).or_default();
            *count = (*count).max(alike(curves, of));
        }
    }
    let many = most.into_iter().filter(|(_, count)| *count > MOST);
    let many: Vec<String> = many.map(|(of, count)| format!("{count} of “{of}”")).collect();
    match many.is_empty() {
        true => String::new(),
        false => format!(
            " Too many to tell apart, and so in the tables alone where a finding has more than {MOST} of a quantity: {}.",
            many.join(", ")
        ),
    }
}

/// What a curve of this name shows. What follows a comma in its name says in which way: such curves share a panel.
pub(super) fn quantity(name: &str) -> &str {
    name.split_once(", ").map_or(name, |(quantity, _)| quantity)
}

/// The scale for values: linear also for shares, of which one is everything.
pub(super) fn scale(values: &[f64]) -> Scale {
    let shares = values.iter().all(|value| (0.0..=1.0).contains(value)) && values.contains(&1.0);
    if shares {
        Scale::Linear
    } else {
        Scale::fitting(values)
    }
}

fn panel(run: &Run, place: &Place) -> Panel {
    let mut series = Vec::new();
    for (hue, variant) in run.variants().into_iter().enumerate() {
        let of_place = |record: &&FindingRecord| {
            record.finding.probe == place.probe
                && drawn(record)
                    .any(|(curve, axis)| quantity(&curve.name) == place.quantity && axis.name == place.along)
        };
        let records: Vec<&FindingRecord> = run.findings_of(variant).filter(of_place).collect();
        let (first, last) = ends(&records);
        for (record, faint) in first
            .map(|r| (r, true))
            .into_iter()
            .chain(last.map(|r| (r, false)))
        {
            series.extend(of_record(record, place, variant, hue, faint));
        }
    }
    let points = || series.iter().flat_map(|series: &Series| &series.points);
    let values: Vec<f64> = points().map(|mark| mark.y).collect();
    let mut places: Vec<f64> = points().map(|mark| mark.x).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    Panel {
        x: Axis::of_places(place.along, &places),
        y: Axis::new(place.quantity, scale(&values)),
        series,
        field: None,
    }
}

/// The first and the last of some records by step, of two at one step the later one; a single one is the last.
pub(super) fn ends<'a>(
    records: &[&'a FindingRecord],
) -> (Option<&'a FindingRecord>, Option<&'a FindingRecord>) {
    let last = records.iter().max_by_key(|record| record.step).copied();
    let begun = records.iter().map(|record| record.step).min();
    let first = records.iter().rfind(|record| Some(record.step) == begun).copied();
    (
        first.filter(|first| last.is_some_and(|last| last.step != first.step)),
        last,
    )
}

/// The curves of one finding in a panel.
fn of_record(record: &FindingRecord, place: &Place, variant: &str, hue: usize, faint: bool) -> Vec<Series> {
    let curves = drawn(record)
        .filter(|(curve, axis)| quantity(&curve.name) == place.quantity && axis.name == place.along);
    let one = |(curve, axis): (&Curve, &probes::Axis)| {
        let way = curve.name.strip_prefix(place.quantity).unwrap_or_default();
        let site = if faint { ", first site" } else { "" };
        let mark = |(i, (x, y)): (usize, (&f64, &f64))| Mark {
            x: *x,
            y: *y,
            uncertainty: curve.uncertainties.get(i).copied(),
        };
        Series {
            label: format!("{variant}{way}{site}"),
            points: axis
                .values
                .iter()
                .zip(&curve.values)
                .enumerate()
                .map(mark)
                .collect(),
            style: Style {
                hue,
                line: if way.is_empty() { Line::Solid } else { Line::Dashed },
                faint,
            },
        }
    };
    curves.map(one).collect()
}
