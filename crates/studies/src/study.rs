//! The studies, and what every one of them answers.

use crate::{
    Acceleration, Balanced, Basins, Benign, Counterexample, Escape, Judged, MeasureZero, Octopus, Paths,
    PathsReduction, Plateaus, Population, Rate, Spectrum, Taxonomy, Tensor,
};
use models::{Device, Objective, Point, Precision, Problem, Seed};
use probes::{Finding, Measurement, Site, Start, Stationarity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use training::escape::Landscape;

/// Parameters from which an objective is large. A gradient of a smaller one costs less than starting the work on a GPU,
/// and what is predicted of it lies far below the rounding of f32.
pub const LARGE: usize = 1 << 14;

/// Where a study works.
pub struct Lab<'a> {
    /// Where [large](LARGE) objectives are computed. Smaller ones are computed on the processor in f64, whatever it is.
    pub device: &'a Device,
    /// The run's seed.
    pub seed: Seed,
    /// Asked now and then: true makes a case end without a finding.
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
}

impl Lab<'_> {
    /// Where an objective with so many parameters is computed.
    pub fn device_for(&self, parameters: usize) -> Device {
        match parameters >= LARGE {
            true => self.device.clone(),
            false => Device::cpu(Precision::F64),
        }
    }

    /// What somebody finds at a point of an objective.
    pub fn at<T>(&self, objective: &dyn Objective, point: &Point, look: impl FnOnce(&Site) -> T) -> T {
        look(&Site {
            objective,
            double: None,
            at: point,
            slope: &objective.slope(point),
            motion: None,
            start: &Start::new(point.clone()),
            passed: &[],
            divisor: None,
            seed: self.seed,
            interrupted: self.interrupted,
            warm: None,
            noise: OnceCell::new(),
        })
    }

    /// What the certified search for negative curvature finds at a point, held against ε-second-order stationarity with the
    /// ε and ρ of a landscape.
    pub fn second_order(&self, objective: &dyn Objective, at: &Point, landscape: &Landscape) -> Finding {
        let probe = Stationarity {
            epsilon: Some(landscape.epsilon),
            lipschitz: Some(landscape.hessian_lipschitz),
            ..Stationarity::default()
        };
        self.at(objective, at, |site| probe.measure(site))
    }

    /// What `look` says of each item, one on each core at a time; nothing of those that were left when somebody interrupted.
    ///
    /// What an item takes part in is not shared further: small pieces of work are not worth a second thread.
    pub fn on_all_cores<T: Sync, R: Send + Sync>(
        &self,
        items: &[T],
        look: impl Fn(&T) -> R + Sync,
    ) -> Vec<Option<R>> {
        let found: Vec<OnceLock<R>> = items.iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(i) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|i| *i < items.len()) {
                if (self.interrupted)() {
                    return;
                }
                let _first = found[i].set(look(&items[i]));
            }
        };
        rayon::broadcast(|_| match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
            Ok(alone) => alone.install(work),
            Err(_) => work(),
        });
        found.into_iter().map(OnceLock::into_inner).collect()
    }

    /// Whether a long loop goes on.
    pub fn flow(&self) -> ControlFlow<()> {
        match (self.interrupted)() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// The seeds of so many runs of a case.
    pub fn seeds(&self, case: &str, count: usize) -> Vec<Seed> {
        let case = self.seed.part(case);
        (0..count).map(|run| case.part(&run.to_string())).collect()
    }
}

/// What every study answers.
pub trait Inquiry {
    /// What is wrong with its settings, or with the precision in which it shall be computed, if anything. Fields are those
    /// of the config, such as `study.runs`.
    fn problem(&self, _precision: Precision) -> Option<Problem> {
        None
    }

    /// Conditions of theorems that its settings do not meet, each as a sentence: what is predicted may then not come out.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// What is looked at, in words.
    fn subject(&self) -> String;

    /// Its cases, which are looked at in this order, each by itself.
    fn cases(&self) -> Vec<String>;

    /// Whether the objective of a case, counted from 0, is [large](LARGE) and computed on the lab's device. All others are
    /// computed on the processor in f64.
    fn large(&self, _case: usize) -> bool {
        false
    }

