//! The legend: one flowing list above the panels, so that it never covers data.

use super::canvas::{Anchor, Canvas, WIDTH};
use super::draw::{LABEL, SMALL};
use super::strokes::{joined, marker};
use super::{Mark, Panel, Style, label};

const SWATCH: f64 = 2.0 * SMALL;
const GAP: f64 = 1.2 * SMALL;
const ROW: f64 = 1.45 * SMALL;

/// Names and styles with their places.
pub(super) struct Legend {
    entries: Vec<(String, Style, f64, usize)>,
    rows: usize,
}

impl Legend {
    /// Every series that is not faint and has a point, once. A single series needs no legend, unless its name
    /// says more than the axis does.
    pub fn of(panels: &[&Panel]) -> Legend {
        let mut entries: Vec<(String, Style, f64, usize)> = Vec::new();
        let (mut x, mut row) = (0.0, 0);
        let left = 0.3 * LABEL;
        for series in panels.iter().flat_map(|panel| &panel.series) {
            let known = entries
                .iter()
                .any(|(name, style, ..)| *name == series.label && *style == series.style);
            if known
                || series.style.faint
                || series.label.is_empty()
                || !series.points.iter().any(Mark::is_finite)
            {
                continue;
            }
            let room = WIDTH - 2.0 * left - SWATCH - 0.4 * SMALL;
            let name = label::shorten(&series.label, room / SMALL);
            let width = SWATCH + 0.4 * SMALL + label::width(&name) * SMALL;
            if x > 0.0 && left + x + width > WIDTH - left {
                (x, row) = (0.0, row + 1);
            }
            entries.push((name, series.style, left + x, row));
            x += width + GAP;
        }
        let rows = if entries.is_empty() { 0 } else { row + 1 };
        Legend { entries, rows }
    }

    pub fn height(&self) -> f64 {
        self.rows as f64 * ROW
    }

    pub fn draw(&self, canvas: &mut Canvas, top: f64) {
        for (name, style, x, row) in &self.entries {
            let base = top + *row as f64 * ROW + SMALL;
            let middle = base - 0.33 * SMALL;
            joined(canvas, &[(*x, middle), (x + SWATCH, middle)], *style);
            marker(canvas, (x + SWATCH / 2.0, middle), *style);
            canvas.text(
                (x + SWATCH + 0.4 * SMALL, base),
                name,
                SMALL,
                Anchor::Start,
                false,
            );
        }
    }
}
