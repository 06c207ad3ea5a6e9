//! How much work an accuracy asks for.

use proptest::prelude::*;
use spectra::Accuracy;

#[test]
fn impossible_accuracies_are_refused_in_words() {
    let of = |distance, confidence, block| {
        Accuracy {
            distance,
            confidence,
            block,
            seed: 0,
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
