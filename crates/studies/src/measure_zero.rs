//! How often does descent end at a strict saddle?

mod long_steps;

use crate::picture::{self, mark};
use crate::{Inquiry, Judged, Lab, Share, Spent, curve, number, slope};
use models::analytic::{Analytic, ClosedForm, Polynomial};
use models::{CriticalPoint, Device, Points, Precision, Problem};
use probes::{Cost, Finding, Path, Scalar};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use training::escape::{Constants, End, Given, Goals, Landscape, Look, Method, Place, Plan, escape};

/// ½x² + ¼y⁴ − ½y² has one strict saddle, at 0, and minima at (0, ±1). Descent ends at the saddle from the axis y = 0, which
/// has measure zero, and from nowhere else (Lee, Simchowitz, Jordan & Recht 2016); from a distance 10⁻ᵏ to the axis it
/// takes k·ln 10/ln(1 + η) steps longer.
///
/// The theorem asks for η < 1/L. Beside it, descent with a longer step on a function where a third of a square leads to the
/// strict saddle.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MeasureZero {
    /// Starts, uniform in [−2, 2]².
    pub starts: usize,
    /// η, below 1/11: the gradient is 11-Lipschitz on that square.
    pub step_size: f64,
    /// Distances to the axis: 10⁻¹ to 10⁻ᵏ for this k.
    pub decades: u32,
}

impl Default for MeasureZero {
    fn default() -> Self {
        MeasureZero {
            starts: 10_000,
            step_size: 0.05,
            decades: 12,
        }
    }
}

const CASES: [&str; 4] = ["random starts", "near the axis", "on the axis", "long steps"];
const AT_SADDLE: &str = "runs that end at the saddle";
const AT_MINIMUM: &str = "runs that end at a minimum";
const PER_DECADE: &str = "steps for each power of ten";
const FORESEEN: &str = "steps for each power of ten by the formula";
const APART: &str = "largest difference to the formula, in steps";
const BY_DESCENT: &str = "distance of descent to the saddle at the end";
const PERTURBED: &str = "perturbed runs that end at a minimum";

/// The most steps of a run: from 10⁻¹² it takes 27.6/ln(1 + η) to leave.
const STEPS: u64 = 20_000;
/// Runs of perturbed descent from the axis.
const RUNS: usize = 20;

fn function() -> Polynomial {
    let form = Polynomial::new([(0.5, [2, 0]), (0.25, [0, 4]), (-0.5, [0, 2])]);
    let at = |y: f64, value, spectrum| CriticalPoint::of(vec![0.0, y], value, spectrum);
    let known = vec![
        at(0.0, 0.0, vec![-1.0, 1.0]),
        at(1.0, -0.25, vec![1.0, 2.0]),
        at(-1.0, -0.25, vec![1.0, 2.0]),
    ];
    form.with(Some(-0.25), known)
}

impl MeasureZero {
    fn share(&self, successes: f64) -> Share {
        Share {
            successes: successes as usize,
            trials: self.starts,
        }
    }

    fn plan(&self, method: Method) -> Plan<'static> {
        let landscape = Landscape {
            smoothness: 11.0,
            hessian_lipschitz: 12.0,
            epsilon: 0.01,
            delta: 0.1,
            drop: 4.5,
            dimension: 2,
        };
        let given = Given::from([("step_size".into(), self.step_size)]);
        Plan {
            tuned: method.tuned(&landscape, Constants::Practical, &given),
            goals: Goals::default(),
            steps: STEPS,
            sphere: None,
        }
    }

    /// Runs from these starts `[s, 2]`, until they come to rest at a minimum, or for all steps.
    fn runs(&self, lab: &Lab, method: Method, starts: Vec<f64>, watch: &mut dyn FnMut(&Look)) -> Vec<End> {
        let device = Device::cpu(Precision::F64);
        let objective = Analytic::new(Box::new(function()), device.clone());
        let rests = |place: &Place| place.value <= -0.25 + 1e-10;
        let plan = Plan {
            goals: Goals {
                reached: Some(&rests),
                ..Goals::default()
            },
            ..self.plan(method)
        };
        let seeds = lab.seeds("measure zero", starts.len() / 2);
        let points = Points::from_host(starts, 2, &device);
        escape(&objective, points, &plan, &seeds, &mut |look| {
            watch(look);
            lab.flow()
        })
    }
}

