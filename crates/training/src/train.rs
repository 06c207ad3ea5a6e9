//! The loop.

use crate::standing::{Standing, finite};
use crate::{Batches, Goals, Kept, Limits, Noise, Optimiser, Reason, Schedule};
use models::{Objective, Point, Seed, Slope};
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
    /// What the optimiser has kept of the updates.
    pub kept: &'a Kept,
    /// L(θ) and ∇L(θ) on the whole sample.
    pub slope: &'a Slope,
    /// η at this step.
    pub step_size: f64,
    /// Wall time since the start, in seconds.
    pub seconds: f64,
}

/// Somebody who watches a run.
pub trait Observer {
    /// Called before every step, with all that the run needs to go on from there.
    fn before(&mut self, _standing: &Standing) {}

    /// Whether to look at this step; [`Observer::observe`] is then called before the update.
    fn wants(&self, step: u64) -> bool;

    /// Looks. `last` is true at the end of the run, whether wanted or not, unless the look itself was interrupted.
    fn observe(&mut self, state: &State, last: bool);

    /// Called at every step with the loss that the step saw, of the batch or the whole sample.
    fn tick(&mut self, _step: u64, _loss: f64) {}

    /// Whether the run shall end at this step. Asked before and after a look.
    fn interrupts(&self) -> bool {
        false
    }
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Where the run stands: the last point, the steps and seconds it took, and what it needs to go on.
    pub end: Standing,
    /// L and ∇L at the last point, on the whole sample.
    pub slope: Slope,
    /// Why it stopped.
    pub reason: Reason,
    /// η at the end.
    pub step_size: f64,
    /// The part of this call's wall time that went into gradients, mini-batches gathered included.
    pub gradient_seconds: f64,
}

/// A loss this many times the first one, plus one, counts as divergence.
const BLOW_UP: f64 = 1e6;
/// Steps between two looks for entries of the point and the gradient that are no numbers: a loss can miss them, but
/// rarely for long.
const SOUND_EVERY: u64 = 16;

/// Moves a point by the plan until a goal or a limit is reached, from a start or from where another run stands. The
/// standing before step t is a function of the plan, t and the start alone, apart from its seconds.
///
/// Panics where a plan with mini-batches, noise on labels or an accuracy goal meets an objective that is no empirical risk, and where
/// what the optimiser has kept is not that of the plan's ([`Standing::problem`]).
pub fn train(
    objective: &dyn Objective,
    from: impl Into<Standing>,
    plan: &Plan,
    observer: &mut dyn Observer,
) -> Outcome {
    let clock = Instant::now();
    let mut gradient_seconds = 0.0;
    let device = &objective.space().device;
    let dimension = objective.space().dimension;
    let mut batches = plan.batch.map(|size| {
        let risk = objective.as_risk().expect("mini-batches need an empirical risk");
        (risk, Batches::new(risk.examples(), size, plan.seed))
    });
    let mut here: Standing = from.into();
    if let Some(problem) = here.problem(plan.optimiser, dimension) {
        panic!("{problem}");
    }
    let earlier = here.seconds;
    loop {
        let step = here.step;
        here.seconds = earlier + clock.elapsed().as_secs_f64();
        observer.before(&here);
        let step_size = plan.step_size * plan.schedule.factor(step);
        let displacement = plan.noise.displacement(step, plan.seed, dimension, device);
        let seen = displacement.map_or_else(|| here.at.clone(), |d| here.at.plus(&d, 1.0));
        // On plain full-batch descent the step's own slope is the slope at θ; otherwise a look costs a gradient.
        let own = batches.is_none() && !matches!(plan.noise, Noise::Weights { .. });
        let mut gradient = |work: &mut dyn FnMut() -> Slope| {
            let begin = Instant::now();
            let slope = work();
            gradient_seconds += begin.elapsed().as_secs_f64();
            slope
        };
        let slope = gradient(&mut || match &mut batches {
            Some((risk, batches)) => risk.batch_slope(&seen, &risk.batch(batches.at(step))),
            None => objective.slope(&seen),
        });
        let at_limit = step >= plan.limits.steps;
        here.seconds = earlier + clock.elapsed().as_secs_f64();
        let out_of_time = plan.limits.seconds.is_some_and(|limit| here.seconds > limit);
        observer.tick(step, slope.value);
        let asked = observer.interrupts();
        let wanted = observer.wants(step);
        let check = own || step.is_multiple_of(plan.check_every.max(1)) || wanted;
        let whole = (check || at_limit || out_of_time || asked).then(|| match own {
            true => slope.clone(),
            false => gradient(&mut || objective.slope(&here.at)),
        });
        // The goals are checked at step 0, so the first loss is that of the whole sample.
        let first = *here
            .first_loss
            .get_or_insert_with(|| whole.as_ref().map_or(slope.value, |whole| whole.value));
        let ends = at_limit || out_of_time || asked;
        let sound = wanted || ends || step.is_multiple_of(SOUND_EVERY);
        let mut reason =
            diverged(&slope, first).or_else(|| sound.then(|| unsound(&slope, &here.at)).flatten());
        if let Some(whole) = &whole
            && reason.is_none()
            && (check && converged(objective, &here.at, whole, first, &plan.goals))
        {
            reason = Some(Reason::Converged);
        }
        reason = reason
            .or(asked.then_some(Reason::Interrupted))
            .or(at_limit.then_some(Reason::StepLimit))
            .or(out_of_time.then_some(Reason::TimeLimit));
        let look = |observer: &mut dyn Observer, here: &Standing, slope: &Slope, last| {
            let state = State {
                step,
                at: &here.at,
                kept: &here.kept,
                slope,
                step_size,
                seconds: here.seconds,
            };
            observer.observe(&state, last);
        };
        let ended = match reason {
            Some(reason) => {
                let slope = whole.unwrap_or_else(|| gradient(&mut || objective.slope(&here.at)));
                look(observer, &here, &slope, true);
                Some((reason, slope))
            }
            None => whole.filter(|_| wanted).and_then(|whole| {
                look(observer, &here, &whole, false);
                // A look that was interrupted is not over: the run ends here, so that it is made again.
                observer.interrupts().then_some((Reason::Interrupted, whole))
            }),
        };
        if let Some((reason, slope)) = ended {
            return Outcome {
                end: here,
                slope,
                reason,
                step_size,
                gradient_seconds,
            };
        }
        drop(seen);
        let kick = {
            let norm = || slope.gradient.norms()[0];
            plan.noise
                .kick(step, here.last_kick, norm, plan.seed, dimension, device)
        };
        let part = batches.as_mut().map(|(_, batches)| batches.at(step));
        let disturbance = plan.noise.disturbance(step, plan.seed, objective, &here.at, part);
        let disturbed = match disturbance {
            Some(noise) => slope.gradient.plus(&noise),
            None => slope.gradient,
        };
        here.at = plan
            .optimiser
            .step(&mut here.kept, step, step_size, here.at, disturbed);
        if let Some(kick) = kick {
            here.last_kick = Some(step);
            here.at = here.at.plus(&kick, 1.0);
        }
        here.step += 1;
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

/// A gradient or a point with an entry that is no number, while the loss still is one.
fn unsound(slope: &Slope, at: &Point) -> Option<Reason> {
    let quantity = match (finite(&slope.gradient.flat()), finite(at.tensor())) {
        (false, _) => "gradient",
        (true, false) => "point",
        (true, true) => return None,
    };
    Some(Reason::Diverged {
        quantity: quantity.into(),
        value: "partly infinite or no number".into(),
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
