//! Networks of quadratic units, as the theorems about them ask for.

use super::built::Built;
use models::analytic::QuadraticNetwork;
use models::{Device, Problem, Seed};
use rand::RngExt;
use rand_distr::StandardNormal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A network with one hidden layer of quadratic units on normal inputs and targets that have nothing to do with each other.
///
/// With a second layer of ones (Du & Lee 2018) the targets are |N(0, 1)|, since none below zero could be followed, and the
/// least value is proven by a dual certificate. With numbers of both signs (Soltanolkotabi, Javanmard & Lee 2019) they are
/// N(0, 1), there is no decay, and the least value is 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Quadratic {
    /// d.
    pub dimension: usize,
    /// k.
    pub units: usize,
    /// n.
    pub examples: usize,
    /// λ > 0, or 0 where some units are negative.
    pub decay: f64,
    /// δ: ⟨C, WWᵀ⟩ is added for C = δ·GGᵀ/d with independent standard normal G `[d, d]`, whose mean is δ·I. 0 adds nothing.
    pub perturbation: f64,
    /// Units whose output counts as −1 and not as 1: none, or at least d, beside at least d others.
    pub negative: usize,
}

impl Default for Quadratic {
    fn default() -> Self {
        Quadratic {
            dimension: 10,
            units: 10,
            examples: 200,
            decay: 1e-3,
            perturbation: 0.0,
            negative: 0,
        }
    }
}

impl Quadratic {
    /// What a theorem about it asks for and is not there.
    pub(super) fn problem(&self) -> Option<Problem> {
        let d = self.dimension;
        let sizes = [
            ("dimension", d),
            ("units", self.units),
            ("examples", self.examples),
        ];
        if let Some((name, _)) = sizes.into_iter().find(|(_, size)| *size == 0) {
            return Some(Problem::new(name, "is 0: it must be at least 1"));
        }
        if !(self.perturbation >= 0.0 && self.perturbation.is_finite()) {
            let complaint = format!("is {}: it must be a number of at least 0", self.perturbation);
            return Some(Problem::new("perturbation", complaint));
        }
        if self.negative == 0 {
            return (self.decay <= 0.0 || !self.decay.is_finite()).then(|| {
                let complaint = format!(
                    "is {}: it must be positive, since without it the dual certificate has no bound",
                    self.decay
                );
                Problem::new("decay", complaint)
            });
        }
        if self.negative < d || self.units < self.negative + d {
            let complaint = format!(
                "is {} of {} units: the theorem asks for at least d = {d} of each sign",
                self.negative, self.units
            );
            return Some(Problem::new("negative", complaint));
        }
        for (name, size) in [("decay", self.decay), ("perturbation", self.perturbation)] {
            if size != 0.0 {
                let complaint = format!(
                    "is {size}: the theorem about units of both signs has none, so that it must be 0"
                );
                return Some(Problem::new(name, complaint));
            }
        }
        let most = d * (d + 1) / 2;
        (self.examples > most).then(|| {
            let complaint = format!(
                "is {}: a quadratic form of {d} variables follows at most d(d + 1)/2 = {most} targets",
                self.examples
            );
            Problem::new("examples", complaint)
        })
    }

    /// A name that tells it from others.
    pub(super) fn label(&self) -> String {
        let mut label = format!("d = {}, k = {}", self.dimension, self.units);
        if self.perturbation > 0.0 {
            label += ", perturbed";
        }
        if self.negative > 0 {
            label += ", both signs";
        }
        label
    }

    pub(super) fn built(&self, seed: Seed, device: &Device) -> Result<Built, Problem> {
        let (d, mixed) = (self.dimension, self.negative > 0);
        let mut stream = seed.stream("random labels");
        let mut draw = || stream.sample::<f64, _>(StandardNormal);
        let inputs: Vec<f64> = (0..self.examples * d).map(|_| draw()).collect();
        let targets = (0..self.examples).map(|_| draw());
        let targets: Vec<f64> = targets.map(|y| if mixed { y } else { y.abs() }).collect();
        let sign = |unit: usize| if unit < self.negative { -1.0 } else { 1.0 };
        let second: Vec<f64> = (0..self.units).map(sign).collect();
        let network = QuadraticNetwork::new(&inputs, d, &targets, &second, self.decay, device)?;
        Ok(match mixed {
            true => Built::BothSigns(network),
            false if self.perturbation == 0.0 => Built::Quadratic(network),
            false => Built::Quadratic(network.perturbed(&self.tilt(seed))?),
        })
    }

    /// δ·GGᵀ/d.
    fn tilt(&self, seed: Seed) -> Vec<f64> {
        let d = self.dimension;
        let mut stream = seed.stream("tilt");
        let root: Vec<f64> = (0..d * d).map(|_| stream.sample(StandardNormal)).collect();
        let row = |i: usize| &root[i * d..(i + 1) * d];
        let entry = |i: usize, j: usize| -> f64 { row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum() };
        let scale = self.perturbation / d as f64;
        (0..d * d).map(|k| scale * entry(k / d, k % d)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_theorems_ask_for_is_named() {
        let both = |change: fn(&mut Quadratic)| {
            let mut network = Quadratic {
                units: 20,
                examples: 40,
                decay: 0.0,
                negative: 10,
                ..Quadratic::default()
            };
            change(&mut network);
            network
                .problem()
                .map(|problem| problem.to_string())
                .unwrap_or_default()
        };
        assert_eq!(Quadratic::default().problem(), None);
        assert_eq!(both(|_| ()), "");
        assert_eq!(
            both(|network| network.negative = 9),
            "negative is 9 of 20 units: the theorem asks for at least d = 10 of each sign"
        );
        assert_eq!(
            both(|network| network.negative = 11),
            "negative is 11 of 20 units: the theorem asks for at least d = 10 of each sign"
        );
        assert_eq!(
            both(|network| network.decay = 1e-3),
            "decay is 0.001: the theorem about units of both signs has none, so that it must be 0"
        );
        assert_eq!(
            both(|network| network.examples = 56),
            "examples is 56: a quadratic form of 10 variables follows at most d(d + 1)/2 = 55 targets"
        );
        assert_eq!(
            both(|network| network.perturbation = -1.0),
            "perturbation is -1: it must be a number of at least 0"
        );
    }
}
