//! Where a whole spectrum lies, from one random start.

use std::ops::ControlFlow;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::ends::skewed;
use crate::jacobi::least_mass;
use crate::krylov::{Krylov, NotFinite};
use crate::residual::quotients;
use crate::ritz::Ritz;
use crate::sampling::select;
use crate::{Ending, SelfAdjoint};

/// How long to look, and how sure to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// The most steps, one product each; as many vectors are kept.
    pub products: usize,
    /// The probability δ with which the bounds may fail.
    pub miss: f64,
    /// The noise of a product with a unit vector, where it is known to exceed what rounding explains.
    pub noise: f64,
    /// The seed of the random start.
    pub seed: u64,
}

/// An outermost Ritz pair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outermost {
    /// The Rayleigh quotient of its unit vector.
    pub value: f64,
    /// Some eigenvalue lies within this distance: the residual and the noise of the products.
    pub bound: f64,
}

/// What is known after some steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// The smallest Ritz value.
    pub lowest: Outermost,
    /// The largest Ritz value.
    pub highest: Outermost,
    /// No eigenvalue is smaller, with probability 1 − δ for all steps together. Infinite after too few of them.
    pub below: f64,
    /// No eigenvalue is larger, with the same probability.
    pub above: f64,
    /// How many steps were made.
    pub steps: usize,
    /// The noise of the products.
    pub noise: f64,
}

/// Where a whole spectrum lies.
#[derive(Clone, Debug)]
pub struct Extent<B> {
    /// What is known; the outermost pairs by fresh products.
    pub sight: Sight,
    /// The unit vectors of the lowest and the highest pair; only one in dimension one.
    pub vectors: B,
    /// Why the search ended.
    pub ending: Ending,
    /// How many vectors were multiplied.
    pub products: usize,
    /// The largest |uᵀHv − vᵀHu| seen on vectors of the basis.
    pub asymmetry: f64,
}

impl<B> Extent<B> {
    /// Whether the basis spanned the whole space, so that the bounds are no matter of chance.
    pub fn whole(&self) -> bool {
        self.ending == Ending::WholeSpace
    }

    /// Says so where the operator is not symmetric beyond rounding: then it need not have these eigenvalues.
    pub fn skewed(&self) -> Option<String> {
        skewed(self.asymmetry, self.sight.noise)
    }
}

/// Where all eigenvalues of a symmetric operator lie, by Lanczos from one random vector, without restarts.
///
/// The start is uniform on the sphere, so with probability 1 − δ the square of its component along each of the two extreme
/// eigenvectors exceeds δ² π / 8n. Beyond [`Sight::below`] and [`Sight::above`] no such mass is possible, by the
/// coefficients of the steps (the Christoffel function, Akhiezer 1965).
/// The chance lies in the start alone: all steps together have it once, so `decide`, which is shown each sight, may stop
/// when it knows enough.
///
/// Costs one product a step and two for the final check; keeps as many vectors as steps were made.
///
/// ```
/// use spectra::{DiagonalOperator, Search, extent};
/// use std::ops::ControlFlow;
/// let operator = DiagonalOperator::new((0..2000).map(|i| f64::from(i) / 2000.0 - 0.25).collect());
/// let search = Search { products: 100, miss: 0.01, noise: 0.0, seed: 3 };
/// let found = extent(&operator, &search, |sight| {
///     if sight.lowest.value + sight.lowest.bound < -0.1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
/// });
/// assert!(found.sight.lowest.value < -0.1 && found.products < 40);
/// ```
///
/// # Panics
/// If the operator has dimension zero, no product is allowed, or the probability is not between 0 and 1.
pub fn extent<A: SelfAdjoint>(
    operator: &A,
    search: &Search,
    mut decide: impl FnMut(&Sight) -> ControlFlow<()>,
) -> Extent<A::Block> {
    assert!(
        operator.dimension() > 0,
        "an operator of dimension zero has no spectrum"
    );
    assert!(search.products > 0, "at least one product is needed");
    assert!(
        search.miss > 0.0 && search.miss < 1.0,
        "the probability {} is not between 0 and 1",
        search.miss
    );
    let stream = ChaCha8Rng::seed_from_u64(search.seed);
    let mut krylov = Krylov::new(operator, 1, stream);
    krylov.floor = search.noise;
    let mut due = 0;
    let ending = loop {
        if let Err(NotFinite) = krylov.advance() {
            break Ending::NotFinite;
        }
        let whole = krylov.next.is_none();
        let spent = krylov.products >= search.products;
        if !(whole || spent || krylov.size() >= due) {
            continue;
        }
        due = krylov.size() + krylov.size() / 16 + 1;
        let ritz = krylov.ritz();
        let last = ritz.values.len() - 1;
        let pair = |i: usize| Outermost {
            value: ritz.values[i],
            bound: ritz.residuals[i] + krylov.noise(),
        };
        let sight = bounded(&krylov, search, &ritz, pair(0), pair(last));
        match decide(&sight) {
            _ if whole => break Ending::WholeSpace,
            ControlFlow::Break(()) => break Ending::Converged,
            ControlFlow::Continue(()) if spent => break Ending::MaxProducts,
            ControlFlow::Continue(()) => {}
        }
    };
    if krylov.size() == 0 {
        let start = krylov
            .next
            .take()
            .expect("the vector whose product was not finite");
        return nothing(start, krylov.products);
    }
    let ritz = krylov.ritz();
    let mut ends = vec![0, ritz.values.len() - 1];
    ends.dedup();
    let vectors = krylov.vectors(&ritz, &ends);
    let measured = quotients(&vectors, operator.apply(&vectors));
    let pair = |(value, residual): (f64, f64)| Outermost {
        value,
        bound: residual + krylov.noise(),
    };
    let (low, high) = (pair(measured[0]), pair(measured[measured.len() - 1]));
    let mut sight = bounded(&krylov, search, &ritz, low, high);
    if ending == Ending::NotFinite {
        (sight.below, sight.above) = (f64::NEG_INFINITY, f64::INFINITY);
    }
    Extent {
        sight,
        vectors,
        ending,
        products: krylov.products + ends.len(),
        asymmetry: krylov.asymmetry,
    }
}

/// The bounds that follow from the Ritz values after so many steps.
///
/// Rounding makes the basis that of an operator within the noise, and the Ritz values are off by as much.
fn bounded<A: SelfAdjoint>(
    krylov: &Krylov<'_, A>,
    search: &Search,
    ritz: &Ritz,
    lowest: Outermost,
    highest: Outermost,
) -> Sight {
    let noise = krylov.noise();
    let least = least_mass(krylov.operator.dimension(), 0.5 * search.miss);
    let (below, above) = match krylov.next {
        None => (ritz.values[0], ritz.values[ritz.values.len() - 1]),
        Some(_) => krylov.jacobi().bounds(least),
    };
    Sight {
        lowest,
        highest,
        below: below - 2.0 * noise,
        above: above + 2.0 * noise,
        steps: krylov.steps,
        noise,
    }
}

/// The answer where already the first product is not finite.
fn nothing<B: crate::Block>(start: B, products: usize) -> Extent<B> {
    let unknown = Outermost {
        value: f64::NAN,
        bound: f64::INFINITY,
    };
    Extent {
        sight: Sight {
            lowest: unknown,
            highest: unknown,
            below: f64::NEG_INFINITY,
            above: f64::INFINITY,
            steps: 0,
            noise: f64::NAN,
        },
        vectors: select(&start, &[0]),
        ending: Ending::NotFinite,
        products,
        asymmetry: 0.0,
    }
}
