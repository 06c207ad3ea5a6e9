//! Are all local minima global, and all saddles strict?

mod built;
mod instance;
mod judgement;
mod moving;
mod quadratic;
mod record;
mod saddles;
mod starts;

pub use instance::{Asymmetric, Completion, Instance, Linear, Sensing, Symmetric};
pub use quadratic::Quadratic;

use crate::{Inquiry, Judged, LARGE, Lab};
use models::{Device, Precision, Problem, Seed};
use probes::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use training::escape::Method;

/// Problems all of whose local minima are global and all of whose saddles are strict, or which are said to have no other
/// local minima. Runs from random starts are held against the least value, which is known in closed form or proven by a
/// dual certificate; known critical points are held against their spectra, and are left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Benign {
    /// The problems.
    pub problems: Vec<Instance>,
    /// Problems that lack what the theorems ask for, such as enough measurements: runs are expected to fail.
    pub controls: Vec<Instance>,
    /// How to move from random starts.
    pub methods: Vec<Way>,
    /// Runs of each method on each problem.
    pub runs: usize,
    /// The gap over f(0) within which a run has reached the global minimum.
    pub within: f64,
    /// ‖∇f‖ at which a run has come to rest.
    pub gradient_norm: f64,
    /// The most steps of a run by one method.
    pub steps: u64,
    /// Steps of noisy descent, after which it goes on without noise.
    pub noisy_steps: u64,
}

impl Default for Benign {
    fn default() -> Self {
        Benign {
            problems: vec![Instance::Symmetric(Symmetric::default())],
            controls: Vec::new(),
            methods: vec![Way::Backtracking, Way::Noisy, Way::Perturbed],
            runs: 100,
            within: 1e-8,
            gradient_norm: 1e-9,
            steps: 100_000,
            noisy_steps: 2000,
        }
    }
}

/// A way to move from random starts. All end with descent without noise, which alone comes to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Descent with Armijo's condition.
    Backtracking,
    /// Noise on a unit sphere at every step (Ge et al. 2015).
    Noisy,
    /// Jumps where the gradient is small, until the method returns a point or the steps are used up (Jin et al. 2017, with
    /// practical constants).
    Perturbed,
}

impl Way {
    fn word(self) -> &'static str {
        match self {
            Way::Backtracking => "backtracking",
            Way::Noisy => "noisy",
            Way::Perturbed => "perturbed",
        }
    }

    /// What comes before the descent with backtracking, if anything.
    fn method(self) -> Option<Method> {
        match self {
            Way::Backtracking => None,
            Way::Noisy => Some(Method::NoisyDescent { radius: 1.0 }),
            Way::Perturbed => Some(Method::Perturbed2017 { c: 1.0 }),
        }
    }
}

/// What a case looks at.
#[derive(Clone, Copy, PartialEq)]
enum Aspect {
    Starts(Way),
    Saddles,
    Control,
}

impl Benign {
    fn all(&self) -> Vec<(&Instance, Aspect)> {
        let aspects = || {
            let methods = self.methods.iter().map(|way| Aspect::Starts(*way));
            methods.chain([Aspect::Saddles])
        };
        let problems = self.problems.iter();
        let problems = problems.flat_map(|problem| aspects().map(move |aspect| (problem, aspect)));
        let controls = self.controls.iter().map(|control| (control, Aspect::Control));
        problems.chain(controls).collect()
    }
}

impl Inquiry for Benign {
    fn problem(&self, _precision: Precision) -> Option<Problem> {
        let none = [
            ("problems", self.problems.is_empty()),
            ("runs", self.runs == 0),
            ("steps", self.steps == 0),
            ("noisy_steps", self.noisy_steps == 0),
        ];
        if let Some((name, _)) = none.into_iter().find(|(_, none)| *none) {
            return Some(Problem::new(
                format!("study.{name}"),
                "is empty or 0: at least one is needed",
            ));
        }
        let sizes = [("within", self.within), ("gradient_norm", self.gradient_norm)];
        if let Some((name, size)) = sizes.into_iter().find(|(_, size)| !(*size > 0.0 && *size < 1.0)) {
            let complaint = format!("is {size}: it must lie between 0 and 1");
            return Some(Problem::new(format!("study.{name}"), complaint));
        }
        let lists = [("problems", &self.problems), ("controls", &self.controls)];
        let wrong = lists.into_iter().find_map(|(name, list)| {
            let built = |(i, instance): (usize, &Instance)| {
                let problem = instance.built(Seed(0), &Device::cpu(Precision::F64)).err()?;
                Some(problem.within(&format!("study.{name}.{i}")))
            };
            list.iter().enumerate().find_map(built)
        });
        wrong.or_else(|| {
            let names = self.cases();
            let again = (1..names.len()).find(|i| names[..*i].contains(&names[*i]))?;
            let complaint = format!("have the case “{}” twice", names[again]);
            Some(Problem::new("study.problems", complaint))
        })
    }

