//! Matrix problems on a device against the processor in f64, and a method that moves many runs of one at once.

use super::allowed;
use crate::subjects::host;
use models::analytic::{AsymmetricFactorisation, MatrixCompletion, SymmetricFactorisation, matrix_problems};
use models::{Device, Directions, Objective, Points, Precision, Problem, Seed};
use rand::RngExt;
use std::ops::ControlFlow;
use std::sync::OnceLock;
use training::escape::{Constants, Ending, Given, Goals, Landscape, Method, Plan, escape};

const POINTS: usize = 3;
/// The side of a large matrix, and how many columns its factors have.
const LARGE: usize = 2000;
const RANK: usize = 10;

type Problems = Vec<(&'static str, Box<dyn Objective>)>;

/// Values, gradients and Hessian products of every problem at some points.
pub fn agree(device: &Device) {
    let truth = Device::cpu(Precision::F64);
    hold(
        device,
        &matrix_problems(device),
        &seen(&matrix_problems(&truth), &truth),
    );
}

/// The same for matrices of 2,000 rows by factors of 10 columns.
pub fn large_ones_agree(device: &Device) {
    static TRUTH: OnceLock<Vec<Seen>> = OnceLock::new();
    let truth = Device::cpu(Precision::F64);
    hold(
        device,
        &large(device),
        TRUTH.get_or_init(|| seen(&large(&truth), &truth)),
    );
}

/// Matrix sensing is not among them: its measurements would take some hundred gigabytes.
fn large(device: &Device) -> Problems {
    fn boxed<T: Objective + 'static>(made: Result<T, Problem>) -> Box<dyn Objective> {
        Box::new(made.expect("a fixed instance"))
    }
    // Ten values that the factors can reach, and many small ones that are left.
    let value = |i: usize| {
        if i < RANK {
            20.0 - i as f64
        } else {
            (i as f64).recip()
        }
    };
    let values: Vec<f64> = (0..LARGE).map(value).collect();
    let (shape, seed) = ([LARGE, LARGE / 2], Seed(2));
    let symmetric = SymmetricFactorisation::with_spectrum(&values, RANK, seed, device);
    let singular = &values[..LARGE / 2];
    let asymmetric = AsymmetricFactorisation::with_singular_values(singular, shape, RANK, true, seed, device);
    let completion = MatrixCompletion::planted_at_random(&values[..RANK], LARGE, 0.1, seed, device);
    vec![
        ("large symmetric factorisation", boxed(symmetric)),
        ("large asymmetric factorisation", boxed(asymmetric)),
        ("large matrix completion", boxed(completion)),
    ]
}

/// What is computed of a problem at the same points, by name.
type Seen = [(&'static str, Vec<f64>); 3];

fn seen(problems: &Problems, device: &Device) -> Vec<Seen> {
    let of = |(name, objective): &(&str, Box<dyn Objective>)| {
        let dimension = objective.space().dimension;
        let mut stream = Seed(11).stream(name);
        let mut draw = |count: usize| -> Vec<f64> {
            // Numbers that f32 holds, so that all devices see the same points.
            (0..count)
                .map(|_| f64::from(stream.random_range(-1.0f32..1.0)))
                .collect()
        };
        let points = Points::from_host(draw(POINTS * dimension), dimension, device);
        let directions = Directions::new(device.upload(draw(2 * dimension), [2, dimension]));
        let slopes = objective.slopes(&points);
        let products = objective.linearise(&points.row(0)).hessian_times(&directions);
        [
            ("values", slopes.values),
            ("gradients", host(&slopes.gradients)),
            ("products", host(&products)),
        ]
    };
    problems.iter().map(of).collect()
}

fn hold(device: &Device, problems: &Problems, truth: &[Seen]) {
    for (((name, _), found), wanted) in problems.iter().zip(seen(problems, device)).zip(truth) {
        for ((what, found), (_, wanted)) in found.iter().zip(wanted) {
            let length = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|x| x * x).sum::<f64>().sqrt();
            let size = length(&mut wanted.iter().copied());
            let error = length(&mut found.iter().zip(wanted).map(|(a, b)| a - b));
            assert!(
                error <= allowed(device) * size,
                "{name}: {what} are off by {:.1e}, relative",
                error / size
            );
        }
    }
}

/// Perturbed descent leaves the origin, a strict saddle of a factorisation, in every run.
pub fn saddles_are_left(device: &Device) {
    let problem = SymmetricFactorisation::with_spectrum(&[3.0, 2.0, 1.0, 0.5], 2, Seed(1), device);
    let problem = problem.expect("an instance");
    let dimension = problem.space().dimension;
    let landscape = Landscape {
        smoothness: 12.0,
        hessian_lipschitz: 12.0,
        epsilon: 0.01,
        delta: 0.1,
        drop: 5.0,
        dimension,
    };
    let method = Method::Perturbed2017 { c: 1.0 };
    let plan = Plan {
        tuned: method.tuned(&landscape, Constants::Practical, &Given::new()),
        goals: Goals {
            value: Some(problem.known().at_least.expect("it is known") + 1e-3),
            ..Goals::default()
        },
        steps: 3000,
        sphere: None,
    };
    let seeds: Vec<Seed> = (0..4).map(Seed).collect();
    let starts = Points::from_host(vec![0.0; seeds.len() * dimension], dimension, device);
    let ends = escape(
        &problem,
        starts,
        &plan,
        &seeds,
        &mut |_| ControlFlow::Continue(()),
    );
    assert!(ends.iter().all(|end| end.ending == Ending::Goal), "{ends:?}");
}
