//! The part of the self-test that needs no network: the tensor operations on which all else rests.
//!
//! Each is compared with f64 arithmetic on the host. What is only moved or compared must agree exactly. What is
//! summed may be off by round-off: the sum of n products by at most 8 √n (u + u_host) Σ|a||b| with u the unit
//! round-off (Higham & Mary 2019, SIAM J. Sci. Comput. 41, A2815, Theorem 2.4 with λ = 8: the bound fails with
//! a chance below 1e-13 for random roundings). Exponentials get the accuracy that WGSL promises. The inputs
//! fill the precision: they are exact in it, but not in the shorter formats (TF32, BF16, F16) that a device
//! might use behind our back.

use burn::tensor::activation::relu;
use burn::tensor::{Int, Tensor, TensorData};
use models::{Device, Precision};

/// One operation of a self-test.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What was computed.
    pub operation: &'static str,
    /// The largest error over all elements, as a share of what round-off allows there: at most 1.
    pub share: f64,
}

/// What a self-test measured on a device that passed it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SelfTest {
    /// One entry per operation.
    pub checks: Vec<Check>,
}

impl SelfTest {
    /// The operation with the largest share; `None` where nothing was checked.
    pub fn worst(&self) -> Option<&Check> {
        self.checks.iter().max_by(|a, b| a.share.total_cmp(&b.share))
    }
}

/// Tests the tensor operations of a device against f64 arithmetic on the host.
///
/// Matrix products (plain, transposed, a block of them), sums, ReLU, tanh, exp, and the moving of values:
/// slice, reshape, cat, select. `Err` says which one is wrong and by how much. Cost: 4 MFLOP and 14 small
/// reads; on a GPU, the compilation of a dozen kernels.
///
/// ```
/// use landscape::device::plain_self_test;
/// use models::{Device, Precision};
///
/// let passed = plain_self_test(&Device::cpu(Precision::F32))?;
/// assert!(passed.worst().is_some_and(|check| check.share <= 1.0));
/// # Ok::<(), String>(())
/// ```
pub fn plain_self_test(device: &Device) -> Result<SelfTest, String> {
    compare_all(device, device.precision.round_off())
}

fn compare_all(device: &Device, unit: f64) -> Result<SelfTest, String> {
    let mut test = Comparison {
        device,
        unit,
        checks: Vec::new(),
    };
    test.products()?;
    test.elementwise()?;
    test.sums()?;
    test.moves()?;
    Ok(SelfTest { checks: test.checks })
}

/// Sizes that no tile of a kernel divides.
const ROWS: usize = 67;
const INNER: usize = 129;
const COLUMNS: usize = 65;
/// Directions in a block.
const BLOCK: usize = 3;

/// A device under test, the round-off it should have, and what it has passed so far.
struct Comparison<'a> {
    device: &'a Device,
    unit: f64,
    checks: Vec<Check>,
}

