//! Traces from exchangeable vectors: XTrace and XNysTrace.
//!
//! Each random vector takes part in the approximation of H, except in the one whose error it measures.
//! The mean over all vectors uses each product twice.
//!
//! The terms of such a mean depend on each other, so their scatter does not tell its error: taken for independent, as
//! the source does, they state an error that is up to four times too small where the spectrum decays fast.
//! The errors here are those of the jackknife, which leaves each vector out of the whole estimate in turn:
//! Σ (S₍ᵢ₎ − mean)² is in the mean at least the variance of the estimate with one vector less
//! (Efron and Stein 1981). It needs no further product. On the spectra of the tests it is 1.2 to 2.5 times
//! the true error, and up to nine times where a spectrum decays geometrically, so that one vector less is much worse.

use std::ops::ControlFlow;

use faer::linalg::solvers::DenseSolveCore;

use crate::krylov::NOISE;
use crate::orthonormal::{Orthonormal, orthonormalise_parts};
use crate::sampling::{Multiplier, inner, square, trace};
use crate::{Block, Eigen, Estimate, Matrix, Moments, Sampling, SelfAdjoint, eigen};

/// tr H and ‖H‖_F² by XTrace (Epperly, Tropp and Webber 2024).
///
/// Half of the products finds a basis Q of the image of k = m/2 random vectors ω, half multiplies it.
/// With Qᵢ, a basis of the images of all vectors but ωᵢ, and μᵢ, the part of ωᵢ orthogonal to Qᵢ
/// made as long as the root of its dimension, the estimate is the mean of tr QᵢᵀHQᵢ + μᵢᵀHμᵢ,
/// and for the square that of ‖HQᵢ‖_F² + ‖Hμᵢ‖².
/// The error is that of the jackknife.
/// Costs m = `sampling.products` products (at most 2n), and keeps 2 m vectors and a few. Where `progress` stops it, it answers as
/// [`hutchinson`](crate::hutchinson) would with the random vectors that were multiplied.
///
/// ```
/// use spectra::{DiagonalOperator, Sampling, xtrace};
/// use std::ops::ControlFlow;
/// let operator = DiagonalOperator::new((0..1000).map(|i| 0.7f64.powi(i)).collect());
/// let found = xtrace(&operator, &Sampling::new(60), |_| ControlFlow::Continue(())).unwrap();
/// assert!((found.trace.value - 1.0 / 0.3).abs() < 1e-3 && found.trace.error < 1e-3);
/// assert!((found.square.value - 1.0 / 0.51).abs() < 1e-6);
/// ```
///
/// # Panics
/// If there are fewer than four products, no columns in a block, or no dimension.
pub fn xtrace<A: SelfAdjoint>(
    operator: &A,
    sampling: &Sampling,
    progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Option<Moments> {
    let n = operator.dimension();
    let mut multiplier = Multiplier::new(operator, sampling, 4, progress);
    let count = (sampling.products / 2).min(n);
    let vectors = multiplier.random(count);
    let Some(images) = multiplier.images(&vectors) else {
        return multiplier.cut();
    };
    let Orthonormal {
        block: basis,
        within,
        lengths,
        ..
    } = orthonormalise_parts(images.iter().cloned(), NOISE * operator.round_off());
    let Some(basis) = basis else {
        let nothing = Estimate::of_mean(&lengths);
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
    let projected = grams(&basis, &product);
    let squared = grams(&product, &product);
    if projected.nrows() == n {
        let exact = |value| Estimate { value, error: 0.0 };
        return Some(Moments {
            trace: exact(trace(&projected)),
            square: exact(trace(&squared)),
            products: multiplier.products,
            stopped: false,
        });
    }

    let seen = grams(&basis, &vectors);
    let mut rests = images;
    let along: Vec<&A::Block> = product.iter().collect();
    let mut place = 0;
    for rest in &mut rests {
        let columns = rest.columns();
        rest.subtract(&along, &seen.subcols(place, columns).to_owned());
        place += columns;
    }
    let lengths = grams(&vectors, &vectors);
    let image = &projected * &seen;
    let own = |a: &Matrix, b: &Matrix| (0..count).map(|j| inner(a, j, b, j)).collect::<Vec<_>>();
    let apart = apart(&within);
    let difference = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>();
    let diagonal = |a: &Matrix| (0..count).map(|j| a[(j, j)]).collect::<Vec<_>>();
    let left = difference(&diagonal(&lengths), &own(&seen, &seen));
    let of = |quadratic: Matrix, cross: Matrix, own: Vec<f64>| {
        let whole = trace(&quadratic);
        let across = apart.transpose() * &cross;
        let inside = apart.transpose() * quadratic * &apart;
        Exchange {
            whole,
            inside,
            across,
            own,
            left: &left,
            apart: &apart,
            seen: &seen,
            dimension: n,
        }
        .estimate()
    };
    Some(Moments {
        // H times the part of ω outside of the basis is Y − Z QᵀΩ; along the basis it is R − (QᵀHQ) QᵀΩ.
        trace: of(
            projected,
            &within - &image,
            difference(&own(&seen, &image), &own(&seen, &within)),
        ),
        square: of(squared, grams(&product, &rests), diagonal(&grams(&rests, &rests))),
        products: multiplier.products,
        stopped: false,
    })
}

/// What the terms of XTrace are made of, for one quadratic form: H, or H².
///
/// s is what the basis has beyond the images of the other vectors; e is a random vector less its part in the basis.
struct Exchange<'a> {
    /// The trace of the form in the whole basis.
    whole: f64,
    /// The form between the vectors s.
    inside: Matrix,
    /// The form between each s and each e.
    across: Matrix,
    /// The form of each e.
    own: Vec<f64>,
    /// The squared length of each e.
    left: &'a [f64],
    apart: &'a Matrix,
    seen: &'a Matrix,
    dimension: usize,
}

impl Exchange<'_> {
    fn estimate(&self) -> Estimate {
        let count = self.left.len();
        let gram = self.apart.transpose() * self.apart;
        let seen = self.apart.transpose() * self.seen;
        jackknife(count, |dropped, j| self.term(&gram, &seen, dropped, j))
    }

    /// The estimate with vector j outside of the basis, and with the `dropped` one nowhere.
    fn term(&self, gram: &Matrix, seen: &Matrix, dropped: Option<usize>, j: usize) -> f64 {
        let inside = &self.inside;
        // a is the s of the dropped vector, b is what the s of vector j has beside it: orthonormal, or zero.
        let (i, has) = dropped.map_or((j, 0.0), |i| (i, 1.0));
        let along = has * gram[(i, j)];
        let rest = gram[(j, j)] - along * along;
        let shrink = if rest > 1e-14 { 1.0 / rest.sqrt() } else { 0.0 };
        let beside = |a: f64, b: f64| shrink * (b - along * a);
        let (a, b) = (has * seen[(i, j)], beside(seen[(i, j)], seen[(j, j)]));
        let (ae, be) = (
            self.across[(i, j)],
            beside(self.across[(i, j)], self.across[(j, j)]),
        );
        let aa = has * inside[(i, i)];
        let ab = has * beside(inside[(i, i)], inside[(i, j)]);
        let bb = shrink
            * shrink
            * (inside[(j, j)] - 2.0 * along * inside[(i, j)] + along * along * inside[(i, i)]);
        let form = self.own[j] + 2.0 * (a * ae + b * be) + a * a * aa + 2.0 * a * b * ab + b * b * bb;
        let length = self.left[j] + a * a + b * b;
        let outside = [has * gram[(i, i)], if shrink > 0.0 { 1.0 } else { 0.0 }];
        let rank = self.apart.nrows() as f64 - outside.iter().sum::<f64>().round();
        self.whole - aa - bb + (self.dimension as f64 - rank) * form / length
    }
}

