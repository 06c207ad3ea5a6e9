//! Gram matrices of Jacobians, layer by layer and without the Jacobian.
//!
//! The gradient of output c of example i in the parameters of a linear layer is the outer product of the layer's input
//! xᵢ and the cotangent δᵢc = ∂z_c/∂y of its output, so that inner products of such gradients are products of inner
//! products: two thin matrices replace rows of length P.

use crate::host;
use crate::layers::Features;
use crate::risk::Risk;
use crate::sample::ExampleBlock;
use crate::{Objective, Point, download};
use burn::tensor::Tensor;
use faer::MatMut;
use spectra::Matrix;

/// What the gradients in one layer's parameters are made of, for a block of n examples.
pub(crate) struct Outer {
    /// What the layer's inputs give `[n, d]`, and whether there is a bias.
    pub features: Features,
    /// The cotangents of its outputs, `[n·C, h]`: C rows for each example.
    pub cotangents: Tensor<2>,
}

/// Rows and columns that a device makes at once.
const DEVICE_TILE: usize = 2048;
/// Rows and columns that are made before somebody is asked whether to go on.
const ASKED: usize = 4096;
/// Rows and columns that are mirrored at once.
const MIRROR_TILE: usize = 64;

impl Risk {
    /// The Gram matrix of the outputs' gradients, the empirical neural tangent kernel.
    ///
    /// K = JJᵀ `[nC, nC]` with J = ∂z/∂θ `[nC, P]`, symmetric; output c of example i is row i·C + c. In f64 on the host,
    /// of products in the device's precision. The loss and its normalisation play no part.
    ///
    /// Costs n²d + (nC)²h multiplications for each layer `[d, h]`, half of (nC)² numbers more than it holds, and at most
    /// the bytes of [`Risk::with_memory`] beside it (Jacot, Gabriel & Hongler 2018).
    ///
    /// ```
    /// use models::{Architecture, Device, Examples, Initialisation, Loss, Objective, Precision, Risk, Seed, Targets};
    /// // A linear model z = xW: gradients in W are outer products, and K = XXᵀ ⊗ I.
    /// let inputs = vec![1.0, 2.0, 3.0, 4.0];
    /// let targets = Targets::Values { values: vec![0.0; 2], width: 1 };
    /// let examples = Examples { inputs, dimension: 2, targets };
    /// let model = Architecture::Perceptron {
    ///     hidden: vec![],
    ///     activation: models::layers::Activation::Relu,
    ///     bias: false,
    ///     skips: false,
    ///     parametrisation: models::Parametrisation::Standard,
    /// };
    /// let network = model.build(2, 1, Seed(1), &Device::cpu(Precision::F64));
    /// let risk = Risk::new(network.into(), Initialisation::Torch, Loss::HalfSquared, &examples);
    /// let gram = risk.gram(&risk.start(Seed(1)));
    /// assert_eq!([gram[(0, 0)], gram[(0, 1)], gram[(1, 0)], gram[(1, 1)]], [5.0, 11.0, 11.0, 25.0]);
    /// ```
    pub fn gram(&self, at: &Point) -> Matrix {
        self.gram_unless(at, || false).expect("nobody stops it")
    }

    /// [`Risk::gram`], unless `stop`, which is asked before each block of at most 4,096 rows and columns, says so.
    pub fn gram_unless(&self, at: &Point, stop: impl Fn() -> bool) -> Option<Matrix> {
        let (n, c) = (self.examples(), self.network().outputs());
        let widths = self.network().hidden_width() + self.network().inputs();
        let per_example = 2 * c * widths * self.space().device.precision.bytes();
        let size = (self.memory() / (2 * per_example).max(1))
            .min(ASKED / c)
            .clamp(1, n);
        let cut = self.in_blocks_of(size);
        let mut gram = Matrix::zeros(n * c, n * c);
        for (i, block) in cut.blocks().enumerate() {
            let rows = self.outer(at, &block);
            for (j, other) in cut.blocks().enumerate().take(i + 1) {
                if stop() {
                    return None;
                }
                let columns = if i == j {
                    None
                } else {
                    Some(self.outer(at, &other))
                };
                let columns = columns.as_ref().unwrap_or(&rows);
                let (height, width) = (block.inputs.dims()[0] * c, other.inputs.dims()[0] * c);
                let part = gram
                    .as_mut()
                    .submatrix_mut(i * size * c, j * size * c, height, width);
                if host::is_host(&self.space().device.tensors) {
                    host::add_outer_products(part, &rows, columns, c, i == j);
                } else {
                    add_outer_products(part, &rows, columns, c);
                }
            }
        }
        mirror(&mut gram);
        Some(gram)
    }

