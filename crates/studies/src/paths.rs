//! Pictures of descent and perturbed descent in the plane.

use crate::picture::{mark, values};
use crate::{Inquiry, Judged, Lab, Share, Spent, number};
use models::analytic::{Analytic, BoundedSaddle, Chain, ClosedForm, RippledBowl, taxonomy};
use models::{Device, Points, Precision, Problem, Seed};
use probes::{Cost, Finding, Path, Scalar, Stationarity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Instant;
use training::escape::{Constants, End, Given, Goals, Landscape, Look, Method, Plan, escape};

/// Functions of two variables, and the ways of descent and of perturbed descent from a point from which descent ends at a
/// saddle. The picture shows the first run of each; the critical points are marked with their eigenvalues.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Paths {
    /// Runs of perturbed descent on each function.
    pub runs: usize,
    /// Steps of each.
    pub steps: u64,
}

impl Default for Paths {
    fn default() -> Self {
        Paths { runs: 20, steps: 600 }
    }
}

const CAUGHT: &str = "distance of descent to the saddle at the end";
const LEFT: &str = "perturbed runs that end lower than the saddle";
const MINIMA: &str = "perturbed runs that end second-order stationary";

/// A function, where to begin, what of it to show, and the constants that hold there.
struct Scene {
    name: &'static str,
    form: Box<dyn ClosedForm>,
    start: [f64; 2],
    saddle: [f64; 2],
    sides: [(f64, f64); 2],
    smoothness: f64,
    hessian_lipschitz: f64,
}

fn scenes() -> Vec<Scene> {
    let tilted = taxonomy().into_iter().find(|(name, _)| name.contains("x/4"));
    let (_, tilted) = tilted.expect("the taxonomy has the tilted well");
    // The saddle of (x² − 1)² + x/4 + y² lies at a root of 4x³ − 4x + ¼; descent reaches it from nowhere else on the axis.
    let saddle = tilted.known().critical[1].at[0];
    vec![
        Scene {
            name: "¼x⁴ − ½x² + ½y²",
            form: Box::new(BoundedSaddle::in_the_plane()),
            start: [0.0, 1.5],
            saddle: [0.0, 0.0],
            sides: [(-1.6, 1.6), (-0.8, 1.8)],
            smoothness: 7.0,
            hessian_lipschitz: 10.0,
        },
        Scene {
            name: "x⁴/16 − x²/2 + 9y²/8",
            form: Box::new(BoundedSaddle::demonstration()),
            start: [0.0, 1.5],
            saddle: [0.0, 0.0],
            sides: [(-3.0, 3.0), (-1.5, 2.0)],
            smoothness: 7.0,
            hessian_lipschitz: 5.0,
        },
        Scene {
            name: "(x² − 1)² + x/4 + y²",
            form: tilted,
            start: [saddle, 1.2],
            saddle: [saddle, 0.0],
            sides: [(-1.5, 1.5), (-0.8, 1.5)],
            smoothness: 23.0,
            hessian_lipschitz: 36.0,
        },
        Scene {
            name: "½(ab − 1)²",
            form: Box::new(Chain { depth: 2 }),
            // a = −b: where descent stays on the line to the origin.
            start: [-0.9, 0.9],
            saddle: [0.0, 0.0],
            sides: [(-1.8, 1.8), (-1.8, 1.8)],
            smoothness: 10.0,
            hessian_lipschitz: 12.0,
        },
        Scene {
            name: "½x² + ½ sin 3x + y²",
            form: Box::new(RippledBowl),
            // The demonstration begins near a maximum along x, at (0.6806, 0).
            start: rippled_saddle(),
            saddle: rippled_saddle(),
            sides: [(-2.0, 2.5), (-1.2, 1.2)],
            smoothness: 6.0,
            hessian_lipschitz: 14.0,
        },
    ]
}

/// The saddle of the rippled bowl near (0.6806, 0).
fn rippled_saddle() -> [f64; 2] {
    let known = RippledBowl.known().critical;
    let distance = |at: &[f64]| (at[0] - 0.6806).hypot(at[1]);
    let nearest = known
        .iter()
        .min_by(|a, b| distance(&a.at).total_cmp(&distance(&b.at)));
    nearest.map_or([0.6806, 0.0], |point| [point.at[0], point.at[1]])
}

impl Inquiry for Paths {
    fn problem(&self, _precision: Precision) -> Option<Problem> {
        let steps = usize::try_from(self.steps).unwrap_or(usize::MAX);
        crate::counted(&[("runs", &[self.runs], 100_000), ("steps", &[steps], 1_000_000)])
    }

