//! Runs that look for all components.

use super::{GAP, HELD, OVERLAP, RECOVERED, STAYS, STILL, THERE, Tensor, WANTED, dot};
use crate::{Lab, Spent, curve, median};
use models::analytic::{
    AllComponents, Analytic, ClosedForm, OneComponent, OrthogonalTensor, Reconstruction, Spheres,
};
use models::{Device, Points, Precision, Seed};
use probes::{Cost, Finding, Scalar};
use training::escape::{Constants, End, Given, Goals, Landscape, Look, Method, Place, Plan, escape};

/// A vector has found a component where |⟨aₖ, u⟩| is at least this: it cannot be near two.
const FOUND: f64 = 0.9;
/// Steps without noise after the components are found, or until this gradient norm.
const REST: (u64, f64) = (20_000, 1e-10);
/// Steps between two places of a curve.
const STRIDE: u64 = 25;
/// The name of that curve.
const COUNT: &str = "components that the median run has found";

/// What a run looks for, and by which objective.
#[derive(Clone, Copy)]
pub(super) enum Aim {
    OneComponent,
    AllComponents,
    Reconstruction,
}

impl Aim {
    fn form(self, tensor: &OrthogonalTensor) -> Box<dyn ClosedForm> {
        let tensor = tensor.clone();
        match self {
            Aim::OneComponent => Box::new(OneComponent::new(tensor)),
            Aim::AllComponents => Box::new(AllComponents::new(tensor)),
            Aim::Reconstruction => Box::new(Reconstruction::new(tensor)),
        }
    }

    /// How many components it looks for, each by a vector.
    fn wanted(self, dimension: usize) -> usize {
        match self {
            Aim::OneComponent => 1,
            Aim::AllComponents | Aim::Reconstruction => dimension,
        }
    }

    /// The saddle from which runs begin: for one component the highest critical point, whose vector is spread on all of
    /// them; for all components the first that is no minimum.
    fn saddle(self, form: &dyn ClosedForm) -> Vec<f64> {
        let mut critical = form.known().critical;
        match self {
            Aim::OneComponent => critical.pop().expect("there are critical points").at,
            Aim::AllComponents | Aim::Reconstruction => critical.swap_remove(1).at,
        }
    }
}

