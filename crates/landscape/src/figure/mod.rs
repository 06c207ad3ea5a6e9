//! Figures as data: panels of series on axes, drawn as SVG and PNG with the CSV behind them.
//!
//! A figure is one paper column wide (3.4 in), with text of 7 to 8 pt at that width and a palette that
//! colour-blind readers can tell apart (Okabe and Ito 2008); every series also has its own marker.
//! kuva turns shapes into SVG and pixels; axes, ticks and legend are laid out here, because losses of exactly
//! zero, step 0 on a logarithmic axis and eigenvalues of both signs need more than its axes offer.

mod canvas;
mod draw;
mod field;
mod files;
pub(crate) mod label;
mod legend;
mod ruler;
mod strokes;
mod table;
#[cfg(test)]
mod tests;

pub use draw::{inline_svg, svg};
pub use files::{FigureError, FigureFiles, render};
pub use table::csv;

/// One figure: panels stacked above each other under one legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Base of the file names, such as `loss`.
    pub name: String,
    /// One line above the figure.
    pub title: String,
    /// What the reader sees, and how to read it; printed under the figure in a report.
    pub caption: String,
    /// From top to bottom.
    pub panels: Vec<Panel>,
}

/// One pair of axes with the series drawn on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn, in this order.
    pub series: Vec<Series>,
    /// What lies below the series.
    pub field: Option<Field>,
}

/// Numbers over a plane, drawn as shades with lines of equal height, beside a scale that names them.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// What the numbers are, printed above the panel, and how they map to shades.
    pub height: Axis,
    /// Places on the horizontal axis.
    pub x: Vec<f64>,
    /// Places on the vertical axis.
    pub y: Vec<f64>,
    /// The numbers, row by row: that at (xᵢ, yⱼ) is number j·|x| + i. Those that are not finite leave a gap.
    pub values: Vec<f64>,
}

/// What an axis is called and how it maps numbers to places.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Printed beside the axis.
    pub label: String,
    /// How numbers map to places.
    pub scale: Scale,
    /// Values that the axis shows at the least, whatever the data are.
    pub shows: Option<(f64, f64)>,
    /// Whether its numbers are whole: where it is short, there are no ticks between them.
    pub whole: bool,
}

/// How an axis maps numbers to places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// In proportion.
    Linear,
    /// log₁₀. A value of exactly zero is drawn on an edge of its own, marked `0`; negative values are left out.
    Log,
    /// In proportion up to ±`linear`, logarithmic beyond: for values of both signs, and for step 0.
    Symlog {
        /// Where the logarithm takes over; a power of ten gives round ticks.
        linear: f64,
    },
}

/// Points that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name in the legend and in the CSV.
    pub label: String,
    /// In drawing order. Points that are not finite interrupt the line.
    pub points: Vec<Mark>,
    /// How it looks.
    pub style: Style,
}

/// One measured point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Place on the horizontal axis.
    pub x: f64,
    /// Place on the vertical axis.
    pub y: f64,
    /// Half-width of the interval around `y`; `None` means exact up to rounding.
    pub uncertainty: Option<f64>,
}

/// How a series looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Which colour and marker; the palette repeats after seven, the markers after five.
    pub hue: usize,
    /// How points are joined.
    pub line: Line,
    /// Lighter, smaller, without bars of uncertainty and not in the legend: for companions of a series with the
    /// same hue. The CSV has their uncertainties.
    pub faint: bool,
}

/// How the points of a series are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Joined by a solid line.
    Solid,
    /// Joined by a dashed line.
    Dashed,
    /// Not joined: markers only.
    None,
}

impl Figure {
    /// Whether there is nothing to draw: no point of any series and no number of any field is finite.
    pub fn is_empty(&self) -> bool {
        let mut points = self
            .panels
            .iter()
            .flat_map(|panel| &panel.series)
            .flat_map(|series| &series.points);
        let mut fields = self.panels.iter().flat_map(|panel| &panel.field);
        !points.any(Mark::is_finite)
            && !fields.any(|field| field.values.iter().any(|value| value.is_finite()))
    }
}

impl Axis {
    /// An axis for these places: linear where they are evenly spaced, else on the scale that fits them.
    pub fn of_places(label: impl Into<String>, places: &[f64]) -> Axis {
        let steps = places.windows(2).map(|pair| pair[1] - pair[0]);
        let (low, high) = steps.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), step| {
            (low.min(step), high.max(step))
        });
        let even = high - low <= 1e-6 * high.abs();
        Axis::new(
            label,
            if even {
                Scale::Linear
            } else {
                Scale::fitting(places)
            },
        )
    }

    /// An axis that shows just the data.
    pub fn new(label: impl Into<String>, scale: Scale) -> Axis {
        Axis {
            label: label.into(),
            scale,
            shows: None,
            whole: false,
        }
    }

    /// The axis of updates: step 0 has a place, and decades of steps are equally wide.
    pub fn steps() -> Axis {
        Axis {
            whole: true,
            ..Axis::new("step", Scale::Symlog { linear: 1.0 })
        }
    }
}

impl Scale {
    /// The scale on which these values can be read: logarithmic where all are above zero and they span more
    /// than a decade, symmetric logarithmic where some are not above zero and their sizes span more than two
    /// decades, otherwise linear. The linear part of the symmetric scale covers at most the sizes that are
    /// 10⁵ times smaller than the largest.
    ///
    /// ```
    /// use landscape::figure::Scale;
    /// assert_eq!(Scale::fitting(&[1.0, 2.0]), Scale::Linear);
    /// assert_eq!(Scale::fitting(&[1.0, 2000.0]), Scale::Log);
    /// assert_eq!(Scale::fitting(&[-1.0, 0.02, 300.0]), Scale::Symlog { linear: 0.01 });
    /// ```
    pub fn fitting(values: &[f64]) -> Scale {
        let sizes = || {
            values
                .iter()
                .copied()
                .filter(|value| value.is_finite() && *value != 0.0)
                .map(f64::abs)
        };
        let smallest = sizes().fold(f64::INFINITY, f64::min);
        let largest = sizes().fold(0.0, f64::max);
        let decades = largest.log10() - smallest.log10();
        let positive = values.iter().all(|value| !value.is_finite() || *value > 0.0);
        match (positive, decades) {
            (true, decades) if decades > 1.0 => Scale::Log,
            (false, decades) if decades > 2.0 => Scale::Symlog {
                linear: 10f64.powi(smallest.max(largest * 1e-5).log10().floor() as i32),
            },
            _ => Scale::Linear,
        }
    }
}

impl Mark {
    /// A point without uncertainty.
    pub fn exact(x: f64, y: f64) -> Mark {
        Mark {
            x,
            y,
            uncertainty: None,
        }
    }

    /// Whether the point has a place on the plane.
    pub fn is_finite(&self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }
}

impl Style {
    /// A solid line in colour `hue`.
    pub fn line(hue: usize) -> Style {
        Style {
            hue,
            line: Line::Solid,
            faint: false,
        }
    }
}
