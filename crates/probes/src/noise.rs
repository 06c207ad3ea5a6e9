//! What the products at a site are worth: the noise floor, and how near a kink is.

use crate::{Cost, Finding, Scalar, Site, Subject};
use models::{Device, Directions, Kinks, Objective, Point, Precision};
use rand::RngExt;
use spectra::Block;
use std::time::Instant;

/// What limits every number that is made from products of the Hessian at a site.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// ‖Hv‖ of the unit vector v ∝ Hu for a random u: a lower bound of the spectral norm, and often near it.
    pub norm: f64,
    /// |⟨u, Hv⟩ − ⟨Hu, v⟩| for unit vectors.
    pub asymmetry: f64,
    /// The larger of ‖H(2v) − 2Hv‖ and ‖H(u + v) − Hu − Hv‖.
    pub nonlinearity: f64,
    /// The largest distance of Hu and Hv from the same products in f64, relative to the longer of those, times `norm`.
    /// `None` where there is nothing more exact to compare with.
    pub inexactness: Option<f64>,
    /// How many examples that was compared on.
    pub compared: usize,
    /// How near the kinks of a piecewise linear network are.
    pub kinks: Option<Kinks>,
    round_off: f64,
    seconds: f64,
}

/// Multiplications that one product in f64 may take: it must not cost more than the measurement that it is for.
const MULTIPLICATIONS: usize = 1 << 28;
/// Bytes of activations that the comparison may keep.
const BYTES: usize = 16 << 20;
/// Measured on two vectors, the noise is taken to be as many times as large.
pub(crate) const CAUTION: f64 = 4.0;
/// Round-offs of the norm that a symmetric operator may be asymmetric by. Rounding explains a few.
const ASYMMETRY: f64 = 3200.0;

const FLOOR: &str = "noise floor of the Hessian";
/// Found with every number that is made from products, where the network has kinks.
pub const KINK_MARGIN: &str = "smallest pre-activation, relative to the mean";

impl Noise {
    /// How many vectors `[P]` the measurement holds at once beside what products need.
    pub(crate) const VECTORS: usize = 10;

    /// The bytes that it holds while it makes the same products in f64, when what products need is gone: 23 vectors, and
    /// nearly two numbers for each output of a link, in both precisions.
    pub(crate) fn bytes_beside_double(subject: &Subject) -> u64 {
        if subject.number == size_of::<f64>() {
            return 0;
        }
        let per_example = 4 * subject.widths * size_of::<f64>();
        let examples = affordable(subject.parameters, per_example).clamp(1, subject.examples);
        (23 * subject.parameters * subject.number + 20 * examples * subject.widths) as u64
    }

    /// Measures it: 4 products here, and 2 on as many examples as f64 can afford, in both precisions.
    pub fn measure(site: &Site) -> Self {
        let clock = Instant::now();
        let space = site.objective.space();
        let (device, dimension) = (&space.device, space.dimension);
        let mut stream = site.seed.stream("noise floor");
        let draws: Vec<f64> = (0..dimension).map(|_| stream.random_range(-1.0..1.0)).collect();
        let u = Directions::new(device.upload(draws, [1, dimension]));
        let u = scaled(&u, 1.0 / u.norms()[0]);
        let here = site.objective.linearise(site.at);
        let hu = here.hessian_times(&u);
        let length = hu.norms()[0];
        // A Hessian of zero has no direction of its own; then v is u.
        let v = if length > 0.0 && length.is_finite() {
            scaled(&hu, 1.0 / length)
        } else {
            u.clone()
        };
        let hv = here.hessian_times(&v);
        let both = here.hessian_times(&u.plus(&v));
        let twice = here.hessian_times(&scaled(&v, 2.0));
        let (additive, homogeneous) = (
            distance(&both, &[&hu, &hv], &[1.0, 1.0]),
            distance(&twice, &[&hv], &[2.0]),
        );
        drop(here);
        let norm = hv.norms()[0].max(length);
        let (inexactness, compared) = match against_double(site, &u, &v) {
            Some((relative, examples)) => (Some(relative * norm), examples),
            None => (None, 0),
        };
        Noise {
            norm,
            asymmetry: (inner(&u, &hv) - inner(&hu, &v)).abs(),
            nonlinearity: additive.max(homogeneous),
            inexactness,
            compared,
            kinks: site.objective.as_risk().and_then(|risk| risk.kinks(site.at)),
            round_off: device.precision.round_off(),
            seconds: clock.elapsed().as_secs_f64(),
        }
    }

    /// The noise of a product with a unit vector: four times the largest defect. The half-width of every eigenvalue is
    /// at least this. Where there are kinks f64 may be on the other side of one, which is no noise of products: the
    /// difference from f64 is reported, and not counted.
    pub fn floor(&self) -> f64 {
        let inexactness = self.inexactness.filter(|_| self.kinks.is_none());
        let defects = [self.nonlinearity, self.asymmetry, inexactness.unwrap_or(0.0)];
        CAUTION * defects.into_iter().fold(0.0, f64::max)
    }

