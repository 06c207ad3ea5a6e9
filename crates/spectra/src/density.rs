//! The density of a spectrum by stochastic Lanczos quadrature.

use std::f64::consts::PI;
use std::ops::ControlFlow;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::accuracy::statistical;
use crate::dense::explicit_unless;
use crate::krylov::{Krylov, NOISE, NotFinite};
use crate::{Accuracy, Effort, Ending, Estimate, Rule, SelfAdjoint, eigenvalues, overshoot};

/// The density of a spectrum: which share of the eigenvalues lies where.
///
/// Its distribution function is the average of those of its Gauss rules, which are kept, so that every view
/// of them can be made again. All bounds hold together with probability `confidence`.
#[derive(Clone, Debug, PartialEq)]
pub struct Density {
    /// One rule for each random start, or one with all eigenvalues. None if a product was not finite.
    pub rules: Vec<Rule>,
    /// The number of eigenvalues.
    pub dimension: usize,
    /// What was done: as planned, or less if it was interrupted; no random start where all eigenvalues were computed.
    pub effort: Effort,
    /// How many vectors were multiplied.
    pub products: usize,
    /// The probability with which all bounds hold.
    pub confidence: f64,
    /// Why it ended: `Converged` as planned, or `WholeSpace` where all eigenvalues were computed.
    pub ending: Ending,
    /// The noise of the products: each eigenvalue is known up to this only.
    pub noise: f64,
}

/// A number between two bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    /// The lower bound.
    pub below: f64,
    /// The number.
    pub value: f64,
    /// The upper bound.
    pub above: f64,
}

