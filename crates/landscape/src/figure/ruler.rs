//! Where a number lies on an axis, and where the ticks are.

use super::label::{decade, plain};
use super::{Axis, Scale};

/// A fitted axis: it maps numbers to [0, 1].
#[derive(Clone, Debug)]
pub(super) struct Ruler {
    scale: Scale,
    low: f64,
    high: f64,
    /// On a logarithmic axis, the edge that stands for exactly zero.
    zero: bool,
    whole: bool,
}

/// One tick, with its label unless it is a minor one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub at: f64,
    pub label: Option<String>,
}

/// Room left between the data and the ends of the axis, as a share of its length.
const ROOM: f64 = 0.04;

impl Ruler {
    /// Fits an axis to `values`. `reaches` are the ends of error bars: they may widen a logarithmic axis by
    /// one decade at most, since an interval that touches zero reaches infinitely far down.
    pub fn fit(axis: &Axis, values: &[f64], reaches: &[f64]) -> Ruler {
        let finite = || {
            values
                .iter()
                .chain(axis.shows.iter().flat_map(|(a, b)| [a, b]))
                .copied()
                .filter(|v| v.is_finite())
        };
        let positive = finite().any(|value| value > 0.0);
        let scale = match axis.scale {
            Scale::Log if !positive => Scale::Linear,
            Scale::Symlog { linear } if !(linear.is_finite() && linear > 0.0) => Scale::Linear,
            scale => scale,
        };
        let zero = scale == Scale::Log && finite().any(|value| value == 0.0);
        let (mut low, mut high) = range(finite().filter_map(|value| transform(scale, value)));
        let limits = if scale == Scale::Log {
            (low - 1.0, high + 1.0)
        } else {
            (f64::MIN, f64::MAX)
        };
        let (down, up) = range(reaches.iter().filter_map(|value| transform(scale, *value)));
        low = low.min(down.max(limits.0));
        high = high.max(up.min(limits.1));
        if high - low < 1e-9 * (1.0 + low.abs().max(high.abs())) {
            let half = if scale == Scale::Linear {
                0.5 * low.abs().max(1e-3)
            } else {
                0.5
            };
            (low, high) = (low - half, high + half);
        }
        let room = ROOM * (high - low);
        let low = if zero { low.floor() - 1.0 } else { low - room };
        Ruler {
            scale,
            low,
            high: high + room,
            zero,
            whole: axis.whole,
        }
    }

    /// The place of `value`; `None` where it has none. Values beyond the ends are placed on them.
    pub fn place(&self, value: f64) -> Option<f64> {
        if self.scale == Scale::Log && value <= 0.0 {
            return (self.zero && value == 0.0).then_some(0.0);
        }
        Some(self.unit(transform(self.scale, value)?).clamp(0.0, 1.0))
    }

    /// The place of the end of an error bar: an end without a place lies on the nearer end of the axis.
    pub fn reach(&self, value: f64) -> f64 {
        self.place(value).unwrap_or(if value > 0.0 { 1.0 } else { 0.0 })
    }

