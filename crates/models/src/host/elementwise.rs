//! Sums and products number by number, in one pass and in place where nobody else holds the numbers.

use super::{Held, Real, SPAN, by_type, from_data, numbers_mut, tensor, vectorised, zeros};
use burn::tensor::{DType, Device, Tensor};
use rayon::prelude::*;

/// a + c·b for a scalar c, rounded once.
pub(crate) fn add_scaled(a: Tensor<1>, c: f64, b: Tensor<1>) -> Tensor<1> {
    by_type!(a, add_scaled_of(a, c, b))
}

/// a∘b for a block a of s matrices and one matrix b.
pub(crate) fn times<const D: usize>(a: Tensor<D>, b: &Tensor<2>) -> Tensor<D> {
    match b.dtype() {
        DType::F64 => times_of::<f64, D>(a, b),
        _ => times_of::<f32, D>(a, b),
    }
}

/// a∘b + c∘d for blocks a and c of s matrices, and one matrix b and d each.
pub(crate) fn times_plus(a: Tensor<3>, b: &Tensor<2>, c: &Tensor<3>, d: &Tensor<2>) -> Tensor<3> {
    by_type!(b, times_plus_of(a, b, c, d))
}

fn add_scaled_of<T: Real>(a: Tensor<1>, c: f64, b: Tensor<1>) -> Tensor<1> {
    let device = a.device();
    let mut a = a.into_data();
    let b = Held::in_order(&b);
    let parts = numbers_mut::<T>(&mut a).par_chunks_mut(SPAN);
    parts.zip(b.numbers::<T>().par_chunks(SPAN)).for_each(|(a, b)| {
        vectorised(
            #[inline(always)]
            || {
                for (a, b) in a.iter_mut().zip(b) {
                    *a = T::round(a.widen() + c * b.widen());
                }
            },
        );
    });
    from_data::<T, 1>(a, &device)
}

fn times_of<T: Real, const D: usize>(a: Tensor<D>, b: &Tensor<2>) -> Tensor<D> {
    let (device, shape) = (a.device(), a.dims());
    let b = Held::in_order(b);
    let b = b.numbers::<T>();
    let width = b.len().max(1);
    if Held::is_shared(&a) {
        let a = Held::in_order(&a);
        let a = a.numbers::<T>();
        let mut out = zeros::<T>(a.len());
        for (out, a) in out.chunks_mut(width).zip(a.chunks(width)) {
            let parts = out
                .par_chunks_mut(SPAN)
                .zip(a.par_chunks(SPAN).zip(b.par_chunks(SPAN)));
            parts.for_each(|(out, (a, b))| {
                vectorised(
                    #[inline(always)]
                    || {
                        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                            *out = *a * *b;
                        }
                    },
                );
            });
        }
        return tensor(out, shape, &device);
    }
    let mut a = a.into_data();
    for a in numbers_mut::<T>(&mut a).chunks_mut(width) {
        let parts = a.par_chunks_mut(SPAN).zip(b.par_chunks(SPAN));
        parts.for_each(|(a, b)| {
            vectorised(
                #[inline(always)]
                || a.iter_mut().zip(b).for_each(|(a, b)| *a *= *b),
            );
        });
    }
    from_data::<T, D>(a, &device)
}

/// The parts `[1, ·]` one after the other: `[1, P]`.
pub(crate) fn join(parts: &[Tensor<2>]) -> Tensor<2> {
    let first = &parts[0];
    by_type!(first, join_of(parts, &first.device()))
}

fn join_of<T: Real>(parts: &[Tensor<2>], device: &Device) -> Tensor<2> {
    let length = parts.iter().map(|part| part.dims()[1]).sum();
    let mut out: Vec<T> = Vec::with_capacity(length);
    for part in parts {
        let part = Held::in_order(part);
        out.par_extend(part.numbers::<T>().par_iter().with_min_len(SPAN).copied());
    }
    tensor(out, [1, length], device)
}

/// A block whose rows are made one by one, each from parts `[1, ·]`. Threads share the rows, so that they seldom wait
/// for each other, and a row is copied by the thread that has just made it.
pub(crate) fn rows(
    [s, p]: [usize; 2],
    device: &Device,
    dtype: DType,
    make: impl Fn(usize) -> Vec<Tensor<2>> + Sync,
) -> Tensor<2> {
    match dtype {
        DType::F64 => rows_of::<f64>([s, p], device, make),
        _ => rows_of::<f32>([s, p], device, make),
    }
}

fn rows_of<T: Real>(
    [s, p]: [usize; 2],
    device: &Device,
    make: impl Fn(usize) -> Vec<Tensor<2>> + Sync,
) -> Tensor<2> {
    let mut out = zeros::<T>(s * p);
    let rows = out.par_chunks_mut(p.max(1)).enumerate();
    rows.for_each(|(i, mut row)| {
        for part in make(i) {
            let part = Held::in_order(&part);
            let (to, rest) = row.split_at_mut(part.numbers::<T>().len());
            to.copy_from_slice(part.numbers::<T>());
            row = rest;
        }
    });
    tensor(out, [s, p], device)
}

fn times_plus_of<T: Real>(a: Tensor<3>, b: &Tensor<2>, c: &Tensor<3>, d: &Tensor<2>) -> Tensor<3> {
    let device = a.device();
    let mut a = a.into_data();
    let (b, c, d) = (Held::in_order(b), Held::in_order(c), Held::in_order(d));
    let (b, c, d) = (b.numbers::<T>(), c.numbers::<T>(), d.numbers::<T>());
    let width = b.len().max(1);
    for (a, c) in numbers_mut::<T>(&mut a).chunks_mut(width).zip(c.chunks(width)) {
        let sources = b.par_chunks(SPAN).zip(c.par_chunks(SPAN)).zip(d.par_chunks(SPAN));
        let parts = a.par_chunks_mut(SPAN).zip(sources);
        parts.for_each(|(a, ((b, c), d))| {
            vectorised(
                #[inline(always)]
                || {
                    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
                        *a = *a * *b + *c * *d;
                    }
                },
            );
        });
    }
    from_data::<T, 3>(a, &device)
}
