//! Slices through the loss around a point.

use crate::direction::{self, Along};
use crate::{
    Axis, Cost, Curve, Finding, Grid, Measurement, Scalar, Site, Subject, rounding, search, trajectory,
};
use models::{Directions, Point, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use spectra::Block;
use std::time::Instant;

/// The loss along one direction or over the plane of two, L(θ + su + tv), beside its quadratic model
/// L + s·gᵀu + t·gᵀv + ½(s²·uᵀHu + 2st·uᵀHv + t²·vᵀHv), and the accuracy where the targets are classes; with the place on
/// each axis where loss and model part.
///
/// Values are exact up to rounding. Directions are not made orthogonal to each other: their cosine is reported.
/// Cost: one forward pass for each point, points² over a plane; one product for each direction, and those of the search
/// for eigenvectors. Planes along a trajectory show its projection, and hold twice the points that were kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Surface {
    /// One direction or two.
    pub axes: Vec<Slice>,
    /// How many points on each axis: an odd number, so that the one in the middle is θ.
    pub points: usize,
    /// Residual, relative to the eigenvalue, at which an eigenvector counts as converged.
    pub tolerance: f64,
    /// The most products to spend on eigenvectors.
    pub products: usize,
}

/// One direction of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Slice {
    /// Which direction.
    pub along: Along,
    /// How far it goes to both sides, in units of the direction.
    pub radius: f64,
}

impl Default for Slice {
    /// As far as Li et al. (2018) look.
    fn default() -> Self {
        Slice {
            along: Along::Random,
            radius: 1.0,
        }
    }
}

impl Default for Surface {
    /// Two random directions, as Li et al. (2018) draw them, on 21 points each: coarse, for 441 forward passes.
    fn default() -> Self {
        Surface {
            axes: vec![Slice::default(); 2],
            points: 21,
            tolerance: 1e-3,
            products: 400,
        }
    }
}

/// The most points on an axis: a plane of them is a million forward passes.
const MOST_POINTS: usize = 1001;
/// The share of the change of the loss by which the quadratic model may be wrong before the two have parted.
const APART: f64 = 0.1;
const COSINE: &str = "cosine of the axes";
const LOSS: &str = "loss";
const MODEL: &str = "loss, quadratic model";
const ACCURACY: &str = "accuracy";

/// The loss, its model and the accuracy at every place of a slice, and the places.
struct Looked {
    axes: Vec<Axis>,
    loss: Vec<f64>,
    model: Vec<f64>,
    accuracy: Option<Vec<f64>>,
}

impl Surface {
    pub(crate) fn asked(&self) -> spectra::Ends {
        let count = |along| usize::from(self.axes.iter().any(|axis| axis.along == along));
        spectra::Ends {
            relative: self.tolerance,
            max_products: self.products,
            ..spectra::Ends::new(count(Along::Largest), count(Along::Smallest))
        }
    }

    fn searches(&self) -> bool {
        self.axes.iter().any(|axis| axis.along.is_eigenvector())
    }

    /// What findings are called: slices along other directions are others.
    fn finding(&self) -> String {
        let words: Vec<&str> = self.axes.iter().map(|axis| axis.along.word()).collect();
        format!("surface-{}", words.join("-"))
    }

    /// What an axis is called.
    fn axis(&self, place: usize) -> String {
        let along = self.axes[place].along;
        along.name(self.count(along, place))
    }

    /// How many of the axes before this place go along a direction of this kind.
    fn count(&self, along: Along, place: usize) -> usize {
        self.axes[..place]
            .iter()
            .filter(|axis| axis.along == along)
            .count()
    }

    /// The number of the place where loss and model part along one axis.
    fn parting(&self, place: usize) -> String {
        format!("where the quadratic model parts, {}", self.axis(place))
    }

    /// How many directions of the trajectory it takes.
    fn principal(&self) -> usize {
        self.count(Along::Trajectory, self.axes.len())
    }

    /// The places on one axis, the middle one exactly zero.
    fn places(&self, axis: &Slice) -> Vec<f64> {
        let half = (self.points / 2) as i64;
        (-half..=half)
            .map(|k| axis.radius * k as f64 / half as f64)
            .collect()
    }
}

impl Measurement for Surface {
    fn numbers(&self) -> Vec<String> {
        let partings = (0..self.axes.len()).map(|place| self.parting(place));
        let cosine = (self.axes.len() > 1).then(|| COSINE.to_string());
        let principal = (0..self.principal()).flat_map(trajectory::names);
        partings.chain(cosine).chain(principal).collect()
    }

