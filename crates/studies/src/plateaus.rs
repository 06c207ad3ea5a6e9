//! How long does descent stay beside a saddle without negative curvature, and at which values does it stay?

mod chains;
mod jumps;
mod modes;
mod staircase;

use crate::teacher::Teacher;
use crate::{Inquiry, Judged, Lab, Share, number, with_interval};
use models::{Device, Precision, Problem, Seed};
use probes::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Deep linear networks near the origin, a strict saddle for two layers and a degenerate one beyond (Kawaguchi 2016).
///
/// ½(w₁⋯w_N − 1)² from equal weights w₀ has a plateau as long as ln(1/w₀) for N = 2, and w₀^{−(N−2)}/(N − 2) beyond; and
/// perturbed descent (Jin et al. 2017), whose theorem asks for no more than second order, returns the origin itself where
/// N ≥ 3; after a jump of length r from there descent takes Θ(1/(ηr)) steps for N = 3. Two layers that begin balanced learn
/// each mode of the target along a known curve (Saxe, McClelland & Ganguli 2014). Networks with small weights show plateaus one after the other, each at a critical value that is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Plateaus {
    /// N, one case each.
    pub depths: Vec<usize>,
    /// w₀, falling.
    pub starts: Vec<f64>,
    /// η of descent on ½(w₁⋯w_N − 1)², and on the modes of two layers.
    pub step_size: f64,
    /// ε of perturbed descent.
    pub epsilon: f64,
    /// Perturbed runs from the origin.
    pub runs: usize,
    /// Hidden widths of the networks, one case each.
    pub networks: Vec<Vec<usize>>,
    /// By which a start of Xavier's is multiplied.
    pub scale: f64,
    /// The same for networks of four layers and more, whose time at the origin grows like 1/w² or worse.
    pub deep_scale: f64,
    /// Runs of each network.
    pub network_runs: usize,
    /// The most steps of a run of a network.
    pub steps: u64,
}

impl Default for Plateaus {
    fn default() -> Self {
        Plateaus {
            depths: vec![2, 3, 4],
            starts: vec![0.1, 0.05, 0.02, 0.01, 0.005, 0.002],
            step_size: 0.01,
            epsilon: 1e-3,
            runs: 20,
            networks: vec![
                vec![6],
                vec![3],
                vec![6, 6],
                vec![6, 3],
                vec![6, 3, 6],
                vec![8, 8, 8],
            ],
            scale: 1e-3,
            deep_scale: 0.03,
            network_runs: 10,
            steps: 500_000,
        }
    }
}

/// The examples of the networks: six inputs, four outputs, as Kawaguchi's theorem asks for no more outputs than inputs.
const TEACHER: Teacher = Teacher {
    inputs: 6,
    outputs: 4,
    examples: 60,
};

/// From here on down a plateau is as long as its first term says.
const SETTLED: f64 = 0.02;
/// Where a plateau is over.
const OVER: f64 = 0.5;

fn widths(hidden: &[usize]) -> String {
    let widths: Vec<String> = hidden.iter().map(usize::to_string).collect();
    widths.join("-")
}

