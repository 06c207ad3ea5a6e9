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

/// Numbers of each vector that are worked on together: one in f64 fits the first-level cache, and the memory is read in
/// runs that are long enough to be fetched ahead.
const CHUNK: usize = 4096;
/// Vectors of a basis that are read side by side: the memory is fetched ahead for each of them.
const TOGETHER: usize = 4;
/// With more columns than these, inner products are made as matrix products.
const FEW: usize = 2;
/// Numbers of each vector that a matrix product takes: all vectors are to fit the second-level cache in f64.
const PART: usize = 512;
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
            vectorised(
                #[inline(always)]
                || add_products(&left, &right, range.clone(), &mut sums),
            );
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
        let (groups, rest) = left.as_chunks::<TOGETHER>();
        let columns = right.len();
        for (i, group) in groups.iter().enumerate() {
            let group = group.map(|row| &row[start..end]);
            for (j, wide) in wide.iter().enumerate() {
                let found = dots(group, &wide[..end - start]);
                for (k, found) in found.into_iter().enumerate() {
                    sums[(i * TOGETHER + k) * columns + j] += found;
                }
            }
        }
        for (i, row) in rest.iter().enumerate() {
            for (j, wide) in wide.iter().enumerate() {
                let [found] = dots([&row[start..end]], &wide[..end - start]);
                sums[(groups.len() * TOGETHER + i) * columns + j] += found;
            }
        }
    }
}

/// Parts of the rows, one after the other, in f64.
#[inline(always)]
fn widen<T: Real>(rows: &[&[T]], part: std::ops::Range<usize>, wide: &mut [f64]) {
    for (row, wide) in rows.iter().zip(wide.chunks_exact_mut(part.len())) {
        for (wide, x) in wide.iter_mut().zip(&row[part.clone()]) {
            *wide = x.widen();
        }
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
                widen(left, part.clone(), &mut a);
                widen(right, part.clone(), &mut b);
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

/// ⟨aᵢ, b⟩ with so many running sums that none waits for another, which the compiler keeps in vector registers.
#[inline(always)]
fn dots<const ROWS: usize, T: Real>(a: [&[T]; ROWS], b: &[f64]) -> [f64; ROWS] {
    const LANES: usize = 8;
    let mut lanes = [[0.0f64; LANES]; ROWS];
    let mut sums = [0.0; ROWS];
    let (b_parts, b_rest) = b.as_chunks::<LANES>();
    let mut parts = [[].as_slice(); ROWS];
    for i in 0..ROWS {
        let (whole, rest) = a[i].as_chunks::<LANES>();
        parts[i] = &whole[..b_parts.len()];
        for (a, b) in rest.iter().zip(b_rest) {
            sums[i] += a.widen() * b;
        }
    }
    for (n, b) in b_parts.iter().enumerate() {
        for i in 0..ROWS {
            let a = &parts[i][n];
            for k in 0..LANES {
                lanes[i][k] += a[k].widen() * b[k];
            }
        }
    }
    for i in 0..ROWS {
        sums[i] += lanes[i].iter().sum::<f64>();
    }
    sums
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