/// The mean of the terms over all vectors, and the error by leaving each out of all of them.
fn jackknife(count: usize, term: impl Fn(Option<usize>, usize) -> f64) -> Estimate {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let over = |dropped: Option<usize>| {
        let others = (0..count).filter(|&j| Some(j) != dropped);
        mean(&others.map(|j| term(dropped, j)).collect::<Vec<_>>())
    };
    let without: Vec<f64> = (0..count).map(|i| over(Some(i))).collect();
    let center = mean(&without);
    Estimate {
        value: over(None),
        error: match count {
            1 => f64::INFINITY,
            _ => without
                .iter()
                .map(|value| (value - center).powi(2))
                .sum::<f64>()
                .sqrt(),
        },
    }
}

/// For each column of R the unit vector orthogonal to all others: the rows of R⁻¹, made unit vectors.
/// Zeros if the columns are dependent: then the others span what all span.
fn apart(within: &Matrix) -> Matrix {
    let count = within.ncols();
    if within.nrows() < count {
        return Matrix::zeros(within.nrows(), count);
    }
    // The rows of R belong to directions of very different lengths: the inverse is taken of rows of length one.
    let lengths: Vec<f64> = (0..count).map(|i| within.row(i).norm_l2()).collect();
    let even = Matrix::from_fn(count, count, |i, j| within[(i, j)] / lengths[i]);
    let inverse = even.partial_piv_lu().inverse();
    let raw = Matrix::from_fn(count, count, |i, j| inverse[(j, i)] / lengths[i]);
    Matrix::from_fn(count, count, |i, j| raw[(i, j)] / raw.col(j).norm_l2())
}