    /// Looks at a case, counted from 0: a pure function of the settings, the seed and the device. `None` where it was
    /// interrupted.
    fn look(&self, case: usize, lab: &Lab) -> Option<Finding>;

    /// What follows from the findings of all cases, in their order: a pure function of them and the settings.
    fn judge(&self, found: &[Finding]) -> Vec<Judged>;

    /// A sentence of what nothing predicts and only the findings tell, to follow the config's answer.
    fn remark(&self, _found: &[Finding]) -> Option<String> {
        None
    }
}

/// A study, as a config writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Study {
    /// Critical points of every kind, and whether each is told for what it is.
    Taxonomy(Taxonomy),
    /// Methods that leave a strict saddle: their times, and where they end.
    Escape(Escape),
    /// A saddle that descent reaches only from a set of measure zero.
    MeasureZero(MeasureZero),
    /// The octopus: plain descent takes exponential time where perturbed descent does not.
    Octopus(Octopus),
    /// The octopus with momentum: whether it is sooner, and stays where the function is defined.
    Acceleration(Acceleration),
    /// Pictures of descent and perturbed descent in the plane.
    Paths(Paths),
    /// Descent on smooth functions, held against the bound of its time.
    Rate(Rate),
    /// Both ends of Hessians' spectra by Lanczos, beside the explicit matrices.
    Spectrum(Spectrum),
    /// Students and teachers: how often descent ends in a minimum that is not global.
    Population(Population),
    /// Minima of small networks that are not global, by name.
    Counterexample(Counterexample),
    /// One component of an orthogonal tensor, and all, by noisy descent on spheres.
    Tensor(Tensor),
    /// What step size and start choose among minima of equal depth.
    Basins(Basins),
    /// Problems without bad local minima: where runs end, and how known saddles are left.
    Benign(Benign),
    /// Deep linear networks near the origin: how long their plateaus last, and where they lie.
    Plateaus(Plateaus),
    /// What gradient flow keeps of a deep linear network, and how descent changes it.
    Balanced(Balanced),
    /// A ReLU network as a sum over paths, and the assumptions that would make it linear on average.
    PathsReduction(PathsReduction),
}

impl Study {
    /// What it answers.
    pub fn inquiry(&self) -> &dyn Inquiry {
        match self {
            Study::Taxonomy(study) => study,
            Study::Escape(study) => study,
            Study::MeasureZero(study) => study,
            Study::Octopus(study) => study,
            Study::Acceleration(study) => study,
            Study::Paths(study) => study,
            Study::Rate(study) => study,
            Study::Spectrum(study) => study,
            Study::Population(study) => study,
            Study::Counterexample(study) => study,
            Study::Tensor(study) => study,
            Study::Basins(study) => study,
            Study::Benign(study) => study,
            Study::Plateaus(study) => study,
            Study::Balanced(study) => study,
            Study::PathsReduction(study) => study,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Precision;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn items_are_shared_among_cores_and_told_in_their_order() {
        let interrupted = AtomicBool::new(false);
        let lab = Lab {
            device: &Device::cpu(Precision::F64),
            seed: Seed(1),
            interrupted: &|| interrupted.load(Ordering::Relaxed),
        };
        // So many that no core is left with all that come after the sixth.
        let items: Vec<usize> = (0..100 + rayon::current_num_threads()).collect();
        let squares: Vec<Option<usize>> = items.iter().map(|i| Some(i * i)).collect();
        assert_eq!(lab.on_all_cores(&items, |i| i * i), squares);
        // No item is begun once somebody has interrupted, and those that were looked at are told. Whoever has a later item
        // waits for the sixth, so that each core begins one of them at most.
        let found = lab.on_all_cores(&items, |i| {
            if *i == 5 {
                interrupted.store(true, Ordering::Relaxed);
            }
            while *i > 5 && !interrupted.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            i * i
        });
        assert!(found[items.len() - 1].is_none() && found[5] == Some(25));
        let told = |(found, square): (&Option<usize>, &Option<usize>)| found.is_none() || found == square;
        assert!(found.iter().zip(&squares).all(told));
    }
}
