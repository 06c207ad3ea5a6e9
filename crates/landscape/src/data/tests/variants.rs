//! The variants destroy what they name, and nothing else.

use models::{Examples, Seed};

use super::{moments, values};
use crate::data::{DataConfig, Normalise, Source, Split, Variant, View, apply, class_counts, prepare};

/// Standardised digits, 1,200 and 500.
fn split() -> Split {
    prepare(
        &DataConfig {
            test: 500,
            ..DataConfig::new(Source::Digits, 1200)
        },
        Seed(2),
    )
    .unwrap()
}

/// How many training labels are the same.
fn agreement(a: &Split, b: &Split) -> usize {
    a.train
        .labels()
        .unwrap()
        .iter()
        .zip(b.train.labels().unwrap())
        .filter(|(a, b)| a == b)
        .count()
}

/// Whether a count of `n` trials lies within four standard deviations of its expectation.
fn binomial(count: usize, n: usize, p: f64) -> bool {
    (count as f64 - n as f64 * p).abs() <= 4.0 * (n as f64 * p * (1.0 - p)).sqrt()
}

fn sorted(numbers: &[f64]) -> Vec<f64> {
    let mut numbers = numbers.to_vec();
    numbers.sort_by(f64::total_cmp);
    numbers
}

#[test]
fn label_variants_have_the_stated_agreement_and_touch_nothing_else() {
    let split = split();
    for (variant, replaced) in [
        (Variant::Corrupted { probability: 0.0 }, 0.0),
        (Variant::Corrupted { probability: 0.2 }, 0.2),
        (Variant::Corrupted { probability: 0.5 }, 0.5),
        (Variant::Corrupted { probability: 0.9 }, 0.9),
        (Variant::RandomLabels, 1.0),
    ] {
        let varied = apply(variant, &split, Seed(7));
        assert_eq!(
            (&varied.train.inputs, &varied.test),
            (&split.train.inputs, &split.test),
            "{variant}"
        );
        let same = agreement(&split, &varied);
        assert!(
            binomial(same, 1200, 1.0 - 0.9 * replaced),
            "{variant}: {same} of 1200 labels are the true ones"
        );
        assert_eq!(
            varied.description,
            format!("{}; {}", split.description, variant.name())
        );
    }
    assert_eq!(apply(Variant::True, &split, Seed(7)), split);
}

#[test]
fn random_labels_are_uniform_and_fixed_by_their_seed() {
    let split = split();
    let random = apply(Variant::RandomLabels, &split, Seed(7));
    assert!(
        class_counts(&random.train)
            .unwrap()
            .iter()
            .all(|&count| binomial(count, 1200, 0.1))
    );
    assert_eq!(random, apply(Variant::RandomLabels, &split, Seed(7)));
    let other = apply(Variant::RandomLabels, &split, Seed(8));
    assert!(binomial(agreement(&random, &other), 1200, 0.1));
}

#[test]
fn corruption_is_coupled_over_probabilities() {
    let split = split();
    let labels = |p| {
        apply(Variant::Corrupted { probability: p }, &split, Seed(7))
            .train
            .labels()
            .unwrap()
            .to_vec()
    };
    let (truth, some, more) = (labels(0.0), labels(0.3), labels(0.6));
    assert!((0..1200).all(|i| some[i] == truth[i] || some[i] == more[i]));
    let random = apply(Variant::RandomLabels, &split, Seed(7));
    assert_eq!(labels(1.0), random.train.labels().unwrap());
}

#[test]
fn labels_and_pixels_have_streams_of_their_own() {
    // Label draws do not depend on the inputs, nor pixel draws on the labels.
    let split = split();
    let random = apply(Variant::RandomLabels, &split, Seed(7));
    let pixels = apply(Variant::RandomPixels, &split, Seed(7));
    assert_eq!(
        apply(Variant::RandomPixels, &random, Seed(7)).train.inputs,
        pixels.train.inputs
    );
    assert_eq!(
        apply(Variant::RandomLabels, &pixels, Seed(7)).train.labels(),
        random.train.labels()
    );
    // Nor do training examples depend on how many test examples there are.
    let alone = Split {
        test: None,
        ..split.clone()
    };
    assert_eq!(apply(Variant::RandomPixels, &alone, Seed(7)).train, pixels.train);
}

/// The permutation that leads from one image to another whose pixels are all different.
fn permutation(from: &[f64], to: &[f64]) -> Vec<usize> {
    to.iter()
        .map(|x| from.iter().position(|y| x == y).unwrap())
        .collect()
}

#[test]
fn shuffled_pixels_are_one_permutation_and_random_pixels_one_each() {
    // Gaussian inputs have no equal coordinates, so that permutations can be read off.
    let config = DataConfig {
        test: 50,
        ..DataConfig::new(
            Source::Sphere {
                dimension: 20,
                width: 1,
            },
            200,
        )
    };
    let split = prepare(&config, Seed(0)).unwrap();
    let permutations = |varied: &Split| -> Vec<Vec<usize>> {
        let of = |a: &Examples, b: &Examples| {
            a.inputs
                .chunks(20)
                .zip(b.inputs.chunks(20))
                .map(|(a, b)| permutation(a, b))
                .collect::<Vec<_>>()
        };
        let test = of(split.test.as_ref().unwrap(), varied.test.as_ref().unwrap());
        [of(&split.train, &varied.train), test].concat()
    };
    let identity: Vec<usize> = (0..20).collect();
    let shuffled = permutations(&apply(Variant::ShuffledPixels, &split, Seed(7)));
    assert!(shuffled.windows(2).all(|pair| pair[0] == pair[1]) && shuffled[0] != identity);
    let random = permutations(&apply(Variant::RandomPixels, &split, Seed(7)));
    assert!(random.windows(2).all(|pair| pair[0] != pair[1]));
    let fixed = random
        .iter()
        .flatten()
        .zip(identity.iter().cycle())
        .filter(|(a, b)| a == b)
        .count();
    assert!(
        binomial(fixed, 5000, 0.05),
        "{fixed} of 5000 pixels stay in their place"
    );
}

