//! Do certified searches find β, the largest absolute eigenvalue of the Hessian?

use crate::{Inquiry, Judged, Lab, number};
use models::analytic::{Analytic, Quadratic};
use models::layers::Activation;
use models::{
    Architecture, CurvatureOperator, Device, Examples, Initialisation, Loss, Objective, Parametrisation,
    Precision, Problem, Risk, Targets,
};
use probes::{Cost, Ends, Finding, Measurement, Scalar};
use rand::RngExt;
use rand_distr::StandardNormal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Instant;

/// Both ends of a Hessian's spectrum by Lanczos with intervals, beside the whole spectrum of the explicit matrix: of a
/// quadratic with normally distributed eigenvalues in a random orthogonal basis, and of a small tanh perceptron.
///
/// β = max(|λmax|, |λmin|) there is what step sizes are compared with: descent of a quadratic needs η < 2/β.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Spectrum {
    /// Variables of the quadratic.
    pub dimension: usize,
    /// The width of the perceptron's two hidden layers, on 60 examples with 20 inputs; 35 gives 2,031 parameters.
    pub width: usize,
    /// Residual, relative to the eigenvalue, at which a pair counts as converged.
    pub tolerance: f64,
    /// The most products to spend.
    pub products: usize,
}

impl Default for Spectrum {
    /// A residual of 1e-6 gives eigenvalues to 1e-12 where they lie apart.
    fn default() -> Self {
        Spectrum {
            dimension: 500,
            width: 35,
            tolerance: 1e-6,
            products: 400,
        }
    }
}

const CASES: [&str; 2] = ["random quadratic", "tanh perceptron"];
const BETA: &str = "β";
const OFF: &str = "largest relative error of an end";
const OUTSIDE: &str = "ends outside their intervals";
const PRODUCTS: &str = "products";
const EARLY: &str = "largest relative error of an end after about 60 products";
/// Products after which Lanczos is often said to have both ends.
const FEW: usize = 60;

const INPUTS: usize = 20;
const EXAMPLES: usize = 60;

impl Spectrum {
    fn objective(&self, case: usize, lab: &Lab) -> Box<dyn Objective> {
        let device = Device::cpu(Precision::F64);
        let mut stream = lab.seed.stream("spectrum");
        let mut normal =
            |count: usize| -> Vec<f64> { (0..count).map(|_| stream.sample(StandardNormal)).collect() };
        if case == 0 {
            let form = Quadratic::rotated(normal(self.dimension), lab.seed.part("basis"));
            return Box::new(Analytic::new(Box::new(form.expect("finite eigenvalues")), device));
        }
        let architecture = Architecture::Perceptron {
            hidden: vec![self.width; 2],
            activation: Activation::Tanh,
            bias: true,
            skips: false,
            parametrisation: Parametrisation::Standard,
        };
        let network = architecture.build(INPUTS, 1, lab.seed, &device);
        let examples = Examples {
            inputs: normal(EXAMPLES * INPUTS),
            dimension: INPUTS,
            targets: Targets::Values {
                values: normal(EXAMPLES),
                width: 1,
            },
        };
        let start = Initialisation::Torch;
        Box::new(Risk::new(Arc::new(network), start, Loss::MeanSquared, &examples))
    }
}

impl Inquiry for Spectrum {
    fn problem(&self, _precision: Precision) -> Option<Problem> {
        // The explicit matrices have as many rows as variables.
        let counted = crate::counted(&[
            ("dimension", &[self.dimension], 5000),
            ("width", &[self.width], 60),
            ("products", &[self.products], 1_000_000),
        ]);
        if counted.is_some() {
            return counted;
        }
        let sound = self.tolerance > 0.0 && self.tolerance < 1.0;
        (!sound).then(|| {
            let complaint = format!(
                "is {}: it must lie between 0 and 1, for instance 1e-6",
                self.tolerance
            );
            Problem::new("study.tolerance", complaint)
        })
    }