/// Whether a run ended near the saddle, and whether near a minimum.
fn ended(end: &End) -> (bool, bool) {
    let at = end.point.to_host();
    let far = |y: f64| at[0].hypot(at[1] - y);
    (far(0.0) < 1e-3, far(1.0).min(far(-1.0)) < 1e-3)
}

impl Inquiry for MeasureZero {
    fn problem(&self, _precision: Precision) -> Option<Problem> {
        let step = self.step_size;
        if !(step > 0.0 && step < 1.0 / 11.0) {
            let complaint = format!("is {step}: the theorem asks for a positive number below 1/ℓ = 1/11");
            return Some(Problem::new("study.step_size", complaint));
        }
        if let Some(problem) = crate::counted(&[("starts", &[self.starts], 100_000_000)]) {
            return Some(problem);
        }
        (!(2..=300).contains(&self.decades)).then(|| {
            let complaint = format!(
                "is {}: it must lie between 2 and 300, where f64 ends",
                self.decades
            );
            Problem::new("study.decades", complaint)
        })
    }

    fn subject(&self) -> String {
        format!("½x² + ¼y⁴ − ½y², descent with η = {}", self.step_size)
    }

    fn cases(&self) -> Vec<String> {
        CASES.map(String::from).to_vec()
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let mut finding = match case {
            0 => self.random(lab),
            1 => self.near(lab),
            3 => self.with_long_steps(lab),
            _ => self.on_axis(lab),
        };
        finding.probe = "measure-zero".into();
        finding.cost.seconds = clock.elapsed().as_secs_f64();
        (!(lab.interrupted)()).then_some(finding)
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let [random, near, axis, long] = found else {
            return Vec::new();
        };
        let share = self.share(number(random, AT_SADDLE));
        let caught = self.share(number(long, long_steps::AT_SADDLE));
        let (low, high) = caught.interval();
        let short = self.share(number(long, long_steps::BY_SHORT));
        let (each, foreseen) = (number(near, PER_DECADE), number(near, FORESEEN));
        vec![
            Judged::bound(
                "no random start leads to the saddle",
                share.successes == 0,
                share.to_string(),
            ),
            Judged::tendency(
                "every random start leads to a minimum",
                number(random, AT_MINIMUM) == self.starts as f64,
                format!("{} of {}", number(random, AT_MINIMUM), self.starts),
            ),
            Judged::identity(
                "each power of ten nearer to the axis costs ln 10/ln(1 + η) steps, to 1 %",
                (each / foreseen - 1.0).abs() <= 0.01 && number(near, APART) <= 2.0,
                format!("{each:.3} steps, {foreseen:.3} by the formula"),
            ),
            Judged::identity(
                "from the axis, descent ends at the saddle",
                number(axis, BY_DESCENT) < 1e-12,
                format!("at a distance of {:.1e}", number(axis, BY_DESCENT)),
            ),
            Judged::tendency(
                "from the axis, perturbed descent ends at a minimum",
                number(axis, PERTURBED) == RUNS as f64,
                Share {
                    successes: number(axis, PERTURBED) as usize,
                    trials: RUNS,
                }
                .to_string(),
            ),
            Judged::identity(
                "with η above 1/L, on another function, descent ends at a strict saddle from every start beyond a border and from no \
                 other, though it is below 2/L and no step violates the descent lemma",
                number(long, long_steps::OTHERWISE) + number(long, long_steps::RISES) == 0.0,
                format!(
                    "{} starts lead elsewhere, and {} steps violate it",
                    number(long, long_steps::OTHERWISE),
                    number(long, long_steps::RISES)
                ),
            ),
            Judged::tendency(
                "that is a set of positive measure: the 95 % interval of its share of the starts contains 1/3",
                (low..=high).contains(&long_steps::FORESEEN),
                caught.to_string(),
            ),
            Judged::bound(
                "with η below 1/L no start leads to that saddle",
                short.successes == 0,
                short.to_string(),
            ),
        ]
    }
}

