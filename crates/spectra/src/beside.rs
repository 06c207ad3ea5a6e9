//! A look at what lies beside the pairs that were found.

use crate::complement::Complement;
use crate::jacobi::{Jacobi, least_mass};
use crate::krylov::Krylov;
use crate::lanczos::chosen;
use crate::ritz::Ritz;
use crate::{Ending, Ends, Matrix, SelfAdjoint, Unseen, eigen};
use std::ops::ControlFlow;

/// A gap is wide from this share of the width of what lies beside the pairs on: then it takes few steps to see it.
const WIDE: f64 = 0.1;
/// So much of a wide gap must have been seen to be free, for bounds of pairs that stand alone.
const FREE: f64 = 0.8;

/// What the look has shown.
pub(crate) enum Beside {
    /// No pair is missing, with the probability that was asked for.
    Nothing(Unseen),
    /// At least one eigenvalue should be among the pairs, and is not.
    More(Missing),
    /// The vectors that are not pairs had too much beside them: with fewer of them the look may succeed.
    TooWide,
    /// It was stopped before it could tell.
    Stopped(Ending),
}

/// So many Ritz values must come out at least so far below or above, before it is worth to look again.
#[derive(Default)]
pub(crate) struct Missing {
    below: Option<(f64, usize)>,
    above: Option<(f64, usize)>,
}

impl Missing {
    /// Whether nothing is missing among these Ritz values any more.
    pub fn found_in(&self, values: &[f64]) -> bool {
        let enough = |wanted: Option<(f64, usize)>, out: f64| {
            wanted.is_none_or(|(value, count)| so_far_out(values, value, out) >= count)
        };
        enough(self.below, -1.0) && enough(self.above, 1.0)
    }
}

/// How many of the values are as far below (−1) or above (1) as this one.
fn so_far_out(values: &[f64], value: f64, out: f64) -> usize {
    values.iter().filter(|&&x| out * (x - value) >= 0.0).count()
}

/// The Ritz vectors beside which the look is made: the pairs, and some more towards the middle, which need not have
/// converged. Without those, what is beside lies farther from the pairs, and that takes fewer steps to see.
///
/// In the basis of these vectors Y and its complement the operator is [[Θ, Sᵀ], [S, A′]]: their values are Θ, and what
/// their products have beside them is S, along one block. Where A′ is known to be at least x, the operator is at least
/// M(x) = [[Θ, Sᵀ], [S, x]], and so are its eigenvalues, one by one (Weyl); likewise at the upper end.
pub(crate) struct Surroundings {
    /// The numbers of the vectors Y among the Ritz vectors.
    pub vectors: Vec<usize>,
    values: Vec<f64>,
    coupling: Matrix,
    wanted: (usize, usize),
    /// How many vectors there are that are not pairs, at the upper and at the lower end.
    more: (usize, usize),
    lowest: Option<Edge>,
    highest: Option<Edge>,
}

/// One end of what is beside the pairs.
struct Edge {
    /// Something farther out than this must be among the pairs.
    pair: f64,
    /// That nothing beside the pairs is farther out than this would change the order of equals at most.
    equal: f64,
    /// As far as nothing is seen beyond it, the look shows that nothing is: most of a wide gap is free.
    free: f64,
}

