//! What does theory predict, and does it come out?
//!
//! A study asks one question of objectives whose answer is known: it looks at them case by case, and judges what it
//! found. What is judged is an identity, a bound or a tendency ([`Kind`]), and is never said to be more.

#![recursion_limit = "256"]

mod acceleration;
mod balanced;
mod basins;
mod benign;
mod counterexample;
mod dense;
mod escape;
mod judged;
mod measure_zero;
mod octopus;
mod paths;
mod paths_reduction;
mod picture;
mod plateaus;
mod population;
mod rate;
mod second_order;
mod spectrum;
mod spent;
mod statistics;
mod study;
mod taxonomy;
mod teacher;
mod tensor;

pub use acceleration::Acceleration;
pub use balanced::Balanced;
pub use basins::Basins;
pub use benign::{Asymmetric, Benign, Completion, Instance, Linear, Quadratic, Sensing, Symmetric, Way};
pub use counterexample::Counterexample;
pub use escape::{Chosen, Escape};
pub use judged::{Judged, Kind};
pub use measure_zero::MeasureZero;
pub use octopus::Octopus;
pub use paths::Paths;
pub use paths_reduction::PathsReduction;
pub use plateaus::Plateaus;
pub use population::Population;
pub use rate::Rate;
pub use spectrum::Spectrum;
pub(crate) use spent::Spent;
pub use statistics::{Share, slope};
pub(crate) use statistics::{larger, largest, margin, margins, median};
pub use study::{Inquiry, LARGE, Lab, Study};
pub use taxonomy::Taxonomy;
pub use tensor::Tensor;

use models::Problem;
use probes::{Axis, Curve, Finding, Scalar};
use training::escape::End;

/// The number of this name in a finding of one's own; NaN where there is none.
pub(crate) fn number(finding: &Finding, name: &str) -> f64 {
    scalar(finding, name).map_or(f64::NAN, |scalar| scalar.value)
}

/// The half-width of a number of a finding; 0 where it has none.
pub(crate) fn half_width(finding: &Finding, name: &str) -> f64 {
    scalar(finding, name)
        .and_then(|scalar| scalar.uncertainty)
        .unwrap_or(0.0)
}

fn scalar<'a>(finding: &'a Finding, name: &str) -> Option<&'a Scalar> {
    finding.scalars.iter().find(|scalar| scalar.name == name)
}

/// A number of a finding with its interval, in words.
pub(crate) fn with_interval(finding: &Finding, name: &str) -> String {
    match scalar(finding, name).map(|scalar| (scalar.value, scalar.uncertainty)) {
        Some((value, Some(half))) => format!("{} ± {}", short(value), short(half)),
        Some((value, None)) => format!("{} (no interval from so few)", short(value)),
        None => "not known".into(),
    }
}

/// A number with at most four digits.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    match size == 0.0 || (1e-3..1e4).contains(&size) {
        true => {
            let digits = 3 - size.max(1.0).log10().floor() as usize;
            let text = format!("{value:.digits$}");
            match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').into(),
                false => text,
            }
        }
        false => format!("{value:.3e}"),
    }
}

/// A number with the half-width of its interval, where that is known.
pub(crate) fn about(name: &str, value: f64, half: impl Into<Option<f64>>) -> Scalar {
    Scalar {
        uncertainty: half.into(),
        ..Scalar::exact(name, value)
    }
}

/// A curve along an axis; without half-widths it is exact up to rounding.
pub(crate) fn curve(name: &str, along: &str, places: Vec<f64>, values: Vec<f64>, halves: Vec<f64>) -> Curve {
    Curve {
        name: name.into(),
        along: Some(Axis {
            name: along.into(),
            values: places,
        }),
        values,
        uncertainties: halves,
    }
}

/// The first of some settings that is empty, 0, or larger than what can be studied.
pub(crate) fn counted(settings: &[(&str, &[usize], usize)]) -> Option<Problem> {
    settings.iter().find_map(|(name, counts, most)| {
        let complaint = match counts.iter().find(|count| !(1..=*most).contains(*count)) {
            None if counts.is_empty() => "is empty: at least one is needed".into(),
            found => format!("is {}: it must lie between 1 and {most}", found?),
        };
        Some(Problem::new(format!("study.{name}"), complaint))
    })
}

/// The gradients that some runs took.
pub(crate) fn gradients<'a>(ends: impl IntoIterator<Item = &'a End>) -> usize {
    ends.into_iter().map(|end| end.counts.gradients as usize).sum()
}
