//! Generators have the law they name.

use models::Seed;
use proptest::prelude::*;

use super::{gram, moments, values};
use crate::data::{Answer, DataConfig, Source, class_counts, prepare};

/// Training examples of a generator.
fn drawn(source: Source, train: usize, seed: u64) -> models::Examples {
    prepare(&DataConfig::new(source, train), Seed(seed))
        .unwrap()
        .train
}

#[test]
fn sphere_inputs_have_norm_one_and_no_direction() {
    let examples = drawn(
        Source::Sphere {
            dimension: 5,
            width: 2,
        },
        20_000,
        3,
    );
    for x in examples.inputs.chunks_exact(5) {
        assert!((x.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-14);
    }
    // E xxᵀ = I/d; entries have variance below 0.1, so their means deviate by less than 4·√(0.1/20000).
    let gram = gram(&examples.inputs, 5);
    for (i, entry) in gram.iter().enumerate() {
        let expected = if i % 6 == 0 { 0.2 } else { 0.0 };
        assert!(
            (entry / 20_000.0 - expected).abs() < 0.009,
            "entry {i} is {}",
            entry / 20_000.0
        );
    }
    let (mean, variance) = moments(values(&examples));
    assert!(mean.abs() < 4.0 / 40_000f64.sqrt() && (variance - 1.0).abs() < 4.0 * (2.0 / 40_000f64).sqrt());
}

/// Least squares by elimination on the normal equations: the teacher of a noiseless linear sample is found
/// exactly.
fn teacher_of(inputs: &[f64], targets: &[f64], d: usize, c: usize) -> Vec<f64> {
    let mut system: Vec<Vec<f64>> = gram(inputs, d).chunks(d).map(<[f64]>::to_vec).collect();
    for (x, y) in inputs.chunks(d).zip(targets.chunks(c)) {
        for (row, x) in system.iter_mut().zip(x) {
            row.resize(d + c, 0.0);
            y.iter().enumerate().for_each(|(k, y)| row[d + k] += x * y);
        }
    }
    for pivot in 0..d {
        let scale = system[pivot][pivot];
        system[pivot].iter_mut().for_each(|x| *x /= scale);
        for other in (0..d).filter(|&other| other != pivot) {
            let (factor, row) = (system[other][pivot], system[pivot].clone());
            system[other]
                .iter_mut()
                .zip(row)
                .for_each(|(x, p)| *x -= factor * p);
        }
    }
    system.iter().flat_map(|row| row[d..].to_vec()).collect()
}

/// max |Y − X·W|.
fn misfit(inputs: &[f64], targets: &[f64], teacher: &[f64], d: usize, c: usize) -> f64 {
    let answers = inputs.chunks(d).flat_map(|x| {
        (0..c).map(move |k| {
            x.iter()
                .enumerate()
                .map(|(j, x)| x * teacher[j * c + k])
                .sum::<f64>()
        })
    });
    answers
        .zip(targets)
        .map(|(a, y)| (a - y).abs())
        .fold(0.0, f64::max)
}

#[test]
fn a_linear_teacher_is_linear_without_noise_and_noisy_with_it() {
    let clean = drawn(
        Source::TeacherLinear {
            dimension: 6,
            width: 3,
            noise: 0.0,
        },
        400,
        1,
    );
    let teacher = teacher_of(&clean.inputs, values(&clean), 6, 3);
    assert!(misfit(&clean.inputs, values(&clean), &teacher, 6, 3) < 1e-12);

    // Noise changes neither inputs nor teacher.
    let noisy = drawn(
        Source::TeacherLinear {
            dimension: 6,
            width: 3,
            noise: 0.5,
        },
        400,
        1,
    );
    assert_eq!(noisy.inputs, clean.inputs);
    let noise: Vec<f64> = values(&noisy)
        .iter()
        .zip(values(&clean))
        .map(|(a, b)| a - b)
        .collect();
    let (mean, variance) = moments(&noise);
    assert!(mean.abs() < 4.0 * 0.5 / 1200f64.sqrt());
    assert!((variance - 0.25).abs() < 4.0 * 0.25 * (2.0 / 1200f64).sqrt());
}

#[test]
fn a_two_layer_teacher_has_second_moment_one_and_its_classes_are_its_largest_values() {
    let source = |answer| Source::TeacherTwoLayer {
        dimension: 8,
        hidden: 400,
        width: 50,
        answer,
    };
    let by_value = drawn(source(Answer::Values), 2000, 5);
    // Over 50 outputs of one teacher the second moment has standard deviation 0.08: each output's mean, (Σ
    // a)/√(πk), gives √(2/50)/π, its linear part the rest.
    let second = values(&by_value).iter().map(|y| y * y).sum::<f64>() / 100_000.0;
    assert!((second - 1.0).abs() < 0.3, "{second}");

    let by_class = drawn(source(Answer::Classes), 2000, 5);
    assert_eq!(
        (by_class.target_width(), &by_class.inputs),
        (50, &by_value.inputs)
    );
    for (row, &label) in values(&by_value).chunks(50).zip(by_class.labels().unwrap()) {
        assert!(row.iter().all(|y| *y <= row[label as usize]));
    }
    assert_eq!(class_counts(&by_class).unwrap().iter().sum::<usize>(), 2000);
}

#[test]
fn of_equal_values_the_first_is_the_class() {
    // A single hidden unit is silent on half of the inputs, and there all values are 0.
    let source = |answer| Source::TeacherTwoLayer {
        dimension: 3,
        hidden: 1,
        width: 4,
        answer,
    };
    let (by_value, by_class) = (
        drawn(source(Answer::Values), 100, 5),
        drawn(source(Answer::Classes), 100, 5),
    );
    let silent = |i: usize| values(&by_value)[4 * i..4 * i + 4].iter().all(|y| *y == 0.0);
    let first: Vec<u32> = (0..100)
        .filter(|&i| silent(i))
        .map(|i| by_class.labels().unwrap()[i])
        .collect();
    assert!(first.len() > 25 && first.iter().all(|&label| label == 0));
}

#[test]
fn a_two_layer_teacher_is_homogeneous_but_not_linear() {
    let source = Source::TeacherTwoLayer {
        dimension: 3,
        hidden: 4,
        width: 1,
        answer: Answer::Values,
    };
    let examples = drawn(source, 200, 5);
    let teacher = teacher_of(&examples.inputs, values(&examples), 3, 1);
    assert!(misfit(&examples.inputs, values(&examples), &teacher, 3, 1) > 0.1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whitened_low_rank_data_have_the_prescribed_spectrum(
        d in 1usize..12, c in 1usize..8, more in 0usize..40, seed: u64, test in 0usize..5,
    ) {
        let singular_values: Vec<f64> = (0..d.min(c)).map(|i| 3.0 / (i + 1) as f64).collect();
        let squares: f64 = singular_values.iter().map(|s| s * s).sum();
        let fourth: f64 = singular_values.iter().map(|s| s.powi(4)).sum();
        let source = Source::LowRank { dimension: d, width: c, singular_values, whitened: true };
        let m = d + more;
        let split = prepare(&DataConfig { test, ..DataConfig::new(source, m) }, Seed(seed)).unwrap();
        let (x, y) = (&split.train.inputs, values(&split.train));
        for (i, entry) in gram(x, d).iter().enumerate() {
            let expected = if i % (d + 1) == 0 { 1.0 } else { 0.0 };
            prop_assert!((entry / m as f64 - expected).abs() < 1e-10);
        }
        // YᵀY = m·AᵀA: its trace and the trace of its square are those of the singular values.
        let gram = gram(y, c);
        let trace: f64 = gram.iter().step_by(c + 1).sum();
        prop_assert!((trace / m as f64 - squares).abs() < 1e-10);
        let square: f64 = gram.iter().map(|x| (x / m as f64).powi(2)).sum();
        prop_assert!((square - fourth).abs() < 1e-9);
        // The same map gives the test targets.
        if let Some(test) = &split.test {
            let teacher = teacher_of(x, y, d, c);
            prop_assert!(misfit(&test.inputs, values(test), &teacher, d, c) < 1e-9);
        }
    }

    #[test]
    fn low_rank_data_have_the_prescribed_rank(rank in 1usize..4, seed: u64) {
        let singular_values = vec![2.0; rank];
        let examples = drawn(Source::LowRank { dimension: 6, width: 4, singular_values, whitened: false }, 50, seed);
        let teacher = teacher_of(&examples.inputs, values(&examples), 6, 4);
        prop_assert!(misfit(&examples.inputs, values(&examples), &teacher, 6, 4) < 1e-8);
        // With equal singular values s, AᵀA = s²·(projection of this rank): trace 4·rank, and (AᵀA)² = 4·AᵀA.
        let gram = gram(&teacher, 4);
        let trace: f64 = gram.iter().step_by(5).sum();
        prop_assert!((trace - 4.0 * rank as f64).abs() < 1e-8);
        let square: f64 = gram.iter().map(|x| x * x).sum();
        prop_assert!((square - 16.0 * rank as f64).abs() < 1e-7);
    }
}

#[test]
fn more_test_examples_change_no_training_example() {
    for source in [
        Source::Sphere {
            dimension: 4,
            width: 1,
        },
        Source::TeacherLinear {
            dimension: 4,
            width: 2,
            noise: 0.1,
        },
        Source::TeacherTwoLayer {
            dimension: 4,
            hidden: 3,
            width: 2,
            answer: Answer::Classes,
        },
        Source::LowRank {
            dimension: 4,
            width: 2,
            singular_values: vec![1.0],
            whitened: true,
        },
    ] {
        let few = DataConfig {
            test: 3,
            ..DataConfig::new(source.clone(), 20)
        };
        let many = DataConfig {
            test: 30,
            ..few.clone()
        };
        let (few, many) = (prepare(&few, Seed(9)).unwrap(), prepare(&many, Seed(9)).unwrap());
        assert_eq!(few.train, many.train, "{}", source.name());
        assert_eq!(
            few.test.unwrap(),
            many.test.unwrap().select(&[0, 1, 2]),
            "{}",
            source.name()
        );
        assert_ne!(few.train, drawn(source, 20, 10));
    }
}