    fn subject(&self) -> String {
        format!(
            "Hessians of a quadratic of {} variables and of a tanh perceptron with two layers of {}",
            self.dimension, self.width
        )
    }

    fn cases(&self) -> Vec<String> {
        CASES.map(String::from).to_vec()
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let objective = self.objective(case, lab);
        let at = objective.start(lab.seed);
        let probe = Ends {
            largest: 1,
            smallest: 1,
            tolerance: self.tolerance,
            products: self.products,
            ..Ends::default()
        };
        let seen = lab.at(objective.as_ref(), &at, |site| probe.measure(site));
        let few = Ends {
            products: FEW,
            ..probe.clone()
        };
        let early = lab.at(objective.as_ref(), &at, |site| few.measure(site));
        if (lab.interrupted)() {
            return None;
        }
        let space = objective.space();
        let here = objective.linearise(&at);
        let operator = CurvatureOperator {
            product: Box::new(|v| here.hessian_times(v)),
            device: space.device.clone(),
            dimension: space.dimension,
        };
        let truth = spectra::eigenvalues(&spectra::explicit(&operator, 64).matrix);
        let ends = [
            ("largest eigenvalues", truth[truth.len() - 1]),
            ("smallest eigenvalues", truth[0]),
        ];
        let (mut off, mut outside, mut beta, mut early_off) = (0.0f64, 0, 0.0f64, 0.0f64);
        for (name, wanted) in ends {
            let (value, half) = end(&seen, name);
            let relative = |value: f64| ((value - wanted) / wanted).abs();
            off = crate::largest([off, relative(value)]);
            early_off = crate::largest([early_off, relative(end(&early, name).0)]);
            // The explicit matrix has roundings of its own.
            let rounding = 1e-14 * truth[0].abs().max(truth[truth.len() - 1].abs());
            outside += usize::from((value - wanted).abs() > half + rounding || value.is_nan());
            beta = beta.max(value.abs());
        }
        Some(Finding {
            probe: "spectrum".into(),
            scalars: vec![
                Scalar::exact(BETA, beta),
                Scalar::exact(OFF, off),
                Scalar::exact(OUTSIDE, outside as f64),
                Scalar::exact(PRODUCTS, seen.cost.products as f64),
                Scalar::exact(EARLY, early_off),
            ],
            curves: vec![crate::curve(
                "eigenvalue",
                "share of the eigenvalues below",
                (0..truth.len()).map(|k| k as f64 / truth.len() as f64).collect(),
                truth,
                Vec::new(),
            )],
            verdicts: vec![format!(
                "β = {beta:.6}, found with {} products of {} that the whole matrix takes; after {} the ends are off by \
                 {early_off:.1e}.",
                seen.cost.products, space.dimension, early.cost.products
            )],
            warnings: seen.warnings,
            cost: Cost {
                products: seen.cost.products + early.cost.products + space.dimension,
                gradients: seen.cost.gradients + early.cost.gradients,
                seconds: clock.elapsed().as_secs_f64(),
            },
            ..Finding::default()
        })
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let most = |name| crate::largest(found.iter().map(|finding| number(finding, name)));
        vec![
            Judged::bound(
                "the intervals of both ends contain the eigenvalues of the explicit matrix",
                most(OUTSIDE) == 0.0,
                format!("{} outside", most(OUTSIDE)),
            ),
            Judged::identity(
                "both ends are those of the explicit matrix, to 1e-8",
                most(OFF) <= 1e-8,
                format!(
                    "the largest relative error is {:.1e}, with at most {} products; after about {FEW} it is {:.1e} still",
                    most(OFF),
                    most(PRODUCTS),
                    most(EARLY)
                ),
            ),
        ]
    }
}

/// The outermost of the ends of this name, and the half-width of its interval.
fn end(finding: &Finding, name: &str) -> (f64, f64) {
    let curve = finding.curves.iter().find(|curve| curve.name == name);
    let found = curve.and_then(|curve| Some((*curve.values.first()?, *curve.uncertainties.first()?)));
    found.unwrap_or((f64::NAN, 0.0))
}
