//! What is said of eigenvalues beside the pairs, and of pairs that stand alone.

use crate::support::{patient, rotated};
use spectra::{Accuracy, DiagonalOperator, Ending, Ends, density, extremes, survey};

fn families() -> Vec<(&'static str, Vec<f64>)> {
    let spikes = |i: i32| match i {
        0..3 => 4.0 + f64::from(i),
        3..6 => -4.0 - f64::from(i),
        _ => f64::from(i) / 900.0,
    };
    let saddle = |i: i32| {
        if i % 100 == 0 {
            f64::from(i) - 300.0
        } else {
            f64::from(i) / 700.0
        }
    };
    let copies = |i: i32| if i < 9 { 3.0 } else { f64::from(i % 200) / 100.0 };
    vec![
        ("linear", (0..800).map(|i| f64::from(i) / 800.0).collect()),
        ("spikes", (0..900).map(spikes).collect()),
        ("saddle", (0..700).map(saddle).collect()),
        ("copies", (0..600).map(copies).collect()),
    ]
}

/// The eigenvalues without the `largest` largest and the `smallest` smallest, ascending.
fn rest(values: &[f64], largest: usize, smallest: usize) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[smallest..sorted.len() - largest].to_vec()
}

#[test]
fn nothing_lies_beyond_as_often_as_promised() {
    let seeds = 60usize;
    for (name, values) in families() {
        let operator = DiagonalOperator::new(values.clone());
        for (largest, smallest) in [(3, 2), (4, 0)] {
            let rest = rest(&values, largest, smallest);
            let mut missed = 0;
            let mut said = 0;
            for seed in 0..seeds as u64 {
                let ends = Ends {
                    relative: 1e-4,
                    absolute: 1e-4,
                    confidence: 0.9,
                    max_basis: Some(200),
                    seed,
                    ..Ends::new(largest, smallest)
                };
                let found = extremes(&operator, &ends, patient);
                assert_eq!(found.ending, Ending::Converged);
                let unseen = found.unseen.expect("a confirmation");
                assert_eq!(unseen.confidence, 0.9);
                missed += usize::from(rest[0] < unseen.below || rest[rest.len() - 1] > unseen.above);
                said += usize::from(unseen.above.is_finite());
                // What is said is what was asked for: nothing beyond the last pairs but for the order of equals.
                let last = found.pairs[largest - 1].value;
                assert!(
                    unseen.above <= last + 4e-4 * last.abs().max(1.0),
                    "{name}: {unseen:?} {last}"
                );
                if smallest > 0 {
                    let last = found.pairs[largest].value;
                    assert!(
                        unseen.below >= last - 4e-4 * last.abs().max(1.0),
                        "{name}: {unseen:?} {last}"
                    );
                }
            }
            println!("{name} {largest} {smallest}: missed {missed} of {seeds}, said {said}");
            // One in ten is allowed, and five standard deviations of chance.
            assert!(missed <= 17, "{name}: {missed}");
            assert!(said == seeds, "{name}: {said}");
        }
    }
}

#[test]
fn what_is_beside_the_whole_space() {
    let values = [4.0, 3.0, 2.0, -1.0, 0.5];
    let found = extremes(&rotated(&values, 1), &Ends::new(2, 1), patient);
    let unseen = found.unseen.unwrap();
    assert!(
        (unseen.below - 0.5).abs() < 1e-12 && (unseen.above - 2.0).abs() < 1e-12 && unseen.confidence == 1.0
    );
    let all = extremes(&rotated(&values, 1), &Ends::new(3, 2), patient)
        .unseen
        .unwrap();
    assert!(all.below > all.above);
    // Without a confirmation nothing is said.
    let ends = Ends {
        confirm: false,
        ..Ends::new(2, 1)
    };
    let operator = DiagonalOperator::new((0..500).map(f64::from).collect());
    assert_eq!(extremes(&operator, &ends, patient).unseen, None);
}

/// Pairs that stand alone are known much better than their residuals say, and so are their vectors.
#[test]
fn gap_bounds_contain_the_truth() {
    let mut values: Vec<f64> = (0..2_000).map(|i| f64::from(i) / 2_000.0).collect();
    values[7] = 9.0;
    values[1_300] = 6.0;
    values[44] = -2.0;
    let truth = [(9.0, 7), (6.0, 1_300), (-2.0, 44)];
    for seed in 0..50 {
        let ends = Ends {
            relative: 1e-2,
            seed,
            ..Ends::new(2, 1)
        };
        let found = extremes(&DiagonalOperator::new(values.clone()), &ends, patient);
        let mut sharper = 0;
        for (i, (pair, gap)) in found.pairs.iter().zip(found.gaps()).enumerate() {
            let alone = gap.expect("each of the three stands alone");
            let (value, index) = truth[i];
            assert!(
                alone.gap > 1.5 && (pair.value - value).abs() <= alone.bound,
                "{pair:?} {alone:?}"
            );
            let own = found.vectors.column(i)[index];
            assert!(
                (1.0 - own * own).max(0.0).sqrt() <= alone.sine + 1e-8,
                "{pair:?} {alone:?} {own}"
            );
            sharper += usize::from(alone.bound < 0.1 * pair.bound);
        }
        assert!(sharper > 0);
    }
    // Copies have no gap.
    let mut copies = values;
    copies[8] = 9.0;
    let found = extremes(&DiagonalOperator::new(copies), &Ends::new(3, 1), patient);
    let gaps = found.gaps();
    assert!(
        gaps[0].is_none() && gaps[1].is_none() && gaps[2].is_some(),
        "{gaps:?}"
    );
}

