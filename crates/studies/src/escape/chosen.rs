//! A method as a study names it.

use models::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use training::escape::{Constants, Method, Timing};

/// A method and where its numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// The method.
    pub method: Method,
    /// Its constants. Default `practical`.
    #[serde(default)]
    pub constants: Constants,
}

/// Legend entries, no two alike: those of methods that differ in their settings alone are numbered.
pub(super) fn names(all: &[Chosen]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for chosen in all {
        let name = chosen.name();
        let before = all[..names.len()].iter().filter(|other| other.name() == name);
        names.push(match before.count() {
            0 => name,
            some => format!("{name} ({})", some + 1),
        });
    }
    names
}

/// A method that is asked for twice, if there is one: both would run alike.
pub(super) fn repeated(all: &[Chosen]) -> Option<Problem> {
    (0..all.len()).find_map(|i| {
        let first = all[..i].iter().position(|other| *other == all[i])?;
        let complaint = format!("is the same as study.methods.{first}: leave one of them out");
        Some(Problem::new(format!("study.methods.{i}"), complaint))
    })
}

impl Chosen {
    pub(super) fn name(&self) -> String {
        let method = match self.method {
            Method::Descent => "descent",
            Method::Backtracking { .. } => "backtracking",
            Method::NoisyDescent { .. } => "noisy descent",
            Method::GradientNoise { .. } => "gradient noise",
            Method::LabelNoise { .. } => "label noise",
            Method::Perturbed2017 { .. } => "perturbed 2017",
            Method::Perturbed2019 {
                noise: Timing::EveryStep,
                ..
            } => "perturbed 2019, at every step",
            Method::Perturbed2019 { .. } => "perturbed 2019",
            Method::Stochastic2019 { .. } => "stochastic 2019",
            Method::PerturbedAccelerated { .. } => "accelerated",
            Method::NegativeCurvature { .. } => "negative curvature",
            Method::Neon { renormalised: true } => "Neon, renormalised",
            Method::Neon { .. } => "Neon",
        };
        match (self.constants, self.method) {
            (_, Method::Descent | Method::Backtracking { .. } | Method::NegativeCurvature { .. }) => {
                method.into()
            }
            (Constants::Paper, _) => format!("{method}, paper's"),
            (Constants::Practical, _) => method.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Findings are kept by these names: two methods with one name would share one.
    #[test]
    fn no_two_methods_have_one_name() {
        let practical = |method| Chosen {
            method,
            constants: Constants::Practical,
        };
        let perturbed = |noise| practical(Method::Perturbed2019 { noise });
        let all = [
            practical(Method::Perturbed2017 { c: 1.0 }),
            practical(Method::Perturbed2017 { c: 0.5 }),
            perturbed(Timing::WhenSmall),
            perturbed(Timing::EveryStep),
        ];
        let wanted = [
            "perturbed 2017",
            "perturbed 2017 (2)",
            "perturbed 2019",
            "perturbed 2019, at every step",
        ];
        assert_eq!(names(&all), wanted);
        assert!(repeated(&all).is_none() && repeated(&[all[0], all[2], all[0]]).is_some());
    }
}
