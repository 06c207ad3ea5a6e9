//! How runs move on a problem, and what is known of its landscape.

use super::Benign;
use super::built::Built;
use super::starts::certificate;
use crate::second_order::{Curvatures, largest_curvature};
use crate::{LARGE, Lab, larger};
use models::{Objective, Point, Points, Precision, Seed};
use training::escape::{Constants, End, Given, Goals, Landscape, Look, Method, Plan, escape};

/// Runs from which the curvature is learned.
const PILOTS: usize = 3;
/// What their largest curvature is multiplied by.
const SAFETY: f64 = 2.0;
/// √(ρε) over ℓ: curvature that small is not left. The certified search can tell it from none.
const FLAT: f64 = 0.02;
/// A gradient is rounding up to so many times uℓ‖θ‖, with ‖θ‖ the length of the longest end of a pilot.
const ROUNDING: f64 = 64.0;

/// Runs on a problem.
pub(super) struct Mover<'a> {
    pub study: &'a Benign,
    pub built: &'a Built,
    pub lab: &'a Lab<'a>,
    /// ℓ, ρ and ε as far as some runs have seen them: ℓ is twice the largest curvature where they began and ended, ρ what
    /// a polynomial of degree four with that curvature has, 2ℓ/‖θ‖.
    pub landscape: Landscape,
    /// The size of a gradient that is nothing but rounding, at most.
    pub rounding: f64,
    /// A value below which no point is, proven by the certificate of a pilot's end, where there are certificates.
    pub proven: Option<f64>,
}

impl<'a> Mover<'a> {
    /// Sends pilots out.
    pub fn new(study: &'a Benign, built: &'a Built, lab: &'a Lab<'a>) -> Self {
        let objective = built.objective();
        let dimension = objective.space().dimension;
        let mut mover = Mover {
            study,
            built,
            lab,
            // The first step begins with η = 1 and is shrunk from there.
            landscape: Landscape {
                smoothness: 1.0,
                hessian_lipschitz: 1.0,
                epsilon: 1.0,
                delta: 0.1,
                drop: 1.0,
                dimension,
            },
            rounding: 0.0,
            proven: None,
        };
        let seeds = lab.seeds("pilots", PILOTS);
        let mut seen: Vec<Point> = seeds.iter().map(|seed| objective.start(*seed)).collect();
        let ends = mover.backtracking(&Points::of(&seen), &seeds, &mut |_| ());
        let length = |point: &Point| point.to_host().iter().map(|x| x * x).sum::<f64>().sqrt();
        let longest = ends.iter().map(|end| length(&end.point)).fold(0.0, larger);
        let bounds = ends
            .iter()
            .filter_map(|end| Some(end.value - certificate(built, end)?.gap));
        mover.proven = bounds.reduce(larger);
        seen.extend(ends.into_iter().map(|end| end.point));
        let most = match dimension >= LARGE {
            true => {
                let sizes = seen.iter().map(|at| Curvatures::at(lab, objective, at).size());
                sizes.fold(0.0, larger)
            }
            false => largest_curvature(objective, &seen),
        };
        let smoothness = SAFETY * most;
        let hessian_lipschitz = 2.0 * smoothness / longest;
        mover.landscape = Landscape {
            smoothness,
            hessian_lipschitz,
            epsilon: (FLAT * smoothness).powi(2) / hessian_lipschitz,
            drop: origin(built),
            ..mover.landscape
        };
        mover.rounding = ROUNDING * mover.round_off() * smoothness * longest;
        mover
    }

    pub fn objective(&self) -> &'a dyn Objective {
        self.built.objective()
    }

    /// u.
    pub fn round_off(&self) -> f64 {
        self.objective().space().device.precision.round_off()
    }

    /// ‖∇f‖ at which a run has come to rest: in f32 no less than one rounding.
    fn rest(&self) -> f64 {
        match self.objective().space().device.precision {
            Precision::F32 => self.study.gradient_norm.max(self.rounding / ROUNDING),
            Precision::F64 => self.study.gradient_norm,
        }
    }

    /// Descent with backtracking until the gradient is small, or no step lowers the value any more.
    pub fn backtracking(&self, starts: &Points, seeds: &[Seed], watch: &mut dyn FnMut(&Look)) -> Vec<End> {
        let unknown = Landscape {
            smoothness: 1.0,
            hessian_lipschitz: 1.0,
            epsilon: 1.0,
            drop: 1.0,
            ..self.landscape
        };
        let method = Method::Backtracking {
            sufficient: 0.1,
            shrink: 0.5,
        };
        self.run(method, &unknown, starts, seeds, watch)
    }

    /// Descent by one method until the study's own limits.
    pub fn by(
        &self,
        method: Method,
        starts: &Points,
        seeds: &[Seed],
        watch: &mut dyn FnMut(&Look),
    ) -> Vec<End> {
        self.run(method, &self.landscape, starts, seeds, watch)
    }

    /// Descent without noise or backtracking: where values can no longer tell which step is better, gradients still can.
    pub fn calmed(&self, starts: &Points, seeds: &[Seed], watch: &mut dyn FnMut(&Look)) -> Vec<End> {
        // Descent is stable up to η = 2/λmax.
        let calm = Landscape {
            smoothness: self.landscape.smoothness / SAFETY,
            ..self.landscape
        };
        self.run(Method::Descent, &calm, starts, seeds, watch)
    }

    fn run(
        &self,
        method: Method,
        landscape: &Landscape,
        starts: &Points,
        seeds: &[Seed],
        watch: &mut dyn FnMut(&Look),
    ) -> Vec<End> {
        let noisy = matches!(method, Method::NoisyDescent { .. });
        let returns = matches!(method, Method::Perturbed2017 { .. });
        let plan = Plan {
            tuned: method.tuned(landscape, Constants::Practical, &Given::new()),
            goals: Goals {
                gradient_norm: (!noisy && !returns).then_some(self.rest()),
                ..Goals::default()
            },
            steps: if noisy {
                self.study.noisy_steps
            } else {
                self.study.steps
            },
            sphere: None,
        };
        self.escape(starts, &plan, seeds, watch)
    }

    /// Runs by a plan, until somebody stops them.
    pub fn escape(
        &self,
        starts: &Points,
        plan: &Plan,
        seeds: &[Seed],
        watch: &mut dyn FnMut(&Look),
    ) -> Vec<End> {
        escape(self.objective(), starts.clone(), plan, seeds, &mut |look| {
            watch(look);
            self.lab.flow()
        })
    }
}

/// Where runs are, for what comes next: what a method returned, or the last point.
pub(super) fn last(ends: &[End]) -> Points {
    let point = |end: &End| end.returned.clone().unwrap_or_else(|| end.point.clone());
    Points::of(&ends.iter().map(point).collect::<Vec<Point>>())
}

/// f(0).
pub(super) fn origin(built: &Built) -> f64 {
    let space = built.objective().space();
    let zero = Point::from_host(vec![0.0; space.dimension], &space.device);
    built.objective().value(&zero)
}
