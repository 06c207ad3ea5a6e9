//! The problems by the names that configs use.

use super::built::Built;
use super::quadratic::Quadratic;
use crate::teacher::Teacher;
use models::analytic::{AsymmetricFactorisation, MatrixCompletion, MatrixSensing, SymmetricFactorisation};
use models::{Device, Problem, Seed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A problem with its sizes. All numbers that are left open are drawn from the seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Instance {
    /// ¼‖UUᵀ − M‖².
    Symmetric(Symmetric),
    /// ½‖UVᵀ − M‖², and ⅛‖UᵀU − VᵀV‖² if balanced.
    Asymmetric(Asymmetric),
    /// (1/2m)Σ(⟨Aᵢ, UUᵀ⟩ − bᵢ)² with Gaussian Aᵢ.
    Sensing(Sensing),
    /// ½‖P_Ω(UUᵀ − M)‖², and a regulariser of long rows.
    Completion(Completion),
    /// (1/2n)Σ(xᵢᵀWVWᵀxᵢ − yᵢ)² + (λ/2)‖W‖² + ⟨C, WWᵀ⟩.
    QuadraticNetwork(Quadratic),
    /// ½‖X·W₁⋯W_N − Y‖².
    DeepLinear(Linear),
}

/// Symmetric matrix factorisation (Ge, Jin & Zheng 2017).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Symmetric {
    /// d.
    pub dimension: usize,
    /// Columns of the factor, r.
    pub rank: usize,
    /// Eigenvalues of M; the others are zero. Where more than r are positive, the dual certificate proves nothing.
    pub eigenvalues: Vec<f64>,
}

impl Default for Symmetric {
    fn default() -> Self {
        Symmetric {
            dimension: 20,
            rank: 3,
            eigenvalues: vec![3.0, 2.0, 1.0, -1.0],
        }
    }
}

/// Asymmetric matrix factorisation (Tu et al. 2016).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Asymmetric {
    /// Rows and columns of M.
    pub shape: [usize; 2],
    /// Columns of the factors, r.
    pub rank: usize,
    /// Singular values of M; the others are zero.
    pub singular_values: Vec<f64>,
    /// Whether ⅛‖UᵀU − VᵀV‖² is added.
    pub balanced: bool,
}

impl Default for Asymmetric {
    fn default() -> Self {
        Asymmetric {
            shape: [20, 15],
            rank: 3,
            singular_values: vec![3.0, 2.0, 1.0, 0.5],
            balanced: true,
        }
    }
}

/// Matrix sensing (Bhojanapalli, Neyshabur & Srebro 2016).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sensing {
    /// d.
    pub dimension: usize,
    /// Eigenvalues of M, as many as the factor has columns.
    pub planted: Vec<f64>,
    /// m; 6dr is enough in practice.
    pub measurements: usize,
}

impl Default for Sensing {
    fn default() -> Self {
        Sensing {
            dimension: 30,
            planted: vec![2.0, 1.0],
            measurements: 360,
        }
    }
}

/// Matrix completion (Ge, Lee & Ma 2016).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Completion {
    /// d.
    pub dimension: usize,
    /// Eigenvalues of M, as many as the factor has columns.
    pub planted: Vec<f64>,
    /// The probability with which an entry is observed.
    pub probability: f64,
}

impl Default for Completion {
    fn default() -> Self {
        Completion {
            dimension: 100,
            planted: vec![3.0, 2.0, 1.0],
            probability: 0.25,
        }
    }
}

/// A deep linear network (Kawaguchi 2016) on the examples of a linear teacher with noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Linear {
    /// d₀.
    pub inputs: usize,
    /// d_N.
    pub outputs: usize,
    /// n.
    pub examples: usize,
    /// d₁, …, d_{N−1}.
    pub hidden: Vec<usize>,
}

impl Default for Linear {
    fn default() -> Self {
        Linear {
            inputs: 6,
            outputs: 4,
            examples: 60,
            hidden: vec![6],
        }
    }
}

/// Numbers in the matrices of an instance: a gibibyte in f64.
const MOST: f64 = 1.3e8;

impl Instance {
    /// The problem that a seed makes of it; fields of what is wrong are those of the config.
    pub(super) fn built(&self, seed: Seed, device: &Device) -> Result<Built, Problem> {
        if let Some(problem) = self.problem() {
            return Err(problem);
        }
        let made = match self {
            Instance::Symmetric(it) => {
                let mut eigenvalues = it.eigenvalues.clone();
                eigenvalues.resize(it.dimension, 0.0);
                SymmetricFactorisation::with_spectrum(&eigenvalues, it.rank, seed, device)
                    .map(Built::Symmetric)
            }
            Instance::Asymmetric(it) => {
                let (values, shape) = (&it.singular_values, it.shape);
                AsymmetricFactorisation::with_singular_values(
                    values,
                    shape,
                    it.rank,
                    it.balanced,
                    seed,
                    device,
                )
                .map(Built::Asymmetric)
            }
            Instance::Sensing(it) => {
                MatrixSensing::gaussian(&it.planted, it.dimension, it.measurements, seed, device)
                    .map(Built::Sensing)
            }
            Instance::Completion(it) => {
                MatrixCompletion::planted_at_random(&it.planted, it.dimension, it.probability, seed, device)
                    .map(Built::Completion)
            }
            Instance::QuadraticNetwork(it) => it.built(seed, device),
            Instance::DeepLinear(it) => it.teacher().network(&it.hidden, seed, device).map(Built::Linear),
        };
        made.map_err(|problem| Problem {
            field: problem.field.replace(' ', "_"),
            ..problem
        })
    }

