//! How the parameters of a smaller network lie among all.

use crate::device::places;
use crate::host;
use crate::layers::{Factor, sum_of_products};
use crate::network::{Part, side_by_side};
use burn::tensor::Tensor;

/// The isometry U between the parameters `[P′]` of a smaller network and all `[P]`.
#[derive(Debug)]
pub(super) struct Embedding {
    /// All parameters, and which of them there are in the smaller network.
    pub parts: Vec<Part>,
    /// Q `[d, r]`, where the rows of the first part are combinations of those in the smaller network.
    pub turn: Option<Tensor<2>>,
}

impl Embedding {
    /// U·v `[s, P]` of vectors v `[s, P′]`, or Uᵀ·v `[s, P′]` of vectors v `[s, P]`, where these lie.
    pub fn of(&self, vectors: &Tensor<2>, transposed: bool) -> Tensor<2> {
        let there = vectors.device();
        let turn = self.turn.as_ref().map(|turn| match there == turn.device() {
            true => turn.clone(),
            false => Tensor::from_data(turn.to_data(), (&there, turn.dtype())),
        });
        let parts = |vectors: Tensor<2>| {
            let mut position = 0;
            let part = |(i, part): (usize, &Part)| {
                let turn = turn.as_ref().filter(|_| i == 0);
                let [s, _] = vectors.dims();
                let [rows, columns] = match transposed {
                    true => part.shape,
                    false => smaller(part, turn),
                };
                let start = position;
                position += rows * columns;
                let own = vectors.clone().slice([0..s, start..position]);
                if turn.is_none() && part.rows.is_none() && part.columns.is_none() {
                    return own;
                }
                let own = own.reshape([s, rows, columns]);
                let own = if transposed {
                    down(own, part, turn)
                } else {
                    up(own, part, turn)
                };
                let [_, rows, columns] = own.dims();
                own.reshape([s, rows * columns])
            };
            self.parts.iter().enumerate().map(part).collect::<Vec<_>>()
        };
        let s = vectors.dims()[0];
        if s == 1 || !host::is_host(&there) {
            return side_by_side(parts(vectors.clone()));
        }
        let size = |(i, part): (usize, &Part)| match transposed {
            true => smaller(part, turn.as_ref().filter(|_| i == 0))
                .iter()
                .product::<usize>(),
            false => part.shape.iter().product(),
        };
        let length = self.parts.iter().enumerate().map(size).sum();
        host::rows([s, length], &there, vectors.dtype(), |i| {
            parts(vectors.clone().slice([i..i + 1, 0..vectors.dims()[1]]))
        })
    }
}

/// The shape of a part in the smaller network.
fn smaller(part: &Part, turn: Option<&Tensor<2>>) -> [usize; 2] {
    let count = |list: &Option<Vec<usize>>, all: usize| list.as_ref().map_or(all, Vec::len);
    let rows = turn.map_or(count(&part.rows, part.shape[0]), |turn| turn.dims()[1]);
    [rows, count(&part.columns, part.shape[1])]
}

/// Matrices `[s, ·, ·]` of the smaller network, from those of the larger one.
fn down(mut matrices: Tensor<3>, part: &Part, turn: Option<&Tensor<2>>) -> Tensor<3> {
    let there = matrices.device();
    if let Some(rows) = &part.rows {
        matrices = matrices.select(1, places(rows, &there));
    }
    if let Some(columns) = &part.columns {
        matrices = matrices.select(2, places(columns, &there));
    }
    match turn {
        Some(turn) => times(Factor::shared(turn).transposed(), matrices),
        None => matrices,
    }
}

/// Matrices `[s, ·, ·]` of the larger network, from those of the smaller one.
fn up(mut matrices: Tensor<3>, part: &Part, turn: Option<&Tensor<2>>) -> Tensor<3> {
    if let Some(turn) = turn {
        matrices = times(Factor::shared(turn), matrices);
    }
    if let Some(rows) = &part.rows {
        matrices = among_zeros(matrices, 1, rows, part.shape[0]);
    }
    if let Some(columns) = &part.columns {
        matrices = among_zeros(matrices, 2, columns, part.shape[1]);
    }
    matrices
}

fn times(left: Factor, matrices: Tensor<3>) -> Tensor<3> {
    sum_of_products(&[(left, Factor::block(&matrices))], None).expect("there is one term")
}

/// Rows (1) or columns (2) in these places of `count`; zeros in all others.
fn among_zeros(matrices: Tensor<3>, dimension: usize, list: &[usize], count: usize) -> Tensor<3> {
    let mut from = vec![list.len(); count];
    list.iter().enumerate().for_each(|(i, &to)| from[to] = i);
    let mut shape = matrices.dims();
    shape[dimension] = 1;
    let zeros = Tensor::zeros(shape, (&matrices.device(), matrices.dtype()));
    let from = places(&from, &matrices.device());
    Tensor::cat(vec![matrices, zeros], dimension).select(dimension, from)
}
