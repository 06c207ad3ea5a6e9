//! The sum of the eigenvalues, and of their squares.

use crate::operator::Matrix;
use crate::{Cost, Finding, Measurement, Operator, Scalar, Site, Subject};
use models::Problem;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::{Estimate, Moments, Sampling, Semidefinite, hutch_plus_plus, hutchinson, xnystrace, xtrace};
use std::time::Instant;

/// tr M = Σλ and ‖M‖_F = √Σλ² from products with random vectors, each with its standard error.
///
/// Both are sums over all eigenvalues, in the units of the loss per θ². Costs `products` products.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Trace {
    /// By which estimator. Default: the density of the same matrix where it is measured beside it, which costs no product,
    /// else `x-trace`.
    pub method: Option<Method>,
    /// How many products to spend.
    pub products: usize,
    /// Of which matrix.
    pub operator: Operator,
    /// Only this block of parameters, such as `layer1.weight`, or this layer, such as `layer1`. Default: all.
    pub block: Option<String>,
    /// As the optimiser feels it: P^{-1/2} M P^{-1/2} with P = √v̂ + ε. Default: false.
    pub preconditioned: bool,
}

impl Default for Trace {
    /// Twenty random vectors, each used twice: enough to know the error of the estimate to a fifth.
    fn default() -> Self {
        Trace {
            method: None,
            products: 40,
            operator: Operator::Hessian,
            block: None,
            preconditioned: false,
        }
    }
}

/// An estimator of traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The mean of vᵀMv over random vectors (Hutchinson 1990).
    Hutchinson,
    /// A third of the products finds the large eigenvalues, and only the rest is left to chance (Meyer et al. 2021).
    HutchPlusPlus,
    /// Each random vector takes part in all approximations but the one whose error it measures (Epperly et al. 2024).
    XTrace,
    /// The same with Nyström approximations, for semi-definite matrices; it tells no norm (Epperly et al. 2024).
    XNysTrace,
}

impl Method {
    /// The fewest products that it can do with.
    fn least(self) -> usize {
        match self {
            Method::Hutchinson | Method::XNysTrace => 2,
            Method::HutchPlusPlus | Method::XTrace => 4,
        }
    }

    /// What it is called in sentences.
    fn name(self) -> &'static str {
        match self {
            Method::Hutchinson => "Hutchinson's estimator",
            Method::HutchPlusPlus => "Hutch++",
            Method::XTrace => "XTrace",
            Method::XNysTrace => "XNysTrace",
        }
    }
}

impl Trace {
    pub(crate) fn matrix(&self) -> Matrix<'_> {
        Matrix {
            operator: self.operator,
            block: self.block.as_deref(),
            preconditioned: self.preconditioned,
        }
    }

    fn method(&self) -> Method {
        self.method.unwrap_or(Method::XTrace)
    }

    fn names(&self) -> [String; 2] {
        let name = self.matrix().name();
        ["trace", "Frobenius norm"].map(|moment| format!("{moment} of the {name}"))
    }

    /// What was found, in words and numbers: the trace, and ‖M‖_F² where the method tells it.
    pub(crate) fn finding(
        &self,
        trace: Estimate,
        square: Option<Estimate>,
        method: &str,
        cost: Cost,
    ) -> Finding {
        let [first, second] = self.names();
        let finite = trace.value.is_finite();
        let warning = "A product is not finite: the operator has no trace at this point.";
        Finding {
            probe: self.matrix().finding("trace"),
            scalars: [
                Some(Scalar::estimated(&first, trace)),
                square.map(|square| Scalar::estimated(&second, square.root())),
            ]
            .into_iter()
            .flatten()
            .collect(),
            verdicts: vec![format!("By {method}; half-widths are one standard error.")],
            incomplete: !finite,
            warnings: (!finite).then(|| warning.into()).into_iter().collect(),
            cost,
            ..Finding::default()
        }
    }
}

