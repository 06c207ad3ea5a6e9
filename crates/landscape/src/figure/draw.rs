//! Lays a figure out and draws it.

use super::canvas::{Anchor, Canvas, POINT, WIDTH};
use super::legend::Legend;
use super::ruler::{Ruler, Tick};
use super::{Figure, Line, Panel, Series, Style, label};

/// Text sizes at one column width: 8 pt for titles and axis labels, 7 pt for ticks and legend.
pub(super) const LABEL: f64 = 8.0 * POINT;
pub(super) const SMALL: f64 = 7.0 * POINT;
const INK: &str = "#1a1a1a";
const GRID: &str = "#e4e4e4";
/// Okabe and Ito (2008), without yellow, which is too light on white; the darkest first.
const PALETTE: [&str; 7] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000",
];
/// The same colours, three fifths of the way to white.
const FAINT: [&str; 7] = [
    "#99c7e0", "#eebf99", "#99d8c7", "#ebc9dc", "#f5d899", "#bbe1f6", "#999999",
];

/// The figure as an SVG document.
///
/// ```
/// use landscape::figure::{Axis, Figure, Mark, Panel, Scale, Series, Style, svg};
/// let points = vec![Mark::exact(0.0, 1.0), Mark::exact(10.0, 0.1)];
/// let series = vec![Series { label: "true labels".into(), points, style: Style::line(0) }];
/// let panel = Panel { x: Axis::steps(), y: Axis::new("loss", Scale::Log), series };
/// let figure = Figure { name: "loss".into(), title: "Loss".into(), caption: String::new(), panels: vec![panel] };
/// assert!(svg(&figure).contains("true labels"));
/// ```
pub fn svg(figure: &Figure) -> String {
    draw(figure).svg()
}

/// The figure as an `<svg>` element for an HTML page: it needs no namespace and names itself to screen readers.
pub fn inline_svg(figure: &Figure) -> String {
    let title = maud::html! { title { (figure.title) } }.into_string();
    let svg = svg(figure).replacen(r#" xmlns="http://www.w3.org/2000/svg""#, r#" role="img""#, 1);
    svg.replacen('>', &format!(">{title}"), 1)
}

/// Draws every panel below the title and the legend.
pub(super) fn draw(figure: &Figure) -> Canvas {
    let panels: Vec<&Panel> = figure
        .panels
        .iter()
        .filter(|panel| panel.series.iter().any(has_points))
        .collect();
    let legend = Legend::of(&panels);
    let plot_height = if panels.len() == 1 {
        0.52 * WIDTH
    } else {
        0.36 * WIDTH
    };
    let one_x = panels.windows(2).all(|pair| pair[0].x == pair[1].x);
    let layouts = layouts(&panels, one_x, plot_height);
    let left = layouts.iter().map(|layout| layout.left).fold(0.0, f64::max);

    let top = 1.6 * LABEL + legend.height() + 0.3 * LABEL;
    let below = |index: usize| {
        if one_x && index + 1 < panels.len() {
            2.1 * SMALL
        } else {
            1.6 * SMALL + 1.7 * LABEL
        }
    };
    let height = top
        + (0..panels.len())
            .map(|index| plot_height + below(index))
            .sum::<f64>();

    let mut canvas = Canvas::new(height);
    let title = label::shorten(&figure.title, (WIDTH - LABEL) / LABEL);
    canvas.text((0.3 * LABEL, 1.15 * LABEL), &title, LABEL, Anchor::Start, false);
    legend.draw(&mut canvas, 1.6 * LABEL);
    let mut y = top;
    for (index, (panel, layout)) in panels.iter().zip(&layouts).enumerate() {
        let frame = Frame {
            left,
            right: WIDTH - 1.2 * SMALL,
            top: y,
            bottom: y + plot_height,
        };
        let x_label = (!one_x || index + 1 == panels.len()).then_some(panel.x.label.as_str());
        draw_panel(&mut canvas, panel, layout, &frame, x_label);
        y += plot_height + below(index);
    }
    canvas
}

/// A marker of the series' shape at a place.
pub(super) fn marker(canvas: &mut Canvas, (x, y): (f64, f64), style: Style) {
    let r = if style.faint { 5.0 } else { 9.0 };
    let color = color(style);
    let shape = |corners: &[(f64, f64)]| {
        corners
            .iter()
            .map(|(dx, dy)| (x + r * dx, y + r * dy))
            .collect::<Vec<_>>()
    };
    match style.hue % 5 {
        0 => canvas.disc((x, y), r, color),
        1 => canvas.polygon(
            &shape(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            color,
        ),
        2 => canvas.polygon(&shape(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]), color),
        3 => canvas.polygon(&shape(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]), color),
        _ => canvas.polygon(&shape(&[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)]), color),
    }
}