impl Plateaus {
    fn judge_chain(&self, depth: usize, finding: &Finding, judged: &mut Vec<Judged>) {
        let of = |name| number(finding, name);
        let strict = depth == 2;
        judged.push(Judged::identity(
            format!("N = {depth}: plateaus last as long as those of gradient flow, to 2η of it"),
            of(chains::OFF) <= 2.0 * self.step_size,
            format!("the largest relative difference is {:.1e}", of(chains::OFF)),
        ));
        let (what, foreseen) = match strict {
            true => ("the time grows by 1 for each factor e in 1/w₀".to_string(), 1.0),
            false => (
                format!("the time grows like the power {} of 1/w₀", depth - 2),
                (depth - 2) as f64,
            ),
        };
        judged.push(Judged::identity(
            format!("N = {depth}: {what}, to 5 %"),
            (of(chains::GROWTH) / foreseen - 1.0).abs() <= 0.05,
            format!("{:.4}", of(chains::GROWTH)),
        ));
        let share = |count: f64| Share {
            successes: count as usize,
            trials: of(chains::TRIALS) as usize,
        };
        judged.push(match strict {
            true => Judged::tendency(
                "N = 2: perturbed descent leaves the origin and returns a minimum",
                of(chains::LEFT) == of(chains::TRIALS),
                share(of(chains::LEFT)).to_string(),
            ),
            false => Judged::tendency(
                format!("N = {depth}: perturbed descent returns the origin, a saddle"),
                of(chains::RETURNED) == of(chains::TRIALS),
                share(of(chains::RETURNED)).to_string(),
            ),
        });
        let said = match of(chains::SECOND_ORDER) == 1.0 {
            true => "it is second-order stationary",
            false => "it is not second-order stationary",
        };
        let expectation = match strict {
            true => "N = 2: the origin is found not to be second-order stationary".into(),
            false => {
                format!("N = {depth}: the origin is found second-order stationary, though it is no minimum")
            }
        };
        let holds = (of(chains::SECOND_ORDER) == 1.0) != strict;
        judged.push(Judged::identity(expectation, holds, said));
        if depth == jumps::DEPTH {
            judged.push(Judged::tendency(
                "N = 3: after a jump of length r from the origin it takes Θ(1/(ηr)) steps, to 5 % of the power",
                (of(jumps::POWER) - 1.0).abs() <= 0.05 && of(jumps::STAYED) == 0.0,
                format!(
                    "the power is {}, and all times lie between {:.2}/r and {:.1}/r; {} runs were not over",
                    with_interval(finding, jumps::POWER),
                    of(jumps::LEAST),
                    of(jumps::MOST),
                    of(jumps::STAYED)
                ),
            ));
        }
    }

    fn judge_modes(finding: &Finding, judged: &mut Vec<Judged>) {
        let of = |name| number(finding, name);
        judged.push(Judged::identity(
            "two layers learn each mode along s·e^{2st}/(e^{2st} − 1 + s/a₀), to twice the delay of finite steps, ηs·ln(s/a₀)/8",
            of(modes::OFF) <= 2.0 * of(modes::FORESEEN),
            format!("at most {:.4} off, and {:.4} by the formula", of(modes::OFF), of(modes::FORESEEN)),
        ));
        judged.push(Judged::identity(
            "half of the step size halves the distance to that curve, to 10 %",
            (of(modes::FALL) / 2.0 - 1.0).abs() <= 0.1,
            format!("it is {:.3} times smaller", of(modes::FALL)),
        ));
        judged.push(Judged::identity(
            "modes that begin apart stay apart, to 1e-9",
            of(modes::MIXED) <= 1e-9,
            format!("at most {:.1e}", of(modes::MIXED)),
        ));
    }

    fn judge_network(&self, hidden: &[usize], finding: &Finding, judged: &mut Vec<Judged>) {
        let of = |name| number(finding, name);
        let name = widths(hidden);
        let on = Share {
            successes: of(staircase::ON) as usize,
            trials: of(staircase::PLATEAUS) as usize,
        };
        judged.push(Judged::tendency(
            format!("{name}: every plateau lies on a predicted critical value, to 1e-4 of it"),
            on.successes == on.trials,
            format!("{on}; the furthest is off by {:.1e}", of(staircase::OFF)),
        ));
        let between = Share {
            successes: of(staircase::BETWEEN) as usize,
            trials: self.network_runs,
        };
        // A strict saddle on the way is left after a logarithm, which is no plateau.
        if hidden.len() > 1 {
            judged.push(Judged::tendency(
                format!("{name}: runs stay at values between that of the origin and the minimum"),
                between.successes > 0,
                format!("{between} runs do"),
            ));
        }
        let ended = Share {
            successes: of(staircase::ENDED) as usize,
            trials: self.network_runs,
        };
        judged.push(Judged::tendency(
            format!("{name}: every run from small weights ends at the global minimum, to 1e-9·L(0)"),
            ended.successes == ended.trials,
            ended.to_string(),
        ));
    }
}

