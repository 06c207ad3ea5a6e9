//! Inputs that are equal, parallel, or nearly so.
//!
//! Of two parallel inputs a network without biases knows the second once it knows the first: the kernel of a wide ReLU
//! network then has the eigenvalue λ₀ = 0, and the theory of Du et al. (2019) says nothing.

use std::collections::HashMap;

use burn::tensor::{DType, Tensor, TensorData};
use models::{Device, Precision};
use serde::Serialize;

/// Angles, in radians, up to which inputs count as parallel: what single precision cannot tell apart.
pub const PARALLEL: f64 = 1e-7;
/// Angles, in radians, up to which inputs count as nearly parallel: a difference of one part in a hundred.
pub const NEAR: f64 = 1e-2;

/// What was found among the inputs of some examples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pairs {
    /// Inputs that are zero. They have no direction, and are left out below, but for `equal`.
    pub zero: usize,
    /// Pairs of equal inputs, among all.
    pub equal: u64,
    /// The examples whose angles were compared, each with each: all, or so many evenly spaced ones.
    pub compared: usize,
    /// Pairs with an angle of at most [`PARALLEL`], the equal ones among them. The angle of x and y is that of the lines
    /// through them: x and −x have the angle 0.
    pub parallel: u64,
    /// Pairs with an angle of at most [`NEAR`], the parallel ones among them.
    pub near: u64,
    /// Whether so many pairs are near that they were not all counted: `parallel` and `near` are then too small.
    pub uncounted: bool,
    /// The two inputs with the smallest angle that was found.
    pub closest: Option<Closest>,
}

/// Two inputs, and the angle between them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Closest {
    /// Which examples.
    pub examples: [usize; 2],
    /// Their angle in radians.
    pub angle: f64,
    /// No two of the inputs that were compared have a smaller angle than this one.
    pub at_least: f64,
}

/// What a search may cost.
#[derive(Clone, Copy, Debug)]
struct Budget {
    /// Multiplications. On two cores 4·10¹² take about a minute; the pairs of 60,000 images of 784 pixels need 1.4·10¹².
    products: f64,
    /// Pairs whose angle is computed again in double precision.
    near: u64,
}

const BUDGET: Budget = Budget {
    products: 4e12,
    near: 1_000_000,
};

/// Rows of one block of cosines.
const BLOCK: usize = 2048;

/// Compares inputs `[n, dimension]`.
///
/// Equal ones are found among all. Cosines of all pairs are computed in single precision; wherever one could belong to an
/// angle of at most [`NEAR`], the angle is computed in double precision. Costs n²·d/2 multiplications.
///
/// ```
/// let found = landscape::data::pairs(&[1.0, 0.0, -2.0, 0.0, 1.0, 1.0], 2);
/// assert_eq!((found.equal, found.parallel), (0, 1));
/// assert_eq!(found.closest.unwrap().examples, [0, 1]);
/// ```
pub fn pairs(inputs: &[f64], dimension: usize) -> Pairs {
    search(inputs, dimension, BUDGET)
}

fn search(inputs: &[f64], dimension: usize, budget: Budget) -> Pairs {
    let row = |i: usize| &inputs[i * dimension..(i + 1) * dimension];
    let n = inputs.len() / dimension;
    let directed: Vec<usize> = (0..n).filter(|&i| row(i).iter().any(|x| *x != 0.0)).collect();
    let most = (2.0 * budget.products / dimension as f64).sqrt() as usize;
    let compared: Vec<usize> = if directed.len() > most {
        (0..most).map(|k| directed[k * directed.len() / most]).collect()
    } else {
        directed.clone()
    };
    let rows: Vec<&[f64]> = compared.iter().map(|&i| row(i)).collect();
    let found = Search::over(&rows, dimension, budget.near);
    Pairs {
        zero: n - directed.len(),
        equal: equal(inputs, dimension),
        compared: compared.len(),
        parallel: found.parallel,
        near: found.near,
        uncounted: found.uncounted,
        closest: found.closest(&rows).map(|closest| Closest {
            examples: closest.examples.map(|i| compared[i]),
            ..closest
        }),
    }
}

/// Pairs of equal rows.
fn equal(inputs: &[f64], dimension: usize) -> u64 {
    let mut groups: HashMap<[u8; 32], u64> = HashMap::new();
    for row in inputs.chunks_exact(dimension) {
        *groups.entry(key(row)).or_default() += 1;
    }
    groups.values().map(|count| count * (count - 1) / 2).sum()
}

