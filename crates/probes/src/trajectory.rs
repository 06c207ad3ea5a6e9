//! The way of a run before a point, and the directions along which it went.

use crate::{Path, Scalar, Site};
use models::{Directions, Point};
use spectra::{Block, Matrix, eigen};

/// The most points of a trajectory that are looked at: of more, as many are taken evenly.
const MOST: usize = 50;

/// The places, among so many points in the order of time, of those that a probe looks at: all of 50, else 50 of them evenly,
/// with the first and the last.
///
/// ```
/// assert_eq!(probes::passed(3), [0, 1, 2]);
/// let many = probes::passed(1000);
/// assert_eq!((many.len(), many[0], many[49]), (50, 0, 999));
/// ```
pub fn passed(count: usize) -> Vec<usize> {
    let taken = count.min(MOST);
    (0..taken).map(|i| i * (count - 1) / (taken - 1).max(1)).collect()
}

/// How many points are looked at where a run keeps so many.
pub(crate) fn looked_at(kept: usize) -> usize {
    kept.min(MOST)
}

/// The principal directions of a trajectory about its last point.
pub(crate) struct Trajectory {
    /// What each direction explains of the sum of squared distances, and how long its unit is.
    parts: Vec<(f64, f64)>,
    /// θᵢ − θ for the points before, in the order of time.
    way: Vec<Directions>,
}

impl Trajectory {
    /// The first `count` principal directions of the differences θᵢ − θ of the points passed before θ: the right singular
    /// vectors vₖ of the matrix `[n, P]` that has them as rows (Li et al. 2018). They span the plane through θ from which the
    /// sum of squared distances is smallest.
    ///
    /// Each is as long as its largest |⟨θᵢ − θ, vₖ⟩|, so that the trajectory fits between −1 and 1, and points away from the
    /// first of the θᵢ. Costs n²P operations for the inner products, and n differences.
    pub fn about(site: &Site, count: usize) -> Result<(Self, Vec<Directions>), String> {
        let way: Vec<Directions> = site.passed.iter().map(|point| point.minus(site.at)).collect();
        let n = way.len();
        if n < count {
            return Err(format!(
                "the run kept {} before this point, and {count} directions of the trajectory need as many: keep more with \
                 checkpoints.keep_every or checkpoints.keep_per_decade",
                if n == 1 {
                    "1 point".into()
                } else {
                    format!("{n} points")
                }
            ));
        }
        let all: Vec<&Directions> = way.iter().collect();
        let mut gram = Matrix::zeros(n, n);
        for (j, one) in way.iter().enumerate() {
            let column = Directions::gram(&all, one);
            gram.as_mut().subcols_mut(j, 1).copy_from(&column);
        }
        let found = eigen(&gram);
        let whole: f64 = found.values.iter().sum();
        let (mut parts, mut directions) = (Vec::new(), Vec::new());
        for k in (0..n).rev().take(count) {
            let square = found.values[k];
            // NaN is refused as well.
            let told = square > rounding(site, &gram);
            if !told {
                return Err(format!(
                    "up to rounding, the {n} points kept before this one span {} with it, which has no direction number {}",
                    ["the point itself", "a line"][(n - 1 - k).min(1)],
                    n - k
                ));
            }
            let sigma = square.sqrt();
            // ⟨θᵢ − θ, vₖ⟩ = σₖuₖᵢ for the eigenvector uₖ of the Gram matrix.
            let places: Vec<f64> = (0..n).map(|i| sigma * found.vectors[(i, k)]).collect();
            let unit = places.iter().fold(0.0, |most: f64, place| most.max(place.abs()));
            let sign = if places[0] > 0.0 { -1.0 } else { 1.0 };
            let mixture = Matrix::from_fn(n, 1, |i, _| sign * unit * found.vectors[(i, k)] / sigma);
            directions.push(Directions::combine(&all, &mixture));
            parts.push((square / whole, unit));
        }
        Ok((Trajectory { parts, way }, directions))
    }

    /// What the direction of this number explains, and how long its unit is.
    pub fn numbers(&self, rank: usize) -> [Scalar; 2] {
        let (share, unit) = self.parts[rank];
        let [explained, length] = names(rank);
        [Scalar::exact(&explained, share), Scalar::exact(&length, unit)]
    }

    /// The trajectory up to θ, projected into the plane θ + su + tv.
    pub fn path(&self, [u, v]: [&Directions; 2]) -> Path {
        let inner = |a: &Directions, b: &Directions| a.inner_products(b)[0];
        let (uu, uv, vv) = (inner(u, u), inner(u, v), inner(v, v));
        let determinant = uu * vv - uv * uv;
        let places = self.way.iter().map(|step| {
            let (a, b) = (inner(step, u), inner(step, v));
            ((vv * a - uv * b) / determinant, (uu * b - uv * a) / determinant)
        });
        let (x, y) = places.chain([(0.0, 0.0)]).unzip();
        Path {
            name: "trajectory, projected".into(),
            x,
            y,
        }
    }
}

/// What the numbers of the direction of this rank are called.
pub(crate) fn names(rank: usize) -> [String; 2] {
    let name = name(rank);
    [
        format!("share of the trajectory's variance along its {name}"),
        format!("length of one unit of its {name}"),
    ]
}

/// What the direction of this rank is called.
pub(crate) fn name(rank: usize) -> &'static str {
    match rank {
        0 => "first principal direction",
        _ => "second principal direction",
    }
}

/// The square of a singular value that rounding may leave of nothing: that of coordinates, each wrong by a round-off of
/// itself on both sides of a difference, and that of sums and of the eigenvalue solver in f64.
fn rounding(site: &Site, gram: &Matrix) -> f64 {
    let n = gram.nrows();
    let whole: f64 = (0..n).map(|i| gram[(i, i)]).sum();
    let size = |point: &Point| Directions::new(point.tensor().clone().unsqueeze()).norms()[0].powi(2);
    let sizes = n as f64 * size(site.at) + site.passed.iter().map(size).sum::<f64>();
    let unit = site.objective.space().device.precision.round_off();
    4.0 * unit * unit * sizes + 16.0 * n as f64 * f64::EPSILON * whole
}
