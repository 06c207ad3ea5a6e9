//! How we move: one formula, with three places for noise.
//!
//! > θ ← θ − η(t) · D( ∇L(θ + δ) + ξ ) + ζ
//!
//! | letter | meaning | in a config |
//! |---|---|---|
//! | D | the optimiser: how a gradient becomes a step | [`Optimiser`] |
//! | η | the step size at step t | [`Schedule`] |
//! | δ | displacement: the gradient is taken elsewhere (weight noise) | [`Noise::Weights`] |
//! | ξ | disturbance: noise on the gradient, every step (Ge et al. 2015) | [`Noise::Gradient`], [`Noise::Sphere`], [`Noise::Labels`] (Blanc et al. 2020) |
//! | ζ | kick: a jump when the gradient is small (Jin et al. 2017) | [`Noise::Ball`] |
//!
//! [`escape`] holds the methods of the literature that leave saddle points, with rules of their own, for many runs at once.
//!
//! Divergence, stalling and interruption are values of [`Outcome`], never errors.

pub mod escape;

mod mover;
mod noise;
mod optimiser;
mod order;
mod schedule;
mod standing;
mod stop;
mod train;

pub use mover::Kept;
pub use noise::Noise;
pub use optimiser::Optimiser;
pub use order::Batches;
pub use schedule::Schedule;
pub use standing::Standing;
pub use stop::{Goals, Limits, Reason};
pub use train::{Observer, Outcome, Plan, State, train};
