//! One or more instances of every closed form, and points at which derivatives are checked.

use crate::normal;
use models::Seed;
use models::analytic::*;
use std::f64::consts::E;

/// A closed form that must pass the oracles.
pub struct Subject {
    pub name: String,
    pub form: Box<dyn ClosedForm>,
    /// Where derivatives are checked.
    pub points: Vec<Vec<f64>>,
}

/// At two of its starts.
fn anywhere(name: &str, form: impl ClosedForm + 'static) -> Subject {
    let points = (0..2).map(|seed| form.start(Seed(seed))).collect();
    at(name, form, points)
}

fn at(name: &str, form: impl ClosedForm + 'static, points: Vec<Vec<f64>>) -> Subject {
    Subject {
        name: name.to_string(),
        form: Box::new(form),
        points,
    }
}

pub fn catalog() -> Vec<Subject> {
    let mut subjects: Vec<Subject> = taxonomy()
        .into_iter()
        .map(|(name, form)| Subject {
            name: name.to_string(),
            points: vec![normal(form.dimension(), name)],
            form,
        })
        .collect();
    let octopus = |l, gamma, tau| Octopus::new(4, l, gamma, tau).expect("good constants");
    subjects.extend([
        at("octopus, L = 1", octopus(1.0, 1.0, E), in_the_tube(E)),
        at("octopus, L = 3", octopus(3.0, 0.5, 1.0), in_the_tube(1.0)),
        anywhere("octopus at its starts", octopus(2.0, 1.0, E)),
    ]);
    subjects.extend(small());
    let students = |n, k, d| Population::new(n, k, d).expect("good numbers");
    subjects.extend([
        anywhere("one student", students(1, 1, 3)),
        anywhere("two students", students(2, 2, 2)),
        anywhere("three students", students(3, 3, 5)),
        anywhere("six students", students(6, 6, 8)),
        anywhere("more students", students(5, 3, 3)),
        anywhere("fewer students", students(2, 4, 4)),
    ]);
    let tensor = |d| OrthogonalTensor::random(d, Seed(8)).expect("a dimension");
    subjects.extend([
        anywhere("one component", OneComponent::new(tensor(6))),
        anywhere("one component of one", OneComponent::new(tensor(1))),
        anywhere("all components", AllComponents::new(tensor(4))),
        anywhere("reconstruction", Reconstruction::new(tensor(4))),
    ]);
    let three_points = |unit| HiddenLayer::three_points(unit).expect("a curved unit");
    let network = |unit| HiddenLayer::new(normal(10, "inputs"), normal(5, "targets"), 3, unit);
    subjects.extend([
        anywhere("three points, sigmoid", three_points(Unit::Sigmoid)),
        anywhere("three points, tanh", three_points(Unit::Tanh)),
        anywhere("three points, arctan", three_points(Unit::Arctan)),
        anywhere("three points, ELU", three_points(Unit::Elu)),
        anywhere("sigmoid units", network(Unit::Sigmoid).expect("good examples")),
        anywhere("ReLU units", network(Unit::Relu).expect("good examples")),
    ]);
    subjects
}

/// Functions of few variables.
fn small() -> Vec<Subject> {
    let rotated = Quadratic::rotated(vec![-2.0, 0.5, 3.0, 10.0], Seed(3));
    let network = DiagonalNetwork::new(normal(12, "inputs"), normal(3, "targets"), 0.5);
    let network = network.expect("good examples");
    vec![
        anywhere(
            "cosine bowl",
            CosineBowl::new(vec![0.5, -1.0, 3.0]).expect("good frequencies"),
        ),
        at(
            "Huber slope",
            HuberSlope::new(2.0, 3.0).expect("good constants"),
            vec![vec![1.0], vec![-1.4], vec![2.0], vec![-9.0]],
        ),
        anywhere("log ratio", LogRatio::new(5).expect("a dimension")),
        anywhere(
            "quadratic",
            Quadratic::new(vec![1.0, 2.0, 7.0]).expect("good eigenvalues"),
        ),
        anywhere("rotated quadratic", rotated.expect("good eigenvalues")),
        at("waves", Waves, vec![vec![0.3], vec![-2.2], vec![11.0]]),
        at(
            "saddle in the plane",
            BoundedSaddle::in_the_plane(),
            vec![vec![-1.3, 2.0], vec![0.1, -1.0]],
        ),
        at(
            "demonstration",
            BoundedSaddle::demonstration(),
            vec![vec![2.5, 1.0], vec![-1.0, 0.2]],
        ),
        at(
            "bounded saddle",
            BoundedSaddle::new(vec![-0.5, 1.0, 4.0], 2.0).expect("good eigenvalues"),
            vec![vec![0.6, 1.0, -1.0]],
        ),
        at(
            "funnel",
            Funnel,
            vec![vec![1.0, 0.4], vec![-2.0, -1.7], vec![0.3, 6.5], vec![0.1, -9.0]],
        ),
        anywhere("rippled bowl", RippledBowl),
        at(
            "two basins",
            TwoBasins::new([1.0, 100.0]).expect("good curvatures"),
            vec![vec![-3.0], vec![0.5], vec![0.9], vec![1.1], vec![2.0]],
        ),
        anywhere("catapult", Catapult::new(3).expect("a width")),
        at(
            "diagonal network",
            network,
            vec![normal(8, "diagonal"), vec![0.5; 8]],
        ),
    ]
}

/// A point in every region of an octopus of four arms, with coordinates of both signs.
fn in_the_tube(tau: f64) -> Vec<Vec<f64>> {
    let in_units = [
        [0.7, -0.5, 0.9, -0.1],
        [-1.3, 0.8, 0.2, 0.1],
        [1.9, -0.9, 0.2, 0.1],
        [2.4, -0.3, 0.2, -0.6],
        [-5.9, 1.5, 0.9, 0.1],
        [3.0, -3.0, -1.7, 0.7],
        [3.0, -3.0, 2.1, 0.6],
        [3.0, -3.0, 2.1, -1.6],
        [-3.0, 3.0, 2.1, 4.5],
    ];
    in_units.iter().map(|x| x.map(|x| x * tau).to_vec()).collect()
}
