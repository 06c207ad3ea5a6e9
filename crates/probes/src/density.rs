//! Which share of the eigenvalues lies where.

use crate::operator::Matrix;
use crate::{
    Axis, Cost, Curve, Finding, Measurement, Operator, Scalar, Site, Subject, few_outputs, tangent_kernel,
};
use models::Problem;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::Accuracy;
use std::f64::consts::PI;
use std::time::Instant;

/// The density of a spectrum by stochastic Lanczos quadrature, as accurately as is asked for.
///
/// Steps and random starts are chosen so that the Wasserstein-1 distance from the true density is at most
/// `accuracy` · (λmax − λmin) with probability `confidence` (Chen, Trogdon and Ubaru 2021; the theorems are those of
/// [`spectra::Accuracy::effort`]). All bounds of the finding hold together with that probability.
/// Costs steps · starts products; where all eigenvalues cost fewer, they are computed. Those of the Gauss–Newton matrix are
/// computed from the Gram matrix where the examples have no more than 2,000 outputs, and fewer than there are parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Density {
    /// The largest Wasserstein distance from the true density, as a share of λmax − λmin.
    pub accuracy: f64,
    /// The probability with which all bounds hold.
    pub confidence: f64,
    /// Of which matrix.
    pub operator: Operator,
    /// Only this block of parameters, such as `layer1.weight`, or this layer, such as `layer1`. Default: all.
    pub block: Option<String>,
    /// As the optimiser feels it: P^{-1/2} M P^{-1/2} with P = √v̂ + ε. Default: false.
    pub preconditioned: bool,
}

impl Default for Density {
    /// A fiftieth of the width is what a figure shows; 99 of 100 such figures are right.
    fn default() -> Self {
        Density {
            accuracy: 0.02,
            confidence: 0.99,
            operator: Operator::Hessian,
            block: None,
            preconditioned: false,
        }
    }
}

const STEPS: &str = "Lanczos steps";
const STARTS: &str = "random starts";
const DISTANCE: &str = "Wasserstein distance, at most";
const RELATIVE: &str = "Wasserstein distance over λmax − λmin, at most";
/// Where the distribution function is told, at most.
const PLACES: usize = 200;
/// Bins of the histogram.
const BINS: usize = 60;
/// Bins of the sizes in each decade.
const PER_DECADE: f64 = 4.0;

impl Density {
    pub(crate) fn matrix(&self) -> Matrix<'_> {
        Matrix {
            operator: self.operator,
            block: self.block.as_deref(),
            preconditioned: self.preconditioned,
        }
    }

    /// What `spectra` is asked for: a distance in norms, of which the width has at most two.
    pub(crate) fn asked(&self, site: &Site) -> Accuracy {
        Accuracy {
            seed: site.seed.stream("density").random(),
            // Where the optimiser scales the matrix, its products are not those that were measured.
            noise: if self.preconditioned {
                0.0
            } else {
                site.noise().floor()
            },
            ..self.accuracy()
        }
    }

    fn accuracy(&self) -> Accuracy {
        Accuracy {
            distance: 2.0 * self.accuracy,
            confidence: self.confidence,
            ..Accuracy::default()
        }
    }

    /// The names of the first two moments.
    fn moments(&self) -> [String; 2] {
        let name = self.matrix().name();
        ["trace", "Frobenius norm"].map(|moment| format!("{moment} of the {name}, by its density"))
    }

    /// What was found, in words and numbers.
    pub(crate) fn finding(&self, found: &spectra::Density, cost: Cost) -> Finding {
        let mut finding = Finding {
            probe: self.matrix().finding("density"),
            incomplete: !matches!(
                found.ending,
                spectra::Ending::Converged | spectra::Ending::WholeSpace
            ),
            cost,
            ..Finding::default()
        };
        match found.ending {
            spectra::Ending::NotFinite => {
                let warning = "A product is not finite: the operator has no spectrum at this point.";
                finding.warnings.push(warning.into());
            }
            spectra::Ending::Interrupted => finding.warnings.push(format!(
                "Interrupted after {} products: the bounds are those of what was made by then.",
                found.products
            )),
            _ => {}
        }
        if found.rules.is_empty() {
            return finding;
        }
        let spectra::Effort { steps, probes } = found.effort;
        let relative = relative(found);
        let [trace, norm] = self.moments();
        if probes > 0 {
            finding.scalars.extend([
                Scalar::exact(STEPS, steps as f64),
                Scalar::exact(STARTS, probes as f64),
            ]);
        }
        finding.scalars.extend([
            Scalar::exact(DISTANCE, found.distance()),
            Scalar::exact(RELATIVE, relative),
            Scalar::estimated(&trace, found.trace()),
            Scalar::estimated(&norm, found.square().root()),
        ]);
        finding.verdicts.push(match probes {
            0 => format!(
                "All {} eigenvalues were computed, each up to {:.1e}.",
                found.dimension, found.noise
            ),
            _ => format!(
                "With probability {} the density is within a Wasserstein distance of {relative:.2e} · (λmax − λmin), by \
                 {steps} Lanczos steps from each of {probes} random start{}; half-widths of trace and norm are one \
                 standard error.",
                found.confidence,
                if probes == 1 { "" } else { "s" },
            ),
        });
        finding.curves = weights(found);
        finding.curves.extend(views(found));
        finding
    }
}