    /// Ticks from low to high with at most about `most` labels.
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        let mut ticks = match self.scale {
            Scale::Linear => self.even(most),
            Scale::Log => self.decades(most),
            Scale::Symlog { linear } => self.signed_decades(linear, most),
        };
        if self.zero {
            ticks.retain(|tick| tick.at > 0.08);
            ticks.insert(
                0,
                Tick {
                    at: 0.0,
                    label: Some("0".into()),
                },
            );
        }
        ticks
    }

    fn unit(&self, transformed: f64) -> f64 {
        (transformed - self.low) / (self.high - self.low)
    }

    /// Round numbers at equal distances, wherever the scale puts them.
    fn even(&self, most: usize) -> Vec<Tick> {
        let (low, high) = (restore(self.scale, self.low), restore(self.scale, self.high));
        let step = round_step((high - low) / most.max(2) as f64).max(if self.whole { 1.0 } else { 0.0 });
        let first = (low / step).ceil() as i64;
        let last = (high / step).floor() as i64;
        let values: Vec<f64> = (first..=last).map(|k| k as f64 * step).collect();
        let largest = values
            .iter()
            .fold(0.0f64, |largest, value| largest.max(value.abs()));
        let tick = |value: &f64| Tick {
            at: self.unit(transform(self.scale, *value).unwrap_or(self.low)),
            label: Some(plain(*value, step, largest)),
        };
        values.iter().map(tick).collect()
    }

    fn decades(&self, most: usize) -> Vec<Tick> {
        let (first, last) = (self.low.ceil() as i32, self.high.floor() as i32);
        let count = (last - first + 1).max(0) as usize;
        if count < 2 {
            return self.parts_of_a_decade(most);
        }
        let stride = count.div_ceil(most.max(2)) as i32;
        let exact = (first..=last)
            .filter(|e| e % stride == 0)
            .all(|e| (-2..=3).contains(&e));
        let mut ticks: Vec<Tick> = (first..=last)
            .map(|e| Tick {
                at: self.unit(f64::from(e)),
                label: (e % stride == 0).then(|| decade(e, exact)),
            })
            .collect();
        if stride == 1 {
            ticks.extend((first - 1..=last).flat_map(|e| self.between(1.0, e)));
        }
        ticks
    }

    /// Ticks at 1, 2 and 5 times powers of ten; evenly spaced ones where even these are too few.
    fn parts_of_a_decade(&self, most: usize) -> Vec<Tick> {
        let exponents = self.low.floor() as i32..=self.high.floor() as i32;
        let ticks: Vec<Tick> = exponents
            .flat_map(|e| [1.0, 2.0, 5.0].map(|factor| factor * 10f64.powi(e)))
            .filter(|value| (self.low..=self.high).contains(&value.log10()))
            .map(|value| Tick {
                at: self.unit(value.log10()),
                label: Some(plain(value, value, value)),
            })
            .collect();
        if ticks.len() >= 3 { ticks } else { self.even(most) }
    }

    fn signed_decades(&self, linear: f64, most: usize) -> Vec<Tick> {
        let (first, last) = (self.low.ceil() as i32, self.high.floor() as i32);
        let count = (last - first + 1).max(0) as usize;
        if count < 3 {
            return self.even(most);
        }
        let stride = count.div_ceil(most.max(3)) as i32;
        let base = linear.log10().round() as i32;
        let labelled = |k: &i32| k % stride == 0;
        let exact = (first..=last)
            .filter(labelled)
            .all(|k| k == 0 || (-2..=3).contains(&(base + k.abs() - 1)));
        let label = |k: i32| match k.signum() {
            0 => "0".to_string(),
            1 => decade(base + k - 1, exact),
            _ => format!("−{}", decade(base - k - 1, exact)),
        };
        let mut ticks: Vec<Tick> = (first..=last)
            .map(|k| Tick {
                at: self.unit(f64::from(k)),
                label: labelled(&k).then(|| label(k)),
            })
            .collect();
        if stride == 1 {
            let most_decades = first.abs().max(last.abs());
            for e in 0..=most_decades {
                ticks.extend(
                    [1.0, -1.0]
                        .into_iter()
                        .flat_map(|sign| self.between(sign, base + e)),
                );
            }
        }
        ticks
    }

    /// The minor ticks between 10^e and 10^(e+1), or their negatives.
    fn between(&self, sign: f64, exponent: i32) -> Vec<Tick> {
        (2..10)
            .filter_map(|factor| transform(self.scale, sign * f64::from(factor) * 10f64.powi(exponent)))
            .map(|transformed| Tick {
                at: self.unit(transformed),
                label: None,
            })
            .filter(|tick| (0.0..=1.0).contains(&tick.at))
            .collect()
    }
}

fn transform(scale: Scale, value: f64) -> Option<f64> {
    let transformed = match scale {
        Scale::Linear => value,
        Scale::Log if value <= 0.0 => return None,
        Scale::Log => value.log10(),
        Scale::Symlog { linear } if value.abs() <= linear => value / linear,
        Scale::Symlog { linear } => value.signum() * (1.0 + (value.abs() / linear).log10()),
    };
    transformed.is_finite().then_some(transformed)
}

fn restore(scale: Scale, transformed: f64) -> f64 {
    match scale {
        Scale::Linear => transformed,
        Scale::Log => 10f64.powf(transformed),
        Scale::Symlog { linear } if transformed.abs() <= 1.0 => transformed * linear,
        Scale::Symlog { linear } => transformed.signum() * linear * 10f64.powf(transformed.abs() - 1.0),
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|step| *step >= least * 0.999)
        .unwrap_or(power)
}
