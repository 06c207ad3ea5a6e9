//! Sums and products number by number, in one pass and in place where nobody else holds the numbers.

use super::{Held, Real, SPAN, by_type, from_data, numbers_mut, vectorised};
use burn::tensor::{DType, Tensor};
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
    let device = a.device();
    let mut a = a.into_data();
    let b = Held::in_order(b);
    let b = b.numbers::<T>();
    for a in numbers_mut::<T>(&mut a).chunks_mut(b.len().max(1)) {
        let parts = a.par_chunks_mut(SPAN).zip(b.par_chunks(SPAN));
        parts.for_each(|(a, b)| {
            vectorised(
                #[inline(always)]
                || a.iter_mut().zip(b).for_each(|(a, b)| *a = *a * *b),
            );
        });
    }
    from_data::<T, D>(a, &device)
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
