//! A small instance of every matrix problem.

use super::{AsymmetricFactorisation, DeepLinear, MatrixCompletion, MatrixSensing, QuadraticNetwork};
use super::{Regulariser, SymmetricFactorisation};
use crate::{Device, Objective, Problem, Seed};
use rand::RngExt;
use rand_distr::StandardNormal;

/// Small instances of the matrix problems by name, the same ones on every device: what oracles and devices are tested on.
///
/// ```
/// use models::{Device, Precision};
/// let all = models::analytic::matrix_problems(&Device::cpu(Precision::F64));
/// assert!(all.iter().all(|(_, problem)| problem.space().dimension <= 64));
/// ```
pub fn matrix_problems(device: &Device) -> Vec<(&'static str, Box<dyn Objective>)> {
    fn boxed<T: Objective + 'static>(made: Result<T, Problem>) -> Box<dyn Objective> {
        match made {
            Ok(objective) => Box::new(objective),
            Err(problem) => panic!("a fixed instance: {problem}"),
        }
    }
    let symmetric = |eigenvalues: &[f64], rank| {
        boxed(SymmetricFactorisation::with_spectrum(
            eigenvalues,
            rank,
            Seed(1),
            device,
        ))
    };
    let asymmetric = |singular: &[f64], shape, rank, balanced| {
        boxed(AsymmetricFactorisation::with_singular_values(
            singular,
            shape,
            rank,
            balanced,
            Seed(3),
            device,
        ))
    };
    // Rows longer than 1, of which most points have some, cost something.
    let completion = MatrixCompletion::planted_at_random(&[2.0, 1.0], 6, 0.7, Seed(4), device);
    let regulariser = Regulariser {
        bound: 1.0,
        weight: 0.3,
    };
    let completion = completion.and_then(|problem| problem.with_regulariser(regulariser));
    let quadratic_network = |second: &[f64], decay| {
        let mut stream = Seed(5).stream("quadratic instances");
        let inputs: Vec<f64> = (0..36).map(|_| stream.sample(StandardNormal)).collect();
        let targets: Vec<f64> = (0..9)
            .map(|_| 1.0 + stream.sample::<f64, _>(StandardNormal))
            .collect();
        QuadraticNetwork::new(&inputs, 4, &targets, second, decay, device)
    };
    let quadratic = |second: &[f64], decay| boxed(quadratic_network(second, decay));
    // Symmetric, with the eigenvalues 0.1, 0.3, 0.3 and 0.5.
    let tilt = [
        0.3, 0.1, 0.0, 0.1, 0.1, 0.3, 0.1, 0.0, 0.0, 0.1, 0.3, 0.1, 0.1, 0.0, 0.1, 0.3,
    ];
    let linear = |d: usize, c: usize, hidden: &[usize]| {
        let mut stream = Seed(2).stream("linear instances");
        let mut draw = |count: usize| -> Vec<f64> {
            (0..count)
                .map(|_| 0.5 * stream.sample::<f64, _>(StandardNormal))
                .collect()
        };
        let (inputs, targets) = (draw(7 * d), draw(7 * c));
        boxed(DeepLinear::new(&inputs, d, &targets, c, hidden, device))
    };
    vec![
        (
            "symmetric factorisation",
            symmetric(&[3.0, 2.0, 1.5, 0.5, 0.0, -1.0], 3),
        ),
        (
            "symmetric factorisation of low rank",
            symmetric(&[2.0, 1.0, 0.0, 0.0, 0.0], 2),
        ),
        (
            "symmetric factorisation by too many columns",
            symmetric(&[2.0, 1.0, -0.5, -1.0], 3),
        ),
        (
            "asymmetric factorisation",
            asymmetric(&[3.0, 2.0, 1.0, 0.5], [4, 6], 3, false),
        ),
        (
            "balanced asymmetric factorisation",
            asymmetric(&[3.0, 2.0, 1.0, 0.5], [6, 4], 3, true),
        ),
        (
            "balanced asymmetric factorisation of low rank",
            asymmetric(&[2.0], [3, 3], 2, true),
        ),
        (
            "matrix sensing",
            boxed(MatrixSensing::gaussian(&[2.0, 1.0], 5, 40, Seed(6), device)),
        ),
        ("matrix completion", boxed(completion)),
        ("quadratic network", quadratic(&[1.0; 3], 0.1)),
        ("quadratic network with signs", quadratic(&[1.0, -1.0, 0.5], 0.0)),
        (
            "quadratic network, perturbed",
            boxed(quadratic_network(&[1.0; 2], 0.1).and_then(|network| network.perturbed(&tilt))),
        ),
        ("linear network, 2 layers", linear(4, 3, &[3])),
        ("linear network, 2 layers, bottleneck", linear(4, 3, &[2])),
        ("linear network, 3 layers", linear(5, 2, &[3, 4])),
        ("linear network, 4 layers", linear(3, 2, &[3, 2, 3])),
    ]
}