/// The same for equal rows, and for no others.
pub(super) fn key(row: &[f64]) -> [u8; 32] {
    // Adding 0 makes −0 and 0 the same.
    let bytes: Vec<u8> = row.iter().flat_map(|x| (x + 0.0).to_le_bytes()).collect();
    *blake3::hash(&bytes).as_bytes()
}

/// A row divided by its length; by its largest number first, so that squares neither overflow nor vanish.
fn unit(row: &[f64]) -> impl Iterator<Item = f64> {
    let largest = row.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    let length = row.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt();
    row.iter().map(move |x| x / largest / length)
}

/// The angle between the lines through two rows, exact up to rounding also where it is small.
fn angle(x: &[f64], y: &[f64]) -> f64 {
    let (mut difference, mut sum) = (0.0, 0.0);
    for (x, y) in unit(x).zip(unit(y)) {
        difference += (x - y).powi(2);
        sum += (x + y).powi(2);
    }
    2.0 * (difference.min(sum).sqrt() / 2.0).asin()
}

/// What is known so far.
struct Search {
    /// How much larger than its computed value a cosine may be.
    slack: f64,
    /// The largest cosine computed, and where.
    largest: (f32, [usize; 2]),
    /// The smallest angle computed of those up to [`NEAR`], and where.
    smallest: Option<(f64, [usize; 2])>,
    parallel: u64,
    near: u64,
    uncounted: bool,
}

impl Search {
    fn over(rows: &[&[f64]], dimension: usize, most_near: u64) -> Self {
        let mut search = Search {
            // A sum of d products of unit vectors, and the rounding of the vectors.
            slack: (dimension as f64 + 4.0) * Precision::F32.round_off(),
            largest: (f32::NEG_INFINITY, [0, 0]),
            smallest: None,
            parallel: 0,
            near: 0,
            uncounted: false,
        };
        let device = Device::cpu(Precision::F32);
        let units = |rows: &[&[f64]]| -> Tensor<2> {
            let values: Vec<f32> = rows.iter().flat_map(|row| unit(row)).map(|x| x as f32).collect();
            let data = TensorData::new(values, [rows.len(), dimension]);
            Tensor::from_data(data, (&device.tensors, DType::F32))
        };
        let blocks: Vec<Tensor<2>> = rows.chunks(BLOCK).map(units).collect();
        for (i, left) in blocks.iter().enumerate() {
            for (j, right) in blocks.iter().enumerate().skip(i) {
                let cosines = left.clone().matmul(right.clone().transpose());
                let values = cosines
                    .into_data()
                    .try_into_vec::<f32>()
                    .expect("cosines are f32");
                for (k, line) in values.chunks_exact(right.dims()[0]).enumerate() {
                    search.look(rows, i * BLOCK + k, j * BLOCK, line, most_near);
                }
            }
        }
        search
    }

    /// Takes note of the cosines of row `i` with the rows from `from` on, as far as these come after `i`.
    fn look(&mut self, rows: &[&[f64]], i: usize, from: usize, cosines: &[f32], most_near: u64) {
        let candidate = (NEAR.cos() - self.slack) as f32;
        let first = (i + 1).saturating_sub(from).min(cosines.len());
        let later = &cosines[first..];
        let top = later.iter().fold(f32::NEG_INFINITY, |top, c| top.max(c.abs()));
        if top <= self.largest.0 && top < candidate {
            return;
        }
        for (j, cosine) in (from + first..).zip(later) {
            if cosine.abs() > self.largest.0 {
                self.largest = (cosine.abs(), [i, j]);
            }
            if cosine.abs() < candidate {
                continue;
            }
            if self.near >= most_near {
                self.uncounted = true;
                continue;
            }
            let angle = angle(rows[i], rows[j]);
            self.near += u64::from(angle <= NEAR);
            self.parallel += u64::from(angle <= PARALLEL);
            if angle <= NEAR && self.smallest.is_none_or(|(smallest, _)| angle < smallest) {
                self.smallest = Some((angle, [i, j]));
            }
        }
    }

