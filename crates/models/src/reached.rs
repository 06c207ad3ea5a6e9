//! The parameters that a network's examples reach: around a point, all others change nothing.

mod embedding;

use crate::{Architecture, Directions, Examples, Network, Objective, Point, Precision, Risk, Seed};
use embedding::Embedding;
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

/// A risk in those parameters that its examples reach.
///
/// *Inputs of low rank.* A network whose first layer is x ↦ xW depends on the rows of W only through XW, with all inputs X
/// `[n, d]` below each other. Where these have the rank r < d, as they do where there are fewer examples than pixels, where
/// pixels are the same in all images, or where images were enlarged, X = ZQᵀ with orthonormal columns Q `[d, r + 1]` and one
/// column of zeros in Z: the network with the inputs Z and the first matrix QᵀW is the same function.
///
/// *Dead units.* A unit whose ReLU is off for every example has neither value nor slope: around the point, the network without
/// it is the same function, and all derivatives in its parameters are zero.
///
/// With U = Q ⊗ I for the first matrix, and the identity of all other parameters that are left, the Hessian, the Gauss–Newton
/// matrix and their difference are UM′Uᵀ, M′ being that of the smaller network: what else there is are zeros. The column of
/// zeros keeps as many of these as the first layer has outputs, and a few dead units stay for those of their parameters, so
/// that the ends of M′ are the ends of M, copies of zero included.
///
/// Dead units are left out where that spares a tenth of what is left otherwise. In single precision only, for large networks
/// ([`Risk::LARGE`]): rank is told up to the rounding of the inputs,
/// ‖X − ZQᵀ‖ ≤ 2u‖X‖ (Frobenius), which moves products by as much as rounding them does.
#[derive(Debug)]
pub struct Reached {
    /// The risk in the smaller space, `[P′]`.
    pub risk: Risk,
    /// The point there.
    pub at: Point,
    /// The rank r of the inputs, where less than all of their directions are left.
    pub rank: Option<usize>,
    /// How many dead units are left out.
    pub dead: usize,
    embedding: Embedding,
}

/// How many parameters a search looks among, before the point is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// So many at most.
    pub parameters: usize,
    /// In a search of so many pairs at most: for more, zeros might be missing.
    pub pairs: usize,
    /// Bytes of the host's memory that looking for them takes.
    pub looking: u64,
}

impl Reach {
    /// All parameters, whatever is searched for.
    pub fn all(parameters: usize) -> Self {
        Reach {
            parameters,
            pairs: usize::MAX,
            looking: 0,
        }
    }
}

/// What is known of a first layer `[inputs, outputs]` in a network before the rank of its inputs is.
#[derive(Clone, Copy)]
struct First {
    parameters: usize,
    inputs: usize,
    outputs: usize,
}

impl First {
    fn of(network: &Network) -> Option<Self> {
        Some(First {
            parameters: network.space().dimension,
            inputs: network.inputs(),
            outputs: network.first_linear()?,
        })
    }

    /// The parameters that are left where the inputs have another width; `None` where that is not worth the while.
    fn left(self, width: usize) -> Option<usize> {
        let left = self.with(width);
        (is_worth_it(self.parameters - left, self.parameters) && left >= Risk::LARGE).then_some(left)
    }

    /// The parameters with inputs of another width.
    fn with(self, width: usize) -> usize {
        self.parameters - self.inputs.saturating_sub(width) * self.outputs
    }

    /// The smallest width with which a large network stays large.
    fn least(self) -> usize {
        let others = self.parameters - self.inputs * self.outputs;
        Risk::LARGE.saturating_sub(others).div_ceil(self.outputs)
    }

    /// The width that is needed at most for so many examples; `None` where less is not looked for, or cannot be worth it.
    fn most(self, examples: usize) -> Option<usize> {
        let width = self.inputs.min(examples.saturating_add(1).max(self.least()));
        let small = examples.saturating_mul(self.inputs) <= NUMBERS && width <= COLUMNS;
        (small && self.left(self.least().max(1)).is_some()).then_some(width)
    }
}

fn is_worth_it(spared: usize, parameters: usize) -> bool {
    spared as f64 >= WORTH * parameters as f64
}

impl Architecture {
    /// How many parameters these examples reach at most ([`Reached`]), whatever the point: all of them where none are left out.
    ///
    /// Costs a decomposition of a symmetric matrix of min(n + 1, d) rows, where that may be worth the while.
    ///
    /// ```
    /// use models::{Architecture, Examples, Precision, Targets};
    /// let model = Architecture::DeepLinear { hidden: vec![7_000] };
    /// // Images of 50 pixels in one shade of grey: one direction, and another one beside it.
    /// let greys = Examples {
    ///     inputs: (0..300).flat_map(|i| vec![f64::from(i); 50]).collect(),
    ///     dimension: 50,
    ///     targets: Targets::Classes { labels: vec![0; 300], classes: 10 },
    /// };
    /// let reach = model.reached(&greys, 10, Precision::F32);
    /// assert_eq!((reach.parameters, reach.pairs), ((2 + 10) * 7_000, 7_000));
    /// assert_eq!(model.reached(&greys, 10, Precision::F64).parameters, (50 + 10) * 7_000);
    /// ```
    pub fn reached(&self, examples: &Examples, outputs: usize, precision: Precision) -> Reach {
        let inputs = examples.dimension;
        let parameters = self.sizes(inputs, outputs).parameters;
        let all = Reach::all(parameters);
        let first = self.first_linear(inputs, outputs).map(|outputs| First {
            parameters,
            inputs,
            outputs,
        });
        let Some(first) = first.filter(|_| precision == Precision::F32) else {
            return all;
        };
        let rounded = |i: usize, j: usize| f64::from(examples.inputs[i * inputs + j] as f32);
        let found = Principal::of(first, examples.len(), rounded, precision);
        let reach = found.map_or(all, |found| Reach {
            parameters: first.with(found.width(first)),
            pairs: first.outputs,
            looking: 0,
        });
        Reach {
            looking: Principal::bytes(first, examples.len()),
            ..reach
        }
    }
}

