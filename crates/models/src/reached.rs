//! The parameters that a network's inputs reach: everything else in its first layer changes nothing.

use crate::layers::{Factor, sum_of_products};
use crate::network::side_by_side;
use crate::{Architecture, Directions, Objective, Point, Precision, Risk, Seed, host};
use burn::tensor::Tensor;
use faer::{Mat, MatRef};
use rand::RngExt;
use spectra::{Block, Matrix, eigen};

/// The most numbers in the inputs, and the most columns of the matrix that is decomposed: it takes less than a second.
const NUMBERS: usize = 1 << 22;
const COLUMNS: usize = 2_048;
/// Inputs are known up to so many round-offs of their norm: each number is the result of two operations or more.
const ROUNDINGS: f64 = 2.0;
/// Where a smaller share of the parameters than this is left out, nothing is.
const WORTH: f64 = 0.1;

/// A risk in those parameters that its inputs reach.
///
/// A network whose first layer is x ↦ xW depends on the rows of W only through XW, with all inputs X `[n, d]` below each
/// other. Where these have the rank r < d, as they do where there are fewer examples than pixels, where pixels are the same in
/// all images, or where images were enlarged, X = ZQᵀ with orthonormal columns Q `[d, r + 1]` and one column of zeros in Z: the
/// network with the inputs Z and the first matrix QᵀW is the same function. With U = Q ⊗ I beside the identity of all other
/// parameters, the Hessian, the Gauss–Newton matrix and their difference are UM′Uᵀ, M′ being that of the smaller network: what
/// else there is are zeros. The column of zeros keeps as many of these as the first layer has outputs, so that the ends of
/// M′ are the ends of M, copies of zero included.
///
/// In single precision only, for large networks ([`Risk::LARGE`]): rank is told up to the rounding of the inputs,
/// ‖X − ZQᵀ‖ ≤ 2u‖X‖ (Frobenius), which moves products by as much as rounding them does.
#[derive(Debug)]
pub struct Reached {
    /// The risk in the smaller space, `[P′]`.
    pub risk: Risk,
    /// The point there.
    pub at: Point,
    /// The rank r of the inputs.
    pub rank: usize,
    /// Q `[d, r + 1]`.
    columns: Tensor<2>,
}

/// What is known of a first layer `[inputs, outputs]` in a network before the rank of its inputs is.
#[derive(Clone, Copy)]
struct First {
    parameters: usize,
    inputs: usize,
    outputs: usize,
}

impl First {
    /// The parameters that are left where the inputs have another width; `None` where that is not worth the while.
    fn left(self, width: usize) -> Option<usize> {
        let spared = self.inputs.saturating_sub(width) * self.outputs;
        let left = self.parameters - spared;
        (spared as f64 >= WORTH * self.parameters as f64 && left >= Risk::LARGE).then_some(left)
    }

    /// The smallest width with which a large network stays large.
    fn least(self) -> usize {
        let others = self.parameters - self.inputs * self.outputs;
        Risk::LARGE.saturating_sub(others).div_ceil(self.outputs)
    }

    /// The width that is needed at most for so many examples; `None` where less is not looked for.
    fn most(self, examples: usize, precision: Precision) -> Option<usize> {
        let width = self.inputs.min(examples.saturating_add(1).max(self.least()));
        let small = examples.saturating_mul(self.inputs) <= NUMBERS && width <= COLUMNS;
        (small && precision == Precision::F32).then_some(width)
    }
}

impl Architecture {
    /// How many parameters the inputs of so many examples reach at most ([`Reached`]): all of them where none are left out.
    ///
    /// ```
    /// use models::{Architecture, Precision};
    /// let model = Architecture::DeepLinear { hidden: vec![400] };
    /// // 300 images of 784 pixels, and one direction beside them.
    /// assert_eq!(model.reached(784, 10, 300, Precision::F32), (301 + 10) * 400);
    /// assert_eq!(model.reached(784, 10, 300, Precision::F64), (784 + 10) * 400);
    /// ```
    pub fn reached(&self, inputs: usize, outputs: usize, examples: usize, precision: Precision) -> usize {
        let parameters = self.sizes(inputs, outputs).parameters;
        let few = || {
            let outputs = self.first_linear(outputs)?;
            let first = First {
                parameters,
                inputs,
                outputs,
            };
            first.left(first.most(examples, precision)?)
        };
        few().unwrap_or(parameters)
    }
}

impl Risk {
    /// This risk around a point in the parameters that its inputs reach, where that leaves a tenth of them out; `None` elsewhere.
    ///
    /// Costs a decomposition of a symmetric matrix of min(n + 1, d) rows.
    pub fn reached(&self, at: &Point) -> Option<Reached> {
        let device = &self.space().device;
        let outputs = self.network().first_linear()?;
        let (n, d) = (self.examples(), self.network().inputs());
        let first = First {
            parameters: self.space().dimension,
            inputs: d,
            outputs,
        };
        let most = first.most(n, device.precision)?;
        first.left(first.least().max(1))?;
        let inputs = self.inputs();
        let x = Mat::from_fn(n, d, |i, j| inputs[i * d + j]);
        // With few examples, in the space that they and one more vector span, or as many as are left at least.
        let span = (most < d).then(|| {
            let mut stream = Seed(0).stream("beside all inputs");
            let beside = Mat::from_fn(d, most - n, |_, _| stream.random_range(-1.0..1.0));
            let all = Mat::from_fn(d, most, |j, i| if i < n { x[(i, j)] } else { beside[(j, i - n)] });
            all.qr().compute_thin_Q()
        });
        let x = match &span {
            Some(span) => &x * span,
            None => x,
        };
        let (rank, turn, turned) = principal(&x, ROUNDINGS * device.precision.round_off());
        let width = (rank + 1).max(first.least());
        first.left(width)?;
        let turn = turn.subcols(0, width);
        let columns = match &span {
            Some(span) => span * turn,
            None => turn.to_owned(),
        };
        let columns = device.upload(in_rows(columns.as_ref(), width, width), [d, width]);
        let risk = self.with_inputs(&in_rows(turned.as_ref(), rank, width), width);
        let at = turned_first(&columns, &at.tensor().clone().unsqueeze(), outputs, true);
        Some(Reached {
            risk,
            at: Point::new(at.squeeze_dim(0)),
            rank,
            columns,
        })
    }
}

