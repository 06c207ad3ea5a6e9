//! Both ends of spectra that are known.

use std::cell::Cell;

use crate::support::{Invariant, Single, normal, patient, rotated};
use proptest::prelude::*;
use spectra::{
    Block, Convergence, DiagonalOperator, EigenPairs, Ending, Ends, Matrix, Pair, SelfAdjoint, eigen,
    extremes,
};

/// Everything that an answer promises, held against the true eigenvalues.
pub fn verify<B: Block>(found: &EigenPairs<B>, ends: &Ends, spectrum: &[f64], defect: f64) {
    let mut truth = spectrum.to_vec();
    truth.sort_by(|a, b| b.total_cmp(a));
    let n = truth.len();
    assert_eq!(found.pairs.len(), ends.wanted().min(n));
    assert_eq!(found.vectors.columns(), found.pairs.len());
    assert!(
        found.converged(),
        "{:?} {:?} {:?}",
        found.advice(),
        found.ending,
        found.pairs
    );
    assert_eq!(found.advice(), None);
    assert!(
        found.orthogonality_defect <= defect,
        "defect {:e}",
        found.orthogonality_defect
    );
    // The truth is rounded as well: the product Q diag(λ) Qᵀ moves it by some n·ε‖H‖/10.
    let oracle = 0.1 * n as f64 * f64::EPSILON * found.norm;
    let close = |pair: &Pair, value: f64| {
        let far = (pair.value - value).abs() > pair.bound + oracle;
        assert!(
            !far,
            "{pair:?} should be {value} in
{:?}",
            found.pairs
        );
    };
    found
        .largest()
        .zip(&truth)
        .for_each(|(pair, &value)| close(pair, value));
    found
        .smallest()
        .zip(truth.iter().rev())
        .for_each(|(pair, &value)| close(pair, value));
    assert_eq!(found.largest().count(), ends.largest.min(n));
    assert_eq!(found.smallest().count(), ends.smallest.min(n));
}

pub fn solve<A: SelfAdjoint>(operator: &A, ends: &Ends) -> EigenPairs<A::Block> {
    extremes(operator, ends, patient)
}

#[test]
fn diagonal_families() {
    let families: Vec<(&str, Vec<f64>)> = vec![
        (
            "linear",
            (0..1000).map(|i| 1.0 + 9.0 * f64::from(i) / 999.0).collect(),
        ),
        ("geometric", (0..200).map(|i| 0.7f64.powi(i)).collect()),
        (
            "two points",
            (0..150).map(|i| if i % 30 == 0 { 2.0 } else { -1.0 }).collect(),
        ),
        ("identity", vec![1.0; 120]),
        ("zero", vec![0.0; 120]),
        ("tiny", (0..150).map(|i| 1e-30 * f64::from(i)).collect()),
        ("huge", (0..150).map(|i| 1e30 * f64::from(i)).collect()),
        (
            "one spike",
            (0..400).map(|i| if i == 7 { 100.0 } else { 0.0 }).collect(),
        ),
    ];
    for (name, values) in families {
        let operator = DiagonalOperator::new(values.clone());
        for (largest, smallest) in [(5, 5), (7, 0), (0, 3)] {
            // Near the end of the geometric family everything is nearly zero: there residuals fall slowly.
            let absolute = if name == "geometric" { 1e-7 } else { 0.0 };
            let ends = Ends {
                relative: 1e-8,
                absolute,
                seed: 3,
                ..Ends::new(largest, smallest)
            };
            println!("{name} {largest} {smallest}");
            verify(&solve(&operator, &ends), &ends, &values, 1e-12);
        }
    }
}

/// More copies than the block has columns: one Krylov space sees two of each, fresh starts find the others.
/// This is the spectrum of a deep linear network at the origin: ±σ, each as often as the network is wide.
#[test]
fn copies_beyond_the_block() {
    let width = 6;
    let sigma = [3.0, 2.0, 1.0, 0.5];
    let mut values: Vec<f64> = sigma
        .iter()
        .flat_map(|&s| [s, -s])
        .flat_map(|s| vec![s; width])
        .collect();
    values.resize(110, 0.0);
    let operator = rotated(&values, 5);
    for (largest, smallest) in [(8, 8), (6, 6), (4, 9)] {
        let ends = Ends {
            block: 2,
            max_basis: Some(50),
            relative: 1e-9,
            ..Ends::new(largest, smallest)
        };
        verify(&solve(&operator, &ends), &ends, &values, 1e-12);
    }
}

