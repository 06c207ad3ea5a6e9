//! What probes find around points whose surroundings are known in closed form.

mod movement;
mod sharpness;
mod smoothness;
mod surface;

use models::{Objective, Point, Seed};
use probes::{Curve, Finding, Measurement, Motion, Rule, Site, Start};

/// Plain descent with this step size.
pub fn descent(step_size: f64) -> Motion {
    Motion {
        step_size,
        rule: Rule::Descent,
        whole_sample: true,
    }
}

/// What a probe finds at a point of a run that began at `start`.
pub fn look(
    objective: &dyn Objective,
    start: &Point,
    at: &Point,
    motion: Option<Motion>,
    probe: &dyn Measurement,
) -> Finding {
    look_back(objective, (start, &[]), at, motion, probe)
}

/// The same where the run has passed points that it kept.
pub fn look_back(
    objective: &dyn Objective,
    (start, passed): (&Point, &[Point]),
    at: &Point,
    motion: Option<Motion>,
    probe: &dyn Measurement,
) -> Finding {
    let site = Site {
        objective,
        double: None,
        at,
        slope: &objective.slope(at),
        motion,
        start: &Start::new(start.clone()),
        passed,
        divisor: None,
        seed: Seed(8),
        interrupted: &|| false,
        warm: None,
        noise: std::cell::OnceCell::new(),
    };
    probe.measure(&site)
}

/// A number and its half-width, zero where it is exact.
pub fn number(finding: &Finding, name: &str) -> (f64, f64) {
    let scalar = finding.scalars.iter().find(|scalar| scalar.name == name);
    let scalar = scalar.unwrap_or_else(|| panic!("there is no `{name}` in {:?}", finding.scalars));
    (scalar.value, scalar.uncertainty.unwrap_or(0.0))
}

/// A number is what it should be up to its half-width and to rounding.
pub fn assert_number(finding: &Finding, name: &str, wanted: f64) {
    let (value, half) = number(finding, name);
    assert!(
        half <= 1e-2 * wanted.abs().max(1e-3),
        "{name} is {value} ± {half}: too wide"
    );
    assert!(
        (value - wanted).abs() <= half + 1e-12 * wanted.abs(),
        "{name} is {value} ± {half}, not {wanted}"
    );
}

/// The curve of this name along the axis of this name.
pub fn curve<'a>(finding: &'a Finding, name: &str, along: &str) -> &'a Curve {
    let axis = |curve: &Curve| curve.along.as_ref().map(|axis| axis.name.clone());
    let mut curves = finding.curves.iter();
    curves
        .find(|curve| curve.name == name && axis(curve).as_deref() == Some(along))
        .unwrap_or_else(|| panic!("there is no curve `{name}` along `{along}`"))
}
