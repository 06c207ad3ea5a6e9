//! Both ends of a spectrum by block Lanczos.

use std::ops::ControlFlow;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::krylov::{Krylov, NotFinite};
use crate::residual::{check, not_finite};
use crate::ritz::Ritz;
use crate::{Block, EigenPairs, Ending, Ends, SelfAdjoint};

/// The share of a tolerance that the cheap residuals must reach: true residuals carry rounding on top,
/// and with [`Ends::confirm`] what each fresh start gave up, mixed among the copies of an eigenvalue.
const CAUTION: f64 = 0.1;

/// The largest and the smallest eigenvalues of a symmetric operator, with vectors, residuals and bounds.
///
/// Block Lanczos with full reorthogonalisation (a sweep against the last two blocks, beside which a product has only
/// rounding, then one that looks at all and subtracts what is more than rounding), Rayleigh–Ritz on the whole measured
/// matrix VᵀHV,
/// thick restarts that keep both ends (Wu and Simon 2000), and, with [`Ends::confirm`], fresh starts from random
/// vectors beside the pairs found, until the pairs stay the same: each such start goes on until the best of the
/// rest is converged, or until it would have shown a missing pair with probability [`Ends::confidence`].
/// A basis that spans the whole space is exact. The residuals of the answer come from fresh products.
///
/// `progress` hears after each block how many vectors have been multiplied so far, and may stop the iteration:
/// then the answer is what is known by then.
///
/// Memory: at most `max_basis` + kept + 2 · `block` vectors, where kept is wanted + max(wanted / 2, 8).
/// Cost beside the products: each row of the basis, of m numbers, is read once for a new block, or twice.
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
/// The start is one fresh random vector, without which a new eigenvector orthogonal to all the old ones would never be
/// seen, and random mixtures of the previous vectors, which need not be orthonormal.
/// The answer is confirmed from random vectors in any case: vectors that are right already would converge
/// before the random one has seen anything, and hide what has risen beside them.
/// Vectors that have nothing to do with the operator cost nothing but their place in the start.
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
    progress: impl FnMut(usize) -> ControlFlow<()>,
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
    pursue(
        operator,
        ends,
        Krylov::near(operator, ends.block, stream, previous),
        progress,
    )
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
    let most = ends.max_basis.max(ends.wanted() + 4 * ends.block + 8);
    let mut confirmed = Confirmation { found: None };
    let mut due = 0;
    krylov.floor = ends.noise;
    if krylov.next.is_none() {
        return check(operator, ends, krylov, Ending::WholeSpace);
    }
    loop {
        if let Err(NotFinite) = krylov.advance() {
            return match krylov.size() {
                0 => not_finite(krylov, ends),
                _ => check(operator, ends, krylov, Ending::NotFinite),
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
            return check(operator, ends, krylov, Ending::WholeSpace);
        }
        let ritz = krylov.ritz();
        let step = confirmed.judge(ends, &ritz, &krylov);
        match step {
            Step::Accept => return check(operator, ends, krylov, Ending::Converged),
            _ if stopped => return check(operator, ends, krylov, Ending::Interrupted),
            _ if spent => return check(operator, ends, krylov, Ending::MaxProducts),
            Step::StartAfresh => {
                krylov.start_afresh(&ritz, &chosen(ritz.values.len(), ends.largest, ends.smallest))
            }
            Step::GoOn if crowded => krylov.restart(&ritz, &kept(ends, ritz.values.len(), most)),
            Step::GoOn => continue,
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

/// The Ritz vectors that survive a restart: those wanted, and about half as many more towards the middle.
fn kept(ends: &Ends, count: usize, most: usize) -> Vec<usize> {
    let wanted = ends.wanted();
    let room = (most - wanted - ends.block) / 2;
    let more = (wanted / 2).max(8).min(room);
    let (above, below) = match (ends.largest, ends.smallest) {
        (_, 0) => (more, 0),
        (0, _) => (0, more),
        _ => (more.div_ceil(2), more / 2),
    };
    chosen(count, ends.largest + above, ends.smallest + below)
}

enum Step {
    Accept,
    StartAfresh,
    GoOn,
}

/// The values that were found before the latest fresh start.
struct Confirmation {
    found: Option<Vec<f64>>,
}

impl Confirmation {
    /// Krylov spaces of one start never see more copies of an eigenvalue than the block has columns.
    /// So what was found must come out again, unchanged, beside random vectors that could have found more.
    fn judge<A: SelfAdjoint>(&mut self, ends: &Ends, ritz: &Ritz, krylov: &Krylov<'_, A>) -> Step {
        let noise = krylov.noise();
        let tolerance = |i: usize| {
            (ends.relative * ritz.values[i].abs())
                .max(ends.absolute)
                .max(noise)
        };
        let count = ritz.values.len();
        let wanted = chosen(count, ends.largest, ends.smallest);
        if count < ends.wanted() || wanted.iter().any(|&i| ritz.residuals[i] > CAUTION * tolerance(i)) {
            return Step::GoOn;
        }
        if !ends.confirm {
            return Step::Accept;
        }
        let values: Vec<f64> = wanted.iter().map(|&i| ritz.values[i]).collect();
        if let Some(found) = &self.found {
            // Whether the best value that is not wanted would have shown a hidden one, at either end.
            let shown = |rest: usize, last: usize, far: usize| {
                let reach = (ritz.values[far] - ritz.values[last]).abs();
                let short = (ritz.values[rest] - ritz.values[last]).abs() + tolerance(last);
                ritz.residuals[rest] <= tolerance(rest)
                    || missed(krylov, short / reach) <= 1.0 - ends.confidence
            };
            let seen = count > ends.wanted()
                && (ends.largest == 0 || shown(count - ends.largest - 1, count - ends.largest, 0))
                && (ends.smallest == 0 || shown(ends.smallest, ends.smallest - 1, count - 1));
            if !seen {
                return Step::GoOn;
            }
            if wanted
                .iter()
                .zip(found)
                .all(|(&i, before)| (ritz.values[i] - before).abs() <= 2.0 * tolerance(i))
            {
                return Step::Accept;
            }
        }
        self.found = Some(values);
        Step::StartAfresh
    }
}

/// A bound on the probability that the largest Ritz value of a random start falls short of the largest eigenvalue
/// by more than `short` times the width of the spectrum: 1.648 √n exp(−(2k − 1) √short) after k steps
/// (Kuczyński and Woźniakowski 1992, theorem 4.2). Blocks and kept vectors can only do better;
/// thick restarts after the random start make it an estimate.
fn missed<A: SelfAdjoint>(krylov: &Krylov<'_, A>, short: f64) -> f64 {
    let steps = krylov.steps as f64;
    1.648 * krylov.dimension().sqrt() * (-(2.0 * steps - 1.0) * short.sqrt()).exp()
}
