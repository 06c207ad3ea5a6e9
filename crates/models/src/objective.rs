//! What is minimised.

use crate::{Directions, Known, Point, Points, Risk, Seed, Slopes, Space};
use burn::tensor::Tensor;

/// A scalar function of a point. The same point gives the same number: no hidden state.
pub trait Objective: Sync {
    /// The space of its points.
    fn space(&self) -> &Space;

    /// An initial point. The same seed gives the same point on every device, up to rounding.
    fn start(&self, seed: Seed) -> Point;

    /// L(θ).
    fn value(&self, at: &Point) -> f64;

    /// L(θ) and ∇L(θ).
    fn slope(&self, at: &Point) -> Slope;

    /// L at several points.
    fn values(&self, at: &Points) -> Vec<f64> {
        (0..at.count()).map(|i| self.value(&at.row(i))).collect()
    }

    /// L and ∇L at several points: what [`slope`](Self::slope) says of each, at once where that is faster.
    fn slopes(&self, at: &Points) -> Slopes {
        let slopes: Vec<Slope> = (0..at.count()).map(|i| self.slope(&at.row(i))).collect();
        let gradients = slopes.iter().map(|slope| slope.gradient.tensor()).collect();
        Slopes {
            values: slopes.iter().map(|slope| slope.value).collect(),
            gradients: Directions::new(Tensor::cat(gradients, 0)),
        }
    }

    /// Everything that second-order products need and that depends on θ alone, done once.
    fn linearise<'a>(&'a self, at: &Point) -> Box<dyn Curvature + 'a>;

    /// What is known of it in closed form.
    fn known(&self) -> Known {
        Known::default()
    }

    /// Where it lives on unit spheres: the coordinates are unit vectors of this length, one after the other.
    ///
    /// A method then moves along the spheres ([`Spheres`](crate::analytic::Spheres)); value and gradient are those of the
    /// function on all of space. `None` where any point is allowed.
    fn spheres(&self) -> Option<usize> {
        None
    }

    /// The empirical risk behind the objective, if it is one: predictions, labels, activations.
    fn as_risk(&self) -> Option<&Risk> {
        None
    }
}

/// A value and a gradient.
#[derive(Clone, Debug)]
pub struct Slope {
    /// L(θ).
    pub value: f64,
    /// ∇L(θ): one direction.
    pub gradient: Directions,
}

/// Second-order information at one point. Each product takes a block of s directions at once.
pub trait Curvature {
    /// L(θ) and ∇L(θ) at the point of linearisation: already paid for.
    fn slope(&self) -> Slope;

    /// H·V for the Hessian H = ∇²L(θ).
    fn hessian_times(&self, directions: &Directions) -> Directions;

    /// G·V for the Gauss–Newton matrix G = Jᵀ (∂²ℓ/∂f²) J. `None` where the objective is not a network's risk.
    fn gauss_newton_times(&self, directions: &Directions) -> Option<Directions>;

    /// R·V for the residual part R = H − G = Σ (∂ℓ/∂f) ∇²f, by its own products and not as a difference, which would
    /// lose its digits where R is small. `None` where the objective is not a network's risk.
    fn residual_times(&self, _directions: &Directions) -> Option<Directions> {
        None
    }

    /// J·V on the host: output tangents, row-major `[s, n, C]`. `None` where there are no outputs.
    fn jacobian_times(&self, directions: &Directions) -> Option<Vec<f64>>;

    /// Jᵀ·Ȳ for output cotangents on the host, row-major `[s, n, C]`. `None` where there are no outputs.
    fn jacobian_transpose_times(&self, outputs: &[f64]) -> Option<Directions>;
}
