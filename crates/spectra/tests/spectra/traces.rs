//! Traces and norms against spectra that are known: bias, decay of the error, and how often the stated errors hold.

use std::ops::ControlFlow;

use crate::support::{ByClosure, Single, patient, rotated};
use spectra::{
    ColumnBlock, DiagonalOperator, Estimate, Moments, Sampling, SelfAdjoint, Semidefinite, hutch_plus_plus,
    hutchinson, xnystrace, xtrace,
};

pub type Method = (
    &'static str,
    fn(&DiagonalOperator, &Sampling) -> [Option<Estimate>; 2],
);

fn both(moments: Option<Moments>) -> [Option<Estimate>; 2] {
    let moments = moments.expect("nobody stops it");
    [Some(moments.trace), Some(moments.square)]
}

fn nystrom<A: SelfAdjoint>(operator: &A, sampling: &Sampling) -> [Option<Estimate>; 2] {
    match xnystrace(operator, sampling, patient) {
        Some(Semidefinite::Yes(trace)) => [Some(trace), None],
        other => panic!("{other:?}"),
    }
}

pub const METHODS: [Method; 4] = [
    ("hutchinson", |a, s| both(hutchinson(a, s, patient))),
    ("hutch++", |a, s| both(hutch_plus_plus(a, s, patient))),
    ("xtrace", |a, s| both(xtrace(a, s, patient))),
    ("xnystrace", |a, s| nystrom(a, s)),
];

/// Positive spectra, without and with decay.
fn families() -> Vec<(&'static str, Vec<f64>)> {
    vec![
        ("linear", (0..300).map(|i| 1.0 + f64::from(i) / 150.0).collect()),
        ("harmonic", (1..=300).map(|i| 1.0 / f64::from(i)).collect()),
        ("geometric", (0..300).map(|i| 0.7f64.powi(i)).collect()),
        (
            "step",
            (0..300).map(|i| if i < 10 { 1.0 } else { 1e-3 }).collect(),
        ),
    ]
}

/// The root mean square error, and what the estimates say of themselves.
pub struct Trial {
    pub mean: f64,
    pub rms: f64,
    pub stated: f64,
    pub within_one: f64,
    pub within_two: f64,
}

fn trial(found: &[Estimate], truth: f64) -> Trial {
    let count = found.len() as f64;
    let mean_of = |f: &dyn Fn(&Estimate) -> f64| found.iter().map(f).sum::<f64>() / count;
    let within = |limit: f64| {
        // What is left of an estimate that is exact is the rounding of its sums.
        let inside = |e: &&Estimate| (e.value - truth).abs() <= limit * e.error + 1e-12 * truth.abs();
        found.iter().filter(inside).count() as f64 / count
    };
    Trial {
        mean: mean_of(&|e| e.value - truth),
        rms: mean_of(&|e| (e.value - truth).powi(2)).sqrt(),
        stated: mean_of(&|e| e.error.powi(2)).sqrt(),
        within_one: within(1.0),
        within_two: within(2.0),
    }
}

const SEEDS: u64 = 400;

pub fn trials(method: Method, values: &[f64], products: usize, seeds: u64) -> [Option<Trial>; 2] {
    let operator = DiagonalOperator::new(values.to_vec());
    let runs: Vec<[Option<Estimate>; 2]> = (0..seeds)
        .map(|seed| {
            (method.1)(
                &operator,
                &Sampling {
                    seed,
                    ..Sampling::new(products)
                },
            )
        })
        .collect();
    [1, 2].map(|power: usize| {
        let truth = values.iter().map(|x| x.powi(power as i32)).sum();
        let found: Option<Vec<Estimate>> = runs.iter().map(|run| run[power - 1]).collect();
        found.map(|found| trial(&found, truth))
    })
}

#[test]
fn no_bias_and_honest_errors() {
    for (name, values) in families() {
        for method in METHODS {
            for (power, trial) in trials(method, &values, 60, SEEDS).into_iter().enumerate() {
                let Some(trial) = trial else { continue };
                let who = format!("{name}, {}, power {}", method.0, power + 1);
                println!(
                    "{who}: bias {:.1e}, rms {:.1e}, stated {:.1e}, within one {:.3}, two {:.3}",
                    trial.mean, trial.rms, trial.stated, trial.within_one, trial.within_two
                );
                let rounding = 1e-12 * values.iter().sum::<f64>();
                assert!(
                    trial.mean.abs() <= 4.5 * trial.rms / (SEEDS as f64).sqrt() + rounding,
                    "{who} is biased: {:e} at {:e}",
                    trial.mean,
                    trial.rms
                );
                // 0.68 and 0.95 for normal samples; less for the few samples of each and for their skewness,
                // with deviations of 0.023 and 0.011 by chance.
                assert!(trial.within_one > 0.55, "{who}: {}", trial.within_one);
                assert!(trial.within_two > 0.87, "{who}: {}", trial.within_two);
            }
        }
    }
}

