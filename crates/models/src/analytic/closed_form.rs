//! Functions of few variables as objectives.

use crate::{Curvature, Device, Directions, Known, Objective, Point, Seed, Slope, Space, download};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::fmt::Debug;

/// A function of few variables with closed derivatives, in f64 on the host.
pub trait ClosedForm: Debug {
    /// The number of variables P.
    fn dimension(&self) -> usize;

    /// f(x).
    fn value(&self, x: &[f64]) -> f64;

    /// ∇f(x) `[P]`.
    fn gradient(&self, x: &[f64]) -> Vec<f64>;

    /// ∇²f(x)·v `[P]`.
    fn hessian_times(&self, x: &[f64], v: &[f64]) -> Vec<f64>;

    /// Its least value and critical points, as far as they are known.
    fn known(&self) -> Known {
        Known::default()
    }
}

/// A closed form as an objective: points live on any device, and everything is computed on the host in f64.
///
/// ```
/// use models::analytic::{Analytic, Polynomial};
/// use models::{Device, Objective, Point, Precision};
/// // x² − y² at (3, 1).
/// let saddle = Polynomial::new([(1.0, [2, 0]), (-1.0, [0, 2])]);
/// let objective = Analytic::new(Box::new(saddle), Device::cpu(Precision::F64));
/// let at = Point::from_host(vec![3.0, 1.0], &objective.space().device);
/// assert_eq!(objective.value(&at), 8.0);
/// ```
#[derive(Debug)]
pub struct Analytic {
    form: Box<dyn ClosedForm>,
    space: Space,
}

impl Analytic {
    /// The objective whose points live on this device.
    pub fn new(form: Box<dyn ClosedForm>, device: Device) -> Self {
        let space = Space::new([("x".to_string(), vec![form.dimension()])], device);
        Analytic { form, space }
    }

    fn direction(&self, numbers: Vec<f64>) -> Directions {
        let dimension = self.space.dimension;
        let count = numbers.len() / dimension;
        Directions::new(self.space.device.upload(numbers, [count, dimension]))
    }

    fn slope_at(&self, x: &[f64]) -> Slope {
        Slope {
            value: self.form.value(x),
            gradient: self.direction(self.form.gradient(x)),
        }
    }
}

impl Objective for Analytic {
    fn space(&self) -> &Space {
        &self.space
    }

    /// Standard normal coordinates.
    fn start(&self, seed: Seed) -> Point {
        let mut stream = seed.stream("init");
        let draws = (0..self.space.dimension)
            .map(|_| stream.sample(StandardNormal))
            .collect();
        Point::from_host(draws, &self.space.device)
    }

    fn value(&self, at: &Point) -> f64 {
        self.form.value(&at.to_host())
    }

    fn slope(&self, at: &Point) -> Slope {
        self.slope_at(&at.to_host())
    }

    fn linearise<'a>(&'a self, at: &Point) -> Box<dyn Curvature + 'a> {
        Box::new(Here {
            objective: self,
            x: at.to_host(),
        })
    }

    fn known(&self) -> Known {
        self.form.known()
    }
}

/// A closed form at one point.
struct Here<'a> {
    objective: &'a Analytic,
    x: Vec<f64>,
}

impl Curvature for Here<'_> {
    fn slope(&self) -> Slope {
        self.objective.slope_at(&self.x)
    }

    fn hessian_times(&self, directions: &Directions) -> Directions {
        let rows = download(&directions.tensor());
        let product = |v| self.objective.form.hessian_times(&self.x, v);
        self.objective
            .direction(rows.chunks(self.x.len()).flat_map(product).collect())
    }

    fn gauss_newton_times(&self, _directions: &Directions) -> Option<Directions> {
        None
    }

    fn jacobian_times(&self, _directions: &Directions) -> Option<Vec<f64>> {
        None
    }

    fn jacobian_transpose_times(&self, _outputs: &[f64]) -> Option<Directions> {
        None
    }
}
