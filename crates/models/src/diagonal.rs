//! Diagonal matrices on parameter space.

use crate::{Device, Directions, download};
use burn::tensor::Tensor;

/// A positive diagonal matrix on parameter space, by its diagonal `[P]`, such as the one by which an optimiser divides.
///
/// ```
/// use models::{Device, Diagonal, Directions, Precision, download};
/// let device = Device::cpu(Precision::F64);
/// let diagonal = Diagonal::new(device.upload(vec![4.0, 16.0], [2]));
/// let ones = Directions::new(device.upload(vec![1.0, 1.0], [1, 2]));
/// assert_eq!(download(&diagonal.inverse_root().times(&ones).tensor()), [0.5, 0.25]);
/// ```
#[derive(Clone, Debug)]
pub struct Diagonal(Tensor<1>);

impl Diagonal {
    /// The matrix with this diagonal `[P]`.
    pub fn new(diagonal: Tensor<1>) -> Self {
        Diagonal(diagonal)
    }

    /// The same matrix on a device, rounded to its precision.
    pub fn on(&self, device: &Device) -> Diagonal {
        let diagonal = download(&self.0);
        let dimension = diagonal.len();
        Diagonal(device.upload(diagonal, [dimension]))
    }

    /// D^{-1/2}.
    pub fn inverse_root(&self) -> Diagonal {
        Diagonal(self.0.clone().sqrt().recip())
    }

    /// D·v for each direction.
    pub fn times(&self, directions: &Directions) -> Directions {
        Directions::new(directions.tensor() * self.0.clone().unsqueeze::<2>())
    }
}
