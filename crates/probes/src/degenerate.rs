//! What lies around a critical point where second order does not decide.

use models::{Device, Objective, Point, download};
use rand::{Rng, RngExt};
use spectra::Eigen;

/// What the values along the kernel of the Hessian do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kernel {
    /// Its dimension.
    pub dimension: usize,
    /// Some values fall, with the leading power of the distance.
    pub fall: Option<u32>,
    /// Some values rise.
    pub rise: Option<u32>,
    /// None was seen to change at all.
    pub constant: bool,
}

/// How many random directions of the kernel are tried beside its basis.
const DIRECTIONS: usize = 32;
/// The longest distance tried, in units of the point's length or one.
const DISTANCE: f64 = 0.05;
/// Newton steps beside the kernel, with the Hessian of the centre: each gains a power of the distance.
const CORRECTIONS: usize = 20;
/// How many vectors of the kernel's basis are tried.
const AXES: usize = 32;
/// Round-offs by which a value must change to count.
const ROUNDING: f64 = 1e3;

impl Kernel {
    /// What the values along the kernel say.
    pub fn told(&self, rises_beside: bool) -> String {
        let dimension = self.dimension;
        match (self.fall, self.rise.is_some() || rises_beside) {
            (Some(power), true) => format!(
                "It is a degenerate saddle: along the kernel of the Hessian, of dimension {dimension}, the loss falls like the \
             power {power} of the distance, and it rises elsewhere."
            ),
            (Some(power), false) => format!(
                "It looks like a degenerate maximum: along the kernel of the Hessian, of dimension {dimension}, the loss falls \
             like the power {power} of the distance, and no direction was found along which it rises."
            ),
            (None, _) if self.constant => format!(
                "It looks like a degenerate minimum: the loss is constant along the kernel of the Hessian, of dimension \
             {dimension}, as in a valley of minima. No descent was found, which is no proof."
            ),
            (None, _) => format!(
                "It looks like a degenerate minimum: along the kernel of the Hessian, of dimension {dimension}, no descent was \
             found, which is no proof."
            ),
        }
    }

    /// Follows f along directions u of the kernel, the eigenvectors whose eigenvalues are at most `flat` in size.
    ///
    /// At x + tu + y, where Newton steps choose y beside the kernel so that the gradient vanishes there, the change p(t)
    /// of f has a leading power of t of at least 3. It counts where p at t, t/2 and t/4 has one sign and falls like one
    /// power. An odd power falls on one side.
    pub fn follow(
        objective: &dyn Objective,
        at: &Point,
        spectrum: &Eigen,
        flat: f64,
        stream: &mut impl Rng,
    ) -> Self {
        let n = spectrum.values.len();
        let (kernel, range): (Vec<usize>, Vec<usize>) =
            (0..n).partition(|&i| spectrum.values[i].abs() <= flat);
        let column = |i: usize| (0..n).map(|k| spectrum.vectors[(k, i)]).collect::<Vec<f64>>();
        let axes: Vec<Vec<f64>> = kernel.iter().map(|&i| column(i)).collect();
        let mut directions: Vec<Vec<f64>> = axes.iter().take(AXES).cloned().collect();
        if axes.len() > 1 {
            directions.extend((0..DIRECTIONS).map(|_| mixture(&axes, stream)));
        }
        let centre = at.to_host();
        let mut around = Around {
            objective,
            device: &objective.space().device,
            centre: &centre,
            value: 0.0,
            beside: range.iter().map(|&i| (spectrum.values[i], column(i))).collect(),
            stiffness: spectrum.values.iter().fold(0.0, |m: f64, x| m.max(x.abs())),
        };
        around.value = around.change(&centre, 0.0).0;
        let length = centre.iter().map(|x| x * x).sum::<f64>().sqrt();
        let mut seen = Kernel {
            dimension: kernel.len(),
            fall: None,
            rise: None,
            constant: true,
        };
        for u in &directions {
            for side in [1.0, -1.0] {
                let reach = side * DISTANCE * length.max(1.0);
                let changes = [1.0, 0.5, 0.25].map(|share| around.change(u, share * reach));
                seen.constant &= changes.iter().all(|(change, noise)| change.abs() <= *noise);
                match power(changes) {
                    Some((power, true)) => seen.rise = seen.rise.or(Some(power)),
                    Some((power, false)) => seen.fall = seen.fall.or(Some(power)),
                    None => {}
                }
            }
        }
        seen
    }
}

/// A unit vector, uniform in the span of an orthonormal basis up to the law of its coefficients.
fn mixture(axes: &[Vec<f64>], stream: &mut impl Rng) -> Vec<f64> {
    let weights: Vec<f64> = axes.iter().map(|_| stream.random_range(-1.0..1.0)).collect();
    let length = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
    let entry = |k: usize| {
        axes.iter()
            .zip(&weights)
            .map(|(axis, w)| w * axis[k])
            .sum::<f64>()
            / length
    };
    (0..axes[0].len()).map(entry).collect()
}

/// The leading power of three changes at distances t, t/2, t/4, and whether values rise.
fn power(changes: [(f64, f64); 3]) -> Option<(u32, bool)> {
    let rises = changes[0].0 > 0.0;
    let counts = |(change, noise): &(f64, f64)| change.abs() > *noise && (*change > 0.0) == rises;
    if !changes.iter().all(counts) {
        return None;
    }
    let first = (changes[0].0 / changes[1].0).log2();
    let second = (changes[1].0 / changes[2].0).log2();
    let power = second.round();
    let clear = (first - power).abs() < 0.25 && (second - power).abs() < 0.25 && power >= 3.0;
    clear.then_some((power as u32, rises))
}

/// A point and its Hessian beside the kernel.
struct Around<'a> {
    objective: &'a dyn Objective,
    device: &'a Device,
    centre: &'a [f64],
    value: f64,
    beside: Vec<(f64, Vec<f64>)>,
    stiffness: f64,
}

impl Around<'_> {
    /// p(t), and what rounding may make of it.
    fn change(&self, u: &[f64], t: f64) -> (f64, f64) {
        let mut x: Vec<f64> = self.centre.iter().zip(u).map(|(x, u)| x + t * u).collect();
        let round_off = self.device.precision.round_off();
        let mut step = f64::INFINITY;
        for _ in 0..CORRECTIONS * usize::from(!self.beside.is_empty()) {
            if step <= round_off * t.abs() {
                break;
            }
            let slope = self.objective.slope(&Point::from_host(x.clone(), self.device));
            let gradient = download(&slope.gradient.flat());
            step = 0.0;
            for (value, axis) in &self.beside {
                let along: f64 = gradient.iter().zip(axis).map(|(g, q)| g * q).sum();
                step = (along / value).abs().max(step);
                x.iter_mut().zip(axis).for_each(|(x, q)| *x -= along / value * q);
            }
        }
        let there = self.objective.value(&Point::from_host(x, self.device));
        let size = self.value.abs().max(there.abs()) + self.stiffness * t * t;
        (there - self.value, ROUNDING * round_off * size)
    }
}
