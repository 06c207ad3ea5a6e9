//! How often the host waits for a device.

use crate::support::{Single, Waiting, rotated, waits};
use spectra::{Ends, extremes};
use std::ops::ControlFlow;

/// The waits of each block of products of a search in single precision, as on a device.
fn waits_of_steps(ends: &Ends) -> Vec<usize> {
    let values: Vec<f64> = (0..600)
        .map(|i| match i {
            0..10 => 10.0 + f64::from(i),
            _ => f64::from(i) / 600.0 - 0.5,
        })
        .collect();
    let operator = Waiting(Single(rotated(&values, 3)));
    let mut counts = Vec::new();
    let found = extremes(&operator, ends, |_| {
        counts.push(waits());
        ControlFlow::Continue(())
    });
    assert!(found.converged());
    counts.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Each step asks once for inner products: what was foreseen of them decides what it asks for.
#[test]
fn a_step_waits_once() {
    for block in [1, 4] {
        let steps = waits_of_steps(&Ends {
            block,
            relative: 1e-5,
            max_basis: Some(600),
            confirm: false,
            ..Ends::new(5, 5)
        });
        assert!(
            steps.len() > 50 && steps.iter().all(|waits| *waits == 1),
            "{steps:?}"
        );
    }
}

/// A restart asks for the Gram matrix of its basis, once. The look beside the pairs asks four times before its first step,
/// and then once in each.
#[test]
fn a_restart_waits_once_more() {
    for (smallest, block) in [(0, 1), (0, 4), (10, 1), (10, 4)] {
        let steps = waits_of_steps(&Ends {
            block,
            relative: 1e-4,
            ..Ends::new(10, smallest)
        });
        let looks = steps.iter().filter(|waits| **waits > 2).count();
        assert!(
            (1..=2).contains(&looks) && steps.iter().all(|waits| (1..=5).contains(waits)),
            "{steps:?}"
        );
        // Between two restarts a basis is filled again.
        assert!(!steps.windows(2).any(|pair| pair == [2, 2]), "{steps:?}");
    }
}