/// A start whose space holds one vector of each of three eigenvalues, and nothing else.
#[test]
fn copies_behind_a_space_of_three() {
    let values: Vec<f64> = (0..300).map(|i| f64::from(1 + i % 3)).collect();
    for (largest, smallest) in [(3, 0), (0, 3), (2, 1), (1, 1)] {
        let ends = Ends {
            block: 1,
            relative: 1e-9,
            ..Ends::new(largest, smallest)
        };
        let found = solve(&DiagonalOperator::new(values.clone()), &ends);
        verify(&found, &ends, &values, 1e-12);
        let unseen = found.unseen.unwrap();
        assert!(
            unseen.below > 1.0 - 1e-8 && unseen.above < 3.0 + 1e-8,
            "{unseen:?}"
        );
    }
}

/// The fault is planted by switching the confirmation off: then copies are missed, and the residuals cannot tell.
/// (Going on for long would find them too: rounding is a fresh start of length 1e-16.)
#[test]
fn without_confirmation_copies_are_missed() {
    let mut values = vec![3.0; 6];
    values.extend([2.0, 1.5]);
    values.extend((0..200).map(|i| f64::from(i) / 200.0));
    let operator = DiagonalOperator::new(values);
    let ends = Ends {
        block: 2,
        relative: 1e-4,
        ..Ends::new(4, 0)
    };
    let third = |confirm| solve(&operator, &Ends { confirm, ..ends }).pairs[2].value;
    assert!((third(true) - 3.0).abs() < 1e-6);
    assert!((third(false) - 2.0).abs() < 1e-6);
}

#[test]
fn restarts_with_a_small_basis() {
    let values: Vec<f64> = (0..3000)
        .map(|i| (f64::from(i) / 3000.0 * 2.0 - 1.0).powi(3))
        .collect();
    let operator = DiagonalOperator::new(values.clone());
    for (block, max_basis) in [(1, 40), (3, 40), (4, 60)] {
        let ends = Ends {
            block,
            max_basis: Some(max_basis),
            relative: 1e-8,
            ..Ends::new(6, 6)
        };
        let found = solve(&operator, &ends);
        println!("block {block}, basis {max_basis}: {} products", found.products);
        assert!(found.products > max_basis);
        verify(&found, &ends, &values, 1e-12);
    }
}

#[test]
fn tiny_dimensions_and_nearly_all_pairs() {
    for n in 1..=14 {
        let values: Vec<f64> = (0..n).map(|i| f64::from(i as u8) - 2.5).collect();
        for (largest, smallest) in [
            (1, 0),
            (0, 1),
            (1, 1),
            (n - n / 2, n / 2),
            (n.max(2) - 1, 0),
            (n, n),
            (3 * n, 1),
        ] {
            for block in [1, 2, 5] {
                let ends = Ends {
                    block,
                    max_basis: Some(1),
                    ..Ends::new(largest, smallest)
                };
                verify(&solve(&rotated(&values, n as u64), &ends), &ends, &values, 1e-12);
            }
        }
    }
}

#[test]
fn whole_space_is_exact() {
    let values = [4.0, 4.0, 4.0, -1.0, 0.0, 0.0, 7.0];
    let ends = Ends {
        relative: 0.0,
        ..Ends::new(4, 3)
    };
    let found = solve(&rotated(&values, 1), &ends);
    verify(&found, &ends, &values, 1e-12);
    assert_eq!(found.ending, Ending::WholeSpace);
    assert!(found.pairs.iter().all(|pair| pair.residual < 1e-13));
}

#[test]
fn invariant_start_does_not_hide_the_rest() {
    let mut values: Vec<f64> = (0..200).map(|i| -f64::from(i) / 10.0).collect();
    values[150] = 5.0;
    let ends = Ends {
        relative: 1e-9,
        ..Ends::new(3, 2)
    };
    let operator = Invariant {
        values: values.clone(),
        started: Cell::new(false),
    };
    verify(&solve(&operator, &ends), &ends, &values, 1e-12);
}