/// The law of Hutchinson's error is known: 2n/(n+2) (‖H‖_F² − (tr H)²/n) / m.
#[test]
fn hutchinsons_error_is_the_known_one() {
    for (name, values) in families() {
        let n = values.len() as f64;
        let (trace, square): (f64, f64) = (values.iter().sum(), values.iter().map(|x| x * x).sum());
        for products in [10, 40, 160] {
            let [Some(found), _] = trials(METHODS[0], &values, products, SEEDS) else {
                panic!("a trace")
            };
            let law = (2.0 * n / (n + 2.0) * (square - trace * trace / n) / products as f64).sqrt();
            // The mean of 400 squares of a normal number is known to 7 %; heavier tails than that stay under 25 %.
            assert!(
                (found.rms / law - 1.0).abs() < 0.25,
                "{name}, {products}: {} {law}",
                found.rms
            );
            assert!(
                (found.stated / law - 1.0).abs() < 0.25,
                "{name}, {products}: {} {law}",
                found.stated
            );
        }
    }
}

#[test]
fn errors_decay_as_the_sources_say() {
    let harmonic: Vec<f64> = (1..=300).map(|i| 1.0 / f64::from(i)).collect();
    let rms = |method: usize, values: &[f64], products: usize| {
        let [Some(found), _] = trials(METHODS[method], values, products, 100) else {
            panic!("a trace")
        };
        found.rms
    };
    // Sixteen times the products: a quarter of the error for Hutchinson, a sixteenth or better for the others.
    let ratios: Vec<f64> = (0..4)
        .map(|method| rms(method, &harmonic, 12) / rms(method, &harmonic, 192))
        .collect();
    println!("errors at 12 products over errors at 192: {ratios:?}");
    assert!((3.0..5.3).contains(&ratios[0]), "{ratios:?}");
    assert!(ratios[1..].iter().all(|&ratio| ratio > 10.0), "{ratios:?}");
    // With geometric decay, the exchangeable estimators fall geometrically, and the Nyström one with all products.
    let geometric: Vec<f64> = (0..300).map(|i| 0.7f64.powi(i)).collect();
    let errors: Vec<f64> = (0..4).map(|method| rms(method, &geometric, 24)).collect();
    println!("errors at 24 products, geometric: {errors:?}");
    assert!(
        errors.windows(2).all(|pair| pair[0] > 2.0 * pair[1]),
        "{errors:?}"
    );
    assert!(rms(3, &geometric, 48) < 1e-3 * rms(3, &geometric, 24));
}

/// Low rank: what the basis holds is exact, and the error says so.
#[test]
fn low_rank_and_whole_space_are_exact() {
    let mut values = vec![0.0; 200];
    values[..8].copy_from_slice(&[9.0, 5.0, 4.0, 1.0, 0.5, 0.1, 0.02, 3.0]);
    let low = rotated(&values, 4);
    let square: f64 = values.iter().map(|x| x * x).sum();
    let full: Vec<f64> = (1..=9).map(f64::from).collect();
    let small = rotated(&full, 5);
    let sampling = Sampling::new(40);
    for (operator, trace, square) in [(&low, 22.62, square), (&small, 45.0, 285.0)] {
        for found in [
            both(hutch_plus_plus(operator, &sampling, patient)),
            both(xtrace(operator, &sampling, patient)),
            nystrom(operator, &sampling),
        ] {
            for (found, truth) in found.iter().zip([trace, square]) {
                let Some(found) = found else { continue };
                assert!((found.value - truth).abs() < 1e-9 * truth, "{found:?} {truth}");
                assert!(found.error < 1e-9 * truth, "{found:?}");
            }
        }
    }
}

#[test]
fn indefinite_operators() {
    // A Hessian at a saddle: the trace is small, and the norm is not.
    let values: Vec<f64> = (0..250)
        .map(|i| {
            if i < 6 {
                40.0 - f64::from(i)
            } else {
                (f64::from(i) * 0.7).sin()
            }
        })
        .collect();
    let operator = DiagonalOperator::new(values.clone());
    let (trace, square): (f64, f64) = (values.iter().sum(), values.iter().map(|x| x * x).sum());
    for method in &METHODS[..3] {
        let runs: Vec<_> = (0..SEEDS)
            .map(|seed| {
                (method.1)(
                    &operator,
                    &Sampling {
                        seed,
                        ..Sampling::new(50)
                    },
                )
            })
            .collect();
        for (power, truth) in [(0, trace), (1, square)] {
            let found: Vec<Estimate> = runs.iter().filter_map(|run| run[power]).collect();
            let trial = trial(&found, truth);
            println!(
                "{}: {:.3} {:.3} {:.3}",
                method.0, trial.rms, trial.within_one, trial.within_two
            );
            assert!(trial.mean.abs() <= 4.5 * trial.rms / (SEEDS as f64).sqrt());
            assert!(trial.within_two > 0.87, "{}: {}", method.0, trial.within_two);
        }
    }
    assert_eq!(
        xnystrace(&operator, &Sampling::new(50), patient),
        Some(Semidefinite::No)
    );
}