    /// P.
    pub(super) fn parameters(&self) -> usize {
        match self {
            Instance::Symmetric(it) => it.dimension * it.rank,
            Instance::Asymmetric(it) => (it.shape[0] + it.shape[1]) * it.rank,
            Instance::Sensing(it) => it.dimension * it.planted.len(),
            Instance::Completion(it) => it.dimension * it.planted.len(),
            Instance::QuadraticNetwork(it) => it.dimension * it.units,
            Instance::DeepLinear(it) => it.teacher().parameters(&it.hidden),
        }
    }

    /// What a theorem asks for that it does not have, as a sentence that begins with its field.
    pub(super) fn warning(&self) -> Option<String> {
        let Instance::Completion(it) = self else {
            return None;
        };
        let limit = MatrixCompletion::coupon_limit(it.dimension);
        (it.probability < limit).then(|| {
            format!(
                "probability is {}, below ln d / d = {limit:.3} for d = {}: rows of which no entry is observed are to be \
                 expected, and M is then not determined; the theorem of Ge, Lee & Ma (2016) asks for more",
                it.probability, it.dimension
            )
        })
    }

    /// About how many numbers its matrices have; the field that decides it.
    fn numbers(&self) -> (&'static str, f64) {
        let square = |d: usize| d as f64 * d as f64;
        match self {
            Instance::Symmetric(it) => ("dimension", square(it.dimension)),
            Instance::Asymmetric(it) => ("shape", it.shape[0] as f64 * it.shape[1] as f64),
            Instance::Sensing(it) => ("measurements", it.measurements as f64 * square(it.dimension)),
            Instance::Completion(it) => ("dimension", square(it.dimension)),
            Instance::QuadraticNetwork(it) => {
                let width = (it.examples + it.units) as f64;
                ("dimension", width * it.dimension as f64 + square(it.dimension))
            }
            Instance::DeepLinear(it) => ("hidden", it.teacher().numbers(&it.hidden)),
        }
    }

    /// What the constructors would say of fields that a config does not have.
    fn problem(&self) -> Option<Problem> {
        let (field, numbers) = self.numbers();
        if numbers > MOST {
            let complaint =
                format!("asks for matrices of {numbers:.1e} numbers in all: at most {MOST:.0e} are studied");
            return Some(Problem::new(field, complaint));
        }
        let longer = |field: &str, count: usize, most: usize| {
            let complaint = format!("has {count} numbers: a matrix of dimension {most} has at most so many");
            (count > most).then(|| Problem::new(field, complaint))
        };
        match self {
            Instance::Symmetric(it) => longer("eigenvalues", it.eigenvalues.len(), it.dimension),
            Instance::Sensing(Sensing {
                dimension, planted, ..
            })
            | Instance::Completion(Completion {
                dimension, planted, ..
            }) => longer("planted", planted.len(), *dimension),
            Instance::QuadraticNetwork(it) => it.problem(),
            Instance::DeepLinear(it) => it.teacher().problem(),
            Instance::Asymmetric(_) => None,
        }
    }

    /// A name that tells it from others of its kind.
    pub(super) fn label(&self) -> String {
        match self {
            Instance::Symmetric(it) => format!("d = {}, r = {}", it.dimension, it.rank),
            Instance::Asymmetric(it) => {
                let way = if it.balanced { "balanced" } else { "free" };
                format!("r = {}, {way}", it.rank)
            }
            Instance::Sensing(it) => format!("m = {}", it.measurements),
            Instance::Completion(it) => format!("p = {}", it.probability),
            Instance::QuadraticNetwork(it) => it.label(),
            Instance::DeepLinear(it) => {
                let widths: Vec<String> = it.hidden.iter().map(usize::to_string).collect();
                widths.join("-")
            }
        }
    }

    /// What it is, in words.
    pub(super) fn subject(&self) -> String {
        let name = match self {
            Instance::Symmetric(_) => "symmetric matrix factorisation",
            Instance::Asymmetric(_) => "asymmetric matrix factorisation",
            Instance::Sensing(_) => "matrix sensing",
            Instance::Completion(_) => "matrix completion",
            Instance::QuadraticNetwork(_) => "networks of quadratic units",
            Instance::DeepLinear(_) => "deep linear networks",
        };
        name.into()
    }
}

impl Linear {
    fn teacher(&self) -> Teacher {
        Teacher {
            inputs: self.inputs,
            outputs: self.outputs,
            examples: self.examples,
        }
    }
}