impl Surroundings {
    /// The pairs, and beside them at each end that is asked for the vectors whose residuals are smaller than their distance
    /// from the pairs, inwards as far as they go, but no more than half of those that are left.
    pub fn of(ends: &Ends, ritz: &Ritz, coupling: &Matrix, tolerance: impl Fn(usize) -> f64) -> Self {
        let (values, count) = (&ritz.values, ritz.values.len());
        let most = (count - ends.wanted()).saturating_sub(1) / 2;
        // From the last pair inwards; none where there is no pair.
        let near = |pair: Option<usize>, beside: &dyn Fn(usize) -> usize| {
            let pair = pair.map(|pair| values[pair]);
            let known = |i: usize| pair.is_some_and(|value| ritz.residuals[i] < (value - values[i]).abs());
            (0..most).take_while(|&more| known(beside(more))).count()
        };
        let (last, first) = (count - ends.largest, ends.smallest);
        let above = near((ends.largest > 0).then_some(last), &|more| last - 1 - more);
        let below = near(first.checked_sub(1), &|more| first + more);
        let vectors = chosen(count, ends.largest + above, ends.smallest + below);
        let pairs = ritz.last(coupling, &chosen(count, ends.largest, ends.smallest));
        let width = values[last - 1] - values[first];
        // The edge whose last pair has number `i` and whose first value beside the pairs has number `beside`.
        let edge = |i: usize, beside: usize, out: f64| {
            let gap = out * (values[i] - values[beside]);
            let equal = values[i] + out * (2.0 * tolerance(i) + pairs.norm_l2());
            let wide = gap > (WIDE * width).max(4.0 * tolerance(i));
            Edge {
                pair: values[i] + out * tolerance(i),
                equal,
                free: if wide { values[i] - out * FREE * gap } else { equal },
            }
        };
        Self {
            values: vectors.iter().map(|&i| values[i]).collect(),
            coupling: ritz.last(coupling, &vectors),
            vectors,
            wanted: (ends.largest, ends.smallest),
            more: (above, below),
            lowest: (ends.smallest > 0).then(|| edge(first - 1, first, -1.0)),
            highest: (ends.largest > 0).then(|| edge(last, last - 1, 1.0)),
        }
    }

    /// Half as many vectors beside the pairs: which of these they are, and the rest as it was.
    pub fn narrower(self) -> (Vec<usize>, Self) {
        let more = (self.more.0 / 2, self.more.1 / 2);
        let columns = chosen(self.values.len(), self.wanted.1 + more.1, self.wanted.0 + more.0);
        // Those chosen descend, and so do the values.
        let columns: Vec<usize> = columns.into_iter().rev().collect();
        let narrower = Self {
            vectors: columns.iter().map(|&i| self.vectors[i]).collect(),
            values: columns.iter().map(|&i| self.values[i]).collect(),
            coupling: Matrix::from_fn(self.coupling.nrows(), columns.len(), |i, j| {
                self.coupling[(i, columns[j])]
            }),
            more,
            ..self
        };
        (columns, narrower)
    }

    /// The first eigenvalue beside the pairs is no farther out than this, at the lower (−1) or upper (1) end, if those
    /// of A′ are no farther out than x.
    fn first_beside(&self, x: f64, out: f64) -> f64 {
        if !x.is_finite() {
            return x;
        }
        let (known, more) = (self.values.len(), self.coupling.nrows());
        let bordered = Matrix::from_fn(known + more, known + more, |i, j| match (i < known, j < known) {
            (true, true) if i == j => self.values[i],
            (true, false) => self.coupling[(j - known, i)],
            (false, true) => self.coupling[(i - known, j)],
            (false, false) if i == j => x,
            _ => 0.0,
        });
        let values = eigen(&bordered).values;
        // In the rest of the space, which has room for any number of them, M(x) has the eigenvalue x.
        match out > 0.0 {
            true => values[values.len() - 1 - self.wanted.0].max(x),
            false => values[self.wanted.1].min(x),
        }
    }

    /// How far out A′ may reach, at the lower (−1) or upper (1) end, if no eigenvalue beside the pairs is to be farther
    /// out than `target`.
    ///
    /// The eigenvalues of M(x) beyond the target are counted by those of Θ and those of the Schur complement
    /// (x − target) − Σ s sᵀ / (θ − target) (Haynsworth 1968), for the columns s of S: together there may be as many as
    /// pairs. So a pair that is nearly at the target, where its term has no bound, takes its own place and no other.
    fn limit(&self, target: f64, out: f64) -> f64 {
        let pairs = if out > 0.0 { self.wanted.0 } else { self.wanted.1 };
        let farther = self.values.iter().filter(|&&value| out * (value - target) > 0.0);
        let Some(left) = pairs.checked_sub(farther.count()) else {
            return -out * f64::INFINITY;
        };
        let s = &self.coupling;
        let complement = Matrix::from_fn(s.nrows(), s.nrows(), |i, j| {
            let terms = self.values.iter().enumerate().map(|(k, value)| {
                let product = s[(i, k)] * s[(j, k)];
                // A vector with nothing beside it asks for nothing, wherever its value is.
                if product == 0.0 {
                    0.0
                } else {
                    product / (value - target)
                }
            });
            terms.sum()
        });
        if !complement.is_all_finite() {
            return -out * f64::INFINITY;
        }
        let mut shifts = eigen(&complement).values;
        if out < 0.0 {
            shifts.reverse();
        }
        let first = shifts.get(left).map_or(0.0, |shift| out * shift);
        target + out * first.min(0.0)
    }