    fn problem(&self, subject: &Subject) -> Option<Problem> {
        let count = self.axes.len();
        if !(1..=2).contains(&count) {
            let complaint = format!("has {count} entries: a slice has one axis or two");
            return Some(Problem::new("axes", complaint));
        }
        if count > subject.parameters {
            let complaint = "has 2 entries, but there is only 1 parameter: leave one axis out";
            return Some(Problem::new("axes", complaint));
        }
        let wrong = |axis: &Slice| !(axis.radius > 0.0 && axis.radius.is_finite());
        if let Some(i) = self.axes.iter().position(wrong) {
            let complaint = format!("is {}: it must be a positive number", self.axes[i].radius);
            return Some(Problem::new(format!("axes.{i}.radius"), complaint));
        }
        if let [one, other] = self.axes[..]
            && one.along == other.along
            && !matches!(one.along, Along::Random | Along::Trajectory)
        {
            let complaint = format!(
                "is {}, and so is the first: a plane needs two directions",
                one.along.word()
            );
            return Some(Problem::new("axes.1.along", complaint));
        }
        let back = |axis: &Slice| axis.along == Along::Trajectory;
        if let (true, Some(i)) = (subject.kept < 2, self.axes.iter().position(back)) {
            let complaint = "is trajectory, but the run keeps no checkpoints on its way: set checkpoints.keep_every or \
                             checkpoints.keep_per_decade";
            return Some(Problem::new(format!("axes.{i}.along"), complaint));
        }
        if self.points.is_multiple_of(2) || !(3..=MOST_POINTS).contains(&self.points) {
            let complaint = format!(
                "is {}: it must be an odd number from 3 to {MOST_POINTS}, so that the one in the middle is the point itself",
                self.points
            );
            return Some(Problem::new("points", complaint));
        }
        search::problem(self.tolerance, self.products)
    }

    fn vectors(&self, subject: &Subject) -> usize {
        // The points themselves, and their differences.
        let passed = if self.looks_back() {
            2 * trajectory::looked_at(subject.kept)
        } else {
            0
        };
        passed
            + match self.searches() {
                true => {
                    let asked = self.asked();
                    search::vectors(&asked, subject).max(search::lifted_vectors(&asked, subject))
                }
                false => 2 * self.axes.len() + 2,
            }
    }

    fn looks_back(&self) -> bool {
        self.principal() > 0
    }

    fn products(&self, _subject: &Subject) -> usize {
        let search = if self.searches() { self.products } else { 0 };
        search + self.axes.len()
    }

    fn passes(&self) -> usize {
        self.points.saturating_pow(self.axes.len() as u32)
    }

    fn measure(&self, site: &Site) -> Finding {
        let clock = Instant::now();
        let kinds: Vec<Along> = self.axes.iter().map(|axis| axis.along).collect();
        let found = direction::find(site, &kinds, &self.asked());
        let mut finding = Finding {
            probe: self.finding(),
            incomplete: !found.warnings.is_empty(),
            warnings: found.warnings,
            cost: Cost {
                gradients: 1,
                products: found.products,
                seconds: 0.0,
            },
            ..Finding::default()
        };
        match found
            .directions
            .into_iter()
            .collect::<Result<Vec<Directions>, String>>()
        {
            Err(why) => finding.warnings.push(format!("There is no slice here: {why}.")),
            Ok(directions) => {
                let here = site.objective.linearise(site.at);
                let bends: Vec<Directions> = directions.iter().map(|u| here.hessian_times(u)).collect();
                finding.cost.products += bends.len();
                let looked = self.look(site, &directions, &bends);
                if looked.loss.iter().any(|loss| loss.is_nan()) && (site.interrupted)() {
                    finding.incomplete = true;
                    finding
                        .warnings
                        .push("Interrupted before every point of the slice was reached.".into());
                }
                if let [u, v] = &directions[..] {
                    let norms = u.norms()[0] * v.norms()[0];
                    finding.scalars.push(Scalar {
                        name: COSINE.into(),
                        value: inner(u, v) / norms,
                        uncertainty: None,
                        unit: String::new(),
                    });
                    finding
                        .paths
                        .extend(found.trajectory.as_ref().map(|way| way.path([u, v])));
                }
                if let Some(way) = &found.trajectory {
                    let numbers = (0..self.principal()).flat_map(|rank| way.numbers(rank));
                    finding.scalars.extend(numbers);
                }
                self.describe(&looked, rounding::of_loss(site), &mut finding);
            }
        }
        finding.cost.seconds = clock.elapsed().as_secs_f64();
        finding
    }
}