impl Measurement for Trace {
    fn numbers(&self) -> Vec<String> {
        let [trace, norm] = self.names();
        match self.method {
            Some(Method::XNysTrace) => vec![trace],
            _ => vec![trace, norm],
        }
    }

    fn problem(&self, subject: &Subject) -> Option<Problem> {
        if let Some(problem) = self.matrix().problem(subject) {
            return Some(problem);
        }
        if self.method == Some(Method::XNysTrace) && self.operator != Operator::GaussNewton {
            let complaint = "is x-nys-trace, which is for semi-definite matrices, and this one may have negative \
                             eigenvalues: use x-trace, or operator = \"gauss-newton\"";
            return Some(Problem::new("method", complaint));
        }
        let (method, least) = (self.method().name(), self.method().least());
        (self.products < least).then(|| {
            let complaint = format!("is {}: {method} needs at least {least}", self.products);
            Problem::new("products", complaint)
        })
    }

    fn vectors(&self, subject: &Subject) -> usize {
        if subject.has_density {
            return 0;
        }
        let matrix = self.matrix();
        let products = self.products.min(2 * matrix.dimension(subject));
        let block = Sampling::new(products).block;
        let kept = match self.method() {
            Method::Hutchinson => 2 * block,
            Method::HutchPlusPlus => 2 * products / 3,
            Method::XTrace => 2 * products,
            Method::XNysTrace => 3 * products,
        };
        // A part beside them, and its product.
        matrix.in_vectors(kept + 2 * block, subject)
    }

    fn products(&self, subject: &Subject) -> usize {
        if subject.has_density { 0 } else { self.products }
    }

    fn measure(&self, site: &Site) -> Finding {
        let clock = Instant::now();
        let matrix = self.matrix();
        if let Some(why) = matrix.absence(site) {
            return Finding::absent(matrix.finding("trace"), why);
        }
        let here = site.objective.linearise(site.at);
        let operator = matrix.at(site, &*here);
        let sampling = Sampling {
            seed: site.seed.stream("trace").random(),
            ..Sampling::new(self.products)
        };
        let mut products = 0;
        let go_on = |made| {
            products = made;
            site.flow()
        };
        let (method, name) = (self.method(), self.method().name());
        let found = match method {
            Method::Hutchinson => hutchinson(&operator, &sampling, go_on).map(Known::Both),
            Method::HutchPlusPlus => hutch_plus_plus(&operator, &sampling, go_on).map(Known::Both),
            Method::XTrace => xtrace(&operator, &sampling, go_on).map(Known::Both),
            Method::XNysTrace => xnystrace(&operator, &sampling, go_on).map(|found| match found {
                Semidefinite::Yes(trace) => Known::Trace(trace),
                Semidefinite::No => Known::Nothing,
            }),
        };
        let cost = Cost {
            gradients: 1,
            products,
            seconds: clock.elapsed().as_secs_f64(),
        };
        let unknown = |why: String| Finding {
            incomplete: true,
            cost,
            ..Finding::absent(matrix.finding("trace"), why)
        };
        match found {
            Some(Known::Both(moments)) if moments.stopped => {
                let method = "the mean over the random vectors that had been multiplied";
                let mut finding = self.finding(moments.trace, Some(moments.square), method, cost);
                finding.incomplete = true;
                finding.warnings.push(format!(
                    "Interrupted after {products} of {} products, so that the error is larger than {name} would leave.",
                    self.products
                ));
                finding
            }
            Some(Known::Both(moments)) => self.finding(moments.trace, Some(moments.square), name, cost),
            Some(Known::Trace(trace)) => self.finding(trace, None, name, cost),
            Some(Known::Nothing) => unknown(
                "The products show a negative eigenvalue, so that XNysTrace does not apply: use x-trace."
                    .into(),
            ),
            None => unknown(format!(
                "Interrupted after {products} products: {name} needs all {}.",
                self.products
            )),
        }
    }
}

/// What an estimator tells.
enum Known {
    Both(Moments),
    Trace(Estimate),
    Nothing,
}
