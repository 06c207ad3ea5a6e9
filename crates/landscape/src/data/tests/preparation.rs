//! Splits, views and normalisation.

use std::collections::HashSet;

use models::{Examples, Seed};

use super::{moments, values};
use crate::data::{DataConfig, Normalise, Pick, Source, View, digits, fashion, prepare};

/// The digits as they are stored.
fn raw(train: usize, test: usize) -> DataConfig {
    DataConfig {
        test,
        normalise: Some(Normalise::None),
        ..DataConfig::new(Source::Digits, train)
    }
}

/// Examples as sets of bits, to compare without order. All digits are different images.
fn bits(examples: &Examples) -> HashSet<Vec<u64>> {
    examples
        .inputs
        .chunks(examples.dimension)
        .map(|x| x.iter().map(|x| x.to_bits()).collect())
        .collect()
}

#[test]
fn a_split_partitions_its_source() {
    let split = prepare(&raw(1000, 797), Seed(4)).unwrap();
    let (train, test) = (bits(&split.train), bits(split.test.as_ref().unwrap()));
    assert_eq!((train.len(), test.len()), (1000, 797));
    assert!(train.is_disjoint(&test));
    assert_eq!(
        train.union(&test).cloned().collect::<HashSet<_>>(),
        bits(&digits())
    );
    // Labels travel with their images.
    let all = digits();
    for (x, label) in split.train.inputs.chunks(64).zip(split.train.labels().unwrap()) {
        let home = all.inputs.chunks(64).position(|y| x == y).unwrap();
        assert_eq!(all.labels().unwrap()[home], *label);
    }
}

#[test]
fn the_seed_decides_the_split() {
    let config = raw(300, 100);
    assert_eq!(prepare(&config, Seed(1)), prepare(&config, Seed(1)));
    let (one, two) = (
        prepare(&config, Seed(1)).unwrap(),
        prepare(&config, Seed(2)).unwrap(),
    );
    assert_ne!(bits(&one.train), bits(&two.train));
    // A smaller test set leaves the training set alone.
    assert_eq!(one.train, prepare(&raw(300, 0), Seed(1)).unwrap().train);
}

#[test]
fn first_takes_the_stored_beginning_in_random_order() {
    let config = DataConfig {
        pick: Pick::First,
        ..raw(150, 50)
    };
    let (one, two) = (
        prepare(&config, Seed(1)).unwrap(),
        prepare(&config, Seed(2)).unwrap(),
    );
    let beginning = bits(&digits().select(&(0..200).collect::<Vec<_>>()));
    for split in [&one, &two] {
        let both: HashSet<_> = bits(&split.train)
            .union(&bits(split.test.as_ref().unwrap()))
            .cloned()
            .collect();
        assert_eq!(both, beginning);
    }
    assert_ne!(bits(&one.train), bits(&two.train));
}

#[test]
fn views_of_two_classes() {
    let config = DataConfig {
        classes: vec![8, 3],
        ..raw(357, 0)
    };
    let labels = prepare(&config, Seed(0)).unwrap().train;
    let signs = prepare(
        &DataConfig {
            view: View::Signs,
            ..config.clone()
        },
        Seed(0),
    )
    .unwrap()
    .train;
    let hot = prepare(
        &DataConfig {
            view: View::OneHot,
            ..config.clone()
        },
        Seed(0),
    )
    .unwrap()
    .train;
    let centred = prepare(
        &DataConfig {
            view: View::CentredOneHot,
            ..config
        },
        Seed(0),
    )
    .unwrap()
    .train;
    let all = digits();
    assert_eq!(
        (labels.target_width(), signs.target_width(), hot.target_width()),
        (2, 1, 2)
    );
    for (i, &label) in labels.labels().unwrap().iter().enumerate() {
        let home = all
            .inputs
            .chunks(64)
            .position(|y| &labels.inputs[i * 64..(i + 1) * 64] == y)
            .unwrap();
        assert_eq!(all.labels().unwrap()[home], [8, 3][label as usize]);
        assert_eq!(values(&signs)[i], [-1.0, 1.0][label as usize]);
        assert_eq!(
            values(&hot)[2 * i..2 * i + 2],
            [[1.0, 0.0], [0.0, 1.0]][label as usize]
        );
        assert_eq!(
            values(&centred)[2 * i..2 * i + 2],
            [[0.5, -0.5], [-0.5, 0.5]][label as usize]
        );
    }
    assert_eq!(
        labels
            .labels()
            .unwrap()
            .iter()
            .filter(|&&label| label == 0)
            .count(),
        174
    );
}

#[test]
fn centred_one_hot_targets_sum_to_zero() {
    let config = DataConfig {
        view: View::CentredOneHot,
        ..raw(100, 20)
    };
    let split = prepare(&config, Seed(0)).unwrap();
    for row in values(&split.train)
        .chunks(10)
        .chain(values(split.test.as_ref().unwrap()).chunks(10))
    {
        assert!(row.iter().sum::<f64>().abs() < 1e-15);
        assert_eq!(row.iter().filter(|y| **y == 0.9).count(), 1);
    }
}

