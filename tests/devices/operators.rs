//! Ends, density and trace of a small network's matrices, against the whole spectrum in f64.

use super::allowed;
use super::spectrum::risk;
use models::{CurvatureOperator, Device, Diagonal, Objective, Point, Precision, Seed};
use probes::{Finding, Measurement, Operator, Probe, Site, Start};
use spectra::{Matrix, eigenvalues, explicit};
use std::ops::ControlFlow;

/// What P is at each coordinate: numbers that f32 holds exactly.
fn scales(dimension: usize) -> Vec<f64> {
    (0..dimension).map(|i| 0.25 * (1 + i % 7) as f64).collect()
}

/// All eigenvalues of a matrix at a point, from the processor in f64.
fn spectrum(at: &Point, operator: Operator, block: Option<&str>, preconditioned: bool) -> Vec<f64> {
    let risk = risk(&Device::cpu(Precision::F64));
    let same = Point::from_host(at.to_host(), &Device::cpu(Precision::F64));
    let here = risk.linearise(&same);
    let whole = explicit(
        &CurvatureOperator {
            product: Box::new(|v| match operator {
                Operator::Hessian => here.hessian_times(v),
                Operator::GaussNewton => here.gauss_newton_times(v).expect("a network"),
                Operator::Residual => here.residual_times(v).expect("a network"),
            }),
            device: Device::cpu(Precision::F64),
            dimension: same.dimension(),
        },
        16,
    );
    let own = risk
        .space()
        .parameters
        .iter()
        .find(|own| Some(own.name.as_str()) == block);
    let range = own.map_or(0..same.dimension(), |own| own.range.clone());
    let scales = scales(same.dimension());
    let scale = |i: usize| {
        if preconditioned {
            scales[i].sqrt().recip()
        } else {
            1.0
        }
    };
    eigenvalues(&Matrix::from_fn(range.len(), range.len(), |i, j| {
        let (i, j) = (range.start + i, range.start + j);
        scale(i) * whole.matrix[(i, j)] * scale(j)
    }))
}

fn asked(probe: &str) -> Probe {
    toml::from_str(probe).unwrap_or_else(|e| panic!("{probe}: {e}"))
}

/// Every number is within its half-width of the truth, and what the device's products are wrong by.
pub fn agree(device: &Device) {
    let risk = risk(device);
    let at = risk.start(Seed(2));
    let (slope, start) = (risk.slope(&at), Start::new(at.clone()));
    let divisor = Diagonal::new(device.upload(scales(at.dimension()), [at.dimension()]));
    let site = Site {
        objective: &risk,
        double: None,
        at: &at,
        slope: &slope,
        motion: None,
        start: &start,
        passed: &[],
        divisor: Some(&divisor),
        seed: Seed(1),
        interrupted: &|| false,
        warm: None,
        noise: std::cell::OnceCell::new(),
    };
    let within = |finding: &Finding, name: &str, truth: f64, sigmas: f64, slack: f64| {
        let scalar = finding.scalars.iter().find(|scalar| scalar.name == name);
        let scalar = scalar.unwrap_or_else(|| panic!("no {name} in {:?}", finding.scalars));
        let half = sigmas * scalar.uncertainty.expect("a half-width") + slack;
        let error = (scalar.value - truth).abs();
        assert!(
            error <= half,
            "{name} is {} ± {half:.1e}, not {truth}",
            scalar.value
        );
    };
    let ends = [
        ("gauss-newton", Operator::GaussNewton, None, "Gauss–Newton matrix"),
        (
            "residual",
            Operator::Residual,
            None,
            "residual part of the Hessian",
        ),
        (
            "hessian",
            Operator::Hessian,
            Some("layer2.weight"),
            "block layer2.weight of the Hessian",
        ),
    ];
    for (i, (word, operator, block, called)) in ends.into_iter().enumerate() {
        let preconditioned = i > 0;
        let truth = spectrum(&at, operator, block, preconditioned);
        let norm = truth.iter().fold(0.0f64, |norm, value| norm.max(value.abs()));
        let block = block
            .map(|block| format!("block = \"{block}\""))
            .unwrap_or_default();
        // The smallest eigenvalue of the Gauss–Newton matrix is zero, of which no share is small.
        let smallest = usize::from(operator != Operator::GaussNewton);
        let found = asked(&format!(
            "kind = \"ends\"\nsmallest = {smallest}\noperator = \"{word}\"\npreconditioned = {preconditioned}\n{block}"
        ))
        .measure(&site);
        assert!(!found.incomplete, "{word}: {:?}", found.warnings);
        let called = match preconditioned {
            true => format!("preconditioned {called}"),
            false => called.to_string(),
        };
        let ends = [("largest", truth[truth.len() - 1]), ("smallest", truth[0])];
        for (end, truth) in ends.into_iter().take(1 + smallest) {
            let slack = 4.0 * allowed(device) * norm;
            within(
                &found,
                &format!("{end} eigenvalue of the {called}"),
                truth,
                1.0,
                slack,
            );
        }
    }
    let truth = spectrum(&at, Operator::Hessian, None, false);
    let trace: f64 = truth.iter().sum();
    let norm = truth.iter().map(|value| value * value).sum::<f64>().sqrt();
    let slack = allowed(device) * norm * (truth.len() as f64).sqrt();
    let together = [
        asked("kind = \"ends\""),
        asked("kind = \"density\"\naccuracy = 0.25"),
        asked("kind = \"trace\""),
        asked("kind = \"trace\"\nmethod = \"x-trace\""),
    ];
    let mut findings = Vec::new();
    probes::measure(&together, &site, |_, finding| {
        findings.push(finding);
        ControlFlow::Continue(())
    });
    within(
        &findings[0],
        "largest eigenvalue of the Hessian",
        truth[truth.len() - 1],
        1.0,
        slack,
    );
    let cumulative = findings[1]
        .curves
        .iter()
        .find(|curve| curve.name == "share of eigenvalues up to here");
    let cumulative = cumulative.expect("a distribution function");
    let places = &cumulative.along.as_ref().expect("places").values;
    for ((place, share), half) in places
        .iter()
        .zip(&cumulative.values)
        .zip(&cumulative.uncertainties)
    {
        let true_share = truth.iter().filter(|value| *value <= place).count() as f64 / truth.len() as f64;
        assert!(
            (share - true_share).abs() <= *half,
            "{share} ± {half} up to {place}, not {true_share}"
        );
    }
    for trace_found in &findings[2..] {
        within(trace_found, "trace of the Hessian", trace, 4.0, slack);
        within(trace_found, "Frobenius norm of the Hessian", norm, 4.0, slack);
    }
}
