//! Sums of matrix products: what the rules of a linear map consist of.

use crate::host;
use burn::tensor::Tensor;

/// A factor of a product: a matrix for each of s directions, or one for all of them.
#[derive(Clone, Debug)]
pub(crate) struct Factor {
    /// `[s, ·, ·]`, or `[1, ·, ·]` where all directions share the matrix.
    pub matrices: Tensor<3>,
    /// Whether each matrix stands for its transpose.
    pub transposed: bool,
}

impl Factor {
    /// One matrix for all directions.
    pub fn shared(matrix: &Tensor<2>) -> Self {
        Factor::block(&matrix.clone().unsqueeze())
    }

    /// A matrix for each direction.
    pub fn block(matrices: &Tensor<3>) -> Self {
        Factor {
            matrices: matrices.clone(),
            transposed: false,
        }
    }

    /// The transposes.
    pub fn transposed(self) -> Self {
        Factor {
            transposed: !self.transposed,
            ..self
        }
    }

    /// How many matrices there are.
    pub fn count(&self) -> usize {
        self.matrices.dims()[0]
    }

    fn as_it_multiplies(&self) -> Tensor<3> {
        let matrices = self.matrices.clone();
        if self.transposed {
            matrices.swap_dims(1, 2)
        } else {
            matrices
        }
    }
}

/// Σ left·right `[s, n, h]`, plus a row `[s, h]` or `[1, h]` below each other n times; `None` where there is no term.
pub(crate) fn sum_of_products(terms: &[(Factor, Factor)], row: Option<Tensor<2>>) -> Option<Tensor<3>> {
    let (first, _) = terms.first()?;
    if host::is_host(&first.matrices.device()) {
        return Some(host::sum_of_products(terms, row.as_ref()));
    }
    let sum = terms
        .iter()
        .map(|(left, right)| product(left, right))
        .reduce(|a, b| a + b)?;
    Some(match row {
        Some(row) => sum + row.unsqueeze_dim(1),
        None => sum,
    })
}

fn product(left: &Factor, right: &Factor) -> Tensor<3> {
    let [s, n, d] = left.matrices.dims();
    if s > 1 && right.count() == 1 && !left.transposed {
        // One large product instead of s small ones.
        let right = right.as_it_multiplies().squeeze_dim::<2>(0);
        let h = right.dims()[1];
        return left
            .matrices
            .clone()
            .reshape([s * n, d])
            .matmul(right)
            .reshape([s, n, h]);
    }
    left.as_it_multiplies().matmul(right.as_it_multiplies())
}

/// The one matrix of a sum that has a single direction.
pub(crate) fn single(sum: Option<Tensor<3>>) -> Tensor<2> {
    sum.expect("the sum has a term").squeeze_dim(0)
}
