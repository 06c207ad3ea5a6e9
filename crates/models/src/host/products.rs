//! Sums of matrix products, added up where they are made.

use super::{Held, Real, by_type, tensor, zeros};
use crate::layers::Factor;
use burn::tensor::Tensor;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;

/// Rows and columns of the result that one task makes. They are fixed, so that the bits of the result do not depend
/// on the number of threads; small enough that many cores have work, large enough that packing costs little.
const TILE: (usize, usize) = (512, 384);
/// Rows of at most so many bytes do not fill a vector of the processor.
const THIN: usize = 48;
/// From this many multiplications on, a sum is worth several tasks.
const SHARED: usize = 1 << 22;
/// Numbers between the end of one copied column and the start of the next: two lines of the cache.
const PAD: usize = 32;

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
    let mut out = zeros::<T>(s * n * h);
    let depth = held.iter().map(|(left, _)| left.columns).sum::<usize>();
    let make = |(i, out): (usize, &mut [T])| {
        let row = start.as_ref().map(|start| {
            let rows = start.numbers::<T>();
            rows.chunks(h).nth(i).unwrap_or(rows)
        });
        let terms: Vec<(MatRef<T>, MatRef<T>)> = held
            .iter()
            .map(|(left, right)| (left.matrix(i), right.matrix(i)))
            .collect();
        let whole = MatMut::from_row_major_slice_mut(out, n, h);
        if n * h * depth < SHARED {
            fill(whole, row, &terms);
            return;
        }
        // Rows can be cut anywhere; columns lie beside each other, and are cut where vectors end.
        let (height, width) = (even(n, TILE.0), TILE.1);
        whole
            .par_row_chunks_mut(height)
            .enumerate()
            .for_each(|(down, rows)| {
                let (top, height) = (down * height, rows.nrows());
                let lefts: Vec<Left<T>> = terms
                    .iter()
                    .map(|(a, _)| Left::of(a.subrows(top, height)))
                    .collect();
                rows.par_col_chunks_mut(width)
                    .enumerate()
                    .for_each(|(across, tile)| {
                        let (left, width) = (across * width, tile.ncols());
                        let terms: Vec<(MatRef<T>, MatRef<T>)> = lefts
                            .iter()
                            .zip(&terms)
                            .map(|(a, (_, b))| (a.matrix(), b.subcols(left, width)))
                            .collect();
                        fill(tile, row.map(|row| &row[left..]), &terms);
                    });
            });
    };
    let size = (n * h).max(1);
    if s * n * h * depth < SHARED {
        out.chunks_mut(size).enumerate().for_each(make);
    } else {
        // All tiles of all directions at once: a thread waits for the others only at the very end.
        out.par_chunks_mut(size).enumerate().for_each(make);
    }
    tensor(out, [s, n, h], &device)
}

/// The length of parts that are nearly equal, each of at most so many: a short last part costs almost as much as a
/// whole one.
fn even(length: usize, most: usize) -> usize {
    length.div_ceil(length.div_ceil(most).max(1)).max(1)
}

/// Some rows of a left factor, as the kernel reads them fast.
enum Left<'a, T: Real> {
    Where(MatRef<'a, T>),
    Copied {
        columns: Vec<T>,
        rows: usize,
        count: usize,
    },
}

impl<'a, T: Real> Left<'a, T> {
    /// Columns of a transposed factor lie a whole row of the stored matrix apart. Where that is a power of two, they
    /// all fall into the same few places of the cache and drive each other out, at half of the speed: they are
    /// copied with a gap between them.
    fn of(rows: MatRef<'a, T>) -> Self {
        if rows.row_stride() != 1 {
            return Left::Where(rows);
        }
        let (height, count) = (rows.nrows(), rows.ncols());
        let mut columns = Vec::with_capacity((height + PAD) * count);
        for column in rows.col_iter() {
            let column = column.try_as_col_major().expect("its numbers lie together");
            columns.extend_from_slice(column.as_slice());
            columns.resize(columns.len() + PAD, T::round(0.0));
        }
        Left::Copied {
            columns,
            rows: height,
            count,
        }
    }