/// The spectral density of a symmetric operator, as accurately as is asked for.
///
/// Stochastic Lanczos quadrature (Chen, Trogdon and Ubaru 2021): the measure that a random vector sees,
/// averaged over a few of them, each measure replaced by the Gauss rule of its Lanczos steps
/// (fully reorthogonalised). [`Accuracy::effort`] says how many steps and starts are made, and by which theorems.
/// Where all eigenvalues cost fewer products, and the dimension is at most 4,096, they are computed instead.
///
/// Costs `effort.products()` products, and the basis of `block` starts: `block` · `steps` + 2 · `block` vectors.
/// `progress` hears after each step how many vectors have been multiplied so far, and may stop the iteration:
/// then the answer is what is known by then, with the bounds that this has.
///
/// ```
/// use spectra::{Accuracy, DiagonalOperator, density};
/// use std::ops::ControlFlow;
/// // A quarter of the eigenvalues is 1, the others are 0.
/// let operator = DiagonalOperator::new((0..100_000).map(|i| f64::from(u8::from(i % 4 == 0))).collect());
/// let found = density(&operator, &Accuracy::default(), |_| ControlFlow::Continue(()));
/// let half = found.cumulative(0.5);
/// assert!(half.below <= 0.75 && 0.75 <= half.above && half.above - half.below < 0.04);
/// assert!(found.distance() < 0.02);
/// ```
///
/// # Panics
/// If the accuracy has a [`problem`](Accuracy::problem), or the operator has dimension zero.
pub fn density<A: SelfAdjoint>(
    operator: &A,
    accuracy: &Accuracy,
    progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Density {
    begin(operator, accuracy, progress).0
}

/// The density, and the Krylov run of its first starts, if it had any.
pub(crate) fn begin<'a, A: SelfAdjoint>(
    operator: &'a A,
    accuracy: &Accuracy,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> (Density, Option<Krylov<'a, A>>) {
    let dimension = operator.dimension();
    let effort = accuracy.effort(dimension);
    if accuracy.takes_whole(dimension) {
        return (whole(operator, accuracy, progress), None);
    }
    let mut first = None;
    let mut density = Density::none(dimension, accuracy.confidence);
    while density.ending == Ending::Converged && density.rules.len() < effort.probes {
        let mut stream = ChaCha8Rng::seed_from_u64(accuracy.seed);
        stream.set_stream(density.rules.len() as u64);
        let width = accuracy.block.min(effort.probes - density.rules.len());
        let mut krylov = Krylov::new(operator, width, stream);
        krylov.floor = accuracy.noise;
        density.follow(&mut krylov, effort.steps, &mut progress);
        first.get_or_insert(krylov);
    }
    (density, first)
}

/// The density from all eigenvalues.
fn whole<A: SelfAdjoint>(
    operator: &A,
    accuracy: &Accuracy,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Density {
    let dimension = operator.dimension();
    let mut density = Density::none(dimension, accuracy.confidence);
    let counted = |products| {
        density.products = products;
        progress(products)
    };
    let Some(written) = explicit_unless(operator, accuracy.block, counted) else {
        density.ending = Ending::Interrupted;
        return density;
    };
    let values = eigenvalues(&written.matrix);
    if values.iter().any(|value| !value.is_finite()) {
        density.ending = Ending::NotFinite;
        return density;
    }
    let norm = values.iter().fold(0.0, |norm: f64, value| norm.max(value.abs()));
    // A matrix with entries up to a in absolute value has a norm of at most n · a; the solver rounds as well.
    let rounding = (NOISE * operator.round_off() + dimension as f64 * f64::EPSILON) * norm;
    density.noise = rounding.max(accuracy.noise) + 0.5 * dimension as f64 * written.asymmetry;
    density.effort.steps = dimension;
    density.ending = Ending::WholeSpace;
    density.rules = vec![Rule::of_spectrum(values)];
    density
}

impl Density {
    /// The density of a matrix whose eigenvalues are known, each up to `noise`: these, and zeros up to the dimension.
    ///
    /// ```
    /// let density = spectra::Density::of_eigenvalues(vec![3.0, 1.0], 8, 0.0);
    /// assert_eq!((density.trace().value, density.square().value), (4.0, 10.0));
    /// assert_eq!(density.cumulative(0.5).value, 0.75);
    /// ```
    ///
    /// # Panics
    /// If there are more eigenvalues than the dimension, or none at all.
    pub fn of_eigenvalues(eigenvalues: Vec<f64>, dimension: usize, noise: f64) -> Self {
        assert!(
            eigenvalues.len() <= dimension && dimension > 0,
            "{} eigenvalues in dimension {dimension}",
            eigenvalues.len()
        );
        let finite = eigenvalues.iter().all(|value| value.is_finite());
        Self {
            rules: match finite {
                true => vec![Rule::beside_zeros(eigenvalues, dimension)],
                false => Vec::new(),
            },
            effort: Effort {
                steps: dimension,
                probes: 0,
            },
            ending: if finite {
                Ending::WholeSpace
            } else {
                Ending::NotFinite
            },
            noise,
            ..Self::none(dimension, 1.0)
        }
    }

    fn none(dimension: usize, confidence: f64) -> Self {
        Self {
            rules: Vec::new(),
            dimension,
            effort: Effort { steps: 0, probes: 0 },
            products: 0,
            confidence,
            ending: Ending::Converged,
            noise: 0.0,
        }
    }

    /// Takes the rules of a Krylov run that has just been started: one for each vector of its start.
    ///
    /// A run that is cut short counts only if it is the first: all rules have the same number of steps.
    pub(crate) fn follow<A: SelfAdjoint>(
        &mut self,
        krylov: &mut Krylov<'_, A>,
        steps: usize,
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) {
        let before = self.products;
        while krylov.steps < steps && krylov.next.is_some() {
            if let Err(NotFinite) = krylov.advance() {
                self.products = before + krylov.products;
                self.ending = Ending::NotFinite;
                self.rules.clear();
                return;
            }
            self.products = before + krylov.products;
            if progress(self.products).is_break() && krylov.steps < steps && krylov.next.is_some() {
                self.ending = Ending::Interrupted;
                break;
            }
        }
        if self.ending == Ending::Interrupted && !self.rules.is_empty() {
            return;
        }
        let whole = krylov.next.is_none();
        let steps = if whole { steps } else { krylov.steps };
        let noise = krylov.noise();
        self.noise = self.noise.max(noise);
        for j in 0..krylov.start.ncols() {
            let start: Vec<f64> = (0..krylov.start.nrows()).map(|i| krylov.start[(i, j)]).collect();
            self.rules
                .push(Rule::new(&krylov.projected, &start, steps, noise, whole));
        }
        self.effort = Effort {
            steps,
            probes: self.rules.len(),
        };
    }

    /// How far the distribution functions may differ by the chance of the starts: half of 1 − confidence is for this.
    pub fn chance(&self) -> f64 {
        match self.effort.probes {
            0 => 0.0,
            probes => statistical(self.dimension, probes, 0.5 * (1.0 - self.confidence)),
        }
    }

    /// An interval that contains the whole spectrum, up to the noise.
    ///
    /// From the extreme nodes and [`overshoot`], with a quarter of 1 − confidence for each end.
    pub fn interval(&self) -> (f64, f64) {
        let ends = |(low, high): (f64, f64), rule: &Rule| {
            (low.min(rule.nodes[0]), high.max(rule.nodes[rule.nodes.len() - 1]))
        };
        let (low, high) = self.rules.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        if self.effort.probes == 0 {
            return (low, high);
        }
        let eta = 0.25 * (1.0 - self.confidence);
        let beyond = overshoot(self.dimension, self.effort.steps, self.effort.probes, eta);
        // The nodes span at least 1 − 2 · beyond of the true width.
        let most = if beyond < 0.5 {
            (high - low) / (1.0 - 2.0 * beyond)
        } else {
            f64::INFINITY
        };
        let more = if beyond > 0.0 { beyond * most } else { 0.0 };
        (low - more, high + more)
    }

    /// A bound on the Wasserstein-1 distance from the true density, in the units of the eigenvalues.
    ///
    /// The smaller one of two: that of [`Accuracy::effort`] for the width of [`interval`](Self::interval), and the
    /// area between the bounds of [`cumulative`](Self::cumulative), which knows the spectrum; plus the noise.
    pub fn distance(&self) -> f64 {
        let (low, high) = self.interval();
        let exact = self.rules.iter().all(|rule| rule.exact);
        let quadrature = if exact {
            0.0
        } else {
            PI / (4.0 * self.effort.steps as f64)
        };
        let foreseen = (high - low) * (quadrature + self.chance());
        let mut breaks: Vec<f64> = self
            .rules
            .iter()
            .flat_map(|rule| rule.nodes.iter().copied())
            .collect();
        breaks.extend([low, high]);
        breaks.sort_by(f64::total_cmp);
        let area: f64 = breaks
            .windows(2)
            .filter(|pair| pair[1] > pair[0])
            .map(|pair| {
                let here = self.within(0.5 * (pair[0] + pair[1]), 0.0);
                (pair[1] - pair[0]) * (here.above - here.value).max(here.value - here.below)
            })
            .sum();
        foreseen.min(area) + self.noise
    }

    /// The share of the eigenvalues that are at most `x`, with bounds that hold for all x together.
    ///
    /// The bounds are those of the rules (Chebyshev, Markov and Stieltjes), wider by the [`chance`](Self::chance)
    /// of the starts (Chen, Trogdon and Ubaru 2021); the place x counts as known up to the noise.
    pub fn cumulative(&self, x: f64) -> Bounded {
        self.within(x, self.noise)
    }

    fn within(&self, x: f64, noise: f64) -> Bounded {
        let chance = self.chance();
        let count = self.rules.len() as f64;
        let mean = |bound: usize, x: f64| {
            let sum: f64 = self.rules.iter().map(|rule| rule.cumulative(x)[bound]).sum();
            sum / count
        };
        Bounded {
            below: (mean(0, x - noise) - chance).max(0.0),
            value: mean(1, x).clamp(0.0, 1.0),
            above: (mean(2, x + noise) + chance).min(1.0),
        }
    }

    /// tr H, with the standard error that random starts give.
    ///
    /// n Σ wx, since vᵀHv of a vector on the sphere has the mean tr H / n.
    /// The error comes from the same starts. Where many eigenvalues carry the variance, the truth lies within one error in
    /// 0.68 of the cases and within two in 0.95. Where few do, starts that see too little of them see too little variance
    /// as well; in the worst case, that of rank one, it is 0.55 and 0.75 with one start and 0.65 and 0.905 with five.
    /// [`crate::xtrace`] knows such eigenvalues better.
    pub fn trace(&self) -> Estimate {
        self.moment(1)
    }

    /// ‖H‖_F², the sum of the squared eigenvalues, with the standard error that random starts give.
    pub fn square(&self) -> Estimate {
        self.moment(2)
    }

    /// tr Hᵖ. The variance of vᵀHᵖv on the sphere is 2/(n + 2) · (tr H²ᵖ/n − (tr Hᵖ/n)²), which the rules know too;
    /// so even one start has an error.
    fn moment(&self, power: i32) -> Estimate {
        let (n, count) = (self.dimension as f64, self.rules.len() as f64);
        let mean = |power| self.rules.iter().map(|rule| rule.moment(power)).sum::<f64>() / count;
        let value = mean(power);
        let variance = 2.0 / (n + 2.0) * (mean(2 * power) - value * value).max(0.0);
        let error = match self.effort.probes {
            0 => 0.0,
            probes => n * (variance / probes as f64).sqrt(),
        };
        Estimate {
            value: n * value,
            error,
        }
    }
}
