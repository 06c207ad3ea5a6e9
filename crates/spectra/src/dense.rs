//! Whole spectra of small problems.

use std::ops::ControlFlow;

use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::{MatMut, Par};

use crate::{Block, Matrix, SelfAdjoint};

/// The fewest rows of a matrix that several threads work on: for a smaller one they would wait longer than it takes.
const PARALLEL: usize = 256;
/// Into how many parts its work is cut, however many threads share them: how sums are rounded depends on the parts alone.
const PARTS: usize = 8;

/// Cuts the work on all dense matrices of this process into the same parts, whatever the number of threads that share them.
///
/// To be called before the first; the spectra of this crate need no such call. Else faer cuts it into as many parts as there
/// are threads, and what it decomposes is rounded in another way for each number of them.
pub fn fix_parts() {
    faer::set_global_parallelism(Par::rayon(PARTS));
}

/// All eigenvalues and eigenvectors of a symmetric matrix.
#[derive(Clone, Debug)]
pub struct Eigen {
    /// The eigenvalues, ascending.
    pub values: Vec<f64>,
    /// The orthonormal eigenvectors: column i belongs to value i.
    pub vectors: Matrix,
}

/// All eigenvalues, ascending, and eigenvectors of a symmetric matrix, of which the lower triangle is read.
///
/// Costs about 9 n³ operations. A matrix with an entry that is not finite gives NaN everywhere.
///
/// ```
/// use spectra::{Matrix, eigen};
/// let pair = eigen(&Matrix::from_fn(2, 2, |i, j| if i == j { 2.0 } else { 1.0 }));
/// assert!((pair.values[0] - 1.0).abs() < 1e-15 && (pair.values[1] - 3.0).abs() < 1e-15);
/// assert!((pair.vectors[(0, 1)].abs() - 0.5f64.sqrt()).abs() < 1e-15);
/// ```
pub fn eigen(matrix: &Matrix) -> Eigen {
    let n = matrix.nrows();
    assert_eq!(n, matrix.ncols(), "a symmetric matrix is square");
    if !matrix.is_all_finite() {
        return Eigen {
            values: vec![f64::NAN; n],
            vectors: Matrix::full(n, n, f64::NAN),
        };
    }
    let mut vectors = Matrix::zeros(n, n);
    let values = decomposed(matrix, Some(vectors.as_mut()));
    Eigen { values, vectors }
}

/// The eigenvalues of a finite symmetric matrix, ascending, and its eigenvectors where there is room for them.
fn decomposed(matrix: &Matrix, vectors: Option<MatMut<f64>>) -> Vec<f64> {
    let n = matrix.nrows();
    let par = match n < PARALLEL {
        true => Par::Seq,
        false => Par::rayon(PARTS),
    };
    let wanted = match vectors {
        Some(_) => ComputeEigenvectors::Yes,
        None => ComputeEigenvectors::No,
    };
    let scratch = self_adjoint_evd_scratch::<f64>(n, wanted, par, Default::default());
    let mut values = Diag::zeros(n);
    self_adjoint_evd(
        matrix.as_ref(),
        values.as_mut(),
        vectors,
        par,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Default::default(),
    )
    .expect("QR iterations converge on a finite matrix");
    values.column_vector().iter().copied().collect()
}

/// All eigenvalues of a symmetric matrix, ascending; only the lower triangle is read.
///
/// Costs about 4/3 n³ operations. A matrix with an entry that is not finite gives NaN everywhere.
///
/// ```
/// use spectra::{Matrix, eigenvalues};
/// let values = eigenvalues(&Matrix::from_fn(3, 3, |_, _| 1.0));
/// assert!(values[0].abs() < 1e-15 && values[1].abs() < 1e-15 && (values[2] - 3.0).abs() < 1e-14);
/// ```
pub fn eigenvalues(matrix: &Matrix) -> Vec<f64> {
    assert_eq!(matrix.nrows(), matrix.ncols(), "a symmetric matrix is square");
    if !matrix.is_all_finite() {
        return vec![f64::NAN; matrix.nrows()];
    }
    decomposed(matrix, None)
}

/// The matrix of an operator, written out.
#[derive(Clone, Debug)]
pub struct Explicit {
    /// ½ (A + Aᵀ), `[n, n]`.
    pub matrix: Matrix,
    /// max |A − Aᵀ| over the entries: what the products lack of symmetry. Rounding, or a bug in the operator.
    pub asymmetry: f64,
}

/// The matrix of a small operator, by n products with the columns of the identity, `block` at a time.
///
/// Needs n² numbers on the host. Together with [`eigenvalues`] it gives the whole spectrum.
///
/// ```
/// use spectra::{DiagonalOperator, eigenvalues, explicit};
/// let written = explicit(&DiagonalOperator::new(vec![3.0, -1.0, 2.0]), 2);
/// assert_eq!(eigenvalues(&written.matrix), [-1.0, 2.0, 3.0]);
/// assert_eq!(written.asymmetry, 0.0);
/// ```
pub fn explicit<A: SelfAdjoint>(operator: &A, block: usize) -> Explicit {
    explicit_unless(operator, block, |_| ControlFlow::Continue(())).expect("nobody stops it")
}

/// [`explicit`], unless `progress`, which hears how many vectors have been multiplied, stops it.
pub(crate) fn explicit_unless<A: SelfAdjoint>(
    operator: &A,
    block: usize,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Option<Explicit> {
    assert!(block > 0, "a block has at least one column");
    let n = operator.dimension();
    let unit = |j: usize| (0..n).map(|i| f64::from(u8::from(i == j))).collect::<Vec<_>>();
    let blocks: Vec<A::Block> = (0..n)
        .step_by(block)
        .map(|start| operator.block(&(start..n.min(start + block)).map(unit).collect::<Vec<_>>()))
        .collect();
    let basis: Vec<&A::Block> = blocks.iter().collect();
    let mut raw = Matrix::zeros(n, n);
    for (k, vectors) in blocks.iter().enumerate() {
        let part = A::Block::gram(&basis, &operator.apply(vectors));
        raw.as_mut().subcols_mut(k * block, part.ncols()).copy_from(&part);
        if progress(k * block + part.ncols()).is_break() {
            return None;
        }
    }
    // `max` of floats skips NaN, which would look like perfect symmetry; this maximum keeps it.
    let gap = |(i, j): (usize, usize)| (raw[(i, j)] - raw[(j, i)]).abs();
    let pairs = (0..n).flat_map(|j| (0..j).map(move |i| (i, j)));
    let asymmetry = pairs
        .map(gap)
        .fold(0.0, |a: f64, b: f64| if a >= b { a } else { b + 0.0 * a });
    Some(Explicit {
        matrix: Matrix::from_fn(n, n, |i, j| 0.5 * (raw[(i, j)] + raw[(j, i)])),
        asymmetry,
    })
}