#[test]
fn single_precision() {
    let values: Vec<f64> = (0..200).map(|i| 0.8f64.powi(i)).collect();
    let operator = Single(rotated(&values, 6));
    for (name, found, budget) in [
        (
            "hutch++",
            both(hutch_plus_plus(&operator, &Sampling::new(150), patient)),
            1e-5,
        ),
        (
            "xtrace",
            both(xtrace(&operator, &Sampling::new(150), patient)),
            1e-5,
        ),
        ("xnystrace", nystrom(&operator, &Sampling::new(100)), 1e-4),
    ] {
        let trace = found[0].unwrap();
        let budget = budget + 4.0 * trace.error;
        assert!((trace.value - 5.0).abs() < budget, "{name}: {trace:?}");
    }
}

#[test]
fn zeros_identities_and_tiny_dimensions() {
    for n in 1..6 {
        for value in [0.0, 1.0, 1e-30, 1e30] {
            let operator = DiagonalOperator::new(vec![value; n]);
            for method in METHODS {
                for products in [4, 7, 30] {
                    let found = (method.1)(&operator, &Sampling::new(products));
                    for (found, truth) in found.iter().zip([value, value * value]) {
                        let Some(found) = found else { continue };
                        let truth = n as f64 * truth;
                        let off = (found.value - truth).abs();
                        assert!(
                            off <= 1e-12 * truth,
                            "{} {n} {value} {products}: {found:?}",
                            method.0
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_not_finite_is_no_number() {
    let operator = ByClosure::new(50, |_, vectors: &ColumnBlock| {
        ColumnBlock::from_fn(50, vectors.view().ncols(), |_, _| f64::NAN)
    });
    let sampling = Sampling::new(12);
    for found in [
        both(hutchinson(&operator, &sampling, patient)),
        both(hutch_plus_plus(&operator, &sampling, patient)),
        both(xtrace(&operator, &sampling, patient)),
        nystrom(&operator, &sampling),
    ] {
        assert!(
            found.iter().flatten().all(|estimate| estimate.value.is_nan()),
            "{found:?}"
        );
    }
}

#[test]
fn products_are_counted_and_can_be_stopped() {
    let operator = ByClosure::new(100, |_, vectors: &ColumnBlock| vectors.clone());
    let sampling = Sampling::new(30);
    let counts = [
        hutchinson(&operator, &sampling, patient).unwrap().products,
        hutch_plus_plus(&operator, &sampling, patient).unwrap().products,
        xtrace(&operator, &sampling, patient).unwrap().products,
    ];
    assert_eq!(counts, [30; 3]);
    assert_eq!(operator.multiplied.get(), 90);
    let stop = |products| {
        if products > 9 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    assert!(xnystrace(&operator, &sampling, stop).is_none());
    let stopped =
        [hutchinson, hutch_plus_plus, xtrace].map(|method| method(&operator, &sampling, stop).unwrap());
    assert_eq!(stopped.map(|found| found.products), [12, 10, 12]);
    // The identity leaves nothing to chance.
    for found in stopped {
        assert!(found.stopped && (found.trace.value - 100.0).abs() < 1e-10 && found.trace.error < 1e-10);
    }
    assert_eq!(operator.multiplied.get(), 90 + 12 + 12 + 10 + 12);
    let at_once = |_| ControlFlow::Break(());
    let single = Sampling { block: 1, ..sampling };
    assert!(hutchinson(&operator, &single, at_once).is_none());
}

/// Stopped while they multiply what the images of the random vectors span, the other methods tell what those vectors have:
/// as Hutchinson's method, to the last bit.
#[test]
fn what_is_stopped_tells_what_its_random_vectors_have() {
    let operator = DiagonalOperator::new((0..500).map(|i| f64::from(i % 37) - 9.0).collect());
    let stop = |most| {
        move |products| match products < most {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    };
    // Half, or a third, of 60 vectors are random.
    let xtrace = xtrace(&operator, &Sampling::new(60), stop(44)).unwrap();
    let hutch = hutch_plus_plus(&operator, &Sampling::new(90), stop(70)).unwrap();
    let alone = hutchinson(&operator, &Sampling::new(30), patient).unwrap();
    for (found, products) in [(xtrace, 46), (hutch, 72)] {
        assert!(found.stopped && !alone.stopped);
        assert_eq!(found.products, products);
        assert_eq!((found.trace, found.square), (alone.trace, alone.square));
    }
}

#[test]
fn the_seed_decides_every_bit() {
    let operator = DiagonalOperator::new((0..90).map(f64::from).collect());
    for method in METHODS {
        let run = |seed| {
            (method.1)(
                &operator,
                &Sampling {
                    seed,
                    ..Sampling::new(20)
                },
            )
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1)[0], run(2)[0]);
    }
}
