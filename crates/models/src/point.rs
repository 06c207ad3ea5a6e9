//! Points and directions in parameter space.

use crate::device::{Device, download};
use crate::host;
use burn::tensor::Tensor;
use std::ops::Range;

/// A place in parameter space: `[P]`. Points subtract to directions; points do not add.
#[derive(Clone, Debug)]
pub struct Point(Tensor<1>);

/// A block of s ≥ 1 directions in parameter space, one a row: `[s, P]`.
///
/// A gradient, a noise sample, a momentum buffer, a Krylov vector: all are directions.
/// As a [`spectra::Block`] it is a tall matrix with s columns of length P.
#[derive(Clone, Debug)]
pub struct Directions(Tensor<2>);

impl Point {
    /// The point with these coordinates `[P]`.
    pub fn new(coordinates: Tensor<1>) -> Self {
        Point(coordinates)
    }

    /// The point with these coordinates on this device, rounded to its precision.
    pub fn from_host(coordinates: Vec<f64>, device: &Device) -> Point {
        let dimension = coordinates.len();
        Point::new(device.upload(coordinates, [dimension]))
    }

    /// The coordinates `[P]`.
    pub fn tensor(&self) -> &Tensor<1> {
        &self.0
    }

    /// The coordinates `[P]`, without copying where nobody else holds them.
    pub fn into_tensor(self) -> Tensor<1> {
        self.0
    }

    /// The number of parameters P.
    pub fn dimension(&self) -> usize {
        self.0.dims()[0]
    }

    /// θ + c·v for one direction v.
    pub fn plus(&self, direction: &Directions, c: f64) -> Point {
        self.clone().moved(direction.clone(), c)
    }

    /// θ + c·v for one direction v, in place where nobody else holds θ. On the host it is rounded once.
    pub fn moved(self, direction: Directions, c: f64) -> Point {
        if host::is_host(&self.0.device()) {
            return Point(host::add_scaled(self.0, c, direction.into_flat()));
        }
        Point(self.0 + direction.into_flat().mul_scalar(c))
    }

    /// The direction from `other` to here.
    pub fn minus(&self, other: &Point) -> Directions {
        Directions((self.0.clone() - other.0.clone()).unsqueeze())
    }

    /// The coordinates on the host.
    pub fn to_host(&self) -> Vec<f64> {
        download(&self.0)
    }
}

impl Directions {
    /// The directions that are the rows of `[s, P]`.
    pub fn new(rows: Tensor<2>) -> Self {
        Directions(rows)
    }

    /// The one direction with these coordinates on this device, rounded to its precision.
    pub fn from_host(coordinates: Vec<f64>, device: &Device) -> Self {
        let dimension = coordinates.len();
        Directions::new(device.upload(coordinates, [1, dimension]))
    }

    /// The coordinates on the host, row after row.
    pub fn to_host(&self) -> Vec<f64> {
        download(&self.0)
    }

    /// The rows `[s, P]`.
    pub fn tensor(&self) -> Tensor<2> {
        self.0.clone()
    }

    pub(crate) fn rows(&self) -> &Tensor<2> {
        &self.0
    }

    pub(crate) fn into_rows(self) -> Tensor<2> {
        self.0
    }

    /// How many directions s.
    pub fn count(&self) -> usize {
        self.0.dims()[0]
    }

    /// The number of parameters P.
    pub fn dimension(&self) -> usize {
        self.0.dims()[1]
    }

    /// The one direction as a flat tensor `[P]`. Panics where there are several.
    pub fn flat(&self) -> Tensor<1> {
        assert_eq!(self.count(), 1, "one direction expected, found {}", self.count());
        self.0.clone().reshape([self.dimension()])
    }

    /// The one direction as a flat tensor `[P]`, without copying where nobody else holds it.
    pub fn into_flat(self) -> Tensor<1> {
        assert_eq!(self.count(), 1, "one direction expected, found {}", self.count());
        let dimension = self.dimension();
        self.0.reshape([dimension])
    }

    /// u + v, row by row.
    pub fn plus(&self, other: &Directions) -> Directions {
        Directions(self.0.clone() + other.0.clone())
    }

    /// u − v, row by row.
    pub fn minus(&self, other: &Directions) -> Directions {
        Directions(self.0.clone() - other.0.clone())
    }

    /// Some coordinates of each direction: `[s, |range|]`.
    pub fn part(&self, range: Range<usize>) -> Directions {
        Directions(self.0.clone().slice([0..self.count(), range]))
    }

    /// The directions in a space of this dimension that have these coordinates in a range, and zeros beside it.
    pub fn beside_zeros(&self, range: Range<usize>, dimension: usize) -> Directions {
        let zeros = |count| Tensor::zeros([self.count(), count], (&self.0.device(), self.0.dtype()));
        let parts = [zeros(range.start), self.0.clone(), zeros(dimension - range.end)];
        let parts = parts.into_iter().filter(|part| part.dims()[1] > 0);
        Directions(Tensor::cat(parts.collect(), 1))
    }

    /// ⟨uᵢ, vᵢ⟩ of each pair of rows, accumulated in f64: what each row would have alone.
    ///
    /// ```
    /// use models::{Device, Directions, Precision};
    /// let device = Device::cpu(Precision::F64);
    /// let u = Directions::new(device.upload(vec![1.0, 2.0, 3.0, 4.0], [2, 2]));
    /// assert_eq!(u.inner_products(&u), [5.0, 25.0]);
    /// ```
    pub fn inner_products(&self, other: &Directions) -> Vec<f64> {
        crate::block::inner_products(self, other)
    }

    /// ‖v‖ of each direction, accumulated in f64.
    pub fn norms(&self) -> Vec<f64> {
        let gram = <Self as spectra::Block>::gram(&[self], self);
        (0..self.count()).map(|i| gram[(i, i)].sqrt()).collect()
    }
}
