//! Inner products of outer products, added up where they are made.

use super::{Held, Real, by_type};
use crate::gram::Outer;
use faer::linalg::matmul::matmul;
use faer::{Accum, ColRef, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;

/// Columns that one task makes, and rows that it makes at a time: fixed, so that threads do not change a bit.
const TILE: (usize, usize) = (512, 256);

/// The factors of one layer, for rows and for columns: features, cotangents, and the constant feature's product.
struct Pair<'a, T> {
    features: (MatRef<'a, T>, MatRef<'a, T>),
    cotangents: (MatRef<'a, T>, MatRef<'a, T>),
    constant: f64,
}

/// Adds Σ over the layers of (⟨aᵢ, bⱼ⟩ + 1 if constant)·⟨uᵢc, vⱼd⟩ at (i·C + c, j·C + d), in f64. With `lower`, tiles
/// above the diagonal are left out.
pub(crate) fn add_outer_products(
    into: MatMut<'_, f64>,
    rows: &[Outer],
    columns: &[Outer],
    c: usize,
    lower: bool,
) {
    if let Some(first) = rows.first() {
        by_type!(first.cotangents, add_of(into, rows, columns, c, lower));
    }
}

fn add_of<T: Real>(into: MatMut<'_, f64>, rows: &[Outer], columns: &[Outer], c: usize, lower: bool) {
    let hold = |all: &[Outer]| -> Vec<(Held, Held)> {
        let held = |outer: &Outer| {
            (
                Held::in_order(&outer.features.inputs),
                Held::in_order(&outer.cotangents),
            )
        };
        all.iter().map(held).collect()
    };
    let (left, right) = (hold(rows), hold(columns));
    let n = into.nrows() / c;
    let m = into.ncols() / c;
    let pairs: Vec<Pair<T>> = rows
        .iter()
        .zip(left.iter().zip(&right))
        .map(|(outer, (left, right))| {
            let d = outer.features.inputs.dims()[1];
            let h = outer.cotangents.dims()[1];
            Pair {
                features: (matrix(&left.0, n, d), matrix(&right.0, m, d)),
                cotangents: (matrix(&left.1, n * c, h), matrix(&right.1, m * c, h)),
                constant: f64::from(u8::from(outer.features.constant)),
            }
        })
        .collect();
    let (tall, wide) = ((TILE.0 / c).max(1), (TILE.1 / c).max(1));
    into.par_col_chunks_mut(wide * c)
        .enumerate()
        .for_each(|(panel, mut columns)| {
            let start = panel * wide;
            let from = if lower { start } else { 0 };
            for top in (from..n).step_by(tall) {
                let height = tall.min(n - top);
                let part = columns.as_mut().subrows_mut(top * c, height * c);
                add_tile(part, &pairs, (top, start), c);
            }
        });
}

/// Adds to the part that begins at this row's and this column's example.
fn add_tile<T: Real>(
    mut part: MatMut<'_, f64>,
    pairs: &[Pair<'_, T>],
    (top, left): (usize, usize),
    c: usize,
) {
    let (height, width) = (part.nrows() / c, part.ncols() / c);
    let mut inner: Mat<T> = Mat::zeros(height, width);
    let mut products: Mat<T> = Mat::zeros(height * c, width * c);
    let one = T::round(1.0);
    for pair in pairs {
        let (a, b) = pair.features;
        let (a, b) = (a.subrows(top, height), b.subrows(left, width).transpose());
        matmul(inner.as_mut(), Accum::Replace, a, b, one, Par::Seq);
        let (u, v) = pair.cotangents;
        let u = u.subrows(top * c, height * c);
        let v = v.subrows(left * c, width * c).transpose();
        matmul(products.as_mut(), Accum::Replace, u, v, one, Par::Seq);
        for (k, to) in part.as_mut().col_iter_mut().enumerate() {
            let to = to.try_as_col_major_mut().expect(STORED).as_slice_mut();
            let weights = contiguous(inner.col(k / c));
            let from = contiguous(products.col(k));
            for ((to, from), weight) in to.chunks_mut(c).zip(from.chunks(c)).zip(weights) {
                let weight = weight.widen() + pair.constant;
                to.iter_mut()
                    .zip(from)
                    .for_each(|(to, from)| *to += weight * from.widen());
            }
        }
    }
}

/// The numbers of a tensor as a matrix.
fn matrix<T: Real>(held: &Held, rows: usize, columns: usize) -> MatRef<'_, T> {
    MatRef::from_row_major_slice(held.numbers::<T>(), rows, columns)
}

const STORED: &str = "matrices are stored by columns";

fn contiguous<T: Real>(column: ColRef<'_, T>) -> &[T] {
    column.try_as_col_major().expect(STORED).as_slice()
}
