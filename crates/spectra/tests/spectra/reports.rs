//! Cases on which other libraries have been reported to be wrong, and spectra in f32.

use std::cell::Cell;

use crate::extremes::{solve, verify};
use crate::support::{Invariant, Single, normal, rotated};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use spectra::{DenseOperator, DiagonalOperator, Ending, Ends, Matrix, eigenvalues};

fn diagonal(values: &[f64]) -> DiagonalOperator {
    DiagonalOperator::new(values.to_vec())
}

/// scipy#26112: of the eight largest eigenvalues three lie within 7e-5 of each other, two of them within 7e-7; with a
/// tolerance of 1e-6 ARPACK returns the tenth in place of the sixth for every start, and calls it converged.
#[test]
fn a_tight_cluster_is_found_whole() {
    let top = [
        1.05,
        1.03,
        1.02,
        1.01,
        1.008,
        1.005_892_90,
        1.005_892_83,
        1.005_892_19,
        1.0,
        0.999_102_01,
    ];
    let bulk = (0..1_500).map(|i| 0.99e8 * (1.0 - f64::from(i) / 1_500.0));
    let values: Vec<f64> = top.iter().map(|x| x * 1e8).chain(bulk).collect();
    for seed in 0..5 {
        for max_basis in [20, 40] {
            let ends = Ends {
                max_basis: Some(max_basis),
                seed,
                ..Ends::new(8, 0)
            };
            let found = solve(&diagonal(&values), &ends);
            verify(&found, &ends, &values, 1e-12);
        }
    }
}

/// cupy#10098 and #10099: two distinct eigenvalues, so that every other step breaks down; after the first restart two
/// vectors of the basis were the same, and with twenty pairs of 200 came NaN and 1e217.
#[test]
fn two_eigenvalues_stay_two_through_restarts() {
    let values: Vec<f64> = (0..200).map(|i| if i % 3 == 0 { 2.0 } else { 1.0 }).collect();
    for (largest, smallest, block) in [(20, 0, 1), (20, 0, 4), (10, 10, 2)] {
        // Stopped at any time, the first restart among them, the vectors are orthonormal.
        for max_products in [30, 45, 60, 4_000] {
            let ends = Ends {
                block,
                max_products,
                max_basis: Some(1),
                ..Ends::new(largest, smallest)
            };
            let found = solve(&rotated(&values, 7), &ends);
            assert!(
                found.orthogonality_defect < 1e-12,
                "{}",
                found.orthogonality_defect
            );
            let nearest = |value: f64| (value - 1.0).abs().min((value - 2.0).abs());
            assert!(
                found
                    .pairs
                    .iter()
                    .all(|pair| nearest(pair.value) <= pair.bound + 1e-13)
            );
            if max_products == 4_000 {
                verify(&found, &ends, &values, 1e-12);
            }
        }
    }
}

/// IterativeSolvers.jl#144: A + Aᵀ of uniform numbers, whose largest eigenvalue was found ten times for want of
/// orthogonal vectors.
#[test]
fn a_value_that_stands_alone_is_found_once() {
    let n = 100;
    let mut stream = ChaCha8Rng::seed_from_u64(1);
    let draws: Vec<f64> = (0..n * n).map(|_| stream.random()).collect();
    let matrix = Matrix::from_fn(n, n, |i, j| draws[i * n + j] + draws[j * n + i]);
    let truth = eigenvalues(&matrix);
    assert!(truth[n - 1] > 95.0 && truth[n - 2] < 10.0);
    let ends = Ends {
        relative: 1e-9,
        ..Ends::new(11, 0)
    };
    verify(&solve(&DenseOperator::new(matrix), &ends), &ends, &truth, 1e-12);
}

/// IterativeSolvers.jl#246: fifteen values of five kinds; two vectors of the five smallest were not orthogonal.
#[test]
fn few_values_many_times() {
    let values = [
        1.25, 1.5, 1.5, 1.25, 1.5, 1.25, 1.5, 0.0, 1.13, 1.13, 1.5, 1.13, 1.5, 1.5, 1.13,
    ];
    for seed in 0..50 {
        let ends = Ends {
            seed,
            ..Ends::new(0, 5)
        };
        verify(&solve(&diagonal(&values), &ends), &ends, &values, 1e-12);
    }
}

/// scipy#6354: six eigenvalues of zero among 639, of which seven were returned; cupy#5001: rank two in five dimensions.
#[test]
fn zeros_are_counted_right() {
    let rises = |i: i32| if i < 6 { 0.0 } else { 1.4e-3 * f64::from(i - 5) };
    let values: Vec<f64> = (0..639).map(rises).collect();
    let ends = Ends {
        absolute: 1e-5,
        ..Ends::new(0, 8)
    };
    let found = solve(&rotated(&values, 3), &ends);
    verify(&found, &ends, &values, 1e-12);
    assert_eq!(found.smallest().filter(|pair| pair.value < 7e-4).count(), 6);
    let values = [9.2, 1.1, 0.0, 0.0, 0.0];
    let ends = Ends::new(2, 0);
    verify(&solve(&rotated(&values, 4), &ends), &ends, &values, 1e-12);
}