impl Tensor {
    fn plan<'a>(&self, dimension: usize, method: Method, steps: u64, goals: Goals<'a>) -> Plan<'a> {
        // The other numbers of a landscape do not matter to these methods.
        let landscape = Landscape {
            smoothness: 1.0 / self.step_size,
            hessian_lipschitz: 1.0,
            epsilon: 0.1,
            delta: 0.1,
            drop: 1.0,
            dimension,
        };
        let given = Given::from([("step_size".into(), self.step_size)]);
        Plan {
            tuned: method.tuned(&landscape, Constants::Practical, &given),
            goals,
            steps,
            sphere: Some(self.dimension),
        }
    }

    /// Noisy descent until what it looks for is found, then descent until it rests.
    pub(super) fn runs(&self, aim: Aim, saddle: bool, lab: &Lab) -> Finding {
        let tensor = self.tensor(lab);
        let form = aim.form(&tensor);
        let (size, wanted) = (form.dimension(), aim.wanted(self.dimension));
        let lowest = form.known().at_least.expect("it is known");
        // Both objectives of all components begin at the same points.
        let seeds = lab.seeds("tensor", self.runs);
        let starts: Vec<f64> = match saddle {
            true => aim.saddle(form.as_ref()).repeat(self.runs),
            false => seeds.iter().flat_map(|seed| form.start(*seed)).collect(),
        };
        let device = Device::cpu(Precision::F64);
        let objective = Analytic::new(form, device.clone());
        let mut finding = Finding::default();
        if saddle {
            let way = self.still(&objective, &starts[..size], seeds[0], lab);
            let there = found(&tensor, &starts[..size]);
            finding.scalars.extend([
                Scalar::exact(STAYS, way),
                Scalar::exact(THERE, there as f64),
                Scalar::exact(WANTED, wanted as f64),
            ]);
        }
        let all_found = |place: &Place| found(&tensor, place.at) >= wanted;
        let noisy = self.plan(
            size,
            Method::NoisyDescent { radius: self.radius },
            self.steps,
            Goals {
                reached: Some(&all_found),
                ..Goals::default()
            },
        );
        let (mut steps, mut counts) = (Vec::new(), Vec::new());
        let mut watch = |look: &Look| {
            if look.step.is_multiple_of(STRIDE) {
                let rows = look.points.to_host();
                // Runs that have ended have found what they looked for.
                let mut each = vec![wanted as f64; self.runs];
                rows.chunks(size)
                    .zip(look.runs)
                    .for_each(|(at, run)| each[*run] = found(&tensor, at) as f64);
                steps.push(look.step as f64);
                counts.push(median(&each));
            }
            lab.flow()
        };
        let points = Points::from_host(starts, size, &device);
        let moved = escape(&objective, points, &noisy, &seeds, &mut watch);
        let (limit, norm) = REST;
        let goals = Goals {
            gradient_norm: Some(norm),
            ..Goals::default()
        };
        let last: Vec<f64> = moved.iter().flat_map(|end| end.point.to_host()).collect();
        let points = Points::from_host(last, size, &device);
        let rest = self.plan(size, Method::Descent, limit, goals);
        let ends = escape(&objective, points, &rest, &seeds, &mut |_| lab.flow());
        let whole: Vec<&End> = ends
            .iter()
            .filter(|end| found(&tensor, &end.point.to_host()) >= wanted)
            .collect();
        let gap = crate::largest(whole.iter().map(|end| end.value - lowest));
        finding.scalars.extend([
            Scalar::exact(RECOVERED, whole.len() as f64),
            Scalar::exact(GAP, gap),
            Scalar::exact(
                OVERLAP,
                ends.iter()
                    .map(|end| overlap(&tensor, &end.point.to_host(), wanted))
                    .fold(1.0, f64::min),
            ),
        ]);
        finding.curves = vec![curve(COUNT, "steps", steps, counts, Vec::new())];
        let held = |end: &&End| overlap(&tensor, &end.point.to_host(), wanted);
        let least = whole.iter().map(held).fold(1.0, f64::min);
        finding.verdicts = vec![format!(
            "{} runs recover {}: each has a vector with |⟨aₖ, u⟩| ≥ {FOUND}, and at rest with {least:.6} or more.",
            self.share(whole.len()),
            match wanted {
                1 => "a component".into(),
                all => format!("all {all} components"),
            }
        )];
        if !whole.is_empty() {
            finding.scalars.push(Scalar::exact(HELD, least));
        }
        let spent = Spent::by(moved.iter().chain(&ends));
        finding.scalars.extend(spent.scalars());
        finding.cost = spent.cost();
        finding
    }

    /// How far descent without noise comes from a start on its own.
    fn still(&self, objective: &Analytic, start: &[f64], seed: Seed, lab: &Lab) -> f64 {
        let points = Points::from_host(start.to_vec(), start.len(), &Device::cpu(Precision::F64));
        let plan = self.plan(start.len(), Method::Descent, STILL, Goals::default());
        let end = escape(objective, points, &plan, &[seed], &mut |_| lab.flow()).remove(0);
        let moved = end.point.to_host();
        moved
            .iter()
            .zip(start)
            .map(|(a, b)| (a - b).powi(2))
            .sum::<f64>()
            .sqrt()
    }

    /// Descent on the objective of all components, of whose gradient only estimates from samples are seen.
    pub(super) fn sampled(&self, lab: &Lab) -> Option<Finding> {
        let tensor = self.tensor(lab);
        let (d, spheres) = (self.dimension, Spheres { size: self.dimension });
        let form = AllComponents::new(tensor.clone());
        let places = self.sample_steps / STRIDE + 1;
        let steps: Vec<f64> = (0..places).map(|place| (place * STRIDE) as f64).collect();
        // How many components a run has found at each of these steps, and where it ends.
        let follow = |seed: &Seed| {
            let mut counts = Vec::with_capacity(steps.len());
            let mut x = form.start(*seed);
            for step in 0..=self.sample_steps {
                if step.is_multiple_of(STRIDE) {
                    counts.push(found(&tensor, &x) as f64);
                    if (lab.interrupted)() {
                        return None;
                    }
                }
                if step < self.sample_steps {
                    let gradient = form.stochastic_gradient(&x, *seed, step, self.batch);
                    let way = spheres.tangent(&x, &gradient);
                    x.iter_mut()
                        .zip(way)
                        .for_each(|(x, g)| *x -= self.sample_step_size * g);
                    spheres.project(&mut x);
                }
            }
            Some((counts, x))
        };
        let runs = lab.on_all_cores(&lab.seeds("tensor", self.runs), follow);
        let runs: Vec<(Vec<f64>, Vec<f64>)> = runs.into_iter().map(Option::flatten).collect::<Option<_>>()?;
        let whole = runs.iter().filter(|(_, x)| found(&tensor, x) == d).count();
        let least = runs
            .iter()
            .map(|(_, x)| overlap(&tensor, x, d))
            .fold(1.0, f64::min);
        let at = |place: usize| median(&runs.iter().map(|(counts, _)| counts[place]).collect::<Vec<_>>());
        let counts = (0..steps.len()).map(at).collect();
        Some(Finding {
            scalars: vec![
                Scalar::exact(RECOVERED, whole as f64),
                Scalar::exact(OVERLAP, least),
            ],
            curves: vec![curve(COUNT, "steps", steps, counts, Vec::new())],
            verdicts: vec![format!(
                "From {} samples a step, {} runs recover all {d} components.",
                self.batch,
                self.share(whole)
            )],
            cost: Cost {
                gradients: self.runs * self.sample_steps as usize,
                ..Cost::default()
            },
            ..Finding::default()
        })
    }
}

/// For each component, the largest |⟨aₖ, u⟩| of a vector.
fn overlaps<'a>(tensor: &'a OrthogonalTensor, at: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    let d = tensor.dimension();
    let of = move |k: usize| {
        at.chunks(d)
            .map(|u| dot(tensor.component(k), u).abs())
            .fold(0.0, crate::larger)
    };
    (0..d).map(of)
}

/// How many components have a vector of their own.
fn found(tensor: &OrthogonalTensor, at: &[f64]) -> usize {
    overlaps(tensor, at).filter(|overlap| *overlap >= FOUND).count()
}

/// The smallest |⟨aₖ, u⟩| of the so many components that have the nearest vectors.
fn overlap(tensor: &OrthogonalTensor, at: &[f64], wanted: usize) -> f64 {
    let mut all: Vec<f64> = overlaps(tensor, at).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() - wanted]
}
