//! Minima of students that are not their teachers.

mod told;

use crate::dense::written_out;
use crate::{Inquiry, Judged, Lab, Share, number};
use models::analytic::{Analytic, ClosedForm, Population as Loss};
use models::{Device, Points, Precision, Problem};
use probes::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::{eigenvalues, smallest_exceeds};
use std::time::Instant;
use told::{appearing, fewer, rising, told};
use training::escape::{Constants, End, Ending, Given, Goals, Landscape, Look, Method, Place, Plan, escape};

/// n ReLU students learn from k orthonormal ReLU teachers, with the population loss of normal inputs (Safran & Shamir 2018):
/// how often does descent from a random start end in a minimum that is not global?
///
/// Plain descent from N(0, 1/k), as in the paper, to a gradient norm of 1e-9. A run whose value has fallen below the limit of
/// the spurious values is not followed any further: descent lowers the value at every step, which is counted, so that
/// it would be told for the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Population {
    /// k, in as many dimensions.
    pub teachers: Vec<usize>,
    /// n − k, one case each.
    pub more_students: Vec<usize>,
    /// Runs of each k and n, each from a start of its own: 1000 in the paper.
    pub runs: usize,
    /// η: the paper's.
    pub step_size: f64,
    /// The gradient norm at which a run is at a minimum: the paper's.
    pub gradient_norm: f64,
    /// Minima of at least this value are spurious: the paper's.
    pub spurious: f64,
    /// The most steps of a run; those that need more are counted apart.
    pub steps: u64,
}

impl Default for Population {
    fn default() -> Self {
        Population {
            teachers: vec![4, 5, 6, 7, 8, 9, 10],
            more_students: vec![0, 1, 2],
            runs: 300,
            step_size: 0.1,
            gradient_norm: 1e-9,
            spurious: 1e-3,
            steps: 1_000_000,
        }
    }
}

const SHARE: &str = "share of runs in spurious minima";
const REMEMBERED: &str = "share of runs in spurious minima, from memory";
const CURVATURE: &str = "λmin at spurious minima";
const VALUE: &str = "mean value at spurious minima";
const DIFFERENT: &str = "different values at spurious minima";
const STEPS: &str = "median steps to a spurious minimum";
const AXIS: &str = "teachers k";

const SPURIOUS: &str = "runs in spurious minima";
const STRICT: &str = "of these with a Hessian that is proven positive definite";
const LIMITED: &str = "runs that hit the step limit";
const LOST: &str = "runs that diverged";
const RISES: &str = "steps that raised the value by more than rounding";
const OFF: &str = "largest deviation from the shares from memory";

/// Up to this k the paper found no spurious minimum.
const NONE_UP_TO: usize = 5;
/// Entries of a Hessian, and values, are wrong by far less than this.
const ROUNDING: f64 = 1e-12;
/// Values that are closer are those of one minimum, up to the order of the students.
const SAME: f64 = 1e-9;

/// What came of all runs with one k and one n.
struct Seen {
    teachers: usize,
    spurious: Share,
    /// The smallest eigenvalue at each spurious minimum.
    curvatures: Vec<f64>,
    strict: usize,
    values: Vec<f64>,
    steps: Vec<f64>,
    limited: usize,
    lost: usize,
    rises: usize,
    gradients: u64,
}