/// A bound on the Wasserstein distance, relative to λmax − λmin: the theorem's, or what is known of this spectrum.
///
/// The nodes lie between λmin and λmax, so that what is divided by their width is only made larger.
fn relative(found: &spectra::Density) -> f64 {
    let nodes = || found.atoms().map(|(node, _)| node);
    let width = nodes().fold(f64::MIN, f64::max) - nodes().fold(f64::MAX, f64::min);
    if width <= 0.0 {
        return 0.0;
    }
    let known = found.distance() / width;
    if found.effort.probes == 0 {
        return known;
    }
    let foreseen = PI / (4.0 * found.effort.steps as f64) + found.chance();
    known.min(foreseen + found.noise / width)
}

/// Nodes and weights of each rule, from which every other view can be made again.
fn weights(found: &spectra::Density) -> Vec<Curve> {
    let rules = found.rules.iter().enumerate();
    let curve = |(i, rule): (usize, &spectra::Rule)| Curve {
        name: match found.effort.probes {
            0 => "weights of all eigenvalues".into(),
            _ => format!("weights of the nodes, start {}", i + 1),
        },
        along: along("eigenvalue", rule.nodes.clone()),
        values: rule.weights.clone(),
        uncertainties: Vec::new(),
    };
    rules.map(curve).collect()
}

fn along(name: &str, values: Vec<f64>) -> Option<Axis> {
    Some(Axis {
        name: name.into(),
        values,
    })
}

/// The distribution function, the histogram, and the sizes by decades, each share with its bound.
fn views(found: &spectra::Density) -> Vec<Curve> {
    let (low, high) = found.interval();
    if !(low.is_finite() && high.is_finite()) {
        return Vec::new();
    }
    let room = match high - low {
        0.0 => 1.0,
        width => 0.01 * width,
    };
    let (low, high) = (low - room, high + room);
    let places = places(found, low, high);
    let (values, uncertainties) = places
        .iter()
        .map(|place| {
            let share = found.cumulative(*place);
            let wrong = (share.above - share.value).max(share.value - share.below);
            (share.value, wrong)
        })
        .unzip();
    let cumulative = Curve {
        name: "share of eigenvalues up to here".into(),
        along: along("eigenvalue", places),
        values,
        uncertainties,
    };
    let edge = |i: usize| low + (high - low) * i as f64 / BINS as f64;
    let edges: Vec<f64> = (0..=BINS).map(edge).collect();
    let bins: Vec<(f64, f64)> = edges.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let histogram = Curve {
        name: "share of eigenvalues in the bin around here".into(),
        along: along("eigenvalue", middles(&edges)),
        ..shares(found, &found.histogram(&edges), &bins)
    };
    let mut views = vec![cumulative, histogram];
    views.extend(sizes(found, low.abs().max(high.abs())));
    views
}

/// Where the distribution function is told: between nodes, where it is flat, and closer together where they are.
fn places(found: &spectra::Density, low: f64, high: f64) -> Vec<f64> {
    let mut nodes: Vec<f64> = found.atoms().map(|(node, _)| node).collect();
    nodes.sort_by(f64::total_cmp);
    nodes.dedup();
    let between = middles(&nodes);
    let every = between.len().div_ceil(PLACES).max(1);
    let between = between.into_iter().step_by(every);
    [low].into_iter().chain(between).chain([high]).collect()
}

fn middles(edges: &[f64]) -> Vec<f64> {
    edges.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect()
}

