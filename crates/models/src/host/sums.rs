//! Sums over long vectors in the host's memory, in f64 whatever their precision.
//!
//! Work is cut into chunks of a fixed size, and chunks are added in order, so that the result does not depend on
//! the number of threads.

use super::{Held, Real, by_type, tensor, vectorised};
use burn::tensor::Tensor;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;
use spectra::Matrix;

/// Numbers of each vector that are worked on together where vectors are combined: one in f64 fits the first-level cache, and
/// the memory is read in runs that are long enough to be fetched ahead.
const CHUNK: usize = 4096;
/// Vectors of a basis that are read side by side: the memory is fetched ahead for each of them, and numbers beside them
/// serve all.
const TOGETHER: usize = 4;
/// With more columns than these, inner products are made as matrix products.
const FEW: usize = 3;
/// Numbers of each vector that inner products take: a few vectors fit the first-level cache in f64, and those of a matrix
/// product the second-level one.
const PART: usize = 256;
/// Chunks that one task takes, so that handing out tasks costs little.
const CHUNKS_PER_TASK: usize = 8;

/// ⟨basis_i, other_j⟩ for the rows of `[·, P]` tensors.
pub(crate) fn grams(basis: &[&Tensor<2>], others: &[&Tensor<2>]) -> Matrix {
    by_type!(others[0], grams_of(basis, others))
}

/// ⟨uᵢ, vᵢ⟩ for the rows of two tensors `[s, P]`: each row's sum is the same whatever rows are beside it.
pub(crate) fn row_products(u: &Tensor<2>, v: &Tensor<2>) -> Vec<f64> {
    by_type!(u, row_products_of(u, v))
}

/// start + Cᵀ·B for the stacked rows B of a basis.
pub(crate) fn combine(start: Option<&Tensor<2>>, basis: &[&Tensor<2>], coefficients: &Matrix) -> Tensor<2> {
    by_type!(basis[0], combine_of(start, basis, coefficients))
}

/// Σ over the rows of each of s matrices `[s, n, h]`: `[s, h]`.
pub(crate) fn column_sums(matrices: &Tensor<3>) -> Tensor<2> {
    by_type!(matrices, column_sums_of(matrices))
}

fn column_sums_of<T: Real>(matrices: &Tensor<3>) -> Tensor<2> {
    let [s, n, h] = matrices.dims();
    let held = Held::in_order(matrices);
    let span = (CHUNK * CHUNKS_PER_TASK).div_ceil(h.max(1)) * h.max(1);
    let mut out = Vec::with_capacity(s * h);
    for matrix in held.numbers::<T>().chunks((n * h).max(1)) {
        let parts: Vec<Vec<f64>> = matrix
            .par_chunks(span)
            .map(|rows| {
                let mut sums = vec![0.0; h];
                vectorised(
                    #[inline(always)]
                    || {
                        for row in rows.chunks(h) {
                            for (sum, x) in sums.iter_mut().zip(row) {
                                *sum += x.widen();
                            }
                        }
                    },
                );
                sums
            })
            .collect();
        out.extend((0..h).map(|j| T::round(parts.iter().map(|part| part[j]).sum())));
    }
    out.resize(s * h, T::round(0.0));
    tensor(out, [s, h], &matrices.device())
}

fn row_products_of<T: Real>(u: &Tensor<2>, v: &Tensor<2>) -> Vec<f64> {
    let p = u.dims()[1].max(1);
    let (u, v) = (Held::in_order(u), Held::in_order(v));
    let rows = u.numbers::<T>().par_chunks(p).zip(v.numbers::<T>().par_chunks(p));
    let product = |(u, v): (&[T], &[T])| u.iter().zip(v).map(|(u, v)| u.widen() * v.widen()).sum();
    rows.with_min_len((CHUNK * CHUNKS_PER_TASK).div_ceil(p))
        .map(product)
        .collect()
}

fn in_order(blocks: &[&Tensor<2>]) -> Vec<Held> {
    blocks.iter().map(|block| Held::in_order(block)).collect()
}