#[test]
fn standardise_uses_the_training_examples_alone() {
    let config = DataConfig {
        normalise: Some(Normalise::Standardise),
        ..raw(30, 300)
    };
    let (plain, split) = (
        prepare(&raw(30, 300), Seed(6)).unwrap(),
        prepare(&config, Seed(6)).unwrap(),
    );
    let column = |examples: &Examples, j: usize| -> Vec<f64> {
        examples.inputs[j..].iter().step_by(64).copied().collect()
    };
    let (raw_test, test) = (plain.test.unwrap(), split.test.unwrap());
    // Pixels that are constant over 30 training examples, yet not over all: the hard case.
    let mut surprising = 0;
    for j in 0..64 {
        let (mean, variance) = moments(&column(&plain.train, j));
        let (new_mean, new_variance) = moments(&column(&split.train, j));
        if variance == 0.0 {
            surprising += usize::from(column(&raw_test, j).iter().any(|x| *x != mean));
            assert!(
                column(&split.train, j)
                    .iter()
                    .chain(&column(&test, j))
                    .all(|x| *x == 0.0)
            );
            continue;
        }
        assert!(new_mean.abs() < 1e-13 && (new_variance - 1.0).abs() < 1e-12);
        for (x, raw) in column(&test, j).iter().zip(column(&raw_test, j)) {
            assert!((x - (raw - mean) / variance.sqrt()).abs() < 1e-12);
        }
    }
    assert!(surprising >= 3, "{surprising}");
    let without_test = prepare(&DataConfig { test: 0, ..config }, Seed(6)).unwrap();
    assert_eq!(without_test.train, split.train);
}

#[test]
fn unit_range_and_unit_norm() {
    let config = |normalise| DataConfig {
        test: 100,
        normalise: Some(normalise),
        ..DataConfig::new(Source::Fashion, 900)
    };
    let ranged = prepare(&config(Normalise::UnitRange), Seed(0)).unwrap();
    assert!(ranged.train.inputs.iter().all(|x| (0.0..=1.0).contains(x)));
    assert_eq!(ranged.train.inputs.iter().copied().fold(0.0, f64::max), 1.0);
    assert_eq!(bits(&ranged.train).len(), 900);
    let stored = bits(&Examples {
        inputs: fashion().inputs.iter().map(|x| x / 255.0).collect(),
        ..fashion()
    });
    assert!(bits(&ranged.train).is_subset(&stored));
    let normed = prepare(&config(Normalise::UnitNorm), Seed(0)).unwrap();
    for x in normed
        .train
        .inputs
        .chunks(784)
        .chain(normed.test.unwrap().inputs.chunks(784))
    {
        assert!((x.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-14);
    }
}

#[test]
fn scale_comes_last() {
    let config = DataConfig {
        normalise: Some(Normalise::UnitNorm),
        ..raw(50, 10)
    };
    let (plain, scaled) = (
        prepare(&config, Seed(0)),
        prepare(&DataConfig { scale: 8.0, ..config }, Seed(0)),
    );
    let (plain, scaled) = (plain.unwrap(), scaled.unwrap());
    let times = |examples: &Examples| examples.inputs.iter().map(|x| 8.0 * x).collect::<Vec<_>>();
    assert_eq!(times(&plain.train), scaled.train.inputs);
    assert_eq!(times(&plain.test.unwrap()), scaled.test.unwrap().inputs);
}

#[test]
fn descriptions_say_what_was_prepared() {
    let say = |config: &DataConfig| prepare(config, Seed(0)).unwrap().description;
    assert_eq!(
        say(&DataConfig {
            test: 797,
            ..DataConfig::new(Source::Digits, 1000)
        }),
        "handwritten digits of 8×8 pixels (scikit-learn): 1000 training and 797 test examples, 64 inputs, 10 classes \
         (88 to 112 training examples each), each input standardised over the training examples"
    );
    let config = DataConfig {
        classes: vec![3, 8],
        view: View::Signs,
        normalise: Some(Normalise::UnitNorm),
        scale: 2.0,
        ..raw(100, 0)
    };
    assert_eq!(
        say(&config),
        "handwritten digits of 8×8 pixels (scikit-learn): 100 training examples, 64 inputs, classes 3, 8, \
         targets −1 and +1, each example divided by its norm, times 2"
    );
    assert_eq!(
        say(&DataConfig::new(
            Source::Sphere {
                dimension: 100,
                width: 1
            },
            100
        )),
        "inputs uniform on the unit sphere, 1 target from N(0, 1): 100 training examples, 100 inputs"
    );
}

#[test]
fn configs_read_and_write() {
    let text = "source = \"digits\"\ntrain = 100\ntest = 20\npick = \"first\"\nclasses = [3, 8]\nview = \"signs\"\n\
                normalise = \"unit-norm\"\nscale = 2.0\n";
    let config: DataConfig = toml::from_str(text).unwrap();
    assert_eq!(toml::to_string(&config).unwrap(), text);
    let text = "train = 60\n[source.low-rank]\ndimension = 6\nwidth = 4\nsingular_values = [3, 2, 1]\n";
    let config: DataConfig = toml::from_str(text).unwrap();
    let singular_values = vec![3.0, 2.0, 1.0];
    let source = Source::LowRank {
        dimension: 6,
        width: 4,
        singular_values,
        whitened: false,
    };
    assert_eq!(config, DataConfig::new(source, 60));
    let again: DataConfig = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config);
    let teacher =
        "train = 9\n[source.teacher-two-layer]\ndimension = 2\nhidden = 3\nwidth = 2\nanswer = \"classes\"\n";
    assert_eq!(
        toml::from_str::<DataConfig>(teacher).unwrap().source.name(),
        "teacher-two-layer"
    );
}
