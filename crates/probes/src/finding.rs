//! What a probe found: self-describing data, so that a report draws a new probe without knowing it.

use serde::{Deserialize, Serialize};

/// What one probe found at one site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The probe's name in the catalog, such as `ends`.
    pub probe: String,
    /// Single numbers.
    pub scalars: Vec<Scalar>,
    /// Sequences, such as the k largest eigenvalues.
    pub curves: Vec<Curve>,
    /// Sentences that the reader must not miss.
    pub warnings: Vec<String>,
    /// What it cost.
    pub cost: Cost,
}

/// One number with its uncertainty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scalar {
    /// Name, such as `largest eigenvalue`.
    pub name: String,
    /// The value.
    pub value: f64,
    /// Half-width of the interval that contains the truth; `None` means exact up to rounding.
    pub uncertainty: Option<f64>,
    /// Unit or normalisation, such as `mean cross-entropy per θ²`; empty where the number has none.
    pub unit: String,
}

/// A sequence of numbers with uncertainties.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Name, such as `largest eigenvalues`.
    pub name: String,
    /// The values, in the order that the name suggests.
    pub values: Vec<f64>,
    /// Half-width of each value's interval; empty means exact up to rounding.
    pub uncertainties: Vec<f64>,
}

/// What a measurement cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Gradients taken.
    pub gradients: usize,
    /// Hessian (or Gauss–Newton) products with one vector each.
    pub products: usize,
    /// Wall time in seconds.
    pub seconds: f64,
}