fn grams_of<T: Real>(basis: &[&Tensor<2>], others: &[&Tensor<2>]) -> Matrix {
    let p = others[0].dims()[1];
    let (basis, others) = (in_order(basis), in_order(others));
    let (left, right) = (rows::<T>(&basis, p), rows::<T>(&others, p));
    let columns = right.len();
    let span = CHUNK * CHUNKS_PER_TASK;
    let sums: Vec<Vec<f64>> = (0..p.div_ceil(span))
        .into_par_iter()
        .map(|task| {
            let mut sums = vec![0.0; left.len() * columns];
            let range = task * span..p.min((task + 1) * span);
            if columns > FEW {
                add_matrix_products(&left, &right, range, &mut sums);
                return sums;
            }
            pulp::Arch::new().dispatch(FewProducts {
                left: &left,
                right: &right,
                range,
                sums: &mut sums,
            });
            sums
        })
        .collect();
    Matrix::from_fn(left.len(), columns, |i, j| {
        sums.iter().map(|s| s[i * columns + j]).sum()
    })
}

/// Products of all rows on the left with few on the right, over a range of their numbers.
struct FewProducts<'a, T> {
    left: &'a [&'a [T]],
    right: &'a [&'a [T]],
    range: std::ops::Range<usize>,
    sums: &'a mut [f64],
}

impl<T: Real> pulp::WithSimd for FewProducts<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) {
        match self.right.len() {
            1 => self.add::<S, 1>(simd),
            2 => self.add::<S, 2>(simd),
            _ => self.add::<S, FEW>(simd),
        }
    }
}

impl<T: Real> FewProducts<'_, T> {
    #[inline(always)]
    fn add<S: pulp::Simd, const COLUMNS: usize>(self, simd: S) {
        let mut a = [[0.0f64; PART]; TOGETHER];
        let mut b = [[0.0f64; PART]; COLUMNS];
        for start in self.range.clone().step_by(PART) {
            let part = start..self.range.end.min(start + PART);
            for (wide, row) in b.iter_mut().zip(self.right) {
                widen(&row[part.clone()], wide);
            }
            let groups = self.left.chunks(TOGETHER);
            for (group, sums) in groups.zip(self.sums.chunks_mut(TOGETHER * COLUMNS)) {
                for (wide, row) in a.iter_mut().zip(group) {
                    widen(&row[part.clone()], wide);
                }
                let found = dots(simd, &a, &b, part.len());
                for (sum, found) in sums.iter_mut().zip(found.as_flattened()) {
                    *sum += found;
                }
            }
        }
    }
}

/// Numbers in f64.
#[inline(always)]
fn widen<T: Real>(numbers: &[T], wide: &mut [f64]) {
    for (wide, x) in wide.iter_mut().zip(numbers) {
        *wide = x.widen();
    }
}

/// ⟨aᵢ, bⱼ⟩ over the first numbers of each, with so many running sums that none waits for another.
#[inline(always)]
fn dots<S: pulp::Simd, const ROWS: usize, const COLUMNS: usize>(
    simd: S,
    a: &[[f64; PART]; ROWS],
    b: &[[f64; PART]; COLUMNS],
    length: usize,
) -> [[f64; COLUMNS]; ROWS] {
    let mut lanes = [[simd.splat_f64s(0.0); COLUMNS]; ROWS];
    let count = length / S::F64_LANES;
    let mut parts = [[].as_slice(); ROWS];
    for (part, a) in parts.iter_mut().zip(a) {
        *part = &S::as_simd_f64s(&a[..length]).0[..count];
    }
    let mut others = [[].as_slice(); COLUMNS];
    for (other, b) in others.iter_mut().zip(b) {
        *other = &S::as_simd_f64s(&b[..length]).0[..count];
    }
    for n in 0..count {
        for i in 0..ROWS {
            for j in 0..COLUMNS {
                lanes[i][j] = simd.mul_add_e_f64s(parts[i][n], others[j][n], lanes[i][j]);
            }
        }
    }
    let mut sums = [[0.0; COLUMNS]; ROWS];
    for i in 0..ROWS {
        for j in 0..COLUMNS {
            sums[i][j] = simd.reduce_sum_f64s(lanes[i][j]);
            for k in count * S::F64_LANES..length {
                sums[i][j] += a[i][k] * b[j][k];
            }
        }
    }
    sums
}

/// Parts of the rows, one after the other, in f64.
#[inline(always)]
fn widen_all<T: Real>(rows: &[&[T]], part: std::ops::Range<usize>, wide: &mut [f64]) {
    for (row, wide) in rows.iter().zip(wide.chunks_exact_mut(part.len())) {
        widen(&row[part.clone()], wide);
    }
}