#[test]
fn what_the_norm_leaves() {
    for (name, values) in families() {
        let square: f64 = values.iter().map(|x| x * x).sum();
        let found = extremes(
            &rotated(&values, 2),
            &Ends {
                relative: 1e-3,
                ..Ends::new(4, 4)
            },
            patient,
        );
        let most = found.rest_at_most(square * (1.0 + 1e-12));
        let rest = rest(&values, 4, 4);
        assert!(rest.iter().all(|value| value.abs() <= most), "{name}: {most}");
        let true_rest = rest.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!(
            most >= true_rest && most < 1.01 * true_rest,
            "{name}: {most} {true_rest}"
        );
    }
}

/// The caller's probability decides how long the look beside the pairs takes, and how far its statement reaches.
#[test]
fn confidence_has_a_price() {
    let operator = DiagonalOperator::new((0..20_000).map(|i| (f64::from(i) / 20_000.0).powi(2)).collect());
    let run = |confidence| {
        let ends = Ends {
            relative: 1e-3,
            confidence,
            max_basis: Some(120),
            ..Ends::new(3, 0)
        };
        let found = extremes(&operator, &ends, patient);
        assert!(found.converged() && found.unseen.unwrap().above > found.pairs[2].value);
        found
    };
    let (loose, strict) = (run(0.5), run(1.0 - 1e-9));
    assert!(
        loose.products < strict.products,
        "{} {}",
        loose.products,
        strict.products
    );
    // With equal products, the bound is closer for who allows more chance.
    let known: Vec<f64> = (0..500)
        .map(|i| if i < 1 { 3.0 } else { f64::from(i) / 1000.0 })
        .collect();
    let above = |confidence| {
        let ends = Ends {
            confidence,
            seed: 5,
            ..Ends::new(1, 0)
        };
        let found = extremes(&rotated(&known, 3), &ends, patient);
        (found.products, found.unseen.unwrap().above)
    };
    let (few, loose) = above(0.9);
    let (many, strict) = above(0.901);
    assert!(few == many && loose < strict, "{few} {many}, {loose} {strict}");
}

#[test]
#[should_panic(expected = "confidence is 1: a probability between 0 and 1 is needed")]
fn certainty_is_refused() {
    extremes(
        &DiagonalOperator::new(vec![1.0]),
        &Ends {
            confidence: 1.0,
            ..Ends::new(1, 0)
        },
        patient,
    );
}

#[test]
fn one_run_answers_as_two_do_with_fewer_products() {
    let spikes = |i: i32| match i {
        0..4 => 3.0 + f64::from(i),
        4..8 => -3.0 - f64::from(i),
        _ => (f64::from(i) * 0.37).sin(),
    };
    let saddle = |i: i32| {
        if i < 12 {
            1.9 * f64::from(i) - 9.0
        } else {
            f64::from(i) / 20_000.0
        }
    };
    let families: [(&str, Vec<f64>); 2] = [
        ("spikes", (0..20_000).map(spikes).collect()),
        ("saddle", (0..20_000).map(saddle).collect()),
    ];
    for (name, values) in families {
        let operator = DiagonalOperator::new(values.clone());
        let ends = Ends {
            relative: 1e-3,
            absolute: 1e-3,
            ..Ends::new(4, 2)
        };
        let accuracy = Accuracy::default();
        let both = survey(&operator, &ends, &accuracy, patient);
        assert_eq!(both.density, density(&operator, &accuracy, patient), "{name}");
        assert!(both.ends.converged(), "{name}");
        let mut sorted = values.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        for (pair, truth) in both.ends.largest().zip(&sorted) {
            assert!(
                (pair.value - truth).abs() <= pair.bound,
                "{name}: {pair:?} {truth}"
            );
        }
        for (pair, truth) in both.ends.smallest().zip(sorted.iter().rev()) {
            assert!(
                (pair.value - truth).abs() <= pair.bound,
                "{name}: {pair:?} {truth}"
            );
        }
        let alone = extremes(&operator, &ends, patient).products + both.density.products;
        println!(
            "{name}: {} products, {} shared, {alone} alone",
            both.products, both.shared
        );
        assert!(both.shared > 0 && both.products == both.ends.products + both.density.products - both.shared);
        assert!(both.products < alone, "{name}: {} {alone}", both.products);
    }
}

#[test]
fn surveys_of_small_stopped_and_broken_operators() {
    let small = survey(
        &rotated(&[3.0, 2.0, 1.0], 1),
        &Ends::new(1, 1),
        &Accuracy::default(),
        patient,
    );
    assert_eq!(
        (small.shared, small.density.ending, small.ends.ending),
        (0, Ending::WholeSpace, Ending::WholeSpace)
    );
    let operator = DiagonalOperator::new((0..9_000).map(f64::from).collect());
    for last in [1, 40, 400] {
        let stop = |products| match products >= last {
            true => std::ops::ControlFlow::Break(()),
            false => std::ops::ControlFlow::Continue(()),
        };
        let ends = Ends {
            relative: 1e-12,
            ..Ends::new(2, 2)
        };
        let found = survey(&operator, &ends, &Accuracy::default(), stop);
        assert_eq!(found.ends.ending, Ending::Interrupted);
        assert!(found.ends.pairs.len() == 4 && found.density.rules.iter().all(|rule| !rule.nodes.is_empty()));
    }
    let broken = DiagonalOperator::new((0..9_000).map(|i| if i == 3 { f64::NAN } else { 1.0 }).collect());
    let found = survey(&broken, &Ends::new(1, 1), &Accuracy::default(), patient);
    assert_eq!(
        (found.density.ending, found.ends.ending),
        (Ending::NotFinite, Ending::NotFinite)
    );
}
