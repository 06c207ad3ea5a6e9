//! Ends, density and moments from one run.

use std::ops::ControlFlow;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::density::begin;
use crate::krylov::Krylov;
use crate::lanczos::{demand, pursue};
use crate::{Accuracy, Density, EigenPairs, Ending, Ends, SelfAdjoint};

/// Both ends of a spectrum and its density, with its first two moments.
#[derive(Clone, Debug)]
pub struct Survey<B> {
    /// The ends. Their products include the shared ones.
    pub ends: EigenPairs<B>,
    /// The density; [`Density::trace`] and [`Density::square`] are the moments.
    pub density: Density,
    /// How many vectors were multiplied for both at once, instead of twice.
    pub shared: usize,
    /// How many vectors were multiplied in all.
    pub products: usize,
}

/// The ends and the density of a spectrum, from one random start.
///
/// The Lanczos steps of the first starts of the density are the first basis of the search for the ends, which goes on
/// from there with `ends.block` vectors at a time. The density is the same as that of [`crate::density`],
/// to the last bit; the vectors are drawn from its seed.
/// Where the density computes all eigenvalues, because the dimension is small, nothing is shared.
///
/// Memory: that of the larger of the two.
/// `progress` hears after each block how many vectors have been multiplied so far, and may stop the iteration.
///
/// ```
/// use spectra::{Accuracy, DiagonalOperator, Ends, survey};
/// use std::ops::ControlFlow;
/// let spike = |i: i32| if i < 3 { 5.0 + f64::from(i) } else { f64::from(i) / 50_000.0 };
/// let operator = DiagonalOperator::new((0..50_000).map(spike).collect());
/// let ends = Ends { relative: 1e-4, ..Ends::new(2, 0) };
/// let found = survey(&operator, &ends, &Accuracy::default(), |_| ControlFlow::Continue(()));
/// assert!(found.ends.converged() && found.shared > 30);
/// assert!((found.ends.pairs[0].value - 7.0).abs() < 1e-6);
/// assert!((found.density.trace().value - 25_018.0).abs() < 4.0 * found.density.trace().error);
/// assert_eq!(found.products, found.ends.products + found.density.products - found.shared);
/// ```
///
/// # Panics
/// As [`crate::extremes`] and [`crate::density`].
pub fn survey<A: SelfAdjoint>(
    operator: &A,
    ends: &Ends,
    accuracy: &Accuracy,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Survey<A::Block> {
    demand(operator, ends);
    let (density, krylov) = begin(operator, accuracy, &mut progress);
    let seen = density.products;
    let mut krylov = krylov.unwrap_or_else(|| {
        // No start of a density has this number: nothing is drawn twice.
        let mut stream = ChaCha8Rng::seed_from_u64(accuracy.seed);
        stream.set_stream(u64::MAX);
        Krylov::new(operator, ends.block, stream)
    });
    let shared = krylov.products;
    krylov.width = ends.block;
    let stopped = density.ending == Ending::Interrupted;
    let ends = pursue(operator, ends, krylov, |products| {
        let flow = progress(seen + products - shared);
        if stopped { ControlFlow::Break(()) } else { flow }
    });
    Survey {
        products: seen + ends.products - shared,
        ends,
        density,
        shared,
    }
}
