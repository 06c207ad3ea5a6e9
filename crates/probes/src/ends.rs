//! Both ends of a spectrum.

use crate::{Cost, Curve, Finding, Measurement, Scalar, Site, Subject, classify};
use models::{CurvatureOperator, Problem};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::Pair;
use std::ops::ControlFlow;
use std::time::Instant;

/// The k largest and k smallest eigenvalues with recomputed residuals, by block Lanczos.
///
/// An eigenvalue lies within each interval; that none beyond was missed is a matter of probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ends {
    /// How many of the largest.
    pub largest: usize,
    /// How many of the smallest.
    pub smallest: usize,
    /// Residual, relative to the eigenvalue, at which a pair counts as converged.
    pub tolerance: f64,
    /// The most products to spend.
    pub products: usize,
    /// Of which matrix.
    pub operator: Operator,
}

impl Default for Ends {
    /// Two and two: enough to see the sharpest direction and whether there is negative curvature. A residual of
    /// 1e-3 is what figures need.
    fn default() -> Self {
        Ends {
            largest: 2,
            smallest: 2,
            tolerance: 1e-3,
            products: 400,
            operator: Operator::Hessian,
        }
    }
}

/// A symmetric operator at a point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// H = ∇²L.
    #[default]
    Hessian,
    /// G = Jᵀ(∂²ℓ/∂z²)J, positive semi-definite for convex losses.
    GaussNewton,
}

impl Operator {
    /// What findings are called: figures and verdicts of the Hessian's ends take no other matrix for it.
    fn finding(self) -> &'static str {
        match self {
            Operator::Hessian => "ends",
            Operator::GaussNewton => "gauss-newton-ends",
        }
    }

    /// What numbers are called after.
    fn matrix(self) -> &'static str {
        match self {
            Operator::Hessian => "Hessian",
            Operator::GaussNewton => "Gauss–Newton matrix",
        }
    }
}

const NOISE: &str = "noise of the products";
const DEFECT: &str = "orthogonality defect of the eigenvectors";

impl Ends {
    /// The name of the outermost eigenvalue at one end.
    fn outermost(&self, end: &str) -> String {
        format!("{end} eigenvalue of the {}", self.operator.matrix())
    }

    fn asked(&self) -> spectra::Ends {
        spectra::Ends {
            relative: self.tolerance,
            max_products: self.products,
            ..spectra::Ends::new(self.largest, self.smallest)
        }
    }
}

impl Measurement for Ends {
    fn numbers(&self) -> Vec<String> {
        let largest = (self.largest > 0).then(|| self.outermost("largest"));
        let smallest = (self.smallest > 0).then(|| self.outermost("smallest"));
        let outermost = largest.into_iter().chain(smallest);
        outermost.chain([NOISE, DEFECT].map(String::from)).collect()
    }

    fn problem(&self, subject: &Subject) -> Option<Problem> {
        let dimension = subject.parameters;
        let wanted = self.largest.saturating_add(self.smallest);
        if wanted == 0 {
            let complaint = "and smallest are both 0: ask for at least one eigenvalue";
            return Some(Problem::new("largest", complaint));
        }
        if wanted > dimension {
            let complaint =
                format!("+ smallest is {wanted}, but there are only {dimension} eigenvalues: ask for fewer");
            return Some(Problem::new("largest", complaint));
        }
        if !(self.tolerance > 0.0 && self.tolerance < 1.0) {
            let complaint = format!(
                "is {}: it must lie between 0 and 1, for instance 1e-3",
                self.tolerance
            );
            return Some(Problem::new("tolerance", complaint));
        }
        (self.products == 0).then(|| Problem::new("products", "is 0: at least one product is needed"))
    }

    fn vectors(&self) -> usize {
        self.asked().vectors()
    }

    fn products(&self) -> usize {
        self.products
    }

    fn measure(&self, site: &Site) -> Finding {
        let clock = Instant::now();
        let space = site.objective.space();
        let here = site.objective.linearise(site.at);
        let operator = CurvatureOperator {
            product: Box::new(|v| match self.operator {
                Operator::Hessian => here.hessian_times(v),
                Operator::GaussNewton => here
                    .gauss_newton_times(v)
                    .expect("the config is checked: a network"),
            }),
            device: space.device.clone(),
            dimension: space.dimension,
        };
        let ends = spectra::Ends {
            seed: site.seed.stream("ends").random(),
            ..self.asked()
        };
        let go_on = |_| {
            if (site.interrupted)() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let found = spectra::extremes(&operator, &ends, go_on);
        let top: Vec<&Pair> = found.largest().collect();
        let bottom: Vec<&Pair> = found.smallest().collect();
        let bounded = |name: &str, pair: Option<&&Pair>| {
            pair.map(|pair| Scalar {
                name: self.outermost(name),
                value: pair.value,
                uncertainty: Some(pair.bound),
                unit: String::new(),
            })
        };
        let exact = |name: &str, value: f64| Scalar {
            name: name.into(),
            value,
            uncertainty: None,
            unit: String::new(),
        };
        let mut scalars: Vec<Scalar> = [
            bounded("largest", top.first()),
            bounded("smallest", bottom.first()),
        ]
        .into_iter()
        .flatten()
        .collect();
        scalars.extend([
            exact(NOISE, found.noise),
            exact(DEFECT, found.orthogonality_defect),
        ]);
        let curve = |name: &str, pairs: &[&Pair]| Curve {
            name: name.into(),
            along: None,
            values: pairs.iter().map(|pair| pair.value).collect(),
            uncertainties: pairs.iter().map(|pair| pair.bound).collect(),
        };
        let mut warnings: Vec<String> = found.advice().into_iter().collect();
        if self.operator == Operator::Hessian
            && let (Some(top), Some(bottom)) = (top.first(), bottom.first())
        {
            let norm = site.slope.gradient.norms()[0];
            let kind = classify(norm, (bottom.value, bottom.bound), (top.value, top.bound));
            warnings.extend(kind.caveat().map(String::from));
        }
        Finding {
            probe: self.operator.finding().into(),
            scalars,
            curves: vec![
                curve("largest eigenvalues", &top),
                curve("smallest eigenvalues", &bottom),
            ],
            incomplete: !found.converged(),
            warnings,
            cost: Cost {
                gradients: 1,
                products: found.products,
                seconds: clock.elapsed().as_secs_f64(),
            },
            ..Finding::default()
        }
    }
}
