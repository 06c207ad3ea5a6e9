//! The final check: residuals of fresh products.

use crate::krylov::Krylov;
use crate::lanczos::chosen;
use crate::sampling::select;
use crate::{
    Block, Convergence, EigenPairs, Ending, Ends, Matrix, Pair, SelfAdjoint, Unseen, orthogonality_defect,
};

/// Noise is taken as so many times the deviation from linearity: it entered each step of the iteration too.
const DEVIATIONS: f64 = 4.0;

/// The wanted pairs of a basis, with residuals from fresh products, `block` vectors at a time.
///
/// Bounds from the iteration know neither the rounding of the vectors nor the noise of the products.
/// One more product, with a mixture of the vectors, measures that noise: it should be the mixture of their products.
pub(crate) fn check<A: SelfAdjoint>(
    operator: &A,
    ends: &Ends,
    mut krylov: Krylov<'_, A>,
    ending: Ending,
    unseen: Option<Unseen>,
) -> EigenPairs<A::Block> {
    let ritz = krylov.ritz();
    let unseen = match ending {
        Ending::WholeSpace => Some(Unseen::in_whole_space(ends, &ritz.values)),
        _ => unseen,
    };
    let vectors = krylov.finish(&ritz, &chosen(ritz.values.len(), ends.largest, ends.smallest));
    let count = vectors.columns();

    let mut measured = Vec::with_capacity(count);
    let mixture = mixture(count);
    let mut mixed = operator.apply(&A::Block::combine(&[&vectors], &mixture));
    for start in (0..count).step_by(ends.block) {
        let part = select(
            &vectors,
            &(start..count.min(start + ends.block)).collect::<Vec<_>>(),
        );
        let product = operator.apply(&part);
        mixed.subtract(&[&product], &mixture.subrows(start, part.columns()).to_owned());
        measured.extend(quotients(&part, product));
    }
    krylov.products += count + 1;
    let deviation = A::Block::gram(&[&mixed], &mixed)[(0, 0)].sqrt();
    let noise = krylov.noise().max(DEVIATIONS * deviation);

    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&i, &j| measured[j].0.total_cmp(&measured[i].0));
    let pairs = order.iter().map(|&i| judge(ends, noise, measured[i])).collect();
    let unseen = unseen.map(|unseen| unseen.wider(noise));
    let vectors = if order.is_sorted() {
        vectors
    } else {
        select(&vectors, &order)
    };
    EigenPairs {
        pairs,
        orthogonality_defect: orthogonality_defect(&[&vectors]),
        vectors,
        ending,
        products: krylov.products,
        asymmetry: krylov.asymmetry,
        norm: krylov.norm,
        noise,
        unseen,
        asked: (ends.largest, ends.smallest),
    }
}

/// The answer when already the first product is not finite: values that are not numbers, at the start vectors.
pub(crate) fn not_finite<A: SelfAdjoint>(krylov: Krylov<'_, A>, ends: &Ends) -> EigenPairs<A::Block> {
    let start = krylov
        .next
        .as_ref()
        .expect("the block whose product was not finite");
    let all: Vec<usize> = (0..start.columns().min(ends.wanted())).collect();
    let vectors = select(start, &all);
    let pair = Pair {
        value: f64::NAN,
        residual: f64::INFINITY,
        bound: f64::INFINITY,
        convergence: Convergence::Unconverged,
    };
    EigenPairs {
        pairs: vec![pair; all.len()],
        orthogonality_defect: orthogonality_defect(&[&vectors]),
        vectors,
        ending: Ending::NotFinite,
        products: krylov.products,
        asymmetry: krylov.asymmetry,
        norm: f64::NAN,
        noise: f64::NAN,
        unseen: None,
        asked: (ends.largest, ends.smallest),
    }
}

/// Coefficients of a vector of length 0.7. With powers of two, products would be rounded like the vectors themselves.
fn mixture(count: usize) -> Matrix {
    let raw: Vec<f64> = (1..=count).map(|i| 1.5 + (i as f64).cos()).collect();
    let length = raw.iter().map(|x| x * x).sum::<f64>().sqrt();
    Matrix::from_fn(count, 1, |i, _| 0.7 * raw[i] / length)
}

/// Rayleigh quotient and residual of each column x, from the product Hx.
pub(crate) fn quotients<B: Block>(vectors: &B, mut product: B) -> Vec<(f64, f64)> {
    let projected = B::gram(&[vectors], &product);
    let own = B::gram(&[vectors], vectors);
    let count = vectors.columns();
    let values: Vec<f64> = (0..count).map(|i| projected[(i, i)] / own[(i, i)]).collect();
    let diagonal = |i: usize, j: usize| if i == j { values[i] } else { 0.0 };
    product.subtract(&[vectors], &Matrix::from_fn(count, count, diagonal));
    let left = B::gram(&[&product], &product);
    (0..count)
        .map(|i| (values[i], (left[(i, i)] / own[(i, i)]).sqrt()))
        .collect()
}

/// Holds a residual against the tolerances.
fn judge(ends: &Ends, noise: f64, (value, residual): (f64, f64)) -> Pair {
    let tests = [
        (noise, Convergence::Noise),
        (ends.absolute, Convergence::Absolute),
        (ends.relative * value.abs(), Convergence::Relative),
    ];
    let (threshold, test) = tests
        .into_iter()
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .expect("there are three");
    let convergence = if residual <= threshold {
        test
    } else {
        Convergence::Unconverged
    };
    Pair {
        value,
        residual,
        bound: residual + noise,
        convergence,
    }
}
