//! Are all local minima global, and all saddles strict?

mod built;
mod instance;
mod quadratic;
mod saddles;
mod starts;

pub use instance::{Asymmetric, Completion, Instance, Linear, Sensing, Symmetric};
pub use quadratic::Quadratic;

use crate::{Inquiry, Judged, Lab, Share, largest, number, short};
use models::{Precision, Problem, Seed};
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

    fn judge_starts(&self, instance: &Instance, name: &str, finding: &Finding, judged: &mut Vec<Judged>) {
        let share = |of: &str, trials: f64| Share {
            successes: number(finding, of) as usize,
            trials: trials as usize,
        };
        let runs = self.runs as f64;
        let reached = share(starts::REACHED, runs);
        judged.push(Judged::tendency(
            format!(
                "{name}: every random start leads to the global minimum, to {:e}·f(0)",
                self.within
            ),
            reached.successes == self.runs,
            format!(
                "{reached}; the largest gap is {}·f(0)",
                short(number(finding, starts::GAP))
            ),
        ));
        let below = number(finding, starts::BELOW);
        if below.is_finite() {
            let certified = share(starts::CERTIFIED, runs);
            judged.push(Judged::bound(
                format!("{name}: no dual certificate is below the gap"),
                below == 0.0,
                format!("{below} are"),
            ));
            judged.push(Judged::tendency(
                format!("{name}: dual certificates prove every end point to be global, to the same gap"),
                certified.successes == self.runs,
                certified.to_string(),
            ));
        }
        if number(finding, starts::FOUND).is_finite() {
            let found = share(starts::FOUND, runs);
            // Which entries of a matrix are seen is a matter of chance as well.
            let (words, least) = match instance {
                Instance::Completion(_) => ("at least 95 of 100 runs find M", 0.95),
                _ => ("every run finds M", 1.0),
            };
            judged.push(Judged::tendency(
                format!("{name}: {words}"),
                found.value() >= least,
                format!(
                    "{found}; the largest relative error is {:.1e}",
                    number(finding, starts::ERROR)
                ),
            ));
        }
        let stationary = share(starts::STATIONARY, runs);
        judged.push(Judged::tendency(
            format!("{name}: every end point is second-order stationary, by the certified search"),
            stationary.successes == stationary.trials,
            stationary.to_string(),
        ));
        let rested = number(finding, starts::RESTED);
        if rested.is_finite() {
            judged.push(Judged::tendency(
                format!(
                    "{name}: no run rests at the value of another critical point, for {} % of its steps or for {}",
                    100.0 * starts::PART,
                    starts::LONG
                ),
                rested == 0.0,
                format!(
                    "{rested} do; the longest stay is of {} steps, and the median run has {}",
                    number(finding, starts::STAY),
                    number(finding, starts::STEPS)
                ),
            ));
        }
    }

    fn judge_control(&self, instance: &Instance, name: &str, finding: &Finding, judged: &mut Vec<Judged>) {
        let share = |of: &str| Share {
            successes: number(finding, of) as usize,
            trials: self.runs,
        };
        let (what, fails) = match number(finding, starts::FOUND).is_finite() {
            true => ("finds M", share(starts::FOUND)),
            false => ("is certified", share(starts::REACHED)),
        };
        judged.push(Judged::tendency(
            format!("{name}: no run {what}"),
            fails.successes == 0,
            fails.to_string(),
        ));
        let (what, all) = match instance {
            Instance::Sensing(_) => (
                format!("every run fits the measurements, to {:e}·f(0)", self.within),
                share(starts::REACHED),
            ),
            Instance::QuadraticNetwork(_) => (
                "at every end point Γ has a negative eigenvalue: one more unit would lower the loss".into(),
                share(starts::ABOVE),
            ),
            _ => return,
        };
        judged.push(Judged::tendency(
            format!("{name}: {what}"),
            all.successes == all.trials,
            all.to_string(),
        ));
    }
}

fn judge_saddles(name: &str, finding: &Finding, judged: &mut Vec<Judged>) {
    let of = |what| number(finding, what);
    judged.push(Judged::identity(
        format!("{name}: values and spectra are those of the formulas, to 1e-9 of the largest"),
        largest([of(saddles::SPECTRUM), of(saddles::VALUE)]) <= 1e-9,
        format!(
            "critical points: {}; the largest errors are {} of an eigenvalue and {} of a value",
            of(saddles::POINTS),
            short(of(saddles::SPECTRUM)),
            short(of(saddles::VALUE))
        ),
    ));
    if of(saddles::STRICT) == 0.0 {
        return;
    }
    if of(saddles::EXACT) > 0.0 {
        judged.push(Judged::identity(
            format!("{name}: where the gradient is exactly zero, descent stays"),
            of(saddles::KEPT) == of(saddles::EXACT),
            format!("it stays at {} of {}", of(saddles::KEPT), of(saddles::EXACT)),
        ));
    }
    judged.push(Judged::identity(
        format!("{name}: from 1e-8 beside a saddle to 1e-4 it takes ln(1e4)/ln(1 + ηγ) steps, to one step"),
        of(saddles::APART) <= 1.0,
        format!("the largest difference is {} steps", of(saddles::APART)),
    ));
    let left = Share {
        successes: of(saddles::LEFT) as usize,
        trials: of(saddles::TRIALS) as usize,
    };
    judged.push(Judged::tendency(
        format!("{name}: perturbed descent leaves every point with negative curvature"),
        left.successes == left.trials,
        left.to_string(),
    ));
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
                let problem = instance.built(Seed(0)).err()?;
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

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let (instance, aspect) = self.all()[case];
        let built = instance.built(lab.seed).expect("the settings are checked");
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
        finding.probe = "benign".into();
        finding.cost.seconds = clock.elapsed().as_secs_f64();
        (!(lab.interrupted)()).then_some(finding)
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let mut judged = Vec::new();
        for (((instance, aspect), name), finding) in self.all().into_iter().zip(self.cases()).zip(found) {
            match aspect {
                Aspect::Starts(_) => self.judge_starts(instance, &name, finding, &mut judged),
                Aspect::Saddles => judge_saddles(&name, finding, &mut judged),
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
