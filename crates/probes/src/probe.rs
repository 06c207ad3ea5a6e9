//! The probes, and the site where they look.

use crate::{Ends, Finding, Movement};
use models::{Objective, Point, Problem, Risk, Seed, Slope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;

/// Where a probe looks.
pub struct Site<'a> {
    /// The objective.
    pub objective: &'a dyn Objective,
    /// The point.
    pub at: &'a Point,
    /// L and ∇L there.
    pub slope: &'a Slope,
    /// Where the run began.
    pub start: &'a Start,
    /// The seed of random probe vectors.
    pub seed: Seed,
    /// Asked now and then: true makes a probe stop and answer with what it has.
    pub interrupted: &'a dyn Fn() -> bool,
}

/// Where a run began, with what probes need of it at every site, made once.
#[derive(Clone, Debug)]
pub struct Start {
    at: Point,
    pattern: OnceCell<Vec<bool>>,
}

impl Start {
    /// The start at this point.
    pub fn new(at: Point) -> Self {
        Start {
            at,
            pattern: OnceCell::new(),
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
}

/// A probe, as a config writes it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Probe {
    /// The largest and smallest eigenvalues of the Hessian or the Gauss–Newton matrix, with residuals.
    Ends(Ends),
    /// Distance from the start, and the share of activation patterns that changed.
    Movement(Movement),
}

impl Probe {
    /// The numbers that it finds, by the names that its findings have.
    pub fn numbers(&self) -> Vec<String> {
        match self {
            Probe::Ends(probe) => probe.numbers(),
            Probe::Movement(probe) => probe.numbers(),
        }
    }

    /// Looks around a site.
    pub fn measure(&self, site: &Site) -> Finding {
        match self {
            Probe::Ends(probe) => probe.measure(site),
            Probe::Movement(probe) => probe.measure(site),
        }
    }

    /// What is wrong with the probe at a point of this dimension, if anything.
    pub fn problem(&self, dimension: usize) -> Option<Problem> {
        match self {
            Probe::Ends(probe) => probe.problem(dimension),
            Probe::Movement(_) => None,
        }
    }
}