impl Comparison<'_> {
    fn products(&mut self) -> Result<(), String> {
        let (a, b) = (self.numbers(1, ROWS * INNER), self.numbers(2, INNER * COLUMNS));
        let left = self.device.upload(a.clone(), [ROWS, INNER]);
        let right = self.device.upload(b.clone(), [INNER, COLUMNS]);
        let product = left.clone().matmul(right);
        let expected = product_on_host(&a, &b, [ROWS, INNER, COLUMNS]);
        self.compare("matrix product", product, &self.summed(&expected, INNER))?;

        // aᵀ·c, as in a weight's gradient.
        let c = self.numbers(3, ROWS * COLUMNS);
        let upper = self.device.upload(c.clone(), [ROWS, COLUMNS]);
        let product = left.clone().transpose().matmul(upper);
        let expected = product_on_host(&transposed(&a, ROWS, INNER), &c, [INNER, ROWS, COLUMNS]);
        self.compare(
            "transposed matrix product",
            product,
            &self.summed(&expected, ROWS),
        )?;

        // [1, n, d]·[s, d, h], as in a Hessian product with a block of directions.
        let v = self.numbers(4, BLOCK * INNER * COLUMNS);
        let block = self.device.upload(v.clone(), [BLOCK, INNER, COLUMNS]);
        let product = left.reshape([1, ROWS, INNER]).matmul(block);
        let each = v
            .chunks(INNER * COLUMNS)
            .flat_map(|v| product_on_host(&a, v, [ROWS, INNER, COLUMNS]));
        let expected: Vec<Sum> = each.collect();
        self.compare(
            "matrix product of a block",
            product,
            &self.summed(&expected, INNER),
        )
    }

    fn elementwise(&mut self) -> Result<(), String> {
        let x = self.numbers(5, ROWS * INNER);
        let tensor = self.device.upload(x.clone(), [ROWS, INNER]);
        let exact = |f: fn(f64) -> f64| {
            x.iter()
                .map(|&x| Expected {
                    value: f(x),
                    allowed: 0.0,
                })
                .collect::<Vec<_>>()
        };
        self.compare("relu", relu(tensor.clone()), &exact(|x| x.max(0.0)))?;
        self.compare("sum of two", tensor.clone() + tensor.clone(), &exact(|x| 2.0 * x))?;
        let negative = tensor.clone().lower_elem(0.0);
        self.compare(
            "mask",
            tensor.clone().mask_fill(negative, 0.5),
            &exact(|x| if x < 0.0 { 0.5 } else { x }),
        )?;

        // WGSL: exp is within 3 + 2|x| units in the last place, of 2u each; one more for the host's.
        let unit = 2.0 * self.unit;
        let exp = |x: f64| Expected {
            value: x.exp(),
            allowed: (4.0 + 2.0 * x.abs()) * unit * x.exp(),
        };
        let expected: Vec<Expected> = x.iter().map(|&x| exp(x)).collect();
        self.compare("exp", tensor.clone().exp(), &expected)?;
        // WGSL derives tanh from sinh and cosh, they from exp: 5 units each for |x| ≤ 1, 2.5 for the quotient.
        let expected: Vec<Expected> = x
            .iter()
            .map(|&x| Expected {
                value: x.tanh(),
                allowed: 16.0 * unit,
            })
            .collect();
        self.compare("tanh", tensor.tanh(), &expected)
    }

    fn sums(&mut self) -> Result<(), String> {
        let x = self.numbers(6, ROWS * INNER);
        let tensor = self.device.upload(x.clone(), [ROWS, INNER]);
        let sum = |values: &mut dyn Iterator<Item = f64>| {
            values.fold(Sum::default(), |sum, x| Sum {
                value: sum.value + x,
                size: sum.size + x.abs(),
            })
        };
        let rows: Vec<Sum> = x.chunks(INNER).map(|row| sum(&mut row.iter().copied())).collect();
        let columns: Vec<Sum> = (0..INNER)
            .map(|j| sum(&mut x.iter().skip(j).step_by(INNER).copied()))
            .collect();
        let total = [sum(&mut x.iter().copied())];
        self.compare(
            "sum of rows",
            tensor.clone().sum_dim(1),
            &self.summed(&rows, INNER),
        )?;
        self.compare(
            "sum of columns",
            tensor.clone().sum_dim(0),
            &self.summed(&columns, ROWS),
        )?;
        self.compare("sum", tensor.sum(), &self.summed(&total, ROWS * INNER))
    }

    fn moves(&mut self) -> Result<(), String> {
        let x = self.numbers(7, ROWS * INNER);
        let tensor = self.device.upload(x.clone(), [ROWS, INNER]);
        let exact = |at: &mut dyn Iterator<Item = usize>| -> Vec<Expected> {
            at.map(|index| Expected {
                value: x[index],
                allowed: 0.0,
            })
            .collect()
        };
        // A weight's entries lie one after another in a flat vector of parameters.
        let flat = tensor.clone().reshape([1, ROWS * INNER]);
        let part = flat.slice([0..1, 7..7 + 5 * COLUMNS]).reshape([5, COLUMNS]);
        self.compare("slice", part.clone(), &exact(&mut (7..7 + 5 * COLUMNS)))?;
        let joined = Tensor::cat(vec![part.clone(), part.slice([1..3, 0..COLUMNS])], 0);
        let mut places = (7..7 + 5 * COLUMNS).chain(7 + COLUMNS..7 + 3 * COLUMNS);
        self.compare("cat", joined, &exact(&mut places))?;

        // 29 and 67 have no common divisor, so every row is taken, in disorder.
        let order: Vec<usize> = (0..ROWS).map(|i| i * 29 % ROWS).collect();
        let indices: Vec<i64> = order.iter().map(|&i| i as i64).collect();
        let indices = Tensor::<1, Int>::from_data(TensorData::new(indices, [ROWS]), &self.device.tensors);
        let chosen = tensor.select(0, indices);
        let mut places = order.iter().flat_map(|i| i * INNER..(i + 1) * INNER);
        self.compare("select", chosen, &exact(&mut places))
    }

    fn numbers(&self, start: u64, count: usize) -> Vec<f64> {
        numbers(self.device.precision, start, count)
    }

    /// What a sum of `terms` numbers may be off by.
    fn summed(&self, sums: &[Sum], terms: usize) -> Vec<Expected> {
        let factor = 8.0 * (terms as f64).sqrt() * (self.unit + Precision::F64.round_off());
        sums.iter()
            .map(|sum| Expected {
                value: sum.value,
                allowed: factor * sum.size,
            })
            .collect()
    }

    fn compare<const D: usize>(
        &mut self,
        operation: &'static str,
        computed: Tensor<D>,
        expected: &[Expected],
    ) -> Result<(), String> {
        let data = computed
            .try_into_data()
            .map_err(|error| format!("{operation}: {error}"))?;
        let computed: Vec<f64> = data.iter::<f64>().collect();
        if computed.len() != expected.len() {
            return Err(format!(
                "{operation} has {} values instead of {}",
                computed.len(),
                expected.len()
            ));
        }
        let mut check = Check {
            operation,
            share: 0.0,
        };
        for (&computed, expected) in computed.iter().zip(expected) {
            let error = (computed - expected.value).abs();
            if error.is_nan() || error > expected.allowed {
                return Err(format!(
                    "{operation} gives {computed:e} instead of {:e}, where {:.1e} is allowed",
                    expected.value, expected.allowed
                ));
            }
            if error > 0.0 {
                check.share = check.share.max(error / expected.allowed);
            }
        }
        self.checks.push(check);
        Ok(())
    }
}