    /// What is missing if A′ has values as far out as these; they are halved towards the pair that they pass by, since
    /// they may come out with another rounding.
    fn passed_by(&self, (low, high): (f64, f64)) -> Option<Missing> {
        let passed = |edge: &Option<Edge>, value: f64, out: f64| {
            let edge = edge.as_ref().filter(|edge| out * (value - edge.pair) > 0.0)?;
            let between = 0.5 * (value + edge.pair);
            Some((between, 1 + so_far_out(&self.values, between, out)))
        };
        let missing = Missing {
            below: passed(&self.lowest, low, -1.0),
            above: passed(&self.highest, high, 1.0),
        };
        (missing.below.is_some() || missing.above.is_some()).then_some(missing)
    }

    /// Whether the first eigenvalues beside the pairs are as close as the look must show, if A′ lies between these bounds
    /// and has these extreme Ritz values.
    fn shown(&self, (below, above): (f64, f64), (low, high): (f64, f64)) -> bool {
        let shown = |edge: &Option<Edge>, bound: f64, value: f64, out: f64| {
            edge.as_ref().is_none_or(|edge| {
                let occupied = out * (value - edge.free) > 0.0;
                let target = if occupied { edge.equal } else { edge.free };
                out * (bound - self.limit(target, out)) <= 0.0
            })
        };
        shown(&self.lowest, below, low, -1.0) && shown(&self.highest, above, high, 1.0)
    }
}