impl Surface {
    /// Passes through the network at every place of the slice, row by row.
    fn look(&self, site: &Site, directions: &[Directions], bends: &[Directions]) -> Looked {
        let axes = self.axes.iter().enumerate().map(|(place, axis)| Axis {
            name: self.axis(place),
            values: self.places(axis),
        });
        let axes: Vec<Axis> = axes.collect();
        let gradient = &site.slope.gradient;
        let slopes: Vec<f64> = directions.iter().map(|u| inner(u, gradient)).collect();
        let bent: Vec<Vec<f64>> = directions
            .iter()
            .map(|u| bends.iter().map(|bend| inner(u, bend)).collect())
            .collect();
        let rows = axes.get(1).map_or(vec![0.0], |axis| axis.values.clone());
        let (mut loss, mut model, mut accuracy) = (Vec::new(), Vec::new(), Some(Vec::new()));
        for &t in &rows {
            for &s in &axes[0].values {
                let mut quadratic = site.slope.value + s * slopes[0] + s * s * bent[0][0] / 2.0;
                if directions.len() > 1 {
                    quadratic += t * slopes[1] + t * t * bent[1][1] / 2.0 + s * t * bent[0][1];
                }
                model.push(quadratic);
                let (value, share) = match (site.interrupted)() {
                    true => (f64::NAN, accuracy.as_ref().map(|_| f64::NAN)),
                    false => there(site, directions, s, t),
                };
                loss.push(value);
                match (&mut accuracy, share) {
                    (Some(shares), Some(share)) => shares.push(share),
                    _ => accuracy = None,
                }
            }
        }
        Looked {
            axes,
            loss,
            model,
            accuracy,
        }
    }

    /// Adds curves along the axes, grids over them, and where loss and model part.
    fn describe(&self, looked: &Looked, rounding: f64, finding: &mut Finding) {
        let width = looked.axes[0].values.len();
        let middle = width / 2;
        let mut all = vec![(LOSS, &looked.loss), (MODEL, &looked.model)];
        all.extend(looked.accuracy.as_ref().map(|shares| (ACCURACY, shares)));
        for (place, axis) in looked.axes.iter().enumerate() {
            let across: Vec<usize> = match (place, looked.axes.len()) {
                (0, 1) => (0..width).collect(),
                (0, _) => (0..width).map(|i| middle * width + i).collect(),
                _ => (0..width).map(|j| j * width + middle).collect(),
            };
            let line = |values: &[f64]| across.iter().map(|i| values[*i]).collect::<Vec<f64>>();
            finding.curves.extend(all.iter().map(|(name, values)| Curve {
                name: name.to_string(),
                along: Some(axis.clone()),
                values: line(values),
                uncertainties: Vec::new(),
            }));
            let parted = parting(&axis.values, &line(&looked.loss), &line(&looked.model), rounding);
            let radius = self.axes[place].radius;
            finding.verdicts.push(match parted {
                Some((near, far)) => format!(
                    "Along the {}, the loss parts from its quadratic model between {near:.3} and {far:.3}: there they differ \
                     by more than a tenth of the change of the loss.",
                    axis.name
                ),
                None => format!(
                    "Along the {}, the loss and its quadratic model differ by less than a tenth of the change of the loss up \
                     to {radius}.",
                    axis.name
                ),
            });
            finding.scalars.extend(parted.map(|(near, far)| Scalar {
                name: self.parting(place),
                value: (near + far) / 2.0,
                uncertainty: Some((far - near) / 2.0),
                unit: String::new(),
            }));
        }
        if let [x, y] = &looked.axes[..] {
            finding.grids.extend(all.into_iter().map(|(name, values)| Grid {
                name: name.to_string(),
                x: x.clone(),
                y: y.clone(),
                values: values.clone(),
            }));
        }
    }
}

/// L and the accuracy at θ + su + tv.
fn there(site: &Site, directions: &[Directions], s: f64, t: f64) -> (f64, Option<f64>) {
    let moved = |at: Point, place: usize, by: f64| match directions.get(place) {
        Some(direction) if by != 0.0 => at.plus(direction, by),
        _ => at,
    };
    let at = moved(moved(site.at.clone(), 0, s), 1, t);
    match site.objective.as_risk() {
        Some(risk) => risk.value_and_accuracy(&at),
        None => (site.objective.value(&at), None),
    }
}

/// The distances from the middle between which loss and model part first, to either side: further out they differ by
/// more than [`APART`] of the change of either, and by more than rounding.
fn parting(places: &[f64], loss: &[f64], model: &[f64], rounding: f64) -> Option<(f64, f64)> {
    let middle = places.len() / 2;
    let here = loss[middle];
    let apart = |i: usize| {
        let change = (loss[i] - here).abs().max((model[i] - here).abs());
        let near = (loss[i] - model[i]).abs() <= APART * change + rounding;
        // A loss that is no number is near no model.
        !near
    };
    let out = (1..=middle).find(|k| apart(middle - k) || apart(middle + k))?;
    Some((places[middle + out - 1], places[middle + out]))
}

fn inner(u: &Directions, v: &Directions) -> f64 {
    Directions::gram(&[u], v)[(0, 0)]
}