/// The trace of a positive semi-definite operator by XNysTrace (Epperly, Tropp and Webber 2024).
///
/// With Ω all k random vectors and Y = HΩ, the Nyström approximation Y(ΩᵀY)⁻¹Yᵀ agrees with H on Ω. The estimate is
/// the mean over i of the trace of the one without ωᵢ plus what ωᵢ measures of its error, as in [`xtrace`].
/// H is shifted by little more than the noise, which is taken off again, so that ΩᵀY can be inverted.
/// The error is that of the jackknife.
/// Costs k = `sampling.products` products (at most n), and keeps 3 k vectors and a few.
/// Where the spectrum decays fast, it is the best of the four for the same products.
///
/// None if `progress` stops it; [`Semidefinite::No`] if the products show that the operator has a negative eigenvalue.
///
/// ```
/// use spectra::{DiagonalOperator, Sampling, Semidefinite, xnystrace};
/// use std::ops::ControlFlow;
/// let operator = DiagonalOperator::new((0..1000).map(|i| 0.7f64.powi(i)).collect());
/// let found = xnystrace(&operator, &Sampling::new(60), |_| ControlFlow::Continue(()));
/// let Some(Semidefinite::Yes(trace)) = found else { panic!("{found:?}") };
/// assert!((trace.value - 1.0 / 0.3).abs() < 1e-6 && trace.error < 1e-5);
/// let saddle = DiagonalOperator::new((0..1000).map(|i| f64::from(i) - 500.0).collect());
/// let found = xnystrace(&saddle, &Sampling::new(40), |_| ControlFlow::Continue(()));
/// assert_eq!(found, Some(Semidefinite::No));
/// ```
///
/// # Panics
/// If there are fewer than two products, no columns in a block, or no dimension.
pub fn xnystrace<A: SelfAdjoint>(
    operator: &A,
    sampling: &Sampling,
    progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Option<Semidefinite> {
    let n = operator.dimension();
    let mut multiplier = Multiplier::new(operator, sampling, 2, progress);
    let count = sampling.products.min(n);
    let vectors = multiplier.random(count);
    let mut images = multiplier.times(&vectors)?;
    let lengths = grams(&vectors, &vectors);
    let size = trace(&grams(&images, &images)).sqrt();
    if !size.is_finite() {
        return Some(Semidefinite::Yes(Estimate {
            value: f64::NAN,
            error: f64::NAN,
        }));
    }
    let noise = NOISE * operator.round_off() * size;
    let least = eigen(&symmetric(grams(&vectors, &images))).values[0];
    if least < -noise {
        return Some(Semidefinite::No);
    }
    let shift = noise + 2.0 * (-least).max(0.0);
    for (image, part) in images.iter_mut().zip(&vectors) {
        let columns = part.columns();
        let diagonal = |i: usize, j: usize| if i == j { -shift } else { 0.0 };
        image.subtract(&[part], &Matrix::from_fn(columns, columns, diagonal));
    }
    let Some(basis) = orthonormalise_parts(images.iter().cloned(), 0.0).block else {
        // Nothing came out of it, and the noise of nothing is nothing.
        return Some(Semidefinite::Yes(Estimate {
            value: 0.0,
            error: 0.0,
        }));
    };
    let within = grams(&basis, &images);
    let pairs = eigen(&symmetric(grams(&vectors, &images)));
    let root = inverse_root(&pairs);
    let factor = &within * &root;
    // Column i of YH⁻¹, in the coordinates of the basis.
    let columns = &factor * root.transpose();
    let (inverse, squares) = (&root * root.transpose(), columns.transpose() * &columns);
    let root = inverse_root(&eigen(&symmetric(lengths)));
    let lengths = &root * root.transpose();
    let whole = square(&factor);
    if count == n {
        return Some(Semidefinite::Yes(Estimate {
            value: whole - shift * n as f64,
            error: 0.0,
        }));
    }
    // Leaving vector i out takes away what H⁻¹ and its like have along their column i.
    let left = |matrix: &Matrix, i: usize, j: usize| matrix[(j, j)] - matrix[(i, j)].powi(2) / matrix[(i, i)];
    let estimate = jackknife(count, |dropped, j| {
        let (rest, precision, image, length, outside) = match dropped {
            None => (whole, inverse[(j, j)], squares[(j, j)], lengths[(j, j)], 1),
            Some(i) => {
                let ratio = inverse[(i, j)] / inverse[(i, i)];
                let image = squares[(j, j)] - 2.0 * ratio * squares[(i, j)] + ratio * ratio * squares[(i, i)];
                let rest = whole - squares[(i, i)] / inverse[(i, i)];
                (rest, left(&inverse, i, j), image, left(&lengths, i, j), 2)
            }
        };
        let complement = (n + outside - count) as f64;
        rest - image / precision + complement * length / precision - shift * n as f64
    });
    Some(Semidefinite::Yes(estimate))
}

/// What [`xnystrace`] can say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Semidefinite {
    /// The trace of an operator that looked semi-definite.
    Yes(Estimate),
    /// The operator has a negative eigenvalue, so that the method does not apply: [`xtrace`] does.
    No,
}

/// Inner products of all vectors of two lists.
fn grams<B: Block>(left: &[B], right: &[B]) -> Matrix {
    B::grams(
        &left.iter().collect::<Vec<_>>(),
        &right.iter().collect::<Vec<_>>(),
    )
}

/// A root W of the inverse: WWᵀ = H⁻¹.
fn inverse_root(pairs: &Eigen) -> Matrix {
    let count = pairs.values.len();
    Matrix::from_fn(count, count, |i, j| {
        pairs.vectors[(i, j)] / pairs.values[j].sqrt()
    })
}

fn symmetric(matrix: Matrix) -> Matrix {
    Matrix::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        0.5 * (matrix[(i, j)] + matrix[(j, i)])
    })
}