/// The inputs X in the directions that they have.
struct Principal {
    rank: usize,
    /// Directions `[d, m]`, one a column, those of the largest singular values first.
    directions: Matrix,
    /// X in these `[n, m]`.
    inputs: Matrix,
}

impl Risk {
    /// This risk around a point in the parameters that its examples reach, for a search of so many pairs, where a tenth of the
    /// parameters or more can be left out; `None` elsewhere.
    ///
    /// Costs a decomposition of a symmetric matrix of min(n + 1, d) rows, and a pass through a network with ReLUs.
    pub fn reached(&self, at: &Point, pairs: usize) -> Option<Reached> {
        let (whole, device) = (self.network(), &self.space().device);
        let first = First::of(whole)?;
        let single = device.precision == Precision::F32;
        if !single || first.parameters < Risk::LARGE || pairs > first.outputs {
            return None;
        }
        let inputs = self.inputs();
        let x = |i: usize, j: usize| inputs[i * first.inputs + j];
        let principal = Principal::of(first, self.examples(), x, device.precision);
        drop(inputs);
        // So many directions of the inputs are left, and so many parameters.
        let left = |first: First| match &principal {
            Some(principal) => (principal.width(first), first.with(principal.width(first))),
            None => (first.inputs, first.parameters),
        };
        let mut choice = whole.whole();
        let (mut width, all) = left(first);
        if let Some(living) = whole.without_dead(&self.living(at), pairs.max(1)) {
            let thin = First::of(&whole.smaller(first.inputs, &living))?;
            let (narrow, few) = left(thin);
            let fits = principal
                .as_ref()
                .is_none_or(|principal| narrow <= principal.inputs.ncols());
            if fits && few >= Risk::LARGE && is_worth_it(all.saturating_sub(few), all) {
                (choice, width) = (living, narrow);
            }
        }
        let dead = whole.left_out(&choice);
        if principal.is_none() && dead == 0 {
            return None;
        }
        let inputs = principal.as_ref().map(|principal| principal.kept(width));
        let risk = self.smaller(&choice, inputs.as_ref().map(|inputs| (&inputs[..], width)));
        let turn = principal.as_ref().map(|principal| {
            let columns = principal.directions.subcols(0, width);
            device.upload(in_rows(columns, width, width), [first.inputs, width])
        });
        let embedding = Embedding {
            parts: whole.parts(&choice),
            turn,
        };
        let at = embedding.of(&at.tensor().clone().unsqueeze(), true);
        Some(Reached {
            at: Point::new(at.squeeze_dim(0)),
            rank: principal.map(|principal| principal.rank),
            dead,
            risk,
            embedding,
        })
    }

    /// For each linear layer behind which units can be switched off, which of them some example switches on.
    fn living(&self, at: &Point) -> Vec<Vec<bool>> {
        if !self.network().has_gates() {
            return Vec::new();
        }
        let parts = self.for_blocks(|_, block| self.network().living(at.tensor(), block.inputs.clone()));
        let both = |(a, b): (Vec<bool>, Vec<bool>)| a.into_iter().zip(b).map(|(a, b)| a || b).collect();
        let all = parts
            .into_iter()
            .reduce(|a, b| a.into_iter().zip(b).map(both).collect());
        all.expect("a risk has examples")
    }
}

impl Principal {
    /// The inputs x(i, j) of n examples in their own directions; `None` where there are too many to look, or leaving some out is
    /// not worth the while.
    fn of(
        first: First,
        n: usize,
        x: impl Fn(usize, usize) -> f64,
        precision: Precision,
    ) -> Option<Principal> {
        let (d, most) = (first.inputs, first.most(n)?);
        let x = Mat::from_fn(n, d, x);
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
        let (rank, turn, turned) = principal(&x, ROUNDINGS * precision.round_off());
        let found = Principal {
            rank,
            directions: match &span {
                Some(span) => span * turn,
                None => turn,
            },
            inputs: turned,
        };
        first.left(found.width(first)).map(|_| found)
    }

    /// The bytes that this takes, the inputs as they are among them.
    fn bytes(first: First, n: usize) -> u64 {
        let Some(most) = first.most(n) else {
            return 0;
        };
        let span = if most < first.inputs { first.inputs + n } else { 0 };
        let numbers = 2 * n * first.inputs + span * most + (3 * most + n) * most;
        (numbers * size_of::<f64>()) as u64
    }

    /// How many directions are left: all that the inputs have, one more, and as many as keep the network large.
    fn width(&self, first: First) -> usize {
        (self.rank + 1).max(first.least())
    }

    /// Z `[n, width]`, row after row.
    fn kept(&self, width: usize) -> Vec<f64> {
        in_rows(self.inputs.as_ref(), self.rank, width)
    }
}

impl Reached {
    /// U·v `[s, P]` of directions v `[s, P′]`, where these lie.
    pub fn lifted(&self, directions: &Directions) -> Directions {
        Directions::new(self.embedding.of(directions.rows(), false))
    }

    /// Uᵀ·v `[s, P′]` of directions v `[s, P]`, where these lie.
    pub fn projected(&self, directions: &Directions) -> Directions {
        Directions::new(self.embedding.of(directions.rows(), true))
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

#[cfg(test)]
mod tests;
