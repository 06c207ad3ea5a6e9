//! Looking at one point with several probes.

use super::Arguments;
use crate::cli::{Failure, plain, print};
use crate::config::{ConfigError, Measures, Source, VariantConfig};
use crate::device::Opened;
use crate::experiment::{Checked, Experiment};
use crate::records::FindingRecord;
use crate::run::{MemoryPlan, RunFolder, Talk, fitted, site_seed};
use models::{Device, Diagonal, Objective, Point, Precision, Reach, Slope};
use probes::{Finding, Measurement, Motion, Probe, Site, Start, Warm};
use serde_json::Value;
use std::cell::{Cell, OnceCell};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// What all points have in common.
pub(super) struct Look<'a> {
    pub arguments: &'a Arguments,
    pub asked: &'a [Probe],
    pub opened: &'a Opened,
    pub talk: Talk,
    pub interrupted: &'a AtomicBool,
    /// The largest plan that was said, in bytes.
    pub planned: Cell<u64>,
}

/// A variant, and where pairs shall be refined, the same in double precision on the CPU.
pub(super) struct Subject {
    pub checked: Checked,
    pub experiment: Experiment,
    double: Option<Experiment>,
}

/// Those of the probes that are still to measure at a point, as they fit into memory.
pub(super) struct Fitted {
    pub probes: Vec<Probe>,
    pub plan: MemoryPlan,
}

/// A point with all that probes need of it.
pub(super) struct Place<'a> {
    pub step: u64,
    pub fitted: &'a Fitted,
    pub at: &'a Point,
    pub slope: &'a Slope,
    pub motion: Option<Motion>,
    pub start: &'a Start,
    pub passed: &'a [Point],
    pub warm: Option<&'a Warm>,
    pub divisor: Option<&'a Diagonal>,
}

/// What is to be measured at a point.
#[derive(Default)]
pub(super) struct Open {
    /// The places of the probes; `None` is the noise of the site.
    pub items: Vec<Option<usize>>,
    /// The settings of what was found before and is measured again.
    replaces: Vec<Value>,
    /// What was found before, and is not measured again.
    known: Vec<FindingRecord>,
}

impl Open {
    /// The places of the probes.
    fn places(&self) -> impl Iterator<Item = usize> {
        self.items.iter().copied().flatten()
    }

    /// Keeps a finding in the folder, instead of that which it replaces.
    pub fn keep(&self, folder: &mut RunFolder, record: &FindingRecord) -> Result<(), Failure> {
        let mut replaced = self.replaces.iter().map(Some);
        let written = match replaced.any(|settings| settings == record.asked.as_ref()) {
            true => folder.finding_again(record),
            false => folder.finding(record),
        };
        Ok(written.map_err(plain)?)
    }
}

/// Refuses probes that cannot look at this variant.
pub(super) fn check(measures: &Measures, asked: &[Probe], checked: &Checked) -> Result<(), ConfigError> {
    let subject = checked.subject(false);
    for (i, probe) in asked.iter().enumerate() {
        if let Some(problem) = probe.problem(&subject) {
            return Err(measures.problem(i, problem).of_variant(0, &checked.name));
        }
    }
    Ok(())
}

/// Why nothing can be probed at a point with this slope, if nothing can.
pub(super) fn no_landscape(slope: &Slope) -> Option<String> {
    let (loss, norm) = (slope.value, slope.gradient.norms()[0]);
    (!(loss.is_finite() && norm.is_finite())).then(|| {
        format!(
            "the loss is {loss:.3e} and the norm of its gradient {norm:.3e}: there is no landscape at such a point; precision = \
             \"f64\" holds larger numbers"
        )
    })
}

