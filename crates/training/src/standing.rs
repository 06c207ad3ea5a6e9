//! Where a run stands: what a checkpoint must hold.

use crate::{Kept, Optimiser};
use burn::tensor::Tensor;
use models::Point;

/// Where a run stands before a step. With the plan, the steps after it depend on this and on nothing else.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Updates made so far.
    pub step: u64,
    /// θ.
    pub at: Point,
    /// What the optimiser has kept of them.
    pub kept: Kept,
    /// L at the start, once it is known: relative goals and divergence refer to it.
    pub first_loss: Option<f64>,
    /// The step of the last kick ζ.
    pub last_kick: Option<u64>,
    /// Wall time in seconds up to here.
    pub seconds: f64,
}

impl From<Point> for Standing {
    /// The beginning of a run.
    fn from(at: Point) -> Self {
        Standing {
            step: 0,
            at,
            kept: Kept::default(),
            first_loss: None,
            last_kick: None,
            seconds: 0.0,
        }
    }
}

impl Standing {
    /// Why a run with this optimiser on a space of this dimension cannot go on from here, if it cannot.
    pub fn problem(&self, optimiser: Optimiser, dimension: usize) -> Option<String> {
        let found = self.kept.vectors.len();
        let wanted = match self.step {
            0 => 0,
            _ => optimiser.keeps().len(),
        };
        if found != wanted {
            return Some(format!(
                "the optimiser keeps {wanted} vectors at step {}, here are {found}",
                self.step
            ));
        }
        let length = |tensor: &Tensor<1>| tensor.dims()[0];
        let lengths = self.kept.vectors.iter().chain([self.at.tensor()]).map(length);
        let wrong = lengths.into_iter().find(|length| *length != dimension)?;
        Some(format!(
            "a vector has {wrong} entries, the space has {dimension} dimensions"
        ))
    }

    /// Whether θ and all that the optimiser keeps are finite numbers.
    pub fn is_finite(&self) -> bool {
        finite(self.at.tensor()) && self.kept.vectors.iter().all(finite)
    }
}

/// Whether every entry is a finite number.
pub(crate) fn finite(x: &Tensor<1>) -> bool {
    // A sum is finite only where its terms are. A finite sum that overflows is looked at entry by entry.
    let sum: f64 = x.clone().sum().into_data().iter::<f64>().sum();
    sum.is_finite() || models::download(x).iter().all(|x| x.is_finite())
}