/// cupy#10220: a start within the null space, and all pairs but two: an index beyond the basis. scipy#14089: the
/// identity, on which every few hundredth start failed.
#[test]
fn invariant_starts_and_identities() {
    let values = vec![0.0, 2.0, 3.0, 4.0, 5.0];
    let ends = Ends {
        block: 1,
        ..Ends::new(3, 0)
    };
    let operator = Invariant {
        values: values.clone(),
        started: Cell::new(false),
    };
    verify(&solve(&operator, &ends), &ends, &values, 1e-12);
    let values = vec![1.0; 100];
    for seed in 0..1_000 {
        let ends = Ends {
            seed,
            ..Ends::new(6, 0)
        };
        verify(&solve(&diagonal(&values), &ends), &ends, &values, 1e-12);
    }
}

/// Families with known eigenvalues in f32: intervals hold, converged pairs are as good as the noise that is told, and the
/// noise is that of f32.
#[test]
fn families_in_single_precision() {
    let families: [(&str, Vec<f64>); 5] = [
        (
            "two points",
            (0..120).map(|i| if i % 30 == 0 { 2.0 } else { -1.0 }).collect(),
        ),
        ("geometric", (0..120).map(|i| 0.7f64.powi(i)).collect()),
        ("linear", (0..120).map(|i| f64::from(i) / 12.0).collect()),
        ("identity", vec![1.0; 120]),
        ("zero", vec![0.0; 120]),
    ];
    for (name, values) in families {
        let norm = values.iter().fold(0.0f64, |norm, x| norm.max(x.abs()));
        for seed in 0..5 {
            let ends = Ends {
                relative: 1e-12,
                seed,
                ..Ends::new(4, if name == "geometric" { 0 } else { 4 })
            };
            let found = solve(&Single(rotated(&values, seed)), &ends);
            verify(&found, &ends, &values, 1e-6);
            assert!(found.noise <= 1e-5 * norm, "{name}: {}", found.noise);
            let worst = found
                .pairs
                .iter()
                .fold(0.0f64, |worst, pair| worst.max(pair.bound));
            assert!(worst <= 2.0 * found.noise, "{name}: {worst} {}", found.noise);
        }
    }
}

/// Spikes θ on ZZᵀ/n, n by n with standard normal entries (Papyan's ensemble): eigenvalues stand out at θ²/(θ − 1) beyond
/// the bulk [0, 4] (Benaych-Georges and Nadakuditi 2011).
///
/// They solve 1 = θ uᵀ(x − W)⁻¹u, whose right side fluctuates for an independent direction u by √(2/n (m₂ − m₁²)), with
/// m₁ = 1/θ and m₂ = (θ − 1)²/(θ³(θ − 2)) the first two moments of 1/(x − λ) in the bulk; over its slope m₂ that is the
/// standard deviation.
#[test]
fn outliers_of_a_spiked_covariance() {
    let n = 400;
    let spikes = [5.0, 4.0, 3.0];
    let draws = normal(n, n, 21);
    let product = draws.view() * draws.view().transpose();
    let entry = |i: usize, j: usize| {
        let spike = if i == j {
            spikes.get(i).copied().unwrap_or(0.0)
        } else {
            0.0
        };
        0.5 * (product[(i, j)] + product[(j, i)]) / n as f64 + spike
    };
    let matrix = Matrix::from_fn(n, n, entry);
    let truth = eigenvalues(&matrix);
    let ends = Ends {
        relative: 1e-10,
        ..Ends::new(3, 0)
    };
    let found = solve(&DenseOperator::new(matrix), &ends);
    assert!(matches!(found.ending, Ending::Converged));
    verify(&found, &ends, &truth, 1e-12);
    for (pair, theta) in found.largest().zip(spikes) {
        let place = theta * theta / (theta - 1.0);
        let second = (theta - 1.0f64).powi(2) / (theta.powi(3) * (theta - 2.0));
        let deviation = (2.0 / n as f64 * (second - 1.0 / (theta * theta))).sqrt() / second;
        println!(
            "{} at {place}: {:.2} deviations",
            pair.value,
            (pair.value - place) / deviation
        );
        assert!(
            (pair.value - place).abs() < 5.0 * deviation,
            "{} {place} {deviation}",
            pair.value
        );
    }
    // The bulk ends at 4, up to some n^{-2/3}.
    assert!(
        (truth[n - 4] - 4.0).abs() < 8.0 * (n as f64).powf(-2.0 / 3.0),
        "{}",
        truth[n - 4]
    );
}
