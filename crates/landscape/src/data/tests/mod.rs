//! What data must fulfil, whoever uses them.

mod embedded;
mod errors;
mod generators;
mod preparation;
mod variants;

use models::{Examples, Targets};

/// The values of a regression sample.
fn values(examples: &Examples) -> &[f64] {
    match &examples.targets {
        Targets::Values { values, .. } => values,
        Targets::Classes { .. } => panic!("expected values"),
    }
}

/// Mean and variance.
fn moments(numbers: &[f64]) -> (f64, f64) {
    let n = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / n;
    (mean, numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n)
}

/// XᵀX, row-major.
fn gram(x: &[f64], width: usize) -> Vec<f64> {
    let mut gram = vec![0.0; width * width];
    for row in x.chunks_exact(width) {
        for (i, a) in row.iter().enumerate() {
            row.iter()
                .enumerate()
                .for_each(|(j, b)| gram[i * width + j] += a * b);
        }
    }
    gram
}
