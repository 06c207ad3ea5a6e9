//! Directions as blocks of a Krylov method.
//!
//! On the host, sums run in f64 over the numbers where they lie. On a device, each inner product is a sum of
//! f32 products over chunks of [`CHUNK`] numbers, and the chunks' sums are added in f64 on the host: one round
//! trip for a whole basis.

use crate::{Device, Directions, Precision, host};
use burn::tensor::{DType, Tensor};
use spectra::{Block, Matrix, combine_in_parts};

/// Numbers that are added in f32 before f64 takes over, on devices without f64.
const CHUNK: usize = 1024;

impl Block for Directions {
    fn rows(&self) -> usize {
        self.dimension()
    }

    fn columns(&self) -> usize {
        self.count()
    }

    fn grams(basis: &[&Self], others: &[&Self]) -> Matrix {
        if on_host(basis[0]) {
            return host::grams(&all_rows(basis), &all_rows(others));
        }
        let count = |blocks: &[&Self]| blocks.iter().map(|b| b.count()).sum();
        let (rows, columns): (usize, usize) = (count(basis), count(others));
        let right = Tensor::cat(others.iter().map(|b| in_chunks(b.rows())).collect(), 1).swap_dims(1, 2);
        let parts = basis.iter().map(|b| in_chunks(b.rows()).matmul(right.clone()));
        let sums = Tensor::cat(parts.collect(), 1);
        let chunks = sums.dims()[0];
        let values = crate::download(&sums);
        Matrix::from_fn(rows, columns, |i, j| {
            (0..chunks).map(|c| values[(c * rows + i) * columns + j]).sum()
        })
    }

    fn combine(basis: &[&Self], coefficients: &Matrix) -> Self {
        let all = all_rows(basis);
        if on_host(basis[0]) {
            return Directions::new(host::combine(None, &all, coefficients));
        }
        Directions::new(product(&all, coefficients))
    }

    fn subtract(&mut self, basis: &[&Self], coefficients: &Matrix) {
        let all = all_rows(basis);
        *self = Directions::new(if on_host(self) {
            let minus = Matrix::from_fn(coefficients.nrows(), coefficients.ncols(), |i, j| {
                -coefficients[(i, j)]
            });
            host::combine(Some(self.rows()), &all, &minus)
        } else {
            self.tensor() - product(&all, coefficients)
        });
    }

    fn condense(basis: Vec<Self>, coefficients: &Matrix) -> Vec<Self> {
        if !on_host(&basis[0]) {
            return combine_in_parts(&basis, coefficients);
        }
        let rows = basis.into_iter().map(Directions::into_rows).collect();
        let condensed = host::condense(rows, coefficients);
        condensed.into_iter().map(Directions::new).collect()
    }
}

fn all_rows<'a>(blocks: &[&'a Directions]) -> Vec<&'a Tensor<2>> {
    blocks.iter().map(|block| block.rows()).collect()
}

/// ⟨uᵢ, vᵢ⟩ of each pair of rows.
pub(crate) fn inner_products(u: &Directions, v: &Directions) -> Vec<f64> {
    if on_host(u) {
        return host::row_products(u.rows(), v.rows());
    }
    let sums = in_chunks(&(u.tensor() * v.tensor())).sum_dim(2);
    let values = crate::download(&sums);
    let count = u.count();
    (0..count)
        .map(|i| values.iter().skip(i).step_by(count).sum())
        .collect()
}

fn on_host(block: &Directions) -> bool {
    host::is_host(&block.rows().device())
}

/// `[s, P]` as `[chunks, s, CHUNK]`, padded with zeros.
fn in_chunks(rows: &Tensor<2>) -> Tensor<3> {
    let [s, p] = rows.dims();
    let chunks = p.div_ceil(CHUNK);
    let missing = chunks * CHUNK - p;
    let padded = match missing {
        0 => rows.clone(),
        _ => Tensor::cat(
            vec![
                rows.clone(),
                Tensor::zeros([s, missing], (&rows.device(), rows.dtype())),
            ],
            1,
        ),
    };
    padded.reshape([s, chunks, CHUNK]).swap_dims(0, 1)
}

