//! Where a whole spectrum lies, from one random start.

use std::f64::consts::PI;
use std::ops::ControlFlow;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::ends::skewed;
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

/// How far the extreme Ritz value of a random start may fall short of the extreme eigenvalue, in units of the width of
/// the spectrum, with probability at least 1 − δ for **all** numbers of steps k together:
///
/// tanh²( arsinh(√(1 − s²) / s) / (2k − 1) ) with s = δ √(π / 2n).
///
/// The start is uniform on the sphere, so its component along the eigenvector exceeds s with probability 1 − δ, since
/// that component's density is at most √(n / 2π) near zero.
/// Suppose the Ritz value falls short by more than ε times the width w. Then every polynomial p of degree k − 1 has
/// Σ (λᵢ − τ) p(λᵢ)² bᵢ² < 0 at τ = λ₁ − εw. Take the p for which √((τ − λ) / (1 − ε)w) · p(λ) is the Chebyshev
/// polynomial T₂ₖ₋₁ of the root: at most 1 below τ, and sinh²((2k − 1) artanh √ε) at λ₁. So
/// b₁² sinh²(…) < 1 − b₁², which a component above s excludes for the ε above.
/// Kuczyński and Woźniakowski (1992, theorem 4.2) bound the probability for one k, with 1.648 in place of 2 √(2/π) =
/// 1.596; the event above does not depend on k, so that a search may look at each step and stop when it likes.
///
/// ```
/// // After 100 steps in a million dimensions, half a percent of the width.
/// assert!((spectra::shortfall(1_000_000, 100, 1e-3) - 0.00513).abs() < 1e-5);
/// assert_eq!(spectra::shortfall(5, 5, 1e-3), 0.0);
/// ```
pub fn shortfall(dimension: usize, steps: usize, miss: f64) -> f64 {
    if steps >= dimension {
        return 0.0;
    }
    let component = (miss * (PI / (2.0 * dimension as f64)).sqrt()).min(1.0);
    let reach = ((1.0 - component * component).sqrt() / component).asinh();
    (reach / (2.0 * steps as f64 - 1.0)).tanh().powi(2)
}

/// Where all eigenvalues of a symmetric operator lie, by Lanczos from one random vector, without restarts.
///
/// Both extreme Ritz values fall short by at most ε w with probability 1 − δ ([`shortfall`] with δ/2 at each end), so
/// that the width w is at most that of the Ritz values over 1 − 2ε: this gives [`Sight::below`] and [`Sight::above`].
/// They hold at every step together, so `decide`, which is shown each sight, may stop when it knows enough.
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
    let short = match krylov.next {
        None => 0.0,
        Some(_) => shortfall(krylov.dimension() as usize, krylov.steps, 0.5 * search.miss),
    };
    let (low, high) = (ritz.values[0], ritz.values[ritz.values.len() - 1]);
    let more = if short < 0.5 {
        short * (high - low) / (1.0 - 2.0 * short) + 2.0 * noise
    } else {
        f64::INFINITY
    };
    Sight {
        lowest,
        highest,
        below: low - more,
        above: high + more,
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