    /// The Gram matrices of one example's outputs each, Jᵢ Jᵢᵀ `[C, C]`: the structural matrices of Qi, Gong & Li (2024).
    ///
    /// Row-major `[n, C, C]`, the diagonal blocks of [`Risk::gram`]. Costs some C gradients.
    pub fn example_grams(&self, at: &Point) -> Vec<f64> {
        let c = self.network().outputs();
        let of_block = |block: ExampleBlock| {
            let n = block.inputs.dims()[0];
            let terms = self.outer(at, &block).into_iter().map(|outer| {
                let [_, h] = outer.cotangents.dims();
                let cotangents = outer.cotangents.reshape([n, c, h]);
                let sizes: Tensor<3> = squares(&outer.features).reshape([n, 1, 1]);
                cotangents.clone().matmul(cotangents.swap_dims(1, 2)) * sizes
            });
            let sum = terms.reduce(|a, b| a + b);
            sum.map_or_else(|| vec![0.0; n * c * c], |sum| download(&sum))
        };
        self.blocks().flat_map(of_block).collect()
    }

    /// The slopes of the examples' losses in the outputs, ∂ℓᵢ/∂zᵢ, row-major `[n, C]`; without the loss's normalisation.
    pub fn slopes(&self, at: &Point) -> Vec<f64> {
        let of_block = |block: ExampleBlock| {
            let z = self.network().forward(at.tensor(), block.inputs);
            download(&self.loss().linearise(z, block.targets, 1.0).cotangent)
        };
        self.blocks().flat_map(of_block).collect()
    }

    /// The Hessians of the examples' losses in the outputs, ∂²ℓᵢ/∂zᵢ², row-major `[n, C, C]`; without the loss's
    /// normalisation.
    pub fn output_hessians(&self, at: &Point) -> Vec<f64> {
        let c = self.network().outputs();
        let of_block = |block: ExampleBlock| {
            let n = block.inputs.dims()[0];
            let z = self.network().forward(at.tensor(), block.inputs);
            let here = self.loss().linearise(z, block.targets, 1.0);
            // The unit vectors of the outputs, each for all examples.
            let units = (0..c).flat_map(|i| (0..n * c).map(move |j| f64::from(u8::from(j % c == i))));
            let units = self.space().device.upload(units.collect(), [c, n, c]);
            download(&here.hessian_times(units).swap_dims(0, 1))
        };
        self.blocks().flat_map(of_block).collect()
    }

    /// The losses ℓᵢ of the examples `[n]`, without the loss's normalisation.
    pub fn example_losses(&self, at: &Point) -> Vec<f64> {
        let of_block = |block: ExampleBlock| {
            let z = self.network().forward(at.tensor(), block.inputs);
            download(&self.loss().per_example(z, block.targets))
        };
        self.blocks().flat_map(of_block).collect()
    }

