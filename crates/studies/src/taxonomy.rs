//! Is every kind of critical point told for what it is?

use crate::{Inquiry, Judged, Lab, picture};
use models::analytic::{Analytic, taxonomy};
use models::{CriticalKind, CriticalPoint, Device, Objective, Point, Precision};
use probes::{Curve, Finding, Measurement, Scalar, Stationarity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Functions of two and three variables with known critical points of every kind. The probe `stationarity` looks at
/// each of them, and must say of which kind it is, where the smallest eigenvalue lies, and whether it is second-order
/// stationary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Taxonomy {}

const POINTS: &str = "critical points";
const RIGHT: &str = "told rightly";
const OFF: &str = "largest error of a smallest eigenvalue";

impl Inquiry for Taxonomy {
    fn subject(&self) -> String {
        "functions of two and three variables with critical points of every kind".into()
    }

    fn cases(&self) -> Vec<String> {
        taxonomy().into_iter().map(|(name, _)| name.into()).collect()
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let (_, form) = taxonomy().swap_remove(case);
        let known = form.known().critical;
        let mut finding = picture::plane(form.as_ref(), "taxonomy", &known);
        let device = Device::cpu(Precision::F64);
        let objective = Analytic::new(form, device.clone());
        let (mut right, mut off) = (0, 0.0f64);
        for point in &known {
            let at = Point::from_host(point.at.clone(), &device);
            let seen = lab.at(&objective, &at, |site| Stationarity::default().measure(site));
            let told = told(&seen, point.kind);
            right += usize::from(told);
            let smallest = seen
                .scalars
                .iter()
                .find(|scalar| scalar.name == "smallest curvature found");
            off = crate::largest([
                off,
                smallest.map_or(f64::NAN, |found| (found.value - point.spectrum[0]).abs()),
            ]);
            finding.cost.gradients += seen.cost.gradients;
            finding.cost.products += seen.cost.products;
            finding.verdicts.push(match told {
                true => format!(
                    "{} is told for what it is: a {}, {}.",
                    place(point),
                    point.kind.word(),
                    certificate(&seen)
                ),
                false => format!(
                    "{} is a {}, and was told for something else: {}",
                    place(point),
                    point.kind.word(),
                    seen.verdicts.join(" ")
                ),
            });
        }
        finding.scalars = vec![
            Scalar::exact(POINTS, known.len() as f64),
            Scalar::exact(RIGHT, right as f64),
            Scalar::exact(OFF, off),
        ];
        finding.curves = vec![Curve {
            name: "value at the critical points".into(),
            along: None,
            values: known
                .iter()
                .map(|point| objective.value(&Point::from_host(point.at.clone(), &device)))
                .collect(),
            uncertainties: Vec::new(),
        }];
        finding.cost.seconds = clock.elapsed().as_secs_f64();
        Some(finding)
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let sum = |name| {
            found
                .iter()
                .map(|finding| crate::number(finding, name))
                .sum::<f64>()
        };
        let (right, points) = (sum(RIGHT), sum(POINTS));
        let off = crate::largest(found.iter().map(|finding| crate::number(finding, OFF)));
        vec![
            Judged::identity(
                "every critical point is told for what it is",
                right == points,
                format!("{right} of {points}"),
            ),
            Judged::identity(
                "the smallest eigenvalues are those of the closed forms, to 1e-9",
                off <= 1e-9,
                format!("the largest error is {off:.1e}"),
            ),
        ]
    }
}

fn place(point: &CriticalPoint) -> String {
    let numbers: Vec<String> = point
        .at
        .iter()
        .map(|x| {
            format!("{x:.4}")
                .trim_end_matches('0')
                .trim_end_matches('.')
                .into()
        })
        .collect();
    format!("({})", numbers.join(", "))
}

/// What the probe says of each kind, and of no other.
const SAID: [(CriticalKind, &str); 6] = [
    (
        CriticalKind::StrictMinimum,
        "This is what looks like a strict local minimum.",
    ),
    (
        CriticalKind::StrictMaximum,
        "This is what looks like a strict local maximum.",
    ),
    (CriticalKind::StrictSaddle, "This is a strict saddle."),
    (
        CriticalKind::DegenerateMinimum,
        "It looks like a degenerate minimum:",
    ),
    (
        CriticalKind::DegenerateMaximum,
        "It looks like a degenerate maximum:",
    ),
    (CriticalKind::DegenerateSaddle, "It is a degenerate saddle:"),
];

/// Whether a finding says of a point that it is of this kind, and of no other.
fn told(finding: &Finding, kind: CriticalKind) -> bool {
    let said = finding.verdicts.join(" ");
    SAID.iter()
        .all(|(other, words)| said.contains(words) == (*other == kind))
}

/// What the probe's word for a point rests on.
fn certificate(finding: &Finding) -> &'static str {
    let says = |words: &str| finding.verdicts.iter().any(|verdict| verdict.contains(words));
    if says("the loss is lower by") {
        "certified by a lower point nearby"
    } else if says("Every eigenvalue is above") && says("for certain") {
        "certified by a bound below all eigenvalues"
    } else if says("Every eigenvalue is above") {
        "by a bound below all eigenvalues that is likely"
    } else if says("which is no proof") {
        "by following the kernel of the Hessian, which is no proof"
    } else if says("kernel of the Hessian") {
        "by a lower point along the kernel of the Hessian"
    } else {
        "without a certificate"
    }
}