impl Look<'_> {
    /// Builds a variant.
    pub fn subject(
        &self,
        variant: VariantConfig,
        checked: Checked,
        source: &Source,
    ) -> Result<Subject, Failure> {
        let refines = self.arguments.refine && self.opened.device.precision == Precision::F32;
        if self.arguments.refine && !refines {
            self.talk
                .say("--refine: the pairs are found in f64 already, and stay as they are");
        }
        let double = refines.then(|| variant.clone());
        let build =
            |variant, device: &Device| Experiment::build(variant, None, device).map_err(|e| e.within(source));
        let experiment = self.opened.guard(|| build(variant, &self.opened.device));
        let double = double.map(|variant| build(variant, &Device::cpu(Precision::F64)));
        Ok(Subject {
            checked,
            experiment: experiment.map_err(plain)??,
            double: double.transpose()?,
        })
    }

    /// The probes that are open as they fit into memory at a point, where it took so many bytes to read weights.
    pub fn fit(&self, subject: &Subject, at: &Point, open: &Open, reading: u64) -> Result<Fitted, Failure> {
        let (checked, train) = (&subject.checked, &subject.experiment.train);
        let asked: Vec<Probe> = open.places().map(|i| self.asked[i].clone()).collect();
        let pairs = asked.iter().map(Probe::pairs).max().unwrap_or(0);
        let found = (pairs > 0).then(|| self.opened.guard(|| train.reached(at, pairs)));
        let reached = match found.transpose().map_err(plain)?.flatten() {
            Some(reached) => Reach {
                parameters: reached.at.dimension(),
                pairs,
                ..checked.reached
            },
            None => Reach {
                looking: checked.reached.looking,
                ..Reach::all(at.dimension())
            },
        };
        let host = self.arguments.memory.or_else(crate::memory::available);
        let warm = self.arguments.warm;
        let (probes, plan) =
            fitted(checked, reached, &asked, warm, reading, host, self.opened).map_err(plain)?;
        if plan.host() + plan.device() > self.planned.get() {
            self.planned.set(plan.host() + plan.device());
            self.talk
                .say(&format!("{}: memory: at most about {plan}", checked.name));
        }
        Ok(Fitted { probes, plan })
    }

    /// What was found before with the present settings of a probe at this step, and these settings.
    pub fn before<'k>(
        &self,
        known: &'k [FindingRecord],
        variant: &str,
        step: u64,
        probe: Option<&Probe>,
    ) -> (Option<&'k FindingRecord>, Value) {
        let settings = self.settings(probe);
        let same = |record: &&FindingRecord| {
            (record.variant.as_str(), record.step) == (variant, step)
                && record.asked.as_ref() == Some(&settings)
        };
        (known.iter().rfind(same), settings)
    }

    /// What is still to be measured at a step: the noise where products are, and the probes; not what was found before, unless
    /// it was cut short, is asked for again, or `stale` says that it may be another one now.
    pub fn open(
        &self,
        known: &[FindingRecord],
        variant: &str,
        step: u64,
        stale: impl Fn(Option<&Probe>) -> bool,
    ) -> Open {
        let mut open = Open::default();
        let noise = self.asked.iter().any(Probe::multiplies).then_some(None);
        for item in noise.into_iter().chain((0..self.asked.len()).map(Some)) {
            let probe = item.map(|i| &self.asked[i]);
            let (before, settings) = self.before(known, variant, step, probe);
            if let Some(complete) = before.filter(|record| !record.finding.incomplete)
                && !self.arguments.again
                && !stale(probe)
            {
                open.known.push(complete.clone());
                continue;
            }
            open.items.push(item);
            open.replaces.extend(before.map(|_| settings));
        }
        open
    }

    /// Tells what was found before.
    pub fn tell_known(&self, open: &Open) -> Result<(), Failure> {
        for record in &open.known {
            self.talk.say(&format!(
                "{}: step {}: {} was measured before with these settings; --again measures it again",
                record.variant, record.step, record.finding.probe
            ));
            self.tell(record)?;
        }
        Ok(())
    }

    /// Whether a signal has asked to stop.
    pub fn stops(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// The slope of a subject at a point.
    pub fn slope(&self, subject: &Subject, at: &Point) -> Result<Slope, Failure> {
        let slope = self.opened.guard(|| subject.experiment.train.slope(at));
        Ok(slope.map_err(plain)?)
    }

    /// Measures what is open, the noise of the site first. Each finding is kept, and then told.
    pub fn measure(
        &self,
        subject: &Subject,
        place: &Place,
        open: &Open,
        mut keep: impl FnMut(&FindingRecord) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let experiment = &subject.experiment;
        let Fitted { probes, plan } = place.fitted;
        let places: Vec<usize> = open.places().collect();
        let within = |experiment: &Experiment| experiment.train.with_memory(plan.activations());
        let (train, double) = (within(experiment), subject.double.as_ref().map(within));
        let site = Site {
            objective: &train,
            double: double.as_ref().map(|double| double as &dyn Objective),
            at: place.at,
            slope: place.slope,
            motion: place.motion,
            start: place.start,
            passed: place.passed,
            divisor: place.divisor,
            seed: site_seed(experiment.config.seed, place.step),
            interrupted: &|| self.stops(),
            warm: place.warm,
            noise: OnceCell::new(),
        };
        let mut saved = 0.0;
        let mut told = Ok(());
        let mut found = |probe: Option<&Probe>, finding: Finding| {
            let shared = finding
                .scalars
                .iter()
                .filter(|scalar| scalar.name == probes::SAVED);
            saved += shared.map(|scalar| scalar.value).sum::<f64>();
            let record = FindingRecord {
                variant: experiment.name.clone(),
                step: place.step,
                asked: Some(self.settings(probe)),
                finding,
            };
            told = keep(&record).and_then(|()| self.tell(&record));
            match told.is_err() || self.stops() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        self.opened
            .guard(|| {
                if open.items.contains(&None) && found(None, site.noise().finding()).is_break() {
                    return;
                }
                probes::measure(probes, &site, |i, finding| {
                    found(Some(&self.asked[places[i]]), finding)
                });
            })
            .map_err(plain)?;
        told?;
        if saved > 0.0 {
            self.talk.say(&format!(
                "{}: {saved} products were saved by sharing",
                experiment.name
            ));
        }
        Ok(())
    }

    /// Whether a probe starts from what it found at the site before.
    pub fn warms(&self, probe: Option<&Probe>) -> bool {
        self.arguments.warm && probe.is_some_and(|probe| probe.remembers() > 0)
    }

    /// What makes a measurement of a probe, or of the noise, the same as another one, as it reads in a file of records.
    pub fn settings(&self, probe: Option<&Probe>) -> Value {
        let mut written = serde_json::json!({
            "probe": probe.map_or_else(|| serde_json::json!({ "kind": "noise" }), |probe| serde_json::json!(probe)),
            "device": self.opened.label,
            "refined": self.arguments.refine,
        });
        // What starts from the site before is another measurement.
        if self.warms(probe) {
            written["warm"] = serde_json::json!(true);
        }
        // A number that was written and read may be another one than that which was written.
        serde_json::from_str(&written.to_string()).expect("it was written as JSON")
    }

    /// Prints a finding, and says what must not be missed.
    pub fn tell(&self, record: &FindingRecord) -> Result<(), Failure> {
        self.talk.found(record);
        if self.talk != Talk::Detailed {
            let warnings = record.finding.warnings.iter();
            warnings.for_each(|warning| self.talk.say(&format!("{}: {warning}", record.variant)));
        }
        match self.arguments.format.json {
            true => print(&format!("{}\n", serde_json::to_string(record).map_err(plain)?)),
            false => print(&table(&record.variant, record.step, &record.finding)),
        }
    }
}

/// A finding as tab-separated lines: variant, step, quantity, value, half-width. Curves along an axis are left to JSON;
/// of a grid only the ends of its values are told; a verdict stands for a value.
fn table(variant: &str, step: u64, finding: &Finding) -> String {
    let half_width = |u: Option<f64>| u.map_or_else(|| "exact".to_string(), |u| format!("{u:.1e}"));
    let mut lines = Vec::new();
    for scalar in &finding.scalars {
        lines.push((scalar.name.clone(), scalar.value, half_width(scalar.uncertainty)));
    }
    for curve in finding.curves.iter().filter(|curve| curve.along.is_none()) {
        for (i, value) in curve.values.iter().enumerate() {
            let width = half_width(curve.uncertainties.get(i).copied());
            lines.push((format!("{} {}", curve.name, i + 1), *value, width));
        }
    }
    for grid in &finding.grids {
        let over = format!("over {} and {}", grid.x.name, grid.y.name);
        let finite = || grid.values.iter().copied().filter(|value| value.is_finite());
        let ends = [
            ("smallest", finite().reduce(f64::min)),
            ("largest", finite().reduce(f64::max)),
        ];
        for (end, value) in ends.into_iter().filter_map(|(end, value)| Some((end, value?))) {
            lines.push((format!("{end} {} {over}", grid.name), value, half_width(None)));
        }
    }
    let mut text: String = lines
        .iter()
        .map(|(name, value, width)| format!("{variant}\t{step}\t{name}\t{value:.9e}\t{width}\n"))
        .collect();
    for verdict in &finding.verdicts {
        text += &format!("{variant}\t{step}\tverdict\t{verdict}\t\n");
    }
    if finding.cost.products > 0 {
        text += &format!("{variant}\t{step}\tproducts\t{}\texact\n", finding.cost.products);
    }
    text
}