    /// The pair with the smallest angle; `None` where there is no pair.
    fn closest(&self, rows: &[&[f64]]) -> Option<Closest> {
        let (cosine, at) = self.largest;
        if rows.len() < 2 {
            return None;
        }
        let bound = (f64::from(cosine) + self.slack).min(1.0).acos();
        Some(match self.smallest {
            Some((angle, examples)) => Closest {
                examples,
                angle,
                at_least: if self.uncounted { bound.min(angle) } else { angle },
            },
            None => {
                let angle = angle(rows[at[0]], rows[at[1]]);
                Closest {
                    examples: at,
                    angle,
                    at_least: bound.min(angle),
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Seed;
    use rand::RngExt;

    /// Rows uniform in a cube, of which some are then copied, scaled, turned round, moved a little.
    fn planted() -> (Vec<f64>, usize) {
        let (n, d) = (2_500, 40);
        let mut stream = Seed(5).stream("pairs");
        let mut inputs: Vec<f64> = (0..n * d).map(|_| stream.random_range(-1.0..1.0)).collect();
        let mut make = |to: usize, from: usize, change: &dyn Fn(usize, f64) -> f64| {
            for k in 0..d {
                inputs[to * d + k] = change(k, inputs[from * d + k]);
            }
        };
        make(2_400, 3, &|_, x| x);
        make(2_401, 3, &|_, x| x);
        make(10, 2_300, &|_, x| 1e200 * x);
        make(11, 500, &|_, x| -3.0 * x);
        make(12, 501, &|k, x| if k == 7 { x + 0.01 } else { x });
        make(600, 0, &|_, _| 0.0);
        make(601, 0, &|_, _| -0.0);
        (inputs, d)
    }

    /// Every pair in double precision, the plain way.
    fn plainly(inputs: &[f64], d: usize, keep: impl Fn(usize) -> bool) -> (u64, u64, f64) {
        let rows: Vec<&[f64]> = inputs
            .chunks(d)
            .enumerate()
            .filter(|(i, _)| keep(*i))
            .map(|(_, x)| x)
            .collect();
        let rows: Vec<&[f64]> = rows
            .into_iter()
            .filter(|row| row.iter().any(|x| *x != 0.0))
            .collect();
        let (mut parallel, mut near, mut smallest) = (0, 0, f64::INFINITY);
        for (i, x) in rows.iter().enumerate() {
            for y in &rows[..i] {
                let angle = angle(x, y);
                parallel += u64::from(angle <= PARALLEL);
                near += u64::from(angle <= NEAR);
                smallest = smallest.min(angle);
            }
        }
        (parallel, near, smallest)
    }

    #[test]
    fn planted_pairs_are_found_and_no_others() {
        let (inputs, d) = planted();
        let found = pairs(&inputs, d);
        assert_eq!((found.zero, found.compared, found.uncounted), (2, 2_498, false));
        // Three copies are three pairs; the zeros are one more.
        assert_eq!(found.equal, 4);
        // And one scaled, one turned round; and one moved by about 0.01/3.6 radians.
        assert_eq!((found.parallel, found.near), (5, 6));
        assert_eq!(
            (found.parallel, found.near),
            (plainly(&inputs, d, |_| true).0, plainly(&inputs, d, |_| true).1)
        );
        let closest = found.closest.unwrap();
        assert!(
            closest.angle <= 1e-15 && closest.at_least == closest.angle,
            "{closest:?}"
        );
    }

    #[test]
    fn where_nothing_is_near_the_smallest_angle_has_a_bound() {
        let mut stream = Seed(6).stream("pairs");
        let inputs: Vec<f64> = (0..2_100 * 30).map(|_| stream.random_range(-1.0..1.0)).collect();
        let closest = pairs(&inputs, 30).closest.unwrap();
        let (parallel, near, smallest) = plainly(&inputs, 30, |_| true);
        assert_eq!((parallel, near), (0, 0));
        assert!(
            closest.at_least <= smallest && smallest <= closest.angle,
            "{closest:?} {smallest}"
        );
        assert!(closest.angle - closest.at_least < 1e-4, "{closest:?}");
    }

    #[test]
    fn a_small_budget_compares_evenly_spaced_inputs_and_says_where_it_stopped_counting() {
        let (inputs, d) = planted();
        // 100²·40/2 multiplications.
        let budget = Budget {
            products: 2e5,
            near: 1_000,
        };
        let found = search(&inputs, d, budget);
        assert_eq!((found.compared, found.equal), (100, 4));
        let same = vec![1.0; 5 * 50];
        let found = search(&same, 5, Budget { near: 100, ..BUDGET });
        assert_eq!(
            (found.equal, found.near, found.uncounted),
            (50 * 49 / 2, 100, true)
        );
        assert_eq!(found.closest.unwrap().at_least, 0.0);
    }

    #[test]
    fn small_angles_are_exact() {
        for small in [1e-3_f64, 1e-8, 1e-12] {
            let x = [1.0, 0.0];
            assert!((angle(&x, &[2.0 * small.cos(), 2.0 * small.sin()]) / small - 1.0).abs() < 1e-3);
        }
        assert_eq!(pairs(&[1.0, 2.0], 2).closest, None);
    }
}
