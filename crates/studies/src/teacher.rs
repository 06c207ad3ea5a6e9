//! A linear teacher: examples for deep linear networks.

use models::analytic::DeepLinear;
use models::{Device, Problem, Seed};
use rand::RngExt;
use rand_distr::StandardNormal;

/// Sizes of a regression: Y = X·T + noise with independent standard normal X `[n, d]`.
///
/// T `[d, c]` is diagonal, with singular values that fall evenly from 2: they must differ, as Kawaguchi (2016) asks, and
/// which directions they belong to does not matter, because the law of X is the same in all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Teacher {
    pub inputs: usize,
    pub outputs: usize,
    pub examples: usize,
}

/// The largest singular value of T, by which targets depend on inputs.
const STRENGTH: f64 = 2.0;
/// Standard deviation of the targets' noise: no network can follow it, so that the least loss is positive.
const NOISE: f64 = 0.1;

impl Teacher {
    /// What is wrong with the sizes, if anything.
    pub fn problem(&self) -> Option<Problem> {
        let sizes = [
            ("inputs", self.inputs),
            ("outputs", self.outputs),
            ("examples", self.examples),
        ];
        if let Some((name, _)) = sizes.into_iter().find(|(_, size)| *size == 0) {
            return Some(Problem::new(name, "is 0: it must be at least 1"));
        }
        if self.outputs > self.inputs {
            let complaint = format!(
                "is {}: the theorem asks for no more outputs than inputs, {}",
                self.outputs, self.inputs
            );
            return Some(Problem::new("outputs", complaint));
        }
        (self.examples < self.inputs).then(|| {
            let complaint = format!(
                "is {}: it must be at least the number of inputs, {}, for inputs of full rank",
                self.examples, self.inputs
            );
            Problem::new("examples", complaint)
        })
    }

    /// How many numbers examples and weights are.
    pub fn numbers(&self, hidden: &[usize]) -> f64 {
        self.examples as f64 * (self.inputs + self.outputs) as f64 + self.parameters(hidden) as f64
    }

    /// How many numbers the weights are.
    pub fn parameters(&self, hidden: &[usize]) -> usize {
        let widths: Vec<usize> = std::iter::once(self.inputs)
            .chain(hidden.iter().copied())
            .chain([self.outputs])
            .collect();
        let each = widths.windows(2).map(|pair| pair[0].saturating_mul(pair[1]));
        each.fold(0, usize::saturating_add)
    }

    /// The deep linear network with these hidden widths on its examples, of the stream `teacher`.
    pub fn network(&self, hidden: &[usize], seed: Seed, device: &Device) -> Result<DeepLinear, Problem> {
        let (n, d, c) = (self.examples, self.inputs, self.outputs);
        let mut stream = seed.stream("teacher");
        let x: Vec<f64> = (0..n * d).map(|_| stream.sample(StandardNormal)).collect();
        let strength = |j: usize| STRENGTH * (c - j) as f64 / c as f64;
        let target = |k: usize| {
            let (i, j) = (k / c, k % c);
            let noise: f64 = stream.sample(StandardNormal);
            strength(j) * x[i * d + j] + NOISE * noise
        };
        let y: Vec<f64> = (0..n * c).map(target).collect();
        DeepLinear::new(&x, d, &y, c, hidden, device)
    }
}