/// Shares of the eigenvalues in bins, and how wrong each can be at most.
fn shares(found: &spectra::Density, shares: &[f64], bins: &[(f64, f64)]) -> Curve {
    let wrong = |(share, (low, high)): (&f64, &(f64, f64))| {
        let (low, high) = (found.cumulative(*low), found.cumulative(*high));
        let most = (high.above - low.below).min(1.0);
        let least = (high.below - low.above).max(0.0);
        (most - share).max(share - least).max(0.0)
    };
    Curve {
        name: String::new(),
        along: None,
        values: shares.to_vec(),
        uncertainties: shares.iter().zip(bins).map(wrong).collect(),
    }
}

/// The shares of positive and of negative eigenvalues by the decades of their sizes, down to the noise.
fn sizes(found: &spectra::Density, largest: f64) -> Vec<Curve> {
    let least = found.noise.max(f64::MIN_POSITIVE).log10();
    let first = (PER_DECADE * least).floor() as i64;
    let last = (PER_DECADE * largest.log10()).ceil() as i64;
    if last <= first {
        return Vec::new();
    }
    let edges: Vec<f64> = (first..=last).map(|i| i as f64 / PER_DECADE).collect();
    let seen = found.magnitudes(&edges);
    let size = |exponent: f64| 10f64.powf(exponent);
    let up: Vec<(f64, f64)> = edges
        .windows(2)
        .map(|pair| (size(pair[0]), size(pair[1])))
        .collect();
    let down: Vec<(f64, f64)> = up.iter().map(|(low, high)| (-high, -low)).collect();
    let curve = |sign: &str, values: &[f64], bins: &[(f64, f64)]| Curve {
        name: format!("share of {sign} eigenvalues in the bin around here"),
        along: along("log10 |eigenvalue|", middles(&edges)),
        ..shares(found, values, bins)
    };
    vec![
        curve("positive", &seen.positive, &up),
        curve("negative", &seen.negative, &down),
    ]
}

impl Measurement for Density {
    fn numbers(&self) -> Vec<String> {
        let own = [STEPS, STARTS, DISTANCE, RELATIVE].map(String::from);
        own.into_iter().chain(self.moments()).collect()
    }

    fn problem(&self, subject: &Subject) -> Option<Problem> {
        if let Some(problem) = self.matrix().problem(subject) {
            return Some(problem);
        }
        let share = |field: &str, x: f64, such: &str| {
            let complaint = format!("is {x}: it must lie between 0 and 1, for instance {such}");
            (!(x > 0.0 && x < 1.0)).then(|| Problem::new(field, complaint))
        };
        share("accuracy", self.accuracy, "0.02").or_else(|| share("confidence", self.confidence, "0.99"))
    }

    fn vectors(&self, subject: &Subject) -> usize {
        let matrix = self.matrix();
        if matrix.has_few_outputs(subject) {
            return 0;
        }
        let vectors = self.accuracy().vectors(matrix.dimension(subject));
        matrix.in_vectors(vectors, subject)
    }

    fn products(&self, subject: &Subject) -> usize {
        let dimension = self.matrix().dimension(subject);
        if self.matrix().has_few_outputs(subject) {
            return 0;
        }
        self.accuracy().effort(dimension).products()
    }

    fn host_bytes(&self, subject: &Subject) -> u64 {
        match self.matrix().has_few_outputs(subject) {
            true => tangent_kernel::bytes(usize::MAX, 4, 1, subject),
            false => 0,
        }
    }

    fn measure(&self, site: &Site) -> Finding {
        let clock = Instant::now();
        let matrix = self.matrix();
        if let Some(why) = matrix.absence(site) {
            return Finding::absent(matrix.finding("density"), why);
        }
        if matrix.has_few_outputs_at(site) {
            let found = few_outputs::gauss_newton(site);
            let cost = Cost {
                gradients: 1,
                products: 0,
                seconds: clock.elapsed().as_secs_f64(),
            };
            return match found {
                Some(found) => self.finding(&found, cost),
                None => Finding {
                    incomplete: true,
                    cost,
                    ..Finding::absent(
                        matrix.finding("density"),
                        "Interrupted in the Gram matrix.".into(),
                    )
                },
            };
        }
        let here = site.objective.linearise(site.at);
        let found = spectra::density(&matrix.at(site, &*here), &self.asked(site), |_| site.flow());
        let cost = Cost {
            gradients: 1,
            products: found.products,
            seconds: clock.elapsed().as_secs_f64(),
        };
        self.finding(&found, cost)
    }
}