impl Population {
    fn plan<'a>(&self, dimension: usize, rests: &'a dyn Fn(&Place) -> bool) -> Plan<'a> {
        // The other numbers of a landscape do not matter to plain descent.
        let landscape = Landscape {
            smoothness: 1.0 / self.step_size,
            hessian_lipschitz: 1.0,
            epsilon: self.gradient_norm,
            delta: 0.1,
            drop: 1.0,
            dimension,
        };
        let given = Given::from([("step_size".into(), self.step_size)]);
        Plan {
            tuned: Method::Descent.tuned(&landscape, Constants::Practical, &given),
            goals: Goals {
                reached: Some(rests),
                ..Goals::default()
            },
            steps: self.steps,
            sphere: None,
        }
    }

    /// All runs with k teachers. `None` where they were interrupted.
    fn see(&self, teachers: usize, more: usize, lab: &Lab) -> Option<Seen> {
        let students = teachers + more;
        let loss = Loss::new(students, teachers, teachers).expect("the settings are checked");
        let seeds = lab.seeds(&format!("population {students} {teachers}"), self.runs);
        let starts: Vec<f64> = seeds.iter().flat_map(|seed| loss.start(*seed)).collect();
        let device = Device::cpu(Precision::F64);
        let objective = Analytic::new(Box::new(loss), device.clone());
        let dimension = loss.dimension();
        let rests = |place: &Place| place.value < self.spurious || place.gradient_norm <= self.gradient_norm;
        let (mut last, mut rises) = (vec![f64::INFINITY; self.runs], 0);
        let mut watch = |look: &Look| {
            for (value, run) in look.values.iter().zip(look.runs) {
                rises += usize::from(*value > last[*run] + ROUNDING);
                last[*run] = *value;
            }
            lab.flow()
        };
        let points = Points::from_host(starts, dimension, &device);
        let ends = escape(
            &objective,
            points,
            &self.plan(dimension, &rests),
            &seeds,
            &mut watch,
        );
        if (lab.interrupted)() {
            return None;
        }
        let count = |ending: Ending| ends.iter().filter(|end| end.ending == ending).count();
        let stuck: Vec<&End> = ends
            .iter()
            .filter(|end| end.ending == Ending::Goal && end.value >= self.spurious)
            .collect();
        let mut seen = Seen {
            teachers,
            spurious: Share {
                successes: stuck.len(),
                trials: self.runs,
            },
            curvatures: Vec::new(),
            strict: 0,
            values: stuck.iter().map(|end| end.value).collect(),
            steps: stuck.iter().map(|end| end.steps as f64).collect(),
            limited: count(Ending::StepLimit),
            lost: count(Ending::Diverged),
            rises,
            gradients: ends.iter().map(|end| end.counts.gradients).sum(),
        };
        for end in stuck {
            let at = end.point.to_host();
            let matrix = written_out(dimension, |v| loss.hessian_times(&at, v));
            seen.curvatures.push(eigenvalues(&matrix)[0]);
            seen.strict += usize::from(smallest_exceeds(&matrix, ROUNDING));
            if (lab.interrupted)() {
                return None;
            }
        }
        Some(seen)
    }
}

/// n, in words that fit a legend.
fn name(more: usize) -> String {
    match more {
        0 => "n = k".into(),
        more => format!("n = k + {more}"),
    }
}

impl Inquiry for Population {
    fn problem(&self, precision: Precision) -> Option<Problem> {
        let refused = |name: &str, complaint: String| Some(Problem::new(name, complaint).within("study"));
        if precision == Precision::F32 {
            let complaint = "is f32, in which gradients do not fall to 1e-9; leave it out, or set f64";
            return Some(Problem::new("precision", complaint));
        }
        for (name, none) in [
            ("teachers", self.teachers.is_empty() || self.teachers.contains(&0)),
            ("more_students", self.more_students.is_empty()),
            ("runs", self.runs == 0),
            ("steps", self.steps == 0),
        ] {
            if none {
                return refused(name, "is empty, or has a 0: at least one is needed".into());
            }
        }
        let counted = crate::counted(&[
            ("teachers", &self.teachers, 1000),
            ("runs", &[self.runs], 100_000),
        ]);
        if counted.is_some() {
            return counted;
        }
        for (name, size) in [
            ("step_size", self.step_size),
            ("gradient_norm", self.gradient_norm),
            ("spurious", self.spurious),
        ] {
            if !(size > 0.0 && size.is_finite()) {
                return refused(name, format!("is {size}: it must be a positive number"));
            }
        }
        (self.gradient_norm < 1e-12).then(|| {
            let complaint = format!(
                "is {}: rounding alone makes gradients of 1e-13",
                self.gradient_norm
            );
            Problem::new("study.gradient_norm", complaint)
        })
    }

    fn subject(&self) -> String {
        let (least, most) = (self.teachers.iter().min(), self.teachers.iter().max());
        format!(
            "ReLU students of {} to {} ReLU teachers, {} runs of each case, descent with η = {}",
            least.unwrap_or(&0),
            most.unwrap_or(&0),
            self.runs,
            self.step_size
        )
    }