    /// The squared norms ‖∇ℓᵢ‖² of the gradients of the examples' losses `[n]`, without the loss's normalisation.
    ///
    /// Costs about one gradient: the norm of an outer product is a product of norms (Goodfellow 2015).
    pub fn example_gradients(&self, at: &Point) -> Vec<f64> {
        let of_block = |block: ExampleBlock| {
            let n = block.inputs.dims()[0];
            let (z, here) = self.network().linearise(at.tensor(), block.inputs);
            let slope = self.loss().linearise(z, block.targets, 1.0).cotangent;
            let factors = here.outer_factors(slope.unsqueeze());
            let terms = factors.into_iter().map(|(features, cotangents)| {
                let cotangents: Tensor<2> = cotangents.squeeze_dim(0);
                let squares_of: Tensor<1> = (cotangents.clone() * cotangents).sum_dim(1).reshape([n]);
                squares_of * squares(&features)
            });
            let sum = terms.reduce(|a, b| a + b);
            sum.map_or_else(|| vec![0.0; n], |sum| download(&sum))
        };
        self.blocks().flat_map(of_block).collect()
    }

    /// What the gradients of all outputs are made of, layer by layer.
    fn outer(&self, at: &Point, block: &ExampleBlock) -> Vec<Outer> {
        let (n, c) = (block.inputs.dims()[0], self.network().outputs());
        let unit = (0..c * n * c).map(|k| f64::from(u8::from(k / (n * c) == k % c)));
        let units = self.space().device.upload(unit.collect(), [c, n, c]);
        let (_, here) = self.network().linearise(at.tensor(), block.inputs.clone());
        let factors = here.outer_factors(units).into_iter();
        let outer = factors.map(|(features, cotangents)| {
            let [_, _, h] = cotangents.dims();
            Outer {
                features,
                cotangents: cotangents.swap_dims(0, 1).reshape([n * c, h]),
            }
        });
        outer.collect()
    }
}

/// ‖feature‖² of each example `[n]`, the constant included.
fn squares(features: &Features) -> Tensor<1> {
    let inputs = features.inputs.clone();
    let n = inputs.dims()[0];
    let sums: Tensor<1> = (inputs.clone() * inputs).sum_dim(1).reshape([n]);
    if features.constant {
        sums.add_scalar(1.0)
    } else {
        sums
    }
}

/// Adds the inner products of the gradients of some examples' outputs with those of others, tile by tile on the device.
fn add_outer_products(mut into: MatMut<'_, f64>, rows: &[Outer], columns: &[Outer], c: usize) {
    let tile = (DEVICE_TILE / c).max(1);
    let (n, m) = (into.nrows() / c, into.ncols() / c);
    for left in (0..m).step_by(tile) {
        let width = tile.min(m - left);
        for top in (0..n).step_by(tile) {
            let height = tile.min(n - top);
            let terms = rows.iter().zip(columns).map(|(row, column)| {
                let slice = |outer: &Outer, start: usize, count: usize| {
                    let (features, cotangents) = (outer.features.inputs.clone(), outer.cotangents.clone());
                    let (d, h) = (features.dims()[1], cotangents.dims()[1]);
                    (
                        features.slice([start..start + count, 0..d]),
                        cotangents.slice([start * c..(start + count) * c, 0..h]),
                    )
                };
                let (a, u) = slice(row, top, height);
                let (b, v) = slice(column, left, width);
                let mut inner = a.matmul(b.transpose());
                if row.features.constant {
                    inner = inner.add_scalar(1.0);
                }
                let products = u.matmul(v.transpose()).reshape([height, c, width, c]);
                products * inner.reshape([height, 1, width, 1])
            });
            let Some(sum) = terms.reduce(|a, b| a + b) else {
                return;
            };
            let numbers = download(&sum);
            let mut part = into
                .as_mut()
                .submatrix_mut(top * c, left * c, height * c, width * c);
            for (i, row) in numbers.chunks(width * c).enumerate() {
                for (j, number) in row.iter().enumerate() {
                    part[(i, j)] += number;
                }
            }
        }
    }
}

/// Copies the lower triangle to the upper one.
fn mirror(matrix: &mut Matrix) {
    let n = matrix.nrows();
    for left in (0..n).step_by(MIRROR_TILE) {
        for top in (left..n).step_by(MIRROR_TILE) {
            for j in left..n.min(left + MIRROR_TILE) {
                for i in top.max(j)..n.min(top + MIRROR_TILE) {
                    matrix[(j, i)] = matrix[(i, j)];
                }
            }
        }
    }
}
