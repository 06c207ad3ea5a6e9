//! How often the host waits for a device.

use crate::support::{Waiting, rotated, waits};
use spectra::{Ends, extremes};
use std::ops::ControlFlow;

/// The waits of each block of products in a search without restarts: those for what the products have along the blocks
/// before, and those for what is left along the others.
#[test]
fn a_step_waits_twice() {
    let values: Vec<f64> = (0..600)
        .map(|i| match i {
            0..10 => 10.0 + f64::from(i),
            _ => f64::from(i) / 600.0 - 0.5,
        })
        .collect();
    let operator = Waiting(rotated(&values, 3));
    for block in [1, 4] {
        let ends = Ends {
            block,
            relative: 1e-8,
            max_basis: 600,
            confirm: false,
            ..Ends::new(5, 5)
        };
        let mut counts = Vec::new();
        let found = extremes(&operator, &ends, |_| {
            counts.push(waits());
            ControlFlow::Continue(())
        });
        assert!(found.converged());
        let steps: Vec<usize> = counts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mean = steps.iter().sum::<usize>() as f64 / steps.len() as f64;
        assert!(steps.len() > 50 && mean <= 2.02, "{mean}: {steps:?}");
    }
}