impl Inquiry for Plateaus {
    fn problem(&self, _precision: Precision) -> Option<Problem> {
        let none = [
            ("depths", self.depths.is_empty()),
            ("runs", self.runs == 0),
            ("network_runs", self.network_runs == 0),
            ("steps", self.steps == 0),
        ];
        if let Some((name, _)) = none.into_iter().find(|(_, none)| *none) {
            return Some(Problem::new(
                format!("study.{name}"),
                "is empty or 0: at least one is needed",
            ));
        }
        let sizes = [
            ("step_size", self.step_size, 0.1),
            ("epsilon", self.epsilon, 0.01),
            ("scale", self.scale, 1.0),
            ("deep_scale", self.deep_scale, 1.0),
        ];
        if let Some((name, size, most)) = sizes
            .into_iter()
            .find(|(_, size, most)| !(*size > 0.0 && size <= most))
        {
            let complaint = format!("is {size}: it must be positive and at most {most}");
            return Some(Problem::new(format!("study.{name}"), complaint));
        }
        if let Some(depth) = self.depths.iter().find(|depth| **depth < 2) {
            let complaint = format!("has {depth}: a network has at least 2 layers");
            return Some(Problem::new("study.depths", complaint));
        }
        let falling = self.starts.windows(2).all(|pair| pair[1] < pair[0]);
        let within = self.starts.iter().all(|start| *start > 0.0 && *start < OVER);
        let settled = self.starts.iter().filter(|start| **start <= SETTLED).count();
        if !falling || !within || settled < 2 {
            let complaint =
                format!("must fall from below {OVER}, with at least two of {SETTLED} or less for a slope");
            return Some(Problem::new("study.starts", complaint));
        }
        let built = |(i, hidden): (usize, &Vec<usize>)| {
            let problem = TEACHER
                .network(hidden, Seed(0), &Device::cpu(Precision::F64))
                .err()?;
            Some(problem.within(&format!("study.networks.{i}")))
        };
        self.networks.iter().enumerate().find_map(built)
    }

    fn subject(&self) -> String {
        "deep linear networks of width one and of several units, near the origin".into()
    }

    fn cases(&self) -> Vec<String> {
        let chains = self.depths.iter().map(|depth| format!("N = {depth}"));
        let networks = self.networks.iter().map(|hidden| widths(hidden));
        chains.chain([modes::NAME.into()]).chain(networks).collect()
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let chains = self.depths.len();
        let mut finding = match self.depths.get(case) {
            Some(depth) => chains::look(self, *depth, lab)?,
            None if case == chains => modes::look(self.step_size, lab)?,
            None => staircase::look(self, &self.networks[case - chains - 1], lab),
        };
        finding.probe = "plateaus".into();
        finding.cost.seconds = clock.elapsed().as_secs_f64();
        (!(lab.interrupted)()).then_some(finding)
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let mut judged = Vec::new();
        let (chains, rest) = found.split_at(self.depths.len().min(found.len()));
        let Some((two_layers, networks)) = rest.split_first() else {
            return judged;
        };
        for (depth, finding) in self.depths.iter().zip(chains) {
            self.judge_chain(*depth, finding, &mut judged);
        }
        Self::judge_modes(two_layers, &mut judged);
        for (hidden, finding) in self.networks.iter().zip(networks) {
            self.judge_network(hidden, finding, &mut judged);
        }
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_settings_are_named() {
        let complaint = |study: Plateaus| {
            let problem = study.problem(Precision::F64);
            problem.map(|problem| problem.to_string()).unwrap_or_default()
        };
        assert_eq!(complaint(Plateaus::default()), "");
        let starts = vec![0.1, 0.05];
        assert_eq!(
            complaint(Plateaus {
                starts,
                ..Plateaus::default()
            }),
            "study.starts must fall from below 0.5, with at least two of 0.02 or less for a slope"
        );
        let networks = vec![vec![6], vec![]];
        assert_eq!(
            complaint(Plateaus {
                networks,
                ..Plateaus::default()
            }),
            "study.networks.1.hidden is empty: there must be a hidden layer"
        );
    }
}
