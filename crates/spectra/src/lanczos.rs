//! Both ends of a spectrum by block Lanczos.

use std::ops::ControlFlow;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::beside::{Beside, Missing, Surroundings, look_beside};
use crate::krylov::{Krylov, NotFinite};
use crate::residual::{check, not_finite};
use crate::still::still;
use crate::{Block, EigenPairs, Ending, Ends, SelfAdjoint};

/// The share of a tolerance that the cheap residuals must reach: true residuals carry rounding on top, and what each
/// fresh start gave up. The i-th start takes the i-th part of it, so that the sum of all their squares stays below 1.
const CAUTION: f64 = 0.7;
/// The share that each look takes of the chance that is left to miss a pair, so that all of them together keep the promise:
/// most of it, for the first look is nearly always the last.
const FIRST_LOOK: f64 = 0.9;

/// The largest and the smallest eigenvalues of a symmetric operator, with vectors, residuals and bounds.
///
/// Block Lanczos with partial reorthogonalisation (Simon 1984): what a new block may have along the basis is foreseen,
/// and measured and taken away only where it is too much; each restart measures all of it and makes the basis
/// orthonormal. Rayleigh–Ritz on the projected matrix, and thick restarts that keep both ends (Wu and Simon 2000).
/// With [`Ends::confirm`], a look beside the pairs found, by Lanczos without a basis from one random vector: it goes on
/// until it has shown a pair that is missing, or until it would have with probability [`Ends::confidence`]. Where one is
/// missing, the search goes on from random vectors.
/// A basis that spans the whole space is exact. The residuals of the answer come from fresh products.
///
/// `progress` hears after each block how many vectors have been multiplied so far, and may stop the iteration:
/// then the answer is what is known by then.
///
/// Memory: [`Ends::vectors`].
/// Cost beside the products: the vectors of the basis that a new block may have drifted towards are read once for it, or
/// twice; that is a third of the basis where a few eigenvalues stand alone, as those of trained networks do.
///
/// # Panics
/// If no pair is wanted, if the block has no column, if the confidence is not between 0 and 1, or if the operator has
/// dimension zero.
///
/// ```
/// use spectra::{DiagonalOperator, Ends, extremes};
/// use std::ops::ControlFlow;
/// let operator = DiagonalOperator::new((0..500).map(|i| f64::from(i * i)).collect());
/// let found = extremes(&operator, &Ends { relative: 1e-9, ..Ends::new(2, 0) }, |_| ControlFlow::Continue(()));
/// assert!(found.converged());
/// assert!((found.pairs[0].value - 249_001.0).abs() < 1e-6);
/// assert!((found.pairs[1].value - 248_004.0).abs() <= found.pairs[1].bound);
/// ```
pub fn extremes<A: SelfAdjoint>(
    operator: &A,
    ends: &Ends,
    progress: impl FnMut(usize) -> ControlFlow<()>,
) -> EigenPairs<A::Block> {
    demand(operator, ends);
    let stream = ChaCha8Rng::seed_from_u64(ends.seed);
    pursue(
        operator,
        ends,
        Krylov::new(operator, ends.block, stream),
        progress,
    )
}