    /// Why nothing can be said of a spectrum here, where the operator is not symmetric beyond rounding.
    pub fn refusal(&self) -> Option<String> {
        (self.asymmetry > ASYMMETRY * self.round_off * self.norm).then(|| {
            format!(
                "The operator is not symmetric: uᵀHv and vᵀHu differ by {:.1e} for unit vectors, where ‖Hv‖ is {:.1e} and \
                 rounding explains {:.1e}. Eigenvalues of a matrix that is not symmetric are no curvatures; none are given.",
                self.asymmetry,
                self.norm,
                32.0 * self.round_off * self.norm
            )
        })
    }

    /// What to beware of near a kink.
    pub fn warning(&self) -> Option<String> {
        let kinks = self.kinks.filter(|kinks| kinks.touching > 0)?;
        Some(format!(
            "{} of {} pre-activations are zero up to rounding: the point lies on a kink, where there is no Hessian, and the \
             products are those of one of the linear pieces that meet there.",
            kinks.touching, kinks.units
        ))
    }

    /// The margin, where there are kinks: found with every number that is made from products.
    pub(crate) fn margin(&self) -> Option<Scalar> {
        self.kinks.map(|kinks| Scalar::exact(KINK_MARGIN, kinks.margin))
    }

    /// What was measured, as a finding of its own.
    pub fn finding(&self) -> Finding {
        let mut scalars = vec![
            Scalar::exact(FLOOR, self.floor()),
            Scalar::exact("symmetry defect", self.asymmetry),
            Scalar::exact("linearity defect", self.nonlinearity),
        ];
        scalars.extend(
            self.inexactness
                .map(|found| Scalar::exact("difference from f64", found)),
        );
        scalars.extend(self.margin());
        let compared = match self.inexactness {
            Some(_) => format!("Products were compared with f64 on {} examples.", self.compared),
            None => "Products were not compared with f64: they are computed in it.".into(),
        };
        Finding {
            probe: "noise".into(),
            scalars,
            verdicts: vec![compared],
            warnings: self.refusal().into_iter().chain(self.warning()).collect(),
            cost: Cost {
                gradients: 1,
                products: 4,
                seconds: self.seconds,
            },
            ..Finding::default()
        }
    }
}

/// On how many examples f64 can be afforded.
fn affordable(dimension: usize, bytes_per_example: usize) -> usize {
    (MULTIPLICATIONS / dimension.max(1)).min(BYTES / bytes_per_example.max(1))
}

/// The largest difference of products with u and v from the same in f64 on the processor, relative to the longest, and
/// on how many examples.
fn against_double(site: &Site, u: &Directions, v: &Directions) -> Option<(f64, usize)> {
    let risk = site.objective.as_risk()?;
    let device = &risk.space().device;
    if device.precision == Precision::F64 {
        return None;
    }
    let examples = affordable(risk.space().dimension, risk.bytes_per_example()).clamp(1, risk.examples());
    let double = Device::cpu(Precision::F64);
    let first: Vec<usize> = (0..examples).collect();
    let part = risk.on_examples(&first);
    let exact = part.on(&double);
    let at = Point::from_host(site.at.to_host(), &double);
    let (exact, part) = (exact.linearise(&at), part.linearise(site.at));
    let (mut most, mut longest) = (0.0f64, 0.0f64);
    for direction in [u, v] {
        let upload = |d: &Directions, device: &Device| {
            let numbers = models::download(&d.tensor());
            Directions::new(device.upload(numbers, [1, d.dimension()]))
        };
        let wanted = exact.hessian_times(&upload(direction, &double));
        let found = upload(&part.hessian_times(direction), &double);
        most = most.max(distance(&found, &[&wanted], &[1.0]));
        longest = longest.max(wanted.norms()[0]);
    }
    Some((if longest > 0.0 { most / longest } else { 0.0 }, examples))
}

/// c·v.
pub(crate) fn scaled(v: &Directions, c: f64) -> Directions {
    Directions::combine(&[v], &spectra::Matrix::from_fn(1, 1, |_, _| c))
}

/// ⟨a, b⟩.
fn inner(a: &Directions, b: &Directions) -> f64 {
    Directions::gram(&[a], b)[(0, 0)]
}

/// ‖a − Σ cᵢbᵢ‖.
fn distance(a: &Directions, terms: &[&Directions], coefficients: &[f64]) -> f64 {
    let mut left = a.clone();
    left.subtract(
        terms,
        &spectra::Matrix::from_fn(terms.len(), 1, |i, _| coefficients[i]),
    );
    left.norms()[0]
}
