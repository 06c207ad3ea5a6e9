//! Noise, in one of the three places of the formula.

use burn::tensor::Tensor;
use models::{Device, Directions, Loss, Objective, Point, Problem, Risk, Seed, Space};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Noise, and its place in the formula. Drawn on the host from the stream `noise` of each step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Noise {
    /// None: plain descent.
    #[default]
    None,
    /// δ: the gradient is taken at θ + N(0, std²·I).
    Weights {
        /// Standard deviation per coordinate.
        std: f64,
    },
    /// ξ: N(0, std²·I) is added to the gradient at every step.
    Gradient {
        /// Standard deviation per coordinate.
        std: f64,
    },
    /// ξ: a vector of length `radius`, uniform on the sphere, is added to the gradient at every step (Ge et al. 2015).
    Sphere {
        /// Its length: 1 in the paper.
        radius: f64,
    },
    /// ξ = −wJᵀn: noise n ~ N(0, std²) on every target of a squared loss, fresh at every step (Blanc et al. 2020). It reaches
    /// the gradient through the outputs' Jacobian J with the weight w of a residual (Damian, Ma & Lee 2021). Its covariance
    /// std²·w²·JᵀJ is that of the Gauss–Newton matrix, and vanishes in no direction that changes an output. Costs one
    /// linearisation a step beside the gradient.
    Labels {
        /// Standard deviation of each target's noise.
        std: f64,
    },
    /// ζ: a jump uniform in a ball when ‖∇L‖ ≤ `gradient` and no jump happened for `wait` steps: the practical
    /// form of perturbed gradient descent (Jin et al. 2017, Algorithm 2, without its stopping rule, and with the jump
    /// after the step instead of before it). With mini-batches the gradient of the batch decides.
    Ball {
        /// The ball's radius r.
        radius: f64,
        /// Gradient norm below which the point may be a saddle, g_thres.
        gradient: f64,
        /// Steps between two jumps, t_thres.
        wait: u64,
    },
}

impl Noise {
    /// What is wrong with the noise, if anything: the field, its value, and what would be right.
    pub fn problem(self) -> Option<Problem> {
        let (name, size) = match self {
            Noise::None => return None,
            Noise::Weights { std } | Noise::Gradient { std } | Noise::Labels { std } => ("std", std),
            Noise::Sphere { radius } | Noise::Ball { radius, .. } => ("radius", radius),
        };
        if let Noise::Ball { gradient, .. } = self
            && !(gradient > 0.0 && gradient.is_finite())
        {
            return Some(Problem::new(
                "gradient",
                format!("is {gradient}: it must be a positive number"),
            ));
        }
        let right = size > 0.0 && size.is_finite();
        (!right).then(|| {
            let complaint = format!("is {size}: it must be a positive number (kind = \"none\" for no noise)");
            Problem::new(name, complaint)
        })
    }

    /// The displacement δ at this step.
    pub(crate) fn displacement(
        self,
        step: u64,
        seed: Seed,
        dimension: usize,
        device: &Device,
    ) -> Option<Directions> {
        match self {
            Noise::Weights { std } => Some(upload(gaussian(step, seed, dimension, std), device)),
            _ => None,
        }
    }

    /// The disturbance ξ of the gradient at a point at this step, on some examples or on all.
    ///
    /// # Panics
    /// If labels have noise and the objective is no empirical risk.
    pub(crate) fn disturbance(
        self,
        step: u64,
        seed: Seed,
        objective: &dyn Objective,
        at: &Point,
        examples: Option<&[usize]>,
    ) -> Option<Directions> {
        let Space {
            dimension, device, ..
        } = objective.space();
        let dimension = *dimension;
        match self {
            Noise::Labels { std } => {
                let risk = objective
                    .as_risk()
                    .expect("noise on labels needs an empirical risk");
                Some(Directions::new(match examples {
                    None => pull_of_labels(risk, at, step, seed, std),
                    Some(examples) => {
                        let some = risk.on_examples(examples);
                        // A batch's gradient estimates that of the whole sum.
                        let share = match risk.loss() {
                            Loss::HalfSquared => risk.examples() as f64 / examples.len() as f64,
                            _ => 1.0,
                        };
                        pull_of_labels(&some, at, step, seed, share * std)
                    }
                }))
            }
            Noise::Gradient { std } => Some(upload(gaussian(step, seed, dimension, std), device)),
            Noise::Sphere { radius } => Some(upload(on_sphere(step, seed, dimension, radius), device)),
            _ => None,
        }
    }

    /// The kick ζ at this step, if the gradient is small and the last kick is long ago.
    pub(crate) fn kick(
        self,
        step: u64,
        last: Option<u64>,
        gradient_norm: impl FnOnce() -> f64,
        seed: Seed,
        dimension: usize,
        device: &Device,
    ) -> Option<Directions> {
        let Noise::Ball {
            radius,
            gradient,
            wait,
        } = self
        else {
            return None;
        };
        if last.is_some_and(|last| step - last <= wait) || gradient_norm() > gradient {
            return None;
        }
        Some(upload(in_ball(step, seed, dimension, radius), device))
    }
}