    fn subject(&self) -> String {
        "functions of two variables, started where descent ends at a saddle".into()
    }

    fn cases(&self) -> Vec<String> {
        scenes().iter().map(|scene| scene.name.into()).collect()
    }

    fn look(&self, case: usize, lab: &Lab) -> Option<Finding> {
        let clock = Instant::now();
        let scene = scenes().swap_remove(case);
        let (high, lowest) = (scene.form.value(&scene.saddle), scene.form.known().at_least);
        let landscape = Landscape {
            smoothness: scene.smoothness,
            hessian_lipschitz: scene.hessian_lipschitz,
            epsilon: 0.01,
            delta: 0.1,
            drop: lowest.map_or(1.0, |least| (scene.form.value(&scene.start) - least).max(0.1)),
            dimension: 2,
        };
        let known = scene.form.known().critical;
        let grid = values(scene.form.as_ref(), scene.sides);
        let device = Device::cpu(Precision::F64);
        let objective = Analytic::new(scene.form, device.clone());
        let seeds = lab.seeds(scene.name, self.runs);
        let mut paths = Vec::new();
        let mut follow = |name: &str, method: Method, seeds: &[Seed]| -> Vec<End> {
            let plan = Plan {
                tuned: method.tuned(&landscape, Constants::Practical, &Given::new()),
                goals: Goals::default(),
                steps: self.steps,
                sphere: None,
            };
            let (mut x, mut y) = (Vec::new(), Vec::new());
            let starts = Points::from_host(scene.start.repeat(seeds.len()), 2, &device);
            let ends = escape(&objective, starts, &plan, seeds, &mut |look: &Look| {
                if look.runs.first() == Some(&0) {
                    let at = look.points.to_host();
                    x.push(at[0]);
                    y.push(at[1]);
                }
                lab.flow()
            });
            paths.push(Path {
                name: name.into(),
                x,
                y,
            });
            ends
        };
        let perturbed = follow("perturbed descent", Method::Perturbed2017 { c: 1.0 }, &seeds);
        let plain = follow("descent", Method::Descent, &seeds[..1]);
        if (lab.interrupted)() {
            return None;
        }
        let shown = |at: &[f64]| {
            let inside = |x: f64, (low, high): (f64, f64)| (low..=high).contains(&x);
            inside(at[0], scene.sides[0]) && inside(at[1], scene.sides[1])
        };
        paths.extend(known.iter().filter(|point| shown(&point.at)).map(mark));
        let end = plain[0].point.to_host();
        let caught = (end[0] - scene.saddle[0]).hypot(end[1] - scene.saddle[1]);
        let left = perturbed.iter().filter(|end| end.value < high - 1e-3).count();
        let second_order = |end: &&End| {
            let at = end.returned.as_ref().unwrap_or(&end.point);
            Stationarity::holds(&lab.second_order(&objective, at, &landscape))
        };
        let minima = perturbed.iter().filter(second_order).count();
        let share = |successes| Share {
            successes,
            trials: self.runs,
        };
        let spent = Spent::by(perturbed.iter().chain(&plain));
        let mut scalars = vec![
            Scalar::exact(CAUGHT, caught),
            Scalar::exact(LEFT, left as f64),
            Scalar::exact(MINIMA, minima as f64),
        ];
        scalars.extend(spent.scalars());
        Some(Finding {
            probe: "paths".into(),
            scalars,
            grids: vec![grid],
            paths,
            verdicts: vec![format!(
                "Descent ends {caught:.0e} from the saddle; {} perturbed runs leave it, and {} end at a second-order stationary \
                 point.",
                share(left),
                share(minima)
            )],
            cost: Cost {
                seconds: clock.elapsed().as_secs_f64(),
                ..spent.cost()
            },
            ..Finding::default()
        })
    }

    fn judge(&self, found: &[Finding]) -> Vec<Judged> {
        let most = |name| crate::largest(found.iter().map(|finding| number(finding, name)));
        let all = |name| Share {
            successes: found.iter().map(|finding| number(finding, name)).sum::<f64>() as usize,
            trials: self.runs * found.len(),
        };
        let (left, minima) = (all(LEFT), all(MINIMA));
        vec![
            Judged::identity(
                "descent ends at the saddle, to 1e-6",
                most(CAUGHT) <= 1e-6,
                format!("at most {:.1e} from it", most(CAUGHT)),
            ),
            Judged::tendency(
                "perturbed descent leaves the saddle",
                left.successes == left.trials,
                left.to_string(),
            ),
            Judged::tendency(
                "perturbed descent ends at a second-order stationary point",
                minima.successes == minima.trials,
                minima.to_string(),
            ),
        ]
    }
}
