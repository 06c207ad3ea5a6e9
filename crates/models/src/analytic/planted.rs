//! Matrices with chosen spectra, random starts, and what is wrong with their parameters.

use super::critical::critical_point;
use super::runs::by_rows;
use crate::{CriticalPoint, Device, Point, Problem, Seed};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use spectra::{Matrix, eigenvalues};

/// A matrix of independent standard normal numbers.
pub(super) fn normal(stream: &mut impl Rng, rows: usize, columns: usize) -> Matrix {
    Matrix::from_fn(rows, columns, |_, _| stream.sample(StandardNormal))
}

/// Random orthonormal columns `[rows, columns]`, uniform (Haar) among all such: the factor Q of a Gaussian matrix whose
/// factor R has a positive diagonal (Mezzadri 2007). Costs some 4·rows·columns² operations.
pub(super) fn orthonormal(stream: &mut impl Rng, rows: usize, columns: usize) -> Matrix {
    let factored = normal(stream, rows, columns).qr();
    let (q, r) = (factored.compute_thin_Q(), factored.thin_R());
    Matrix::from_fn(rows, columns, |i, j| q[(i, j)] * r[(j, j)].signum())
}

/// L·diag(factors)·Rᵀ.
pub(super) fn scaled_product(left: &Matrix, factors: &[f64], right: &Matrix) -> Matrix {
    scaled(left, factors) * right.transpose()
}

/// L·diag(factors), for the first of L's columns.
pub(super) fn scaled(left: &Matrix, factors: &[f64]) -> Matrix {
    Matrix::from_fn(left.nrows(), factors.len(), |i, j| left[(i, j)] * factors[j])
}

/// A point whose P coordinates are independent N(0, std²), from the stream `init`.
pub(super) fn normal_start(seed: Seed, std: f64, dimension: usize, device: &Device) -> Point {
    let mut stream = seed.stream("init");
    let draw = |_| std * stream.sample::<f64, _>(StandardNormal);
    Point::from_host((0..dimension).map(draw).collect(), device)
}

/// Says which number is none.
pub(super) fn all_finite(field: &str, numbers: &[f64]) -> Result<(), Problem> {
    match numbers.iter().position(|x| !x.is_finite()) {
        Some(i) => Err(Problem::new(
            format!("{field}.{i}"),
            format!("is {}: it must be a finite number", numbers[i]),
        )),
        None => Ok(()),
    }
}

/// Whether a count lies between 1 and `most`, of which `what` says what it is.
pub(super) fn between_one_and(field: &str, count: usize, most: usize, what: &str) -> Result<(), Problem> {
    if (1..=most).contains(&count) {
        return Ok(());
    }
    let complaint = format!("is {count}: it must lie between 1 and {most}, {what}");
    Err(Problem::new(field, complaint))
}

/// Whether a count is not zero.
pub(super) fn at_least_one(field: &str, count: usize) -> Result<(), Problem> {
    match count {
        0 => Err(Problem::new(field, "is 0: there must be at least 1")),
        _ => Ok(()),
    }
}

/// Whether numbers fill `rows` rows of a width.
pub(super) fn fills(field: &str, numbers: usize, rows: usize, width: usize) -> Result<(), Problem> {
    if numbers == rows * width {
        return Ok(());
    }
    let complaint = format!(
        "has {numbers} numbers: {rows} rows of {width} are {}",
        rows * width
    );
    Err(Problem::new(field, complaint))
}

/// Whether eigenvalues are those of a matrix that can be planted: none negative, and not all zero.
pub(super) fn planted_values(field: &str, values: &[f64]) -> Result<(), Problem> {
    all_finite(field, values)?;
    if let Some(i) = values.iter().position(|x| *x < 0.0) {
        let complaint = format!("is {}: it must not be negative", values[i]);
        return Err(Problem::new(format!("{field}.{i}"), complaint));
    }
    if values.iter().all(|x| *x == 0.0) {
        return Err(Problem::new(
            field,
            "has no positive value: there would be nothing to find",
        ));
    }
    Ok(())
}

/// Parameters up to which the spectrum at a planted minimum is computed: some seconds, and 8 MB.
const FEW: usize = 1000;

/// A planted factor that is a global minimum of value 0, with the spectrum of a Hessian that is assembled on the host, where
/// the problem is small enough for it.
pub(super) fn planted_minimum(factor: &Matrix, hessian: impl FnOnce() -> Matrix) -> Option<CriticalPoint> {
    let small = factor.nrows() * factor.ncols() <= FEW;
    small.then(|| critical_point(by_rows(factor), 0.0, eigenvalues(&hessian()), true))
}