/// A line in the series' style through places.
pub(super) fn joined(canvas: &mut Canvas, places: &[(f64, f64)], style: Style) {
    let width = if style.faint { 3.0 } else { 6.0 };
    match style.line {
        Line::Solid => canvas.path(places, color(style), width),
        Line::Dashed => dashes(places, 22.0, 14.0)
            .iter()
            .for_each(|dash| canvas.path(dash, color(style), width)),
        Line::None => {}
    }
}

struct Layout {
    x: Ruler,
    y: Ruler,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    y_label: Vec<String>,
    left: f64,
}

struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Frame {
    fn x(&self, at: f64) -> f64 {
        self.left + at * (self.right - self.left)
    }

    fn y(&self, at: f64) -> f64 {
        self.bottom - at * (self.bottom - self.top)
    }
}

/// Fits the axes; panels with the same horizontal axis share its range, so that places can be compared.
fn layouts(panels: &[&Panel], one_x: bool, height: f64) -> Vec<Layout> {
    let xs = |panel: &Panel| marks(panel).map(|mark| mark.x).collect::<Vec<_>>();
    let all: Vec<f64> = panels.iter().flat_map(|panel| xs(panel)).collect();
    let layout = |panel: &&Panel| {
        let values: Vec<f64> = marks(panel).map(|mark| mark.y).collect();
        let ends = |mark: &super::Mark| mark.uncertainty.map(|half| [mark.y - half, mark.y + half]);
        let barred = panel
            .series
            .iter()
            .filter(|series| !series.style.faint)
            .flat_map(|series| &series.points);
        let reaches: Vec<f64> = barred.filter_map(ends).flatten().collect();
        let x = Ruler::fit(&panel.x, &if one_x { all.clone() } else { xs(panel) }, &[]);
        let y = Ruler::fit(&panel.y, &values, &reaches);
        let (x_ticks, y_ticks) = (x.ticks(6), y.ticks(6));
        let widest = y_ticks
            .iter()
            .filter_map(|tick| tick.label.as_deref())
            .map(label::width)
            .fold(0.0, f64::max);
        let y_label = label::wrap(&panel.y.label, 1.15 * height / LABEL);
        let left = (0.35 + 1.15 * y_label.len() as f64) * LABEL + (widest + 0.6) * SMALL;
        Layout {
            x,
            y,
            x_ticks,
            y_ticks,
            y_label,
            left,
        }
    };
    panels.iter().map(layout).collect()
}

fn draw_panel(canvas: &mut Canvas, panel: &Panel, layout: &Layout, frame: &Frame, x_label: Option<&str>) {
    let (major, minor) = (10.0, 5.0);
    for tick in &layout.x_ticks {
        let x = frame.x(tick.at);
        let length = if let Some(text) = &tick.label {
            canvas.line((x, frame.top), (x, frame.bottom), GRID, 2.0);
            canvas.text(
                (x, frame.bottom + 1.25 * SMALL),
                text,
                SMALL,
                Anchor::Middle,
                false,
            );
            major
        } else {
            minor
        };
        canvas.line((x, frame.bottom), (x, frame.bottom + length), INK, 2.5);
    }
    for tick in &layout.y_ticks {
        let y = frame.y(tick.at);
        let length = if let Some(text) = &tick.label {
            canvas.line((frame.left, y), (frame.right, y), GRID, 2.0);
            canvas.text(
                (frame.left - 0.45 * SMALL, y + 0.36 * SMALL),
                text,
                SMALL,
                Anchor::End,
                false,
            );
            major
        } else {
            minor
        };
        canvas.line((frame.left - length, y), (frame.left, y), INK, 2.5);
    }
    let corners = [
        (frame.left, frame.top),
        (frame.left, frame.bottom),
        (frame.right, frame.bottom),
    ];
    canvas.path(&corners, INK, 3.0);
    if let Some(text) = x_label {
        let middle = (
            (frame.left + frame.right) / 2.0,
            frame.bottom + 1.5 * SMALL + 1.1 * LABEL,
        );
        canvas.text(middle, text, LABEL, Anchor::Middle, false);
    }
    let middle = (frame.top + frame.bottom) / 2.0;
    for (index, line) in layout.y_label.iter().enumerate() {
        canvas.text(
            ((1.0 + 1.15 * index as f64) * LABEL, middle),
            line,
            LABEL,
            Anchor::Middle,
            true,
        );
    }

    // Faint companions lie under the series that they accompany.
    let (under, over): (Vec<&Series>, Vec<&Series>) =
        panel.series.iter().partition(|series| series.style.faint);
    for series in under.into_iter().chain(over) {
        draw_series(canvas, series, layout, frame);
    }
}

