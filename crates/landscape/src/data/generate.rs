//! Examples drawn from a law. Formulas stand at [`Source`].

use models::{Examples, Targets};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::orthonormal::{dot, orthonormal};
use super::{Answer, Source};

/// `train + test` examples in the order drawn, or `None` for a stored source.
///
/// Teachers come first, then row after row with its noise: more test examples change no training example.
pub(super) fn generate(source: &Source, train: usize, test: usize, rng: &mut impl Rng) -> Option<Examples> {
    let n = train + test;
    match source {
        Source::Sphere { dimension, width } => Some(rows(n, *dimension, *width, rng, |x, y, rng| {
            let norm = dot(x, x).sqrt();
            x.iter_mut().for_each(|x| *x /= norm);
            fill(y, rng);
        })),
        Source::TeacherLinear {
            dimension,
            width,
            noise,
        } => {
            let teacher = matrix(*width, *dimension, (*dimension as f64).powf(-0.5), rng);
            Some(rows(n, *dimension, *width, rng, |x, y, rng| {
                fill(y, rng);
                y.iter_mut()
                    .zip(&teacher)
                    .for_each(|(y, w)| *y = dot(w, x) + noise * *y);
            }))
        }
        Source::TeacherTwoLayer {
            dimension,
            hidden,
            width,
            answer,
        } => {
            let inner = matrix(*hidden, *dimension, (*dimension as f64).powf(-0.5), rng);
            let outer = matrix(*width, *hidden, (2.0 / *hidden as f64).sqrt(), rng);
            let examples = rows(n, *dimension, *width, rng, |x, y, _| {
                let active: Vec<f64> = inner.iter().map(|w| dot(w, x).max(0.0)).collect();
                y.iter_mut().zip(&outer).for_each(|(y, a)| *y = dot(a, &active));
            });
            Some(match answer {
                Answer::Values => examples,
                Answer::Classes => with_classes(examples),
            })
        }
        Source::LowRank {
            dimension,
            width,
            singular_values,
            whitened,
        } => {
            let rank = singular_values.len();
            let left = orthonormal(rng, *dimension, rank);
            let right = orthonormal(rng, *width, rank);
            let white = if *whitened {
                orthonormal(rng, train, *dimension)
            } else {
                Vec::new()
            };
            let scale = (train as f64).sqrt();
            let mut row = 0;
            Some(rows(n, *dimension, *width, rng, |x, y, _| {
                if *whitened && row < train {
                    x.iter_mut()
                        .zip(&white)
                        .for_each(|(x, column)| *x = scale * column[row]);
                }
                row += 1;
                for (s, (u, v)) in singular_values.iter().zip(left.iter().zip(&right)) {
                    let along = s * dot(u, x);
                    y.iter_mut().zip(v).for_each(|(y, v)| *y += along * v);
                }
            }))
        }
        _ => None,
    }
}

/// n inputs N(0, I) and targets of zeros, each pair shaped by `shape` before the next is drawn.
fn rows<R: Rng>(
    n: usize,
    dimension: usize,
    width: usize,
    rng: &mut R,
    mut shape: impl FnMut(&mut [f64], &mut [f64], &mut R),
) -> Examples {
    let (mut inputs, mut values) = (vec![0.0; n * dimension], vec![0.0; n * width]);
    for (x, y) in inputs
        .chunks_exact_mut(dimension)
        .zip(values.chunks_exact_mut(width))
    {
        fill(x, rng);
        shape(x, y, rng);
    }
    Examples {
        inputs,
        dimension,
        targets: Targets::Values { values, width },
    }
}

/// Rows of a matrix with entries N(0, deviation²).
fn matrix(rows: usize, columns: usize, deviation: f64, rng: &mut impl Rng) -> Vec<Vec<f64>> {
    let mut draw = || {
        let mut row = vec![0.0; columns];
        fill(&mut row, rng);
        row.iter_mut().for_each(|x| *x *= deviation);
        row
    };
    (0..rows).map(|_| draw()).collect()
}

/// Independent N(0, 1).
fn fill(numbers: &mut [f64], rng: &mut impl Rng) {
    numbers.iter_mut().for_each(|x| *x = StandardNormal.sample(rng));
}

/// The class of an example is the index of its largest value.
fn with_classes(examples: Examples) -> Examples {
    let Targets::Values { values, width } = examples.targets else {
        return examples;
    };
    let largest = |row: &[f64]| {
        (0..width)
            .rev()
            .max_by(|&a, &b| row[a].total_cmp(&row[b]))
            .unwrap_or(0) as u32
    };
    let labels = values.chunks_exact(width).map(largest).collect();
    Examples {
        targets: Targets::Classes {
            labels,
            classes: width,
        },
        ..examples
    }
}
