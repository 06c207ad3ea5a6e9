//! The probes, and the site where they look.

use crate::share::SAVED;
use crate::{
    Density, Ends, Finding, Gram, KINK_MARGIN, Motion, Movement, NegativeCurvature, Noise, Pl, Sharpness,
    Smoothness, Stationarity, Structural, Surface, Trace, Warm,
};
use models::{Diagonal, Objective, Point, Problem, Reach, Risk, Seed, Slope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;
use std::ops::ControlFlow;

/// Where a probe looks.
pub struct Site<'a> {
    /// The objective.
    pub objective: &'a dyn Objective,
    /// The same objective in double precision on the host, where eigenpairs shall be refined.
    pub double: Option<&'a dyn Objective>,
    /// The point.
    pub at: &'a Point,
    /// L and ∇L there.
    pub slope: &'a Slope,
    /// How the run moves here; `None` where the point belongs to no run.
    pub motion: Option<Motion>,
    /// Where the run began.
    pub start: &'a Start,
    /// Points that the run passed before this one and kept, in the order of time and no more than [`crate::passed`] takes:
    /// none where no probe asks for them.
    pub passed: &'a [Point],
    /// P = √v̂ + ε, by which the optimiser divides, where it does and has made a step.
    pub divisor: Option<&'a Diagonal>,
    /// The seed of random probe vectors.
    pub seed: Seed,
    /// Asked now and then: true makes a probe stop and answer with what it has.
    pub interrupted: &'a dyn Fn() -> bool,
    /// What was found at the site before, where searches start from it and leave there what they find.
    pub warm: Option<&'a Warm>,
    /// The noise of products here, measured when it is first asked for.
    pub noise: OnceCell<Noise>,
}

impl Site<'_> {
    /// The noise of products of the Hessian here.
    pub fn noise(&self) -> &Noise {
        self.noise.get_or_init(|| Noise::measure(self))
    }

    /// A finding as it is told: what is made from products comes with the kink margin, and is withheld where the Hessian
    /// is not symmetric. Whoever has made them.
    pub(crate) fn qualified(&self, finding: Finding) -> Finding {
        let shared = finding.scalars.iter().any(|scalar| scalar.name == SAVED);
        if finding.cost.products == 0 && !shared {
            return finding;
        }
        let noise = self.noise();
        match noise.refusal() {
            Some(refusal) => finding.withheld(refusal),
            None => Finding {
                scalars: finding.scalars.into_iter().chain(noise.margin()).collect(),
                warnings: finding.warnings.into_iter().chain(noise.warning()).collect(),
                ..finding
            },
        }
    }

    /// What a product here does once for all its vectors, [`models::overhead`].
    pub(crate) fn overhead(&self) -> f64 {
        let space = self.objective.space();
        let examples = self.objective.as_risk().map_or(0, Risk::examples);
        models::overhead(space.device.on_host, examples, space.dimension)
    }

    /// Whether a long loop goes on.
    pub(crate) fn flow(&self) -> ControlFlow<()> {
        match (self.interrupted)() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Where a run began, with what probes need of it at every site, made once.
#[derive(Clone, Debug)]
pub struct Start {
    at: Point,
    pattern: OnceCell<Vec<bool>>,
    slope: OnceCell<Slope>,
}

impl Start {
    /// The start at this point.
    pub fn new(at: Point) -> Self {
        Start {
            at,
            pattern: OnceCell::new(),
            slope: OnceCell::new(),
        }
    }

    /// The point.
    pub fn at(&self) -> &Point {
        &self.at
    }

    /// The activation pattern of this risk there.
    pub(crate) fn pattern(&self, risk: &Risk) -> &[bool] {
        self.pattern.get_or_init(|| risk.activation_pattern(&self.at))
    }

    /// L and ∇L of this objective there.
    pub(crate) fn slope(&self, objective: &dyn Objective) -> &Slope {
        self.slope.get_or_init(|| objective.slope(&self.at))
    }
}

/// What is known of an objective before it is built: enough to say whether a probe can look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// P, the dimension of its points.
    pub parameters: usize,
    /// How many of these its examples reach at most, [`models::Reached`]: all where none are left out.
    pub reached: Reach,
    /// n, the number of examples.
    pub examples: usize,
    /// C, the outputs for each example.
    pub outputs: usize,
    /// The widths of the inputs and of all links' outputs together.
    pub widths: usize,
    /// The blocks of parameters, in order: their names and sizes.
    pub blocks: Vec<(String, usize)>,
    /// Whether the run's optimiser divides by a root of squared gradients.
    pub divides: bool,
    /// Whether products are made on the host, [`models::Device::on_host`].
    pub on_host: bool,
    /// The bytes of one number there.
    pub number: usize,
    /// How many of its points the run keeps before its end at most, with its start.
    pub kept: usize,
    /// Whether there is a density from which a trace takes its products ([`crate::beside`]).
    pub has_density: bool,
}

impl Subject {
    /// What a product with it does once for all its vectors, [`models::overhead`].
    pub(crate) fn overhead(&self) -> f64 {
        models::overhead(self.on_host, self.examples, self.parameters)
    }
}

/// What every probe answers.
pub trait Measurement {
    /// The numbers that it finds, by the names that its findings have.
    fn numbers(&self) -> Vec<String>;

    /// What is wrong with the probe of this subject, if anything.
    fn problem(&self, _subject: &Subject) -> Option<Problem> {
        None
    }

    /// How many vectors `[P]` it holds at once, besides what products need.
    fn vectors(&self, _subject: &Subject) -> usize {
        0
    }

