//! The loop.

use crate::{Batches, Goals, Limits, Noise, Optimiser, Reason, Schedule};
use models::{Objective, Point, Seed, Slope};
use std::ops::ControlFlow;
use std::time::Instant;

/// How to move: every part of the formula, and when to stop.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// D.
    pub optimiser: Optimiser,
    /// η at the start.
    pub step_size: f64,
    /// The factor of η along the run.
    pub schedule: Schedule,
    /// δ, ξ or ζ.
    pub noise: Noise,
    /// Examples in a mini-batch; `None` takes them all. Needs an empirical risk.
    pub batch: Option<usize>,
    /// What to reach.
    pub goals: Goals,
    /// Where to end.
    pub limits: Limits,
    /// Steps between two checks of the goals, where a check costs more than the step itself.
    pub check_every: u64,
    /// The seed of batches and noise.
    pub seed: Seed,
}

/// Where a run is, when an observer looks.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    /// Updates made so far.
    pub step: u64,
    /// θ.
    pub at: &'a Point,
    /// L(θ) and ∇L(θ) on the whole sample.
    pub slope: &'a Slope,
    /// η at this step.
    pub step_size: f64,
    /// Wall time since the start, in seconds.
    pub seconds: f64,
}

/// Somebody who watches a run.
pub trait Observer {
    /// Whether to look at this step; [`Observer::observe`] is then called before the update.
    fn wants(&self, step: u64) -> bool;

    /// Looks. `last` is true at the end of the run, whether wanted or not.
    fn observe(&mut self, state: &State, last: bool);

    /// Called at every step with the loss that the step saw, of the batch or the whole sample. Breaking interrupts.
    fn tick(&mut self, _step: u64, _loss: f64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The last point.
    pub at: Point,
    /// L and ∇L there, on the whole sample.
    pub slope: Slope,
    /// Updates made.
    pub steps: u64,
    /// Why it stopped.
    pub reason: Reason,
    /// η at the end.
    pub step_size: f64,
    /// Wall time in seconds.
    pub seconds: f64,
    /// The part of it that went into gradients, mini-batches gathered included.
    pub gradient_seconds: f64,
}

/// A loss this many times the first one, plus one, counts as divergence.
const BLOW_UP: f64 = 1e6;

/// Moves a point by the plan until a goal or a limit is reached. The state after step t is a function of the
/// plan, t and the start alone.
///
/// Panics where a plan with mini-batches or an accuracy goal meets an objective that is no empirical risk.
pub fn train(objective: &dyn Objective, start: Point, plan: &Plan, observer: &mut dyn Observer) -> Outcome {
    let clock = Instant::now();
    let mut gradient_seconds = 0.0;
    let device = &objective.space().device;
    let dimension = objective.space().dimension;
    let batches = plan.batch.map(|size| {
        let risk = objective.as_risk().expect("mini-batches need an empirical risk");
        (risk, Batches::new(risk.examples(), size, plan.seed))
    });
    let mut mover = plan.optimiser.begin();
    let mut at = start;
    let mut first_loss = None;
    let mut last_kick = None;
    let mut step = 0;
    loop {
        let step_size = plan.step_size * plan.schedule.factor(step);
        let displacement = plan.noise.displacement(step, plan.seed, dimension, device);
        let seen = displacement.map_or_else(|| at.clone(), |d| at.plus(&d, 1.0));
        // On plain full-batch descent the step's own slope is the slope at θ; otherwise a look costs a gradient.
        let own = batches.is_none() && !matches!(plan.noise, Noise::Weights { .. });
        let mut gradient = |work: &dyn Fn() -> Slope| {
            let begin = Instant::now();
            let slope = work();
            gradient_seconds += begin.elapsed().as_secs_f64();
            slope
        };
        let slope = gradient(&|| match &batches {
            Some((risk, batches)) => risk.batch_slope(&seen, &risk.batch(&batches.at(step))),
            None => objective.slope(&seen),
        });
        let at_limit = step >= plan.limits.steps;
        let out_of_time = plan
            .limits
            .seconds
            .is_some_and(|limit| clock.elapsed().as_secs_f64() > limit);
        let asked = observer.tick(step, slope.value).is_break();
        let wanted = observer.wants(step);
        let check = own || step.is_multiple_of(plan.check_every.max(1)) || wanted;
        let whole = (check || at_limit || out_of_time || asked).then(|| match own {
            true => slope.clone(),
            false => gradient(&|| objective.slope(&at)),
        });
        // The goals are checked at step 0, so the first loss is that of the whole sample.
        let first =
            *first_loss.get_or_insert_with(|| whole.as_ref().map_or(slope.value, |whole| whole.value));
        let mut reason = diverged(&slope, first);
        if let Some(whole) = &whole
            && reason.is_none()
            && (check && converged(objective, &at, whole, first, &plan.goals))
        {
            reason = Some(Reason::Converged);
        }
        reason = reason
            .or(asked.then_some(Reason::Interrupted))
            .or(at_limit.then_some(Reason::StepLimit))
            .or(out_of_time.then_some(Reason::TimeLimit));
        let seconds = clock.elapsed().as_secs_f64();
        if let Some(reason) = reason {
            let slope = whole.unwrap_or_else(|| gradient(&|| objective.slope(&at)));
            observer.observe(
                &State {
                    step,
                    at: &at,
                    slope: &slope,
                    step_size,
                    seconds,
                },
                true,
            );
            return Outcome {
                at,
                slope,
                steps: step,
                reason,
                step_size,
                seconds,
                gradient_seconds,
            };
        }
        if let Some(whole) = whole.filter(|_| wanted) {
            observer.observe(
                &State {
                    step,
                    at: &at,
                    slope: &whole,
                    step_size,
                    seconds,
                },
                false,
            );
        }
        drop(seen);
        let kick = {
            let norm = || slope.gradient.norms()[0];
            plan.noise
                .kick(step, last_kick, norm, plan.seed, dimension, device)
        };
        let disturbed = match plan.noise.disturbance(step, plan.seed, dimension, device) {
            Some(noise) => slope.gradient.plus(&noise),
            None => slope.gradient,
        };
        at = mover.step(step_size, at, disturbed);
        if let Some(kick) = kick {
            last_kick = Some(step);
            at = at.plus(&kick, 1.0);
        }
        step += 1;
    }
}

fn diverged(slope: &Slope, first: f64) -> Option<Reason> {
    let value = slope.value;
    let blown_up = value.is_nan() || value.is_infinite() || value > BLOW_UP * (first.abs() + 1.0);
    blown_up.then(|| Reason::Diverged {
        quantity: "loss".into(),
        value: format!("{value:.3e}"),
    })
}

fn converged(objective: &dyn Objective, at: &Point, slope: &Slope, first: f64, goals: &Goals) -> bool {
    let Goals {
        loss,
        relative_loss,
        gradient_norm,
        accuracy,
    } = *goals;
    if loss.is_none() && relative_loss.is_none() && gradient_norm.is_none() && accuracy.is_none() {
        return false;
    }
    // Cheap goals first: accuracy costs a pass through the network.
    loss.is_none_or(|goal| slope.value <= goal)
        && relative_loss.is_none_or(|goal| slope.value <= goal * first)
        && gradient_norm.is_none_or(|goal| slope.gradient.norms()[0] <= goal)
        && accuracy.is_none_or(|goal| {
            let risk = objective
                .as_risk()
                .expect("an accuracy goal needs an empirical risk");
            risk.accuracy(at).is_some_and(|found| found >= goal)
        })
}