/// [`extremes`] of an operator that has changed little since `previous` vectors were found.
///
/// Each of these is multiplied first. Where all are eigenvectors still, they are kept: then it is only looked, from random
/// vectors, whether something has risen beside them; bounds of the eigenvalues beside them are wider by twice what all
/// residuals amount to. At the first one whose residual has drifted beyond its tolerance, the search begins anew. Its start is one fresh random vector, without which a new eigenvector orthogonal to all the old ones
/// would never be seen, and random mixtures of the previous vectors, which need not be orthonormal; a block of one vector has
/// some of each.
/// The answer is confirmed from random vectors in any case: vectors that are right already would converge
/// before the random one has seen anything, and hide what has risen beside them.
/// Vectors that have nothing to do with the operator cost a product or two, and their place in the start.
///
/// ```
/// use spectra::{DiagonalOperator, Ends, extremes, extremes_near};
/// use std::ops::ControlFlow;
/// let at = |time: f64| DiagonalOperator::new((0..2000).map(|i| (f64::from(i) / 200.0 + time).powi(3)).collect());
/// let ends = Ends { relative: 1e-4, ..Ends::new(6, 0) };
/// let cold = extremes(&at(1.0), &ends, |_| ControlFlow::Continue(()));
/// let warm = extremes_near(&at(1.01), &ends, &cold.vectors, |_| ControlFlow::Continue(()));
/// assert!(warm.converged() && warm.products < cold.products);
/// ```
///
/// # Panics
/// As [`extremes`], and if the previous vectors have another length than the operator's dimension.
pub fn extremes_near<A: SelfAdjoint>(
    operator: &A,
    ends: &Ends,
    previous: &A::Block,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> EigenPairs<A::Block> {
    let ends = &Ends {
        confirm: true,
        ..*ends
    };
    demand(operator, ends);
    assert_eq!(
        previous.rows(),
        operator.dimension(),
        "the previous vectors belong to an operator of another dimension"
    );
    let stream = ChaCha8Rng::seed_from_u64(ends.seed);
    let krylov = match still(operator, ends, previous, CAUTION, &mut progress) {
        Ok(known) => Krylov::beside(operator, ends.block, stream, known),
        Err(products) => {
            let mut krylov = Krylov::near(operator, ends.block, stream, previous);
            krylov.products = products;
            krylov
        }
    };
    pursue(operator, ends, krylov, progress)
}

/// Panics if there is nothing to search for, or nothing to search with.
pub(crate) fn demand<A: SelfAdjoint>(operator: &A, ends: &Ends) {
    assert!(ends.wanted() > 0, "at least one eigenpair must be wanted");
    assert!(ends.block > 0, "a block has at least one column");
    assert!(
        ends.confidence > 0.0 && ends.confidence < 1.0,
        "confidence is {}: a probability between 0 and 1 is needed",
        ends.confidence
    );
    assert!(
        operator.dimension() > 0,
        "an operator of dimension zero has no spectrum"
    );
}

/// Goes on from a basis, whatever its size, until the ends are found.
pub(crate) fn pursue<A: SelfAdjoint>(
    operator: &A,
    ends: &Ends,
    mut krylov: Krylov<'_, A>,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> EigenPairs<A::Block> {
    let most = ends.most_vectors();
    let mut missing = Missing::default();
    let mut chance = 1.0 - ends.confidence;
    let mut due = 0;
    krylov.floor = ends.noise;
    if krylov.next.is_none() {
        return check(operator, ends, krylov, Ending::WholeSpace, None);
    }
    loop {
        if let Err(NotFinite) = krylov.advance() {
            return match krylov.size() {
                0 => not_finite(krylov, ends),
                _ => check(operator, ends, krylov, Ending::NotFinite, None),
            };
        }
        let stopped = progress(krylov.products).is_break();
        let full = krylov.next.is_none();
        let spent = krylov.products >= ends.max_products;
        let crowded = krylov.size() + ends.block > most;
        if !(stopped || full || spent || crowded || krylov.size() >= due) {
            continue;
        }
        // The projected eigenproblem costs m³: solve it when the basis has grown by a share, not each time.
        due = krylov.size() + (krylov.size() / 16).max(ends.block);
        if full {
            return check(operator, ends, krylov, Ending::WholeSpace, None);
        }
        let ritz = krylov.ritz();
        let noise = krylov.noise();
        let tolerance = |i: usize| {
            (ends.relative * ritz.values[i].abs())
                .max(ends.absolute)
                .max(noise)
        };
        let share = CAUTION / krylov.starts as f64;
        let wanted = chosen(ritz.values.len(), ends.largest, ends.smallest);
        let settled = wanted.len() == ends.wanted()
            && missing.found_in(&ritz.values)
            && wanted.iter().all(|&i| ritz.residuals[i] <= share * tolerance(i));
        if settled && !ends.confirm {
            return check(operator, ends, krylov, Ending::Converged, None);
        }
        if stopped || spent {
            let ending = if stopped {
                Ending::Interrupted
            } else {
                Ending::MaxProducts
            };
            return check(operator, ends, krylov, ending, None);
        }
        // The look needs to know where the values beside the pairs begin.
        if settled && ritz.values.len() > ends.wanted() {
            let mut around = Surroundings::of(ends, &ritz, &krylov.coupling, tolerance);
            let beyond = krylov.settle(&ritz, &around.vectors);
            let seen = loop {
                let miss = FIRST_LOOK * chance;
                chance -= miss;
                match look_beside(&mut krylov, ends, &around, beyond.as_ref(), miss, &mut progress) {
                    Beside::TooWide => {
                        let (columns, narrower) = around.narrower();
                        krylov.narrow(&columns);
                        around = narrower;
                    }
                    seen => break seen,
                }
            };
            match seen {
                Beside::TooWide => unreachable!("the look goes on with fewer vectors"),
                Beside::Nothing(unseen) => {
                    let unseen = unseen.wider(2.0 * krylov.given_up.sqrt());
                    return check(operator, ends, krylov, Ending::Converged, Some(unseen));
                }
                Beside::Stopped(ending) => return check(operator, ends, krylov, ending, None),
                Beside::More(more) => {
                    missing = more;
                    let pairs = krylov.ritz();
                    krylov.settle(&pairs, &chosen(pairs.values.len(), ends.largest, ends.smallest));
                    krylov.start_afresh(wanted.iter().map(|&i| ritz.residuals[i].powi(2)).sum());
                }
            }
        } else if crowded {
            krylov.restart(&ritz, &kept(ends, ritz.values.len()));
        } else {
            continue;
        }
        due = 0;
    }
}

/// The numbers of the last `largest` and the first `smallest` of `count` ascending values, descending.
pub(crate) fn chosen(count: usize, largest: usize, smallest: usize) -> Vec<usize> {
    (0..count)
        .rev()
        .filter(|&i| i < smallest || i + largest >= count)
        .collect()
}

/// The Ritz vectors that survive a restart: those wanted, and as many more at both ends as [`Ends::extra`] says. An end
/// that nobody asks for is kept too: what is forgotten there comes back in each new basis.
fn kept(ends: &Ends, count: usize) -> Vec<usize> {
    let more = ends.extra();
    chosen(count, ends.largest + more.div_ceil(2), ends.smallest + more / 2)
}
