//! What probes say of the matrices at a point, against dense matrices in f64.

mod blocks;
mod estimates;
mod known;
mod operators;
mod sharing;

use crate::subjects::{chain, host, risk, somewhere};
use models::layers::Activation;
use models::{CurvatureOperator, Device, Diagonal, Loss, Objective, Point, Precision, Risk, Seed, Slope};
use probes::{Finding, Measurement, Operator, Probe, Site, Start};
use spectra::{Matrix, eigenvalues, explicit};
use std::cell::OnceCell;

/// A small network with biases, and a place where all its operators differ.
pub struct Place {
    risk: Risk,
    at: Point,
    slope: Slope,
    start: Start,
    divisor: Diagonal,
    scales: Vec<f64>,
}

impl Place {
    pub fn new(loss: Loss) -> Self {
        let device = Device::cpu(Precision::F64);
        let risk = risk(chain("biases", Activation::Tanh, &device), loss, &device);
        let at = somewhere(&risk);
        let p = at.dimension();
        let scales: Vec<f64> = (0..p).map(|i| 0.3 + (i as f64 * 0.7).sin().abs()).collect();
        Place {
            slope: risk.slope(&at),
            start: Start::new(at.clone()),
            divisor: Diagonal::new(device.upload(scales.clone(), [p])),
            risk,
            at,
            scales,
        }
    }

    /// What is found here with random vectors of this seed.
    pub fn look<T>(&self, seed: u64, look: impl Fn(&Site) -> T) -> T {
        look(&Site {
            objective: &self.risk,
            double: None,
            at: &self.at,
            slope: &self.slope,
            motion: None,
            start: &self.start,
            passed: &[],
            divisor: Some(&self.divisor),
            seed: Seed(seed),
            interrupted: &|| false,
            warm: None,
            noise: OnceCell::new(),
        })
    }

    /// What one probe finds, as a config writes it.
    pub fn finds(&self, seed: u64, probe: &str) -> Finding {
        self.look(seed, |site| asked(probe).measure(site))
    }

    /// All eigenvalues of a matrix, ascending, from the dense operator: a block of it, times P^{-1/2} on both sides.
    pub fn spectrum(&self, operator: Operator, block: Option<&str>, preconditioned: bool) -> Vec<f64> {
        let here = self.risk.linearise(&self.at);
        let space = self.risk.space();
        let dense = explicit(
            &CurvatureOperator {
                product: Box::new(|v| match operator {
                    Operator::Hessian => here.hessian_times(v),
                    Operator::GaussNewton => here.gauss_newton_times(v).expect("a network"),
                    Operator::Residual => here.residual_times(v).expect("a network"),
                }),
                device: space.device.clone(),
                dimension: space.dimension,
            },
            8,
        );
        let range = match block {
            None => 0..space.dimension,
            Some(name) => {
                let layer = format!("{name}.");
                let named = |own: &&models::Parameter| own.name == name || own.name.starts_with(&layer);
                let own: Vec<_> = space.parameters.iter().filter(named).collect();
                own[0].range.start..own[own.len() - 1].range.end
            }
        };
        let scale = |i: usize| match preconditioned {
            true => 1.0 / self.scales[i].sqrt(),
            false => 1.0,
        };
        let first = range.start;
        eigenvalues(&Matrix::from_fn(range.len(), range.len(), |i, j| {
            let (i, j) = (first + i, first + j);
            scale(i) * dense.matrix[(i, j)] * scale(j)
        }))
    }
}

/// A probe, as a config writes it.
pub fn asked(probe: &str) -> Probe {
    toml::from_str(probe).unwrap_or_else(|e| panic!("{probe}: {e}"))
}

/// The value and the half-width of a number that was found.
pub fn number(finding: &Finding, name: &str) -> (f64, f64) {
    let scalar = finding.scalars.iter().find(|scalar| scalar.name == name);
    let scalar = scalar.unwrap_or_else(|| panic!("no {name} in {:?}", finding.scalars));
    (scalar.value, scalar.uncertainty.unwrap_or(0.0))
}

/// All eigenvalues that a density has found, ascending, as often as they are there.
pub fn all_eigenvalues(found: &Finding, dimension: usize) -> Vec<f64> {
    let curve = found
        .curves
        .iter()
        .find(|curve| curve.name == "weights of all eigenvalues");
    let curve = curve.unwrap_or_else(|| panic!("not all eigenvalues: {:?}", found.verdicts));
    let places = &curve.along.as_ref().expect("eigenvalues").values;
    let times = curve.values.iter().map(|weight| weight * dimension as f64);
    let each = places.iter().zip(times).flat_map(|(value, times)| {
        assert!(
            (times - times.round()).abs() < 1e-9,
            "{value} is there {times} times"
        );
        std::iter::repeat_n(*value, times.round() as usize)
    });
    each.collect()
}

/// ‖M‖ from all eigenvalues.
pub fn norm(spectrum: &[f64]) -> f64 {
    spectrum.iter().fold(0.0, |norm, value| norm.max(value.abs()))
}

#[test]
fn the_hessian_is_the_sum_of_the_gauss_newton_matrix_and_the_residual_part() {
    let device = Device::cpu(Precision::F64);
    for kind in crate::subjects::CHAINS {
        for activation in [Activation::Tanh, Activation::Relu, Activation::Square] {
            for loss in Loss::ALL {
                let risk = risk(chain(kind, activation, &device), loss, &device);
                let here = risk.linearise(&somewhere(&risk));
                let v = crate::subjects::random_directions(3, &risk, "sum");
                let gauss_newton = here.gauss_newton_times(&v).expect("a network");
                let residual = here.residual_times(&v).expect("a network");
                let error = crate::subjects::relative_error(
                    &host(&gauss_newton.plus(&residual)),
                    &host(&here.hessian_times(&v)),
                );
                assert!(error <= 1e-12, "{kind}, {activation:?}, {loss:?}: {error:.1e}");
            }
        }
    }
}
