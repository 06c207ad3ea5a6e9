//! Initial points of networks.

use crate::{Point, Problem, Seed, Space};
use faer::Mat;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the weights `[d, h]` of each layer begin. Biases begin at zero, except in `Torch`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Initialisation {
    /// N(0, std²): with std = 1 the NTK parametrisation and Du et al. (2019); std is κ in Arora et al. (2019).
    Normal {
        /// The standard deviation κ.
        std: f64,
    },
    /// N(0, 2/d) (He et al. 2015), times `scale`.
    He {
        /// A factor: 1 for He's own, 1e-3 for a small start.
        #[serde(default = "one")]
        scale: f64,
    },
    /// Uniform on ±√(6/(d + h)) (Glorot & Bengio 2010), times `scale`.
    Xavier {
        /// A factor.
        #[serde(default = "one")]
        scale: f64,
    },
    /// PyTorch's `Linear`: weights and biases uniform on ±1/√d.
    Torch,
    /// Balanced weights W_{j+1}W_{j+1}ᵀ = W_jᵀW_j whose product is a Gaussian matrix with entries N(0, std²)
    /// (Arora et al. 2019, Procedure 1). Needs hidden widths of at least min(inputs, outputs).
    Balanced {
        /// The standard deviation of the product's entries.
        std: f64,
    },
    /// W_ij = 1 where i = j, else 0.
    Identity,
    /// All zero: an exact saddle of deep linear networks.
    Zero,
}

fn one() -> f64 {
    1.0
}

impl Initialisation {
    /// What is wrong with the start, if anything: the field, its value, and what would be right.
    pub fn problem(&self) -> Option<Problem> {
        let (name, size) = match *self {
            Initialisation::Normal { std } | Initialisation::Balanced { std } => ("std", std),
            Initialisation::He { scale } | Initialisation::Xavier { scale } => ("scale", scale),
            Initialisation::Torch | Initialisation::Identity | Initialisation::Zero => return None,
        };
        let right = size >= 0.0 && size.is_finite();
        (!right).then(|| Problem::new(name, format!("is {size}: it must be a number of at least 0")))
    }

    /// A point in this space. Weights are drawn on the host in f64 from the stream `init`, block by block.
    pub fn draw(&self, space: &Space, seed: Seed) -> Point {
        let mut stream = seed.stream("init");
        let balanced = match self {
            Initialisation::Balanced { std } => balanced(space, *std, seed),
            _ => Vec::new(),
        };
        let mut balanced = balanced.into_iter();
        let mut values = Vec::with_capacity(space.dimension);
        let mut inputs = 1;
        for parameter in &space.parameters {
            let count = parameter.range.len();
            let matrix = parameter.shape.len() == 2;
            let outputs = *parameter.shape.last().unwrap_or(&1);
            if matrix {
                inputs = parameter.shape[0];
            }
            let mut normal = |std: f64| -> Vec<f64> {
                (0..count)
                    .map(|_| std * Distribution::<f64>::sample(&StandardNormal, &mut stream))
                    .collect()
            };
            match *self {
                Initialisation::Torch => {
                    let bound = 1.0 / (inputs as f64).sqrt();
                    values.extend((0..count).map(|_| stream.random_range(-bound..bound)));
                }
                _ if !matrix => values.extend(vec![0.0; count]),
                Initialisation::Normal { std } => values.extend(normal(std)),
                Initialisation::He { scale } => values.extend(normal(scale * (2.0 / inputs as f64).sqrt())),
                Initialisation::Xavier { scale } => {
                    let bound = (6.0 / (inputs + outputs) as f64).sqrt();
                    values.extend((0..count).map(|_| scale * stream.random_range(-bound..bound)));
                }
                Initialisation::Balanced { .. } => {
                    values.extend(balanced.next().expect("one matrix per weight"))
                }
                Initialisation::Identity => {
                    values.extend((0..count).map(|k| f64::from(u8::from(k / outputs == k % outputs))));
                }
                Initialisation::Zero => values.extend(vec![0.0; count]),
            }
        }
        Point::new(space.device.upload(values, [space.dimension]))
    }
}

/// Factors W_1 ⋯ W_N = A of a Gaussian A = U S Vᵀ: U S^{1/N}, S^{1/N}, …, S^{1/N} Vᵀ, padded with zeros.
fn balanced(space: &Space, std: f64, seed: Seed) -> Vec<Vec<f64>> {
    let shapes: Vec<[usize; 2]> = space
        .parameters
        .iter()
        .filter(|p| p.shape.len() == 2)
        .map(|p| [p.shape[0], p.shape[1]])
        .collect();
    let (Some(first), Some(last)) = (shapes.first(), shapes.last()) else {
        return Vec::new();
    };
    let (d, c) = (first[0], last[1]);
    let rank = d.min(c);
    assert!(
        shapes[1..].iter().all(|shape| shape[0] >= rank),
        "a balanced start needs hidden widths of at least {rank}"
    );
    let mut stream = seed.stream("init");
    let a = Mat::from_fn(d, c, |_, _| {
        std * Distribution::<f64>::sample(&StandardNormal, &mut stream)
    });
    let svd = a
        .thin_svd()
        .expect("a finite Gaussian matrix has a singular value decomposition");
    let root = |k: usize| svd.S().column_vector()[k].powf(1.0 / shapes.len() as f64);
    let count = shapes.len();
    let entry = |j: usize, row: usize, column: usize| -> f64 {
        let inner = |k: usize| if k < rank { root(k) } else { 0.0 };
        match (j == 0, j + 1 == count) {
            (true, true) => a[(row, column)],
            (true, false) if column < rank => svd.U()[(row, column)] * inner(column),
            (false, true) if row < rank => inner(row) * svd.V()[(column, row)],
            (false, false) if row == column => inner(row),
            _ => 0.0,
        }
    };
    let entry = &entry;
    shapes
        .iter()
        .enumerate()
        .map(|(j, &[rows, columns])| {
            (0..rows)
                .flat_map(|r| (0..columns).map(move |c| entry(j, r, c)))
                .collect()
        })
        .collect()
}