/// Cᵀ·B for the stacked rows B of a basis.
fn product(basis: &[&Tensor<2>], coefficients: &Matrix) -> Tensor<2> {
    let device = Device {
        tensors: basis[0].device(),
        precision: if basis[0].dtype() == DType::F64 {
            Precision::F64
        } else {
            Precision::F32
        },
        on_host: false,
    };
    let mut start = 0;
    let parts = basis.iter().map(|rows| {
        let count = rows.dims()[0];
        let part = (0..coefficients.ncols())
            .flat_map(|j| (start..start + count).map(move |i| coefficients[(i, j)]))
            .collect();
        start += count;
        device
            .upload(part, [coefficients.ncols(), count])
            .matmul((*rows).clone())
    });
    parts
        .reduce(|a, b| a + b)
        .expect("a basis has at least one block")
}

/// The Hessian (or another symmetric operator) of an objective at one point, for Krylov methods.
pub struct CurvatureOperator<'a> {
    /// The products.
    pub product: Box<dyn Fn(&Directions) -> Directions + 'a>,
    /// Where the directions live.
    pub device: Device,
    /// The number of parameters P.
    pub dimension: usize,
}

impl<'a> CurvatureOperator<'a> {
    /// The same products, of blocks that lie in the host's memory: each goes to the device, and its product comes back.
    ///
    /// For bases that a device with little memory cannot hold: there are never more than a block and its product.
    pub fn from_host(self) -> Self {
        let Self {
            product,
            device,
            dimension,
        } = self;
        let here = Device::cpu(device.precision);
        let back = here.clone();
        let sent = move |device: &Device, v: &Directions| {
            Directions::new(device.upload(v.to_host(), [v.count(), v.dimension()]))
        };
        CurvatureOperator {
            product: Box::new(move |v| sent(&back, &product(&sent(&device, v)))),
            device: here,
            dimension,
        }
    }
}

/// Multiply-adds that take a processor as long as what a product does once for all its vectors: threads are woken, memory
/// is taken, the matrices of layers are read.
const ONCE: f64 = 3e6;
/// What else a search does for each vector and parameter, in examples.
const BESIDE: f64 = 400.0;

/// What a Hessian product of a network does once for all its vectors, in units of what it does for each: it takes as long
/// as `overhead` + b with b vectors ([`spectra::Ends::in_blocks_for`]).
///
/// For each vector it passes all examples through all parameters. On a device other than the processor it starts as many
/// kernels for a block as for a vector, and what it does for each vector counts as nothing. (Not measured.)
///
/// ```
/// assert_eq!(models::overhead(true, 600, 3000), 1.0);
/// assert_eq!(models::overhead(false, 600, 3000), f64::INFINITY);
/// ```
///
/// Source: measured, `cargo bench --bench blocks`.
pub fn overhead(on_host: bool, examples: usize, parameters: usize) -> f64 {
    if on_host {
        ONCE / ((examples as f64 + BESIDE) * parameters as f64)
    } else {
        f64::INFINITY
    }
}

impl spectra::SelfAdjoint for CurvatureOperator<'_> {
    type Block = Directions;

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn apply(&self, vectors: &Directions) -> Directions {
        (self.product)(vectors)
    }

    fn block(&self, columns: &[Vec<f64>]) -> Directions {
        Directions::new(
            self.device
                .upload(columns.concat(), [columns.len(), self.dimension]),
        )
    }

    fn round_off(&self) -> f64 {
        self.device.precision.round_off()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spectra::{Ends, extremes};
    use std::ops::ControlFlow;

    /// Each restart rounds the vectors that it keeps to f32: after many of them, the pairs are orthonormal all the same.
    #[test]
    fn pairs_of_a_long_search_are_orthonormal() {
        let p = 6000;
        let device = Device::cpu(Precision::F32);
        let values: Vec<f64> = (0..p).map(|i| 1.0 + i as f64 / p as f64).collect();
        let diagonal = device.upload::<2>(values, [1, p]);
        let operator = CurvatureOperator {
            product: Box::new(|v| Directions::new(v.tensor() * diagonal.clone())),
            device: device.clone(),
            dimension: p,
        };
        let ends = Ends {
            block: 1,
            relative: 4e-6,
            ..Ends::new(5, 5)
        };
        let found = extremes(&operator, &ends, |_| ControlFlow::Continue(()));
        assert!(found.products > 500);
        assert!(found.orthogonality_defect < 2.0 * f64::from(f32::EPSILON));
    }
}
