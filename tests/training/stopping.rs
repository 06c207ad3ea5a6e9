//! Why a run stops, at which step, and what it then says.

use super::{Watch, at, bowl, plan, run};
use crate::subjects::{chain, risk, somewhere};
use models::layers::Activation;
use models::{Device, Loss, Precision};
use training::{Goals, Limits, Noise, Plan, Reason, train};

/// L = ½w² from w = 1 with η = 0.1: L falls by 0.81 and |w| by 0.9 in each step.
fn reason(goals: Goals, limits: Limits, step_size: f64) -> (Reason, u64) {
    let (outcome, watch) = run(
        &bowl(&[1.0]),
        at(&[1.0]),
        &Plan {
            goals,
            limits,
            ..plan(step_size, 0)
        },
    );
    assert_eq!(watch.ends, 1, "the last state is observed once, as the last");
    assert_eq!(watch.steps.last(), Some(&outcome.end.step));
    (outcome.reason, outcome.end.step)
}

fn steps(steps: u64) -> Limits {
    Limits { steps, seconds: None }
}

#[test]
fn goals_end_a_run_at_the_first_step_that_meets_them() {
    let goal = |goals| reason(goals, steps(1000), 0.1);
    // ½·0.81^t ≤ 0.01 from t = 19 on; 0.9^t ≤ 0.01 from t = 44 on; 0.81^t ≤ 0.01 from t = 22 on.
    assert_eq!(
        goal(Goals {
            loss: Some(0.01),
            ..Goals::default()
        }),
        (Reason::Converged, 19)
    );
    assert_eq!(
        goal(Goals {
            gradient_norm: Some(0.01),
            ..Goals::default()
        }),
        (Reason::Converged, 44)
    );
    assert_eq!(
        goal(Goals {
            relative_loss: Some(0.01),
            ..Goals::default()
        }),
        (Reason::Converged, 22)
    );
    // All that are given must hold.
    let both = Goals {
        loss: Some(0.01),
        gradient_norm: Some(0.01),
        ..Goals::default()
    };
    assert_eq!(goal(both), (Reason::Converged, 44));
    // No goal is never met.
    assert_eq!(goal(Goals::default()), (Reason::StepLimit, 1000));
}

#[test]
fn accuracy_is_a_goal_where_there_are_classes() {
    let device = Device::cpu(Precision::F64);
    let risk = risk(
        chain("biases", Activation::Tanh, &device),
        Loss::CrossEntropy,
        &device,
    );
    let start = somewhere(&risk);
    assert!(risk.accuracy(&start).is_some_and(|share| share < 1.0));
    let goals = Goals {
        accuracy: Some(1.0),
        ..Goals::default()
    };
    let (outcome, _) = run(
        &risk,
        start,
        &Plan {
            goals,
            ..plan(0.5, 2000)
        },
    );
    assert_eq!(
        (outcome.reason, risk.accuracy(&outcome.end.at)),
        (Reason::Converged, Some(1.0))
    );
}

#[test]
fn limits_end_a_run_whatever_it_reached() {
    assert_eq!(reason(Goals::default(), steps(0), 0.1), (Reason::StepLimit, 0));
    assert_eq!(reason(Goals::default(), steps(7), 0.1), (Reason::StepLimit, 7));
    let (reason, made) = reason(
        Goals::default(),
        Limits {
            steps: u64::MAX,
            seconds: Some(0.01),
        },
        0.1,
    );
    assert_eq!(reason, Reason::TimeLimit);
    assert!(made > 0);
}

#[test]
fn observers_interrupt() {
    let mut watch = Watch {
        interrupt_at: Some(3),
        ..Watch::default()
    };
    let outcome = train(&bowl(&[1.0]), at(&[1.0]), &plan(0.1, 100), &mut watch);
    assert_eq!((outcome.reason, outcome.end.step), (Reason::Interrupted, 3));
    assert_eq!(watch.steps, [0, 1, 2, 3]);
}

#[test]
fn divergence_names_step_quantity_and_advice() {
    // Beyond 2/λ the loss grows by 1.5² a step: ½·2.25^t passes 10⁶·1.5 at t = 19.
    let (found, step) = reason(Goals::default(), steps(1000), 2.5);
    assert_eq!(step, 19);
    let sentence = found.sentence(step, 2.5);
    assert_eq!(
        sentence,
        "diverged at step 19: the loss became 2.457e6; try a step size below 2.500e0, for instance 6.2e-1 \
         (gradient descent is stable below 2/λmax of the Hessian)"
    );
    // Just below 2/λ it does not.
    assert_eq!(
        reason(Goals::default(), steps(1000), 1.99),
        (Reason::StepLimit, 1000)
    );
    // Numbers that overflow are caught too.
    let (overflow, step) = reason(Goals::default(), steps(1000), 1e300);
    assert!(matches!(overflow, Reason::Diverged { .. }), "{overflow:?}");
    assert!(step <= 2);
}

#[test]
fn relative_goals_refer_to_the_whole_sample_at_the_start() {
    // The first batch sees one example with loss 0; the whole sample's loss at the start is ½.
    let risk = bowl(&[1.0, 1e-3]);
    let start = at(&[1.0, 0.0]);
    let goals = Goals {
        relative_loss: Some(0.5),
        ..Goals::default()
    };
    for seed in 0..8 {
        let plan = Plan {
            goals,
            batch: Some(1),
            seed: models::Seed(seed),
            ..plan(0.1, 1000)
        };
        let (outcome, _) = run(&risk, start.clone(), &plan);
        assert_eq!(outcome.reason, Reason::Converged, "seed {seed}");
        assert!(
            outcome.slope.value <= 0.25 && outcome.slope.value > 0.1,
            "seed {seed}: {}",
            outcome.slope.value
        );
    }
    // With weight noise too: the goal is about θ, not about where the gradient is taken.
    let plan = Plan {
        goals,
        noise: Noise::Weights { std: 3.0 },
        ..plan(0.1, 0)
    };
    assert_eq!(run(&risk, start, &plan).0.reason, Reason::StepLimit);
}