/// −wJᵀn: what normal noise n on the targets of a risk does to its gradient, `[1, P]`. Costs one linearisation.
pub(crate) fn pull_of_labels(risk: &Risk, at: &Point, step: u64, seed: Seed, std: f64) -> Tensor<2> {
    let targets = risk.examples() * risk.network().outputs();
    let noise = gaussian(step, seed, targets, std);
    let pulled = risk.linearise(at).jacobian_transpose_times(&noise);
    let pulled = pulled.expect("an empirical risk has outputs");
    pulled.tensor().mul_scalar(-risk.loss().weight(risk.examples()))
}

/// Independent normal numbers with this standard deviation.
pub(crate) fn gaussian(step: u64, seed: Seed, dimension: usize, std: f64) -> Vec<f64> {
    let mut stream = seed.stream_at("noise", step);
    (0..dimension)
        .map(|_| std * Distribution::<f64>::sample(&StandardNormal, &mut stream))
        .collect()
}

/// Uniform on the sphere of this radius.
pub(crate) fn on_sphere(step: u64, seed: Seed, dimension: usize, radius: f64) -> Vec<f64> {
    let mut values = gaussian(step, seed, dimension, 1.0);
    let norm = values.iter().map(|x| x * x).sum::<f64>().sqrt();
    values.iter_mut().for_each(|x| *x *= radius / norm);
    values
}

/// Uniform in the ball: a uniform direction, and a radius whose d-th power is uniform.
pub(crate) fn in_ball(step: u64, seed: Seed, dimension: usize, radius: f64) -> Vec<f64> {
    let uniform: f64 = seed.stream_at("kick radius", step).random();
    on_sphere(
        step,
        seed,
        dimension,
        radius * uniform.powf(1.0 / dimension as f64),
    )
}

fn upload(values: Vec<f64>, device: &Device) -> Directions {
    let dimension = values.len();
    Directions::new(device.upload(values, [1, dimension]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Precision;
    use models::analytic::{Analytic, Quadratic};

    const DIMENSION: usize = 50;

    fn norm_of(noise: Noise, step: u64) -> f64 {
        let device = Device::cpu(Precision::F64);
        let form = Quadratic::new(vec![1.0; DIMENSION]).expect("finite eigenvalues");
        let bowl = Analytic::new(Box::new(form), device.clone());
        let at = bowl.start(Seed(1));
        let vector = noise
            .disturbance(step, Seed(1), &bowl, &at, None)
            .or_else(|| noise.kick(step, None, || 0.0, Seed(1), DIMENSION, &device));
        vector.expect("noise").norms()[0]
    }

    #[test]
    fn sphere_noise_has_its_radius() {
        (0..20).for_each(|t| assert!((norm_of(Noise::Sphere { radius: 2.5 }, t) - 2.5).abs() < 1e-12));
    }

    #[test]
    fn ball_noise_is_uniform_in_the_ball() {
        let ball = Noise::Ball {
            radius: 3.0,
            gradient: 1.0,
            wait: 5,
        };
        let n = 2000;
        // (|ζ|/r)^d is uniform: mean 1/2, standard error sqrt(1/12n).
        let mean = (0..n)
            .map(|t| (norm_of(ball, t) / 3.0).powi(DIMENSION as i32))
            .sum::<f64>()
            / n as f64;
        assert!(
            (mean - 0.5).abs() < 4.0 * (1.0 / (12.0 * n as f64)).sqrt(),
            "mean {mean}"
        );
    }

    #[test]
    fn a_kick_waits_and_asks_for_a_small_gradient() {
        let device = Device::cpu(Precision::F64);
        let ball = Noise::Ball {
            radius: 3.0,
            gradient: 1.0,
            wait: 5,
        };
        let kicked = |step, last, norm| ball.kick(step, last, || norm, Seed(1), 4, &device).is_some();
        assert!(kicked(0, None, 0.5) && !kicked(0, None, 1.5));
        assert!(!kicked(15, Some(10), 0.5) && kicked(16, Some(10), 0.5));
    }

    #[test]
    fn gaussian_noise_has_its_standard_deviation() {
        let n = 400;
        let mean: f64 = (0..n)
            .map(|t| norm_of(Noise::Gradient { std: 0.5 }, t).powi(2))
            .sum::<f64>()
            / (n * DIMENSION as u64) as f64;
        let standard_error = 0.25 * (2.0 / (n * DIMENSION as u64) as f64).sqrt();
        assert!((mean - 0.25).abs() < 4.0 * standard_error, "variance {mean}");
    }
}
