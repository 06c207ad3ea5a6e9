//! The numbers behind a figure.

use super::Figure;

/// One line for each point of each series: `x_label, y_label, series, x, y, uncertainty`.
/// Every point is there, also those without a place in the figure (`NaN`, `inf`); an empty uncertainty means
/// exact up to rounding.
///
/// ```
/// use landscape::figure::{Axis, Figure, Mark, Panel, Scale, Series, Style, csv};
/// let series = vec![Series { label: "a".into(), points: vec![Mark::exact(0.0, 0.25)], style: Style::line(0) }];
/// let panel = Panel { x: Axis::steps(), y: Axis::new("loss", Scale::Log), series };
/// let figure = Figure { name: "loss".into(), title: String::new(), caption: String::new(), panels: vec![panel] };
/// assert_eq!(csv(&figure), "x_label,y_label,series,x,y,uncertainty\nstep,loss,a,0.0,0.25,\n");
/// ```
pub fn csv(figure: &Figure) -> String {
    let mut lines = vec![["x_label", "y_label", "series", "x", "y", "uncertainty"].map(String::from)];
    for panel in &figure.panels {
        for series in &panel.series {
            lines.extend(series.points.iter().map(|mark| {
                let uncertainty = mark.uncertainty.map(number).unwrap_or_default();
                let [x, y, name] = [&panel.x.label, &panel.y.label, &series.label].map(|text| field(text));
                [x, y, name, number(mark.x), number(mark.y), uncertainty]
            }));
        }
    }
    lines.iter().map(|fields| fields.join(",") + "\n").collect()
}

/// The shortest text that reads back as the same number.
fn number(value: f64) -> String {
    format!("{value:?}")
}

/// Quoted where commas, quotes or line ends would be misread (RFC 4180).
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}
