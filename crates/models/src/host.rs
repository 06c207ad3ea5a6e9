//! Sums over long vectors in the host's memory, in f64 whatever their precision.
//!
//! Work is cut into chunks of a fixed size, and chunks are added in order, so that the result does not depend on
//! the number of threads.

use burn::tensor::{DType, Tensor, TensorData};
use rayon::prelude::*;
use spectra::Matrix;

/// Numbers of each vector that are worked on together: a few vectors' chunks fit the first-level cache.
const CHUNK: usize = 1024;
/// Chunks that one task takes, so that handing out tasks costs little.
const CHUNKS_PER_TASK: usize = 32;

/// A floating-point number of a tensor.
trait Real: burn::tensor::Element + Copy + Send + Sync {
    fn widen(self) -> f64;
    fn round(x: f64) -> Self;
}

impl Real for f32 {
    fn widen(self) -> f64 {
        f64::from(self)
    }
    fn round(x: f64) -> Self {
        x as f32
    }
}

impl Real for f64 {
    fn widen(self) -> f64 {
        self
    }
    fn round(x: f64) -> Self {
        x
    }
}

/// Whether tensors of a device lie in the host's memory and nobody records what is done with them.
pub(crate) fn is_host(device: &burn::tensor::Device) -> bool {
    !device.is_autodiff() && *device == burn::tensor::Device::flex()
}

/// ⟨basis_i, other_j⟩ for the rows of `[·, P]` tensors.
pub(crate) fn gram(basis: &[&Tensor<2>], other: &Tensor<2>) -> Matrix {
    match other.dtype() {
        DType::F64 => gram_of::<f64>(basis, other),
        _ => gram_of::<f32>(basis, other),
    }
}

/// start + Cᵀ·B for the stacked rows B of a basis.
pub(crate) fn combine(start: Option<&Tensor<2>>, basis: &[&Tensor<2>], coefficients: &Matrix) -> Tensor<2> {
    match basis[0].dtype() {
        DType::F64 => combine_of::<f64>(start, basis, coefficients),
        _ => combine_of::<f32>(start, basis, coefficients),
    }
}

/// The same matrix, its numbers in row-major order: products with a transposed matrix are a quarter slower.
pub(crate) fn contiguous(x: Tensor<2>) -> Tensor<2> {
    let (device, dtype) = (x.device(), x.dtype());
    Tensor::from_data(x.into_data(), (&device, dtype))
}

/// a + c·b in one pass, in place where nobody else holds a.
pub(crate) fn add_scaled(a: Tensor<1>, c: f64, b: Tensor<1>) -> Tensor<1> {
    match a.dtype() {
        DType::F64 => add_scaled_of::<f64>(a, c, b),
        _ => add_scaled_of::<f32>(a, c, b),
    }
}

fn add_scaled_of<T: Real>(a: Tensor<1>, c: f64, b: Tensor<1>) -> Tensor<1> {
    let device = a.device();
    let (mut a, b) = (a.into_data(), b.into_data());
    let to = a
        .as_mut_slice::<T>()
        .expect("a tensor holds numbers of its own type");
    let from = b.as_slice::<T>().expect("both tensors have one type");
    let span = CHUNK * CHUNKS_PER_TASK;
    to.par_chunks_mut(span)
        .zip(from.par_chunks(span))
        .for_each(|(to, from)| {
            pulp::Arch::new().dispatch(|| {
                to.iter_mut()
                    .zip(from)
                    .for_each(|(a, b)| *a = T::round(a.widen() + c * b.widen()));
            });
        });
    Tensor::from_data(a, (&device, T::dtype()))
}

fn gram_of<T: Real>(basis: &[&Tensor<2>], other: &Tensor<2>) -> Matrix {
    let data: Vec<TensorData> = basis.iter().map(|b| b.to_data()).collect();
    let left = rows::<T>(&data);
    let right_data = [other.to_data()];
    let right = rows::<T>(&right_data);
    let [columns, p] = other.dims();
    let span = CHUNK * CHUNKS_PER_TASK;
    let sums: Vec<Vec<f64>> = (0..p.div_ceil(span))
        .into_par_iter()
        .map(|task| {
            let mut sums = vec![0.0; left.len() * columns];
            let range = task * span..p.min((task + 1) * span);
            pulp::Arch::new().dispatch(|| add_products(&left, &right, range.clone(), &mut sums));
            sums
        })
        .collect();
    Matrix::from_fn(left.len(), columns, |i, j| {
        sums.iter().map(|s| s[i * columns + j]).sum()
    })
}

