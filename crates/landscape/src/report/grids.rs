//! Figures of grids: what probes found over two axes of their own.

use std::collections::BTreeSet;

use probes::Grid;

use super::Run;
use super::figures::{figure, file_name};
use super::slices::{ends, quantity, scale};
use crate::figure::{Axis, Field, Figure, Panel};
use crate::records::FindingRecord;

/// One figure for each variant and probe with grids, as they were at the last site, one panel for each grid.
pub(super) fn grids(run: &Run) -> Vec<Figure> {
    let with_grids = |record: &&FindingRecord| !record.finding.grids.is_empty();
    let probes: BTreeSet<&str> = run
        .findings
        .iter()
        .filter(|record| with_grids(record))
        .map(|record| record.finding.probe.as_str())
        .collect();
    let mut figures = Vec::new();
    for probe in probes {
        for (index, variant) in run.variants().into_iter().enumerate() {
            let of_probe = |record: &&FindingRecord| record.finding.probe == probe && with_grids(record);
            let records: Vec<&FindingRecord> = run.findings_of(variant).filter(of_probe).collect();
            let Some(last) = ends(&records).1 else { continue };
            let all = &last.finding.grids;
            let panels = all.iter().map(|grid| panel(grid, all)).collect();
            let title = format!("{variant}, step {}: {probe}", last.step);
            let caption = format!(
                "What the probe `{probe}` found over two axes at step {} of the variant `{variant}`. Each cell is one number; \
                 the white lines are at the heights that the scale names.",
                last.step
            );
            let name = format!("{}-grids-{}", file_name(probe), index + 1);
            figures.push(figure(&name, &title, &caption, panels));
        }
    }
    figures
}

/// A grid among those beside it: those of the same quantity have the same scale.
fn panel(grid: &Grid, all: &[Grid]) -> Panel {
    let like = all
        .iter()
        .filter(|other| quantity(&other.name) == quantity(&grid.name));
    let values: Vec<f64> = like.flat_map(|other| &other.values).copied().collect();
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let ends = finite.fold(None, |ends: Option<(f64, f64)>, value| {
        let (low, high) = ends.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    });
    Panel {
        x: Axis::of_places(&grid.x.name, &grid.x.values),
        y: Axis::of_places(&grid.y.name, &grid.y.values),
        series: Vec::new(),
        field: Some(Field {
            height: Axis {
                shows: ends,
                ..Axis::new(&grid.name, scale(&values))
            },
            x: grid.x.values.clone(),
            y: grid.y.values.clone(),
            values: grid.values.clone(),
        }),
    }
}