impl Reached {
    /// U·v `[s, P]` of directions v `[s, P′]`, where these lie.
    pub fn lifted(&self, directions: &Directions) -> Directions {
        self.turned(directions, false)
    }

    /// Uᵀ·v `[s, P′]` of directions v `[s, P]`, where these lie.
    pub fn projected(&self, directions: &Directions) -> Directions {
        self.turned(directions, true)
    }

    fn turned(&self, directions: &Directions, transposed: bool) -> Directions {
        let there = directions.rows().device();
        let columns = match there == self.columns.device() {
            true => self.columns.clone(),
            false => Tensor::from_data(self.columns.to_data(), (&there, self.columns.dtype())),
        };
        let outputs = self.risk.network().first_linear().expect("it is the same layer");
        Directions::new(turned_first(&columns, directions.rows(), outputs, transposed))
    }

    /// A unit vector v `[P]`, half random and half along a direction such as the gradient, in which large eigenvalues take part.
    pub fn sample(&self, along: &Directions) -> Directions {
        let mut stream = Seed(0).stream("defect of what is reached");
        let draws = (0..along.dimension()).map(|_| stream.random_range(-1.0..1.0));
        let random = unit(&Directions::from_host(draws.collect(), &self.risk.space().device));
        match along.norms()[0] > 0.0 {
            true => unit(&random.plus(&unit(along))),
            false => random,
        }
    }

    /// How far a product M′ of the smaller network is from the product of M: ‖Mv − UM′Uᵀv‖ for the sample v.
    pub fn defect(
        &self,
        sample: &Directions,
        product: &Directions,
        reached: impl Fn(&Directions) -> Directions,
    ) -> f64 {
        let other = self.lifted(&reached(&self.projected(sample)));
        product.minus(&other).norms()[0]
    }
}

/// v/‖v‖.
fn unit(v: &Directions) -> Directions {
    let norm = v.norms()[0];
    Directions::combine(&[v], &Matrix::from_fn(1, 1, |_, _| 1.0 / norm))
}

/// The rank of X `[n, m]` up to an error of `tolerance`·‖X‖ (Frobenius), its right singular vectors E, one a column, those of
/// the largest singular values first, and XE.
fn principal(x: &Matrix, tolerance: f64) -> (usize, Matrix, Matrix) {
    let m = x.ncols();
    let vectors = eigen(&(x.transpose() * x)).vectors;
    let turn = Mat::from_fn(m, m, |i, j| vectors[(i, m - 1 - j)]);
    // The lengths of XE are far more accurate than the roots of the eigenvalues.
    let turned = x * &turn;
    let squares: Vec<f64> = turned.col_iter().map(|column| column.squared_norm_l2()).collect();
    let allowed = tolerance.powi(2) * squares.iter().sum::<f64>();
    let mut left = 0.0;
    let negligible = squares.iter().rev().take_while(|square| {
        left += **square;
        left <= allowed
    });
    (m - negligible.count(), turn, turned)
}

/// The first numbers of each row of a matrix, `count` of them, and zeros up to the width, row after row.
fn in_rows(matrix: MatRef<f64>, count: usize, width: usize) -> Vec<f64> {
    let entry = |i: usize, j: usize| if j < count { matrix[(i, j)] } else { 0.0 };
    (0..matrix.nrows())
        .flat_map(|i| (0..width).map(move |j| entry(i, j)))
        .collect()
}

/// Vectors `[s, ·]` whose first numbers are a matrix `[·, outputs]`, which is multiplied by Q or Qᵀ from the left; the others
/// stay.
fn turned_first(columns: &Tensor<2>, rows: &Tensor<2>, outputs: usize, transposed: bool) -> Tensor<2> {
    let [s, p] = rows.dims();
    let [d, width] = columns.dims();
    let (from, to) = if transposed { (d, width) } else { (width, d) };
    let factor = Factor::shared(columns);
    let factor = if transposed { factor.transposed() } else { factor };
    let parts = |rows: Tensor<2>| {
        let s = rows.dims()[0];
        let first = rows.clone().slice([0..s, 0..from * outputs]);
        let first = Factor::block(&first.reshape([s, from, outputs]));
        let turned = sum_of_products(&[(factor.clone(), first)], None).expect("there is one term");
        let others = rows.slice([0..s, from * outputs..p]);
        vec![turned.reshape([s, to * outputs]), others]
    };
    if s == 1 || !host::is_host(&rows.device()) {
        return side_by_side(parts(rows.clone()));
    }
    let length = p - from * outputs + to * outputs;
    host::rows([s, length], &rows.device(), rows.dtype(), |i| {
        parts(rows.clone().slice([i..i + 1, 0..p]))
    })
}

#[cfg(test)]
mod tests;
