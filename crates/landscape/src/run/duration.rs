//! How long a run will take, from a short calibration before it begins.

use crate::experiment::{Checked, Experiment};
use models::{Objective, Point};
use probes::{Measurement, Probe};
use std::time::{Duration, Instant};
use training::{Goals, Limits, Observer, Plan, Standing, State, train};

/// A calibration of one kind of work takes so many seconds, or a single repetition where that takes longer.
const ENOUGH: f64 = 0.04;

/// How long all variants take at most, from a short calibration on the first: steps of its training, a look at its
/// metrics, and, where probes need them, products of the Hessian and forward passes. Other variants are taken to cost as
/// much per parameter and example. What searches do with their vectors between products, and the noise floor of a site, are
/// not counted.
pub(super) fn sentence(experiment: &Experiment, checked: &[Checked]) -> String {
    let pace = Pace::measure(experiment, checked);
    let size = |checked: &Checked| (checked.sizes.parameters * checked.examples.0) as f64;
    let first = checked.iter().find(|checked| checked.name == experiment.name);
    let unit = first.map_or(1.0, size);
    let seconds: f64 = checked
        .iter()
        .map(|checked| {
            let each = pace.seconds(checked) * size(checked) / unit;
            let limit = checked.config.training.limits.seconds;
            limit.map_or(each, |limit| each.min(limit))
        })
        .sum();
    // Tenths of a second where they matter.
    let whole = match seconds < 10.0 {
        true => Duration::from_millis(100 * (10.0 * seconds).ceil() as u64),
        false => Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(Duration::MAX),
    };
    let digits = |seconds: f64| humantime::format_duration(Duration::from_micros((1e6 * seconds) as u64));
    format!(
        "time: at most about {} (a step takes {}{})",
        humantime::format_duration(whole),
        digits(pace.step),
        match pace.product {
            0.0 => String::new(),
            product => format!(", a product of the Hessian {}", digits(product)),
        }
    )
}

/// Seconds that the parts of a run take.
struct Pace {
    /// One step, noise and mini-batch included.
    step: f64,
    /// One gradient on the whole sample, where it is not the step's own: a check of the goals and a look take one.
    gradient: f64,
    /// One look at the metrics.
    look: f64,
    /// One product of the Hessian with a vector.
    product: f64,
    /// One forward pass.
    pass: f64,
    /// Steps between two checks of the goals.
    check_every: u64,
}

impl Pace {
    fn measure(experiment: &Experiment, checked: &[Checked]) -> Self {
        let at = experiment.start();
        let (risk, test) = (&experiment.train, experiment.test.as_ref());
        let any = |number: fn(&Checked) -> usize| checked.iter().any(|checked| number(checked) > 0);
        let own = experiment.plan.batch.is_none()
            && !matches!(experiment.plan.noise, training::Noise::Weights { .. });
        Pace {
            step: step(experiment, &at),
            gradient: match own {
                true => 0.0,
                false => repeated(|| {
                    risk.slope(&at);
                }),
            },
            look: repeated(|| {
                risk.accuracy(&at);
                test.map(|test| (test.accuracy(&at), test.value(&at)));
            }),
            product: match any(products) {
                false => 0.0,
                true => {
                    let curvature = risk.linearise(&at);
                    let direction = curvature.slope().gradient;
                    repeated(|| {
                        curvature.hessian_times(&direction).norms();
                    })
                }
            },
            pass: match any(passes) {
                false => 0.0,
                true => repeated(|| {
                    risk.value(&at);
                }),
            },
            check_every: experiment.plan.check_every.max(1),
        }
    }

    /// What a variant of the calibrated size takes at most.
    fn seconds(&self, checked: &Checked) -> f64 {
        let limits = &checked.config.training.limits;
        let looks = checked.config.observe.looks(limits.steps);
        let gradients = looks.metrics + (limits.steps / self.check_every) as f64;
        let probes = self.product * products(checked) as f64 + self.pass * passes(checked) as f64;
        self.step * limits.steps as f64
            + self.gradient * gradients
            + self.look * looks.metrics
            + probes * looks.probes
    }
}

/// The most products that the probes of a variant take at one site.
fn products(checked: &Checked) -> usize {
    let (subject, probes) = (checked.subject(false), &checked.config.probes);
    let products = |probe: &Probe| probe.products(&probes::beside(probes, probe, &subject));
    probes.iter().map(products).sum()
}

/// The forward passes that they take.
fn passes(checked: &Checked) -> usize {
    checked.config.probes.iter().map(Measurement::passes).sum()
}

/// The seconds of one step, from a training that nobody sees and that ends itself.
fn step(experiment: &Experiment, at: &Point) -> f64 {
    let plan = Plan {
        goals: Goals::default(),
        limits: Limits {
            steps: u64::MAX,
            seconds: None,
        },
        check_every: u64::MAX,
        ..experiment.plan
    };
    let mut watch = Watch::default();
    train(&experiment.train, at.clone(), &plan, &mut watch);
    watch.seconds / watch.steps.max(1) as f64
}

/// The seconds of one repetition, after a first one that warms caches and wakes threads, and counts only where it takes
/// long.
fn repeated(mut work: impl FnMut()) -> f64 {
    let clock = Instant::now();
    work();
    let first = clock.elapsed().as_secs_f64();
    if first >= ENOUGH {
        return first;
    }
    let (clock, mut number) = (Instant::now(), 0);
    loop {
        work();
        number += 1;
        let seconds = clock.elapsed().as_secs_f64();
        if seconds >= ENOUGH {
            return seconds / f64::from(number);
        }
    }
}

/// An observer that looks at the clock alone. The first step warms caches, and takes a gradient on the whole sample.
#[derive(Default)]
struct Watch {
    since: Option<Instant>,
    steps: u64,
    seconds: f64,
}

impl Observer for Watch {
    fn before(&mut self, standing: &Standing) {
        match self.since {
            Some(since) => {
                self.steps = standing.step - 1;
                self.seconds = since.elapsed().as_secs_f64();
            }
            None if standing.step > 0 => self.since = Some(Instant::now()),
            None => {}
        }
    }

    fn wants(&self, _: u64) -> bool {
        false
    }

    fn observe(&mut self, _: &State, _: bool) {}

    fn interrupts(&self) -> bool {
        self.seconds >= ENOUGH
    }
}
