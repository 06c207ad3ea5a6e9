//! Probes of curvature where the answer is known: kinds of points, negative curvature, noise, kinks.

mod negative;
mod noise;
mod samples;
mod taxonomy;

use models::analytic::{Analytic, ClosedForm};
use models::{Device, Objective, Point, Precision, Seed};
use probes::{Finding, Measurement, Probe, Site, Start};
use std::cell::OnceCell;

/// ½ Σ λᵢ xᵢ².
#[derive(Clone, Debug)]
struct Quadratic(Vec<f64>);

impl ClosedForm for Quadratic {
    fn dimension(&self) -> usize {
        self.0.len()
    }

    fn value(&self, x: &[f64]) -> f64 {
        self.0.iter().zip(x).map(|(h, x)| 0.5 * h * x * x).sum()
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        self.hessian_times(x, x)
    }

    fn hessian_times(&self, _x: &[f64], v: &[f64]) -> Vec<f64> {
        self.0.iter().zip(v).map(|(h, v)| h * v).collect()
    }
}

/// A closed form on the processor in f64.
fn analytic(form: impl ClosedForm + 'static) -> Analytic {
    Analytic::new(Box::new(form), Device::cpu(Precision::F64))
}

/// Makes something of a site.
fn at<T>(objective: &dyn Objective, point: &Point, seed: u64, look: impl Fn(&Site) -> T) -> T {
    let site = Site {
        objective,
        double: None,
        at: point,
        slope: &objective.slope(point),
        motion: None,
        start: &Start::new(point.clone()),
        passed: &[],
        divisor: None,
        seed: Seed(seed),
        interrupted: &|| false,
        warm: None,
        noise: OnceCell::new(),
    };
    look(&site)
}

/// What a probe finds at a point.
fn found(objective: &dyn Objective, point: &Point, seed: u64, probe: Probe) -> Finding {
    at(objective, point, seed, |site| probe.measure(site))
}

/// A scalar of a finding by its name.
fn scalar(finding: &Finding, name: &str) -> f64 {
    let found = finding.scalars.iter().find(|scalar| scalar.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {finding:?}")).value
}