#[test]
fn permuted_images_keep_their_pixels_and_targets() {
    let split = split();
    for variant in [Variant::ShuffledPixels, Variant::RandomPixels] {
        let varied = apply(variant, &split, Seed(7));
        for (old, new) in [
            (&split.train, &varied.train),
            (split.test.as_ref().unwrap(), varied.test.as_ref().unwrap()),
        ] {
            assert_eq!(old.targets, new.targets);
            for (a, b) in old.inputs.chunks(64).zip(new.inputs.chunks(64)) {
                assert_eq!(sorted(a), sorted(b), "{variant}");
            }
        }
    }
}

#[test]
fn gaussian_pixels_have_the_moments_of_the_training_pixels() {
    let config = DataConfig {
        test: 500,
        normalise: Some(Normalise::UnitRange),
        ..DataConfig::new(Source::Digits, 1200)
    };
    let split = prepare(&config, Seed(2)).unwrap();
    let varied = apply(Variant::Gaussian, &split, Seed(7));
    let (mean, variance) = moments(&split.train.inputs);
    for (old, new) in [
        (&split.train, &varied.train),
        (split.test.as_ref().unwrap(), varied.test.as_ref().unwrap()),
    ] {
        let n = new.inputs.len() as f64;
        let (new_mean, new_variance) = moments(&new.inputs);
        assert!((new_mean - mean).abs() < 4.0 * (variance / n).sqrt());
        assert!((new_variance / variance - 1.0).abs() < 4.0 * (2.0 / n).sqrt());
        // About 68.27 % within one standard deviation: a normal law, not the two-peaked one of images.
        let within = new
            .inputs
            .iter()
            .filter(|x| (*x - mean).abs() < variance.sqrt())
            .count();
        assert!(binomial(within, new.inputs.len(), 0.682_689_492));
        assert_eq!(
            (old.len(), old.dimension, &old.targets),
            (new.len(), new.dimension, &new.targets)
        );
    }
}

#[test]
fn values_are_replaced_by_values_of_other_training_examples() {
    let config = DataConfig {
        test: 100,
        view: View::OneHot,
        ..DataConfig::new(Source::Digits, 1200)
    };
    let split = prepare(&config, Seed(2)).unwrap();
    let half = apply(Variant::Corrupted { probability: 0.5 }, &split, Seed(7));
    assert_eq!(
        (&half.train.inputs, &half.test),
        (&split.train.inputs, &split.test)
    );
    let rows = |split: &Split| {
        values(&split.train)
            .chunks(10)
            .map(<[f64]>::to_vec)
            .collect::<Vec<_>>()
    };
    let (old, new) = (rows(&split), rows(&half));
    assert!(
        new.iter().all(|row| row.iter().sum::<f64>() == 1.0),
        "each target is still one-hot"
    );
    let same = old.iter().zip(&new).filter(|(a, b)| a == b).count();
    assert!(
        binomial(same, 1200, 0.55),
        "{same} of 1200 targets are the true ones"
    );

    // All different values: each random target is one of the training targets, and 1 in n keeps its own.
    let sphere = prepare(
        &DataConfig::new(
            Source::Sphere {
                dimension: 3,
                width: 1,
            },
            2000,
        ),
        Seed(2),
    )
    .unwrap();
    let random = apply(Variant::RandomLabels, &sphere, Seed(7));
    let own = values(&sphere.train)
        .iter()
        .zip(values(&random.train))
        .filter(|(a, b)| a == b)
        .count();
    assert!(own <= 5, "{own} of 2000 targets stay with their input");
    assert!(
        values(&random.train)
            .iter()
            .all(|y| values(&sphere.train).contains(y))
    );
}

#[test]
fn names_read_and_write() {
    for (text, variant, name) in [
        ("true", Variant::True, "true labels"),
        (
            "corrupted-0.25",
            Variant::Corrupted { probability: 0.25 },
            "labels corrupted with probability 0.25",
        ),
        ("random-labels", Variant::RandomLabels, "random labels"),
        ("shuffled-pixels", Variant::ShuffledPixels, "shuffled pixels"),
        ("random-pixels", Variant::RandomPixels, "random pixels"),
        ("gaussian", Variant::Gaussian, "Gaussian pixels"),
    ] {
        assert_eq!(
            (text.parse(), variant.to_string(), variant.name()),
            (Ok(variant), text.into(), name.into())
        );
        assert_eq!(serde_json::to_string(&variant).unwrap(), format!("\"{text}\""));
        assert_eq!(
            serde_json::from_str::<Variant>(&format!("\"{text}\"")).unwrap(),
            variant
        );
    }
}
