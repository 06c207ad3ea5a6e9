//! Descent: plain, with noise at every step, with backtracking.

use super::ground::Ground;
use super::rows;
use super::runs::{Here, Machine, Run};
use super::{Ending, Tuned};
use crate::noise::{gaussian, on_sphere, pull_of_labels};
use burn::tensor::Tensor;
use models::{Directions, Points};

/// What is added to the gradient at every step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Law {
    /// Uniform on a sphere.
    Sphere { radius: f64 },
    /// Normal, with this standard deviation per coordinate; from another seed than the run's where a part is named, so
    /// that two noises of one step are independent.
    Gaussian { std: f64, part: Option<&'static str> },
    /// −wJᵀn: what normal noise on the targets of a squared loss does to the gradient.
    Labels { std: f64 },
}

impl Law {
    fn drawn(self, ground: &Ground, here: &Here, runs: &[Run]) -> Directions {
        let (step, seeds) = (here.step, runs.iter().map(|run| run.seed));
        match self {
            Law::Sphere { radius } => {
                ground.drawn(seeds, |seed, dimension| on_sphere(step, seed, dimension, radius))
            }
            Law::Gaussian { std, part } => ground.drawn(seeds, |seed, dimension| {
                gaussian(step, part.map_or(seed, |name| seed.part(name)), dimension, std)
            }),
            Law::Labels { std } => {
                let risk = ground.objective.as_risk();
                let risk = risk.expect("label noise needs an empirical risk");
                let rows = seeds
                    .enumerate()
                    .map(|(row, seed)| pull_of_labels(risk, &here.at.row(row), step, seed, std));
                Directions::new(Tensor::cat(rows.collect(), 0))
            }
        }
    }
}

/// x ← x − η(∇f(x) + noises).
pub(crate) struct Descent {
    step_size: f64,
    smoothness: f64,
    noises: Vec<Law>,
    /// What the descent lemma allows at the next point; nothing before the first step.
    at_most: Vec<Option<f64>>,
}

impl Descent {
    pub(crate) fn new(tuned: &Tuned, runs: usize, noises: Vec<Law>) -> Self {
        Descent {
            step_size: tuned.number("step_size"),
            smoothness: tuned.landscape.smoothness,
            noises,
            at_most: vec![None; runs],
        }
    }
}

impl Machine for Descent {
    fn arrive(&mut self, ground: &Ground, here: &Here, runs: &mut [Run]) {
        for ((run, bound), value) in runs.iter_mut().zip(&self.at_most).zip(&here.slopes.values) {
            let broken = bound.is_some_and(|bound| *value > bound + ground.rounding(bound));
            run.violations.descent += u64::from(broken);
        }
    }

    fn step(&mut self, ground: &Ground, here: &Here, runs: &mut [Run]) -> Points {
        let eta = self.step_size;
        if self.noises.is_empty() && ground.sphere.is_none() && eta * self.smoothness < 2.0 {
            let gain = eta * (1.0 - 0.5 * eta * self.smoothness);
            let bounds = here.slopes.values.iter().zip(&here.norms);
            self.at_most = bounds.map(|(f, norm)| Some(f - gain * norm * norm)).collect();
        }
        let mut way = here.slopes.gradients.clone();
        for law in &self.noises {
            way = way.plus(&law.drawn(ground, here, runs));
            // A linearisation is a gradient that remembers.
            let gradients = u64::from(matches!(law, Law::Labels { .. }));
            runs.iter_mut().for_each(|run| run.counts.gradients += gradients);
        }
        let disturbed = u64::from(!self.noises.is_empty());
        runs.iter_mut()
            .for_each(|run| run.counts.perturbations += disturbed);
        ground.moved_alike(&here.at, &way, -eta)
    }

    fn keep(&mut self, rows: &[usize]) {
        self.at_most = rows::some(&self.at_most, rows);
    }
}

/// So often a step is shrunk before the run counts as stalled.
const SHRINKS: u32 = 60;

/// Descent with Armijo's condition.
pub(crate) struct Backtracking {
    sufficient: f64,
    shrink: f64,
    /// η with which the next step begins.
    trials: Vec<f64>,
}

impl Backtracking {
    pub(crate) fn new(tuned: &Tuned, runs: usize, sufficient: f64, shrink: f64) -> Self {
        Backtracking {
            sufficient,
            shrink,
            trials: vec![tuned.number("step_size"); runs],
        }
    }
}

impl Machine for Backtracking {
    fn step(&mut self, ground: &Ground, here: &Here, runs: &mut [Run]) -> Points {
        let mut next = here.at.clone();
        let mut open: Vec<usize> = (0..runs.len()).collect();
        for _ in 0..=SHRINKS {
            let from = rows::points(&here.at, &open);
            let ways = rows::directions(&here.slopes.gradients, &open);
            let factors: Vec<f64> = open.iter().map(|row| -self.trials[*row]).collect();
            let tried = ground.moved(&from, &ways, &factors);
            let values = ground.objective.values(&tried);
            let enough = |k: usize| {
                let row = open[k];
                let (value, wanted) = (
                    here.slopes.values[row],
                    self.sufficient * self.trials[row] * here.norms[row].powi(2),
                );
                // The bound alone lets a point stay where the wanted decrease is less than a rounding.
                values[k] < value && values[k] <= value - wanted
            };
            let accepted: Vec<usize> = (0..open.len()).filter(|k| enough(*k)).collect();
            let refused: Vec<usize> = (0..open.len()).filter(|k| !enough(*k)).collect();
            open.iter().for_each(|row| runs[*row].counts.values += 1);
            if !accepted.is_empty() {
                let places = rows::some(&open, &accepted);
                let moved = rows::taken(tried.tensor(), &accepted);
                next = Points::new(rows::replaced(next.tensor().clone(), &places, moved));
                places.iter().for_each(|row| self.trials[*row] /= self.shrink);
            }
            open = rows::some(&open, &refused);
            open.iter().for_each(|row| self.trials[*row] *= self.shrink);
            if open.is_empty() {
                return next;
            }
        }
        open.iter()
            .for_each(|row| runs[*row].ending = Some(Ending::Stalled));
        next
    }

    fn keep(&mut self, rows: &[usize]) {
        self.trials = rows::some(&self.trials, rows);
    }
}