    fn matrix(&self) -> MatRef<'_, T> {
        match self {
            Left::Where(rows) => *rows,
            Left::Copied { columns, rows, count } => {
                MatRef::from_column_major_slice_with_stride(columns, *rows, *count, rows + PAD)
            }
        }
    }
}

/// Makes a part of the sum: the left factors have its rows, the right ones and `row` begin at its columns.
fn fill<T: Real>(mut tile: MatMut<T>, row: Option<&[T]>, terms: &[(MatRef<T>, MatRef<T>)]) {
    let (rows, columns) = (tile.nrows(), tile.ncols());
    if columns * size_of::<T>() <= THIN && terms.iter().all(|(a, _)| a.row_stride() == 1) {
        // Vectors run along the columns of the left factors, and would be short along the rows of the sum.
        let mut upright = Mat::zeros(rows, columns);
        add_products(upright.as_mut(), Accum::Replace, terms);
        for (i, to) in tile.row_iter_mut().enumerate() {
            for (j, to) in to.iter_mut().enumerate() {
                *to = upright[(i, j)] + row.map_or(T::round(0.0), |row| row[j]);
            }
        }
        return;
    }
    let mut accumulate = Accum::Replace;
    if let Some(row) = row {
        for to in tile.as_mut().row_iter_mut() {
            for (to, from) in to.iter_mut().zip(row) {
                *to = *from;
            }
        }
        accumulate = Accum::Add;
    }
    add_products(tile, accumulate, terms);
}

fn add_products<T: Real>(mut tile: MatMut<T>, mut accumulate: Accum, terms: &[(MatRef<T>, MatRef<T>)]) {
    for (a, b) in terms {
        matmul(tile.as_mut(), accumulate, *a, *b, T::round(1.0), Par::Seq);
        accumulate = Accum::Add;
    }
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

#[cfg(test)]
mod tests {
    use super::{SHARED, even, sum_of_products};
    use crate::layers::Factor;
    use crate::{Device, Precision, download};

    #[test]
    fn parts_are_nearly_equal_and_not_too_long() {
        assert_eq!(
            [even(784, 256), even(1024, 512), even(10, 512), even(257, 256)],
            [196, 512, 10, 129]
        );
    }

    /// Several tiles in both directions, a transposed left factor beside one that is not, and a row to start from: every
    /// entry against its sum.
    #[test]
    fn entries_of_large_sums_are_those_of_small_ones() {
        let (n, h, k) = (530, 400, 24);
        assert!(n * h * 2 * k > SHARED);
        let number = |seed: usize, i: usize| ((i * (2 * seed + 7) + seed) % 101) as f64 / 101.0 - 0.5;
        let numbers = |seed, count| (0..count).map(|i| number(seed, i)).collect::<Vec<f64>>();
        let device = Device::cpu(Precision::F64);
        let factor = |seed, rows, columns, transposed| Factor {
            matrices: device.upload(numbers(seed, rows * columns), [1, rows, columns]),
            transposed,
        };
        let terms = [
            (factor(1, k, n, true), factor(2, k, h, false)),
            (factor(3, n, k, false), factor(4, h, k, true)),
        ];
        let start = device.upload(numbers(5, h), [1, h]);
        let sum = download(&sum_of_products(&terms, Some(&start)));
        for i in 0..n {
            for j in 0..h {
                let across = (0..k).map(|m| number(1, m * n + i) * number(2, m * h + j));
                let along = (0..k).map(|m| number(3, i * k + m) * number(4, j * k + m));
                let wanted = number(5, j) + across.sum::<f64>() + along.sum::<f64>();
                let found = sum[i * h + j];
                assert!(
                    (found - wanted).abs() < 1e-13,
                    "({i}, {j}): {found}, not {wanted}"
                );
            }
        }
    }
}