    fn cases(&self) -> Vec<String> {
        self.more_students.iter().map(|more| name(*more)).collect()
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let more = self.more_students[case];
        let each = self.teachers.iter().map(|k| self.see(*k, more, lab));
        let mut finding = told(more, &each.collect::<Option<Vec<_>>>()?);
        finding.cost.seconds = clock.elapsed().as_secs_f64();
        Some(finding)
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let sum = |name| found.iter().map(|finding| number(finding, name)).sum::<f64>();
        let mut judged = Vec::new();
        let few = found.iter().flat_map(|finding| self.shares(finding));
        let few: Vec<Share> = few
            .filter(|(k, _)| *k <= NONE_UP_TO)
            .map(|(_, share)| share)
            .collect();
        if !few.is_empty() {
            let all = Share {
                successes: few.iter().map(|share| share.successes).sum(),
                trials: few.iter().map(|share| share.trials).sum(),
            };
            judged.push(Judged::tendency(
                format!("with at most {NONE_UP_TO} teachers no run ends in a spurious minimum"),
                all.successes == 0,
                all.to_string(),
            ));
        }
        let of = |more: usize| {
            let place = self.more_students.iter().position(|other| *other == more)?;
            found.get(place).map(|finding| self.shares(finding))
        };
        if let Some(as_many) = of(0) {
            judged.push(rising(&as_many));
            judged.extend(appearing(&as_many));
            judged.extend(
                [1, 2]
                    .into_iter()
                    .filter_map(|more| Some(fewer(&as_many, &of(more)?, more))),
            );
        }
        let (spurious, strict) = (sum(SPURIOUS), sum(STRICT));
        let unfinished = Share {
            successes: (sum(LIMITED) + sum(LOST)) as usize,
            trials: self.runs * self.teachers.len() * found.len(),
        };
        judged.push(Judged::tendency(
            "every spurious minimum is strict: its Hessian is proven positive definite",
            strict == spurious,
            format!("{strict} of {spurious}"),
        ));
        judged.push(Judged::tendency(
            "every run comes to rest or below the limit of spurious values before the step limit",
            sum(LIMITED) + sum(LOST) == 0.0,
            format!("{unfinished} do not; {} diverged", sum(LOST)),
        ));
        judged.push(Judged::tendency(
            "no step raises the value by more than rounding",
            sum(RISES) == 0.0,
            format!("{} steps did", sum(RISES)),
        ));
        judged
    }
}

impl Population {
    /// The share of spurious minima at each k, ascending.
    fn shares(&self, finding: &Finding) -> Vec<(usize, Share)> {
        let found = finding.curves.iter().find(|curve| curve.name == SHARE);
        let along = found.and_then(|curve| Some((curve.along.as_ref()?, &curve.values)));
        let Some((axis, values)) = along else {
            return Vec::new();
        };
        let share = |(k, value): (&f64, &f64)| {
            let successes = (value * self.runs as f64).round() as usize;
            let trials = self.runs;
            (*k as usize, Share { successes, trials })
        };
        let mut shares: Vec<(usize, Share)> = axis.values.iter().zip(values).map(share).collect();
        shares.sort_by_key(|(k, _)| *k);
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(study: Population, precision: Precision) -> String {
        let problem = study.problem(precision).expect("something is wrong");
        format!("{problem}")
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        assert_eq!(Population::default().problem(Precision::F64), None);
        assert_eq!(
            complaint(Population::default(), Precision::F32),
            "precision is f32, in which gradients do not fall to 1e-9; leave it out, or set f64"
        );
        let study = Population {
            step_size: 0.0,
            ..Population::default()
        };
        assert_eq!(
            complaint(study, Precision::F64),
            "study.step_size is 0: it must be a positive number"
        );
        let study = Population {
            teachers: vec![3, 0],
            ..Population::default()
        };
        assert_eq!(
            complaint(study, Precision::F64),
            "study.teachers is empty, or has a 0: at least one is needed"
        );
    }
}
