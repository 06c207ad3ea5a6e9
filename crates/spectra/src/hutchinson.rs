//! Traces from random vectors: Hutchinson's estimator, and Hutch++.

use std::ops::ControlFlow;

use crate::krylov::NOISE;
use crate::orthonormal::{Orthonormal, orthonormalise_parts};
use crate::sampling::{Multiplier, Samples, trace};
use crate::{Block, Estimate, Moments, Sampling, SelfAdjoint};

/// tr H and ‖H‖_F² by the mean over random vectors (Hutchinson 1990, with vectors on the sphere).
///
/// tr H ≈ n/m Σ vᵢᵀHvᵢ and ‖H‖_F² ≈ n/m Σ ‖Hvᵢ‖², each with the standard error of its mean.
/// The error of the trace is √(2/m) √(‖H‖_F² − (tr H)²/n), up to a factor √(n/(n + 2)):
/// ten times the products make it about a third.
/// Costs m = `sampling.products` products. Where `progress` stops it, it answers with what it has
/// ([`Moments::stopped`]), and with nothing where that is fewer than two vectors.
///
/// ```
/// use spectra::{DiagonalOperator, Sampling, hutchinson};
/// use std::ops::ControlFlow;
/// let operator = DiagonalOperator::new((0..1000).map(f64::from).collect());
/// let found = hutchinson(&operator, &Sampling::new(50), |_| ControlFlow::Continue(())).unwrap();
/// assert!((found.trace.value - 499_500.0).abs() < 4.0 * found.trace.error);
/// assert!(found.trace.error < 3_000.0);
/// // The identity leaves nothing to chance.
/// let identity = DiagonalOperator::new(vec![1.0; 1000]);
/// let found = hutchinson(&identity, &Sampling::new(2), |_| ControlFlow::Continue(())).unwrap();
/// assert!((found.trace.value - 1_000.0).abs() < 1e-10 && found.trace.error < 1e-10);
/// ```
///
/// # Panics
/// If there are fewer than two products, no columns in a block, or no dimension.
pub fn hutchinson<A: SelfAdjoint>(
    operator: &A,
    sampling: &Sampling,
    progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Option<Moments> {
    let mut multiplier = Multiplier::new(operator, sampling, 2, progress);
    // A part at a time: nothing but the sums is kept.
    while multiplier.products < sampling.products {
        let count = sampling.block.min(sampling.products - multiplier.products);
        let vectors = multiplier.random(count);
        if multiplier.images(&vectors).is_none() {
            return multiplier.cut();
        }
    }
    Some(multiplier.samples().moments(0.0, 0.0, multiplier.products))
}

/// tr H and ‖H‖_F² by Hutch++ (Meyer, Musco, Musco and Woodruff 2021, algorithm 1).
///
/// A third of the products finds a basis Q of what H does to random vectors; tr QᵀHQ and ‖HQ‖_F² are exact,
/// and only the rest, seen by random vectors in the complement of Q, is left to chance.
/// The standard error is that of the rest. For a semi-definite H it falls as 1/m instead of 1/√m,
/// and never much slower than that of [`hutchinson`] with a third of the products.
/// As in XTrace (Epperly, Tropp and Webber 2024) the vectors of the complement have their own length.
/// Costs m = `sampling.products` products, and keeps 2/3 m vectors and a few. Where `progress` stops it, it answers as
/// [`hutchinson`] would with the random vectors that were multiplied.
///
/// ```
/// use spectra::{DiagonalOperator, Sampling, hutch_plus_plus};
/// use std::ops::ControlFlow;
/// let operator = DiagonalOperator::new((0..1000).map(|i| 0.7f64.powi(i)).collect());
/// let found = hutch_plus_plus(&operator, &Sampling::new(60), |_| ControlFlow::Continue(())).unwrap();
/// assert!((found.trace.value - 1.0 / 0.3).abs() < 1e-2 && found.trace.error < 1e-2);
/// assert!((found.square.value - 1.0 / 0.51).abs() < 1e-4);
/// ```
///
/// # Panics
/// If there are fewer than four products, no columns in a block, or no dimension.
pub fn hutch_plus_plus<A: SelfAdjoint>(
    operator: &A,
    sampling: &Sampling,
    progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Option<Moments> {
    let n = operator.dimension();
    let mut multiplier = Multiplier::new(operator, sampling, 4, progress);
    let third = (sampling.products / 3).min(n);
    let sketch = multiplier.random(third);
    let Some(images) = multiplier.images(&sketch) else {
        return multiplier.cut();
    };
    drop(sketch);
    let Orthonormal {
        block: basis,
        lengths,
        ..
    } = orthonormalise_parts(images, NOISE * operator.round_off());
    let Some(basis) = basis else {
        // What maps random vectors to zero is zero; what maps them to NaN has no trace.
        let nothing = Estimate {
            value: 0.0 * lengths.iter().sum::<f64>(),
            error: 0.0,
        };
        return Some(Moments {
            trace: nothing,
            square: nothing,
            products: multiplier.products,
            stopped: false,
        });
    };
    let Some(product) = multiplier.times(&basis) else {
        return multiplier.cut();
    };
    let basis: Vec<&A::Block> = basis.iter().collect();
    let known = along(&basis, &product);
    let known_square = along(&product.iter().collect::<Vec<_>>(), &product);
    drop(product);
    let rank: usize = basis.iter().map(|part| part.columns()).sum();
    let mut samples = Samples::default();
    if rank == n {
        return Some(Moments {
            trace: Estimate {
                value: known,
                error: 0.0,
            },
            square: Estimate {
                value: known_square,
                error: 0.0,
            },
            products: multiplier.products,
            stopped: false,
        });
    }
    while multiplier.products < sampling.products {
        let count = sampling.block.min(sampling.products - multiplier.products);
        let mut vectors = multiplier.random(count);
        for part in &mut vectors {
            for _ in 0..2 {
                let along = A::Block::gram(&basis, part);
                part.subtract(&basis, &along);
            }
        }
        let Some(products) = multiplier.times(&vectors) else {
            return multiplier.cut();
        };
        for (part, product) in vectors.iter().zip(&products) {
            samples.add(part, product, n - rank);
        }
    }
    Some(samples.moments(known, known_square, multiplier.products))
}

/// Σ ⟨uᵢ, vᵢ⟩ over the vectors of two lists of the same parts.
fn along<B: Block>(u: &[&B], v: &[B]) -> f64 {
    u.iter().zip(v).map(|(u, v)| trace(&B::gram(&[u], v))).sum()
}
