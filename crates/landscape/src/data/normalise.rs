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
            let statistics: Vec<_> = (0..dimension).map(|j| moments(train, j)).collect();
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

/// Mean and standard deviation (1/n) of coordinate j. A constant coordinate has deviation exactly 0, whatever
/// rounding makes of its mean.
fn moments(examples: &Examples, j: usize) -> (f64, f64) {
    let column = || examples.inputs[j..].iter().step_by(examples.dimension);
    let n = examples.len() as f64;
    let mean = column().sum::<f64>() / n;
    if column().all(|x| *x == examples.inputs[j]) {
        return (mean, 0.0);
    }
    (
        mean,
        (column().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt(),
    )
}
