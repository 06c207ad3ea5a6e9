//! How much work an accuracy asks for.

use proptest::prelude::*;
use spectra::{Accuracy, DiagonalOperator, density, overshoot};

use crate::support::patient;

/// The theorem behind the ends, at a probability that 400 starts can count.
#[test]
fn extreme_nodes_fall_short_no_more_often_than_stated() {
    let families: [(&str, Vec<f64>); 3] = [
        ("linear", (0..1_500).map(|i| f64::from(i) / 1_500.0).collect()),
        (
            "one above",
            (0..1_500)
                .map(|i| if i == 0 { 1.0 } else { 0.9 * f64::from(i) / 1_500.0 })
                .collect(),
        ),
        (
            "edge",
            (0..1_500)
                .map(|i| 1.0 - (f64::from(i) / 1_500.0).powi(2))
                .collect(),
        ),
    ];
    let mut sharp = false;
    for (name, values) in families {
        let (low, high) = values
            .iter()
            .fold((1.0f64, 0.0f64), |(a, b), &x| (a.min(x), b.max(x)));
        let accuracy = Accuracy {
            distance: 0.4,
            ..Accuracy::default()
        };
        let (mut short, mut weakened, mut starts) = (0, 0, 0);
        for seed in 0..200 {
            let found = density(
                &DiagonalOperator::new(values.clone()),
                &Accuracy { seed, ..accuracy },
                patient,
            );
            let beyond = overshoot(1_500, found.effort.steps, 1, 0.2) * (high - low);
            for rule in &found.rules {
                let shortfall = high - rule.nodes[rule.nodes.len() - 1];
                starts += 1;
                short += usize::from(shortfall > beyond);
                weakened += usize::from(shortfall > 0.02 * beyond);
            }
        }
        println!("{name}: {short} of {starts} short, {weakened} of a fiftieth");
        let allowed = 0.2 * starts as f64 + 5.0 * (0.16 * starts as f64).sqrt();
        assert!(short as f64 <= allowed, "{name}: {short}");
        sharp |= weakened as f64 > allowed;
    }
    assert!(sharp, "a bound fifty times smaller would pass as well");
}

#[test]
fn impossible_accuracies_are_refused_in_words() {
    let of = |distance, confidence, block| {
        Accuracy {
            distance,
            confidence,
            block,
            seed: 0,
            noise: 0.0,
        }
        .problem()
    };
    assert_eq!(of(0.1, 0.9, 1), None);
    assert!(of(0.0, 0.9, 1).unwrap().starts_with("distance is 0"));
    assert!(of(f64::NAN, 0.9, 1).unwrap().starts_with("distance is NaN"));
    assert!(of(0.1, 1.0, 1).unwrap().starts_with("confidence is 1"));
    assert!(of(0.1, 0.9, 0).unwrap().starts_with("block is 0"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// The plan keeps its promise on paper, and no plan with fewer products does.
    #[test]
    fn the_effort_is_the_least_that_keeps_the_promise(
        distance in 0.02f64..1.0, confidence in 0.5f64..0.9999, n in 1usize..2_000_000,
    ) {
        let accuracy = Accuracy { distance, confidence, ..Accuracy::default() };
        let effort = accuracy.effort(n);
        let eta = 0.5 * (1.0 - confidence);
        let bound = |steps: usize, probes: usize| {
            let chance = ((2.0 * n as f64 / eta).ln() / (probes as f64 * (n as f64 + 2.0))).sqrt();
            2.0 * (std::f64::consts::PI / (4.0 * steps as f64) + chance)
        };
        prop_assert!(effort.steps == n || bound(effort.steps, effort.probes) <= distance * (1.0 + 1e-12));
        let beyond = spectra::overshoot(n, effort.steps, effort.probes, 0.5 * eta);
        prop_assert!(beyond <= 0.125 * (1.0 + 1e-12));
        // Chen, Trogdon and Ubaru's own numbers for the same promise.
        let t = 0.5 * distance;
        let theirs = (12.0 / t + 0.5).ceil() * (4.0 / (n as f64 + 2.0) / (t * t) * (2.0 * n as f64 / eta).ln()).ceil();
        if beyond < 0.1 {
            prop_assert!((effort.products() as f64) <= theirs, "{effort:?} {theirs}");
        }
        for probes in 1..=effort.probes.min(40) + 3 {
            let steps = (effort.products() - 1) / probes;
            let keeps = steps > 0 && steps < n && bound(steps, probes) <= distance * (1.0 - 1e-12)
                && spectra::overshoot(n, steps, probes, 0.5 * eta) <= 0.125 * (1.0 - 1e-12);
            prop_assert!(!keeps || effort.probes > 1_000, "{probes} starts of {steps} steps would do: {effort:?}");
        }
    }
}

/// Products that are known to be noisier than rounding make every bound as much wider, whether or not all eigenvalues are
/// computed.
#[test]
fn noise_that_is_known_enters_the_bounds() {
    let noise = 1e-2;
    for dimension in [40, 6_000] {
        let operator = DiagonalOperator::new((0..dimension).map(|i| f64::from(i) / 1e4).collect());
        let found = |noise| {
            density(
                &operator,
                &Accuracy {
                    distance: 0.2,
                    noise,
                    ..Accuracy::default()
                },
                patient,
            )
        };
        let (exact, noisy) = (found(0.0), found(noise));
        assert!(
            exact.noise < 1e-10 && noisy.noise == noise,
            "{} {}",
            exact.noise,
            noisy.noise
        );
        assert!((noisy.distance() - exact.distance() - noise).abs() < 1e-9);
    }
}
