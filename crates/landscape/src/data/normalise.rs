//! Normalisation of inputs by statistics of the training examples.

use models::Examples;

use super::orthonormal::dot;
use super::{DataError, Normalise, error};

/// What happens to one input.
type Change = Box<dyn Fn(&mut [f64])>;

/// Normalises training and test inputs in place, by statistics of the training inputs alone.
pub(super) fn normalise(
    how: Normalise,
    train: &mut Examples,
    test: Option<&mut Examples>,
) -> Result<(), DataError> {
    let dimension = train.dimension;
    let change: Change = match how {
        Normalise::None => return Ok(()),
        Normalise::UnitRange => {
            let most = train.inputs.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            if most == 0.0 {
                return Err(DataError::new(
                    "normalise",
                    error::quoted(how),
                    "all training inputs are 0; use \"none\"",
                ));
            }
            Box::new(move |row| row.iter_mut().for_each(|x| *x /= most))
        }
        Normalise::Standardise => {
            let statistics = moments(train);
            if statistics.iter().all(|(_, deviation)| *deviation == 0.0) {
                let advice =
                    "every input is constant over the training examples; use more examples, or \"none\"";
                return Err(DataError::new("normalise", error::quoted(how), advice));
            }
            Box::new(move |row| {
                row.iter_mut()
                    .zip(&statistics)
                    .for_each(|(x, &(mean, deviation))| {
                        *x = if deviation > 0.0 {
                            (*x - mean) / deviation
                        } else {
                            0.0
                        };
                    });
            })
        }
        Normalise::UnitNorm => Box::new(|row| {
            let norm = dot(row, row).sqrt();
            if norm > 0.0 {
                row.iter_mut().for_each(|x| *x /= norm);
            }
        }),
    };
    for examples in std::iter::once(train).chain(test) {
        examples.inputs.chunks_exact_mut(dimension).for_each(&change);
    }
    Ok(())
}

/// Mean and standard deviation (1/n) of each coordinate. A constant coordinate has deviation exactly 0, whatever
/// rounding makes of its mean.
fn moments(examples: &Examples) -> Vec<(f64, f64)> {
    let rows = || examples.inputs.chunks_exact(examples.dimension);
    let n = examples.len() as f64;
    // Row by row, as the numbers lie in memory; each coordinate is still added from the first example to the last.
    let mut means = vec![0.0; examples.dimension];
    rows().for_each(|row| means.iter_mut().zip(row).for_each(|(sum, x)| *sum += x));
    means.iter_mut().for_each(|sum| *sum /= n);
    let mut squares = vec![0.0; examples.dimension];
    let mut constant = vec![true; examples.dimension];
    for row in rows() {
        for (j, x) in row.iter().enumerate() {
            squares[j] += (x - means[j]).powi(2);
            constant[j] &= *x == examples.inputs[j];
        }
    }
    let deviation = |j: usize| if constant[j] { 0.0 } else { (squares[j] / n).sqrt() };
    means
        .iter()
        .enumerate()
        .map(|(j, &mean)| (mean, deviation(j)))
        .collect()
}