/// The right value, and how far a device may be from it.
struct Expected {
    value: f64,
    allowed: f64,
}

/// A sum, and the sum of the magnitudes of its terms.
#[derive(Clone, Copy, Default)]
struct Sum {
    value: f64,
    size: f64,
}

/// A·B for A [n, d] and B [d, h].
fn product_on_host(a: &[f64], b: &[f64], [n, d, h]: [usize; 3]) -> Vec<Sum> {
    let mut product = vec![Sum::default(); n * h];
    for i in 0..n {
        for k in 0..d {
            for j in 0..h {
                let term = a[i * d + k] * b[k * h + j];
                let sum = &mut product[i * h + j];
                sum.value += term;
                sum.size += term.abs();
            }
        }
    }
    product
}

fn transposed(a: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    (0..columns)
        .flat_map(|j| (0..rows).map(move |i| a[i * columns + j]))
        .collect()
}

/// Fixed numbers in [−1, 1), which fill the precision and have no pattern: the top bits of the multiplicative
/// generator of L'Ecuyer (1999, Math. Comp. 68, 249, table 4, m = 2⁶⁴).
fn numbers(precision: Precision, start: u64, count: usize) -> Vec<f64> {
    let bits = match precision {
        Precision::F32 => 24,
        Precision::F64 => 53,
    };
    let half = (1u64 << (bits - 1)) as f64;
    let mut state = 2 * start + 1;
    let mut next = || {
        state = state.wrapping_mul(1_181_783_497_276_652_981);
        (state >> (64 - bits)) as f64 / half - 1.0
    };
    // The first states of small starts lie near one another.
    (0..8).for_each(|_| {
        next();
    });
    (0..count).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device that computes in f32 and claims f64 must fail, or the bounds are too wide to see anything.
    #[test]
    fn lost_digits_are_seen() {
        let device = Device::cpu(Precision::F32);
        let error = compare_all(&device, Precision::F64.round_off()).expect_err("f32 within f64's bounds");
        assert!(error.starts_with("matrix product gives "), "{error}");
    }

    /// A GPU that rounds the factors of a matrix product to TF32 (11 bits) must fail.
    #[test]
    fn tf32_is_seen() {
        let device = Device::cpu(Precision::F32);
        let mut test = Comparison {
            device: &device,
            unit: device.precision.round_off(),
            checks: Vec::new(),
        };
        let (a, b) = (test.numbers(1, ROWS * INNER), test.numbers(2, INNER * COLUMNS));
        let sizes = [ROWS, INNER, COLUMNS];
        let expected = test.summed(&product_on_host(&a, &b, sizes), INNER);
        let short = |x: &f64| f64::from(f32::from_bits(((*x as f32).to_bits() + 0x1000) & !0x1fff));
        let (a, b): (Vec<f64>, Vec<f64>) = (a.iter().map(short).collect(), b.iter().map(short).collect());
        let computed = product_on_host(&a, &b, sizes)
            .iter()
            .map(|sum| sum.value)
            .collect();
        let computed = device.upload(computed, [ROWS, COLUMNS]);
        let error = test
            .compare("matrix product", computed, &expected)
            .expect_err("TF32 within f32's bounds");
        assert!(error.starts_with("matrix product gives "), "{error}");
    }

    #[test]
    fn the_numbers_are_exact_in_f32_and_not_in_shorter_formats() {
        let numbers = numbers(Precision::F32, 1, 1000);
        assert!(
            numbers
                .iter()
                .all(|&x| f64::from(x as f32) == x && x.abs() <= 1.0)
        );
        // TF32 keeps 11 bits: a number below 1 that it holds is a multiple of 2⁻¹¹ times its power of two.
        let long = numbers.iter().filter(|x| (*x * 4096.0).fract() != 0.0).count();
        assert!(long > 990, "{long}");
        let mean = numbers.iter().sum::<f64>() / 1000.0;
        assert!(mean.abs() < 0.1, "{mean}");
    }
}