/// A spike θ > 1 on a Gaussian orthogonal matrix with bulk [−2, 2] stands out at θ + 1/θ, up to O(n^−1/2).
#[test]
fn spiked_ensemble() {
    let (n, spike) = (300, 3.0);
    let draws = normal(n, n, 11);
    let direction = normal(n, 1, 12);
    let length = direction.column(0).iter().map(|x| x * x).sum::<f64>();
    let entry = |i: usize, j: usize| {
        let noise = (draws.column(i)[j] + draws.column(j)[i]) / (2.0 * n as f64).sqrt();
        noise + spike * direction.column(0)[i] * direction.column(0)[j] / length
    };
    let matrix = Matrix::from_fn(n, n, entry);
    // A dense solver is off by some n·ε‖H‖; the Rayleigh quotients of its vectors only by the square of that.
    let pairs = eigen(&matrix);
    let products = &matrix * &pairs.vectors;
    let quotient = |j: usize| {
        let inner = |other: &Matrix| (0..n).map(|i| pairs.vectors[(i, j)] * other[(i, j)]).sum::<f64>();
        inner(&products) / inner(&pairs.vectors)
    };
    let truth: Vec<f64> = (0..n).map(quotient).collect();
    let ends = Ends {
        relative: 1e-9,
        ..Ends::new(3, 3)
    };
    let found = solve(&spectra::DenseOperator::new(matrix), &ends);
    verify(&found, &ends, &truth, 1e-12);
    assert!((found.pairs[0].value - (spike + 1.0 / spike)).abs() < 0.3);
    assert!((found.pairs[1].value - 2.0).abs() < 0.2 && (found.pairs[5].value + 2.0).abs() < 0.2);
}

/// What cannot be reached in f32 is not claimed: pairs come to the noise, and say so.
#[test]
fn single_precision_reaches_its_noise_and_says_so() {
    let mut values: Vec<f64> = (0..250).map(|i| f64::from(i) / 250.0).collect();
    values.extend([9.0, 8.0, 6.5, -3.0, -2.0]);
    for seed in 0..5 {
        let ends = Ends {
            relative: 1e-12,
            seed,
            ..Ends::new(3, 2)
        };
        let found = solve(&Single(rotated(&values, seed)), &ends);
        verify(&found, &ends, &values, 1e-6);
        assert!(
            found
                .pairs
                .iter()
                .all(|pair| pair.convergence == Convergence::Noise),
            "{:?}",
            found.pairs
        );
        assert!(
            found.pairs.iter().any(|pair| pair.residual > 1e-9),
            "f32 cannot be better than this"
        );
        let loose = Ends {
            relative: 1e-3,
            ..ends
        };
        let found = solve(&Single(rotated(&values, seed)), &loose);
        verify(&found, &loose, &values, 1e-6);
        assert!(
            found
                .pairs
                .iter()
                .all(|pair| pair.convergence == Convergence::Relative)
        );
    }
}

#[test]
fn the_seed_decides_every_bit() {
    let operator = rotated(&(0..150).map(|i| f64::from(i).sqrt()).collect::<Vec<_>>(), 2);
    let run = |seed| {
        solve(
            &operator,
            &Ends {
                seed,
                ..Ends::new(3, 2)
            },
        )
    };
    assert_eq!(run(4).pairs, run(4).pairs);
    assert_eq!(run(4).vectors, run(4).vectors);
    assert_ne!(run(4).vectors, run(5).vectors);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(120) })]

    /// For any spectrum, rounded so that copies are frequent: the ends, each with its multiplicity.
    #[test]
    fn any_spectrum(
        mut values in proptest::collection::vec(-3.0f64..3.0, 1..90),
        grid in prop_oneof![Just(0.5), Just(1e-3)],
        largest in 1usize..6,
        smallest in 0usize..6,
        block in 1usize..5,
        max_basis in 1usize..40,
        seed: u64,
    ) {
        values.iter_mut().for_each(|value| *value = (*value / grid).round() * grid);
        let ends = Ends { block, max_basis: Some(max_basis), relative: 0.0, absolute: 1e-8, max_products: 40_000, seed,
            ..Ends::new(largest, smallest) };
        verify(&solve(&rotated(&values, seed), &ends), &ends, &values, 1e-12);
    }

    /// Stopped at any time, converged or not, each bound contains an eigenvalue.
    #[test]
    fn bounds_hold_at_any_time(products in 1usize..60, block in 1usize..4, seed: u64) {
        let values: Vec<f64> = (0..120).map(|i| (f64::from(i) * 0.37).sin() * f64::from(i)).collect();
        let ends = Ends { block, max_basis: Some(20), max_products: products, seed, ..Ends::new(3, 2) };
        let found = solve(&DiagonalOperator::new(values.clone()), &ends);
        for pair in &found.pairs {
            let nearest = values.iter().map(|value| (value - pair.value).abs()).fold(f64::INFINITY, f64::min);
            prop_assert!(nearest <= pair.bound, "{pair:?} is {nearest} from the nearest eigenvalue");
        }
        prop_assert!(found.orthogonality_defect < 1e-12);
        prop_assert_eq!(found.converged(), found.advice().is_none());
    }
}
