//! Sums of matrix products, added up where they are made.

use super::{Held, Real, by_type, tensor};
use crate::layers::Factor;
use burn::tensor::Tensor;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

/// From this many multiplications on, one product is worth all cores.
const SHARED: usize = 1 << 22;

/// Σ left·right `[s, n, h]` for each of s directions, plus `start` `[s, h]` or `[1, h]` in each row.
pub(crate) fn sum_of_products(terms: &[(Factor, Factor)], start: Option<&Tensor<2>>) -> Tensor<3> {
    by_type!(terms[0].0.matrices, sum_of(terms, start))
}

fn sum_of<T: Real>(terms: &[(Factor, Factor)], start: Option<&Tensor<2>>) -> Tensor<3> {
    let device = terms[0].0.matrices.device();
    let held: Vec<(HeldFactor, HeldFactor)> = terms
        .iter()
        .map(|(left, right)| (HeldFactor::of(left), HeldFactor::of(right)))
        .collect();
    let s = held
        .iter()
        .map(|(left, right)| left.count.max(right.count))
        .max()
        .expect("a sum has terms");
    let (n, h) = (held[0].0.rows, held[0].1.columns);
    let start = start.map(Held::in_order);
    let mut out = vec![T::round(0.0); s * n * h];
    for (i, out) in out.chunks_mut((n * h).max(1)).enumerate() {
        let mut accumulate = Accum::Replace;
        if let Some(start) = &start {
            let row = start
                .numbers::<T>()
                .chunks(h)
                .nth(i)
                .unwrap_or(start.numbers::<T>());
            out.chunks_mut(h).for_each(|out| out.copy_from_slice(row));
            accumulate = Accum::Add;
        }
        let mut out = MatMut::from_row_major_slice_mut(out, n, h);
        for (left, right) in &held {
            let shared = n * h * left.columns >= SHARED;
            let cores = if shared { Par::rayon(0) } else { Par::Seq };
            let (left, right) = (left.matrix::<T>(i), right.matrix::<T>(i));
            matmul(out.as_mut(), accumulate, left, right, T::round(1.0), cores);
            accumulate = Accum::Add;
        }
    }
    tensor(out, [s, n, h], &device)
}

struct HeldFactor {
    held: Held,
    count: usize,
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl HeldFactor {
    fn of(factor: &Factor) -> Self {
        let [count, rows, columns] = factor.matrices.dims();
        let (rows, columns) = match factor.transposed {
            true => (columns, rows),
            false => (rows, columns),
        };
        HeldFactor {
            held: Held::in_order(&factor.matrices),
            count,
            rows,
            columns,
            transposed: factor.transposed,
        }
    }

    /// The matrix of direction i.
    fn matrix<T: Real>(&self, i: usize) -> MatRef<'_, T> {
        let size = self.rows * self.columns;
        let start = if self.count == 1 { 0 } else { i * size };
        let numbers = &self.held.numbers::<T>()[start..start + size];
        match self.transposed {
            true => MatRef::from_column_major_slice(numbers, self.rows, self.columns),
            false => MatRef::from_row_major_slice(numbers, self.rows, self.columns),
        }
    }
}
