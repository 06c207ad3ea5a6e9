//! Fewer vectors from a basis, in its own memory.

use super::{Real, by_type, from_data, numbers_mut, tensor};
use burn::tensor::{Tensor, TensorData};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;
use spectra::Matrix;

/// Numbers of each vector that are worked on together: those of a basis fit the second-level cache.
const CHUNK: usize = 1024;
/// Chunks that one task takes.
const CHUNKS_PER_TASK: usize = 8;

/// Cᵀ·B for the stacked rows B of a basis, in the memory of its first rows; what is left of the basis is freed.
///
/// There are at most as many new rows as old ones.
pub(crate) fn condense(basis: Vec<Tensor<2>>, coefficients: &Matrix) -> Vec<Tensor<2>> {
    by_type!(basis[0], condense_of(basis, coefficients))
}

fn condense_of<T: Real>(basis: Vec<Tensor<2>>, coefficients: &Matrix) -> Vec<Tensor<2>> {
    let (device, p) = (basis[0].device(), basis[0].dims()[1]);
    let (old, new) = (coefficients.nrows(), coefficients.ncols());
    assert!(
        new <= old,
        "a basis of {old} vectors is condensed, not extended to {new}"
    );
    let heights: Vec<usize> = basis.iter().map(|rows| rows.dims()[0]).collect();
    let mut data: Vec<TensorData> = basis.into_iter().map(Tensor::into_data).collect();
    let narrow = Mat::from_fn(old, new, |i, j| T::round(coefficients[(i, j)]));
    let span = CHUNK * CHUNKS_PER_TASK;
    let mut tasks: Vec<Vec<&mut [T]>> = (0..p.div_ceil(span)).map(|_| Vec::with_capacity(old)).collect();
    for row in data
        .iter_mut()
        .flat_map(|data| numbers_mut::<T>(data).chunks_mut(p))
    {
        for (task, part) in tasks.iter_mut().zip(row.chunks_mut(span)) {
            task.push(part);
        }
    }
    tasks
        .into_par_iter()
        .for_each(|mut rows| condense_rows(&mut rows, narrow.as_ref()));
    let mut left = new;
    data.into_iter()
        .zip(heights)
        .map_while(|(mut data, height)| {
            let kept = height.min(left);
            left -= kept;
            match kept {
                0 => None,
                _ if kept == height => Some(from_data::<T, 2>(data, &device)),
                _ => {
                    let rows = numbers_mut::<T>(&mut data)[..kept * p].to_vec();
                    Some(tensor(rows, [kept, p], &device))
                }
            }
        })
        .collect()
}

/// The same for parts of the rows, all of one length.
fn condense_rows<T: Real>(rows: &mut [&mut [T]], coefficients: MatRef<T>) {
    let (old, new) = (coefficients.nrows(), coefficients.ncols());
    let mut from = vec![T::round(0.0); CHUNK * old];
    let mut to = vec![T::round(0.0); CHUNK * new];
    let length = rows[0].len();
    for start in (0..length).step_by(CHUNK) {
        let count = CHUNK.min(length - start);
        for (row, from) in rows.iter().zip(from.chunks_mut(count)) {
            from.copy_from_slice(&row[start..start + count]);
        }
        matmul(
            MatMut::from_column_major_slice_mut(&mut to[..count * new], count, new),
            Accum::Replace,
            MatRef::from_column_major_slice(&from[..count * old], count, old),
            coefficients,
            T::round(1.0),
            Par::Seq,
        );
        for (row, to) in rows.iter_mut().zip(to[..count * new].chunks(count)) {
            row[start..start + count].copy_from_slice(to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Device, Precision};
    use burn::tensor::DType;

    /// Blocks of several rows, a length that no chunk divides, and a result that ends within a block.
    #[test]
    fn condensed_rows_are_the_combinations() {
        let p = 3 * CHUNK * CHUNKS_PER_TASK + 77;
        let entry = |row: usize, k: usize| ((row * 31 + k * 7) % 97) as f64 / 97.0 - 0.5;
        for (precision, tolerance) in [(Precision::F64, 1e-15), (Precision::F32, 1e-6)] {
            let device = Device::cpu(precision);
            let mut row = 0;
            let basis: Vec<Tensor<2>> = [2, 3, 1, 4]
                .into_iter()
                .map(|height| {
                    let first = row;
                    row += height;
                    let numbers = (first..row)
                        .flat_map(|i| (0..p).map(move |k| entry(i, k)))
                        .collect();
                    device.upload(numbers, [height, p])
                })
                .collect();
            let coefficients = Matrix::from_fn(10, 4, |i, j| ((i * 3 + j * 5) as f64).sin() * 0.3);
            // Somebody else holds the first block: it must not change.
            let shared = basis[0].clone();
            let found = condense(basis, &coefficients);
            assert_eq!(
                found.iter().map(|rows| rows.dims()[0]).collect::<Vec<_>>(),
                [2, 2]
            );
            assert_eq!(
                found[0].dtype(),
                if precision == Precision::F64 {
                    DType::F64
                } else {
                    DType::F32
                }
            );
            let numbers: Vec<f64> = found.iter().flat_map(crate::download).collect();
            for (j, row) in numbers.chunks(p).enumerate() {
                for k in [0, 1, CHUNK - 1, CHUNK, p / 2, p - 1] {
                    let wanted: f64 = (0..10).map(|i| coefficients[(i, j)] * entry(i, k)).sum();
                    assert!((row[k] - wanted).abs() < tolerance, "{precision:?} {j} {k}");
                }
            }
            assert!((crate::download(&shared)[p + 3] - entry(1, 3)).abs() < tolerance);
        }
    }
}