#[inline(always)]
fn add_products<T: Real>(left: &[&[T]], right: &[&[T]], range: std::ops::Range<usize>, sums: &mut [f64]) {
    let mut wide = vec![[0.0f64; CHUNK]; right.len()];
    for start in range.clone().step_by(CHUNK) {
        let end = range.end.min(start + CHUNK);
        for (wide, row) in wide.iter_mut().zip(right) {
            wide.iter_mut()
                .zip(&row[start..end])
                .for_each(|(w, x)| *w = x.widen());
        }
        for (i, row) in left.iter().enumerate() {
            for (j, wide) in wide.iter().enumerate() {
                sums[i * right.len() + j] += dot(&row[start..end], &wide[..end - start]);
            }
        }
    }
}

/// ⟨a, b⟩ with sixteen running sums, which the compiler keeps in vector registers.
#[inline(always)]
fn dot<T: Real>(a: &[T], b: &[f64]) -> f64 {
    const LANES: usize = 16;
    let mut lanes = [0.0f64; LANES];
    let (a_parts, a_rest) = a.as_chunks::<LANES>();
    let (b_parts, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_parts.iter().zip(b_parts) {
        for k in 0..LANES {
            lanes[k] += a[k].widen() * b[k];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a.widen() * b).sum();
    lanes.iter().sum::<f64>() + rest
}

fn combine_of<T: Real>(start: Option<&Tensor<2>>, basis: &[&Tensor<2>], coefficients: &Matrix) -> Tensor<2> {
    let data: Vec<TensorData> = basis.iter().map(|b| b.to_data()).collect();
    let left = rows::<T>(&data);
    let columns = coefficients.ncols();
    let p = basis[0].dims()[1];
    let start_data: Vec<TensorData> = start.iter().map(|s| s.to_data()).collect();
    let start_rows = rows::<T>(&start_data);
    let mut out: Vec<T> = vec![T::round(0.0); columns * p];
    let span = CHUNK * CHUNKS_PER_TASK;
    let mut tasks: Vec<Vec<&mut [T]>> = (0..p.div_ceil(span))
        .map(|_| Vec::with_capacity(columns))
        .collect();
    for row in out.chunks_mut(p) {
        for (task, part) in tasks.iter_mut().zip(row.chunks_mut(span)) {
            task.push(part);
        }
    }
    tasks.into_par_iter().enumerate().for_each(|(task, parts)| {
        let first = task * span;
        pulp::Arch::new().dispatch(|| {
            for (j, part) in parts.into_iter().enumerate() {
                combine_part(
                    start_rows.get(j).copied(),
                    &left,
                    |i| coefficients[(i, j)],
                    first,
                    part,
                );
            }
        });
    });
    Tensor::from_data(
        TensorData::new(out, [columns, p]),
        (&basis[0].device(), basis[0].dtype()),
    )
}

#[inline(always)]
fn combine_part<T: Real>(
    start: Option<&[T]>,
    basis: &[&[T]],
    coefficient: impl Fn(usize) -> f64,
    first: usize,
    out: &mut [T],
) {
    let mut wide = [0.0f64; CHUNK];
    for (k, out) in out.chunks_mut(CHUNK).enumerate() {
        let here = first + k * CHUNK..first + k * CHUNK + out.len();
        let wide = &mut wide[..out.len()];
        match start {
            Some(row) => wide
                .iter_mut()
                .zip(&row[here.clone()])
                .for_each(|(w, x)| *w = x.widen()),
            None => wide.fill(0.0),
        }
        for (i, row) in basis.iter().enumerate() {
            let c = coefficient(i);
            wide.iter_mut()
                .zip(&row[here.clone()])
                .for_each(|(w, x)| *w += c * x.widen());
        }
        out.iter_mut().zip(wide).for_each(|(out, w)| *out = T::round(*w));
    }
}

/// The rows of all tensors, one slice each.
fn rows<T: Real>(data: &[TensorData]) -> Vec<&[T]> {
    data.iter()
        .flat_map(|data| {
            let width = *data.shape().last().expect("a block has two dimensions");
            data.as_slice::<T>()
                .expect("a block holds numbers of its device's precision")
                .chunks(width)
        })
        .collect()
}