    /// How many bytes it takes in the host's memory for what does not lie on the device.
    fn host_bytes(&self, _subject: &Subject) -> u64 {
        0
    }

    /// The most products with a vector that it takes.
    fn products(&self, _subject: &Subject) -> usize {
        0
    }

    /// Whether it takes any.
    fn multiplies(&self) -> bool {
        true
    }

    /// The most forward passes that it takes, where they are what takes its time.
    fn passes(&self) -> usize {
        0
    }

    /// Whether it asks for the points that the run passed before.
    fn looks_back(&self) -> bool {
        false
    }

    /// Looks around a site.
    fn measure(&self, site: &Site) -> Finding;
}

/// A probe, as a config writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Probe {
    /// The largest and smallest eigenvalues of the Hessian or another matrix, with residuals.
    Ends(Ends),
    /// Which share of the eigenvalues lies where, as accurately as is asked for.
    Density(Density),
    /// The sum of the eigenvalues and the Frobenius norm, with standard errors.
    Trace(Trace),
    /// Distance from the start, and the share of activation patterns that changed.
    Movement(Movement),
    /// The largest eigenvalue of the Hessian against what the step size allows, and rises within small balls and boxes.
    Sharpness(Sharpness),
    /// How fast the gradient changes, against what the step size allows.
    Smoothness(Smoothness),
    /// Slices through the loss along one direction or over two, beside the quadratic model.
    Surface(Surface),
    /// The Gram matrix of the outputs' gradients: a proven smallest eigenvalue, the largest, drift, distance to its limit.
    Gram(Gram),
    /// The Polyak–Łojasiewicz ratio, and its bounds by the Gram matrix.
    Pl(Pl),
    /// Gradients and structural matrices of single examples, and their bounds of the loss.
    Structural(Structural),
    /// Whether there is negative curvature below −ε: a direction, or a bound.
    NegativeCurvature(NegativeCurvature),
    /// What kind of point it is, and whether it is second-order stationary.
    Stationarity(Stationarity),
}

impl Probe {
    /// The same probe with at most so many vectors `[P]` at once, if it can do with them.
    pub fn within(&self, vectors: usize, subject: &Subject) -> Option<Probe> {
        match self {
            Probe::Ends(ends) => ends.within(vectors, subject).map(Probe::Ends),
            other => (other.vectors(subject) <= vectors).then(|| other.clone()),
        }
    }

    /// How many vectors `[P]` it keeps from site to site where searches start from what was found before ([`Warm`]).
    pub fn remembers(&self) -> usize {
        match self {
            Probe::Ends(_) => self.pairs(),
            _ => 0,
        }
    }

    /// The bytes that there are at once while the noise of its products is compared with f64, before anything that
    /// [`Measurement::vectors`] counts.
    pub fn bytes_beside_double(&self, subject: &Subject) -> u64 {
        match self.multiplies() {
            true => Noise::bytes_beside_double(subject),
            false => 0,
        }
    }

    /// How many eigenpairs it searches for at once.
    pub fn pairs(&self) -> usize {
        match self {
            Probe::Ends(probe) => probe.asked().wanted(),
            Probe::Sharpness(probe) => probe.asked().wanted(),
            Probe::Smoothness(probe) => probe.asked().wanted(),
            Probe::Surface(probe) => probe.asked().wanted(),
            _ => 0,
        }
    }

    /// The most vectors that it multiplies at once.
    pub fn at_once(&self, subject: &Subject) -> usize {
        match (self.pairs(), self) {
            (0, Probe::Trace(trace)) => spectra::Sampling::new(trace.products).block,
            (0, _) => 1,
            (pairs, _) => {
                spectra::Ends::new(pairs, 0)
                    .in_blocks_for(subject.overhead())
                    .block
            }
        }
    }

    /// What it measures, whichever it is.
    fn measurement(&self) -> &dyn Measurement {
        match self {
            Probe::Ends(probe) => probe,
            Probe::Density(probe) => probe,
            Probe::Trace(probe) => probe,
            Probe::Movement(probe) => probe,
            Probe::Sharpness(probe) => probe,
            Probe::Smoothness(probe) => probe,
            Probe::Surface(probe) => probe,
            Probe::Gram(probe) => probe,
            Probe::Pl(probe) => probe,
            Probe::Structural(probe) => probe,
            Probe::NegativeCurvature(probe) => probe,
            Probe::Stationarity(probe) => probe,
        }
    }
}

impl Measurement for Probe {
    fn numbers(&self) -> Vec<String> {
        let margin = self.multiplies().then(|| KINK_MARGIN.into());
        self.measurement().numbers().into_iter().chain(margin).collect()
    }

    fn problem(&self, subject: &Subject) -> Option<Problem> {
        self.measurement().problem(subject)
    }

    /// With those of the noise, which is measured before.
    fn vectors(&self, subject: &Subject) -> usize {
        let before = if self.multiplies() { Noise::VECTORS } else { 0 };
        self.measurement().vectors(subject).max(before)
    }

    fn multiplies(&self) -> bool {
        self.measurement().multiplies()
    }

    fn host_bytes(&self, subject: &Subject) -> u64 {
        self.measurement().host_bytes(subject)
    }

    fn products(&self, subject: &Subject) -> usize {
        self.measurement().products(subject)
    }

    fn passes(&self) -> usize {
        self.measurement().passes()
    }

    fn looks_back(&self) -> bool {
        self.measurement().looks_back()
    }

    fn measure(&self, site: &Site) -> Finding {
        site.qualified(self.measurement().measure(site))
    }
}
