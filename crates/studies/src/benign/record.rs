//! The values of runs, step after step.

use crate::{curve, median};
use probes::Curve;
use training::escape::{End, Look};

/// So near to a critical value, relative to it, a run rests: for this share of its steps, or for so many.
const NEAR: f64 = 1e-6;
pub(super) const PART: f64 = 0.1;
pub(super) const LONG: u64 = 10_000;
/// Points of a figure for each power of ten of steps.
const PER_DECADE: f64 = 20.0;
/// The least gap over f(0) that a figure shows.
const FLOOR: f64 = 1e-16;

/// The values of all runs at some steps, and how long they rested at critical values.
pub(super) struct Record {
    offset: u64,
    places: Vec<u64>,
    values: Vec<Vec<f64>>,
    last: Vec<f64>,
    pub critical: Vec<f64>,
    resting: Vec<u64>,
    pub longest: Vec<u64>,
}

impl Record {
    pub fn new(runs: usize, critical: Vec<f64>) -> Self {
        Record {
            offset: 0,
            places: Vec::new(),
            values: Vec::new(),
            last: vec![f64::NAN; runs],
            critical,
            resting: vec![0; runs],
            longest: vec![0; runs],
        }
    }

    /// A step of a run has come to a value.
    fn at(&mut self, run: usize, value: f64) {
        self.last[run] = value;
        let rests = self.critical.iter().any(|c| (value - c).abs() <= NEAR * c);
        self.resting[run] = if rests { self.resting[run] + 1 } else { 0 };
        self.longest[run] = self.longest[run].max(self.resting[run]);
    }

    pub fn note(&mut self, look: &Look) {
        for (run, value) in look.runs.iter().zip(look.values) {
            self.at(*run, *value);
        }
        let step = self.offset + look.step;
        let due = self.places.last().is_none_or(|last| {
            let next = (*last as f64 * 10f64.powf(1.0 / PER_DECADE)).max(*last as f64 + 1.0);
            step as f64 >= next
        });
        if due {
            self.places.push(step);
            self.values.push(self.last.clone());
        }
    }

    /// The median of the runs' values above a reference and over f(0): its name says which reference.
    pub fn curve(&self, name: &str, reference: f64, zero: f64) -> Curve {
        let places = self.places.iter().map(|place| *place as f64).collect();
        let above = |values: &Vec<f64>| ((median(values) - reference) / zero).max(FLOOR);
        let medians = self.values.iter().map(above).collect();
        curve(name, "step", places, medians, Vec::new())
    }

    /// How many runs rested at another critical value, of so many steps each.
    pub fn rested(&self, steps: &[f64]) -> usize {
        let pairs = self.longest.iter().zip(steps);
        let long =
            |(longest, steps): &(&u64, &f64)| **longest as f64 >= (PART * **steps).clamp(1.0, LONG as f64);
        pairs.filter(long).count()
    }

    /// The next phase begins where all runs have ended this one.
    pub fn next(&mut self, ends: &[End]) {
        self.offset += ends.iter().map(|end| end.steps).max().unwrap_or(0);
        if self.places.last().is_some_and(|last| *last < self.offset) {
            self.places.push(self.offset);
            self.values.push(self.last.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 200 steps one run spends none at another critical value, one 10, one 40, and one 40 but not in a row; and one has
    /// a million steps and stays for 10,000.
    #[test]
    fn a_run_that_stays_at_another_critical_value_rests() {
        let mut record = Record::new(5, vec![2.0]);
        let mut stay = |run: usize, steps: u64| {
            (0..steps).for_each(|_| record.at(run, 2.0 * (1.0 + 1e-7)));
            record.at(run, 1.0);
        };
        // Four short stays are no long one.
        for (run, steps) in [(1, 10), (2, 40), (3, 10), (3, 10), (3, 10), (3, 10), (4, 10_000)] {
            stay(run, steps);
        }
        record.at(0, 2.0 * (1.0 + 1e-5));
        assert_eq!(record.longest, [0, 10, 40, 10, 10_000]);
        assert_eq!(record.rested(&[200.0, 200.0, 200.0, 200.0, 1e6]), 2);
    }
}
