//! Spectral densities against spectra that are known, and bounds against how often they hold.

use std::cell::Cell;
use std::ops::ControlFlow;

use crate::support::{ByClosure, Single, patient, rotated};
use spectra::{
    Accuracy, ColumnBlock, Density, DiagonalOperator, Ending, Matrix, SelfAdjoint, density, orthonormalise,
};

/// The share of the eigenvalues that are at most x.
fn share(sorted: &[f64], x: f64) -> f64 {
    sorted.partition_point(|&value| value <= x) as f64 / sorted.len() as f64
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The Wasserstein-1 distance of a density and a spectrum: the area between their distribution functions.
fn distance(found: &Density, truth: &[f64]) -> f64 {
    let mut steps: Vec<(f64, f64)> = found.atoms().collect();
    steps.extend(truth.iter().map(|&value| (value, -1.0 / truth.len() as f64)));
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut height = 0.0;
    let mut area = 0.0;
    for pair in steps.windows(2) {
        height += pair[0].1;
        area += f64::abs(height) * (pair[1].0 - pair[0].0);
    }
    area
}

/// Which promises a density breaks: the asked distance, the stated distance, the distribution function, the interval.
pub fn broken(found: &Density, accuracy: &Accuracy, truth: &[f64]) -> [bool; 4] {
    let truth = sorted(truth);
    let (first, last) = (truth[0], truth[truth.len() - 1]);
    let norm = first.abs().max(last.abs());
    let true_distance = distance(found, &truth);
    let outside = truth
        .iter()
        .flat_map(|&value| [value, value + 1e-9 * norm, value - 1e-9 * norm])
        .any(|x| {
            let bounds = found.cumulative(x);
            let true_share = share(&truth, x);
            assert!(bounds.below <= bounds.value && bounds.value <= bounds.above);
            true_share < bounds.below - 1e-12 || true_share > bounds.above + 1e-12
        });
    let (low, high) = found.interval();
    [
        true_distance > accuracy.distance * norm + found.noise,
        true_distance > found.distance(),
        outside,
        first < low - found.noise || last > high + found.noise,
    ]
}

fn families() -> Vec<(&'static str, Vec<f64>)> {
    vec![
        ("linear", (0..600).map(|i| f64::from(i) / 600.0).collect()),
        ("geometric", (0..500).map(|i| 0.7f64.powi(i)).collect()),
        (
            "two points",
            (0..400).map(|i| if i % 5 == 0 { 2.0 } else { -1.0 }).collect(),
        ),
        (
            "spikes",
            (0..700)
                .map(|i| {
                    if i < 3 {
                        50.0 + f64::from(i)
                    } else {
                        (f64::from(i) * 0.37).sin()
                    }
                })
                .collect(),
        ),
        (
            "mostly zero",
            (0..800)
                .map(|i| if i % 40 == 0 { f64::from(i) - 300.0 } else { 0.0 })
                .collect(),
        ),
    ]
}

#[test]
fn every_bound_holds_at_least_as_often_as_promised() {
    let accuracy = Accuracy {
        distance: 0.5,
        confidence: 0.9,
        ..Accuracy::default()
    };
    let seeds = 200;
    for (name, values) in families() {
        let operator = DiagonalOperator::new(values.clone());
        let mut count = [0; 4];
        let mut any = 0;
        for seed in 0..seeds {
            let found = density(&operator, &Accuracy { seed, ..accuracy }, patient);
            assert_eq!(found.ending, Ending::Converged);
            assert_eq!(found.effort, accuracy.effort(values.len()));
            assert_eq!(found.products, found.effort.products());
            let flaws = broken(&found, &accuracy, &values);
            flaws
                .iter()
                .zip(&mut count)
                .for_each(|(&flaw, count)| *count += usize::from(flaw));
            any += usize::from(flaws.contains(&true));
        }
        println!("{name}: broken {count:?} of {seeds}, any {any}");
        // One in ten is allowed, and five standard deviations of chance.
        let allowed = 0.1 * seeds as f64 + 5.0 * (0.09 * seeds as f64).sqrt();
        assert!((any as f64) <= allowed, "{name}: {any}");
    }
}

/// The fault is planted by leaving out the chance of the starts: then the bounds of the rules alone must fail.
#[test]
fn without_the_chance_of_the_starts_the_bounds_fail() {
    let values: Vec<f64> = (0..5_000).map(|i| if i % 5 == 0 { 2.0 } else { -1.0 }).collect();
    let operator = DiagonalOperator::new(values);
    let accuracy = Accuracy {
        distance: 0.1,
        ..Accuracy::default()
    };
    let mut failures = 0;
    for seed in 0..40 {
        let found = density(&operator, &Accuracy { seed, ..accuracy }, patient);
        assert!(found.rules.len() > 1);
        let bounds = found.cumulative(0.5);
        assert!(bounds.below <= 0.8 && 0.8 <= bounds.above);
        let rules = bounds.below + found.chance()..bounds.above - found.chance();
        failures += usize::from(!(rules.start - 1e-12..rules.end + 1e-12).contains(&0.8));
    }
    assert!(failures > 30, "{failures} of 40");
}

#[test]
fn moments_agree_with_trace_and_norm_as_often_as_their_errors_say() {
    let accuracy = Accuracy {
        distance: 0.3,
        ..Accuracy::default()
    };
    let seeds = 300;
    for (name, values) in families() {
        let operator = DiagonalOperator::new(values.clone());
        let (trace, square) = (
            values.iter().sum::<f64>(),
            values.iter().map(|x| x * x).sum::<f64>(),
        );
        let mut scores = [Vec::new(), Vec::new()];
        for seed in 0..seeds {
            let found = density(&operator, &Accuracy { seed, ..accuracy }, patient);
            let weights: f64 = found.atoms().map(|atom| atom.1).sum();
            assert!((weights - 1.0).abs() < 1e-12);
            scores[0].push((found.trace().value - trace) / found.trace().error);
            scores[1].push((found.square().value - square) / found.square().error);
        }
        for (what, scores) in ["trace", "square"].iter().zip(&scores) {
            let mean = scores.iter().sum::<f64>() / scores.len() as f64;
            let within =
                |limit: f64| scores.iter().filter(|z| z.abs() <= limit).count() as f64 / seeds as f64;
            println!(
                "{name}, {what}: mean {mean:.2}, within one {:.2}, two {:.2}",
                within(1.0),
                within(2.0)
            );
            // The shares of the normal law are 0.68 and 0.95, with deviations of 0.027 and 0.013 by chance.
            // Where few eigenvalues carry the variance, few starts seldom see it whole.
            let few = ["geometric", "spikes"].contains(&name);
            let (one, two) = if few { (0.54, 0.82) } else { (0.59, 0.90) };
            assert!(within(1.0) > one && within(2.0) > two, "{name} {what}");
        }
    }
}

#[test]
fn small_problems_are_solved_whole() {
    let values: Vec<f64> = (0..60).map(|i| f64::from(i % 7) - 2.0).collect();
    let found = density(&rotated(&values, 3), &Accuracy::default(), patient);
    assert_eq!(
        (found.ending, found.products, found.effort.probes),
        (Ending::WholeSpace, 60, 0)
    );
    assert!(found.distance() < 1e-12 && distance(&found, &sorted(&values)) < 1e-13);
    let below = found.cumulative(0.5);
    assert!(below.below == below.above && (below.value - share(&sorted(&values), 0.5)).abs() < 1e-14);
    let trace = found.trace();
    assert!((trace.value - values.iter().sum::<f64>()).abs() < 1e-11 && trace.error == 0.0);
    for n in 1..5 {
        let found = density(
            &DiagonalOperator::new(vec![-2.0; n]),
            &Accuracy::default(),
            patient,
        );
        assert_eq!(found.interval(), (-2.0, -2.0));
    }
}

/// The rank of XXᵀ is known: the share of zeros lies between the bounds just beside zero.
#[test]
fn the_share_of_zeros() {
    let (n, rank) = (20_000, 300);
    let values: Vec<f64> = (0..n)
        .map(|i| {
            if i < rank {
                1.0 + f64::from(i as u16) / 100.0
            } else {
                0.0
            }
        })
        .collect();
    let found = density(&DiagonalOperator::new(values), &Accuracy::default(), patient);
    let zeros = 1.0 - f64::from(rank as u16) / n as f64;
    let right = found.cumulative(0.5);
    assert!(right.below <= zeros && zeros <= right.above, "{right:?}");
    let left = found.cumulative(-0.5);
    assert!(left.value == 0.0 && left.above < 1.0);
    assert!((found.histogram(&[-0.5, 0.5])[0] - zeros).abs() < 0.05);
    let decades = found.magnitudes(&[-1.0, 0.0, 1.0]);
    let sum = decades.below + decades.beyond + decades.positive.iter().sum::<f64>();
    assert!((sum + decades.negative.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!((decades.below - zeros).abs() < 0.05);
    // The area under the smoothed density is one.
    let points: Vec<f64> = (-200..800).map(|i| f64::from(i) / 100.0).collect();
    let area = found.smooth(&points, 0.2).iter().sum::<f64>() / 100.0;
    assert!((area - 1.0).abs() < 1e-3, "{area}");
}

#[test]
fn single_precision_knows_its_noise() {
    let values: Vec<f64> = (0..900)
        .map(|i| if i < 5 { 30.0 } else { f64::from(i) / 900.0 })
        .collect();
    let accuracy = Accuracy {
        distance: 0.2,
        ..Accuracy::default()
    };
    for seed in 0..5 {
        let found = density(
            &Single(rotated(&values, 100 + seed)),
            &Accuracy { seed, ..accuracy },
            patient,
        );
        assert!(found.noise > 1e-5 && found.noise < 1e-3, "{}", found.noise);
        assert_eq!(broken(&found, &accuracy, &values), [false; 4]);
    }
}

#[test]
fn an_interrupted_density_is_one_with_fewer_steps() {
    let values: Vec<f64> = (0..3_000).map(|i| f64::from(i) / 3_000.0).collect();
    let operator = DiagonalOperator::new(values.clone());
    let accuracy = Accuracy {
        distance: 0.05,
        block: 2,
        ..Accuracy::default()
    };
    let planned = accuracy.effort(3_000);
    assert!(planned.probes > 2);
    for last in [2, 20, 2 * planned.steps + 3] {
        let stop = |products| {
            if products >= last {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let found = density(&operator, &accuracy, stop);
        assert_eq!(found.ending, Ending::Interrupted);
        assert!(found.products < planned.products() && found.products >= last);
        assert_eq!(found.rules.len(), 2);
        assert_eq!(found.effort.steps, planned.steps.min(last / 2));
        let flaws = broken(&found, &accuracy, &values);
        assert!(!flaws[1] && !flaws[2] && !flaws[3], "{flaws:?} after {last}");
    }
    let small = density(&rotated(&values[..40], 1), &accuracy, |_| ControlFlow::Break(()));
    assert_eq!(
        (small.ending, small.rules.len(), small.products),
        (Ending::Interrupted, 0, 2)
    );
}

#[test]
fn products_that_are_not_finite_leave_no_rules() {
    for (n, after) in [(3_000, 0), (3_000, 30), (40, 0)] {
        let operator = ByClosure::new(n, |before, vectors: &ColumnBlock| {
            let bad = if before >= after { f64::NAN } else { 1.0 };
            ColumnBlock::from_fn(n, vectors.view().ncols(), |i, j| {
                bad * i as f64 * vectors.column(j)[i]
            })
        });
        let found = density(&operator, &Accuracy::default(), patient);
        assert_eq!((found.ending, found.rules.len()), (Ending::NotFinite, 0));
        assert!(found.trace().value.is_nan() && found.cumulative(0.0).value.is_nan());
    }
}

#[test]
fn the_seed_decides_every_bit() {
    let operator = DiagonalOperator::new((0..2_000).map(|i| f64::from(i).sqrt()).collect());
    let run = |seed| {
        density(
            &operator,
            &Accuracy {
                seed,
                distance: 0.1,
                ..Accuracy::default()
            },
            patient,
        )
    };
    assert_eq!(run(4), run(4));
    assert_ne!(run(4), run(5));
}

/// An operator whose Krylov spaces are invariant after three steps: rules end early, and are exact.
#[test]
fn few_distinct_eigenvalues_give_exact_rules() {
    let values: Vec<f64> = (0..5_000).map(|i| [0.0, 1.0, 7.0][i % 3]).collect();
    let found = density(&DiagonalOperator::new(values), &Accuracy::default(), patient);
    assert!(
        found.rules.iter().all(|rule| rule.exact && rule.nodes.len() == 3),
        "{:?}",
        found.rules
    );
    let bounds = found.cumulative(3.0);
    assert!((bounds.above - bounds.below - 2.0 * found.chance()).abs() < 1e-12);
}

/// A rotated operator gives the same kind of answer as a diagonal one: nothing depends on the axes.
#[test]
fn axes_do_not_matter() {
    let values: Vec<f64> = (0..300).map(|i| (f64::from(i) * 0.11).cos()).collect();
    let accuracy = Accuracy {
        distance: 0.4,
        ..Accuracy::default()
    };
    let operator = rotated(&values, 9);
    let q = orthonormalise(&[], crate::support::normal(300, 300, 9), 0.0, 1e-14)
        .block
        .unwrap();
    // The same vectors, rotated: the operator in the rotated axes is diagonal.
    struct Turned<'a>(&'a Matrix, ColumnBlock, Cell<usize>);
    impl SelfAdjoint for Turned<'_> {
        type Block = ColumnBlock;
        fn dimension(&self) -> usize {
            self.0.nrows()
        }
        fn apply(&self, vectors: &ColumnBlock) -> ColumnBlock {
            self.2.set(self.2.get() + 1);
            let product = self.0 * vectors.view();
            ColumnBlock::from_fn(product.nrows(), product.ncols(), |i, j| product[(i, j)])
        }
        fn block(&self, columns: &[Vec<f64>]) -> ColumnBlock {
            let plain = ColumnBlock::from_columns(self.dimension(), columns);
            let turned = self.1.view() * plain.view();
            ColumnBlock::from_fn(turned.nrows(), turned.ncols(), |i, j| turned[(i, j)])
        }
        fn round_off(&self) -> f64 {
            f64::EPSILON / 2.0
        }
    }
    let turned = density(&Turned(operator.matrix(), q, Cell::new(0)), &accuracy, patient);
    let plain = density(&DiagonalOperator::new(values), &accuracy, patient);
    assert_eq!(turned.effort, plain.effort);
    for (a, b) in turned.atoms().zip(plain.atoms()) {
        assert!(
            (a.0 - b.0).abs() < 1e-9 && (a.1 - b.1).abs() < 1e-9,
            "{a:?} {b:?}"
        );
    }
}