/// The same for several vectors on both sides, whose widened numbers make matrix products.
fn add_matrix_products<T: Real>(
    left: &[&[T]],
    right: &[&[T]],
    range: std::ops::Range<usize>,
    sums: &mut [f64],
) {
    let mut a = vec![0.0; PART * left.len()];
    let mut b = vec![0.0; PART * right.len()];
    for start in range.clone().step_by(PART) {
        let part = start..range.end.min(start + PART);
        let length = part.len();
        vectorised(
            #[inline(always)]
            || {
                widen_all(left, part.clone(), &mut a);
                widen_all(right, part.clone(), &mut b);
            },
        );
        matmul(
            MatMut::from_row_major_slice_mut(sums, left.len(), right.len()),
            Accum::Add,
            MatRef::from_row_major_slice(&a[..left.len() * length], left.len(), length),
            MatRef::from_column_major_slice(&b[..length * right.len()], length, right.len()),
            1.0,
            Par::Seq,
        );
    }
}

fn combine_of<T: Real>(start: Option<&Tensor<2>>, basis: &[&Tensor<2>], coefficients: &Matrix) -> Tensor<2> {
    let p = basis[0].dims()[1];
    let held = in_order(basis);
    let left = rows::<T>(&held, p);
    let columns = coefficients.ncols();
    // What is not needed is not read: to choose or to join vectors is to copy them.
    let needed = |j: usize| {
        let rows = left.iter().enumerate();
        let terms = rows.map(|(i, row)| (*row, coefficients[(i, j)]));
        terms.filter(|(_, factor)| *factor != 0.0).unzip()
    };
    let terms: Vec<(Vec<&[T]>, Vec<f64>)> = (0..columns).map(needed).collect();
    let start_held: Vec<Held> = start.iter().map(|s| Held::in_order(s)).collect();
    let start_rows = rows::<T>(&start_held, p);
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
    tasks.into_par_iter().enumerate().for_each(|(task, mut parts)| {
        let first = task * span;
        vectorised(
            #[inline(always)]
            || {
                let length = parts.first().map_or(0, |part| part.len());
                // Chunk by chunk, so that all columns find the chunk of the basis in the caches.
                for start in (0..length).step_by(CHUNK) {
                    let end = length.min(start + CHUNK);
                    for (j, part) in parts.iter_mut().enumerate() {
                        let row = start_rows.get(j).copied();
                        let (rows, factors) = &terms[j];
                        combine_chunk(row, rows, |i| factors[i], first + start, &mut part[start..end]);
                    }
                }
            },
        );
    });
    tensor(out, [columns, p], &basis[0].device())
}

#[inline(always)]
fn combine_chunk<T: Real>(
    start: Option<&[T]>,
    basis: &[&[T]],
    coefficient: impl Fn(usize) -> f64,
    first: usize,
    out: &mut [T],
) {
    let mut wide = [0.0f64; CHUNK];
    let wide = &mut wide[..out.len()];
    let here = first..first + out.len();
    if let Some(row) = start {
        wide.iter_mut()
            .zip(&row[here.clone()])
            .for_each(|(w, x)| *w = x.widen());
    }
    let (groups, rest) = basis.as_chunks::<TOGETHER>();
    for (i, group) in groups.iter().enumerate() {
        let c: [f64; TOGETHER] = std::array::from_fn(|k| coefficient(i * TOGETHER + k));
        let [x0, x1, x2, x3] = group.map(|row| &row[here.clone()]);
        for ((((w, x0), x1), x2), x3) in wide.iter_mut().zip(x0).zip(x1).zip(x2).zip(x3) {
            *w += (c[0] * x0.widen() + c[1] * x1.widen()) + (c[2] * x2.widen() + c[3] * x3.widen());
        }
    }
    for (i, row) in rest.iter().enumerate() {
        let c = coefficient(groups.len() * TOGETHER + i);
        wide.iter_mut()
            .zip(&row[here.clone()])
            .for_each(|(w, x)| *w += c * x.widen());
    }
    out.iter_mut().zip(wide).for_each(|(out, w)| *out = T::round(*w));
}

/// The rows of width p of all tensors, one slice each.
fn rows<T: Real>(held: &[Held], p: usize) -> Vec<&[T]> {
    held.iter()
        .flat_map(|held| held.numbers::<T>().chunks(p))
        .collect()
}