fn draw_series(canvas: &mut Canvas, series: &Series, layout: &Layout, frame: &Frame) {
    let place = |mark: &super::Mark| {
        let (x, y) = (layout.x.place(mark.x)?, layout.y.place(mark.y)?);
        mark.is_finite().then(|| (frame.x(x), frame.y(y)))
    };
    let places: Vec<Option<(f64, f64)>> = series.points.iter().map(place).collect();
    for run in places.split(Option::is_none) {
        let run: Vec<(f64, f64)> = run.iter().flatten().copied().collect();
        joined(canvas, &thinned(&run), series.style);
    }
    let ink = color(series.style);
    for (mark, (x, y)) in series
        .points
        .iter()
        .zip(&places)
        .filter_map(|(mark, place)| Some((mark, (*place)?)))
    {
        if let Some(half) = mark
            .uncertainty
            .filter(|half| half.is_finite() && *half > 0.0 && !series.style.faint)
        {
            let (low, high) = (
                frame.y(layout.y.reach(mark.y - half)),
                frame.y(layout.y.reach(mark.y + half)),
            );
            canvas.line((x, low), (x, high), ink, 3.0);
            // Caps only where they lie outside the marker.
            for end in [low, high].into_iter().filter(|end| (end - y).abs() > 9.0) {
                canvas.line((x - 9.0, end), (x + 9.0, end), ink, 3.0);
            }
        }
    }
    let drawn: Vec<(f64, f64)> = places.into_iter().flatten().collect();
    let every = series.style.line == Line::None || drawn.len() <= 24;
    let chosen = if every {
        drawn
    } else {
        spread(&drawn, series.style.hue)
    };
    for at in chosen {
        marker(canvas, at, series.style);
    }
}

/// A few places, far enough apart to carry markers on a long line; each hue begins at another one, so that
/// markers of lines on top of each other do not hide each other.
fn spread(places: &[(f64, f64)], hue: usize) -> Vec<(f64, f64)> {
    let apart = WIDTH / 6.0;
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return Vec::new();
    };
    let mut next = first.0 + apart * (hue % 5) as f64 / 5.0;
    let mut chosen = Vec::new();
    for place in places {
        if place.0 >= next {
            chosen.push(*place);
            next += apart * ((place.0 - next) / apart + 1.0).floor();
        }
    }
    if chosen.is_empty() {
        chosen.push(*last);
    }
    chosen
}

/// The same picture with fewer points: of those that fall on one column of pixels, the first, the lowest, the
/// highest and the last.
fn thinned(places: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept = Vec::new();
    for column in places.chunk_by(|a, b| a.0.round() == b.0.round()) {
        let by_height = |a: &usize, b: &usize| column[*a].1.total_cmp(&column[*b].1);
        let lowest = (0..column.len()).min_by(by_height).unwrap_or(0);
        let highest = (0..column.len()).max_by(by_height).unwrap_or(0);
        let mut indices = [0, lowest.min(highest), lowest.max(highest), column.len() - 1];
        indices.sort_unstable();
        let mut last = None;
        for index in indices
            .into_iter()
            .filter(|index| last.replace(*index) != Some(*index))
        {
            kept.push(column[index]);
        }
    }
    kept
}

/// Cuts a line into dashes: the raster side of kuva would begin a new dash at every point.
fn dashes(places: &[(f64, f64)], dash: f64, gap: f64) -> Vec<Vec<(f64, f64)>> {
    let mut result = Vec::new();
    let mut current: Vec<(f64, f64)> = places.first().copied().into_iter().collect();
    let (mut left, mut inked) = (dash, true);
    for pair in places.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut rest = (to.0 - from.0).hypot(to.1 - from.1);
        while rest > left {
            let share = left / rest;
            from = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            rest -= left;
            if inked {
                current.push(from);
                result.push(std::mem::take(&mut current));
            } else {
                current = vec![from];
            }
            inked = !inked;
            left = if inked { dash } else { gap };
        }
        left -= rest;
        if inked {
            current.push(to);
        }
    }
    if inked && current.len() > 1 {
        result.push(current);
    }
    result
}

fn color(style: Style) -> &'static str {
    let palette = if style.faint { FAINT } else { PALETTE };
    palette[style.hue % palette.len()]
}

fn has_points(series: &Series) -> bool {
    series.points.iter().any(super::Mark::is_finite)
}

fn marks(panel: &Panel) -> impl Iterator<Item = super::Mark> {
    panel
        .series
        .iter()
        .flat_map(|series| &series.points)
        .copied()
        .filter(super::Mark::is_finite)
}
