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
    let mut table = csv::Writer::from_writer(Vec::new());
    // Writing to memory and to UTF-8 cannot fail.
    table
        .write_record(["x_label", "y_label", "series", "x", "y", "uncertainty"])
        .expect("a table in memory");
    for panel in &figure.panels {
        for series in &panel.series {
            for mark in &series.points {
                let row = (
                    &panel.x.label,
                    &panel.y.label,
                    &series.label,
                    mark.x,
                    mark.y,
                    mark.uncertainty,
                );
                table.serialize(row).expect("a table in memory");
            }
        }
    }
    let bytes = table.into_inner().expect("a table in memory");
    String::from_utf8(bytes).expect("text from text")
}