    fn warnings(&self) -> Vec<String> {
        let problems = self.problems.iter().enumerate();
        let warning =
            |(i, instance): (usize, &Instance)| Some(format!("study.problems.{i}.{}", instance.warning()?));
        problems.filter_map(warning).collect()
    }

    fn subject(&self) -> String {
        let mut kinds: Vec<String> = self.problems.iter().map(Instance::subject).collect();
        kinds.dedup();
        format!("{}, {} runs of each method", kinds.join(", "), self.runs)
    }

    fn cases(&self) -> Vec<String> {
        let alone = self.problems.len() + self.controls.len() == 1;
        let name = |(instance, aspect): (&Instance, Aspect)| {
            let aspect = match aspect {
                Aspect::Starts(way) => way.word(),
                Aspect::Saddles => "saddles",
                Aspect::Control => "control",
            };
            match alone {
                true => aspect.into(),
                false => format!("{}: {aspect}", instance.label()),
            }
        };
        self.all().into_iter().map(name).collect()
    }

    fn large(&self, case: usize) -> bool {
        self.all()[case].0.parameters() >= LARGE
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let (instance, aspect) = self.all()[case];
        let device = lab.device_for(instance.parameters());
        let built = instance
            .built(lab.seed, &device)
            .expect("the settings are checked");
        let name = instance.label();
        let mut finding = match aspect {
            Aspect::Starts(way) => starts::look(self, &built, &name, way, lab),
            Aspect::Control => starts::look(self, &built, &name, Way::Backtracking, lab),
            Aspect::Saddles => saddles::look(self, &built, lab),
        };
        if let (true, Some(problem)) = (aspect != Aspect::Control, built.undetermined()) {
            finding.warnings.push(format!(
                "M is not determined, and no theorem holds: {problem}. As one of study.controls it would be expected to fail."
            ));
        }
        if aspect != Aspect::Control {
            finding.warnings.extend(instance.warning());
        }
        finding.probe = "benign".into();
        finding.cost.seconds = clock.elapsed().as_secs_f64();
        (!(lab.interrupted)()).then_some(finding)
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let mut judged = Vec::new();
        for (((instance, aspect), name), finding) in self.all().into_iter().zip(self.cases()).zip(found) {
            match aspect {
                Aspect::Starts(_) => self.judge_starts(instance, &name, finding, &mut judged),
                Aspect::Saddles => judgement::judge_saddles(&name, self.within, finding, &mut judged),
                Aspect::Control => self.judge_control(instance, &name, finding, &mut judged),
            }
        }
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(change: impl FnOnce(&mut Benign)) -> String {
        let mut study = Benign::default();
        change(&mut study);
        let problem = study.problem(Precision::F64);
        problem.expect("it is refused").to_string()
    }

    #[test]
    fn bad_settings_are_named_with_their_place() {
        assert_eq!(Benign::default().problem(Precision::F64), None);
        assert_eq!(
            complaint(|study| study.runs = 0),
            "study.runs is empty or 0: at least one is needed"
        );
        assert_eq!(
            complaint(|study| {
                study.problems.push(Instance::Symmetric(Symmetric {
                    dimension: 3,
                    ..Symmetric::default()
                }));
            }),
            "study.problems.1.eigenvalues has 4 numbers: a matrix of dimension 3 has at most so many"
        );
        assert_eq!(
            complaint(|study| {
                study.controls.push(Instance::QuadraticNetwork(Quadratic {
                    decay: 0.0,
                    ..Quadratic::default()
                }));
            }),
            "study.controls.0.decay is 0: it must be positive, since without it the dual certificate has no bound"
        );
        assert_eq!(
            complaint(|study| {
                study.problems = vec![Instance::DeepLinear(Linear {
                    outputs: 7,
                    ..Linear::default()
                })];
            }),
            "study.problems.0.outputs is 7: the theorem asks for no more outputs than inputs, 6"
        );
        assert_eq!(
            complaint(|study| study.problems.push(study.problems[0].clone())),
            "study.problems have the case “d = 20, r = 3: backtracking” twice"
        );
    }
}
