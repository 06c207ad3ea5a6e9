//! Minima that are not global, and runs around them.

use super::Counterexample;
use crate::Lab;
use models::analytic::{Analytic, ClosedForm, HiddenLayer, Unit};
use models::{Device, Points, Precision};
use probes::{Axis, Grid, Path};
use rand::RngExt;
use training::escape::{Constants, End, Given, Goals, Landscape, Method, Plan, escape};

/// The smallest drive of a unit of the ReLU network at its minimum, so that its units stay on nearby.
const MARGIN: f64 = 1.0;
/// Steps of the runs that look for a risk below that of least squares.
const SEARCH: u64 = 5_000;
/// The gradient norm at which perturbed descent perturbs.
const EPSILON: f64 = 1e-4;

/// A minimum that is not global.
pub(super) struct Trap {
    pub(super) network: HiddenLayer,
    pub(super) at: Vec<f64>,
    pub(super) risk: f64,
    /// The most by which each coordinate may be moved.
    reach: Vec<f64>,
}

impl Counterexample {
    pub(super) fn trap(&self, unit: Unit, lab: &Lab) -> Trap {
        if unit != Unit::Relu {
            let network = HiddenLayer::three_points(unit).expect("the unit is curved");
            let known = network.known().critical.swap_remove(0);
            return Trap {
                reach: vec![self.reach; known.at.len()],
                network,
                at: known.at,
                risk: known.value,
            };
        }
        let (n, d) = (self.examples, self.inputs);
        let mut stream = lab.seed.stream("counterexample");
        // Sums of twelve uniform numbers are normal enough for examples.
        let mut normal = || (0..12).map(|_| stream.random_range(-0.5..0.5)).sum::<f64>();
        let inputs: Vec<f64> = (0..n * d).map(|_| normal()).collect();
        let targets = (0..n).map(|_| normal()).collect();
        let longest = inputs.chunks(d).map(|x| x.iter().map(|x| x.abs()).sum::<f64>());
        let longest = longest.fold(0.0, crate::larger);
        let made = HiddenLayer::new(inputs, targets, self.units, unit);
        let network = made.expect("the settings are checked");
        let minimum = network.least_squares_minimum(MARGIN);
        let (at, risk) = minimum.expect("the unit is a ReLU, and the margin positive");
        // Weights and biases move no drive by as much as the margin; what comes behind the units may move as it likes.
        let mut reach = vec![0.99 * MARGIN / (longest + 1.0); self.units * (d + 1)];
        reach.resize(at.len(), 1.0);
        Trap {
            network,
            at,
            risk,
            reach,
        }
    }

    /// The lowest risk among random perturbations of all sizes, less that of the minimum.
    pub(super) fn lowest(&self, trap: &Trap, lab: &Lab) -> f64 {
        let mut stream = lab.seed.stream("perturbations");
        let mut lowest = f64::INFINITY;
        for _ in 0..self.perturbations {
            let size = 10f64.powf(stream.random_range(-4.0..=0.0));
            let moved = trap.at.iter().zip(&trap.reach);
            let x: Vec<f64> = moved
                .map(|(x, most)| x + size * most * stream.random_range(-1.0..=1.0))
                .collect();
            lowest = lowest.min(trap.network.value(&x) - trap.risk);
        }
        lowest
    }

    pub(super) fn plan(
        &self,
        method: Method,
        smoothness: f64,
        dimension: usize,
        goals: Goals<'static>,
    ) -> Plan<'static> {
        let landscape = Landscape {
            smoothness,
            // Curvature of 1/400 of the largest counts, so that the waiting times are the same for all units.
            hessian_lipschitz: (smoothness / 400.0).powi(2) / EPSILON,
            epsilon: EPSILON,
            delta: 0.1,
            drop: 1.0,
            dimension,
        };
        Plan {
            tuned: method.tuned(&landscape, Constants::Practical, &Given::new()),
            goals,
            steps: self.steps,
            sphere: None,
        }
    }

    /// Runs from random points at a distance from the minimum.
    pub(super) fn runs(&self, trap: &Trap, plan: &Plan, lab: &Lab) -> Vec<End> {
        let device = Device::cpu(Precision::F64);
        let objective = Analytic::new(Box::new(trap.network.clone()), device.clone());
        let seeds = lab.seeds("counterexample", self.runs);
        let starts = seeds.iter().flat_map(|seed| {
            let mut stream = seed.stream("init");
            let way: Vec<f64> = trap.at.iter().map(|_| stream.random_range(-1.0..=1.0)).collect();
            let length = way.iter().map(|z| z * z).sum::<f64>().sqrt();
            let moved = trap
                .at
                .iter()
                .zip(way)
                .map(|(x, z)| x + self.distance * z / length);
            moved.collect::<Vec<f64>>()
        });
        let points = Points::from_host(starts.collect(), trap.at.len(), &device);
        escape(&objective, points, plan, &seeds, &mut |_| lab.flow())
    }

    /// The risks where descent with backtracking ends from random starts.
    pub(super) fn elsewhere(&self, trap: &Trap, lab: &Lab) -> Vec<f64> {
        let device = Device::cpu(Precision::F64);
        let objective = Analytic::new(Box::new(trap.network.clone()), device.clone());
        let seeds = lab.seeds("counterexample, lower", self.runs);
        let starts = seeds.iter().flat_map(|seed| trap.network.start(*seed)).collect();
        let method = Method::Backtracking {
            sufficient: 1e-4,
            shrink: 0.5,
        };
        let plan = Plan {
            steps: SEARCH,
            ..self.plan(method, 10.0, trap.at.len(), Goals::default())
        };
        let points = Points::from_host(starts, trap.at.len(), &device);
        let ends = escape(&objective, points, &plan, &seeds, &mut |_| lab.flow());
        ends.iter().map(|end| end.value).collect()
    }
}

/// Places on each axis of the picture.
const PLACES: usize = 81;

impl Trap {
    /// The risk on the plane through the minimum and two global ones, in which the units have changed places.
    pub(super) fn picture(&self) -> (Grid, Vec<Path>) {
        let global = self.network.known().critical.swap_remove(1).at;
        let exchanged: Vec<f64> = [2, 3, 0, 1, 5, 4, 7, 6, 8].map(|i: usize| global[i]).to_vec();
        let places: Vec<f64> = (0..PLACES)
            .map(|k| -0.25 + 1.5 * k as f64 / (PLACES - 1) as f64)
            .collect();
        let risk = |s: f64, t: f64| {
            let ways = self.at.iter().zip(global.iter().zip(&exchanged));
            let x: Vec<f64> = ways.map(|(x, (a, b))| x + s * (a - x) + t * (b - x)).collect();
            self.network.value(&x).min(1.0)
        };
        let values = places
            .iter()
            .flat_map(|t| places.iter().map(|s| risk(*s, *t)))
            .collect();
        let axis = |name: &str| Axis {
            name: name.into(),
            values: places.clone(),
        };
        let grid = Grid {
            name: "risk, cut off at 1".into(),
            x: axis("towards a global minimum"),
            y: axis("towards the one with units exchanged"),
            values,
        };
        let mark = |name: &str, x: f64, y: f64| Path {
            name: name.into(),
            x: vec![x],
            y: vec![y],
        };
        let marks = vec![
            mark("minimum of ⅓", 0.0, 0.0),
            mark("minimum of 0", 1.0, 0.0),
            mark("minimum of 0, units exchanged", 0.0, 1.0),
        ];
        (grid, marks)
    }
}
