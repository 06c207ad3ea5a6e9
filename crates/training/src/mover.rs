//! An optimiser at work.

use crate::Optimiser;
use crate::optimiser::SQUARE;
use burn::tensor::Tensor;
use models::{Diagonal, Directions, Point};

/// What an optimiser has kept of the steps made so far: one vector `[P]` for each name in [`Optimiser::keeps`], none
/// before the first step.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// The vectors, in the order of their names.
    pub vectors: Vec<Tensor<1>>,
}

/// Adam's β₁ and β₂, and its ε.
const ADAM: (f64, f64, f64) = (0.9, 0.999, 1e-8);
/// RMSprop's α and ε.
const RMS_PROP: (f64, f64) = (0.99, 1e-8);
/// AdaGrad's ε.
const ADA_GRAD: f64 = 1e-10;
/// Adan's β₁, β₂, β₃ and ε.
const ADAN: (f64, f64, f64, f64) = (0.98, 0.92, 0.99, 1e-8);
/// Lion's β₁ and β₂.
const LION: (f64, f64) = (0.9, 0.99);

impl Optimiser {
    /// The next point, from what was kept, the number of steps made, the step size, the point and the gradient there.
    pub(crate) fn step(
        self,
        kept: &mut Kept,
        made: u64,
        step_size: f64,
        at: Point,
        gradient: Directions,
    ) -> Point {
        if let Optimiser::Descent = self {
            return at.moved(gradient, -step_size);
        }
        let g = gradient.into_flat();
        if kept.vectors.is_empty() {
            kept.vectors = self.keeps().iter().map(|_| g.zeros_like()).collect();
            if let Optimiser::Adan = self {
                // Without a step before there is no change: g − g = 0.
                kept.vectors[3] = g.clone();
            }
        }
        let mut at = at;
        if let Optimiser::AdamW { weight_decay } = self {
            at = Point::new(at.into_tensor().mul_scalar(1.0 - step_size * weight_decay));
        }
        let (way, vectors) = self.way(std::mem::take(&mut kept.vectors), made as f64 + 1.0, g);
        kept.vectors = vectors;
        at.moved(Directions::new(way.unsqueeze()), -step_size)
    }

    /// P = √v̂ + ε after so many steps, from what they have left: what the optimiser divides by in each direction.
    /// `None` before the first step, and where it divides by nothing ([`Optimiser::divides`]).
    ///
    /// Of Adam, AdamW and Adan v̂ = v/(1−βᵗ); of RMSprop and AdaGrad v̂ = v. What these optimisers feel of a Hessian H is
    /// P^{-1/2} H P^{-1/2} (Cohen et al. 2022).
    pub fn divisor(self, kept: &Kept, made: u64) -> Option<Diagonal> {
        let place = self.keeps().iter().position(|name| *name == SQUARE)?;
        let square = kept.vectors.get(place)?.clone();
        Some(Diagonal::new(self.root(square, made as f64)))
    }

    /// √v̂ + ε for v after t steps.
    fn root(self, square: Tensor<1>, t: f64) -> Tensor<1> {
        let (square, least) = match self {
            Optimiser::Adan => (corrected(&square, ADAN.2, t), ADAN.3),
            Optimiser::RmsProp => (square, RMS_PROP.1),
            Optimiser::AdaGrad => (square, ADA_GRAD),
            _ => (corrected(&square, ADAM.1, t), ADAM.2),
        };
        square.sqrt().add_scalar(least)
    }

    /// D(g) of the t-th step, counted from 1, and what is kept after it. Takes what was kept before by value, so that
    /// it can be changed in place.
    fn way(self, kept: Vec<Tensor<1>>, t: f64, g: Tensor<1>) -> (Tensor<1>, Vec<Tensor<1>>) {
        let mut kept = kept.into_iter();
        let mut next = || kept.next().expect("as many vectors as names");
        match self {
            Optimiser::Descent => (g, Vec::new()),
            Optimiser::Momentum { momentum } => {
                let buffer = next().mul_scalar(momentum) + g;
                (buffer.clone(), vec![buffer])
            }
            Optimiser::Nesterov { momentum } => {
                let buffer = next().mul_scalar(momentum) + g.clone();
                (g + buffer.clone().mul_scalar(momentum), vec![buffer])
            }
            Optimiser::Adam | Optimiser::AdamW { .. } => {
                let (one, two, _) = ADAM;
                let mean = average(next(), one, g.clone());
                let square = average(next(), two, g.square());
                let way = corrected(&mean, one, t) / self.root(square.clone(), t);
                (way, vec![mean, square])
            }
            Optimiser::RmsProp => {
                let square = average(next(), RMS_PROP.0, g.clone().square());
                (g / self.root(square.clone(), t), vec![square])
            }
            Optimiser::AdaGrad => {
                let square = next() + g.clone().square();
                (g / self.root(square.clone(), t), vec![square])
            }
            Optimiser::Adan => {
                let (one, two, three, _) = ADAN;
                let (mean, change, square, before) = (next(), next(), next(), next());
                let d = g.clone() - before;
                let square = average(square, three, (g.clone() + d.clone().mul_scalar(two)).square());
                let mean = average(mean, one, g.clone());
                let change = average(change, two, d);
                let ahead = corrected(&mean, one, t) + corrected(&change, two, t).mul_scalar(two);
                let way = ahead / self.root(square.clone(), t);
                (way, vec![mean, change, square, g])
            }
            Optimiser::Lion => {
                let mean = next();
                let ahead = average(mean.clone(), LION.0, g.clone());
                (ahead.sign(), vec![average(mean, LION.1, g)])
            }
        }
    }
}

/// βx + (1−β)y.
fn average(x: Tensor<1>, rate: f64, y: Tensor<1>) -> Tensor<1> {
    x.mul_scalar(rate) + y.mul_scalar(1.0 - rate)
}

/// x/(1−βᵗ): the average of what was seen, without the zeros from before the first step.
fn corrected(x: &Tensor<1>, rate: f64, t: f64) -> Tensor<1> {
    x.clone().mul_scalar(1.0 / (1.0 - rate.powf(t)))
}