impl MeasureZero {
    fn random(&self, lab: &Lab) -> Finding {
        let mut stream = lab.seed.stream("measure zero");
        let starts = (0..2 * self.starts).map(|_| stream.random_range(-2.0..2.0));
        let ends = self.runs(lab, Method::Descent, starts.collect(), &mut |_| ());
        let count = |which: fn((bool, bool)) -> bool| ends.iter().filter(|end| which(ended(end))).count();
        let (saddle, minimum) = (count(|(saddle, _)| saddle), count(|(_, minimum)| minimum));
        let share = Share {
            successes: saddle,
            trials: self.starts,
        };
        Finding {
            scalars: vec![
                Scalar::exact(AT_SADDLE, saddle as f64),
                Scalar::exact(AT_MINIMUM, minimum as f64),
            ],
            verdicts: vec![format!("Descent ends at the saddle from {share} random starts.")],
            cost: Cost {
                gradients: crate::gradients(&ends),
                ..Cost::default()
            },
            ..Finding::default()
        }
    }

    /// Steps until |y| ≥ ½ from (1, 10⁻ᵏ).
    fn near(&self, lab: &Lab) -> Finding {
        let starts: Vec<f64> = (1..=self.decades)
            .flat_map(|k| [1.0, 10f64.powi(-(k as i32))])
            .collect();
        let mut times = vec![None; self.decades as usize];
        let ends = self.runs(lab, Method::Descent, starts, &mut |look| {
            let rows = look.points.to_host();
            for (at, run) in rows.chunks(2).zip(look.runs) {
                if at[1].abs() >= 0.5 {
                    times[*run].get_or_insert(look.step as f64);
                }
            }
        });
        let (decades, times): (Vec<f64>, Vec<f64>) = (1..=self.decades)
            .zip(&times)
            .filter_map(|(k, time)| Some((f64::from(k), (*time)?)))
            .unzip();
        // Far from the axis y⁴ slows the growth: only the difference between decades is by the formula.
        let points: Vec<(f64, f64)> = decades.iter().copied().zip(times.iter().copied()).collect();
        let foreseen = 10f64.ln() / self.step_size.ln_1p();
        let (each, error) = slope(&points);
        let last = points[points.len() - 1];
        let apart = points
            .iter()
            .map(|(k, time)| (last.1 - time - foreseen * (last.0 - k)).abs());
        let apart = crate::largest(apart);
        Finding {
            scalars: vec![
                crate::about(PER_DECADE, each, error),
                Scalar::exact(FORESEEN, foreseen),
                Scalar::exact(APART, apart),
            ],
            curves: vec![curve(
                "steps until |y| ≥ ½",
                "k of y = 10⁻ᵏ at the start",
                decades,
                times,
                Vec::new(),
            )],
            verdicts: vec![format!(
                "Each power of ten nearer to the axis costs {each:.2} steps."
            )],
            cost: Cost {
                gradients: crate::gradients(&ends),
                ..Cost::default()
            },
            ..Finding::default()
        }
    }

    /// Plain and perturbed descent from (1.5, 0), with a picture of the first runs.
    fn on_axis(&self, lab: &Lab) -> Finding {
        let start = [1.5, 0.0];
        let mut ways: Vec<Path> = Vec::new();
        let mut follow = |name: &str, method: Method, runs: usize| {
            let mut way = Path {
                name: name.into(),
                x: Vec::new(),
                y: Vec::new(),
            };
            let ends = self.runs(lab, method, start.repeat(runs), &mut |look| {
                if look.runs.first() == Some(&0) && look.step <= SHOWN {
                    let at = look.points.to_host();
                    way.x.push(at[0]);
                    way.y.push(at[1]);
                }
            });
            ways.push(way);
            ends
        };
        let perturbed = follow("perturbed descent", Method::Perturbed2017 { c: 1.0 }, RUNS);
        let plain = follow("descent", Method::Descent, 1);
        let at = plain[0].point.to_host();
        let arrived = perturbed.iter().filter(|end| ended(end).1).count();
        let form = function();
        ways.extend(form.known().critical.iter().map(mark));
        let spent = Spent::by(plain.iter().chain(&perturbed));
        let mut scalars = vec![
            Scalar::exact(BY_DESCENT, at[0].hypot(at[1])),
            Scalar::exact(PERTURBED, arrived as f64),
        ];
        scalars.extend(spent.scalars());
        Finding {
            scalars,
            grids: vec![picture::values(&form, [(-1.0, 2.0), (-1.5, 1.5)])],
            paths: ways,
            verdicts: vec![format!(
                "Descent stays on the axis and ends at the saddle; {arrived} of {RUNS} perturbed runs end at a minimum."
            )],
            cost: spent.cost(),
            ..Finding::default()
        }
    }
}

/// Steps that a picture shows.
const SHOWN: u64 = 400;