/// Lanczos from one random vector beside the basis, until it is known whether a pair is missing: where none is said to
/// be, that is wrong with a probability of at most `miss`.
///
/// Nothing is kept but the last two vectors. Without a basis, values that have converged appear again as copies, which
/// changes neither the extreme Ritz values nor what the coefficients prove: they are those of a measure with the same
/// mass within rounding of each eigenvalue (Greenbaum 1989).
/// The proof is that of [`Jacobi::bounds`]: the extreme eigenvectors of A′ are fixed before the random vector is drawn,
/// so that the vector has more than [`least_mass`] along each, with probability 1 − `miss` and at all steps together.
pub(crate) fn look_beside<A: SelfAdjoint>(
    krylov: &mut Krylov<'_, A>,
    ends: &Ends,
    around: &Surroundings,
    beyond: Option<&A::Block>,
    miss: f64,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Beside {
    let operator = krylov.operator;
    let known: Vec<&A::Block> = krylov.basis.iter().collect();
    let room = operator.dimension() - around.values.len();
    let least = least_mass(room, 0.5 * miss);
    let beyond = beyond.map(|block| (block, &around.coupling));
    let stream = &mut krylov.stream;
    let mut complement = Complement::new(operator, stream, known, &around.values, beyond, krylov.norm);
    let mut jacobi = Jacobi::default();
    let mut due = 0;
    while complement.next.is_some() {
        krylov.products += 1;
        let Ok((diagonal, beside)) = complement.step() else {
            return Beside::Stopped(Ending::NotFinite);
        };
        jacobi.diagonal.push(diagonal);
        jacobi.beside.push(beside);
        let stopped = progress(krylov.products).is_break();
        let spent = krylov.products >= ends.max_products;
        let steps = jacobi.diagonal.len();
        if steps >= due || stopped || spent || complement.next.is_none() {
            due = steps + 1 + steps / 32;
            let values = jacobi.ends();
            if let Some(missing) = around.passed_by(values) {
                return Beside::More(missing);
            }
            let bounds = match complement.next {
                Some(_) => jacobi.bounds(least),
                None => values,
            };
            if around.shown(bounds, values) {
                return Beside::Nothing(Unseen {
                    below: around.first_beside(bounds.0, -1.0),
                    above: around.first_beside(bounds.1, 1.0),
                    confidence: ends.confidence,
                });
            }
            if around.more != (0, 0) && !around.shown(values, values) {
                return Beside::TooWide;
            }
        }
        if stopped {
            return Beside::Stopped(Ending::Interrupted);
        }
        if spent {
            break;
        }
    }
    Beside::Stopped(Ending::MaxProducts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values with one column each of what lies beside the vectors, as deep as a block of two.
    fn around(more: (usize, usize)) -> Surroundings {
        let values: Vec<f64> = (0..9).map(|i| 4.0 - f64::from(i)).collect();
        let near_pairs = |j: usize| if (2..7).contains(&j) { 0.1 } else { 1e-3 };
        Surroundings {
            vectors: (0..9).collect(),
            coupling: Matrix::from_fn(2, 9, |i, j| near_pairs(j) * ((3 * i + 5 * j) as f64).sin()),
            values,
            wanted: (2, 2),
            more,
            lowest: None,
            highest: None,
        }
    }

    /// At the limit, the bordered matrix has its first value beside the pairs at the target.
    #[test]
    fn limits_are_where_the_bordered_matrix_says() {
        let around = around((3, 3));
        // Between the pairs, where one of the two places is free, something beside them may nearly be at the target.
        let between = [(3.3, 1.0), (3.0 + 1e-9, 1.0), (-3.3, -1.0), (-3.0 - 1e-9, -1.0)];
        let inside = [(2.4, 1.0), (2.9, 1.0), (2.01, 1.0), (-2.4, -1.0), (-2.05, -1.0)];
        for (target, out) in inside.into_iter().chain(between) {
            let limit = around.limit(target, out);
            let least = if inside.contains(&(target, out)) {
                1e-5
            } else {
                0.0
            };
            assert!((target - limit) * out >= least, "{target}: {limit}");
            assert!(least > 0.0 || (target - limit) * out < 0.1, "{target}: {limit}");
            assert!(
                (around.first_beside(limit, out) - target).abs() < 1e-12,
                "{target}: {limit}"
            );
            // A little farther out is too far, a little closer is not.
            assert!(out * (around.first_beside(limit + 1e-3 * out, out) - target) > 0.0);
            assert!(out * (around.first_beside(limit - 1e-3 * out, out) - target) < 0.0);
        }
        // A third value beyond the target: nothing helps.
        assert_eq!(around.limit(1.9, 1.0), f64::NEG_INFINITY);
        assert_eq!(around.limit(-1.9, -1.0), f64::INFINITY);
    }

    /// With equal numbers of pairs at both ends, halving takes the innermost vectors at both.
    #[test]
    fn narrower_surroundings_keep_the_pairs() {
        let (columns, narrower) = around((2, 2)).narrower();
        assert_eq!(columns, [0, 1, 2, 6, 7, 8]);
        assert_eq!(narrower.values, [4.0, 3.0, 2.0, -2.0, -3.0, -4.0]);
        assert_eq!((narrower.more, narrower.coupling.ncols()), ((1, 1), 6));
        assert_eq!(narrower.narrower().0, [0, 1, 4, 5]);
    }

    #[test]
    fn what_is_missing_must_come_out_beside_the_pairs() {
        let mut around = around((0, 0));
        around.highest = Some(Edge {
            pair: 3.1,
            equal: 3.2,
            free: 3.2,
        });
        assert!(around.passed_by((-9.0, 3.05)).is_none());
        let missing = around.passed_by((-9.0, 3.5)).unwrap();
        // Beyond 3.3 there is 4 already.
        assert!(!missing.found_in(&[4.0, 3.0, 2.0]) && missing.found_in(&[4.0, 3.4, 3.0]));
    }
}
